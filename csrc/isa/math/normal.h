// The normal distribution as gelu needs it: Φ(x) and (x·Φ(x))' = Φ(x) + x·φ(x), to 1e-7 of 1.
//
// Both are ½ plus an odd function f that is ½ from some a on. For float on AVX2 and AVX-512 f is a
// polynomial per interval of |x|: one permutation looks a coefficient up for all lanes, so that it
// takes 0.6 of the time of erf and exp. The tables are computed here by the compiler.
#pragma once

#include "isa/math/erf.h"
#include "isa/math/table.h"

namespace gm::GM_ISA {
namespace {

// ---- for the compiler, in double ----------------------------------------------------------------

constexpr double kInverseRootTwoPi = 0x1.9884533d43651p-2;

/// φ(x).
constexpr double normal_density(double x) { return kInverseRootTwoPi * exp_negative(x * x / 2); }
/// Φ(x) - ½ = φ(x)·(x + x³/3 + x⁵/(3·5) + …).
constexpr double normal_integral(double x) {
  double term = x, sum = x;
  for (int n = 1; n < 200; ++n) sum += term *= x * x / (2 * n + 1);
  return normal_density(x) * sum;
}
constexpr double gelu_slope(double x) { return normal_integral(x) + x * normal_density(x); }

#if defined(__AVX2__)
/// f(i·width + t), |t| ≤ width/2, as c[0][i] + c[1][i] t + …; the last interval is ½, constantly.
template <int Terms>
struct alignas(64) Intervals {
  float width;
  alignas(64) float c[Terms][kEntries];
};
/// f is ½ from `end` on.
template <int Terms>
constexpr Intervals<Terms> intervals(double (*f)(double), double end) {
  Intervals<Terms> table{};
  table.width = static_cast<float>(end / (kEntries - 1.5));
  const double width = table.width;
  for (int i = 0; i + 1 < kEntries; ++i) {
    const auto power = interpolate<Terms>([f](double x) { return x < 0 ? -f(-x) : f(x); },
                                          (i - 0.5) * width, (i + 0.5) * width, i * width);
    for (int j = 0; j < Terms; ++j) table.c[j][i] = static_cast<float>(power.c[j]);
  }
  table.c[0][kEntries - 1] = 0.5f;
  return table;
}

// ---- for the kernels ----------------------------------------------------------------------------

/// f(a) of the table for a ≥ 0.
template <int Terms>
GM_INLINE Vec<float> by_intervals(const Intervals<Terms>& table, Vec<float> a) {
  using V = Vec<float>;
  const V rounder(Ieee<float>::kRounder), width(table.width);
  a = min(V(table.width * (kEntries - 1)), a);
  const V sum = fma(a, V(1 / table.width), rounder);  // the interval in its low bits
  const V t = fma(sum - rounder, -width, a);
  const Vec<uint32_t> index = ubits(sum);
  V y = lookup(table.c[Terms - 1], index);
#pragma GCC unroll 16
  for (int k = Terms - 2; k >= 0; --k) y = fma(y, t, lookup(table.c[k], index));
  return y;
}
// More intervals need fewer terms. Errors in float: 4e-8 and 1e-7.
inline constexpr int kNormalTerms = kVectorBytes == 64 ? 6 : 7;
inline constexpr auto kNormalTable = intervals<kNormalTerms>(normal_integral, 5.4);
inline constexpr auto kGeluSlopeTable = intervals<kNormalTerms + 1>(gelu_slope, 6.1);
#endif

/// x·Φ(x): |x|·f(|x|) + x/2, with the sign of x where that is 0.
template <class T>
GM_INLINE Vec<T> gelu(Vec<T> x) {
  const Vec<T> half(T(0.5));
#if defined(__AVX2__)
  if constexpr (is_single<T>) {
    const Vec<T> a = abs(x);
    return copysign(fma(a, by_intervals(kNormalTable, a), x * half), x);
  }
#endif
  return x * fma(erf(x * Vec<T>(T(0x1.6a09e667f3bcdp-1))), half, half);
}

/// The derivative of x·Φ(x).
template <class T>
GM_INLINE Vec<T> gelu_derivative(Vec<T> x) {
  const Vec<T> half(T(0.5));
#if defined(__AVX2__)
  if constexpr (is_single<T>) return half + flip_sign(by_intervals(kGeluSlopeTable, abs(x)), x);
#endif
  const Vec<T> phi = fma(erf(x * Vec<T>(T(0x1.6a09e667f3bcdp-1))), half, half);
  return fma(x * Vec<T>(T(kInverseRootTwoPi)), exp(x * x * Vec<T>(T(-0.5))), phi);
}

}  // namespace
}  // namespace gm::GM_ISA
