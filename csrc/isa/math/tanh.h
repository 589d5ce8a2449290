// The hyperbolic tangent, and the gates of recurrent networks.
#pragma once

#include "isa/math/exp.h"

namespace gm::GM_ISA {
namespace {

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

#if defined(__AVX2__)
/// tanh |x| as c[0][i] + c[1][i] t + …, t = |x| - center[i], in intervals that widen from 0 to
/// where float rounds to 1: i is |x|·scale + start to 2 (AVX-512: 3) significant bits, from 2
/// to 32.
inline constexpr int kTanhTerms = kVectorBytes == 64 ? 6 : 7;
struct TanhTable {
  static constexpr float kScale = kVectorBytes == 64 ? 3.2f : 3.14f;
  static constexpr float kStart = kVectorBytes == 64 ? 2.1f : 2.f;
  static constexpr float kEnd = 9.1f;
  static constexpr int kShift = Ieee<float>::kMantissaBits + 2 - kEntryBits;
  alignas(kVectorBytes) float center[kEntries];
  alignas(kVectorBytes) float c[kTanhTerms][kEntries];

  /// Where interval i begins.
  static constexpr double edge(int i) {
    constexpr int per_octave = kEntries / 4;
    const double b = (2 << i / per_octave) * (1 + double(i % per_octave) / per_octave);
    return (b - kStart) / kScale;
  }
};
constexpr double tanh_exactly(double x) {
  const double e = exp_negative(2 * x);
  return (1 - e) / (1 + e);
}
constexpr TanhTable make_tanh_table() {
  TanhTable table{};
  // The first is x·P(x), which is exact at 0.
  const auto first = interpolate<kTanhTerms - 1>([](double x) { return tanh_exactly(x) / x; }, 0,
                                                 TanhTable::edge(1), 0);
  for (int j = 1; j < kTanhTerms; ++j) table.c[j][0] = static_cast<float>(first.c[j - 1]);
  for (int i = 1; i < kEntries; ++i) {
    const double low = TanhTable::edge(i);
    const double high = i + 1 < kEntries ? TanhTable::edge(i + 1) : TanhTable::kEnd;
    // The last around its end, where t is 0 and c[0] 1.
    table.center[i] = i + 1 < kEntries ? static_cast<float>((low + high) / 2) : TanhTable::kEnd;
    const auto power = interpolate<kTanhTerms>(tanh_exactly, low, high, table.center[i],
                                               0.3 * (high - low) / kTanhTerms);
    for (int j = 0; j < kTanhTerms; ++j) table.c[j][i] = static_cast<float>(power.c[j]);
  }
  return table;
}
inline constexpr TanhTable kTanhTable = make_tanh_table();

GM_INLINE Vec<float> tanh_by_table(Vec<float> x) {
  using V = Vec<float>;
  const V a = min(V(TanhTable::kEnd), abs(x));
  const Vec<uint32_t> b = ubits(fma(a, V(TanhTable::kScale), V(TanhTable::kStart)));
  const Vec<uint32_t> index = b >> TanhTable::kShift;
  const V t = a - lookup(kTanhTable.center, index);
  V y = lookup(kTanhTable.c[kTanhTerms - 1], index);
#pragma GCC unroll 16
  for (int k = kTanhTerms - 2; k >= 0; --k) y = fma(y, t, lookup(kTanhTable.c[k], index));
  return with_sign(y, x);
}
#endif

/// [2.0, 2.3 ulp] tanh x = h/(h+1), h = (e^2|x| - 1)/2, with the sign of x; in float by table where
/// there is one (1.8 ulp), in 0.7 of the time.
template <class T>
GM_INLINE Vec<T> tanh(Vec<T> x) {
#if defined(__AVX2__)
  if constexpr (is_single<T>) return tanh_by_table(x);
#endif
  const Vec<T> a = min(Vec<T>(pick<T>(10.f, 20.)), abs(x));
  const Vec<T> h = expm1_part<1>(a + a);
  const Vec<T> q = h / (h + Vec<T>(T(1)));
  // For small h, h - h·q does not feel the rounding of h + 1: 1.6 ulp instead of 2.4.
  const Vec<T> y = select(h < Vec<T>(T(0.4)), fma(-h, q, h), q);
  return with_sign(y, x);
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
