// Elementwise operations on two arrays: a row here, a line in binary.cpp (floats, per ISA) or
// binary_integer.cpp (integers and bool, baseline), in ops/binary.{h,cpp} and in bind/binary.cpp.
#pragma once

#include "core/loops.h"
#include "kernels/table.h"

namespace gm {

/// loops: output, then the operands in the order given beside the row. All are computed in
/// `compute`, which is the output's dtype too.
using BinaryFn = void (*)(const Loops& loops, DType compute);
/// The same with a number that all elements share.
using ScaledFn = void (*)(const Loops& loops, DType compute, double value);

/// Null where an operation does not exist for the table's dtypes; ops has refused those before.
struct BinaryKernels {
  BinaryFn add, subtract, multiply, divide;  // a, b
  BinaryFn floor_divide, remainder, fmod, power;
  BinaryFn maximum, minimum;
  BinaryFn atan2, hypot, copysign, logaddexp;
  BinaryFn bitwise_and, bitwise_or, bitwise_xor, left_shift, right_shift;
  ScaledFn add_scaled;      // a, b: a + value·b
  ScaledFn addcmul;         // a, b, c: a + value·b·c
  ScaledFn addcdiv;         // a, b, c: a + value·b/c
  BinaryFn lerp;            // a, b, weight: a + weight·(b - a)
  BinaryFn larger_takes;    // g, a, b: g where a > b, g/2 where equal, else 0
  BinaryFn power_base;      // g, a, b: the gradient of a of a^b
  BinaryFn power_exponent;  // g, y, a, b: the gradient of b of y = a^b
};

/// float32 and float64.
GM_DEVICE_KERNEL_TABLE(BinaryKernels, binary)
/// Integers and bool, compiled once.
GM_DEVICE_INTEGER_KERNEL_TABLE(BinaryKernels, binary_integer)

}  // namespace gm
