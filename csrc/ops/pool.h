// Max and average pooling over the last one or two dimensions. What precedes them (channels, batch
// and channels) is pooled plane by plane.
//
// Window parameters are one number, or one per axis. `stride` null means the kernel's. Outputs have
// ⌊(in + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1 positions, ⌈ ⌉ with ceil_mode as long
// as the last window starts inside the input or its left padding.
#pragma once

#include <optional>
#include <tuple>

#include "core/array.h"

namespace gm::ops {

/// Values, and the winners' flat indices in their input planes as int32 if they are wanted.
using MaxPooled = std::tuple<Array, Array>;
/// What is wanted beside the values of windows: nothing, indices, or what the gradient takes, which
/// may be each winner's tap of the window instead, a line of uint8.
enum MaxNotes : int64_t { kNoNotes, kIndices, kForGradient };

MaxPooled max_pool1d(const Array& x, const Shape& kernel, const std::optional<Shape>& stride,
                     const Shape& padding, const Shape& dilation, bool ceil_mode, int64_t notes);
MaxPooled max_pool2d(const Array& x, const Shape& kernel, const std::optional<Shape>& stride,
                     const Shape& padding, const Shape& dilation, bool ceil_mode, int64_t notes);
MaxPooled adaptive_max_pool1d(const Array& x, const Shape& output, bool want_indices);
MaxPooled adaptive_max_pool2d(const Array& x, const Shape& output, bool want_indices);
/// The gradient of all four with respect to x of shape `input`. g and indices end in the same
/// `axes` pooled dimensions.
Array max_pool_gradient(const Array& g, const Array& indices, const Shape& input, int axes);
/// The gradient of windows from either kind of notes.
Array max_pool_window_gradient(const Array& g, const Array& notes, const Shape& input, int axes,
                               const Shape& kernel, const std::optional<Shape>& stride,
                               const Shape& padding, const Shape& dilation, bool ceil_mode);

Array avg_pool1d(const Array& x, const Shape& kernel, const std::optional<Shape>& stride,
                 const Shape& padding, bool ceil_mode, bool count_include_pad);
/// divisor 0: the window's size.
Array avg_pool2d(const Array& x, const Shape& kernel, const std::optional<Shape>& stride,
                 const Shape& padding, bool ceil_mode, bool count_include_pad, int64_t divisor);
Array avg_pool1d_gradient(const Array& g, const Shape& input, const Shape& kernel,
                          const std::optional<Shape>& stride, const Shape& padding, bool ceil_mode,
                          bool count_include_pad);
Array avg_pool2d_gradient(const Array& g, const Shape& input, const Shape& kernel,
                          const std::optional<Shape>& stride, const Shape& padding, bool ceil_mode,
                          bool count_include_pad, int64_t divisor);

Array adaptive_avg_pool1d(const Array& x, const Shape& output);
Array adaptive_avg_pool2d(const Array& x, const Shape& output);
/// With respect to x of shape `input`, of which the last `axes` dimensions were pooled.
Array adaptive_avg_pool_gradient(const Array& g, const Shape& input, int axes);

}  // namespace gm::ops
