// The products inside a recurrence: a few batch rows by one panel of hidden units, sums in
// registers from the first term to the last.
//
// A panel is four vectors wide. Forward, it holds the four sums of one vector of hidden units side
// by side, so that a finished tile has all that its units' step needs; a cell of one sum has four
// vectors of units instead. Backward, it is up to four vectors of units.
//
//   forward   panel[k · width + g · N + l]  =  W[g · hidden + unit + l][k]
//   backward  panel[k · width + v · N + l]  =  W[k][unit + v · N + l]
//
// Rows of the left side are read where they lie: the state before is y itself.
#pragma once

#include "gemm/pack.h"
#include "isa/simd.h"
#include "kernels/rnn.h"

namespace gm::GM_ISA {
namespace {

// 4 vectors by R rows of sums, R broadcasts and one vector of the panel.
#if defined(__AVX512F__) || defined(__aarch64__)
inline constexpr int kTileRows = 6;
#else
inline constexpr int kTileRows = 3;
#endif

GM_INLINE int64_t ceil_divide(int64_t a, int64_t b) { return (a + b - 1) / b; }
GM_INLINE int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/// Where step t's row and unit of what backward reads lies; of its first gate.
template <class T>
GM_INLINE T* place(const char* data, const RnnBlocks& at, int64_t t, int64_t row, int64_t unit) {
  constexpr int64_t L = 64 / int64_t(sizeof(T));
  T* first = reinterpret_cast<T*>(const_cast<char*>(data));
  return first + t * at.step + row * at.row + unit / L * at.block + unit % L;
}

/// Keeps a loaded value in its register, where g++ would fold the load into each of its uses.
template <class T>
GM_INLINE void keep_loaded(Vec<T>& x) {
#if defined(__AVX512F__)
  asm("" : "+v"(x.v));
#elif defined(__SSE2__)
  asm("" : "+x"(x.v));
#else
  (void)x;
#endif
}

/// What comes after a panel's terms is fetched into L2 line by line as they are multiplied, by each
/// of the first tiles its share, or null: weights that do not fit L2 come from L3 at half a
/// product's speed (I650 H650, forward: 15 %).
template <class T>
GM_INLINE const T* ahead_of(const T* panel, int64_t terms, int64_t width, int64_t tile) {
  return tile < width ? panel + (width + tile) * terms * Vec<T>::N : nullptr;
}

/// sum[i][At…] += a[i][k] · b[k][0, 1, …] for k in order. Row i of a begins at i · a_step, and from
/// row `split` on `gap` elements later.
template <bool fetch, class T, int R, int V, int... At>
GM_INLINE void add_product_and(Vec<T> (&sum)[R][V], const T* a, int64_t a_step, int split,
                               int64_t gap, const T* b, int64_t terms, const T* ahead) {
  constexpr int at[] = {At...}, width = sizeof...(At);
  const T* rows[R];
#pragma GCC unroll 8
  for (int i = 0; i < R; ++i) rows[i] = a + i * a_step + (i >= split ? gap : 0);
#pragma GCC unroll 1
  for (int64_t k = 0; k < terms; ++k, b += width * Vec<T>::N) {
    if constexpr (fetch) {
      __builtin_prefetch(ahead, 0, 2);
      ahead += Vec<T>::N;
    }
    Vec<T> left[R];
#pragma GCC unroll 8
    for (int i = 0; i < R; ++i) {
      left[i] = Vec<T>(rows[i][k]);
      keep_loaded(left[i]);
    }
#pragma GCC unroll 4
    for (int v = 0; v < width; ++v) {
      Vec<T> right = Vec<T>::load(b + v * Vec<T>::N);
      keep_loaded(right);
#pragma GCC unroll 8
      for (int i = 0; i < R; ++i) sum[i][at[v]] = fma(left[i], right, sum[i][at[v]]);
    }
  }
}

/// The same, fetching or not: weights that are near already would lose 3 % (I10 H64).
template <class T, int R, int V, int... At>
GM_INLINE void add_product(Vec<T> (&sum)[R][V], const T* a, int64_t a_step, int split, int64_t gap,
                           const T* b, int64_t terms, const T* ahead) {
  // Only full tiles: those of narrow panels or few rows take 5 KB more.
  constexpr bool fetches = sizeof(T) == 4 && R + 1 >= kTileRows && V == 4 && kVectorBytes >= 32;
  if (fetches && ahead)
    add_product_and<fetches, T, R, V, At...>(sum, a, a_step, split, gap, b, terms, ahead);
  else
    add_product_and<false, T, R, V, At...>(sum, a, a_step, split, gap, b, terms, ahead);
}

/// Which panels' vectors go into which sums.
enum class Sums : uint8_t {
  Same,  ///< 4 vectors on both sides
  Gru,   ///< 3: r z n of the input into 0 1 2, of the state into 0 1 3
};

template <class T>
struct GateTile {
  const T* start;  // row i begins with start[i · start_step …], four vectors
  int64_t start_step;
  const T* x;  // inputs terms of row i at x[i · x_step]; none: start has them
  int64_t x_step, inputs;
  const T* wx;
  const T* h;
  int64_t h_step, hidden;
  const T* wh;
  T* out;  // rows of four vectors
  const T* ahead;
};

template <class T, int R, Sums sums>
void gate_tile(const GateTile<T>& t) {
  constexpr int N = Vec<T>::N;
  Vec<T> sum[R][4];
#pragma GCC unroll 8
  for (int i = 0; i < R; ++i)
#pragma GCC unroll 4
    for (int v = 0; v < 4; ++v) sum[i][v] = Vec<T>::load(t.start + i * t.start_step + v * N);
  if constexpr (sums == Sums::Same) {
    add_product<T, R, 4, 0, 1, 2, 3>(sum, t.x, t.x_step, R, 0, t.wx, t.inputs, t.ahead);
    add_product<T, R, 4, 0, 1, 2, 3>(sum, t.h, t.h_step, R, 0, t.wh, t.hidden, t.ahead);
  } else {
    add_product<T, R, 4, 0, 1, 2>(sum, t.x, t.x_step, R, 0, t.wx, t.inputs, t.ahead);
    add_product<T, R, 4, 0, 1, 3>(sum, t.h, t.h_step, R, 0, t.wh, t.hidden, t.ahead);
  }
#pragma GCC unroll 8
  for (int i = 0; i < R; ++i)
#pragma GCC unroll 4
    for (int v = 0; v < 4; ++v) sum[i][v].store(t.out + (i * 4 + v) * N);
}

template <class T>
using GateTileFn = void (*)(const GateTile<T>&);
template <class T, Sums sums>
constexpr GateTileFn<T> gate_tiles[] = {
    gate_tile<T, 1, sums>, gate_tile<T, 2, sums>, gate_tile<T, 3, sums>,
#if defined(__AVX512F__) || defined(__aarch64__)
    gate_tile<T, 4, sums>, gate_tile<T, 5, sums>, gate_tile<T, 6, sums>,
#endif
};

/// out[i] = Σ_k a[i][k] · panel[k], or added to it.
template <class T>
struct BackTile {
  const T* a;
  int64_t a_step, terms;
  int split;  // rows from this one on lie `gap` elements later
  int64_t gap;
  const T* panel;
  T* out;  // rows of four vectors, V of them written
  bool add;
  const T* ahead;
};

template <class T, int R, int V, int... At>
GM_INLINE void back_tile_at(const BackTile<T>& t) {
  constexpr int N = Vec<T>::N;
  Vec<T> sum[R][V];
#pragma GCC unroll 8
  for (int i = 0; i < R; ++i)
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v)
      sum[i][v] = t.add ? Vec<T>::load(t.out + (i * 4 + v) * N) : Vec<T>(T(0));
  add_product<T, R, V, At...>(sum, t.a, t.a_step, t.split, t.gap, t.panel, t.terms, t.ahead);
#pragma GCC unroll 8
  for (int i = 0; i < R; ++i)
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) sum[i][v].store(t.out + (i * 4 + v) * N);
}
template <class T, int R, int V>
void back_tile(const BackTile<T>& t) {
  if constexpr (V == 1)
    back_tile_at<T, R, 1, 0>(t);
  else if constexpr (V == 2)
    back_tile_at<T, R, 2, 0, 1>(t);
  else if constexpr (V == 3)
    back_tile_at<T, R, 3, 0, 1, 2>(t);
  else
    back_tile_at<T, R, 4, 0, 1, 2, 3>(t);
}

template <class T>
using BackTileFn = void (*)(const BackTile<T>&);
#define GM_BACK_ROW(R) \
  {back_tile<T, R, 1>, back_tile<T, R, 2>, back_tile<T, R, 3>, back_tile<T, R, 4>}
template <class T>
constexpr BackTileFn<T> back_tiles[][4] = {
    GM_BACK_ROW(1), GM_BACK_ROW(2), GM_BACK_ROW(3),
#if defined(__AVX512F__) || defined(__aarch64__)
    GM_BACK_ROW(4), GM_BACK_ROW(5), GM_BACK_ROW(6),
#endif
};
#undef GM_BACK_ROW

}  // namespace
}  // namespace gm::GM_ISA
