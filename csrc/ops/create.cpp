#include "ops/create.h"

#include <algorithm>
#include <cstring>

#include "core/error.h"
#include "core/launch.h"
#include "core/lines.h"
#include "ops/parallel.h"

namespace gm::ops {

Array empty(const Shape& shape, DType dtype, Device device) {
  return Array::empty(shape, dtype, device);
}

Array zeros(const Shape& shape, DType dtype, Device device) {
  return full(shape, Operand(int64_t(0)), dtype, device);
}

Array full(const Shape& shape, const Operand& value, const std::optional<DType>& dtype,
           Device device) {
  check(!value.is_array() || value.array().rank() == 0,
        "full: the value must be a scalar, got shape ", value.shape());
  Array out = Array::empty(shape, dtype ? *dtype : value.alone(), device);
  write_over("full", out, value);
  return out;
}

Array arange(const Operand& start, const Operand& step, int64_t count, DType dtype, Device device) {
  check(count >= 0, "arange: negative count ", (long long)count);
  Array out = Array::empty({count}, dtype);
  const DType compute =
      promote(start.alone(), step.alone()) == DType::Float32 ? DType::Float64 : DType::Int64;
  char first[8], stride[8];
  start.write("arange", compute, first);
  step.write("arange", compute, stride);
  const auto lines = [=, to = reinterpret_cast<char*>(out.data<uint8_t>())](auto zero) {
    constexpr int64_t kLine = 512;
    const auto bytes = int64_t(itemsize(dtype));
    using T = decltype(zero);
    T begin, by, line[kLine];
    std::memcpy(&begin, first, sizeof begin);
    std::memcpy(&by, stride, sizeof by);
    for (int64_t i = 0; i < count; i += kLine) {
      const int64_t n = std::min(kLine, count - i);
      for (int64_t k = 0; k < n; ++k) line[k] = begin + T(i + k) * by;
      copy_line({reinterpret_cast<char*>(line), 1, compute, to + i * bytes, 1, dtype}, n);
    }
  };
  launch(
      "arange", out.device(),
      [=] { compute == DType::Float64 ? lines(double{}) : lines(int64_t{}); }, out);
  return out.to(device);
}

void write_over(const char* op, const Array& target, const Operand& value) {
  Array source = value.is_array() ? value.array() : Array::empty({}, target.dtype());
  if (!value.is_array() && !rehearsing()) value.write(op, target.dtype(), source.data());
  source = source.to(target.device());
  // More dimensions of size 1 in front than the target has are allowed, as in NumPy.
  while (source.rank() > target.rank() && source.size(0) == 1)
    source = source.reshape(op, Shape(source.view().shape + 1, source.rank() - 1));
  source = source.broadcast_to(op, target.shape());
  if (value.is_array() && may_overlap(source, target)) source = source.copy();
  copy_into(target, source);
}

void fill(const Array& target, const Operand& value, const char* op) {
  mark_written(target, op);
  write_over(op, target, value);
}

Array diagonal(const Array& a, int64_t offset, int i, int j) {
  const int rank = a.rank();
  check(rank >= 2, "diagonal: needs at least 2 dimensions, got shape ", a.shape());
  i = normalize_axis("diagonal", i, rank);
  j = normalize_axis("diagonal", j, rank);
  check(i != j, "diagonal: both axes are ", i);
  const int64_t rows = a.size(i), columns = a.size(j);
  const int64_t length = std::max<int64_t>(
      0, offset >= 0 ? std::min(rows, columns - offset) : std::min(rows + offset, columns));
  View view = a.view();
  if (length > 0)
    view.data +=
        (offset >= 0 ? offset * a.stride(j) : -offset * a.stride(i)) * int64_t(itemsize(a.dtype()));
  view.rank = 0;
  for (int d = 0; d < rank; ++d) {
    if (d == i || d == j) continue;
    view.shape[view.rank] = a.size(d);
    view.strides[view.rank++] = a.stride(d);
  }
  view.shape[view.rank] = length;
  view.strides[view.rank++] = a.stride(i) + a.stride(j);
  return Array(a.storage(), view);
}

Array triangle(const Array& a, int64_t offset, bool upper) {
  const char* op = upper ? "triu" : "tril";
  check(a.rank() >= 2, op, ": needs at least 2 dimensions, got shape ", a.shape());
  check_on_host(op, a.device());
  const bool whole = a.is_contiguous();
  const Array out = whole ? Array::empty(a.shape(), a.dtype(), a.device()) : a.copy();
  if (out.numel() == 0) return out;
  launch(
      op, out.device(),
      [=](const Array& a, const Array& out) {
        const int64_t columns = out.size(out.rank() - 1), rows = out.size(out.rank() - 2);
        const int64_t first =
            std::clamp(offset, -rows - 1, columns + 1);  // beyond, nothing changes
        const auto bytes = int64_t(itemsize(out.dtype()));
        const int64_t all = out.numel() / columns;
        const int64_t per_piece = std::max<int64_t>(1, 64 * 1024 / (columns * bytes));
        parallel_for((all + per_piece - 1) / per_piece, all * columns * bytes / 8, [&](int64_t p) {
          for (int64_t r = p * per_piece; r < std::min(all, (p + 1) * per_piece); ++r) {
            // Elements before `edge` are in the lower part, the diagonal belongs to both.
            const int64_t diagonal = r % rows + first;
            const int64_t edge = std::clamp<int64_t>(upper ? diagonal : diagonal + 1, 0, columns);
            const auto before = size_t(edge * bytes), after = size_t((columns - edge) * bytes);
            const int64_t start = r * columns * bytes, middle = start + edge * bytes;
            std::memset(out.data() + (upper ? start : middle), 0, upper ? before : after);
            const int64_t kept = upper ? middle : start;
            if (whole) std::memcpy(out.data() + kept, a.data() + kept, upper ? after : before);
          }
        });
      },
      a, out);
  return out;
}

}  // namespace gm::ops
