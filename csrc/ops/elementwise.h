// What unary, binary, compare and activation share: broadcast, result dtype, aliasing, Loops.
#pragma once

#include <array>

#include "core/launch.h"
#include "core/loops.h"
#include "ops/operand.h"

namespace gm {

/// Loops over a result and its operands, ready to launch by value: scalars travel inside.
struct Elementwise {
  Loops loops;
  char cell[kMaxOperands][8];
  bool scalar[kMaxOperands];
  Array keep[kMaxOperands - 1];  ///< copies that replace overlapping operands

  /// The loops with the scalars' addresses in this object.
  const Loops& ready() {
    loops.numbers = 0;
    for (int k = 0; k < loops.operands; ++k) {
      if (!scalar[k]) continue;
      loops.data[k] = cell[k];
      loops.numbers |= 1u << k;
    }
    return loops;
  }
};

/// Broadcasts the operands to out's shape. Scalars are written as `compute`. An operand that
/// overlaps `out` without being the same view is copied first.
void prepare(const char* op, Elementwise& work, const Array& out, const Operand* operands,
             int count, DType compute);

/// The arrays among the operands, for `launch`.
template <int Count>
std::array<Array, Count> owned(const Operand (&operands)[Count]) {
  std::array<Array, Count> arrays;
  for (int k = 0; k < Count; ++k)
    if (operands[k].is_array()) arrays[k] = operands[k].array();
  return arrays;
}

/// The shape all operands broadcast to.
Shape broadcast(const char* op, const Operand* operands, int count);

/// result = kernel(operands…), with the result of dtype `result` computed in dtype `compute`.
template <class Kernel, int Count>
Array elementwise(const char* op, const Operand (&operands)[Count], DType result, DType compute,
                  const Array* out, Kernel kernel) {
  Device device = operands[0].device();
  for (const Operand& operand : operands)
    if (operand.is_array()) device = operand.device();
  Array to = result_array(op, out, broadcast(op, operands, Count), result, device);
  Elementwise work;
  prepare(op, work, to, operands, Count, compute);
  launch(
      op, device, [kernel, compute](Elementwise& w, auto&&...) { kernel(w.ready(), compute); },
      work, to, operands);
  return to;
}

}  // namespace gm
