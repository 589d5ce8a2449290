// The element types. One enumerator per array-API dtype, plus the two 16-bit floats.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gm {

enum class DType : uint8_t {
  Bool,
  UInt8,
  UInt16,
  UInt32,
  UInt64,
  Int8,
  Int16,
  Int32,
  Int64,
  Float16,
  BFloat16,
  Float32,
  Float64,
};
inline constexpr int kDTypes = 13;

/// Storage types of the two 16-bit floats: bits only, arithmetic happens in float32.
struct Half {
  uint16_t bits;
};
struct BFloat {
  uint16_t bits;
};

/// Bytes of one element.
size_t itemsize(DType dtype);
/// The NumPy name: "float32", "int64", "bool", …
const char* name(DType dtype);

bool is_float(DType dtype);
bool is_integer(DType dtype);  // signed or unsigned, not bool
bool is_signed(DType dtype);   // signed integers and floats

/// The dtype of `a op b` for two arrays, by the array API's promotion table. Where the table is
/// silent: signed with uint64 gives float64, an integer with a float gives the float.
DType promote(DType a, DType b);

/// The DType of a C++ element type, as a constant: dtype_of<float> is DType::Float32.
template <class T>
inline constexpr DType dtype_of = DType::Bool;
template <>
inline constexpr DType dtype_of<uint8_t> = DType::UInt8;
template <>
inline constexpr DType dtype_of<uint16_t> = DType::UInt16;
template <>
inline constexpr DType dtype_of<uint32_t> = DType::UInt32;
template <>
inline constexpr DType dtype_of<uint64_t> = DType::UInt64;
template <>
inline constexpr DType dtype_of<int8_t> = DType::Int8;
template <>
inline constexpr DType dtype_of<int16_t> = DType::Int16;
template <>
inline constexpr DType dtype_of<int32_t> = DType::Int32;
template <>
inline constexpr DType dtype_of<int64_t> = DType::Int64;
template <>
inline constexpr DType dtype_of<Half> = DType::Float16;
template <>
inline constexpr DType dtype_of<BFloat> = DType::BFloat16;
template <>
inline constexpr DType dtype_of<float> = DType::Float32;
template <>
inline constexpr DType dtype_of<double> = DType::Float64;

}  // namespace gm
