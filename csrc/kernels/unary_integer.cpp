// The integer and bool half of the unary stem: compiled once, at the baseline ISA.
#include "isa/lines.h"
#include "kernels/unary.h"

namespace gm::GM_ISA {
namespace {

/// One operation on integers and one on bools as 0 and 1; ops refuses bool where it has none.
template <auto op, auto on_bool = op>
void run(const Loops& loops, DType compute) {
  const auto local = op;  // the templates' own objects would be weak symbols
  switch (compute) {
    case DType::Bool: {
      const auto truth = on_bool;
      return map<uint8_t>(loops, compute, OnTruth{truth}, 50);
    }
    case DType::UInt8:
      return map<uint8_t>(loops, compute, local, 50);
    case DType::UInt16:
      return map<uint16_t>(loops, compute, local, 100);
    case DType::UInt32:
      return map<uint32_t>(loops, compute, local, 200);
    case DType::UInt64:
      return map<uint64_t>(loops, compute, local, 400);
    case DType::Int8:
      return map<int8_t>(loops, compute, local, 50);
    case DType::Int16:
      return map<int16_t>(loops, compute, local, 100);
    case DType::Int32:
      return map<int32_t>(loops, compute, local, 200);
    default:
      return map<int64_t>(loops, compute, local, 400);
  }
}

/// -1, 0 or 1 (0 or 1 where nothing is below 0).
template <class T>
GM_INLINE Vec<T> sign(Vec<T> x) {
  const Vec<T> zero(T(0)), one(T(1));
  const Vec<T> up = bits<T>(x > zero), down = bits<T>(x < zero);
  return (up & one) | down;
}
template <class T>
GM_INLINE Vec<T> magnitude(Vec<T> x) {
  if constexpr (T(-1) < T(0))
    return abs(x);
  else
    return x;
}

}  // namespace
}  // namespace gm::GM_ISA

namespace gm {

using namespace GM_ISA;

constinit const UnaryKernels unary_integer = {
    .negative = {run<[](auto x) { return -x; }>},
    .sign = {run<[](auto x) { return sign(x); }>},
    .bitwise_invert = {run<[](auto x) { return ~x; }, [](auto x) { return x ^ 1; }>},
    .absolute = {run<[](auto x) { return magnitude(x); }>},
    .square = {run<[](auto x) { return x * x; }>},
    .cube = {run<[](auto x) { return x * x * x; }>},
};

}  // namespace gm
