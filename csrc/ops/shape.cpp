#include "ops/shape.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/error.h"
#include "core/launch.h"
#include "ops/parallel.h"

namespace gm::ops {

Array reshape(const Array& a, const Shape& shape) { return a.reshape("reshape", shape); }

Array flatten(const Array& a, int first, int last) {
  if (a.rank() == 0) return a.reshape("flatten", {1});
  first = normalize_axis("flatten", first, a.rank());
  last = normalize_axis("flatten", last, a.rank());
  check(first <= last, "flatten: start_dim ", first, " comes after end_dim ", last);
  Shape shape;
  for (int d = 0; d < a.rank(); ++d) {
    if (d <= first || d > last)
      shape.push_back(a.size(d));
    else
      shape[first] *= a.size(d);
  }
  return a.reshape("flatten", shape);
}

Array permute(const Array& a, const Shape& axes) { return a.permute("permute", axes); }

Array transpose(const Array& a, const std::optional<int>& first, const std::optional<int>& second) {
  const int rank = a.rank();
  check(first.has_value() == second.has_value(), "transpose: takes both axes or none");
  check(first || rank >= 2, "transpose: an array of ", rank, " dimension", rank == 1 ? "" : "s",
        " has no last two");
  if (rank == 0) return a;
  const int i = normalize_axis("transpose", first.value_or(-2), rank);
  const int j = normalize_axis("transpose", second.value_or(-1), rank);
  View view = a.view();
  std::swap(view.shape[i], view.shape[j]);
  std::swap(view.strides[i], view.strides[j]);
  return Array(a.storage(), view);
}

Array squeeze(const Array& a, const std::optional<Shape>& axes) {
  bool drop[kMaxRank] = {};
  if (axes) {
    for (int64_t axis : normalize_axes("squeeze", *axes, a.rank())) {
      check(a.size(int(axis)) == 1, "squeeze: axis ", (long long)axis, " has size ",
            (long long)a.size(int(axis)), ", expected 1");
      drop[axis] = true;
    }
  } else {
    for (int d = 0; d < a.rank(); ++d) drop[d] = a.size(d) == 1;
  }
  View view = a.view();
  view.rank = 0;
  for (int d = 0; d < a.rank(); ++d) {
    if (drop[d]) continue;
    view.shape[view.rank] = a.size(d);
    view.strides[view.rank++] = a.stride(d);
  }
  return Array(a.storage(), view);
}

Array expand_dims(const Array& a, const Shape& axes) {
  const int rank = a.rank() + axes.rank();
  check(rank <= kMaxRank, "expand_dims: at most ", kMaxRank, " dimensions are supported, got ",
        rank);
  bool fresh[kMaxRank] = {};
  for (int64_t axis : normalize_axes("expand_dims", axes, rank)) fresh[axis] = true;
  View view = a.view();
  view.rank = rank;
  for (int d = 0, from = 0; d < rank; ++d) {
    view.shape[d] = fresh[d] ? 1 : a.size(from);
    // A new axis has the stride that keeps a row-major array's strides row-major.
    view.strides[d] = !fresh[d]         ? a.stride(from)
                      : from < a.rank() ? a.size(from) * a.stride(from)
                                        : 1;
    from += !fresh[d];
  }
  return Array(a.storage(), view);
}

Array broadcast_to(const Array& a, const Shape& shape) {
  return a.broadcast_to("broadcast_to", shape);
}

Array slice(const Array& a, int axis, int64_t start, int64_t length, int64_t step) {
  axis = normalize_axis("slice", axis, a.rank());
  const int64_t last = checked_add(start, checked_mul(std::max<int64_t>(length, 1) - 1, step));
  check_index(length >= 0 && (length == 0 ||
                              (std::min(start, last) >= 0 && std::max(start, last) < a.size(axis))),
              "slice: ", (long long)length, " elements from ", (long long)start, " in steps of ",
              (long long)step, " leave axis ", axis, " of size ", (long long)a.size(axis));
  return a.slice(axis, start, length, step);
}

Array flip(const Array& a, const Shape& axes) {
  Array reversed = a;
  for (int64_t axis : normalize_axes("flip", axes, a.rank())) {
    const int64_t size = a.size(int(axis));
    reversed = reversed.slice(int(axis), size - 1, size, -1);
  }
  return reversed;
}

std::vector<Array> split(const Array& a, const std::vector<int64_t>& sizes, int axis) {
  axis = normalize_axis("split", axis, a.rank());
  int64_t total = 0;
  for (int64_t size : sizes) {
    check(size >= 0, "split: negative size ", (long long)size);
    total = checked_add(total, size);
  }
  check(total == a.size(axis), "split: the sizes add up to ", (long long)total, ", but axis ", axis,
        " of shape ", a.shape(), " has ", (long long)a.size(axis));
  std::vector<Array> parts;
  parts.reserve(sizes.size());
  int64_t start = 0;
  for (int64_t size : sizes) {
    parts.push_back(a.slice(axis, start, size, 1));
    start += size;
  }
  return parts;
}

std::vector<Array> unbind(const Array& a, int axis) {
  axis = normalize_axis("unbind", axis, a.rank());
  std::vector<Array> parts;
  parts.reserve(size_t(a.size(axis)));
  for (int64_t i = 0; i < a.size(axis); ++i)
    parts.push_back(squeeze(a.slice(axis, i, 1, 1), Shape{axis}));
  return parts;
}

bool shares(const Array& a, const Array& b) { return a.storage().get() == b.storage().get(); }

// ---- copies -------------------------------------------------------------------------------------

namespace {

DType common_dtype(const char* op, const std::vector<Array>& arrays) {
  check(!arrays.empty(), op, ": expected at least one array");
  DType dtype = arrays[0].dtype();
  for (const Array& array : arrays) {
    check(array.device() == arrays[0].device(), op, ": arrays are on different devices");
    dtype = promote(dtype, array.dtype());
  }
  return dtype;
}

/// Rows of every array in turn, so that the result is written once from end to end; an array at a
/// time comes back to every line of it. False where rows are of few bytes each, or so long that
/// they are work for several threads.
bool concat_rows(const std::vector<Array>& arrays, int axis, const Array& out) {
  int64_t rows = 1, unit = int64_t(itemsize(out.dtype()));
  for (int d = 0; d < axis; ++d) rows *= out.size(d);
  for (int d = axis + 1; d < out.rank(); ++d) unit *= out.size(d);
  constexpr int64_t kLeast = 16, kMost = 64 * 1024;
  const int64_t length = out.size(axis) * unit;
  if (rows < 2 || length > kMost || out.device().type != DeviceType::Cpu) return false;
  for (const Array& array : arrays)
    if (array.dtype() != out.dtype() || !array.is_contiguous() || array.size(axis) * unit < kLeast)
      return false;
  launch(
      "concat", out.device(),
      [rows, unit, length, axis](const std::vector<Array>& arrays, const Array& out) {
        const int64_t per_piece = kMost / length;
        parallel_for((rows + per_piece - 1) / per_piece, rows * length / 8, [&](int64_t piece) {
          const int64_t end = std::min(rows, (piece + 1) * per_piece);
          char* to = out.data() + piece * per_piece * length;
          for (int64_t r = piece * per_piece; r < end; ++r) {
            for (const Array& array : arrays) {
              const int64_t bytes = array.size(axis) * unit;
              std::memcpy(to, array.data() + r * bytes, size_t(bytes));
              to += bytes;
            }
          }
        });
      },
      arrays, out);
  return true;
}

}  // namespace

Array concat(const std::vector<Array>& arrays, int axis) {
  const DType dtype = common_dtype("concat", arrays);
  Shape shape = arrays[0].shape();
  check(shape.rank() > 0, "concat: arrays of 0 dimensions have no axis to join along; see stack");
  axis = normalize_axis("concat", axis, shape.rank());
  shape[axis] = 0;
  for (const Array& array : arrays) {
    bool fits = array.rank() == shape.rank();
    for (int d = 0; fits && d < shape.rank(); ++d) fits = d == axis || array.size(d) == shape[d];
    check(fits, "concat: arrays of shapes ", arrays[0].shape(), " and ", array.shape(),
          " differ in another axis than ", axis);
    shape[axis] = checked_add(shape[axis], array.size(axis));
  }
  Array out = Array::empty(shape, dtype, arrays[0].device());
  if (concat_rows(arrays, axis, out)) return out;
  int64_t start = 0;
  for (const Array& array : arrays) {
    copy_into(out.slice(axis, start, array.size(axis), 1), array);
    start += array.size(axis);
  }
  return out;
}

Array stack(const std::vector<Array>& arrays, int axis) {
  const DType dtype = common_dtype("stack", arrays);
  Shape shape = arrays[0].shape();
  for (const Array& array : arrays)
    check(array.shape() == shape, "stack: shapes ", shape, " and ", array.shape(), " differ");
  axis = normalize_axis("stack", axis, shape.rank() + 1);
  shape.insert(axis, int64_t(arrays.size()));
  Array out = Array::empty(shape, dtype, arrays[0].device());
  for (size_t k = 0; k < arrays.size(); ++k)
    copy_into(squeeze(out.slice(axis, int64_t(k), 1, 1), Shape{axis}), arrays[k]);
  return out;
}

Array roll(const Array& a, const Shape& shifts, const Shape& axes) {
  check(shifts.rank() == axes.rank(), "roll: ", shifts.rank(), " shifts for ", axes.rank(),
        " axes");
  Array from = a;
  for (int k = 0; k < axes.rank(); ++k) {
    const int axis = normalize_axis("roll", axes[k], a.rank());
    const int64_t size = a.size(axis);
    const int64_t shift = size ? ((shifts[k] % size) + size) % size : 0;
    if (shift == 0) continue;
    Array to = Array::empty(a.shape(), a.dtype(), a.device());
    copy_into(to.slice(axis, 0, shift, 1), from.slice(axis, size - shift, shift, 1));
    copy_into(to.slice(axis, shift, size - shift, 1), from.slice(axis, 0, size - shift, 1));
    from = std::move(to);
  }
  return shares(from, a) ? a.copy() : from;
}

namespace {

/// `a` with an axis of size n before axis `at` (or after it, by at + 1), all along it alike.
Array repeated(const char* op, const Array& a, int at, int64_t n) {
  check(n >= 0, op, ": negative number of repeats ", (long long)n);
  Array wide = expand_dims(a, Shape{at});
  Shape shape = wide.shape();
  shape[at] = n;
  return wide.broadcast_to(op, shape);
}

/// Every element (`each`) or the whole axis n times, by three dimensions and a fourth: for arrays
/// that have no room for another.
Array repeated_alone(const char* op, const Array& a, int axis, int64_t n, bool each) {
  int64_t before = 1, after = 1;
  for (int d = 0; d < axis; ++d) before *= a.size(d);
  for (int d = axis + 1; d < a.rank(); ++d) after *= a.size(d);
  Shape shape = a.shape();
  shape[axis] = checked_mul(shape[axis], n);
  const Array flat = a.reshape(op, {before, a.size(axis), after});
  return repeated(op, flat, each ? 2 : 1, n).copy().reshape(op, shape);
}

}  // namespace

Array tile(const Array& a, const Shape& repeats) {
  Array from = a;
  while (from.rank() < repeats.rank()) from = expand_dims(from, Shape{0});
  Shape shape = from.shape();
  const int skip = from.rank() - repeats.rank();
  int rank = from.rank();
  for (int64_t n : repeats) rank += n != 1;
  // From the last axis on, so that the places of those before stay where they are.
  for (int d = from.rank() - 1; d >= skip; --d) {
    const int64_t n = repeats[d - skip];
    if (n == 1) continue;
    shape[d] = checked_mul(shape[d], n);
    from =
        rank <= kMaxRank ? repeated("tile", from, d, n) : repeated_alone("tile", from, d, n, false);
  }
  return rank <= kMaxRank || shares(from, a) ? from.copy().reshape("tile", shape) : from;
}

Array repeat(const Array& a, int64_t repeats, int axis) {
  axis = normalize_axis("repeat", axis, a.rank());
  if (a.rank() == kMaxRank) return repeated_alone("repeat", a, axis, repeats, true);
  Shape shape = a.shape();
  shape[axis] = checked_mul(shape[axis], repeats);
  return repeated("repeat", a, axis + 1, repeats).copy().reshape("repeat", shape);
}

Array slice_backward(const Array& g, const Shape& shape, int axis, int64_t start, int64_t step) {
  axis = normalize_axis("slice", axis, shape.rank());
  Array out = Array::zeros(shape, g.dtype(), g.device());
  copy_into(out.slice(axis, start, g.size(axis), step), g);
  return out;
}

}  // namespace gm::ops
