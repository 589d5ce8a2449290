// The questions of the compare stem: formulas on vectors, for floats and for integers.
#pragma once

#include "isa/math/base.h"
#include "kernels/formula.h"

namespace gm::GM_ISA {
namespace {

template <class V>
GM_INLINE auto truth(V a) {
  return a != V(typename V::Lane(0));
}

GM_OF_TWO(Equal, a, b, a == b)
GM_OF_TWO(NotEqual, a, b, a != b)
GM_OF_TWO(Less, a, b, a < b)
GM_OF_TWO(LessEqual, a, b, a <= b)
GM_OF_TWO(LogicalAnd, a, b, truth(a) & truth(b))
GM_OF_TWO(LogicalOr, a, b, truth(a) | truth(b))
GM_OF_TWO(LogicalXor, a, b, truth(a) ^ truth(b))
GM_OF_ONE(LogicalNot, ~truth(x))
GM_OF_ONE(Isnan, x != x)
GM_OF_ONE(Isinf, abs(x) == V(Ieee<typename V::Lane>::kInfinity))
GM_OF_ONE(Isfinite, abs(x) <= V(Ieee<typename V::Lane>::kLargest))
GM_OF_THREE(Clip, x, low, high, minimum(maximum(low, x), high))
GM_OF_FOUR(ClipBackward, g, x, low, high, keep((x >= low) & (x <= high), g))

struct Signbit {
  template <class T>
  GM_INLINE auto operator()(Vec<T> x) const {
    return Mask<T>{(bits<IntOf<T>>(x) < Vec<IntOf<T>>(IntOf<T>(0))).v};
  }
};

struct Close {
  double relative, absolute;
  bool equal_nan;
  /// Infinities are close to themselves alone.
  template <class V>
  GM_INLINE auto operator()(V a, V b) const {
    using T = typename V::Lane;
    const V bound = fma(V(T(relative)), abs(b), V(T(absolute)));
    auto close = (a == b) | ((abs(a - b) <= bound) & (abs(b) <= V(Ieee<T>::kLargest)));
    if (equal_nan) close = close | ((a != a) & (b != b));
    return close;
  }
};

}  // namespace
}  // namespace gm::GM_ISA
