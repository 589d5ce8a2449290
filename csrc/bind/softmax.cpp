#include "ops/softmax.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef softmax_methods[] = {
    def<ops::softmax, "softmax">(),
    def<ops::log_softmax, "log_softmax">(),
    def<ops::softmax_backward, "softmax_backward">(),
    def<ops::log_softmax_backward, "log_softmax_backward">(),
    {},
};

}  // namespace gm::bind
