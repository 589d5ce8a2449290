// Tiles of a convolution that read their columns from the patch itself, where a panel would serve
// few rows: a term of neighbouring columns of one grid row is a run of the patch, and loading
// across cache lines costs less than copying it. AVX-512, float32: 13×2 sums take 13 cycles a term
// for 13 broadcasts and 4 half loads.
//
//   for a grid row of the box
//     for the piece's tiles of rows       weights come to L1 once a grid row
//       for the panels of two vectors     the 7 rows of 7×7's patch stay in L1 as well
//
// Tried in vain, of the time       7×7, one thread   two    1-d, one thread
//   panels outside                 1.19              1.10   1.04
//   boxes half as large            1.00              1.04   1.05
//   two terms a turn               0.98              1.01   1.03
//   outputs not fetched            1.03                     0.98
// and planes of 1×1 read in place  one image         eight
//   64 rows and terms              0.85              1.07
//   64 rows of 256 terms           1.17              1.6
//   256 rows of 64 terms           0.96              1.14   ResNet-50 as a whole 1.00
#pragma once

#include "gemm/micro.h"
#include "kernels/conv_patch.h"

namespace gm::GM_ISA {
namespace {

struct TermTile {
  const float* a;       // of term p and row i at a[p · kRows + i]
  const float* source;  // of the first column; term p of it lies at term[p]
  const int64_t* term;
  int64_t terms;
  const float* bias;  // of each row, or null
  float* c;
  int64_t c_step;
  int columns;
};

#if defined(__AVX512F__)
template <int R, int V>
void term_tile(const TermTile& t) {
  using W = Vec<float>;
  W sum[R][V];
#pragma GCC unroll 16
  for (int i = 0; i < R; ++i) {
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) {
      sum[i][v] = W(0.0f);
      __builtin_prefetch(t.c + i * t.c_step + v * W::N, 1, 3);
    }
  }
  const float* a = t.a;
  const int64_t* const end = t.term + t.terms;
#pragma GCC unroll 1
  for (const int64_t* term = t.term; term < end; ++term, a += Blocking<float>::kRows) {
    const float* const from = t.source + *term;
    W right[V];
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) {
      right[v] = W::load(from + v * W::N);
      pin(right[v]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < R; ++i) {
      const W left(a[i]);
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) sum[i][v] = fma(left, right[v], sum[i][v]);
    }
  }
  float* c = t.c;
  const int last = t.columns - (V - 1) * W::N;
#pragma GCC unroll 16
  for (int i = 0; i < R; ++i, c += t.c_step) {
    const W bias(t.bias ? t.bias[i] : 0.0f);
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) {
      const W x = t.bias ? sum[i][v] + bias : sum[i][v];
      x.store(c + v * W::N, v < V - 1 ? W::N : last);
    }
  }
}

#endif

/// By vectors and rows above kLeastTermRows; where kByTerms<T>.
constexpr int kLeastTermRows = 12;
constexpr void (*term_tiles[2][3])(const TermTile&) = {
#if defined(__AVX512F__)
    {term_tile<12, 1>, term_tile<13, 1>, term_tile<14, 1>},
    {term_tile<12, 2>, term_tile<13, 2>, term_tile<14, 2>},
#endif
};
template <class T>
constexpr bool kByTerms = kVectorBytes == 64 && sizeof(T) == sizeof(float);

}  // namespace
}  // namespace gm::GM_ISA
