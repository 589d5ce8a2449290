#include "ops/activation.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef activation_methods[] = {
    def<ops::relu, "relu">(),
    def<ops::relu_backward, "relu_backward">(),
    def<ops::leaky_relu, "leaky_relu">(),
    def<ops::leaky_relu_backward, "leaky_relu_backward">(),
    def<ops::elu, "elu">(),
    def<ops::elu_backward, "elu_backward">(),
    def<ops::hardtanh, "hardtanh">(),
    def<ops::hardtanh_backward, "hardtanh_backward">(),
    def<ops::hardsigmoid, "hardsigmoid">(),
    def<ops::hardsigmoid_backward, "hardsigmoid_backward">(),
    def<ops::gelu, "gelu">(),
    def<ops::gelu_backward, "gelu_backward">(),
    def<ops::gelu_tanh, "gelu_tanh">(),
    def<ops::gelu_tanh_backward, "gelu_tanh_backward">(),
    def<ops::silu, "silu">(),
    def<ops::silu_backward, "silu_backward">(),
    def<ops::mish, "mish">(),
    def<ops::mish_backward, "mish_backward">(),
    def<ops::hardswish, "hardswish">(),
    def<ops::hardswish_backward, "hardswish_backward">(),
    def<ops::hardshrink, "hardshrink">(),
    def<ops::hardshrink_backward, "hardshrink_backward">(),
    def<ops::softshrink, "softshrink">(),
    def<ops::softshrink_backward, "softshrink_backward">(),
    def<ops::tanhshrink, "tanhshrink">(),
    def<ops::tanhshrink_backward, "tanhshrink_backward">(),
    def<ops::softsign, "softsign">(),
    def<ops::softsign_backward, "softsign_backward">(),
    def<ops::softplus, "softplus">(),
    def<ops::softplus_backward, "softplus_backward">(),
    def<ops::threshold, "threshold">(),
    def<ops::threshold_backward, "threshold_backward">(),
    def<ops::logsigmoid, "logsigmoid">(),
    def<ops::logsigmoid_backward, "logsigmoid_backward">(),
    def<ops::glu, "glu">(),
    def<ops::glu_backward, "glu_backward">(),
    def<ops::prelu, "prelu">(),
    def<ops::prelu_backward, "prelu_backward">(),
    def<ops::prelu_slope_backward, "prelu_slope_backward">(),
    {},
};

}  // namespace gm::bind
