// The integer and bool half of the compare stem: compiled once, at the baseline ISA.
#include "kernels/compare.h"
#include "kernels/compare_functions.h"
#include "kernels/integers.h"

namespace gm::GM_ISA {
namespace {

GM_OF_ONE(Never, x != x)
GM_OF_ONE(Always, x == x)
GM_OF_ONE(Negative, x < V(typename V::Lane(0)))
GM_OF_THREE(ClipInteger, x, low, high, min(high, max(low, x)))

template <class Op>
void run(const Loops& loops, DType compute) {
  map_integer<Op>(loops, compute);
}

}  // namespace

constinit const CompareKernels compare_integer = {
    .equal = run<Equal>,
    .not_equal = run<NotEqual>,
    .less = run<Less>,
    .less_equal = run<LessEqual>,
    .logical_and = run<LogicalAnd>,
    .logical_or = run<LogicalOr>,
    .logical_xor = run<LogicalXor>,
    .logical_not = run<LogicalNot>,
    .isnan = run<Never>,
    .isinf = run<Never>,
    .isfinite = run<Always>,
    .signbit = run<Negative>,
    .clip = run<ClipInteger>,
};

}  // namespace gm::GM_ISA
