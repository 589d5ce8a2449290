#include "kernels/compare.h"

#include "isa/lines.h"
#include "kernels/compare_functions.h"
#include "kernels/compare_where.h"

namespace gm::GM_ISA {
namespace {

/// Picoseconds of one element: memory is the limit.
constexpr int64_t kPlain = 200;

template <class Op>
void run(const Loops& loops, DType compute) {
  map_float(loops, compute, Op{}, kPlain);
}

void isclose(const Loops& loops, DType compute, const Closeness& c) {
  map_float(loops, compute, Close{c.relative, c.absolute, c.equal_nan}, kPlain);
}

}  // namespace

constinit const CompareKernels compare = {
    .equal = run<Equal>,
    .not_equal = run<NotEqual>,
    .less = run<Less>,
    .less_equal = run<LessEqual>,
    .logical_and = run<LogicalAnd>,
    .logical_or = run<LogicalOr>,
    .logical_xor = run<LogicalXor>,
    .logical_not = run<LogicalNot>,
    .isnan = run<Isnan>,
    .isinf = run<Isinf>,
    .isfinite = run<Isfinite>,
    .signbit = run<Signbit>,
    .isclose = isclose,
    .clip = run<Clip>,
    .clip_backward = run<ClipBackward>,
    .where = where,
};

}  // namespace gm::GM_ISA
