#include "ops/softmax.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef softmax_methods[] = {
    def<ops::softmax, "softmax(input, dim, dtype)">(),
    def<ops::log_softmax, "log_softmax(input, dim, dtype)">(),
    def<ops::softmax_backward, "softmax_backward">(),
    def<ops::log_softmax_backward, "log_softmax_backward">(),
    {},
};

}  // namespace gm::bind
