#include "ops/compare.h"

#include "core/error.h"
#include "kernels/compare.h"
#include "ops/elementwise.h"

namespace gm::ops {

namespace {

using Entry = CompareFn CompareKernels::*;

const CompareKernels& table_for(const char* op, DType compute, Device device) {
  return is_float(compute) ? compare_table(op, device) : compare_integer_table(op, device);
}

/// Whether float32 has not every value of this operand.
bool wide_integer(const Operand& x) {
  return x.is_array() && is_integer(x.array().dtype()) && itemsize(x.array().dtype()) >= 4;
}

/// The dtype two operands are compared in.
DType comparison_dtype(const Operand& a, const Operand& b) {
  const DType dtype = compute_dtype(promote(a, b));
  if (is_float(dtype)) return wide_integer(a) || wide_integer(b) ? DType::Float64 : dtype;
  // A Python integer beyond the array's dtype is no error here: it is larger or smaller than all.
  if (a.fits(dtype) && b.fits(dtype)) return dtype;
  if ((a.is_array() ? b : a).alone() == DType::UInt64) return DType::UInt64;
  return dtype == DType::UInt64 ? DType::Float64 : DType::Int64;
}

template <int Count>
Array ask(const char* op, Entry entry, DType compute, const Operand (&operands)[Count]) {
  Device device = operands[0].device();
  for (const Operand& operand : operands)
    if (operand.is_array()) device = operand.device();
  const CompareFn kernel = table_for(op, compute, device).*entry;
  return elementwise(op, operands, DType::Bool, compute, nullptr, kernel);
}

/// uint64 against a signed integer: no integer dtype has both, and float64 not all of either.
/// Compared as uint64, and negative numbers come before all.
bool straddle(const Operand& a, const Operand& b) {
  const DType x = a.alone(), y = b.alone();
  return is_integer(x) && is_integer(y) && is_signed(x) != is_signed(y) &&
         promote(x, y) == DType::Float64;
}
Array compare_straddling(const char* op, Entry entry, const Array& a, const Array& b) {
  const bool signed_first = is_signed(a.dtype());
  const Array &below = signed_first ? a : b, negative = less(below, int64_t(0));
  const Array result =
      ask(op, entry, DType::UInt64, {a.astype(DType::UInt64), b.astype(DType::UInt64)});
  const bool holds =
      entry == &CompareKernels::not_equal || (entry != &CompareKernels::equal && signed_first);
  return holds ? logical_or(result, negative) : logical_and(result, logical_not(negative));
}

/// An operand as an array, a scalar of the dtype that it has alone.
Array as_array(const char* op, const Operand& x) {
  if (x.is_array()) return x.array();
  const Array scalar = Array::empty({}, x.alone(), {});
  x.write(op, scalar.dtype(), scalar.data());
  return scalar;
}

Array compare(const char* op, Entry entry, const Operand& a, const Operand& b) {
  const bool arrays = a.is_array() && b.is_array();
  // Of the Python integers only those beyond int64 are uint64 by themselves.
  const bool beyond = !arrays && (a.is_array() ? b : a).alone() == DType::UInt64;
  if ((arrays || beyond) && straddle(a, b))
    return compare_straddling(op, entry, as_array(op, a), as_array(op, b));
  return ask(op, entry, comparison_dtype(a, b), {a, b});
}
Array logical(const char* op, Entry entry, const Operand& a, const Operand& b) {
  return ask(op, entry, compute_dtype(promote(a, b)), {a, b});
}
Array ask_one(const char* op, Entry entry, const Operand& a) {
  return ask(op, entry, compute_dtype(a.alone()), {a});
}

}  // namespace

Array equal(const Operand& a, const Operand& b) {
  return compare("equal", &CompareKernels::equal, a, b);
}
Array not_equal(const Operand& a, const Operand& b) {
  return compare("not_equal", &CompareKernels::not_equal, a, b);
}
Array less(const Operand& a, const Operand& b) {
  return compare("less", &CompareKernels::less, a, b);
}
Array less_equal(const Operand& a, const Operand& b) {
  return compare("less_equal", &CompareKernels::less_equal, a, b);
}
Array greater(const Operand& a, const Operand& b) {
  return compare("greater", &CompareKernels::less, b, a);
}
Array greater_equal(const Operand& a, const Operand& b) {
  return compare("greater_equal", &CompareKernels::less_equal, b, a);
}

Array logical_and(const Operand& a, const Operand& b) {
  return logical("logical_and", &CompareKernels::logical_and, a, b);
}
Array logical_or(const Operand& a, const Operand& b) {
  return logical("logical_or", &CompareKernels::logical_or, a, b);
}
Array logical_xor(const Operand& a, const Operand& b) {
  return logical("logical_xor", &CompareKernels::logical_xor, a, b);
}
Array logical_not(const Operand& a) {
  return ask_one("logical_not", &CompareKernels::logical_not, a);
}

Array isnan(const Operand& a) { return ask_one("isnan", &CompareKernels::isnan, a); }
Array isinf(const Operand& a) { return ask_one("isinf", &CompareKernels::isinf, a); }
Array isfinite(const Operand& a) { return ask_one("isfinite", &CompareKernels::isfinite, a); }
Array signbit(const Operand& a) { return ask_one("signbit", &CompareKernels::signbit, a); }

Array isclose(const Operand& a, const Operand& b, double relative, double absolute,
              bool equal_nan) {
  check(relative >= 0 && absolute >= 0, "isclose: tolerances are at least 0, got rtol ", relative,
        " and atol ", absolute);
  const Operand operands[] = {a, b};
  const DType compute = floating(comparison_dtype(a, b));
  const Device device = a.is_array() ? a.device() : b.device();
  const auto kernel = compare_table("isclose", device).isclose;
  const Closeness closeness{relative, absolute, equal_nan};
  return elementwise("isclose", operands, DType::Bool, compute, nullptr,
                     [=](const Loops& loops, DType dtype) { kernel(loops, dtype, closeness); });
}

namespace {

Array choose(const char* op, const Array& condition, const Operand& a, const Operand& b,
             DType dtype, const Array* out) {
  const Array truth =
      condition.dtype() == DType::Bool ? condition : not_equal(condition, int64_t(0));
  const Operand operands[] = {truth, a, b};
  return elementwise(op, operands, dtype, dtype, out, compare_table(op, condition.device()).where);
}

}  // namespace

Array where(const Array& condition, const Operand& a, const Operand& b, const Array* out) {
  return choose("where", condition, a, b, promote(a, b), out);
}

Array masked_fill(const Array& x, const Array& mask, const Operand& value, const Array* out) {
  const DType dtype = promote(x, value);
  const bool held = dtype == x.dtype() || (is_float(dtype) && is_float(x.dtype())) ||
                    (is_integer(dtype) && is_integer(x.dtype()));
  check_type(held, "masked_fill: a value of ", value.alone(), " cannot go into an array of ",
             x.dtype());
  check_type(mask.dtype() == DType::Bool, "masked_fill: the mask is of bool, got ", mask.dtype());
  return choose("masked_fill", mask, value, x, x.dtype(), out);
}

namespace {

/// The dtype in which x meets its bounds.
DType clip_dtype(const Operand& x, const Operand& low, const Operand& high) {
  const DType dtype = promote(x, low);
  return promote(dtype, high.beside(dtype));
}

}  // namespace

Array clip(const Operand& x, const Operand& low, const Operand& high, const Array* out) {
  const Operand operands[] = {x, low, high};
  const DType dtype = clip_dtype(x, low, high), compute = compute_dtype(dtype);
  const Device device = x.is_array() ? x.device() : low.device();
  return elementwise("clip", operands, dtype, compute, out,
                     table_for("clip", compute, device).clip);
}

Array clip_backward(const Array& g, const Operand& x, const Operand& low, const Operand& high) {
  const Operand operands[] = {g, x, low, high};
  return elementwise("clip_backward", operands, g.dtype(), compute_dtype(g.dtype()), nullptr,
                     compare_table("clip_backward", g.device()).clip_backward);
}

}  // namespace gm::ops
