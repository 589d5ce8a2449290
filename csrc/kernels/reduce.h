// Reductions: an entry here, an operation struct in reduce.cpp (floats, per ISA) or
// reduce_integer.cpp (integers and bool, baseline), a function in ops/reduce.cpp.
#pragma once

#include "core/table.h"

namespace gm {

/// `in` as (outer, reduce, inner), the inner elements consecutive; `out` is row-major (outer, inner).
///
/// Sums have one order, whatever the strides and threads: the reduced axis is cut into segments of
/// about kReduceSegment elements, and the segments' partial results are combined in order.
struct ReduceArgs {
  const char* in;
  char* out;
  const char* parameter;  ///< by some operations read beside each element: (outer, inner), or null
  DType dtype;            ///< of the elements
  int64_t outer, reduce, inner;
  int64_t outer_stride, reduce_stride;  ///< elements; reduce_stride is 1 where inner is 1
  double divisor;                       ///< results are divided by it (mean, variance)
};

inline constexpr int64_t kReduceSegment = 65536;

using ReduceFn = void (*)(const ReduceArgs& args);

struct ReduceKernels {
  ReduceFn sum;
};

/// float32 and float64.
GM_KERNEL_TABLE(ReduceKernels, reduce)

}  // namespace gm
