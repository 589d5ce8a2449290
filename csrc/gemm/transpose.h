// Small transposes in registers: N lines (one per lane) by a few terms each.
//
// Sixteen bytes of every line are loaded into the 128-bit quarter that its lane lies in, which
// costs no shuffle, and each quarter is then transposed by itself:
//
//   float, N = 16        quarter 0      quarter 1        …          after
//   register 0        line 0: p q r s   line 4: p q r s       term p: lines 0 1 2 3 | 4 5 6 7 | …
//   register 1        line 1: p q r s   line 5: p q r s       term q: lines 0 1 2 3 | 4 5 6 7 | …
//
// 8 shuffles for 4·N floats, 2 for 2·N doubles; a full butterfly of N registers takes N·log2(N).
#pragma once

#include "gemm/blocking.h"

namespace gm::GM_ISA {
namespace {

template <class T>
inline constexpr int kTransposeTerms = 16 / static_cast<int>(sizeof(T));

/// Sixteen bytes from each of at[0], at[S], at[2S] … (S lines apart), one per 128-bit quarter.
template <class T>
GM_INLINE Vec<T> load_quarters(const T* const* at, int64_t p) {
  [[maybe_unused]] constexpr int S = kTransposeTerms<T>;
#if defined(__AVX512F__)
  const auto quarter = [&](int q) {
    return _mm_loadu_ps(reinterpret_cast<const float*>(at[q * S] + p));
  };
  __m512 x = _mm512_castps128_ps512(quarter(0));
  x = _mm512_maskz_insertf32x4(0xffff, x, quarter(1), 1);
  x = _mm512_maskz_insertf32x4(0xffff, x, quarter(2), 2);
  x = _mm512_maskz_insertf32x4(0xffff, x, quarter(3), 3);
  return {(typename Vec<T>::Native)x};
#elif defined(__AVX2__)
  const auto quarter = [&](int q) {
    return _mm_loadu_ps(reinterpret_cast<const float*>(at[q * S] + p));
  };
  const __m256 x = _mm256_insertf128_ps(_mm256_castps128_ps256(quarter(0)), quarter(1), 1);
  return {(typename Vec<T>::Native)x};
#else
  return Vec<T>::load(at[0] + p);
#endif
}

/// Within each 128-bit quarter: (a0 b0 a1 b1) and (a2 b2 a3 b3); of doubles (a0 b0) and (a1 b1).
template <class T>
GM_INLINE Vec<T> interleave_low(Vec<T> a, Vec<T> b) {
  if constexpr (sizeof(T) == 8) {
    if constexpr (Vec<T>::N == 2)
      return {__builtin_shufflevector(a.v, b.v, 0, 2)};
    else if constexpr (Vec<T>::N == 4)
      return {__builtin_shufflevector(a.v, b.v, 0, 4, 2, 6)};
    else
      return {__builtin_shufflevector(a.v, b.v, 0, 8, 2, 10, 4, 12, 6, 14)};
  } else {
    if constexpr (Vec<T>::N == 4)
      return {__builtin_shufflevector(a.v, b.v, 0, 4, 1, 5)};
    else if constexpr (Vec<T>::N == 8)
      return {__builtin_shufflevector(a.v, b.v, 0, 8, 1, 9, 4, 12, 5, 13)};
    else
      return {__builtin_shufflevector(a.v, b.v, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28,
                                      13, 29)};
  }
}
template <class T>
GM_INLINE Vec<T> interleave_high(Vec<T> a, Vec<T> b) {
  if constexpr (sizeof(T) == 8) {
    if constexpr (Vec<T>::N == 2)
      return {__builtin_shufflevector(a.v, b.v, 1, 3)};
    else if constexpr (Vec<T>::N == 4)
      return {__builtin_shufflevector(a.v, b.v, 1, 5, 3, 7)};
    else
      return {__builtin_shufflevector(a.v, b.v, 1, 9, 3, 11, 5, 13, 7, 15)};
  } else {
    if constexpr (Vec<T>::N == 4)
      return {__builtin_shufflevector(a.v, b.v, 2, 6, 3, 7)};
    else if constexpr (Vec<T>::N == 8)
      return {__builtin_shufflevector(a.v, b.v, 2, 10, 3, 11, 6, 14, 7, 15)};
    else
      return {__builtin_shufflevector(a.v, b.v, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30,
                                      15, 31)};
  }
}

/// The same of pairs of floats: (a0 a1 b0 b1) and (a2 a3 b2 b3).
GM_INLINE Vec<float> interleave_pairs_low(Vec<float> a, Vec<float> b) {
  using D = typename Vec<double>::Native;
  const Vec<double> x{reinterpret_cast<D>(a.v)}, y{reinterpret_cast<D>(b.v)};
  return {reinterpret_cast<typename Vec<float>::Native>(interleave_low(x, y).v)};
}
GM_INLINE Vec<float> interleave_pairs_high(Vec<float> a, Vec<float> b) {
  using D = typename Vec<double>::Native;
  const Vec<double> x{reinterpret_cast<D>(a.v)}, y{reinterpret_cast<D>(b.v)};
  return {reinterpret_cast<typename Vec<float>::Native>(interleave_high(x, y).v)};
}

/// Transposes each quarter: S registers of S terms become S registers, one per term.
template <class T>
GM_INLINE void transpose_quarters(Vec<T> (&x)[kTransposeTerms<T>]) {
  if constexpr (sizeof(T) == 8) {
    const Vec<T> low = interleave_low(x[0], x[1]);
    x[1] = interleave_high(x[0], x[1]);
    x[0] = low;
  } else {
    const Vec<T> a = interleave_low(x[0], x[1]), b = interleave_high(x[0], x[1]);
    const Vec<T> c = interleave_low(x[2], x[3]), d = interleave_high(x[2], x[3]);
    x[0] = interleave_pairs_low(a, c);
    x[1] = interleave_pairs_high(a, c);
    x[2] = interleave_pairs_low(b, d);
    x[3] = interleave_pairs_high(b, d);
  }
}

/// lanes[s] = term p + s of the N lines at[0 … N).
template <class T>
GM_INLINE void load_transposed(const T* const* at, int64_t p, Vec<T> (&lanes)[kTransposeTerms<T>]) {
#pragma GCC unroll 4
  for (int s = 0; s < kTransposeTerms<T>; ++s) lanes[s] = load_quarters<T>(at + s, p);
  transpose_quarters(lanes);
}

}  // namespace
}  // namespace gm::GM_ISA
