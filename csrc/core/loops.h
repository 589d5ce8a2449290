// Loops: several views of one shape, reduced to the fewest loops that visit all their elements.
#pragma once

#include "core/view.h"

namespace gm {

inline constexpr int kMaxOperands = 5;

/// Dimension rank-1 is innermost: the line. A rank of at least 1 always, so there is always a line.
///
///   shape (8, 3, 5), out row-major, a transposed, b broadcast over the last axis
///   → rank 2: shape (24, 5), strides out (5, 1), a (1, 24), b (1, 0) in elements
struct Loops {
  int32_t operands;
  int32_t rank;
  int64_t lines;   ///< product of all sizes but the innermost
  int64_t length;  ///< the innermost size
  int64_t shape[kMaxRank];
  int64_t strides[kMaxOperands][kMaxRank];  ///< elements
  char* data[kMaxOperands];
  DType dtype[kMaxOperands];
  uint32_t numbers;  ///< bit k: operand k is one number, on the host whatever the device
};

/// Views of one shape (stride 0 where broadcast), output first. Drops sizes of 1, orders the
/// dimensions by the output's strides and merges neighbours that are one run in every operand.
void collapse(const View* const* views, int count, Loops& loops);
inline Loops collapse(const View* const* views, int count) {
  Loops loops;
  collapse(views, count, loops);
  return loops;
}

}  // namespace gm
