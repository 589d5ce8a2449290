#include "ops/matmul.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

namespace {
constexpr Array (*linear)(const Array&, const Array&, const Array*) = ops::linear;
}

PyMethodDef matmul_methods[] = {
    def<ops::matmul, "matmul(x1, x2)">(),
    def<linear, "linear(input, weight, bias)">(),
    def<ops::linear_backward,
        "linear_backward(grad, input, weight, needs_input, needs_weight, needs_bias)">(),
    def<ops::pack_linear_weight, "pack_linear">(),
    def<ops::linear_packed, "linear_packed">(),
    {},
};

}  // namespace gm::bind
