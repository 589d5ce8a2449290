#include "ops/index_places.h"

#include "core/error.h"
#include "core/launch.h"
#include "ops/elementwise.h"

namespace gm::ops {

Array as_index(const char* op, const Array& index) {
  check_type(is_integer(index.dtype()), op, ": an index must be of an integer dtype, not ",
             index.dtype());
  return index.astype(DType::Int64);
}

void check_range(const char* op, const Array& index, int axis, int64_t size) {
  if (index.numel() == 0) return;
  const View* views[] = {&index.view()};
  const Loops loops = collapse(views, 1);
  // The host waits for the result, which cannot stand on the stack all the same: launched work owns
  // all that it writes.
  const Array found = Array::empty({2}, DType::Int64);
  launch(
      op, index.device(),
      [loops, to = found.data<int64_t>(), kernel = index_table(op, index.device()).range] {
        const Range range = kernel(loops);
        to[0] = range.low;
        to[1] = range.high;
      },
      index, found);
  const int64_t low = found.data<int64_t>()[0], high = found.data<int64_t>()[1];
  const int64_t wrong = high >= size ? high : low;
  check_index(wrong >= -size && wrong < size, op, ": index ", (long long)wrong,
              " is out of range for axis ", axis, " of size ", (long long)size);
}

Selection select_rows(const char* op, const Array& x, int axis, const Array& index) {
  Selection s;
  View rest = x.view();
  rest.rank = 0;
  for (int d = 0; d < x.rank(); ++d) {
    if (d == axis) continue;
    rest.shape[rest.rank] = x.size(d);
    rest.strides[rest.rank++] = x.stride(d);
  }
  s.rest = Array(x.storage(), rest);
  s.at.push_back(as_index(op, index));
  s.sizes = {x.size(axis)};
  s.strides = {x.stride(axis)};
  s.axes = {axis};
  s.position = axis;
  s.advanced = true;
  return s;
}

Places find_places(const char* op, const Array& x, const Selection& s) {
  Places found;
  for (const Array& index : s.at) found.shape = broadcast(op, found.shape, index.shape());
  if (s.at.size() == 1) {
    found.offsets = may_overlap(s.at[0], x) ? s.at[0].copy() : s.at[0].contiguous();
    found.size = s.sizes[0];
    found.scale = s.strides[0];
    check_range(op, found.offsets, int(s.axes[0]), found.size);
    return found;
  }
  found.offsets = Array::empty(found.shape, DType::Int64);
  const int64_t count = found.offsets.numel();
  for (int k = 0; k < int(s.at.size()); ++k) {
    const Array& index = s.at[size_t(k)];
    check_range(op, index, int(s.axes[k]), s.sizes[k]);
    const Array whole = index.broadcast_to(op, found.shape).contiguous();
    launch(
        op, index.device(),
        [=, size = s.sizes[k], stride = s.strides[k],
         kernel = index_table(op, index.device()).places](const Array& from, const Array& to) {
          kernel(from.data<int64_t>(), count, size, stride, k > 0, to.data<int64_t>());
        },
        whole, found.offsets);
  }
  return found;
}

Shape result_shape(const Selection& s, const Places& places) {
  Shape shape;
  for (int d = 0; d < s.position; ++d) shape.push_back(s.rest.size(d));
  for (int64_t size : places.shape) shape.push_back(size);
  for (int d = s.position; d < s.rest.rank(); ++d) shape.push_back(s.rest.size(d));
  return shape;
}

bool one_run(const Array& a, int first, int rank) {
  for (int d = first; d + 1 < first + rank; ++d)
    if (a.size(d) != 1 && a.stride(d) != a.stride(d + 1) * a.size(d + 1)) return false;
  return true;
}

namespace {

/// A view of some of an array's dimensions.
View part(const View& view, int first, int rank) {
  View out;
  out.data = view.data;
  out.dtype = view.dtype;
  out.device = view.device;
  out.rank = rank;
  for (int d = 0; d < rank; ++d) {
    out.shape[d] = view.shape[first + d];
    out.strides[d] = view.strides[first + d];
  }
  return out;
}

/// Puts the dimensions of `more` inside those of `loops`; a lone one of size 1 is dropped.
void append(Loops& loops, const Loops& more) {
  if (more.rank == 1 && more.shape[0] == 1) return;
  for (int d = 0; d < more.rank; ++d, ++loops.rank) {
    loops.shape[loops.rank] = more.shape[d];
    for (int k = 0; k < 2; ++k) loops.strides[k][loops.rank] = more.strides[k][d];
  }
}

}  // namespace

void run_rows(const char* op, const Selection& s, const Places& places, const Array& plain,
              Access access) {
  const int spread = places.shape.rank(), inside = s.rest.rank() - s.position;
  IndexedRows args;
  args.places = places.offsets.data<int64_t>();
  args.size = places.size;
  args.scale = places.scale;
  args.count = places.offsets.numel();
  args.access = access;
  if (args.count == 0 || s.rest.numel() == 0) return;
  args.step = 0;
  for (int d = s.position + spread - 1; d >= s.position; --d) {
    if (plain.size(d) == 1) continue;
    args.step = plain.stride(d);
    break;
  }
  const View outer[] = {part(plain.view(), 0, s.position), part(s.rest.view(), 0, s.position)};
  const View inner[] = {part(plain.view(), s.position + spread, inside),
                        part(s.rest.view(), s.position, inside)};
  const View* pair[] = {&outer[0], &outer[1]};
  Loops& loops = args.loops = collapse(pair, 2);
  const Loops outside = loops;
  loops.rank = 0;
  append(loops, outside);
  args.outer_rank = loops.rank;
  pair[0] = &inner[0];
  pair[1] = &inner[1];
  append(loops, collapse(pair, 2));
  launch(
      op, plain.device(), [args, kernel = index_table(op, plain.device()).rows] { kernel(args); },
      plain, places.offsets, s.rest);
}

}  // namespace gm::ops
