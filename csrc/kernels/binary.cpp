#include "kernels/binary.h"

#include "isa/lines.h"

namespace gm::GM_ISA {
namespace {

template <class Op>
void run(const Loops& loops, DType compute) {
  map_float(loops, compute, Op{}, 250);
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
struct Divide {
  template <class V>
  GM_INLINE V operator()(V a, V b) const { return a / b; }
};
struct Maximum {
  template <class V>
  GM_INLINE V operator()(V a, V b) const { return maximum(a, b); }
};
struct Minimum {
  template <class V>
  GM_INLINE V operator()(V a, V b) const { return minimum(a, b); }
};
struct Copysign {
  template <class V>
  GM_INLINE V operator()(V a, V b) const { return copysign(a, b); }
};

}  // namespace

constinit const BinaryKernels binary = {
    .add = run<Add>,
    .subtract = run<Subtract>,
    .multiply = run<Multiply>,
    .divide = run<Divide>,
    .maximum = run<Maximum>,
    .minimum = run<Minimum>,
    .copysign = run<Copysign>,
};

}  // namespace gm::GM_ISA
