// Operand: an array, or a Python scalar that takes on the array's dtype (a "weak" scalar).
#pragma once

#include "core/array.h"

namespace gm {

class Operand {
 public:
  Operand(const Array& array) : array_(&array) {}
  Operand(bool value) : kind_(Kind::Bool), integer_(value), real_(value) {}
  /// Only for integers beyond int64.
  Operand(uint64_t value) : kind_(Kind::Unsigned), integer_(int64_t(value)), real_(double(value)) {}
  Operand(int64_t value) : kind_(Kind::Int), integer_(value), real_(double(value)) {}
  Operand(double value) : kind_(Kind::Float), real_(value) {}

  bool is_array() const { return kind_ == Kind::Array; }
  const Array& array() const { return *array_; }
  /// Of the array, or () for a scalar.
  Shape shape() const { return is_array() ? array_->shape() : Shape{}; }
  Device device() const { return is_array() ? array_->device() : Device{}; }
  /// The scalar's value.
  double real() const { return real_; }

  /// The dtype of this operand beside an array of dtype `other`: an integer scalar takes any
  /// integer or float dtype, a float scalar any float dtype and makes integers float32.
  DType beside(DType other) const;
  /// The dtype it has alone: the array's, else bool, int64 or float32.
  DType alone() const;
  /// Whether dtype holds this value: false for an integer scalar out of its range.
  bool fits(DType dtype) const;
  /// Writes the scalar to `cell` as dtype; OverflowError if an integer does not fit.
  void write(const char* op, DType dtype, char* cell) const;

 private:
  enum class Kind : uint8_t { Array, Bool, Int, Unsigned, Float };
  Kind kind_ = Kind::Array;
  const Array* array_ = nullptr;
  int64_t integer_ = 0;
  double real_ = 0;
};

/// The dtype in which two operands meet.
DType promote(const Operand& a, const Operand& b);

/// float16 and bfloat16 are computed in float32; every other dtype in itself.
inline DType compute_dtype(DType dtype) {
  return dtype == DType::Float16 || dtype == DType::BFloat16 ? DType::Float32 : dtype;
}
/// The dtype of float results: float32 for integers and bool.
inline DType floating(DType dtype) { return is_float(dtype) ? dtype : DType::Float32; }

/// Where the result goes: `out` if given (its shape and dtype are checked, its version raised),
/// else a new array.
Array result_array(const char* op, const Array* out, const Shape& shape, DType dtype,
                   Device device);

}  // namespace gm
