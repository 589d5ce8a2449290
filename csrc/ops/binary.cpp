#include "ops/binary.h"

#include "core/error.h"
#include "kernels/binary.h"
#include "ops/elementwise.h"
#include "ops/unary.h"

namespace gm::ops {

namespace {

using Entry = BinaryFn BinaryKernels::*;
using ScaledEntry = ScaledFn BinaryKernels::*;

template <int Count>
Device device_of(const Operand (&operands)[Count]) {
  for (const Operand& operand : operands)
    if (operand.is_array()) return operand.device();
  return {};
}

/// result = table.entry(operands…), computed and given in `dtype`.
template <int Count>
Array run(const char* op, Entry entry, DType dtype, const Operand (&operands)[Count],
          const Array* out) {
  const DType compute = compute_dtype(dtype);
  const BinaryKernels& table = is_float(compute) ? binary_table(op, device_of(operands))
                                                 : binary_integer_table(op, device_of(operands));
  const BinaryFn kernel = table.*entry;
  check_type(kernel != nullptr, op, ": not defined for ", dtype);
  return elementwise(op, operands, dtype, compute, out, kernel);
}

/// The same with a number.
template <int Count>
Array run(const char* op, ScaledEntry entry, DType dtype, const Operand (&operands)[Count],
          double value, const Array* out) {
  const ScaledFn kernel = binary_table(op, device_of(operands)).*entry;
  return elementwise(op, operands, dtype, compute_dtype(dtype), out,
                     [=](const Loops& loops, DType compute) { kernel(loops, compute, value); });
}

/// Of the operands' common dtype.
Array arithmetic(const char* op, Entry entry, const Operand& a, const Operand& b,
                 const Array* out) {
  return run(op, entry, promote(a, b), {a, b}, out);
}
/// The same, but not of bool.
Array number(const char* op, Entry entry, const Operand& a, const Operand& b, const Array* out) {
  const DType dtype = promote(a, b);
  check_type(dtype != DType::Bool, op, ": not defined for bool");
  return run(op, entry, dtype, {a, b}, out);
}
/// Integers and bool become float32.
Array real(const char* op, Entry entry, const Operand& a, const Operand& b, const Array* out) {
  return run(op, entry, floating(promote(a, b)), {a, b}, out);
}
/// Powers that are a function of their own, with its gradient.
struct Power {
  double exponent;
  Array (*function)(const Array& x, const Array* out);
  Array (*gradient)(const Array& g, const Array& saved);
};
constexpr Power kPowers[] = {
    {2, square, square_backward},
    {3, cube, cube_backward},
    {0.5, sqrt, sqrt_backward},
    {-0.5, rsqrt, rsqrt_backward},
    {-1, reciprocal, reciprocal_backward},
};
const Power* power_of(double exponent) {
  for (const Power& power : kPowers)
    if (power.exponent == exponent) return &power;
  return nullptr;
}

/// The float dtype three operands meet in.
DType real_dtype(const Operand& a, const Operand& b, const Operand& c) {
  const DType ab = floating(promote(a, b));
  return promote(ab, c.beside(ab));
}

}  // namespace

Array add(const Operand& a, const Operand& b, const Array* out) {
  return arithmetic("add", &BinaryKernels::add, a, b, out);
}
Array multiply(const Operand& a, const Operand& b, const Array* out) {
  return arithmetic("multiply", &BinaryKernels::multiply, a, b, out);
}
Array subtract(const Operand& a, const Operand& b, const Array* out) {
  return number("subtract", &BinaryKernels::subtract, a, b, out);
}
Array divide(const Operand& a, const Operand& b, const Array* out) {
  return real("divide", &BinaryKernels::divide, a, b, out);
}
Array floor_divide(const Operand& a, const Operand& b, const Array* out) {
  return number("floor_divide", &BinaryKernels::floor_divide, a, b, out);
}
Array remainder(const Operand& a, const Operand& b, const Array* out) {
  return number("remainder", &BinaryKernels::remainder, a, b, out);
}
Array fmod(const Operand& a, const Operand& b, const Array* out) {
  return number("fmod", &BinaryKernels::fmod, a, b, out);
}
Array power(const Operand& a, const Operand& b, const Array* out) {
  const DType dtype = promote(a, b);
  check(b.is_array() || b.real() >= 0 || is_float(dtype), "pow: integers to the negative power ",
        b.real(), "; convert to float first");
  if (a.is_array() && !b.is_array() && a.array().dtype() == dtype)
    if (const Power* power = power_of(b.real())) return power->function(a.array(), out);
  return number("pow", &BinaryKernels::power, a, b, out);
}
Array maximum(const Operand& a, const Operand& b, const Array* out) {
  return arithmetic("maximum", &BinaryKernels::maximum, a, b, out);
}
Array minimum(const Operand& a, const Operand& b, const Array* out) {
  return arithmetic("minimum", &BinaryKernels::minimum, a, b, out);
}
Array atan2(const Operand& a, const Operand& b, const Array* out) {
  return real("atan2", &BinaryKernels::atan2, a, b, out);
}
Array hypot(const Operand& a, const Operand& b, const Array* out) {
  return real("hypot", &BinaryKernels::hypot, a, b, out);
}
Array copysign(const Operand& a, const Operand& b, const Array* out) {
  return real("copysign", &BinaryKernels::copysign, a, b, out);
}
Array logaddexp(const Operand& a, const Operand& b, const Array* out) {
  return real("logaddexp", &BinaryKernels::logaddexp, a, b, out);
}
Array bitwise_and(const Operand& a, const Operand& b, const Array* out) {
  return arithmetic("bitwise_and", &BinaryKernels::bitwise_and, a, b, out);
}
Array bitwise_or(const Operand& a, const Operand& b, const Array* out) {
  return arithmetic("bitwise_or", &BinaryKernels::bitwise_or, a, b, out);
}
Array bitwise_xor(const Operand& a, const Operand& b, const Array* out) {
  return arithmetic("bitwise_xor", &BinaryKernels::bitwise_xor, a, b, out);
}
Array left_shift(const Operand& a, const Operand& b, const Array* out) {
  return number("bitwise_left_shift", &BinaryKernels::left_shift, a, b, out);
}
Array right_shift(const Operand& a, const Operand& b, const Array* out) {
  return number("bitwise_right_shift", &BinaryKernels::right_shift, a, b, out);
}

Array add_scaled(const Operand& a, const Operand& b, const Operand& scale, const Array* out) {
  const DType dtype = promote(a, b);
  if (is_float(dtype))
    return run("add", &BinaryKernels::add_scaled, dtype, {a, b}, scale.real(), out);
  check_type(!is_float(scale.beside(dtype)), "add: alpha is ", scale.real(), ", but the result is ",
             dtype);
  return add(a, multiply(b, scale), out);
}
Array addcmul(const Operand& a, const Operand& b, const Operand& c, double value,
              const Array* out) {
  return run("addcmul", &BinaryKernels::addcmul, real_dtype(a, b, c), {a, b, c}, value, out);
}
Array addcdiv(const Operand& a, const Operand& b, const Operand& c, double value,
              const Array* out) {
  return run("addcdiv", &BinaryKernels::addcdiv, real_dtype(a, b, c), {a, b, c}, value, out);
}
Array lerp(const Operand& a, const Operand& b, const Operand& weight, const Array* out) {
  return run("lerp", &BinaryKernels::lerp, real_dtype(a, b, weight), {a, b, weight}, out);
}

Array larger_takes(const Array& g, const Operand& a, const Operand& b) {
  return run("larger_takes", &BinaryKernels::larger_takes, g.dtype(), {g, a, b}, nullptr);
}
Array power_backward(const Array& g, const Array& saved, double n) {
  if (const Power* power = power_of(n)) return power->gradient(g, saved);
  return power_base(g, saved, n);
}
Array power_base(const Array& g, const Operand& a, const Operand& b) {
  return run("power_base", &BinaryKernels::power_base, g.dtype(), {g, a, b}, nullptr);
}
Array power_exponent(const Array& g, const Array& y, const Operand& a, const Operand& b) {
  return run("power_exponent", &BinaryKernels::power_exponent, g.dtype(), {g, y, a, b}, nullptr);
}

}  // namespace gm::ops
