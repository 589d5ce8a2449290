// Arrays in another shape, put together and taken apart. What is called a view shares memory with
// its argument.
#pragma once

#include <optional>
#include <vector>

#include "ops/operand.h"

namespace gm::ops {

// ---- views --------------------------------------------------------------------------------------

/// One size may be -1. A copy only where no strides visit the elements in order.
Array reshape(const Array& a, const Shape& shape);
/// Axes first to last made one; a view where reshape gives one.
Array flatten(const Array& a, int first, int last);
Array permute(const Array& a, const Shape& axes);
/// Swaps two axes; without them, the last two.
Array transpose(const Array& a, const std::optional<int>& first, const std::optional<int>& second);
/// Without the axes, which must have size 1; without `axes`, without all of size 1.
Array squeeze(const Array& a, const std::optional<Shape>& axes);
/// With axes of size 1 at these places of the result.
Array expand_dims(const Array& a, const Shape& axes);
Array broadcast_to(const Array& a, const Shape& shape);
/// Elements start, start + step, … of an axis.
Array slice(const Array& a, int axis, int64_t start, int64_t length, int64_t step);
/// With the order of elements reversed along axes.
Array flip(const Array& a, const Shape& axes);
/// Views of these sizes along an axis, which they must fill.
std::vector<Array> split(const Array& a, const std::vector<int64_t>& sizes, int axis);
/// A view for every position of an axis, without that axis.
std::vector<Array> unbind(const Array& a, int axis);
/// Whether two arrays have one storage.
bool shares(const Array& a, const Array& b);

// ---- copies -------------------------------------------------------------------------------------

/// Along an existing axis; the result has the dtype that all promote to.
Array concat(const std::vector<Array>& arrays, int axis);
/// Along a new axis.
Array stack(const std::vector<Array>& arrays, int axis);
/// Element i of an axis moves to i + shift, around the end.
Array roll(const Array& a, const Shape& shifts, const Shape& axes);
/// The whole array `repeats[d]` times along axis d, for as many axes as there are repeats.
Array tile(const Array& a, const Shape& repeats);
/// Every element `repeats` times in a row along an axis.
Array repeat(const Array& a, int64_t repeats, int axis);

/// The gradient of slice: zeros of `shape` with g at those elements.
Array slice_backward(const Array& g, const Shape& shape, int axis, int64_t start, int64_t step);
/// How many elements are put before and after each axis; in mode constant they may be negative and
/// take away. Modes: constant (of `value`), reflect (without the edge), replicate, circular.
Array pad(const Array& a, const Shape& before, const Shape& after, const char* mode,
          const Operand& value);
/// The gradient of pad for an argument of `shape`; of any mode but constant, whose gradient is a
/// view made by slice.
Array pad_backward(const Array& g, const Shape& shape, const Shape& before, const char* mode);

}  // namespace gm::ops
