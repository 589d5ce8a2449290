#include "ops/binary.h"

#include "core/error.h"
#include "kernels/binary.h"
#include "ops/elementwise.h"

namespace gm::ops {

namespace {

using Entry = BinaryFn BinaryKernels::*;

Array run(const char* op, Entry entry, DType dtype, const Operand& a, const Operand& b,
          const Array* out) {
  const DType compute = compute_dtype(dtype);
  const Device device = a.is_array() ? a.device() : b.device();
  const BinaryKernels& table = is_float(compute) ? binary_table(op, device) : binary_integer;
  const BinaryFn kernel = table.*entry;
  check_type(kernel != nullptr, op, ": not defined for ", dtype);
  return elementwise(op, {a, b}, dtype, compute, out, kernel);
}

/// Of the operands' common dtype.
Array arithmetic(const char* op, Entry entry, const Operand& a, const Operand& b,
                 const Array* out) {
  return run(op, entry, promote(a, b), a, b, out);
}
/// Integers and bool become float32.
Array real(const char* op, Entry entry, const Operand& a, const Operand& b, const Array* out) {
  return run(op, entry, floating(promote(a, b)), a, b, out);
}

}  // namespace

Array add(const Operand& a, const Operand& b, const Array* out) {
  return arithmetic("add", &BinaryKernels::add, a, b, out);
}
Array subtract(const Operand& a, const Operand& b, const Array* out) {
  return arithmetic("subtract", &BinaryKernels::subtract, a, b, out);
}
Array multiply(const Operand& a, const Operand& b, const Array* out) {
  return arithmetic("multiply", &BinaryKernels::multiply, a, b, out);
}
Array divide(const Operand& a, const Operand& b, const Array* out) {
  return real("divide", &BinaryKernels::divide, a, b, out);
}
Array maximum(const Operand& a, const Operand& b, const Array* out) {
  return arithmetic("maximum", &BinaryKernels::maximum, a, b, out);
}
Array minimum(const Operand& a, const Operand& b, const Array* out) {
  return arithmetic("minimum", &BinaryKernels::minimum, a, b, out);
}

}  // namespace gm::ops
