#include "ops/operand.h"

#include "core/error.h"
#include "core/lines.h"

namespace gm {

DType Operand::beside(DType other) const {
  switch (kind_) {
    case Kind::Array:
      return array_->dtype();
    case Kind::Bool:
      return other;
    case Kind::Int:
      return other == DType::Bool ? DType::Int64 : other;
    case Kind::Unsigned:
      return other == DType::Bool ? DType::UInt64 : other;
    case Kind::Float:
      return is_float(other) ? other : DType::Float32;
  }
  __builtin_unreachable();
}

DType Operand::alone() const {
  switch (kind_) {
    case Kind::Array:
      return array_->dtype();
    case Kind::Bool:
      return DType::Bool;
    case Kind::Int:
      return DType::Int64;
    case Kind::Unsigned:
      return DType::UInt64;
    case Kind::Float:
      return DType::Float32;
  }
  __builtin_unreachable();
}

namespace {

bool fits(int64_t value, DType dtype) {
  if (is_float(dtype) || dtype == DType::Bool || dtype == DType::Int64) return true;
  if (dtype == DType::UInt64) return value >= 0;
  const int bits = int(itemsize(dtype)) * 8;
  if (!is_signed(dtype)) return value >= 0 && value < (int64_t(1) << bits);
  return value >= -(int64_t(1) << (bits - 1)) && value < (int64_t(1) << (bits - 1));
}

}  // namespace

bool Operand::fits(DType dtype) const {
  if (kind_ == Kind::Unsigned)
    return is_float(dtype) || dtype == DType::UInt64 || dtype == DType::Bool;
  return is_array() || kind_ == Kind::Float || gm::fits(integer_, dtype);
}

void Operand::write(const char* op, DType dtype, char* cell) const {
  if (kind_ == Kind::Float || is_float(dtype)) {
    copy_line({reinterpret_cast<const char*>(&real_), 1, DType::Float64, cell, 1, dtype}, 1);
    return;
  }
  if (!fits(dtype))
    fail(ErrorKind::Overflow, op, ": Python integer ",
         kind_ == Kind::Unsigned ? std::to_string(uint64_t(integer_)) : std::to_string(integer_),
         " is out of range for ", dtype);
  copy_line({reinterpret_cast<const char*>(&integer_), 1, DType::Int64, cell, 1, dtype}, 1);
}

DType promote(const Operand& a, const Operand& b) {
  if (a.is_array() && b.is_array()) return promote(a.array().dtype(), b.array().dtype());
  if (a.is_array()) return promote(a.array().dtype(), b.beside(a.array().dtype()));
  if (b.is_array()) return promote(b.array().dtype(), a.beside(b.array().dtype()));
  return promote(a.alone(), b.alone());
}

Array result_array(const char* op, const Array* out, const Shape& shape, DType dtype,
                   Device device) {
  if (!out) return Array::empty(shape, dtype, device);
  check(out->shape() == shape, op, ": the result has shape ", shape, ", but out has ",
        out->shape());
  const bool same_kind = out->dtype() == dtype || promote(out->dtype(), dtype) == out->dtype() ||
                         (is_float(out->dtype()) && is_float(dtype)) ||
                         (is_integer(out->dtype()) && is_integer(dtype));
  check_type(same_kind, op, ": cannot write a ", dtype, " result into an array of ", out->dtype());
  mark_written(*out, op);
  return *out;
}

}  // namespace gm
