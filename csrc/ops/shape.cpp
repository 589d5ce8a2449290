#include "ops/shape.h"

#include <algorithm>

#include "core/error.h"
#include "core/launch.h"
#include "ops/create.h"

namespace gm::ops {

Array reshape(const Array& a, const Shape& shape) { return a.reshape("reshape", shape); }
Array permute(const Array& a, const Shape& axes) { return a.permute("permute", axes); }
Array broadcast_to(const Array& a, const Shape& shape) {
  return a.broadcast_to("broadcast_to", shape);
}

Array transpose(const Array& a, const std::optional<int>& first, const std::optional<int>& second) {
  const int rank = a.rank();
  check(first.has_value() == second.has_value(), "transpose: takes both axes or none");
  check(first || rank >= 2, "transpose: an array of ", rank, " dimensions has no last two");
  const int i = normalize_axis("transpose", first.value_or(-2), rank);
  const int j = normalize_axis("transpose", second.value_or(-1), rank);
  Shape axes;
  for (int d = 0; d < rank; ++d) axes.push_back(d == i ? j : d == j ? i : d);
  return a.permute("transpose", axes);
}

Array slice(const Array& a, int64_t axis, int64_t start, int64_t length, int64_t step) {
  const int d = normalize_axis("slice", axis, a.rank());
  const int64_t last = start + (length - 1) * step;
  check_index(length >= 0 && (length == 0 ||
                              (std::min(start, last) >= 0 && std::max(start, last) < a.size(d))),
              "slice: ", (long long)length, " elements from ", (long long)start, " in steps of ",
              (long long)step, " leave axis ", d, " of size ", (long long)a.size(d));
  return a.slice(d, start, length, step);
}

Array slice_backward(const Array& g, const Shape& shape, int64_t axis, int64_t start,
                     int64_t step) {
  const int d = normalize_axis("slice", axis, shape.rank());
  Array out = Array::zeros(shape, g.dtype(), g.device());
  launch("slice", g.device(), [&] { copy_into(out.slice(d, start, g.size(d), step), g); });
  return out;
}

Array concat(const std::vector<Array>& arrays, int64_t axis) {
  check(!arrays.empty(), "concat: expected at least one array");
  const Array& first = arrays[0];
  const int d = normalize_axis("concat", axis, first.rank());
  Shape shape = first.shape();
  DType dtype = first.dtype();
  shape[d] = 0;
  for (const Array& array : arrays) {
    bool fits = array.rank() == first.rank();
    for (int i = 0; fits && i < shape.rank(); ++i) fits = i == d || array.size(i) == first.size(i);
    check(fits, "concat: arrays of shapes ", first.shape(), " and ", array.shape(),
          " differ in another axis than ", d);
    check(array.device() == first.device(), "concat: arrays are on different devices");
    shape[d] += array.size(d);
    dtype = promote(dtype, array.dtype());
  }
  Array out = Array::empty(shape, dtype, first.device());
  launch("concat", first.device(), [&] {
    int64_t at = 0;
    for (const Array& array : arrays) {
      copy_into(out.slice(d, at, array.size(d), 1), array);
      at += array.size(d);
    }
  });
  return out;
}

Array pad(const Array& a, const Shape& before, const Shape& after, double value) {
  check(before.rank() == a.rank() && after.rank() == a.rank(),
        "pad: expected one pair for each of ", a.rank(), " axes, got ", before.rank());
  Shape shape;
  Array from = a;
  for (int i = 0; i < a.rank(); ++i) {
    const int64_t size = a.size(i) + before[i] + after[i];
    check(size >= 0, "pad: padding ", (long long)before[i], " and ", (long long)after[i],
          " leaves a negative size of axis ", i, " of shape ", a.shape());
    shape.push_back(size);
    const int64_t low = std::max<int64_t>(0, -before[i]), high = std::max<int64_t>(0, -after[i]);
    from = from.slice(i, low, std::max<int64_t>(0, a.size(i) - low - high), 1);
  }
  Array out = full(shape, value, a.dtype());
  Array inside = out;
  for (int i = 0; i < a.rank(); ++i)
    inside = inside.slice(i, std::max<int64_t>(0, before[i]), from.size(i), 1);
  launch("pad", a.device(), [&] { copy_into(inside, from); });
  return out;
}

bool shares(const Array& a, const Array& b) { return a.storage().get() == b.storage().get(); }

}  // namespace gm::ops
