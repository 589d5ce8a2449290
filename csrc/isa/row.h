// The steps of operations on rows of consecutive elements: softmax, losses, norms.
//
// A row that fits L1 is read from memory once: every step after the first finds it there. Sums use
// four accumulators over blocks of 4,096, so that a row of any length errs by a few units in the
// last place.
//
// While a row is computed the next one is fetched (`ahead`), of results too: the hardware looks
// ahead only inside a pattern, and computing leaves memory idle. On 4096×1024 softmax takes 1.6 ms
// with AVX2 and 1.3 ms with AVX-512 instead of 2.6–4 and 1.4–2.4. In vain there (AVX-512): stores
// past the cache (softmax 1.16 of the time, log_softmax 2.2; elementwise tanh 1.20, silu 1.06,
// gelu 1.00), exponentials kept beside instead of in the result (1.01).
#pragma once

#include "isa/math/base.h"

namespace gm::GM_ISA {
namespace {

inline constexpr int64_t kRowBlock = 4096;

/// How many elements ahead to fetch: the same place in the next row, if rows are short.
GM_INLINE int64_t ahead(int64_t n) { return n < 2048 ? n : 2048; }
GM_INLINE void prefetch(const void* p) { __builtin_prefetch(p); }

/// The largest element, but for joining the lanes; NaN is passed over (exponentials bring it back).
template <class T>
GM_INLINE Vec<T> row_max(const T* p, int64_t n) {
  using V = Vec<T>;
  constexpr int N = V::N;
  V a[4];
  for (V& x : a) x = V(-Ieee<T>::kInfinity);
  int64_t i = 0;
  for (; i + 4 * N <= n; i += 4 * N) {
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) a[k] = max(V::load(p + i + k * N), a[k]);
  }
  for (; i + N <= n; i += N) a[0] = max(V::load(p + i), a[0]);
  if (i < n) {
    const int tail = int(n - i);
    a[1] = select(first_lanes<T>(tail), max(V::load(p + i, tail), a[1]), a[1]);
  }
  return max(max(a[0], a[2]), max(a[1], a[3]));
}

/// Σ term(i, lanes) over a row in vectors, but for joining the lanes; term gives 0 in lanes from
/// `lanes` on.
template <class T, class Term>
GM_INLINE Vec<T> row_sum(int64_t n, const Term& term) {
  using V = Vec<T>;
  constexpr int N = V::N;
  V total(T(0));
  for (int64_t begin = 0; begin < n; begin += kRowBlock) {
    const int64_t end = n - begin < kRowBlock ? n : begin + kRowBlock;
    V a[4];
    for (V& x : a) x = V(T(0));
    int64_t i = begin;
    for (; i + 4 * N <= end; i += 4 * N) {
#pragma GCC unroll 4
      for (int k = 0; k < 4; ++k) a[k] += term(i + k * N, N);
    }
    for (; i + N <= end; i += N) a[0] += term(i, N);
    if (i < end) a[1] += term(i, int(end - i));
    total += (a[0] + a[2]) + (a[1] + a[3]);
  }
  return total;
}

template <class T>
GM_INLINE Vec<T> load_lanes(const T* p, int lanes) {
  return lanes == Vec<T>::N ? Vec<T>::load(p) : Vec<T>::load(p, lanes);
}
template <class T>
GM_INLINE void store_lanes(Vec<T> x, T* p, int lanes) {
  if (lanes == Vec<T>::N)
    x.store(p);
  else
    x.store(p, lanes);
}

/// row_sum of a term so long that it is compiled once, and one accumulator keeps up with it; blocks
/// are as much shorter.
template <class T, class Term>
GM_INLINE Vec<T> row_sum_long(int64_t n, const Term& term) {
  using V = Vec<T>;
  constexpr int N = V::N;
  V total(T(0)), block(T(0));
#pragma GCC unroll 1
  for (int64_t i = 0; i < n; i += N) {
    block += term(i, n - i < N ? int(n - i) : N);
    if ((i + N) % (kRowBlock / 4) == 0) {
      total += block;
      block = V(T(0));
    }
  }
  return total + block;
}

/// out[i] = each(i, lanes) for a row.
template <class T, class Each>
GM_INLINE void row_map(T* out, int64_t n, const Each& each) {
  constexpr int N = Vec<T>::N;
  int64_t i = 0;
  for (; i + N <= n; i += N) each(i, N).store(out + i);
  if (i < n) each(i, int(n - i)).store(out + i, int(n - i));
}

/// The same with `each` compiled once.
template <class T, class Each>
GM_INLINE void row_map_long(T* out, int64_t n, const Each& each) {
  constexpr int N = Vec<T>::N;
#pragma GCC unroll 1
  for (int64_t i = 0; i < n; i += N) {
    const int lanes = n - i < N ? int(n - i) : N;
    store_lanes(each(i, lanes), out + i, lanes);
  }
}

// ---- columns: (length, inner) with vectors along inner ------------------------------------------
// A strip of columns is as wide as lets it stay in cache from one step to the next.

inline constexpr int64_t kStripColumns = 512;

/// 16,384 elements of x and of the result are 128 KiB and stay in L2 between the steps. Where that
/// would be narrower than 128 columns it does not help: rows far apart share cache sets, and memory
/// is read fastest in long runs (softmax of 4096×1024 along axis 0: 64 columns 6.3 ms, 512 columns
/// 3.4).
inline int64_t strip_width(int64_t length) {
  const int64_t width = 16384 / length / 64 * 64;
  return width < 128 || width > kStripColumns ? kStripColumns : width;
}

/// line(i, j, lanes) for all rows i and the vectors j of n columns.
template <class T, class Line>
GM_INLINE void each_line(int64_t length, int64_t n, const Line& line) {
  constexpr int N = Vec<T>::N;
  for (int64_t i = 0; i < length; ++i) {
    int64_t j = 0;
    for (; j + N <= n; j += N) line(i, j, N);
    if (j < n) line(i, j, int(n - j));
  }
}

// ---- groups of short rows -----------------------------------------------------------------------

/// Rows up to this long are taken N together: joining the lanes of each alone would show.
inline constexpr int64_t kShortRow = 128;
template <class T>
GM_INLINE int64_t rows_together(int64_t n) {
  return n <= kShortRow ? Vec<T>::N : 1;
}

struct Larger {
  template <class T>
  GM_INLINE Vec<T> operator()(Vec<T> a, Vec<T> b) const {
    return max(a, b);
  }
};
struct Plus {
  template <class T>
  GM_INLINE Vec<T> operator()(Vec<T> a, Vec<T> b) const {
    return a + b;
  }
};

/// out[k] = the lanes of each(k) joined, for `count` ≤ N rows: the same bits for any count. Writes
/// all N of out.
template <class T, class Each, class Combine>
GM_INLINE void join_rows(int count, T* out, const Combine& combine, const Each& each) {
  constexpr int N = Vec<T>::N;
  if (count == 1) {
    Vec<T>(across(each(0), combine)).store(out);
    return;
  }
  Vec<T> lanes[N];
  for (Vec<T>& x : lanes) x = Vec<T>(T(0));
  for (int k = 0; k < count; ++k) lanes[k] = each(k);
  across_each(lanes, combine).store(out);
}

}  // namespace
}  // namespace gm::GM_ISA
