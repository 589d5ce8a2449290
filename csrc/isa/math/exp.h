// The exponential and what is made of it: exp, exp2, expm1, sinh, cosh, tanh, sigmoid, the gates.
//
// x = n·ln 2 + r with |r| ≤ ln 2 / 2; e^x = 2^n e^r, and e^r is a polynomial. n is found by adding
// 1.5·2^23 (2^52), which leaves it as an integer in the low bits of the sum, ready to be shifted
// into an exponent: no conversion, no rounding instruction.
//
// Tried: AVX-512's reciprocal estimate and a residual step for the quotients of tanh and the gates.
// No gain: the divider works beside the multipliers, which the polynomials keep busy.
#pragma once

#include "isa/math/base.h"

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

// tanh x = x P(x²)/Q(x²): gate32.
inline constexpr float kGateP[] = {1, 0x1.12018ep-3f, 0x1.c9e3cep-9f, 0x1.592a28p-16f,
                                   0x1.c92920p-27f};
inline constexpr float kGateQ[] = {1, 0x1.de5610p-2f, 0x1.a7d560p-6f, 0x1.5826fep-12f,
                                   0x1.a069f2p-21f};
// The same of x/2, halved: every coefficient by a power of two.
inline constexpr float kHalfGateP[] = {0x1p-2f, 0x1.12018ep-7f, 0x1.c9e3cep-15f, 0x1.592a28p-24f,
                                       0x1.c92920p-37f};
inline constexpr float kHalfGateQ[] = {1, 0x1.de5610p-4f, 0x1.a7d560p-10f, 0x1.5826fep-18f,
                                       0x1.a069f2p-29f};

#if defined(__AVX512F__)
// 2^r for |r| ≤ 1/64, off by 5.3e-8, and 2^(j/32) less j at the place where gate_sigmoid adds it.
inline constexpr float kExp2_64th[] = {1, 0x1.62e584p-1f, 0x1.ebfbe0p-3f};
alignas(64) inline constexpr uint32_t kExp2Steps[32] = {
    0x3f800000, 0x3f7ecd87, 0x3f7daac3, 0x3f7c980f, 0x3f7b95c2, 0x3f7aa43a, 0x3f79c3d3, 0x3f78f4f0,
    0x3f7837f0, 0x3f778d3a, 0x3f76f532, 0x3f767043, 0x3f75fed7, 0x3f75a15b, 0x3f75583f, 0x3f7523f6,
    0x3f7504f3, 0x3f74fbaf, 0x3f7508a4, 0x3f752c4d, 0x3f75672a, 0x3f75b9be, 0x3f76248c, 0x3f76a81e,
    0x3f7744fd, 0x3f77fbb8, 0x3f78ccdf, 0x3f79b907, 0x3f7ac0c7, 0x3f7be4ba, 0x3f7d257d, 0x3f7e83b3};
#endif

/// x between lo and hi; NaN stays.
template <class T>
GM_INLINE Vec<T> clamp(Vec<T> x, T lo, T hi) {
  return min(Vec<T>(hi), max(Vec<T>(lo), x));
}

