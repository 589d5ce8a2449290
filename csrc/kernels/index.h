// Gather, scatter and scatter-add: whole rows at given places, or single elements along an axis.
// Indices have been range-checked by ops; negative ones count from the end.
#pragma once

#include "core/loops.h"
#include "kernels/table.h"

namespace gm {

enum class Access : uint8_t {
  Gather,   ///< plain = indexed
  Scatter,  ///< indexed = plain; of equal places the last wins
  Add,      ///< indexed += plain, in the order of the places
};

/// Rows of any shape at places of one array (`indexed`), one after another in the other (`plain`):
///
///   plain[outer][p · step][inner]  ↔  indexed[outer][place(p)][inner]
///   place(p) = (places[p], plus `size` if negative) · scale
///
/// The loops have operands plain and indexed, of one dtype. Dimensions up to `outer_rank` are
/// outside the places, the others inside.
struct IndexedRows {
  Loops loops;
  int32_t outer_rank;
  const int64_t* places;
  int64_t size, scale;  ///< a place is an index into a dimension; or, with 0 and 1, in elements
  int64_t count, step;
  Access access;
};

/// One element for each element of `index` along an axis:
///
///   plain[…, k, …]  ↔  indexed[…, index[…, k, …], …]
///
/// The loops visit all dimensions but the axis; operands plain, index (int64) and indexed.
struct AlongAxis {
  Loops loops;
  int64_t count;                   ///< k is in [0, count)
  int64_t plain_step, index_step;  ///< strides along the axis
  int64_t indexed_step, size;      ///< stride and size of the axis of `indexed`
  Access access;
  /// Null, or set to 1 if an index is out of range: of Gather along an axis where all three strides
  /// are 1. Only then indices have not been checked; what cannot be gathered is left unwritten.
  int64_t* wrong;
};

struct Range {
  int64_t low, high;
};

struct IndexKernels {
  void (*rows)(const IndexedRows& args);
  void (*along)(const AlongAxis& args);
  /// The smallest and the largest of at least one int64; loops of one operand.
  Range (*range)(const Loops& loops);
  /// places[i] = or += (index[i], plus `size` if negative) · stride.
  void (*places)(const int64_t* index, int64_t n, int64_t size, int64_t stride, bool add,
                 int64_t* places);
  /// How many of n bools are true, by pieces of kMaskPiece; `counts` holds as many.
  void (*count_true)(const uint8_t* mask, int64_t n, int64_t* counts);
  /// The elements (of `bytes` each) where the mask is true; piece p's begin at starts[p].
  void (*compress)(const uint8_t* mask, const char* from, int64_t n, int64_t bytes,
                   const int64_t* starts, char* to);
  /// The positions where the mask is true.
  void (*positions)(const uint8_t* mask, int64_t n, const int64_t* starts, int64_t* to);
};

inline constexpr int64_t kMaskPiece = 32 * 1024;

GM_KERNEL_TABLE(IndexKernels, index)

}  // namespace gm
