#include "core/loops.h"

namespace gm {

namespace {

int64_t magnitude(int64_t stride) { return stride < 0 ? -stride : stride; }

/// Whether dimension a should be inside b: by the first operand in which their strides differ.
bool inside(const Loops& loops, int a, int b) {
  for (int k = 0; k < loops.operands; ++k) {
    const int64_t x = magnitude(loops.strides[k][a]), y = magnitude(loops.strides[k][b]);
    if (x == 0 || y == 0) continue;  // a broadcast operand has no preference
    if (x != y) return x < y;
  }
  return false;
}

void swap_dimensions(Loops& loops, int a, int b) {
  const int64_t size = loops.shape[a];
  loops.shape[a] = loops.shape[b];
  loops.shape[b] = size;
  for (int k = 0; k < loops.operands; ++k) {
    const int64_t stride = loops.strides[k][a];
    loops.strides[k][a] = loops.strides[k][b];
    loops.strides[k][b] = stride;
  }
}

/// Whether stepping dimension `outer` once is stepping `inner` through its whole size.
bool one_run(const Loops& loops, int outer, int inner) {
  for (int k = 0; k < loops.operands; ++k)
    if (loops.strides[k][outer] != loops.strides[k][inner] * loops.shape[inner]) return false;
  return true;
}

}  // namespace

void collapse(const View* const* views, int count, Loops& loops) {
  loops.operands = count;
  loops.rank = 0;
  loops.numbers = 0;
  for (int k = 0; k < count; ++k) {
    loops.data[k] = views[k]->data;
    loops.dtype[k] = views[k]->dtype;
  }
  for (int d = 0; d < views[0]->rank; ++d) {
    if (views[0]->shape[d] == 1) continue;
    loops.shape[loops.rank] = views[0]->shape[d];
    for (int k = 0; k < count; ++k) loops.strides[k][loops.rank] = views[k]->strides[d];
    ++loops.rank;
  }
  // Insertion sort: outermost first, stable, at most 16 elements and mostly sorted already.
  for (int i = 1; i < loops.rank; ++i)
    for (int j = i; j > 0 && inside(loops, j - 1, j); --j) swap_dimensions(loops, j - 1, j);

  int merged = 0;
  for (int d = 1; d < loops.rank; ++d) {
    if (one_run(loops, merged, d)) {
      loops.shape[merged] *= loops.shape[d];
    } else {
      loops.shape[++merged] = loops.shape[d];
    }
    for (int k = 0; k < count; ++k) loops.strides[k][merged] = loops.strides[k][d];
  }
  if (loops.rank == 0) {
    loops.shape[0] = 1;
    for (int k = 0; k < count; ++k) loops.strides[k][0] = 0;
  }
  loops.rank = loops.rank == 0 ? 1 : merged + 1;

  loops.length = loops.shape[loops.rank - 1];
  loops.lines = 1;
  for (int d = 0; d + 1 < loops.rank; ++d) loops.lines *= loops.shape[d];
}

}  // namespace gm
