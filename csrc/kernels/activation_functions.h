// An activation is a struct: its parameters, forward(x), and backward(g, x) or backward(g, y). The
// gradients are formulas of the forward's terms; comments say how they follow.
#pragma once

#include "isa/math.h"
#include "isa/math/normal.h"
#include "isa/simd.h"

namespace gm::GM_ISA {
namespace {

/// Picoseconds of one element: where memory is the limit, with one exponential, with more.
constexpr int64_t kPlain = 250, kExp = 600, kLong = 1200;

constexpr double kRootTwoOverPi = 0x1.9884533d43651p-1;  // √(2/π)

/// 1/(1 + e^-x): 0 where e^-x overflows, at -88.8 (-709.8).
template <class T>
GM_INLINE Vec<T> quick_sigmoid(Vec<T> x) {
  return T(0.5) / half_denominator(x);
}
/// 2/(2k+1), from k = 0.
constexpr float kAtanh[] = {2.f, 2.f / 3, 2.f / 5, 2.f / 7, 2.f / 9, 2.f / 11, 2.f / 13, 2.f / 15};
/// log(1 + e^x) without overflow: max(x, 0) + log(1+z), z = e^-|x|. In float that is twice the
/// series of atanh s, s = z/(2+z) ≤ 1/3, cut where its terms fall below 1e-9: 0.6 of log1p's time.
template <class T>
GM_INLINE Vec<T> log1p_exp(Vec<T> x) {
  const Vec<T> z = exp(negative_abs(x)), top = max(Vec<T>(T(0)), x);
  if constexpr (is_single<T>) {
    const Vec<T> s = z / (z + 2);
    return fma(poly(s * s, kAtanh), s, top);
  } else {
    return top + log1p(z);
  }
}

// ---- piecewise linear ---------------------------------------------------------------------------

struct Relu {
  static constexpr int64_t kForward = kPlain, kBackward = kPlain;
  template <class V>
  GM_INLINE V forward(V x) const {
    return max(V(0), x);
  }
  template <class V>
  GM_INLINE V backward(V g, V y) const {
    return keep(y > V(0), g);
  }
};

/// slope ≥ 0, so that y has x's sign.
struct LeakyRelu {
  static constexpr int64_t kForward = kPlain, kBackward = kPlain;
  double slope;
  template <class V>
  GM_INLINE V forward(V x) const {
    return select(x > V(0), x, x * slope);
  }
  template <class V>
  GM_INLINE V backward(V g, V y) const {
    return select(y > V(0), g, g * slope);
  }
};

struct Hardtanh {
  static constexpr int64_t kForward = kPlain, kBackward = kPlain;
  double low, high;
  template <class V>
  GM_INLINE V forward(V x) const {
    return min(V(high), max(V(low), x));
  }
  template <class V>
  GM_INLINE V backward(V g, V y) const {
    return keep((y > V(low)) & (y < V(high)), g);
  }
};

struct Hardsigmoid {
  static constexpr int64_t kForward = kPlain, kBackward = kPlain;
  template <class V>
  GM_INLINE V forward(V x) const {
    return min(V(6), max(V(0), x + 3)) * (1. / 6);
  }
  template <class V>
  GM_INLINE V backward(V g, V y) const {
    return keep((y > V(0)) & (y < V(1)), g * (1. / 6));
  }
};

struct Hardswish {
  static constexpr int64_t kForward = kPlain, kBackward = kPlain;
  template <class V>
  GM_INLINE V forward(V x) const {
    return x * (min(V(6), max(V(0), x + 3)) * (1. / 6));
  }
  template <class V>
  GM_INLINE V backward(V g, V x) const {
    return keep(~(x <= V(-3)), select(x >= V(3), g, g * (x * (1. / 3) + 0.5)));
  }
};

struct Threshold {
  static constexpr int64_t kForward = kPlain, kBackward = kPlain;
  double threshold, value;
  template <class V>
  GM_INLINE V forward(V x) const {
    return select(x <= V(threshold), V(value), x);
  }
  template <class V>
  GM_INLINE V backward(V g, V x) const {
    return keep(~(x <= V(threshold)), g);
  }
};

struct Hardshrink {
  static constexpr int64_t kForward = kPlain, kBackward = kPlain;
  double lambda;
  template <class V>
  GM_INLINE V forward(V x) const {
    return keep(~(abs(x) <= V(lambda)), x);
  }
  template <class V>
  GM_INLINE V backward(V g, V x) const {
    return keep(~(abs(x) <= V(lambda)), g);
  }
};

struct Softshrink {
  static constexpr int64_t kForward = kPlain, kBackward = kPlain;
  double lambda;
  template <class V>
  GM_INLINE V forward(V x) const {
    return keep(~(abs(x) <= V(lambda)), x - copysign(V(lambda), x));
  }
  template <class V>
  GM_INLINE V backward(V g, V x) const {
    return keep(~(abs(x) <= V(lambda)), g);
  }
};

struct Softsign {
  static constexpr int64_t kForward = kPlain, kBackward = kPlain;
  template <class V>
  GM_INLINE V forward(V x) const {
    return x / (1 + abs(x));
  }
  template <class V>
  GM_INLINE V backward(V g, V x) const {
    const V d = 1 + abs(x);
    return g / (d * d);
  }
};

// ---- with exponentials
// ---------------------------------------------------------------------------

/// elu (1, 1), selu (scale, 1) and celu (1, 1/alpha): scale·x above 0, below it
/// y = scale·alpha·(e^(inner·x) - 1), so that dy/dx = inner·(y + scale·alpha). Needs y to have x's
/// sign: alpha/inner > 0.
struct Elu {
  static constexpr int64_t kForward = kExp, kBackward = kPlain;
  double alpha, scale, inner;
  template <class V>
  GM_INLINE V forward(V x) const {
    return select(x > V(0), x * scale, expm1(x * inner) * (alpha * scale));
  }
  template <class V>
  GM_INLINE V backward(V g, V y) const {
    return g * select(y > V(0), V(scale), (y + alpha * scale) * inner);
  }
};

/// x·Φ(x), Φ the normal distribution's: dy/dx = Φ(x) + x·φ(x).
struct Gelu {
  static constexpr int64_t kForward = kLong, kBackward = kLong;
  template <class V>
  GM_INLINE V forward(V x) const {
    return gelu(x);
  }
  template <class V>
  GM_INLINE V backward(V g, V x) const {
    return g * gelu_derivative(x);
  }
};

/// x·(1 + tanh u)/2 = x·sigmoid(2u), u = √(2/π)(x + 0.044715x³): y = x·s(v), s' = s(1-s).
struct GeluTanh {
  static constexpr int64_t kForward = kExp, kBackward = kExp;
  static constexpr double kLinear = 2 * kRootTwoOverPi, kCubic = 0.044715 * kLinear;
  template <class V>
  GM_INLINE V forward(V x) const {
    constexpr double kLog2E = 0x1.71547652b82fep+0;
    return x * 0.5 / half_denominator2(x * (x * x * (-kLog2E * kCubic) - kLog2E * kLinear));
  }
  template <class V>
  GM_INLINE V backward(V g, V x) const {
    const V square = x * x, s = quick_sigmoid(x * (square * kCubic + kLinear));
    return g * s * ((1 - s) * x * (square * (3 * kCubic) + kLinear) + 1);
  }
};

/// x·s, s = sigmoid(x): dy/dx = s + x·s(1-s).
struct Silu {
  static constexpr int64_t kForward = kExp, kBackward = kExp;
  template <class V>
  GM_INLINE V forward(V x) const {
    return x * 0.5 / half_denominator(x);
  }
  template <class V>
  GM_INLINE V backward(V g, V x) const {
    const V s = quick_sigmoid(x);
    return g * s * ((1 - s) * x + 1);
  }
};

/// x·tanh(log(1 + e^x)). With e = e^x and n = e² + 2e the tanh is n/(n+2), and its derivative
/// 4e(1+e)/(n+2)². From 40 on both are at their limits in double too.
struct Mish {
  static constexpr int64_t kForward = kExp, kBackward = kExp;
  template <class V>
  GM_INLINE V forward(V x) const {
    const V e = exp(min(V(40), x)), n = e * (e + 2);
    return x * (n / (n + 2));
  }
  template <class V>
  GM_INLINE V backward(V g, V x) const {
    const V low = min(V(40), x), e = exp(low), n = e * (e + 2), d = 1 / (n + 2);
    return g * (n * d + low * (4 * (e * d) * ((1 + e) * d)));
  }
};

struct Tanhshrink {
  static constexpr int64_t kForward = kExp, kBackward = kExp;
  template <class V>
  GM_INLINE V forward(V x) const {
    return x - tanh(x);
  }
  template <class V>
  GM_INLINE V backward(V g, V x) const {
    const V t = tanh(x);
    return g * (t * t);
  }
};

/// log(1 + e^(beta·x))/beta, x itself where beta·x exceeds the threshold.
struct Softplus {
  static constexpr int64_t kForward = kLong, kBackward = kExp;
  double beta, threshold;
  template <class V>
  GM_INLINE V forward(V x) const {
    const V b = x * beta;
    return select(b > V(threshold), x, log1p_exp(b) * (1 / beta));
  }
  template <class V>
  GM_INLINE V backward(V g, V x) const {
    const V b = x * beta;
    return select(b > V(threshold), g, g * quick_sigmoid(b));
  }
};

/// log sigmoid(x) = -log(1 + e^-x); its derivative is sigmoid(-x).
struct Logsigmoid {
  static constexpr int64_t kForward = kLong, kBackward = kExp;
  template <class V>
  GM_INLINE V forward(V x) const {
    return -log1p_exp(-x);
  }
  template <class V>
  GM_INLINE V backward(V g, V x) const {
    return g * quick_sigmoid(-x);
  }
};

// ---- with a second input
// -------------------------------------------------------------------------

struct Glu {
  template <class V>
  GM_INLINE V operator()(V a, V b) const {
    return a * 0.5 / half_denominator(b);
  }
};
struct GluA {
  template <class V>
  GM_INLINE V operator()(V g, V b) const {
    return g * 0.5 / half_denominator(b);
  }
};
struct GluB {
  template <class V>
  GM_INLINE V operator()(V g, V a, V b) const {
    const V s = quick_sigmoid(b);
    return g * a * (s * (1 - s));
  }
};

struct Prelu {
  template <class V>
  GM_INLINE V operator()(V x, V slope) const {
    return select(x > V(0), x, x * slope);
  }
};
struct PreluX {
  template <class V>
  GM_INLINE V operator()(V g, V x, V slope) const {
    return select(x > V(0), g, g * slope);
  }
};
struct PreluSlope {
  template <class V>
  GM_INLINE V operator()(V g, V x) const {
    return select(x > V(0), V(0), g * x);
  }
};

}  // namespace
}  // namespace gm::GM_ISA
