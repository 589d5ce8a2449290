#include "ops/matmul.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef matmul_methods[] = {
    def<ops::matmul, "matmul">(),
    def<ops::linear, "linear">(),
    {},
};

}  // namespace gm::bind
