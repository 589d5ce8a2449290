// Elementwise operations on integers and bool, each dtype in its own lanes.
#pragma once

#include "isa/lines.h"

namespace gm::GM_ISA {
namespace {

/// body(T{}) for the lanes T of an integer dtype, and OfBool for bool.
template <class OfBool = uint8_t, class Body>
inline void with_integer(DType dtype, const Body& body) {
  switch (dtype) {
    case DType::Bool:
      return body(OfBool{});
    case DType::UInt8:
      return body(uint8_t{});
    case DType::UInt16:
      return body(uint16_t{});
    case DType::UInt32:
      return body(uint32_t{});
    case DType::UInt64:
      return body(uint64_t{});
    case DType::Int8:
      return body(int8_t{});
    case DType::Int16:
      return body(int16_t{});
    case DType::Int32:
      return body(int32_t{});
    default:
      return body(int64_t{});
  }
}

/// One operation on integers and one on bools as 0 and 1; ops refuses bool where it has none. Bound
/// by memory: the time goes with the bytes.
template <class Op, class OnBool = Op, Body body = Body::Short>
void map_integer(const Loops& loops, DType compute) {
  if (compute == DType::Bool) return map<uint8_t, body>(loops, compute, OnTruth<OnBool>{}, 100);
  with_integer(compute, [&](auto lane) {
    map<decltype(lane), body>(loops, compute, Op{}, 60 * int64_t(sizeof lane));
  });
}

}  // namespace
}  // namespace gm::GM_ISA