/// x = n·ln 2 + r.
template <class T>
struct ExpParts {
  Exponent<T> n;
  Vec<T> r;
};
template <class T>
GM_INLINE Vec<T> exp_rest(Vec<T> x, Exponent<T> e) {
  const Vec<T> r = fma(e.n, Vec<T>(pick<T>(-kLn2High32, -kLn2High64)), x);
  return fma(e.n, Vec<T>(pick<T>(-kLn2Low32, -kLn2Low64)), r);
}
template <class T>
GM_INLINE ExpParts<T> exp_parts(Vec<T> x) {
  const Exponent<T> e = to_exponent(x, T(0x1.71547652b82fep+0));
  return {e, exp_rest(x, e)};
}
/// e^r for |r| ≤ ln 2 / 2, and e^0 = 1.
template <class T>
GM_INLINE Vec<T> exp_small(Vec<T> r) {
  const Vec<T> p = poly(r, kExp32, kExp64), one(T(1));
  if constexpr (kHasFma) return fma(fma(p, r, one), r, one);
  return (p * (r * r) + r) + one;  // one operation more, but fewer roundings near 1
}
/// e^x for x already within exp's clamp, or NaN.
template <class T>
GM_INLINE Vec<T> exp_clamped(Vec<T> x) {
  const ExpParts<T> p = exp_parts(x);
  return scale(exp_small(p.r), p.n);
}
/// e^(x + low), where `low` is no more than an ulp of x.
template <class T>
GM_INLINE Vec<T> exp_clamped(Vec<T> x, Vec<T> low) {
  const ExpParts<T> p = exp_parts(x);
  return scale(exp_small(p.r + low), p.n);
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

/// [1.0, 1.1 ulp] e^x for x ≤ 0, and 0 for x < -87 (-708). NaN stays.
template <class T>
GM_INLINE Vec<T> exp_below(Vec<T> x) {
  const Vec<T> low(pick<T>(-87.f, -708.)), c = max(low, x);
  const Exponent<T> e = to_normal_exponent(c, T(0x1.71547652b82fep+0));
  return scale_from(exp_small(exp_rest(c, e)), e, x, low);
}
/// [1.2, 1.2 ulp] 2^x for x ≤ 0, and 0 for x < -126 (-1022). NaN stays.
template <class T>
GM_INLINE Vec<T> exp2_below(Vec<T> x) {
  const Vec<T> low(pick<T>(-126.f, -1022.)), c = max(low, x);
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

/// [2.0, 2.3 ulp] tanh x = h/(h+1), h = (e^2|x| - 1)/2, with the sign of x.
template <class T>
GM_INLINE Vec<T> tanh(Vec<T> x) {
  const Vec<T> a = min(Vec<T>(pick<T>(10.f, 20.)), abs(x));
  const Vec<T> h = expm1_part<1>(a + a);
  const Vec<T> q = h / (h + Vec<T>(T(1)));
  // For small h, h - h·q does not feel the rounding of h + 1: 1.6 ulp instead of 2.4.
  const Vec<T> y = select(h < Vec<T>(T(0.4)), fma(-h, q, h), q);
  return with_sign(y, x);
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

// ---- for the gates of recurrent networks --------------------------------------------------------
// One quotient of short polynomials, or for AVX-512's sigmoid a table. The absolute error is what
// counts in a gate; tanh and sigmoid above also keep the relative error of small results. Off by
// 3.4e-7 and 1.9e-7 at most.

/// p/q within 1.5 ulp, q ≥ 1 and far from infinity. The divider needs 16 cycles for sixteen lanes,
/// twice what a gate's polynomials take; an estimate and a step of Newton's need 3 (T100 B32 I10
/// H64, forward: 8 %). Eight lanes divide in 5, and gain nothing.
GM_INLINE Vec<float> gate_quotient(Vec<float> p, Vec<float> q) {
#if defined(__AVX512F__)
  const Vec<float> r{_mm512_maskz_rcp14_ps(0xffff, q.v)};
  return p * fma(fma(-q, r, Vec<float>(1.f)), r, r);
#else
  return p / q;
#endif
}

/// tanh x in three quarters of tanh's time; never beyond ±1. Where x² is cut off, x is not: what
/// grows beyond 1 is clamped after.
GM_INLINE Vec<float> gate_tanh(Vec<float> x) {
  const Vec<float> u = min(Vec<float>(9.02f * 9.02f), x * x);
  return clamp(gate_quotient(x * poly(u, kGateP), poly(u, kGateQ)), -1.f, 1.f);
}
/// 1/(1 + e^-x) likewise; never beyond 0 and 1.
GM_INLINE Vec<float> gate_sigmoid(Vec<float> x) {
#if defined(__AVX512F__)
  // e^-x = 2^(n/32) 2^r, |r| ≤ 1/64: a permutation looks up what n's low five bits stand for, the
  // others go to the exponent. 16 instructions where the quotient below takes 20.
  const Vec<float> scale(-0x1.715476p+0f), rounder(0x1.8p18f);
  const Vec<uint32_t> low = Vec<uint32_t>::load(kExp2Steps);
  const Vec<uint32_t> high = Vec<uint32_t>::load(kExp2Steps + 16);
  x = clamp(x, -87.f, 87.f);
  const Vec<float> sum = fma(x, scale, rounder), r = fma(x, scale, rounder - sum);
  const Vec<uint32_t> n = ubits(sum);
  const __m512i step = _mm512_permutex2var_epi32((__m512i)low.v, (__m512i)n.v, (__m512i)high.v);
  const Vec<float> power = bits<float>((n << 18) + Vec<uint32_t>((Vec<uint32_t>::Native)step));
  const Vec<float> d = fma(power, poly(r, kExp2_64th), Vec<float>(1.f));
  const Vec<float> y{_mm512_maskz_rcp14_ps(0xffff, d.v)};
  return fma(fma(-d, y, Vec<float>(1.f)), y, y);
#else
  const Vec<float> u = min(Vec<float>(18.04f * 18.04f), x * x);
  const Vec<float> odd = gate_quotient(x * poly(u, kHalfGateP), poly(u, kHalfGateQ));
  return clamp(Vec<float>(0.5f) + odd, 0.f, 1.f);
#endif
}
GM_INLINE Vec<double> gate_tanh(Vec<double> x) { return tanh(x); }
GM_INLINE Vec<double> gate_sigmoid(Vec<double> x) { return sigmoid(x); }

}  // namespace
}  // namespace gm::GM_ISA
