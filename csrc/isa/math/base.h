// What the functions of isa/math share: polynomials, powers of two, exact products.
//
// Every function here takes all lanes through one branch-free path, unless it says otherwise. Its
// error stands at its definition, "[1.2, 1.1 ulp]" for float and double: the largest seen on any
// ISA by `isa_test_math 61`, on 70 million floats and 25 million doubles. v2, without FMA, is where
// most are reached. Coefficients come from tools/minimax.py, under the name given beside them.
// float and double share the formula wherever only the coefficients differ.
#pragma once

#include "isa/simd.h"

namespace gm::GM_ISA {
namespace {

#if defined(__FMA__) || defined(__ARM_NEON)
inline constexpr bool kHasFma = true;
#else
inline constexpr bool kHasFma = false;
#endif

template <class T>
inline constexpr bool is_single = sizeof(T) == 4;

template <class T>
struct UnsignedOfLane;
template <>
struct UnsignedOfLane<float> {
  using type = uint32_t;
};
template <>
struct UnsignedOfLane<double> {
  using type = uint64_t;
};
template <class T>
using UnsignedOf = typename UnsignedOfLane<T>::type;

/// The parts of an IEEE number.
template <class T>
struct Ieee {
  using U = UnsignedOf<T>;
  static constexpr int kMantissaBits = is_single<T> ? 23 : 52;
  static constexpr int kBias = is_single<T> ? 127 : 1023;
  static constexpr U kMantissa = (U(1) << kMantissaBits) - 1;
  static constexpr U kSign = U(1) << (8 * sizeof(T) - 1);
  static constexpr U kOne = U(kBias) << kMantissaBits;  // the bits of 1.0
  static constexpr T kSmallestNormal = is_single<T> ? T(0x1p-126) : T(0x1p-1022);
  static constexpr T kLargest = is_single<T> ? T(0x1.fffffep127) : T(0x1.fffffffffffffp1023);
  static constexpr T kInfinity = T(__builtin_inf());
  static constexpr T kNan = T(__builtin_nan(""));
  /// Adding this rounds |x| < 2^(mantissa bits - 2) to an integer, found in the sum's lowest bits.
  static constexpr T kRounder = is_single<T> ? T(0x1.8p23) : T(0x1.8p52);
};

template <class T>
GM_INLINE Vec<UnsignedOf<T>> ubits(Vec<T> x) {
  return bits<UnsignedOf<T>>(x);
}
/// m ? a : b with a constant on one side or both.
template <class T>
GM_INLINE Vec<T> select(Mask<T> m, Vec<T> a, T b) {
  return select(m, a, Vec<T>(b));
}
template <class T>
GM_INLINE Vec<T> select(Mask<T> m, T a, Vec<T> b) {
  return select(m, Vec<T>(a), b);
}

/// -|x|: the sign bit set.
template <class T>
GM_INLINE Vec<T> negative_abs(Vec<T> x) {
  return bits<T>(ubits(x) | Vec<UnsignedOf<T>>(Ieee<T>::kSign));
}
/// |x| with the sign of s, where x ≥ 0 already.
template <class T>
GM_INLINE Vec<T> with_sign(Vec<T> x, Vec<T> s) {
  return bits<T>(ubits(x) | (ubits(s) & Vec<UnsignedOf<T>>(Ieee<T>::kSign)));
}
/// x, negated where s is negative.
template <class T>
GM_INLINE Vec<T> flip_sign(Vec<T> x, Vec<T> s) {
  return bits<T>(ubits(x) ^ (ubits(s) & Vec<UnsignedOf<T>>(Ieee<T>::kSign)));
}

/// c[0] + c[1] x + c[2] x² … by Horner: the fewest operations; other vectors fill the latency.
template <class T, int Terms>
GM_INLINE Vec<T> poly(Vec<T> x, const T (&c)[Terms]) {
  Vec<T> sum(c[Terms - 1]);
#pragma GCC unroll 32
  for (int k = Terms - 2; k >= 0; --k) sum = fma(sum, x, Vec<T>(c[k]));
  return sum;
}
/// The same with each lane type's own coefficients.
template <class T, int Terms32, int Terms64>
GM_INLINE Vec<T> poly(Vec<T> x, const float (&c32)[Terms32], const double (&c64)[Terms64]) {
  if constexpr (is_single<T>)
    return poly(x, c32);
  else
    return poly(x, c64);
}
template <class T>
GM_INLINE constexpr T pick(float c32, double c64) {
  if constexpr (is_single<T>)
    return c32;
  else
    return c64;
}

/// Any lane true? For rare slow paths.
template <class T>
GM_INLINE bool any(Mask<T> m) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4)
    return _mm512_test_epi32_mask((__m512i)m.v, (__m512i)m.v) != 0;
  else
    return _mm512_test_epi64_mask((__m512i)m.v, (__m512i)m.v) != 0;
#elif defined(__AVX2__)
  return !_mm256_testz_si256((__m256i)m.v, (__m256i)m.v);
#elif defined(__SSE4_1__)
  return !_mm_testz_si128((__m128i)m.v, (__m128i)m.v);
#else
  return vmaxvq_u32(vreinterpretq_u32_u8((uint8x16_t)m.v)) != 0;
#endif
}

