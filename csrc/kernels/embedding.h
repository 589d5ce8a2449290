// Looking rows up in a table, and the gradient of that: rows added up by where they came from.
#pragma once

#include "core/view.h"
#include "kernels/table.h"

namespace gm {

/// out row i = table row indices[i]; rows are `bytes` long, table rows `stride` bytes apart.
struct RowGather {
  const char* table;
  int64_t stride;
  const int64_t* indices;
  int64_t count, bytes;
  char* out;
};

/// Positions by the row they name: order[start[r] … start[r + 1]) are those naming row r,
/// ascending.
struct RowBuckets {
  int64_t rows, count;
  int64_t* start;  ///< rows + 1
  int64_t* order;  ///< count
};

/// sum row r = Σ values[order[k]] over r's bucket, in order; all row-major, `width` elements a row.
struct RowSums {
  RowBuckets buckets;
  const char* values;
  char* sums;
  int64_t width;
  int64_t padding;  ///< a row that stays zero, or -1
  bool mean;        ///< divide each row by its bucket's size
  DType dtype;      ///< float32 or float64
};

/// Scales every row with a bucket that is not empty to a p-norm of at most `most`, in place.
struct RowRenorm {
  RowBuckets buckets;
  char* table;
  int64_t stride;  ///< elements
  int64_t width;
  double most, p;
  DType dtype;  ///< float32 or float64
};

struct EmbeddingKernels {
  void (*gather)(const RowGather& work);
  void (*sum)(const RowSums& work);
  void (*renorm)(const RowRenorm& work);
};

GM_KERNEL_TABLE(EmbeddingKernels, embedding)

/// What is integers only, compiled once.
struct EmbeddingIntegerKernels {
  /// Position of the first index outside [0, rows), or count.
  int64_t (*first_outside)(const int64_t* indices, int64_t count, int64_t rows);
  /// Fills start and order; every index is in [0, rows).
  void (*bucket)(const int64_t* indices, const RowBuckets& buckets);
  /// out[i][indices[i]] = 1, else 0; `classes` a row.
  void (*one_hot)(const int64_t* indices, int64_t count, int64_t classes, int64_t* out);
};
extern const EmbeddingIntegerKernels embedding_integer;

}  // namespace gm
