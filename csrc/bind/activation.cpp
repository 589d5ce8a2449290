#include "ops/activation.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef activation_methods[] = {
    def<ops::relu, "relu(input, out)">(),
    def<ops::relu_backward, "relu_backward">(),
    def<ops::leaky_relu, "leaky_relu(input, negative_slope, out)">(),
    def<ops::leaky_relu_backward, "leaky_relu_backward">(),
    def<ops::elu, "elu(input, alpha, scale, inner, out)">(),
    def<ops::elu_backward, "elu_backward">(),
    def<ops::hardtanh, "hardtanh(input, min_val, max_val, out)">(),
    def<ops::hardtanh_backward, "hardtanh_backward">(),
    def<ops::hardsigmoid, "hardsigmoid(input, out)">(),
    def<ops::hardsigmoid_backward, "hardsigmoid_backward">(),
    def<ops::gelu, "gelu(input, out)">(),
    def<ops::gelu_backward, "gelu_backward">(),
    def<ops::gelu_tanh, "gelu_tanh(input, out)">(),
    def<ops::gelu_tanh_backward, "gelu_tanh_backward">(),
    def<ops::silu, "silu(input, out)">(),
    def<ops::silu_backward, "silu_backward">(),
    def<ops::mish, "mish(input, out)">(),
    def<ops::mish_backward, "mish_backward">(),
    def<ops::hardswish, "hardswish(input, out)">(),
    def<ops::hardswish_backward, "hardswish_backward">(),
    def<ops::hardshrink, "hardshrink(input, lambd, out)">(),
    def<ops::hardshrink_backward, "hardshrink_backward">(),
    def<ops::softshrink, "softshrink(input, lambd, out)">(),
    def<ops::softshrink_backward, "softshrink_backward">(),
    def<ops::tanhshrink, "tanhshrink(input, out)">(),
    def<ops::tanhshrink_backward, "tanhshrink_backward">(),
    def<ops::softsign, "softsign(input, out)">(),
    def<ops::softsign_backward, "softsign_backward">(),
    def<ops::softplus, "softplus(input, beta, threshold, out)">(),
    def<ops::softplus_backward, "softplus_backward">(),
    def<ops::threshold, "threshold(input, threshold, value, out)">(),
    def<ops::threshold_backward, "threshold_backward">(),
    def<ops::logsigmoid, "logsigmoid(input, out)">(),
    def<ops::logsigmoid_backward, "logsigmoid_backward">(),
    def<ops::glu, "glu(input, dim)">(),
    def<ops::glu_backward, "glu_backward">(),
    def<ops::prelu, "prelu(input, weight, out)">(),
    def<ops::prelu_backward, "prelu_backward">(),
    def<ops::prelu_slope_backward, "prelu_slope_backward">(),
    {},
};

}  // namespace gm::bind
