// The integer and bool half of the binary stem: compiled once, at the baseline ISA.
#include "isa/lines.h"
#include "kernels/binary.h"

namespace gm::GM_ISA {
namespace {

template <class Op>
void run(const Loops& loops, DType compute) {
  switch (compute) {
    case DType::Bool:
    case DType::UInt8: return map<uint8_t>(loops, compute, Op{}, 100);
    case DType::UInt16: return map<uint16_t>(loops, compute, Op{}, 150);
    case DType::UInt32: return map<uint32_t>(loops, compute, Op{}, 250);
    case DType::UInt64: return map<uint64_t>(loops, compute, Op{}, 500);
    case DType::Int8: return map<int8_t>(loops, compute, Op{}, 100);
    case DType::Int16: return map<int16_t>(loops, compute, Op{}, 150);
    case DType::Int32: return map<int32_t>(loops, compute, Op{}, 250);
    default: return map<int64_t>(loops, compute, Op{}, 500);
  }
}

struct Add {
  template <class V>
  GM_INLINE V operator()(V a, V b) const { return a + b; }
};
struct Subtract {
  template <class V>
  GM_INLINE V operator()(V a, V b) const { return a - b; }
};
struct Multiply {
  template <class V>
  GM_INLINE V operator()(V a, V b) const { return a * b; }
};
struct Maximum {
  template <class V>
  GM_INLINE V operator()(V a, V b) const { return max(a, b); }
};
struct Minimum {
  template <class V>
  GM_INLINE V operator()(V a, V b) const { return min(a, b); }
};

}  // namespace
}  // namespace gm::GM_ISA

namespace gm {

using namespace GM_ISA;

constinit const BinaryKernels binary_integer = {
    .add = run<Add>,
    .subtract = run<Subtract>,
    .multiply = run<Multiply>,
    .maximum = run<Maximum>,
    .minimum = run<Minimum>,
};

}  // namespace gm
