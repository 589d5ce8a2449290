#include "ops/reduce.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef reduce_methods[] = {
    def<ops::sum_to, "sum_to">(),
    {},
};

}  // namespace gm::bind
