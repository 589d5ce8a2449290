#include "ops/elementwise.h"

#include "core/error.h"

namespace gm {

Shape broadcast(const char* op, const Operand* operands, int count) {
  Shape shape = operands[0].shape();
  for (int k = 1; k < count; ++k)
    if (operands[k].is_array()) shape = broadcast(op, shape, operands[k].array().shape());
  return shape;
}

namespace {

bool same_view(const Array& a, const Array& b) {
  if (a.data() != b.data() || a.dtype() != b.dtype() || !(a.shape() == b.shape())) return false;
  for (int i = 0; i < a.rank(); ++i)
    if (a.stride(i) != b.stride(i)) return false;
  return true;
}

}  // namespace

void prepare(const char* op, Elementwise& work, const Array& out, const Operand* operands,
             int count, DType compute) {
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
    if (array->storage().get() == out.storage().get() && !same_view(*array, out) &&
        may_overlap(*array, out)) {
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
  work.loops = collapse(views, count + 1);
}

}  // namespace gm
