#include "ops/softmax.h"

#include "core/error.h"
#include "core/launch.h"
#include "kernels/softmax.h"
#include "ops/operand.h"

namespace gm::ops {

namespace {

using Entry = SoftmaxKernels::Fn SoftmaxKernels::*;

Array run(const char* op, Entry entry, const Array& x, const Array* g, int axis) {
  const int at = normalize_axis(op, axis, x.rank() ? x.rank() : 1);
  check(!g || g->shape() == x.shape(), op, ": gradient of shape ", g ? g->shape() : Shape(),
        " for an output of shape ", x.shape());
  SoftmaxArgs args{};
  args.outer = args.length = args.inner = 1;
  for (int i = 0; i < x.rank(); ++i)
    (i < at ? args.outer : i == at ? args.length : args.inner) *= x.size(i);
  const Array in = x.contiguous();
  const Array from = g ? g->astype(x.dtype()).contiguous() : in;
  const Array out = Array::empty(x.shape(), x.dtype(), x.device());
  args.x = in.data();
  args.g = from.data();
  args.out = out.data();
  args.dtype = x.dtype();
  launch(
      op, x.device(), [args, kernel = softmax_table(op, x.device()).*entry] { kernel(args); }, in,
      from, out);
  return out;
}

Array forward(const char* op, Entry entry, const Array& x, int axis,
              const std::optional<DType>& dtype) {
  const DType result = dtype.value_or(x.dtype());
  check_type(is_float(result), op, ": expected a floating-point array or dtype=, got ", result);
  return run(op, entry, x.astype(compute_dtype(result)), nullptr, axis).astype(result);
}
Array backward(const char* op, Entry entry, const Array& g, const Array& y, int axis) {
  return run(op, entry, y.astype(compute_dtype(y.dtype())), &g, axis);
}

}  // namespace

Array softmax(const Array& x, int axis, const std::optional<DType>& dtype) {
  return forward("softmax", &SoftmaxKernels::softmax, x, axis, dtype);
}
Array log_softmax(const Array& x, int axis, const std::optional<DType>& dtype) {
  return forward("log_softmax", &SoftmaxKernels::log_softmax, x, axis, dtype);
}
Array softmax_backward(const Array& g, const Array& y, int axis) {
  return backward("softmax", &SoftmaxKernels::softmax_backward, g, y, axis);
}
Array log_softmax_backward(const Array& g, const Array& y, int axis) {
  return backward("log_softmax", &SoftmaxKernels::log_softmax_backward, g, y, axis);
}

}  // namespace gm::ops
