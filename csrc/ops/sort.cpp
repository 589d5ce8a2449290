#include "ops/sort.h"

#include <algorithm>

#include "core/error.h"
#include "core/launch.h"
#include "kernels/sort.h"
#include "ops/index.h"

namespace gm::ops {

namespace {

/// Dimension `from` moved to place `to`, the others in order.
Array moved(const char* op, const Array& x, int from, int to) {
  if (from == to) return x;
  Shape axes;
  for (int d = 0; d < x.rank(); ++d)
    if (d != from) axes.push_back(d);
  axes.insert(to, from);
  return x.permute(op, axes);
}

}  // namespace

std::tuple<Array, Array> sort(const char* op, const Array& x0, int axis, int64_t count,
                              bool descending) {
  const Array x1 = x0.rank() == 0 ? x0.reshape(op, {1}) : x0;
  axis = normalize_axis(op, axis, x1.rank());
  const int64_t size = x1.size(axis);
  check(count >= 0 && count <= size, op, ": k is out of range");  // Python says more
  const auto kernel = sort_integer_table(op, x0.device()).order;
  // Ranks are of 4 or 8 bytes, indices of as many; what is wider has the same order.
  const bool real = is_float(x1.dtype());
  const DType wide = size > int64_t(UINT32_MAX)  ? (real ? DType::Float64 : DType::Int64)
                     : itemsize(x1.dtype()) >= 4 ? x1.dtype()
                                                 : (real ? DType::Float32 : DType::Int32);
  if (itemsize(wide) > itemsize(x1.dtype())) {
    const Array indices = std::get<1>(sort(op, x0.astype(wide), axis, count, descending));
    return {gather(x0, axis, indices), indices};
  }
  const int last = x1.rank() - 1;
  const Array x = moved(op, x1, axis, last).contiguous();
  Shape shape = x.shape();
  shape[last] = count;
  const Array values = Array::empty(shape, x.dtype(), x.device());
  const Array indices = Array::empty(shape, DType::Int64, x.device());
  if (values.numel() > 0) {
    SortArgs args{x.data(),         x.dtype(), values.data(), indices.address<int64_t>(),
                  x.numel() / size, size,      count,         descending,
                  nullptr,          0};
    args.pieces = std::min<int64_t>(args.rows, 32);
    const Array room = Array::empty({args.pieces * sort_room(args)}, DType::UInt8, x.device());
    args.room = room.data();
    launch(op, x.device(), [args, kernel] { kernel(args); }, x, values, indices, room);
  }
  const auto back = [&](const Array& a) {
    return x0.rank() == 0 && count == 1 ? a.reshape(op, {}) : moved(op, a, last, axis).contiguous();
  };
  return {back(values), back(indices)};
}

}  // namespace gm::ops
