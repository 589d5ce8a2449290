// Elementwise questions (results of bool) and choices: a row here, a line in compare.cpp (floats,
// per ISA) or compare_integer.cpp (integers and bool, baseline).
#pragma once

#include "core/loops.h"
#include "kernels/table.h"

namespace gm {

/// loops: output, then the operands, all read as `compute`.
using CompareFn = void (*)(const Loops& loops, DType compute);

struct Closeness {
  double relative, absolute;
  bool equal_nan;
};

/// Null where an operation does not exist for the table's dtypes; ops does not ask for those.
struct CompareKernels {
  // The output is bool.
  CompareFn equal, not_equal, less, less_equal;  // a, b; greater is less with the operands swapped
  CompareFn logical_and, logical_or, logical_xor, logical_not;
  CompareFn isnan, isinf, isfinite, signbit;
  void (*isclose)(const Loops& loops, DType compute, const Closeness& closeness);  // a, b
  // The output is of dtype `compute`.
  CompareFn clip;           // x, low, high: min(max(x, low), high), NaN if any is
  CompareFn clip_backward;  // g, x, low, high: g where low ≤ x ≤ high, else 0
  /// condition (bool bytes), a, b, by the size of an element alone.
  void (*where)(const Loops& loops, DType dtype);
};

/// float32 and float64; `where` of every dtype.
GM_DEVICE_KERNEL_TABLE(CompareKernels, compare)
/// Integers and bool, compiled once.
GM_DEVICE_INTEGER_KERNEL_TABLE(CompareKernels, compare_integer)

}  // namespace gm
