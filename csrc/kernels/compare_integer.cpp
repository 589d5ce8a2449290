// The integer and bool half of the compare stem: compiled once, at the baseline ISA.
#include "isa/lines.h"
#include "kernels/compare.h"

namespace gm::GM_ISA {
namespace {

template <auto op>
void run(const Loops& loops, DType compute) {
  const auto local = op;  // the template's own object would be a weak symbol
  switch (compute) {
    case DType::Bool:
      return map<uint8_t>(loops, compute, OnTruth{local}, 100);
    case DType::UInt8:
      return map<uint8_t>(loops, compute, local, 100);
    case DType::UInt16:
      return map<uint16_t>(loops, compute, local, 150);
    case DType::UInt32:
      return map<uint32_t>(loops, compute, local, 250);
    case DType::UInt64:
      return map<uint64_t>(loops, compute, local, 500);
    case DType::Int8:
      return map<int8_t>(loops, compute, local, 100);
    case DType::Int16:
      return map<int16_t>(loops, compute, local, 150);
    case DType::Int32:
      return map<int32_t>(loops, compute, local, 250);
    default:
      return map<int64_t>(loops, compute, local, 500);
  }
}

template <class V>
GM_INLINE auto truth(V a) {
  return a != V(typename V::Lane(0));
}

}  // namespace
}  // namespace gm::GM_ISA

namespace gm {

using namespace GM_ISA;

constinit const CompareKernels compare_integer = {
    .equal = run<[](auto a, auto b) { return a == b; }>,
    .not_equal = run<[](auto a, auto b) { return a != b; }>,
    .less = run<[](auto a, auto b) { return a < b; }>,
    .less_equal = run<[](auto a, auto b) { return a <= b; }>,
    .logical_and = run<[](auto a, auto b) { return truth(a) & truth(b); }>,
    .logical_or = run<[](auto a, auto b) { return truth(a) | truth(b); }>,
    .logical_xor = run<[](auto a, auto b) { return truth(a) ^ truth(b); }>,
    .logical_not = run<[](auto a) { return ~truth(a); }>,
    .isnan = run<[](auto a) { return a != a; }>,
    .isinf = run<[](auto a) { return a != a; }>,
    .isfinite = run<[](auto a) { return a == a; }>,
    .signbit = run<[](auto a) { return a < decltype(a)(typename decltype(a)::Lane(0)); }>,
    .clip = run<[](auto x, auto low, auto high) { return min(high, max(low, x)); }>,
};

}  // namespace gm
