// The exponentials of a softmax over one row, shared by softmax and the losses.
#pragma once

#include "isa/math/exp.h"
#include "isa/math/log.h"
#include "isa/row.h"

namespace gm::GM_ISA {
namespace {

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

/// Σ e^(x - m), but for joining the lanes. Fetches the next row of p, and `later`, which the caller
/// writes from this row on.
template <class T>
GM_INLINE Vec<T> row_sum_exp(const T* p, int64_t n, T m, const T* later) {
  const Vec<T> shift(m);
  const int64_t next = ahead(n);
  return row_sum<T>(n, [&](int64_t i, int lanes) {
    const Vec<T> e = exp_below(load_lanes(p + i, lanes) - shift);
    prefetch(p + i + next);
    prefetch(later + i);
    return lanes == Vec<T>::N ? e : keep(first_lanes<T>(lanes), e);
  });
}
/// The same, and out = e^(x - m); Padded: out has room for whole vectors, whose stores a load that
/// follows need not wait for.
template <bool Padded, class T>
GM_INLINE Vec<T> row_exp(const T* p, T* out, int64_t n, T m) {
  const Vec<T> shift(m);
  const int64_t next = ahead(n);
  return row_sum<T>(n, [&](int64_t i, int lanes) {
    const Vec<T> e = exp_below(load_lanes(p + i, lanes) - shift);
    store_lanes(e, out + i, Padded ? Vec<T>::N : lanes);
    if (!Padded) {
      prefetch(p + i + next);
      prefetch(out + i + next);
    }
    return lanes == Vec<T>::N ? e : keep(first_lanes<T>(lanes), e);
  });
}

}  // namespace
}  // namespace gm::GM_ISA
