// Convolution over the last one or two dimensions, and transposed convolution.
//
// x is (images, channels, [y,] x), or without images. Window parameters are one number, or one per
// axis; `padding` may also name both ends of every axis: (before, after) in 1-d, (top, bottom,
// left, right) in 2-d. Gradients take g of the result's shape. All arrays have one float dtype.
#pragma once

#include <optional>
#include <tuple>

#include "core/array.h"

namespace gm::ops {

/// weight: (filters, channels / groups, [y,] x); bias: (filters).
Array conv1d(const Array& x, const Array& weight, const Array* bias, const Shape& stride,
             const Shape& padding, const Shape& dilation, int64_t groups);
Array conv2d(const Array& x, const Array& weight, const Array* bias, const Shape& stride,
             const Shape& padding, const Shape& dilation, int64_t groups);

/// The number of the best way to compute conv1d or conv2d, by `axes`, with a packed weight on
/// inputs of shape `input`. Unlike theirs it may depend on the number of images.
int64_t conv_plan(const Shape& input, const Array& weight, const Shape& stride,
                  const Shape& padding, const Shape& dilation, int64_t groups, int axes);
/// The weight packed for a plan, on the running ISA.
Array pack_conv(const Array& weight, int64_t plan, int64_t groups, int axes);
/// conv1d or conv2d with a packed weight of shape `weight`, followed by what ops::Epilogue says of
/// linear. RuntimeError if the weight was packed for another plan or ISA. `into_residual` lets the
/// result take the residual's memory, which nobody may want any more.
Array conv_packed(const Array& x, const Array& packed, int64_t plan, const Shape& weight,
                  const Array* bias, const Array* residual, const char* finish, double slope,
                  const Shape& stride, const Shape& padding, const Shape& dilation, int64_t groups,
                  int axes, const std::optional<bool>& into_residual);

/// weight: (channels, filters / groups, [y,] x); bias: (filters). Output sizes are
/// (in − 1)·stride − 2·padding + dilation·(kernel − 1) + output_padding + 1.
Array conv_transpose1d(const Array& x, const Array& weight, const Array* bias, const Shape& stride,
                       const Shape& padding, const Shape& output_padding, int64_t groups,
                       const Shape& dilation);
Array conv_transpose2d(const Array& x, const Array& weight, const Array* bias, const Shape& stride,
                       const Shape& padding, const Shape& output_padding, int64_t groups,
                       const Shape& dilation);

/// The gradient of conv1d or conv2d, by `axes`, with respect to x of shape `input`.
Array conv_data_gradient(const Array& g, const Array& weight, const Shape& input,
                         const Shape& stride, const Shape& padding, const Shape& dilation,
                         int64_t groups, int axes);
/// … with respect to a weight of shape `weight`. Of conv_transpose, with x and g exchanged.
Array conv_weight_gradient(const Array& g, const Array& x, const Shape& weight, const Shape& stride,
                           const Shape& padding, const Shape& dilation, int64_t groups, int axes);
/// … of conv1d and conv2d with respect to weight and bias, which reads g once.
std::tuple<Array, Array> conv_parameter_gradients(const Array& g, const Array& x,
                                                  const Shape& weight, const Shape& stride,
                                                  const Shape& padding, const Shape& dilation,
                                                  int64_t groups, int axes);
/// … with respect to the bias, of conv_transpose too: sums over all but the channels.
Array conv_bias_gradient(const Array& g, int axes);
/// The gradient of conv_transpose with respect to x of shape `input`.
Array conv_transpose_data_gradient(const Array& g, const Array& weight, const Shape& input,
                                   const Shape& stride, const Shape& padding, const Shape& dilation,
                                   int64_t groups, int axes);

/// What float32 convolution may cost in accuracy: "high", the default, allows Winograd's algorithm
/// on tiles of 4×4, or of 4 along a line, whose error stays below 5e-5 of the largest result;
/// "highest" that on tiles of 2×2 alone, as exact as the plain sum.
void set_float32_conv_precision(const char* precision);
const char* float32_conv_precision();

}  // namespace gm::ops
