// The functions of the binary stem: formulas on vectors.
#pragma once

#include "isa/math.h"
#include "kernels/formula.h"

namespace gm::GM_ISA {
namespace {

/// log(e^a + e^b).
template <class T>
GM_INLINE Vec<T> logaddexp(Vec<T> a, Vec<T> b) {
  const Vec<T> top = maximum(a, b), gap = abs(a - b);
  // Equal infinities have no difference.
  return select(a == b, a + Vec<T>(T(0x1.62e42fefa39efp-1)), top + log1p(exp(-gap)));
}

template <class T>
GM_INLINE Vec<T> larger_takes(Vec<T> g, Vec<T> a, Vec<T> b) {
  return select(a < b, Vec<T>(T(0)), select(a == b, g * T(0.5), g));
}
template <class T>
GM_INLINE Vec<T> power_base(Vec<T> g, Vec<T> a, Vec<T> b) {
  const Vec<T> zero(T(0));
  return select(b == zero, zero, g * b * pow(a, b - Vec<T>(T(1))));
}
template <class T>
GM_INLINE Vec<T> power_exponent(Vec<T> g, Vec<T> y, Vec<T> a, Vec<T> b) {
  const Vec<T> zero(T(0));
  return select((a == zero) & (b >= zero), zero, g * y * log(a));
}

// clang-format off
GM_OF_TWO(Add, a, b, a + b)
GM_OF_TWO(Subtract, a, b, a - b)
GM_OF_TWO(Multiply, a, b, a * b)
GM_OF_TWO(Divide, a, b, a / b)
GM_OF_TWO(FloorDivide, a, b, floor_divide(a, b))
GM_OF_TWO(Remainder, a, b, remainder(a, b))
GM_OF_TWO(Fmod, a, b, fmod(a, b))
GM_OF_TWO(Power, a, b, pow(a, b))
GM_OF_TWO(Maximum, a, b, maximum(a, b))
GM_OF_TWO(Minimum, a, b, minimum(a, b))
GM_OF_TWO(Atan2, a, b, atan2(a, b))
GM_OF_TWO(Hypot, a, b, hypot(a, b))
GM_OF_TWO(Copysign, a, b, copysign(a, b))
GM_OF_TWO(Logaddexp, a, b, logaddexp(a, b))
GM_OF_THREE(Lerp, a, b, w, w * (b - a) + a)
GM_OF_THREE(LargerTakes, g, a, b, larger_takes(g, a, b))
GM_OF_THREE(PowerBase, g, a, b, power_base(g, a, b))
GM_OF_FOUR(PowerExponent, g, y, a, b, power_exponent(g, y, a, b))
// clang-format on

// With a number that all elements share.

struct AddScaled {
  double value;
  template <class V>
  GM_INLINE V operator()(V a, V b) const {
    return fma(V(typename V::Lane(value)), b, a);
  }
};
struct AddProduct {
  double value;
  template <class V>
  GM_INLINE V operator()(V a, V b, V c) const {
    return fma(V(typename V::Lane(value)) * b, c, a);
  }
};
struct AddQuotient {
  double value;
  template <class V>
  GM_INLINE V operator()(V a, V b, V c) const {
    return fma(V(typename V::Lane(value)), b / c, a);
  }
};

}  // namespace
}  // namespace gm::GM_ISA
