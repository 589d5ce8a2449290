// Reductions: an entry here, an operation struct in reduce.cpp (floats, per ISA) or
// reduce_integer.cpp (integers and bool, baseline), a function in ops/reduce.cpp.
#pragma once

#include "core/loops.h"
#include "kernels/table.h"

namespace gm {

/// `in` as (outer, reduce, inner), the inner elements consecutive; `out` is row-major (outer,
/// inner).
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
  double divisor;                       ///< float results are divided by it (mean, variance)
  double exponent;                      ///< of sum_powers
  int64_t* index;  ///< arg_max, arg_min: where the results were, (outer, inner)
};

inline constexpr int64_t kReduceSegment = 65536;

using ReduceFn = void (*)(const ReduceArgs& args);

/// The gradient of a product of `reduce` neighbours: dx = g · the product of all others.
struct ProdGradientArgs {
  const char *x, *g;
  char* dx;
  DType dtype;
  int64_t rows, reduce;
};

/// Null where an operation does not exist for the table's dtypes; ops has refused those before.
struct ReduceKernels {
  ReduceFn sum, prod, max, min;  // integers: sum and prod give int64; NaN wins in max and min
  ReduceFn arg_max, arg_min;     // values and indices; the first index wins
  ReduceFn sum_squares, sum_magnitudes, sum_powers;  // x², |x|, |x|^exponent
  ReduceFn max_magnitude, min_magnitude;
  ReduceFn sum_deviations;  // (x - parameter)²
  ReduceFn sum_exps;        // exp(x - parameter)
  // Elementwise: what the gradients need, and what finishes a result.
  void (*root)(const Loops& loops, DType dtype);                    // sqrt x
  void (*power)(const Loops& loops, DType dtype, double exponent);  // x^exponent for x ≥ 0
  void (*log_plus)(const Loops& loops, DType dtype);                // (s, m): log s + m
  void (*magnitude)(const Loops& loops, DType dtype);               // |x|
  void (*finite)(const Loops& loops, DType dtype);        // x, 0 where it is infinite or NaN
  void (*tied)(const Loops& loops, DType dtype);          // (x, y): 1 where equal or both NaN
  void (*exp_gradient)(const Loops& loops, DType dtype);  // (x, y, g): g·exp(x - y)
  /// (x, y, g): g·sign(x)·(|x|/y)^(exponent - 1), 0 where y is 0.
  void (*norm_gradient)(const Loops& loops, DType dtype, double exponent);
  void (*prod_gradient)(const ProdGradientArgs& args);
};

/// float32 and float64.
GM_DEVICE_KERNEL_TABLE(ReduceKernels, reduce)
/// Integers and bool, compiled once.
GM_DEVICE_INTEGER_KERNEL_TABLE(ReduceKernels, reduce_integer)

}  // namespace gm
