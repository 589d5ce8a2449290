// Softmax along one axis. Floats only; float16 and bfloat16 are computed in float32.
#pragma once

#include <optional>

#include "core/array.h"

namespace gm::ops {

/// e^x / Σ e^x along the axis; a row of -inf alone gives NaN. x is cast to `dtype` first.
Array softmax(const Array& x, int axis, const std::optional<DType>& dtype);
/// log softmax(x), without the loss of taking the logarithm of a small number.
Array log_softmax(const Array& x, int axis, const std::optional<DType>& dtype);

/// From the results y and their gradients g.
Array softmax_backward(const Array& g, const Array& y, int axis);
Array log_softmax_backward(const Array& g, const Array& y, int axis);

}  // namespace gm::ops
