// Functions of float by table, on AVX2 and AVX-512: one permutation looks up for all lanes what a
// vector's worth of entries holds, beside the multipliers, not on them.
//
//   Steps             powers of two between the octaves, so that a short polynomial does for the
//                     rest; entries are computed here by the compiler
//   interpolate       the polynomial of one interval, likewise
#pragma once

#include "isa/math/base.h"

namespace gm::GM_ISA {
namespace {

// ---- for the compiler, in double ----------------------------------------------------------------

/// e^-x for x ≥ 0, as 1/(e^(x/64))^64.
constexpr double exp_negative(double x) {
  double term = 1, sum = 1;
  for (int n = 1; n < 40; ++n) sum += term *= x / 64 / n;
  for (int n = 0; n < 6; ++n) sum *= sum;
  return 1 / sum;
}
/// cos(π k/(2n)) for 0 ≤ k ≤ 2n.
constexpr double cos_quarter(int k, int n) {
  const double x = 0x1.921fb54442d18p+0 * k / n;
  double term = 1, sum = 1;
  for (int i = 1; i < 20; ++i) sum += term *= -x * x / ((2 * i - 1) * (2 * i));
  return sum;
}

template <int Terms>
struct Powers {
  double c[Terms];
};
/// f(x) for low ≤ x ≤ high as c[0] + c[1] t + …, t = x - center, by way of Chebyshev's nodes:
/// within a small factor of the best polynomial. Nodes are closer at the lower end the larger
/// `skew` is, for an f that flattens like e^-x.
template <int Terms, class F>
constexpr Powers<Terms> interpolate(const F& f, double low, double high, double center,
                                    double skew = 0) {
  Powers<Terms> power{};
  double node[Terms] = {}, divided[Terms] = {};
  for (int k = 0; k < Terms; ++k) {
    double at = (1 - cos_quarter(2 * k + 1, Terms)) / 2;
    if (skew > 0) at = (1 / exp_negative(skew * at) - 1) / (1 / exp_negative(skew) - 1);
    const double x = low + (high - low) * at;
    node[k] = x - center;
    divided[k] = f(x);
  }
  for (int order = 1; order < Terms; ++order)
    for (int k = Terms - 1; k >= order; --k)
      divided[k] = (divided[k] - divided[k - 1]) / (node[k] - node[k - order]);
  // Newton's form into powers, from the innermost bracket out.
  for (int k = Terms - 1; k >= 0; --k) {
    for (int j = Terms - 1; j > 0; --j) power.c[j] = power.c[j - 1] - node[k] * power.c[j];
    power.c[0] = divided[k] - node[k] * power.c[0];
  }
  return power;
}

// ---- for the kernels ----------------------------------------------------------------------------

#if defined(__AVX2__)
inline constexpr int kEntries = kVectorBytes / 4, kEntryBits = kVectorBytes == 64 ? 4 : 3;

/// c[index of the lane, its low bits].
GM_INLINE Vec<float> lookup(const float* c, Vec<uint32_t> index) {
#if defined(__AVX512F__)
  return {_mm512_maskz_permutexvar_ps(0xffff, (__m512i)index.v, _mm512_load_ps(c))};
#else
  return {_mm256_permutevar8x32_ps(_mm256_load_ps(c), (__m256i)index.v)};
#endif
}

/// 2^(k/PerOctave), k = 0, 1 …, as bits: less those of 1, and less what k itself adds where it is
/// shifted so that its upper bits become the exponent.
template <int PerOctave>
struct Steps {
  static constexpr int kShift = Ieee<float>::kMantissaBits - kEntryBits;
  alignas(kVectorBytes) uint32_t less[kEntries];
};
template <int PerOctave>
constexpr Steps<PerOctave> make_steps() {
  Steps<PerOctave> steps{};
  for (int k = 0; k < kEntries; ++k) {
    const double x = 0x1.62e42fefa39efp-1 * k / PerOctave;
    steps.less[k] = __builtin_bit_cast(uint32_t, static_cast<float>(1 / exp_negative(x))) -
                    Ieee<float>::kOne - (uint32_t(k) << Steps<PerOctave>::kShift);
  }
  return steps;
}
template <int PerOctave>
inline constexpr Steps<PerOctave> kSteps = make_steps<PerOctave>();

/// Adding this rounds to a multiple of 1/PerOctave, the number of which is found in the low bits,
/// more by what an exponent is biased by.
template <int PerOctave>
inline constexpr float kStepRounder =
    Ieee<float>::kRounder / PerOctave + float(kEntries) / PerOctave * Ieee<float>::kBias;
/// 2^(⌊i/kEntries⌋ + (i mod kEntries)/PerOctave) for i and bias in `shifted`, i << kShift.
template <int PerOctave>
GM_INLINE Vec<float> stepped(Vec<uint32_t> i, Vec<uint32_t> shifted) {
  const auto less = reinterpret_cast<const float*>(kSteps<PerOctave>.less);
  return bits<float>(shifted + bits<uint32_t>(lookup(less, i)));
}
template <int PerOctave>
GM_INLINE Vec<float> stepped(Vec<uint32_t> i) {
  return stepped<PerOctave>(i, i << Steps<PerOctave>::kShift);
}
#endif

}  // namespace
}  // namespace gm::GM_ISA
