#include "ops/attention.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef attention_methods[] = {
    def<ops::attention, "attention">(),
    def<ops::attention_check, "attention_check">(),
    def<ops::attention_backward, "attention_backward">(),
    {},
};

}  // namespace gm::bind
