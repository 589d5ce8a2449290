#include "ops/conv.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef conv_methods[] = {
    def<ops::conv1d, "conv1d(input, weight, bias, stride, padding, dilation, groups)">(),
    def<ops::conv2d, "conv2d(input, weight, bias, stride, padding, dilation, groups)">(),
    def<ops::conv_plan, "conv_plan">(),
    def<ops::pack_conv, "pack_conv">(),
    def<ops::conv_packed, "conv_packed">(),
    def<ops::conv_transpose1d,
        "conv_transpose1d(input, weight, bias, stride, padding, output_padding, groups, "
        "dilation)">(),
    def<ops::conv_transpose2d,
        "conv_transpose2d(input, weight, bias, stride, padding, output_padding, groups, "
        "dilation)">(),
    def<ops::conv_data_gradient, "conv_data_gradient">(),
    def<ops::conv_weight_gradient, "conv_weight_gradient">(),
    def<ops::conv_parameter_gradients, "conv_parameter_gradients">(),
    def<ops::conv_bias_gradient, "conv_bias_gradient">(),
    def<ops::conv_transpose_data_gradient, "conv_transpose_data_gradient">(),
    def<ops::set_float32_conv_precision, "set_float32_conv_precision(precision)">(),
    def<ops::float32_conv_precision, "float32_conv_precision">(),
    {},
};

}  // namespace gm::bind
