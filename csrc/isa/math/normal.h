// The normal distribution as gelu needs it: Φ(x) and (x·Φ(x))' = Φ(x) + x·φ(x), to 1e-7 of 1.
//
// Both are ½ plus an odd function f that is ½ from some a on. For float on AVX2 and AVX-512 f is a
// polynomial per interval of |x|: one permutation looks a coefficient up for all lanes, so that it
// takes 0.6 of the time of erf and exp. The tables are computed here by the compiler.
#pragma once

#include "isa/math/erf.h"

namespace gm::GM_ISA {
namespace {

// ---- for the compiler, in double
// ------------------------------------------------------------------

constexpr double kInverseRootTwoPi = 0x1.9884533d43651p-2;

/// e^-x for x ≥ 0, as 1/(e^(x/64))^64.
constexpr double exp_negative(double x) {
  double term = 1, sum = 1;
  for (int n = 1; n < 40; ++n) sum += term *= x / 64 / n;
  for (int n = 0; n < 6; ++n) sum *= sum;
  return 1 / sum;
}
/// φ(x).
constexpr double normal_density(double x) { return kInverseRootTwoPi * exp_negative(x * x / 2); }
/// Φ(x) - ½ = φ(x)·(x + x³/3 + x⁵/(3·5) + …).
constexpr double normal_integral(double x) {
  double term = x, sum = x;
  for (int n = 1; n < 200; ++n) sum += term *= x * x / (2 * n + 1);
  return normal_density(x) * sum;
}
constexpr double gelu_slope(double x) { return normal_integral(x) + x * normal_density(x); }

/// cos(π k/(2n)) for 0 ≤ k ≤ 2n.
constexpr double cos_quarter(int k, int n) {
  const double x = 0x1.921fb54442d18p+0 * k / n;
  double term = 1, sum = 1;
  for (int i = 1; i < 20; ++i) sum += term *= -x * x / ((2 * i - 1) * (2 * i));
  return sum;
}

/// f(i·width + t), |t| ≤ width/2, as c[0][i] + c[1][i] t + …; the last interval is ½, constantly.
template <int Terms>
struct alignas(64) Intervals {
  static constexpr int kIntervals = kVectorBytes / 4;
  float width;
  alignas(64) float c[Terms][kIntervals];
};
/// Interpolated at Chebyshev's nodes: within a small factor of the best polynomial. f is ½ from
/// `end` on.
template <int Terms>
constexpr Intervals<Terms> intervals(double (*f)(double), double end) {
  using Table = Intervals<Terms>;
  Table table{};
  table.width = static_cast<float>(end / (Table::kIntervals - 1.5));
  const double width = table.width;
  for (int i = 0; i + 1 < Table::kIntervals; ++i) {
    double node[Terms] = {}, divided[Terms] = {}, power[Terms] = {};
    for (int k = 0; k < Terms; ++k) {
      node[k] = width / 2 * cos_quarter(2 * k + 1, Terms);
      const double x = i * width + node[k];
      divided[k] = x < 0 ? -f(-x) : f(x);
    }
    for (int order = 1; order < Terms; ++order)
      for (int k = Terms - 1; k >= order; --k)
        divided[k] = (divided[k] - divided[k - 1]) / (node[k] - node[k - order]);
    // Newton's form into powers, from the innermost bracket out.
    for (int k = Terms - 1; k >= 0; --k) {
      for (int j = Terms - 1; j > 0; --j) power[j] = power[j - 1] - node[k] * power[j];
      power[0] = divided[k] - node[k] * power[0];
    }
    for (int j = 0; j < Terms; ++j) table.c[j][i] = static_cast<float>(power[j]);
  }
  table.c[0][Table::kIntervals - 1] = 0.5f;
  return table;
}

// ---- for the kernels
// ------------------------------------------------------------------------------

#if defined(__AVX2__)
inline constexpr bool kHasLookup = true;
/// c[index of the lane, its low bits].
GM_INLINE Vec<float> lookup(const float* c, Vec<uint32_t> index) {
#if defined(__AVX512F__)
  return {_mm512_maskz_permutexvar_ps(0xffff, (__m512i)index.v, _mm512_load_ps(c))};
#else
  return {_mm256_permutevar8x32_ps(_mm256_load_ps(c), (__m256i)index.v)};
#endif
}

/// f(x) of the table's odd f.
template <int Terms>
GM_INLINE Vec<float> odd_by_intervals(const Intervals<Terms>& table, Vec<float> x) {
  using V = Vec<float>;
  const V rounder(Ieee<float>::kRounder), width(table.width);
  const V a = min(V(table.width * (Intervals<Terms>::kIntervals - 1)), abs(x));
  const V sum = fma(a, V(1 / table.width), rounder);  // the interval in its low bits
  const V t = fma(sum - rounder, -width, a);
  const Vec<uint32_t> index = ubits(sum);
  V y = lookup(table.c[Terms - 1], index);
#pragma GCC unroll 16
  for (int k = Terms - 2; k >= 0; --k) y = fma(y, t, lookup(table.c[k], index));
  return flip_sign(y, x);
}
// More intervals need fewer terms. Errors in float: 4e-8 and 1e-7.
inline constexpr int kNormalTerms = kVectorBytes == 64 ? 6 : 8;
inline constexpr auto kNormalTable = intervals<kNormalTerms>(normal_integral, 5.4);
inline constexpr auto kGeluSlopeTable = intervals<kNormalTerms + 1>(gelu_slope, 6.1);
#else
inline constexpr bool kHasLookup = false;
#endif

/// Φ(x).
template <class T>
GM_INLINE Vec<T> normal_cdf(Vec<T> x) {
  const Vec<T> half(T(0.5));
#if defined(__AVX2__)
  if constexpr (is_single<T>) return half + odd_by_intervals(kNormalTable, x);
#endif
  return fma(erf(x * Vec<T>(T(0x1.6a09e667f3bcdp-1))), half, half);
}

/// The derivative of x·Φ(x).
template <class T>
GM_INLINE Vec<T> gelu_derivative(Vec<T> x) {
  const Vec<T> half(T(0.5));
#if defined(__AVX2__)
  if constexpr (is_single<T>) return half + odd_by_intervals(kGeluSlopeTable, x);
#endif
  const Vec<T> phi = fma(erf(x * Vec<T>(T(0x1.6a09e667f3bcdp-1))), half, half);
  return fma(x * Vec<T>(T(kInverseRootTwoPi)), exp(x * x * Vec<T>(T(-0.5))), phi);
}

}  // namespace
}  // namespace gm::GM_ISA
