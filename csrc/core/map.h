// The elementwise walk: visits Loops line by line and hands each line to a kernel's inner loop.
//
// Operands of another dtype than the kernel computes in, or of a stride other than 0 or 1, are
// staged through line buffers in L1: a kernel has one loop body, and the same bits for any strides.
// Pieces are cut by the number of elements alone. Compiled once; only the inner loops are per ISA.
#pragma once

#include "core/lines.h"
#include "core/loops.h"

namespace gm {

/// out[i] = op(in[0][i], …) for n elements of the kernel's own dtypes, all of stride 1; an operand
/// with same[k] set is one element for all i (only where `MapSpec::takes_same`).
using LineFn = void (*)(const void* op, char* out, const char* const* in, const bool* same,
                        int64_t n);

struct MapSpec {
  LineFn line;
  /// copy_line, or an ISA's faster one: how operands are staged.
  void (*stage)(const LineSpec& line, int64_t n);
  const void* op;              ///< the operation's parameters, passed through
  DType dtypes[kMaxOperands];  ///< what `line` writes, then what it reads
  int inputs;                  ///< loops.operands - 1
  bool takes_same;             ///< `line` handles one operand of stride 0 itself
  int64_t picoseconds;         ///< cost of one element
};

/// loops.data[0] is the output, the inputs follow.
void map_lines(const Loops& loops, const MapSpec& spec);

}  // namespace gm