// ---- powers of two ------------------------------------------------------------------------------

/// 2^n for n + bias in the low bits of `biased` (whatever lies above them), -bias < n ≤ bias.
template <class T>
GM_INLINE Vec<T> power_of_two(Vec<UnsignedOf<T>> biased) {
  return bits<T>(biased << Ieee<T>::kMantissaBits);
}

/// A number rounded to an integer n, ready to scale by 2^n.
template <class T>
struct Exponent {
  Vec<T> sum;  // y + kRounder + 2·bias: n + 2·bias lies in the low bits
  Vec<T> n;
};
template <class T>
GM_INLINE Exponent<T> to_exponent(Vec<T> x, T factor) {
  constexpr T rounder = Ieee<T>::kRounder + T(2 * Ieee<T>::kBias);
  const Vec<T> sum = fma(x, Vec<T>(factor), Vec<T>(rounder));
  return {sum, sum - Vec<T>(rounder)};
}
/// p·2^n, rounded once: right for results below the smallest normal, and for overflow.
template <class T>
GM_INLINE Vec<T> scale(Vec<T> p, Exponent<T> e) {
#if defined(__AVX512F__)
  if constexpr (is_single<T>)
    return {_mm512_maskz_scalef_ps(0xffff, p.v, e.n.v)};
  else
    return {_mm512_maskz_scalef_pd(0xff, p.v, e.n.v)};
#else
  // 2^n as two factors, each with a normal exponent.
  const auto i = ubits(e.sum), half = i >> 1;
  return p * power_of_two<T>(i - half) * power_of_two<T>(half);
#endif
}

// ---- error-free steps ---------------------------------------------------------------------------

/// An unevaluated sum hi + lo, |lo| ≤ ulp(hi)/2.
template <class T>
struct Pair {
  Vec<T> hi, lo;
};

/// x as a rounded value: the compiler may not contract it into a later fused operation.
template <class T>
GM_INLINE Vec<T> opaque(Vec<T> x) {
#if defined(__AVX512F__)
  asm("" : "+v"(x.v));
#elif defined(__SSE2__)
  asm("" : "+x"(x.v));
#else
  asm("" : "+w"(x.v));
#endif
  return x;
}

/// a·b - c in one rounding; needs kHasFma.
template <class T>
GM_INLINE Vec<T> fused_msub(Vec<T> a, Vec<T> b, Vec<T> c) {
#if defined(__AVX512F__)
  if constexpr (is_single<T>)
    return {_mm512_fmsub_ps(a.v, b.v, c.v)};
  else
    return {_mm512_fmsub_pd(a.v, b.v, c.v)};
#elif defined(__FMA__)
  if constexpr (is_single<T>)
    return {_mm256_fmsub_ps(a.v, b.v, c.v)};
  else
    return {_mm256_fmsub_pd(a.v, b.v, c.v)};
#elif defined(__ARM_NEON)
  if constexpr (is_single<T>)
    return {vfmaq_f32((-c).v, a.v, b.v)};
  else
    return {vfmaq_f64((-c).v, a.v, b.v)};
#else
  return {a.v * b.v - c.v};
#endif
}

/// a·b exactly, while nothing over- or underflows (without FMA: |a|, |b| < 2^115 or 2^995).
template <class T>
GM_INLINE Pair<T> two_product(Vec<T> a, Vec<T> b) {
  const Vec<T> hi = opaque(a * b);
  if constexpr (kHasFma) {
    return {hi, fused_msub(a, b, hi)};
  } else {
    // Veltkamp's split: each factor in two halves whose products are exact.
    const Vec<T> splitter(T((uint64_t(1) << (Ieee<T>::kMantissaBits / 2 + 1)) + 1));
    const Vec<T> ca = a * splitter, a1 = ca - (ca - a), a2 = a - a1;
    const Vec<T> cb = b * splitter, b1 = cb - (cb - b), b2 = b - b1;
    return {hi, a2 * b2 - (((hi - a1 * b1) - a2 * b1) - a1 * b2)};
  }
}
/// a + b exactly, for |a| ≥ |b|.
template <class T>
GM_INLINE Pair<T> quick_two_sum(Vec<T> a, Vec<T> b) {
  const Vec<T> hi = opaque(a + b);
  return {hi, b - (hi - a)};
}

}  // namespace
}  // namespace gm::GM_ISA
