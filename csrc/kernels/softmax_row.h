// The steps of a softmax over one row of consecutive elements, shared by softmax and the losses.
//
// A row that fits L1 is read from memory once: every step after the first finds it there. Sums use
// four accumulators over blocks of 4,096, so that a row of any length errs by a few units in the
// last place.
#pragma once

#include "isa/math.h"

namespace gm::GM_ISA {
namespace {

inline constexpr int64_t kRowBlock = 4096;

/// e^x for x ≤ 0; results below the smallest normal number may be 0. NaN stays.
template <class T>
GM_INLINE Vec<T> exp_below(Vec<T> x) {
#if defined(__AVX512F__)
  return exp_clamped(max(Vec<T>(pick<T>(-104.f, -746.)), x));
#else
  // One factor 2^n instead of two: n stays above the smallest normal exponent, and what lies below
  // (minus infinity most of all) is set to 0.
  constexpr T lowest = pick<T>(-87.f, -708.);
  constexpr T rounder = Ieee<T>::kRounder + T(Ieee<T>::kBias);
  const Vec<T> low(lowest), c = max(low, x);
  const Vec<T> sum = fma(c, Vec<T>(T(0x1.71547652b82fep+0)), Vec<T>(rounder));
  const Vec<T> n = sum - Vec<T>(rounder);
  Vec<T> r = fma(n, Vec<T>(pick<T>(-kLn2High32, -kLn2High64)), c);
  r = fma(n, Vec<T>(pick<T>(-kLn2Low32, -kLn2Low64)), r);
  const Vec<T> y = poly(r, kExp32, kExp64) * power_of_two<T>(ubits(sum));
  return keep(~(x < low), y);
#endif
}

/// The largest element; NaN is passed over (the exponentials bring it back).
template <class T>
GM_INLINE T row_max(const T* p, int64_t n) {
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
  return across(max(max(a[0], a[2]), max(a[1], a[3])), [](V x, V y) { return max(x, y); });
}

/// Σ term(i, lanes) over a row in vectors; term gives 0 in lanes from `lanes` on.
template <class T, class Term>
GM_INLINE T row_sum(int64_t n, const Term& term) {
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
  return sum(total);
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

/// out[i] = each(i, lanes) for a row.
template <class T, class Each>
GM_INLINE void row_map(T* out, int64_t n, const Each& each) {
  constexpr int N = Vec<T>::N;
  int64_t i = 0;
  for (; i + N <= n; i += N) each(i, N).store(out + i);
  if (i < n) each(i, int(n - i)).store(out + i, int(n - i));
}

/// Σ e^(x - m).
template <class T>
GM_INLINE T row_sum_exp(const T* p, int64_t n, T m) {
  const Vec<T> shift(m);
  return row_sum<T>(n, [&](int64_t i, int lanes) {
    const Vec<T> e = exp_below(load_lanes(p + i, lanes) - shift);
    return lanes == Vec<T>::N ? e : keep(first_lanes<T>(lanes), e);
  });
}
/// The same, and out = e^(x - m).
template <class T>
GM_INLINE T row_exp(const T* p, T* out, int64_t n, T m) {
  const Vec<T> shift(m);
  return row_sum<T>(n, [&](int64_t i, int lanes) {
    const Vec<T> e = exp_below(load_lanes(p + i, lanes) - shift);
    store_lanes(e, out + i, lanes);
    return lanes == Vec<T>::N ? e : keep(first_lanes<T>(lanes), e);
  });
}

}  // namespace
}  // namespace gm::GM_ISA
