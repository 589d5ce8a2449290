// Scaled dot-product attention, tiled: scores exist a block at a time, in the first caches.
#pragma once

#include "kernels/table.h"

namespace gm {

/// One operand: item b of the batch and head g of its group at
/// data + Σ batch[d]·b_d + group·g; rows `row` apart, elements within a row side by side.
struct AttentionOperand {
  char* data;
  int64_t batch[kMaxRank];
  int64_t group, row;
};

/// A result of heads (batch, group) × matrix: row-major, `beside` = 1; or the rows of so many heads
/// side by side, where the last axes of the batch are that many heads.
struct AttentionResult {
  char* data;
  int64_t beside;
};

/// softmax(scale · Q·Kᵀ + mask)·V for every batch item and query head. A key/value head serves the
/// `groups` query heads that follow each other; it is the batch's last axis. Strides count elements
/// and may be 0.
struct AttentionArgs {
  DType dtype;  ///< Float32 or Float64, of all but the mask
  int batch_rank;
  int64_t batch_shape[kMaxRank];
  int64_t groups, queries, keys;
  int64_t features, values;  ///< elements of a row of Q and K, and of V
  AttentionOperand q, k, v;
  AttentionOperand mask;  ///< data null: none
  int64_t mask_column;    ///< the mask's stride along the keys
  bool mask_bool;         ///< true takes part; else `dtype`, added to the scaled scores
  bool causal;            ///< query i sees keys 0 … i
  double scale;
  AttentionResult out;
  /// What backward reads, per head: the queries' highest scores (times log2 e; +inf where every key
  /// is masked), then 1/Σ 2^(score - highest). Their one logarithm would not do: of scores near
  /// -1e9, as of a row whose every key a number hides, it says nothing about how many keys there
  /// are.
  char* rows;

  // Backward only.
  AttentionOperand g;          ///< gradient of out
  AttentionResult dq, dk, dv;  ///< of the query heads; of the key/value heads
};

struct AttentionKernels {
  void (*forward)(const AttentionArgs& args);
  /// Bytes of workspace for `backward`.
  int64_t (*workspace)(const AttentionArgs& args);
  /// From what forward left in out and rows.
  void (*backward)(const AttentionArgs& args, void* workspace);
};

GM_KERNEL_TABLE(AttentionKernels, attention)

}  // namespace gm
