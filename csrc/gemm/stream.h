// Few rows times a B that lies in rows: bound by reading B once.
//
// Sixteen rows of B at a time are read from end to end while the chains over K wait in C. Tile by
// tile, every row would be touched for 128 bytes at a time, at two thirds of the bandwidth. A chain
// runs in the same order as in a tile, so the bits are the same.
#pragma once

#include "gemm/product.h"

namespace gm::GM_ISA {
namespace {

inline constexpr int64_t kStreamRows = 16;   // rows of C at most
inline constexpr int64_t kStreamTerms = 16;  // rows of B read side by side
/// Bytes of each row that a piece takes: four pages where there are pieces enough, from memory
/// never less than one (vector × 4096 × 4096: 26 GB/s by four, 23 by one, 20 by half a page).
/// Fetching the next rows by hand gains nothing from memory, and costs a sixth in L2. A B of
/// kStreamNear bytes may come from the cache, where half a page will do (v4, 8 × 1024 × 1024: by
/// two threads 0.63 of the time, by one 1.09).
inline constexpr int64_t kStreamMost = 16'384, kStreamLeast = 4096;
inline constexpr int64_t kStreamNear = int64_t(16) << 20, kStreamNearLeast = 2048;

/// R rows of A times rows of B, the chains resumed from C and left there. A's rows lie along K.
template <class T, int R, int V, class E>
GM_INLINE void resume(int64_t k, const T* a, int64_t a_row, const E* b, int64_t b_row, T* c,
                      int64_t c_row) {
  using W = Vec<T>;
  W sum[R][V];
#pragma GCC unroll 8
  for (int i = 0; i < R; ++i)
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) sum[i][v] = W::load(c + i * c_row + v * W::N);
#pragma GCC unroll 1
  for (int64_t p = 0; p < k; ++p)
    multiply_add<T, R, V, 1, Layout::Rows>(sum, a + p, a_row, b + p * b_row, 0);
#pragma GCC unroll 8
  for (int i = 0; i < R; ++i)
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) sum[i][v].store(c + i * c_row + v * W::N);
}

/// The same along `columns` of B, V vectors at a time, then one by one.
template <class T, class E, int R, int V>
void resume_rows(int64_t k, const T* a, int64_t a_row, const E* b, int64_t b_row, T* c,
                 int64_t c_row, int64_t columns) {
  constexpr int64_t N = Vec<T>::N;
  int64_t j = 0;
  for (; j + V * N <= columns; j += V * N) resume<T, R, V>(k, a, a_row, b + j, b_row, c + j, c_row);
  for (; j + N <= columns; j += N) resume<T, R, 1>(k, a, a_row, b + j, b_row, c + j, c_row);
  const int rest = static_cast<int>(columns - j);
  if (rest == 0) return;
  for (int i = 0; i < R; ++i) {
    Vec<T> sum = Vec<T>::load(c + i * c_row + j, rest);
    for (int64_t p = 0; p < k; ++p)
      sum = fma(Vec<T>(a[i * a_row + p]), load_lanes(b + p * b_row + j, rest), sum);
    sum.store(c + i * c_row + j, rest);
  }
}

template <class T, class E>
using ResumeFn = void (*)(int64_t, const T*, int64_t, const E*, int64_t, T*, int64_t, int64_t);
/// By rows, for elements E of B. As many vectors as the registers hold: at least eight chains hide
/// an FMA's latency.
#if defined(__AVX512F__)
template <class T, class E>
constexpr ResumeFn<T, E> resume_by_rows[] = {resume_rows<T, E, 1, 8>, resume_rows<T, E, 2, 8>,
                                             resume_rows<T, E, 3, 6>, resume_rows<T, E, 4, 4>,
                                             resume_rows<T, E, 5, 4>, resume_rows<T, E, 6, 4>,
                                             resume_rows<T, E, 7, 3>, resume_rows<T, E, 8, 3>};
#else
template <class T, class E>
constexpr ResumeFn<T, E> resume_by_rows[] = {resume_rows<T, E, 1, 8>, resume_rows<T, E, 2, 4>,
                                             resume_rows<T, E, 3, 3>, resume_rows<T, E, 4, 3>,
                                             resume_rows<T, E, 5, 2>, resume_rows<T, E, 6, 2>};
#endif

template <class T>
constexpr int64_t kResumeRows = sizeof resume_by_rows<T, T> / sizeof *resume_by_rows<T, T>;

/// One block of K of columns [column, column + columns). `own` holds rows of A, if they do not lie
/// along K, and then the chains, if they cannot wait in the target.
template <class T>
void stream_block(const Product<T>& p, const Cut& cut, int64_t block, int64_t column,
                  int64_t columns, const Target<T>& target, T* own) {
  const int64_t term = block * cut.depth, terms = least(cut.depth, p.k - term);
  const T* a = p.a.data + term * p.a.term;
  int64_t a_row = p.a.line;
  if (p.a.term != 1 || p.a.halves) {
    gather_lines(p.a, 0, p.m, term, terms, own, terms);
    a = own;
    a_row = terms;
    own += p.m * terms;
  }
  T* to = target.at(0, column);
  T* chains = target.add ? own : to;
  const int64_t chains_row = target.add ? columns : target.c_row;
  for (int64_t i = 0; i < p.m; ++i)
    __builtin_memset(chains + i * chains_row, 0, static_cast<size_t>(columns) * sizeof(T));

  const Even groups = Even::of(p.m, kResumeRows<T>);
  with_elements(p.b, term * p.b.term + column, [&]<class E>(const E* b) {
    for (int64_t q = 0; q < terms; q += kStreamTerms, b += kStreamTerms * p.b.term) {
      for (int64_t g = 0; g < groups.parts; ++g) {
        const int64_t i = groups.start(g), rows = groups.start(g + 1) - i;
        const ResumeFn<T, E> pass = resume_by_rows<T, E>[rows - 1];
        pass(least(kStreamTerms, terms - q), a + i * a_row + q, a_row, b, p.b.term,
             chains + i * chains_row, chains_row, columns);
      }
    }
  });
  if (!target.add) return;
  for (int64_t i = 0; i < p.m; ++i, to += target.c_row, chains += chains_row) {
    for (int64_t j = 0; j < columns; j += Vec<T>::N) {
      const int lanes = static_cast<int>(least(Vec<T>::N, columns - j));
      (Vec<T>::load(to + j, lanes) + Vec<T>::load(chains + j, lanes)).store(to + j, lanes);
    }
  }
}

template <class T>
void stream_piece(const Product<T>& p, const Cut& cut, int64_t piece, T* blocks_apart) {
  const int64_t column = piece % cut.column_pieces * cut.piece_columns;
  const int64_t columns = least(cut.piece_columns, p.n - column);
  const int64_t slice = piece / cut.column_pieces;
  const int64_t block1 = cut.blocks * (slice + 1) / cut.slices;
  const Scratch scratch(static_cast<size_t>(cut.scratch_a + cut.scratch_b + cut.scratch_c));
  T* sums = static_cast<T*>(scratch.data);
  T* own = sums + cut.scratch_c / int64_t(sizeof(T));
  for (int64_t block = cut.blocks * slice / cut.slices; block < block1; ++block) {
    const Target<T> target(p, block, blocks_apart, sums, columns, 0, column);
    stream_block(p, cut, block, column, columns, target, own);
    if (block + 1 == cut.blocks && !blocks_apart)
      p.finish_part(target.at(0, column), target.c_row, 0, column, p.m, columns);
  }
}

}  // namespace
}  // namespace gm::GM_ISA
