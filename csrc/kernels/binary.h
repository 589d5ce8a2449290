// Elementwise operations on two arrays: a row here, a struct in binary.cpp (floats, per ISA) or
// binary_integer.cpp (integers and bool, baseline), a line in bind/binary.cpp.
#pragma once

#include "core/loops.h"
#include "core/table.h"

namespace gm {

/// loops: output, left, right. `compute` is the dtype both operands are read as; the output is of
/// that dtype too, or bool for comparisons and logic.
using BinaryFn = void (*)(const Loops& loops, DType compute);

/// Null where an operation does not exist for the table's dtypes; ops has refused those before.
struct BinaryKernels {
  BinaryFn add, subtract, multiply, divide;
  BinaryFn floor_divide, remainder, power;
  BinaryFn maximum, minimum;
  BinaryFn atan2, hypot, copysign;
  BinaryFn bitwise_and, bitwise_or, bitwise_xor, left_shift, right_shift;
};

/// float32 and float64.
GM_KERNEL_TABLE(BinaryKernels, binary)
/// Integers and bool, compiled once.
extern const BinaryKernels binary_integer;

}  // namespace gm
