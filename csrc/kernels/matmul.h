// Matrix products, alone or in batches.
#pragma once

#include "isa/bfloat.h"
#include "kernels/finish.h"
#include "kernels/table.h"

namespace gm {

/// C = A·B (+ bias over the columns, + residual, then `finish`) for every item of a batch. Strides
/// count elements and may be anything; C's columns have stride 1. The batch has up to kMaxRank
/// axes; a stride of 0 repeats.
struct MatmulArgs {
  DType dtype;        ///< of all operands; 16-bit floats are multiplied and added in float32
  BFloatPairs pairs;  ///< for BFloat16; only v4 looks at it
  int64_t m, n, k;
  const char* a;
  int64_t a_row, a_column;
  const char* b;
  int64_t b_row, b_column;
  char* c;
  int64_t c_row;
  const char* bias;      ///< n elements added to every row, or null; beside 16-bit floats, float32
  const char* residual;  ///< like C, with its rows side by side, or null; without a batch; likewise
  Finish finish;
  double slope;          ///< of Finish::LeakyRelu
  const char* packed_b;  ///< B as `pack` left it, or null; without a batch, and b is not read
  int batch_rank;
  int64_t batch_shape[kMaxRank];
  int64_t a_batch[kMaxRank], b_batch[kMaxRank], c_batch[kMaxRank];
};

struct MatmulKernels {
  /// Bytes of workspace that `run` needs.
  int64_t (*workspace)(const MatmulArgs&);
  void (*run)(const MatmulArgs&, void* workspace);
  /// Bytes of B packed, 64-byte aligned. They depend on k, n and dtype; the order on the ISA too.
  int64_t (*packed_bytes)(const MatmulArgs&);
  void (*pack)(const MatmulArgs&, void* packed);
};

GM_KERNEL_TABLE(MatmulKernels, matmul)

}  // namespace gm
