#include "ops/activation.h"

#include "core/error.h"
#include "kernels/activation.h"
#include "ops/binary.h"
#include "ops/elementwise.h"

namespace gm::ops {

namespace {

using Entry = Activation ActivationKernels::*;
using FnEntry = ActivationFn ActivationKernels::*;

void check_float(const char* op, const Array& x) {
  check_type(is_float(x.dtype()), op, ": expected a floating-point array, got ", x.dtype());
}

/// result = kernel(operands…) in the dtype of the first.
template <size_t Count, size_t Parameters>
Array run(const char* op, ActivationFn kernel, const Operand (&operands)[Count],
          const double (&parameters)[Parameters], const Array* out) {
  const DType dtype = operands[0].alone();
  return elementwise(
      op, operands, dtype, compute_dtype(dtype), out,
      [=](const Loops& loops, DType compute) { kernel(loops, compute, parameters); });
}

template <class... Parameters>
Array forward(const char* op, Entry entry, const Array& x, const Array* out, Parameters... p) {
  check_float(op, x);
  const double parameters[] = {p..., 0};
  return run(op, (activation_table(op, x.device()).*entry).forward, {x}, parameters, out);
}
template <class... Parameters>
Array backward(const char* op, Entry entry, const Array& g, const Array& saved, Parameters... p) {
  const double parameters[] = {p..., 0};
  return run(op, (activation_table(op, g.device()).*entry).backward, {g, saved}, parameters,
             nullptr);
}

}  // namespace

Array relu(const Array& x, const Array* out) {
  check_type(x.dtype() != DType::Bool, "relu: expected numbers, got bool");
  if (!is_float(x.dtype())) return maximum(x, int64_t(0), out);
  return forward("relu", &ActivationKernels::relu, x, out);
}
Array relu_backward(const Array& g, const Array& y) {
  return backward("relu_backward", &ActivationKernels::relu, g, y);
}
Array leaky_relu(const Array& x, double slope, const Array* out) {
  return forward("leaky_relu", &ActivationKernels::leaky_relu, x, out, slope);
}
Array leaky_relu_backward(const Array& g, const Array& y, double slope) {
  return backward("leaky_relu_backward", &ActivationKernels::leaky_relu, g, y, slope);
}
Array elu(const Array& x, double alpha, double scale, double inner, const Array* out) {
  return forward("elu", &ActivationKernels::elu, x, out, alpha, scale, inner);
}
Array elu_backward(const Array& g, const Array& y, double alpha, double scale, double inner) {
  return backward("elu_backward", &ActivationKernels::elu, g, y, alpha, scale, inner);
}
Array hardtanh(const Array& x, double low, double high, const Array* out) {
  return forward("hardtanh", &ActivationKernels::hardtanh, x, out, low, high);
}
Array hardtanh_backward(const Array& g, const Array& y, double low, double high) {
  return backward("hardtanh_backward", &ActivationKernels::hardtanh, g, y, low, high);
}
Array hardsigmoid(const Array& x, const Array* out) {
  return forward("hardsigmoid", &ActivationKernels::hardsigmoid, x, out);
}
Array hardsigmoid_backward(const Array& g, const Array& y) {
  return backward("hardsigmoid_backward", &ActivationKernels::hardsigmoid, g, y);
}
Array gelu(const Array& x, const Array* out) {
  return forward("gelu", &ActivationKernels::gelu, x, out);
}
Array gelu_backward(const Array& g, const Array& x) {
  return backward("gelu_backward", &ActivationKernels::gelu, g, x);
}
Array gelu_tanh(const Array& x, const Array* out) {
  return forward("gelu_tanh", &ActivationKernels::gelu_tanh, x, out);
}
Array gelu_tanh_backward(const Array& g, const Array& x) {
  return backward("gelu_tanh_backward", &ActivationKernels::gelu_tanh, g, x);
}
Array silu(const Array& x, const Array* out) {
  return forward("silu", &ActivationKernels::silu, x, out);
}
Array silu_backward(const Array& g, const Array& x) {
  return backward("silu_backward", &ActivationKernels::silu, g, x);
}
Array mish(const Array& x, const Array* out) {
  return forward("mish", &ActivationKernels::mish, x, out);
}
Array mish_backward(const Array& g, const Array& x) {
  return backward("mish_backward", &ActivationKernels::mish, g, x);
}
Array hardswish(const Array& x, const Array* out) {
  return forward("hardswish", &ActivationKernels::hardswish, x, out);
}
Array hardswish_backward(const Array& g, const Array& x) {
  return backward("hardswish_backward", &ActivationKernels::hardswish, g, x);
}
Array hardshrink(const Array& x, double lambda, const Array* out) {
  return forward("hardshrink", &ActivationKernels::hardshrink, x, out, lambda);
}
Array hardshrink_backward(const Array& g, const Array& x, double lambda) {
  return backward("hardshrink_backward", &ActivationKernels::hardshrink, g, x, lambda);
}
Array softshrink(const Array& x, double lambda, const Array* out) {
  return forward("softshrink", &ActivationKernels::softshrink, x, out, lambda);
}
Array softshrink_backward(const Array& g, const Array& x, double lambda) {
  return backward("softshrink_backward", &ActivationKernels::softshrink, g, x, lambda);
}
Array tanhshrink(const Array& x, const Array* out) {
  return forward("tanhshrink", &ActivationKernels::tanhshrink, x, out);
}
Array tanhshrink_backward(const Array& g, const Array& x) {
  return backward("tanhshrink_backward", &ActivationKernels::tanhshrink, g, x);
}
Array softsign(const Array& x, const Array* out) {
  return forward("softsign", &ActivationKernels::softsign, x, out);
}
Array softsign_backward(const Array& g, const Array& x) {
  return backward("softsign_backward", &ActivationKernels::softsign, g, x);
}
Array softplus(const Array& x, double beta, double threshold, const Array* out) {
  return forward("softplus", &ActivationKernels::softplus, x, out, beta, threshold);
}
Array softplus_backward(const Array& g, const Array& x, double beta, double threshold) {
  return backward("softplus_backward", &ActivationKernels::softplus, g, x, beta, threshold);
}
Array threshold(const Array& x, double limit, double value, const Array* out) {
  return forward("threshold", &ActivationKernels::threshold, x, out, limit, value);
}
Array threshold_backward(const Array& g, const Array& x, double limit, double value) {
  return backward("threshold_backward", &ActivationKernels::threshold, g, x, limit, value);
}
Array logsigmoid(const Array& x, const Array* out) {
  return forward("logsigmoid", &ActivationKernels::logsigmoid, x, out);
}
Array logsigmoid_backward(const Array& g, const Array& x) {
  return backward("logsigmoid_backward", &ActivationKernels::logsigmoid, g, x);
}

namespace {

struct Halves {
  Array a, b;
};
Halves halves(const Array& x, int axis) {
  const int64_t size = x.size(axis) / 2;
  return {x.slice(axis, 0, size, 1), x.slice(axis, size, size, 1)};
}

}  // namespace

Array glu(const Array& x, int axis) {
  check_float("glu", x);
  axis = normalize_axis("glu", axis, x.rank());
  check(x.size(axis) % 2 == 0, "glu: input of shape ", x.shape(), " has an odd size along axis ",
        axis, ", which cannot be halved");
  const auto [a, b] = halves(x, axis);
  return run("glu", activation_table("glu", x.device()).glu, {a, b}, {0}, nullptr);
}

Array glu_backward(const Array& g, const Array& x, int axis) {
  axis = normalize_axis("glu", axis, x.rank());
  const ActivationKernels& table = activation_table("glu_backward", g.device());
  const auto [a, b] = halves(x, axis);
  const Array gx = Array::empty(x.shape(), x.dtype(), x.device());
  const auto [ga, gb] = halves(gx, axis);
  run("glu_backward", table.glu_a, {g, b}, {0}, &ga);
  run("glu_backward", table.glu_b, {g, a, b}, {0}, &gb);
  return gx;
}

Array prelu(const Array& x, const Array& slope, const Array* out) {
  check_float("prelu", x);
  return run("prelu", activation_table("prelu", x.device()).prelu, {x, slope}, {0}, out);
}
Array prelu_backward(const Array& g, const Array& x, const Array& slope) {
  const ActivationKernels& table = activation_table("prelu_backward", g.device());
  return run("prelu_backward", table.prelu_x, {g, x, slope}, {0}, nullptr);
}
Array prelu_slope_backward(const Array& g, const Array& x) {
  const ActivationKernels& table = activation_table("prelu_slope_backward", g.device());
  return run("prelu_slope_backward", table.prelu_slope, {g, x}, {0}, nullptr);
}

}  // namespace gm::ops
