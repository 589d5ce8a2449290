#include "kernels/reduce.h"

#include "isa/fold.h"

namespace gm::GM_ISA {
namespace {

template <class Op>
void run(const ReduceArgs& args) {
  if (args.dtype == DType::Float64) fold<double>(args, Op{});
  else fold<float>(args, Op{});
}

struct Sum {
  template <class T>
  static constexpr T identity() { return T(0); }
  template <class V>
  GM_INLINE V term(V x, V) const { return x; }
  template <class V>
  GM_INLINE V operator()(V a, V b) const { return a + b; }
};

}  // namespace

constinit const ReduceKernels reduce = {
    .sum = run<Sum>,
};

}  // namespace gm::GM_ISA
