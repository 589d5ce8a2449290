// Views in another shape. A result shares memory with its argument wherever strides allow it.
#pragma once

#include <optional>
#include <vector>

#include "core/array.h"

namespace gm::ops {

/// One size may be -1. A copy only where no strides visit the elements in order.
Array reshape(const Array& a, const Shape& shape);
Array permute(const Array& a, const Shape& axes);
Array broadcast_to(const Array& a, const Shape& shape);
/// Swaps two axes; without them, the last two.
Array transpose(const Array& a, const std::optional<int>& first, const std::optional<int>& second);
/// Elements start, start + step, … (length of them) along an axis; step may be negative.
Array slice(const Array& a, int64_t axis, int64_t start, int64_t length, int64_t step);
/// Arrays one behind the other along an axis, in their common dtype; the other sizes agree.
Array concat(const std::vector<Array>& arrays, int64_t axis);
/// before[i] and after[i] more elements of `value` along axis i; negative numbers crop.
Array pad(const Array& a, const Shape& before, const Shape& after, double value);
/// The array whose slice (as in `slice`) is g and which is 0 elsewhere: slice's gradient.
Array slice_backward(const Array& g, const Shape& shape, int64_t axis, int64_t start, int64_t step);
/// Whether two arrays have one storage.
bool shares(const Array& a, const Array& b);

}  // namespace gm::ops
