// Rows and elements along one axis, and masks.
#include <algorithm>

#include "core/error.h"
#include "core/launch.h"
#include "ops/binary.h"
#include "ops/index.h"
#include "ops/index_places.h"
#include "ops/parallel.h"

namespace gm::ops {

namespace {

/// x itself, marked as written, or a copy: what a result is built on.
Array base_of(const char* op, const Array& x, bool in_place, const Array& source) {
  if (!in_place) return x.copy();
  check(!may_overlap(x, source), op, ": the source overlaps the tensor that is written");
  mark_written(x, op);
  return x;
}

Array source_array(const char* op, const Operand& source, DType dtype) {
  if (source.is_array()) return source.array().astype(dtype);
  Array cell = Array::empty({}, dtype);
  source.write(op, dtype, cell.data());
  return cell;
}

/// 16-bit floats are added in float32.
bool adds_elsewhere(const Array& x, bool add) {
  return add && compute_dtype(x.dtype()) != x.dtype();
}

}  // namespace

Array take(const char* op, const Array& x, const Array& index, int axis, bool any_rank) {
  check(any_rank || index.rank() == 1, op, ": the index must have 1 dimension, got shape ",
        index.shape());
  const Selection s = select_rows(op, x, normalize_axis(op, axis, x.rank()), index);
  const Places places = find_places(op, x, s);
  Array out = Array::empty(result_shape(s, places), x.dtype(), x.device());
  run_rows(op, s, places, out, Access::Gather);
  return out;
}

Array index_put(const char* op, const Array& x, int axis, const Array& index, const Operand& source,
                bool add, bool in_place) {
  axis = normalize_axis(op, axis, x.rank());
  check(index.rank() <= 1, op, ": the index must have 1 dimension, got shape ", index.shape());
  check_type(!add || x.dtype() != DType::Bool, op, ": not defined for bool");
  if (adds_elsewhere(x, add)) {
    const Array sum = index_put(op, x.astype(DType::Float32), axis, index, source, add, true);
    if (!in_place) return sum.astype(x.dtype());
    mark_written(x, op);
    copy_into(x, sum);
    return x;
  }
  const Array flat = index.reshape(op, {index.numel()});
  check_range(op, as_index(op, flat), axis, x.size(axis));
  const Array from = source_array(op, source, x.dtype());
  const Array out = base_of(op, x, in_place, from);
  const Selection s = select_rows(op, out, axis, flat);
  const Places places = find_places(op, out, s);
  run_rows(op, s, places, from.broadcast_to(op, result_shape(s, places)),
           add ? Access::Add : Access::Scatter);
  return out;
}

namespace {

/// The dimensions of `a` but the axis, in the index's sizes.
View without_axis(const Array& a, int axis, const Array& index) {
  View view;
  view.data = a.data();
  view.dtype = a.dtype();
  view.device = a.device();
  view.rank = 0;
  for (int d = 0; d < index.rank(); ++d) {
    if (d == axis) continue;
    view.shape[view.rank] = index.size(d);
    view.strides[view.rank++] = a.stride(d);
  }
  return view;
}

void check_along(const char* op, const Array& x, int axis, const Array& index) {
  check(index.rank() == x.rank(), op,
        ": the index must have as many dimensions as the tensor, got ", index.shape(), " for ",
        x.shape());
  for (int d = 0; d < x.rank(); ++d)
    check(d == axis || index.size(d) <= x.size(d), op, ": index of shape ", index.shape(),
          " is larger than the tensor of shape ", x.shape(), " in axis ", d);
  check_range(op, index, axis, x.size(axis));
}

void run_along(const char* op, const Array& x, int axis, const Array& index, const Array& plain,
               Access access, const Array* wrong = nullptr) {
  if (index.numel() == 0) return;
  AlongAxis args;
  args.wrong = wrong ? wrong->address<int64_t>() : nullptr;
  const View parts[] = {without_axis(plain, axis, index), without_axis(index, axis, index),
                        without_axis(x, axis, index)};
  const View* views[] = {&parts[0], &parts[1], &parts[2]};
  args.loops = collapse(views, 3);
  args.count = index.size(axis);
  args.plain_step = plain.stride(axis);
  args.index_step = index.stride(axis);
  args.indexed_step = x.stride(axis);
  args.size = x.size(axis);
  args.access = access;
  launch(
      op, x.device(), [args, kernel = index_table(op, x.device()).along] { kernel(args); }, plain,
      index, x, wrong ? *wrong : x);
}

/// A 0-d array as one of 1 dimension, for operations along an axis.
Array at_least_1d(const Array& a) { return a.rank() == 0 ? a.reshape("reshape", {1}) : a; }

}  // namespace

Array gather(const Array& x0, int axis, const Array& index0) {
  constexpr const char* op = "gather";
  const Array x = at_least_1d(x0), index = at_least_1d(as_index(op, index0));
  axis = normalize_axis(op, axis, x.rank());
  check_along(op, x, axis, index);
  Array out = Array::empty(index.shape(), x.dtype(), x.device());
  // A line's indices are checked on the way where its elements lie side by side.
  const bool lines = axis == x.rank() - 1 && x.stride(axis) == 1 && index.stride(axis) == 1;
  const Array wrong = lines ? Array::zeros({}, DType::Int64) : x;
  if (lines) run_along(op, x, axis, index, out, Access::Gather, &wrong);
  if (!lines || *wrong.data<int64_t>()) check_range(op, index, axis, x.size(axis));
  if (!lines) run_along(op, x, axis, index, out, Access::Gather);
  return index0.rank() == 0 ? out.reshape(op, {}) : out;
}

Array scatter(const char* op, const Array& x0, int axis, const Array& index0, const Operand& source,
              bool add, bool in_place) {
  check_type(!add || x0.dtype() != DType::Bool, op, ": not defined for bool");
  if (adds_elsewhere(x0, add)) {
    const Array sum = scatter(op, x0.astype(DType::Float32), axis, index0, source, add, true);
    if (!in_place) return sum.astype(x0.dtype());
    mark_written(x0, op);
    copy_into(x0, sum);
    return x0;
  }
  Array index = at_least_1d(as_index(op, index0));
  if (in_place && may_overlap(index, x0)) index = index.copy();  // before it is checked
  axis = normalize_axis(op, axis, std::max(x0.rank(), 1));
  check_along(op, at_least_1d(x0), axis, index);
  check_range(op, index, axis, at_least_1d(x0).size(axis));
  Array from = source_array(op, source, x0.dtype());
  if (source.is_array()) {
    from = at_least_1d(from);
    bool fits = from.rank() == index.rank();
    for (int d = 0; fits && d < index.rank(); ++d) fits = index.size(d) <= from.size(d);
    check(fits, op, ": index of shape ", index.shape(), " is larger than the source of shape ",
          source.shape());
  } else {
    from = from.broadcast_to(op, index.shape());
  }
  const Array out = base_of(op, x0, in_place, from);
  run_along(op, at_least_1d(out), axis, index, from, add ? Access::Add : Access::Scatter);
  return out;
}

// ---- masks --------------------------------------------------------------------------------------

namespace {

/// Where each piece's kept elements begin, as int64; the last is how many there are.
Array piece_starts(const char* op, const Array& mask) {
  const int64_t n = mask.numel(), pieces = (n + kMaskPiece - 1) / kMaskPiece;
  const Array starts = Array::zeros({pieces + 1}, DType::Int64);
  launch(
      op, mask.device(),
      [n, kernel = index_table(op, mask.device()).count_true](const Array& mask,
                                                              const Array& counts) {
        kernel(mask.data<uint8_t>(), n, counts.data<int64_t>());
      },
      mask, starts);
  int64_t sum = 0;
  auto* start = starts.data<int64_t>();
  for (int64_t i = 0; i <= pieces; ++i) start[i] = std::exchange(sum, sum + start[i]);
  return starts;
}
int64_t kept_count(const Array& starts) { return starts.data<int64_t>()[starts.numel() - 1]; }

}  // namespace

namespace {

/// Positions in row-major order, given as ascending numbers from `begin` on, as indices: that of
/// element i and dimension d at to[i · step + d · apart].
void write_indices(const int64_t* from, int64_t begin, int64_t count, const Shape& shape,
                   int64_t* to, int64_t step, int64_t apart) {
  const int last = shape.rank() - 1;
  const int64_t line = shape[last];
  int64_t place[kMaxRank], end = 0;  // of the line that the elements are in
  for (int64_t i = 0; i < count;) {
    if (i > 0 && begin + from[i] < end + line) {
      int d = last - 1;
      for (; ++place[d] == shape[d]; --d) place[d] = 0;
      end += line;
    } else {
      int64_t rest = (begin + from[i]) / line;
      end = (rest + 1) * line;
      for (int d = last - 1; d >= 0; rest /= shape[d--]) place[d] = rest % shape[d];
    }
    const int64_t here = end - begin;
    int64_t* const first = to;
    for (; i < count && from[i] < here; ++i, to += step) to[last * apart] = from[i] - here + line;
    for (int d = 0; d < last; ++d) {
      const int64_t at = place[d], offset = d * apart;
      for (int64_t* p = first; p < to; p += step) p[offset] = at;
    }
  }
}

}  // namespace

Array nonzero(const Array& x, bool by_axis) {
  constexpr const char* op = "nonzero";
  const Array mask = x.astype(DType::Bool).contiguous();
  const Array starts = piece_starts(op, mask);
  const int64_t count = kept_count(starts), rank = x.rank();
  const Array out =
      Array::empty(by_axis ? Shape{rank, count} : Shape{count, rank}, DType::Int64, x.device());
  launch(
      op, x.device(),
      [count, rank, by_axis, kernel = index_table(op, x.device()).positions](
          const Array& mask, const Array& starts, const Array& out) {
        const auto* from = mask.data<uint8_t>();
        const auto* start = starts.data<int64_t>();
        auto* to = out.data<int64_t>();
        const int64_t n = mask.numel();
        if (rank == 1) return kernel(from, n, start, to);
        if (rank == 0) return;
        const int64_t step = by_axis ? 1 : rank, apart = by_axis ? count : 1;
        parallel_for(starts.numel() - 1, n * rank, [&](int64_t piece) {
          const int64_t begin = piece * kMaskPiece, count = start[piece + 1] - start[piece];
          const Scratch scratch(size_t(count) * sizeof(int64_t));
          auto* flat = static_cast<int64_t*>(scratch.data);
          const int64_t first = 0;
          kernel(from + begin, std::min(kMaskPiece, n - begin), &first, flat);
          write_indices(flat, begin, count, mask.shape(), to + start[piece] * step, step, apart);
        });
      },
      mask, starts, out);
  return out;
}

Array masked_select(const Array& x, const Array& mask0) {
  constexpr const char* op = "masked_select";
  check_type(mask0.dtype() == DType::Bool, op, ": the mask must be bool, not ", mask0.dtype());
  const Shape shape = broadcast(op, x.shape(), mask0.shape());
  const Array from = x.broadcast_to(op, shape).contiguous();
  const Array mask = mask0.broadcast_to(op, shape).contiguous();
  const Array starts = piece_starts(op, mask);
  Array out = Array::empty({kept_count(starts)}, x.dtype(), x.device());
  launch(
      op, x.device(),
      [kernel = index_table(op, x.device()).compress](const Array& mask, const Array& from,
                                                      const Array& starts, const Array& out) {
        kernel(mask.data<uint8_t>(), from.data(), from.numel(), int64_t(itemsize(from.dtype())),
               starts.data<int64_t>(), out.data());
      },
      mask, from, starts, out);
  return out;
}

}  // namespace gm::ops
