// isa/math/base.h for CUDA: what formulas take from it.
#pragma once

#include "isa/simd.h"

namespace gm::GM_ISA {
namespace {

/// Asked by formulas that have a shorter way in float: CUDA's own functions are short enough.
template <class T>
inline constexpr bool is_single = false;

template <class T>
struct Ieee {
  static constexpr T kLargest = sizeof(T) == 4 ? T(0x1.fffffep127) : T(0x1.fffffffffffffp1023);
  static constexpr T kInfinity = T(__builtin_inf());
  static constexpr T kNan = T(__builtin_nan(""));
};

template <class T>
GM_INLINE Vec<T> select(Mask<T> m, Vec<T> a, T b) {
  return select(m, a, Vec<T>(b));
}
template <class T>
GM_INLINE Vec<T> select(Mask<T> m, T a, Vec<T> b) {
  return select(m, Vec<T>(a), b);
}
template <class T>
GM_INLINE Vec<T> negative_abs(Vec<T> x) {
  return -abs(x);
}

template <class T, int Terms>
GM_INLINE Vec<T> poly(Vec<T> x, const T (&c)[Terms]) {
  Vec<T> sum(c[Terms - 1]);
  for (int k = Terms - 2; k >= 0; --k) sum = fma(sum, x, Vec<T>(c[k]));
  return sum;
}

}  // namespace
}  // namespace gm::GM_ISA
