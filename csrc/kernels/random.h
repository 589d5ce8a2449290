// Random draws into contiguous memory, and dropout, which is a draw that is never stored.
// isa/random.h says which bits element i of a draw gets.
#pragma once

#include "kernels/table.h"

namespace gm {

/// One draw of n elements. Which members are read depends on the distribution.
struct DrawArgs {
  char* out;
  int64_t n;
  DType dtype;  ///< Float32 or Float64; Int64 for integers
  uint64_t seed, offset;
  double low, high;     ///< uniform: [low, high); normal: mean and standard deviation
  double top;           ///< uniform: the largest number it may give
  int64_t integer_low;  ///< integers: [integer_low, integer_low + range)
  uint64_t integer_range;
};

/// y = x / (1 - p) where element i of the draw is kept, else 0.
struct DropoutArgs {
  const char* x;
  char* y;
  int64_t n;
  DType dtype;  ///< Float32 or Float64
  uint64_t seed, offset;
  double p;  ///< probability of a zero, in [0, 1)
};

struct RandomKernels {
  void (*uniform)(const DrawArgs&);
  void (*normal)(const DrawArgs&);
  void (*integers)(const DrawArgs&);
  void (*dropout)(const DropoutArgs&);
};

GM_DEVICE_KERNEL_TABLE(RandomKernels, random_draws)

}  // namespace gm
