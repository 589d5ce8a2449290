#include "ops/matmul.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

namespace {
constexpr Array (*linear)(const Array&, const Array&, const Array*) = ops::linear;
}

PyMethodDef matmul_methods[] = {
    def<ops::matmul, "matmul">(),
    def<linear, "linear">(),
    def<ops::pack_linear_weight, "pack_linear">(),
    def<ops::linear_packed, "linear_packed">(),
    {},
};

}  // namespace gm::bind
