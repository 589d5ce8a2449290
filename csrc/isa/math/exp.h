// The exponential and what is made of it: exp, exp2, expm1, sinh, cosh, sigmoid.
//
// x = n·ln 2 + r with |r| ≤ ln 2 / 2; e^x = 2^n e^r, and e^r is a polynomial. n is found by adding
// 1.5·2^23 (2^52), which leaves it as an integer in the low bits of the sum, ready to be shifted
// into an exponent: no conversion, no rounding instruction. AVX2 has no instruction that scales by
// 2^n, and multipliers of eight lanes only: in float it rounds to fractions of n, whose powers it
// looks up (math/table.h), so that the polynomial is three terms shorter. exp of 4 M took 0.96 of
// the time so (0.8 in L1).
#pragma once

#include "isa/math/table.h"

namespace gm::GM_ISA {
namespace {

// ln 2 = high + low; `high` has so few bits that n·high is exact without FMA too.
inline constexpr float kLn2High32 = 0x1.63p-1f, kLn2Low32 = -0x1.bd0106p-13f;
inline constexpr double kLn2High64 = 0x1.62e42feep-1, kLn2Low64 = 0x1.a39ef35793c76p-33;

// e^r = 1 + r + r²·(…): tools/minimax.py exp32, exp64.
inline constexpr float kExp32[] = {0x1.fffffcp-2f, 0x1.555492p-3f, 0x1.5558f2p-5f, 0x1.123a08p-7f,
                                   0x1.6a23e0p-10f};
inline constexpr double kExp64[] = {
    0x1.000000000000ap-1,  0x1.55555555554fap-3,  0x1.555555555088ap-5,  0x1.1111111127bb2p-7,
    0x1.6c16c18426d62p-10, 0x1.a01a012a63d6fp-13, 0x1.a0199a159e546p-16, 0x1.71df254362c0bp-19,
    0x1.28ad69e85dcdap-22, 0x1.ad7f721ce3acdp-26};
// (e^r - 1 - r)/r²: expm1_32, expm1_64 (weighted for e^r - 1).
inline constexpr float kExpm1_32[] = {0x1.fffffep-2f, 0x1.5554b0p-3f, 0x1.555674p-5f,
                                      0x1.122798p-7f, 0x1.6bec1ep-10f};
inline constexpr double kExpm1_64[] = {
    0x1.000000p-1,         0x1.5555555555559p-3,  0x1.555555555553fp-5,  0x1.111111110f6dfp-7,
    0x1.6c16c16c1f062p-10, 0x1.a01a01afd1cd3p-13, 0x1.a01a017bcd343p-16, 0x1.71ddf8847e459p-19,
    0x1.27e5362064626p-22, 0x1.af5e6a193f1f0p-26, 0x1.1ee8942651d44p-29};
// 2^r = 1 + r·(…): exp2_32, exp2_64.
inline constexpr float kExp2_32[] = {1,
                                     0x1.62e430p-1f,
                                     0x1.ebfbdcp-3f,
                                     0x1.c6aee8p-5f,
                                     0x1.3b2d4cp-7f,
                                     0x1.5f3e56p-10f,
                                     0x1.41fbd0p-13f};
inline constexpr double kExp2_64[] = {1,
                                      0x1.62e42fefa39efp-1,
                                      0x1.ebfbdff82c58fp-3,
                                      0x1.c6b08d704a0cfp-5,
                                      0x1.3b2ab6fba4e22p-7,
                                      0x1.5d87fe78a26c9p-10,
                                      0x1.430912f883ce7p-13,
                                      0x1.ffcbfc74d6066p-17,
                                      0x1.62c021e271597p-20,
                                      0x1.b524dd55750bep-24,
                                      0x1.e4d06c6b87f58p-28,
                                      0x1.ea014e851302bp-32,
                                      0x1.c2cea3f1db7efp-36};
#if defined(__AVX2__)
// e^r = 1 + r + r²·(…) for |r| ≤ ln 2 / 8 and / 16, 2^r = 1 + r·(…) for |r| ≤ 1/16:
// exp_quarter32, exp_eighth32, exp2_eighth32.
inline constexpr float kExpQuarter[] = {1, 0x1.000006p-1f, 0x1.5571f0p-3f, 0x1.5520ecp-5f};
inline constexpr float kExpEighth[] = {1, 0x1.00087ap-1f, 0x1.555658p-3f};
inline constexpr float kExp2Eighth[] = {0x1.62e432p-1f, 0x1.ec0c3ep-3f, 0x1.c6a00ep-5f};
#endif

/// x between lo and hi; NaN stays.
template <class T>
GM_INLINE Vec<T> clamp(Vec<T> x, T lo, T hi) {
  return min(Vec<T>(hi), max(Vec<T>(lo), x));
}

/// r of x = n·ln 2 + r.
template <class T>
GM_INLINE Vec<T> exp_rest(Vec<T> x, Vec<T> n) {
  const Vec<T> r = fma(n, Vec<T>(pick<T>(-kLn2High32, -kLn2High64)), x);
  return fma(n, Vec<T>(pick<T>(-kLn2Low32, -kLn2Low64)), r);
}
/// e^r for |r| ≤ ln 2 / 2, and e^0 = 1.
template <class T>
GM_INLINE Vec<T> exp_small(Vec<T> r) {
  const Vec<T> p = poly(r, kExp32, kExp64), one(T(1));
  if constexpr (kHasFma) return fma(fma(p, r, one), r, one);
  return (p * (r * r) + r) + one;  // one operation more, but fewer roundings near 1
}
/// e^(x + low) for x already within exp's clamp, or NaN; `low`, if it is given, is no more than an
/// ulp of x.
template <class T, class... Low>
GM_INLINE Vec<T> exp_clamped(Vec<T> x, Low... low) {
#if defined(__AVX2__) && !defined(__AVX512F__)
  if constexpr (is_single<T>) {
    // x = (2m + k/4)·ln 2 + r. Multiplied by 2^m twice, results below the smallest normal are
    // right.
    const Vec<T> rounder(kStepRounder<4>), sum = fma(x, Vec<T>(0x1.715476p+0f), rounder);
    const Vec<T> r = (exp_rest(x, sum - rounder) + ... + low);
    const Vec<uint32_t> i = ubits(sum), shifted = i << Steps<4>::kShift;
    const Vec<T> power = stepped<4>(i, shifted);
    const Vec<T> half = bits<T>(shifted & ~Vec<uint32_t>(Ieee<T>::kMantissa));
    return fma(power, r * poly(r, kExpQuarter), power) * half;
  }
#endif
  const Exponent<T> e = to_exponent(x, T(0x1.71547652b82fep+0));
  return scale(exp_small((exp_rest(x, e.n) + ... + low)), e);
}

/// [1.0, 1.1 ulp] e^x. exp(-inf) is 0, results below the smallest normal are right.
template <class T>
GM_INLINE Vec<T> exp(Vec<T> x) {
  return exp_clamped(clamp(x, pick<T>(-104.f, -746.), pick<T>(89.f, 710.)));
}

/// [1.2, 1.2 ulp] 2^x.
template <class T>
GM_INLINE Vec<T> exp2(Vec<T> x) {
  x = clamp(x, pick<T>(-151.f, -1076.), pick<T>(129.f, 1025.));
  const Exponent<T> e = to_exponent(x, T(1));
  return scale(poly(x - e.n, kExp2_32, kExp2_64), e);
}

// Exponentials of what is never positive, as softmax takes them. Below `low` they are 0: minus
// infinity, which masks are full of, must not become a subnormal number on the way (vscalef takes
// 100 cycles and more for one; causal attention took a quarter longer), and above it one factor 2^n
// does where `scale` needs two.

/// As to_exponent, for n that is at least the smallest normal number's exponent.
template <class T>
GM_INLINE Exponent<T> to_normal_exponent(Vec<T> x, T factor) {
  constexpr T rounder = Ieee<T>::kRounder + T(Ieee<T>::kBias);
  const Vec<T> sum = fma(x, Vec<T>(factor), Vec<T>(rounder));
  return {sum, sum - Vec<T>(rounder)};
}
/// p·2^n, or 0 where x < low.
template <class T>
GM_INLINE Vec<T> scale_from(Vec<T> p, Exponent<T> e, Vec<T> x, Vec<T> low) {
#if defined(__AVX512F__)
  if constexpr (is_single<T>)
    return {_mm512_maskz_scalef_ps(_mm512_cmp_ps_mask(x.v, low.v, _CMP_NLT_UQ), p.v, e.n.v)};
  else
    return {_mm512_maskz_scalef_pd(_mm512_cmp_pd_mask(x.v, low.v, _CMP_NLT_UQ), p.v, e.n.v)};
#else
  return keep(~(x < low), p * power_of_two<T>(ubits(e.sum)));
#endif
}

#if defined(__AVX2__) && !defined(__AVX512F__)
/// power·(1 + r·P(r)), or 0 where x < low.
template <int Terms>
GM_INLINE Vec<float> step_from(Vec<float> r, const float (&c)[Terms], Vec<float> sum, Vec<float> x,
                               Vec<float> low) {
  const Vec<float> power = stepped<kEntries>(ubits(sum));
  return keep(~(x < low), fma(power, r * poly(r, c), power));
}
#endif

/// [1.2, 1.1 ulp] e^x for x ≤ 0, and 0 for x < -87 (-708). NaN stays.
template <class T>
GM_INLINE Vec<T> exp_below(Vec<T> x) {
  const Vec<T> low(pick<T>(-87.f, -708.)), c = max(low, x);
#if defined(__AVX2__) && !defined(__AVX512F__)
  if constexpr (is_single<T>) {
    const Vec<T> rounder(kStepRounder<kEntries>), sum = fma(c, Vec<T>(0x1.715476p+0f), rounder);
    return step_from(exp_rest(c, sum - rounder), kExpEighth, sum, x, low);
  }
#endif
  const Exponent<T> e = to_normal_exponent(c, T(0x1.71547652b82fep+0));
  return scale_from(exp_small(exp_rest(c, e.n)), e, x, low);
}
/// [1.2, 1.2 ulp] 2^x for x ≤ 0, and 0 for x < -126 (-1022). NaN stays.
template <class T>
GM_INLINE Vec<T> exp2_below(Vec<T> x) {
  const Vec<T> low(pick<T>(-126.f, -1022.)), c = max(low, x);
#if defined(__AVX2__) && !defined(__AVX512F__)
  if constexpr (is_single<T>) {
    const Vec<T> rounder(kStepRounder<kEntries>), sum = c + rounder;
    return step_from(c - (sum - rounder), kExp2Eighth, sum, x, low);
  }
#endif
  const Exponent<T> e = to_normal_exponent(c, T(1));
  return scale_from(poly(c - e.n, kExp2_32, kExp2_64), e, x, low);
}

/// (e^x - 1)/2^Down: with Down = 1 finite as far as e^x is, with 2 as far as e^x/2. The caller
/// clamps x: below to -25 (-50), where the result is -1/2^Down, above where e^x/2^(Down-1) is
/// already infinite but e^x/2^Down not yet.
template <int Down, class T>
GM_INLINE Vec<T> expm1_part(Vec<T> x) {
  constexpr T rounder = Ieee<T>::kRounder + T(Ieee<T>::kBias - Down);
  const Vec<T> sum = fma(x, Vec<T>(T(0x1.71547652b82fep+0)), Vec<T>(rounder));
  const Vec<T> n = sum - Vec<T>(rounder);
  Vec<T> r = fma(n, Vec<T>(pick<T>(-kLn2High32, -kLn2High64)), x);
  r = fma(n, Vec<T>(pick<T>(-kLn2Low32, -kLn2Low64)), r);
  const Vec<T> q = fma(r * r, poly(r, kExpm1_32, kExpm1_64), r);  // e^r - 1
  const Vec<T> s = power_of_two<T>(ubits(sum));                   // 2^(n - Down)
  return fma(s, q, s - Vec<T>(T(1) / T(1 << Down)));
}

/// [1.7, 2.0 ulp] e^x - 1. expm1(-0) is -0.
template <class T>
GM_INLINE Vec<T> expm1(Vec<T> x) {
  const Vec<T> y = expm1_part<1>(clamp(x, pick<T>(-25.f, -50.), pick<T>(89.f, 710.)));
  return copysign(y + y, x);
}

/// [2.0, 2.0 ulp] 1/(1 + e^-x), good to the last ulp at both ends: e^-|x| never overflows.
template <class T>
GM_INLINE Vec<T> sigmoid(Vec<T> x) {
  const Vec<T> one(T(1));
  const Vec<T> z = exp_clamped(max(Vec<T>(pick<T>(-104.f, -746.)), negative_abs(x)));
  const Vec<T> d = opaque(z + one), lost = z - (d - one);  // 1 + z = d + lost exactly
  const Vec<T> q = select(x < Vec<T>(T(0)), z, one) / d;
  return fma(-q, lost, q);  // saves 0.4 ulp
}

/// ½ + 2^(z-1): half of what a logistic function divides by. Infinite from z = 129 (1025) or a
/// little below, where (by table) the power's exponent stops but r grows on.
template <class T>
GM_INLINE Vec<T> half_denominator2(Vec<T> z) {
#if defined(__AVX2__)
  if constexpr (is_single<T>) {
    constexpr float rounder = kStepRounder<kEntries> - 1;
    const Vec<T> c = max(Vec<T>(-125.f), z);
    const Vec<T> sum = min(Vec<T>(rounder + 129 - 1.f / kEntries), c + Vec<T>(rounder));
    const Vec<T> r = c - (sum - Vec<T>(rounder)), power = stepped<kEntries>(ubits(sum));
    return fma(power, r * poly(r, kExp2Eighth), power) + Vec<T>(0.5f);
  }
#endif
  const Vec<T> half(T(0.5));
  return fma(exp2(z), half, half);
}
/// ½ + e^-x/2 likewise.
template <class T>
GM_INLINE Vec<T> half_denominator(Vec<T> x) {
#if defined(__AVX2__)
  if constexpr (is_single<T>) {
    constexpr float rounder = kStepRounder<kEntries> - 1;
    const Vec<T> c = min(Vec<T>(87.f), x);
    const Vec<T> sum = min(Vec<T>(rounder + 129 - 1.f / kEntries),
                           fma(c, Vec<T>(-0x1.715476p+0f), Vec<T>(rounder)));
    const Vec<T> r = exp_rest(-c, sum - Vec<T>(rounder)), power = stepped<kEntries>(ubits(sum));
    return fma(power, r * poly(r, kExpEighth), power) + Vec<T>(0.5f);
  }
#endif
  const Vec<T> half(T(0.5));
  return fma(exp(-x), half, half);
}

/// [2.4, 2.4 ulp] sinh x = E + E/(2E+1), E = (e^|x| - 1)/2.
template <class T>
GM_INLINE Vec<T> sinh(Vec<T> x) {
  const Vec<T> half = expm1_part<2>(min(Vec<T>(pick<T>(89.5f, 710.6)), abs(x)));
  const Vec<T> e = half + half;
  const Vec<T> small = min(Vec<T>(T(1e30)), e);  // infinity has no quotient
  return with_sign(e + small / (small + small + Vec<T>(T(1))), x);
}

/// [1.6, 1.5 ulp] cosh x = t + 1/(4t), t = e^|x|/2.
template <class T>
GM_INLINE Vec<T> cosh(Vec<T> x) {
  const Vec<T> half = expm1_part<2>(min(Vec<T>(pick<T>(89.5f, 710.6)), abs(x)));
  const Vec<T> t = half + half + Vec<T>(T(0.5));
  return t + Vec<T>(T(0.25)) / t;
}

}  // namespace
}  // namespace gm::GM_ISA
