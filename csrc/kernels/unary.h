// Elementwise functions of one array, each with its gradient: a row here, a row in unary.cpp
// (floats, per ISA) or unary_integer.cpp (integers and bool, baseline), lines in ops/unary.{h,cpp}
// and bind/unary.cpp.
#pragma once

#include "core/loops.h"
#include "kernels/table.h"

namespace gm {

/// Loops of a function: y, x; of its gradient: gx, g, and x or y, whichever the row says. Computed
/// in `compute`.
using UnaryFn = void (*)(const Loops& loops, DType compute);

struct Unary {
  UnaryFn function;
  UnaryFn gradient = nullptr;  ///< null where it is 0 or a row of another table
};

/// Null where an operation does not exist for the table's dtypes; ops does not ask for those.
struct UnaryKernels {
  Unary negative, sign, floor, ceil, round, trunc, bitwise_invert;
  Unary exp, log;  // the gradients are a product and a quotient: binary's
  // The gradient reads x …
  Unary absolute, square, cube, log1p, log2, log10, sin, cos, asin, acos, atan, sinh, cosh, asinh,
      acosh, atanh, erf, erfc;
  // … or y.
  Unary sqrt, rsqrt, reciprocal, exp2, expm1, tan, tanh, sigmoid;
};

/// float32 and float64.
GM_DEVICE_KERNEL_TABLE(UnaryKernels, unary)
/// Integers and bool, compiled once.
GM_DEVICE_INTEGER_KERNEL_TABLE(UnaryKernels, unary_integer)

}  // namespace gm
