#include "isa/parallel.h"
#include "kernels/embedding.h"

namespace gm::GM_ISA {
namespace {

int64_t first_outside(const int64_t* indices, int64_t count, int64_t rows) {
  // Blocks without a branch inside, so that they are vectorised.
  constexpr int64_t kBlock = 256;
  for (int64_t begin = 0; begin < count; begin += kBlock) {
    const int64_t end = begin + kBlock < count ? begin + kBlock : count;
    bool outside = false;
    for (int64_t i = begin; i < end; ++i) outside |= (indices[i] < 0) | (indices[i] >= rows);
    if (!outside) continue;
    for (int64_t i = begin; i < end; ++i)
      if (indices[i] < 0 || indices[i] >= rows) return i;
  }
  return count;
}

/// Counting sort. Serial: a few ns an index, against a row of additions for each.
void bucket(const int64_t* indices, const RowBuckets& b) {
  for (int64_t r = 0; r <= b.rows; ++r) b.start[r] = 0;
  for (int64_t i = 0; i < b.count; ++i) ++b.start[indices[i] + 1];
  for (int64_t r = 0; r < b.rows; ++r) b.start[r + 1] += b.start[r];
  // start[r] moves on to where r's bucket ends, which is where r + 1's began: shift it back after.
  for (int64_t i = 0; i < b.count; ++i) b.order[b.start[indices[i]]++] = i;
  for (int64_t r = b.rows; r > 0; --r) b.start[r] = b.start[r - 1];
  if (b.rows > 0) b.start[0] = 0;
}

void one_hot(const int64_t* indices, int64_t count, int64_t classes, int64_t* out) {
  if (classes == 0) return;
  const int64_t rows = classes < 8192 ? 8192 / classes : 1;  // 64 KB a piece
  parallel_for((count + rows - 1) / rows, count * classes, [&](int64_t piece) {
    const int64_t end = (piece + 1) * rows < count ? (piece + 1) * rows : count;
    for (int64_t i = piece * rows; i < end; ++i) {
      int64_t* row = out + i * classes;
      __builtin_memset(row, 0, static_cast<size_t>(classes) * sizeof *row);
      row[indices[i]] = 1;
    }
  });
}

}  // namespace
}  // namespace gm::GM_ISA

namespace gm {
constinit const EmbeddingIntegerKernels embedding_integer = {
    .first_outside = GM_ISA::first_outside,
    .bucket = GM_ISA::bucket,
    .one_hot = GM_ISA::one_hot,
};
}  // namespace gm
