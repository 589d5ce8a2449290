#include "ops/unary.h"

#include "core/error.h"
#include "kernels/unary.h"
#include "ops/elementwise.h"

namespace gm::ops {

namespace {

using Entry = Unary UnaryKernels::*;

Array run(const char* op, Entry entry, const Array& x, DType dtype, const Array* out) {
  const DType compute = compute_dtype(dtype);
  const UnaryKernels& table =
      is_float(compute) ? unary_table(op, x.device()) : unary_integer_table(op, x.device());
  const UnaryFn kernel = (table.*entry).function;
  check_type(kernel != nullptr, op, ": not defined for ", dtype);
  return elementwise(op, {x}, dtype, compute, out, kernel);
}

/// Of x's dtype.
Array exact(const char* op, Entry entry, const Array& x, const Array* out) {
  return run(op, entry, x, x.dtype(), out);
}
/// The same, but not of bool.
Array number(const char* op, Entry entry, const Array& x, const Array* out) {
  check_type(x.dtype() != DType::Bool, op, ": not defined for bool");
  return run(op, entry, x, x.dtype(), out);
}
/// What leaves integers as they are.
Array rounded(const char* op, Entry entry, const Array& x, const Array* out) {
  if (is_float(x.dtype())) return run(op, entry, x, x.dtype(), out);
  if (!out) return x.copy();
  const Array to = result_array(op, out, x.shape(), x.dtype(), x.device());
  copy_into(to, may_overlap(x, to) ? x.copy() : x);
  return to;
}
/// In floating point.
Array real(const char* op, Entry entry, const Array& x, const Array* out) {
  return run(op, entry, x, floating(x.dtype()), out);
}

Array backward(const char* op, Entry entry, const Array& g, const Array& saved) {
  const UnaryFn kernel = (unary_table(op, g.device()).*entry).gradient;
  return elementwise(op, {g, saved}, g.dtype(), compute_dtype(g.dtype()), nullptr, kernel);
}

}  // namespace

Array negative(const Array& x, const Array* out) {
  return number("negative", &UnaryKernels::negative, x, out);
}
Array absolute(const Array& x, const Array* out) {
  return exact("abs", &UnaryKernels::absolute, x, out);
}
Array sign(const Array& x, const Array* out) { return number("sign", &UnaryKernels::sign, x, out); }
Array square(const Array& x, const Array* out) {
  return number("square", &UnaryKernels::square, x, out);
}
Array cube(const Array& x, const Array* out) { return number("cube", &UnaryKernels::cube, x, out); }
Array bitwise_invert(const Array& x, const Array* out) {
  return exact("bitwise_invert", &UnaryKernels::bitwise_invert, x, out);
}
Array floor(const Array& x, const Array* out) {
  return rounded("floor", &UnaryKernels::floor, x, out);
}
Array ceil(const Array& x, const Array* out) {
  return rounded("ceil", &UnaryKernels::ceil, x, out);
}
Array round(const Array& x, const Array* out) {
  return rounded("round", &UnaryKernels::round, x, out);
}
Array trunc(const Array& x, const Array* out) {
  return rounded("trunc", &UnaryKernels::trunc, x, out);
}

Array exp(const Array& x, const Array* out) { return real("exp", &UnaryKernels::exp, x, out); }
Array exp2(const Array& x, const Array* out) { return real("exp2", &UnaryKernels::exp2, x, out); }
Array expm1(const Array& x, const Array* out) {
  return real("expm1", &UnaryKernels::expm1, x, out);
}
Array log(const Array& x, const Array* out) { return real("log", &UnaryKernels::log, x, out); }
Array log1p(const Array& x, const Array* out) {
  return real("log1p", &UnaryKernels::log1p, x, out);
}
Array log2(const Array& x, const Array* out) { return real("log2", &UnaryKernels::log2, x, out); }
Array log10(const Array& x, const Array* out) {
  return real("log10", &UnaryKernels::log10, x, out);
}
Array sqrt(const Array& x, const Array* out) { return real("sqrt", &UnaryKernels::sqrt, x, out); }
Array rsqrt(const Array& x, const Array* out) {
  return real("rsqrt", &UnaryKernels::rsqrt, x, out);
}
Array reciprocal(const Array& x, const Array* out) {
  return real("reciprocal", &UnaryKernels::reciprocal, x, out);
}
Array sin(const Array& x, const Array* out) { return real("sin", &UnaryKernels::sin, x, out); }
Array cos(const Array& x, const Array* out) { return real("cos", &UnaryKernels::cos, x, out); }
Array tan(const Array& x, const Array* out) { return real("tan", &UnaryKernels::tan, x, out); }
Array asin(const Array& x, const Array* out) { return real("asin", &UnaryKernels::asin, x, out); }
Array acos(const Array& x, const Array* out) { return real("acos", &UnaryKernels::acos, x, out); }
Array atan(const Array& x, const Array* out) { return real("atan", &UnaryKernels::atan, x, out); }
Array sinh(const Array& x, const Array* out) { return real("sinh", &UnaryKernels::sinh, x, out); }
Array cosh(const Array& x, const Array* out) { return real("cosh", &UnaryKernels::cosh, x, out); }
Array tanh(const Array& x, const Array* out) { return real("tanh", &UnaryKernels::tanh, x, out); }
Array asinh(const Array& x, const Array* out) {
  return real("asinh", &UnaryKernels::asinh, x, out);
}
Array acosh(const Array& x, const Array* out) {
  return real("acosh", &UnaryKernels::acosh, x, out);
}
Array atanh(const Array& x, const Array* out) {
  return real("atanh", &UnaryKernels::atanh, x, out);
}
Array erf(const Array& x, const Array* out) { return real("erf", &UnaryKernels::erf, x, out); }
Array erfc(const Array& x, const Array* out) { return real("erfc", &UnaryKernels::erfc, x, out); }
Array sigmoid(const Array& x, const Array* out) {
  return real("sigmoid", &UnaryKernels::sigmoid, x, out);
}

Array absolute_backward(const Array& g, const Array& x) {
  return backward("absolute_backward", &UnaryKernels::absolute, g, x);
}
Array square_backward(const Array& g, const Array& x) {
  return backward("square_backward", &UnaryKernels::square, g, x);
}
Array cube_backward(const Array& g, const Array& x) {
  return backward("cube_backward", &UnaryKernels::cube, g, x);
}
Array log1p_backward(const Array& g, const Array& x) {
  return backward("log1p_backward", &UnaryKernels::log1p, g, x);
}
Array log2_backward(const Array& g, const Array& x) {
  return backward("log2_backward", &UnaryKernels::log2, g, x);
}
Array log10_backward(const Array& g, const Array& x) {
  return backward("log10_backward", &UnaryKernels::log10, g, x);
}
Array sin_backward(const Array& g, const Array& x) {
  return backward("sin_backward", &UnaryKernels::sin, g, x);
}
Array cos_backward(const Array& g, const Array& x) {
  return backward("cos_backward", &UnaryKernels::cos, g, x);
}
Array asin_backward(const Array& g, const Array& x) {
  return backward("asin_backward", &UnaryKernels::asin, g, x);
}
Array acos_backward(const Array& g, const Array& x) {
  return backward("acos_backward", &UnaryKernels::acos, g, x);
}
Array atan_backward(const Array& g, const Array& x) {
  return backward("atan_backward", &UnaryKernels::atan, g, x);
}
Array sinh_backward(const Array& g, const Array& x) {
  return backward("sinh_backward", &UnaryKernels::sinh, g, x);
}
Array cosh_backward(const Array& g, const Array& x) {
  return backward("cosh_backward", &UnaryKernels::cosh, g, x);
}
Array asinh_backward(const Array& g, const Array& x) {
  return backward("asinh_backward", &UnaryKernels::asinh, g, x);
}
Array acosh_backward(const Array& g, const Array& x) {
  return backward("acosh_backward", &UnaryKernels::acosh, g, x);
}
Array atanh_backward(const Array& g, const Array& x) {
  return backward("atanh_backward", &UnaryKernels::atanh, g, x);
}
Array erf_backward(const Array& g, const Array& x) {
  return backward("erf_backward", &UnaryKernels::erf, g, x);
}
Array erfc_backward(const Array& g, const Array& x) {
  return backward("erfc_backward", &UnaryKernels::erfc, g, x);
}
Array sqrt_backward(const Array& g, const Array& y) {
  return backward("sqrt_backward", &UnaryKernels::sqrt, g, y);
}
Array rsqrt_backward(const Array& g, const Array& y) {
  return backward("rsqrt_backward", &UnaryKernels::rsqrt, g, y);
}
Array reciprocal_backward(const Array& g, const Array& y) {
  return backward("reciprocal_backward", &UnaryKernels::reciprocal, g, y);
}
Array exp2_backward(const Array& g, const Array& y) {
  return backward("exp2_backward", &UnaryKernels::exp2, g, y);
}
Array expm1_backward(const Array& g, const Array& y) {
  return backward("expm1_backward", &UnaryKernels::expm1, g, y);
}
Array tan_backward(const Array& g, const Array& y) {
  return backward("tan_backward", &UnaryKernels::tan, g, y);
}
Array tanh_backward(const Array& g, const Array& y) {
  return backward("tanh_backward", &UnaryKernels::tanh, g, y);
}
Array sigmoid_backward(const Array& g, const Array& y) {
  return backward("sigmoid_backward", &UnaryKernels::sigmoid, g, y);
}

}  // namespace gm::ops
