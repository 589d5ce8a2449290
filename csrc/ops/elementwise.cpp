#include "ops/elementwise.h"

#include <cstdlib>

#include "core/error.h"

namespace gm {

Shape broadcast(const char* op, const Operand* operands, int count) {
  Shape shape = operands[0].shape();
  for (int k = 1; k < count; ++k)
    if (operands[k].is_array()) shape = broadcast(op, shape, operands[k].array().shape());
  return shape;
}

namespace {

bool same_shape(const Array& a, const Array& b) {
  if (a.rank() != b.rank()) return false;
  for (int i = 0; i < a.rank(); ++i)
    if (a.size(i) != b.size(i)) return false;
  return true;
}

bool same_view(const Array& a, const Array& b) {
  if (a.data() != b.data() || a.dtype() != b.dtype() || !same_shape(a, b)) return false;
  for (int i = 0; i < a.rank(); ++i)
    if (a.stride(i) != b.stride(i)) return false;
  return true;
}

/// The common small case, several times as fast as the general one: row-major arrays of one shape,
/// and scalars. False where it is another.
bool prepare_plain(const char* op, Elementwise& work, const Array& out, const Operand* operands,
                   int count, DType compute) {
  if (!out.is_contiguous()) return false;
  for (int k = 0; k < count; ++k) {
    if (!operands[k].is_array()) continue;
    const Array& array = operands[k].array();
    if (may_share(out, array) || !(array.device() == out.device()) || !same_shape(array, out) ||
        !array.is_contiguous())
      return false;
  }
  Loops& loops = work.loops;
  loops.operands = count + 1;
  loops.rank = 1;
  loops.lines = 1;
  loops.length = loops.shape[0] = out.numel();
  for (int k = 0; k <= count; ++k) {
    const bool scalar = work.scalar[k] = k > 0 && !operands[k - 1].is_array();
    const View* view = k == 0 ? &out.view() : scalar ? nullptr : &operands[k - 1].array().view();
    loops.strides[k][0] = scalar ? 0 : 1;
    loops.data[k] = scalar ? nullptr : view->data;
    loops.dtype[k] = scalar ? compute : view->dtype;
    if (scalar) operands[k - 1].write(op, compute, work.cell[k]);
  }
  return true;
}

}  // namespace

namespace {

/// Whether lines of `out` go across those of a large array: reading it element by element, a cache
/// line each, takes four times as long as transposing it first.
bool lies_across(const Array& array, const Array& out) {
  constexpr int64_t kLarge = 64 * 1024, kCacheLine = 64;
  const int last = array.rank() - 1;
  if (last < 1 || array.numel() < kLarge || !out.is_contiguous()) return false;
  const int64_t across = std::abs(array.stride(last));
  if (array.size(last) == 1 || across * int64_t(itemsize(array.dtype())) < kCacheLine) return false;
  for (int d = 0; d < last; ++d)
    if (array.size(d) > 1 && std::abs(array.stride(d)) < across && array.stride(d) != 0)
      return true;
  return false;
}

}  // namespace

void prepare(const char* op, Elementwise& work, const Array& out, const Operand* operands,
             int count, DType compute) {
  if (prepare_plain(op, work, out, operands, count, compute)) return;
  const View* views[kMaxOperands] = {&out.view()};
  View broadcasted[kMaxOperands];
  const Shape shape = out.shape();
  work.scalar[0] = false;
  for (int k = 0; k < count; ++k) {
    const Operand& operand = operands[k];
    work.scalar[k + 1] = !operand.is_array();
    View& view = broadcasted[k];
    views[k + 1] = &view;
    if (!operand.is_array()) {
      operand.write(op, compute, work.cell[k + 1]);
      view.data = nullptr;
      view.dtype = compute;
      view.rank = shape.rank();
      for (int i = 0; i < shape.rank(); ++i) {
        view.shape[i] = shape[i];
        view.strides[i] = 0;
      }
      continue;
    }
    const Array* array = &operand.array();
    check(array->device() == out.device(), op, ": operands are on different devices");
    const bool overlaps =
        may_share(out, *array) && !same_view(*array, out) && may_overlap(*array, out);
    if (overlaps || lies_across(*array, out)) {
      work.keep[k] = array->copy();
      array = &work.keep[k];
    }
    if (array->shape() == shape) {
      views[k + 1] = &array->view();
    } else {
      const Array spread = array->broadcast_to(op, shape);
      view.data = spread.view().data;
      view.dtype = spread.dtype();
      view.rank = spread.rank();
      for (int i = 0; i < spread.rank(); ++i) {
        view.shape[i] = spread.size(i);
        view.strides[i] = spread.stride(i);
      }
    }
  }
  collapse(views, count + 1, work.loops);
}

}  // namespace gm
