#include "kernels/loss.h"

#include "isa/math.h"
#include "kernels/loss_class.h"
#include "kernels/loss_pair.h"

namespace gm::GM_ISA {
namespace {

// ---- classes ------------------------------------------------------------------------------------

void cross_entropy(const ClassLoss& loss, const LossResult& result) {
  const bool rows = loss.inner == 1, wide = loss.dtype == DType::Float64;
  if (rows && wide)
    cross_entropy_rows<double>(loss, result);
  else if (rows)
    cross_entropy_rows<float>(loss, result);
  else if (wide)
    cross_entropy_columns<double>(loss, result);
  else
    cross_entropy_columns<float>(loss, result);
}
void cross_entropy_backward(const ClassLoss& loss, const LossGradient& gradient) {
  const bool rows = loss.inner == 1, wide = loss.dtype == DType::Float64;
  if (gradient.scale && wide)
    scale_gradient<double>(gradient, loss.outer);
  else if (gradient.scale)
    scale_gradient<float>(gradient, loss.outer);
  else if (rows && wide)
    cross_entropy_backward_rows<double>(loss, gradient);
  else if (rows)
    cross_entropy_backward_rows<float>(loss, gradient);
  else if (wide)
    cross_entropy_backward_columns<double>(loss, gradient);
  else
    cross_entropy_backward_columns<float>(loss, gradient);
}
void nll(const ClassLoss& loss, const LossResult& result) {
  if (loss.dtype == DType::Float64)
    nll_typed<double>(loss, result);
  else
    nll_typed<float>(loss, result);
}
void nll_backward(const ClassLoss& loss, const LossGradient& gradient) {
  if (loss.dtype == DType::Float64)
    nll_backward_typed<double>(loss, gradient);
  else
    nll_backward_typed<float>(loss, gradient);
}
void probability(const ProbabilityLoss& loss, const LossResult& result) {
  if (loss.dtype == DType::Float64)
    probability_typed<double>(loss, result);
  else
    probability_typed<float>(loss, result);
}
template <bool Target>
void probability_backward(const ProbabilityLoss& loss, const LossGradient& gradient) {
  if (loss.dtype == DType::Float64)
    probability_backward_typed<double, Target>(loss, gradient);
  else
    probability_backward_typed<float, Target>(loss, gradient);
}

// ---- pairs --------------------------------------------------------------------------------------

/// sign(d): 0 at 0.
template <class T>
GM_INLINE Vec<T> sign(Vec<T> d) {
  return keep(d != Vec<T>(T(0)), copysign(Vec<T>(T(1)), d));
}

/// A loss of the difference alone: what x gains, the target loses.
template <class T, class Self>
struct OfDifference {
  static constexpr bool weighted = false, is_long = false;
  GM_INLINE Vec<T> value(Vec<T> x, Vec<T> t, Vec<T>) const { return self().of(x - t); }
  GM_INLINE Vec<T> slope(Vec<T> x, Vec<T> t, Vec<T>) const { return self().slope_of(x - t); }
  GM_INLINE Vec<T> target_slope(Vec<T> x, Vec<T> t, Vec<T>) const {
    return -self().slope_of(x - t);
  }
  GM_INLINE const Self& self() const { return *static_cast<const Self*>(this); }
};

template <class T>
struct Mse : OfDifference<T, Mse<T>> {
  explicit Mse(double) {}
  GM_INLINE Vec<T> of(Vec<T> d) const { return d * d; }
  GM_INLINE Vec<T> slope_of(Vec<T> d) const { return d + d; }
};
template <class T>
struct L1 : OfDifference<T, L1<T>> {
  explicit L1(double) {}
  GM_INLINE Vec<T> of(Vec<T> d) const { return abs(d); }
  GM_INLINE Vec<T> slope_of(Vec<T> d) const { return sign(d); }
};
/// d²/2β within β, |d| - β/2 outside.
template <class T>
struct SmoothL1 : OfDifference<T, SmoothL1<T>> {
  Vec<T> beta, inverse;
  explicit SmoothL1(double b) : beta(T(b)), inverse(T(b > 0 ? 1 / b : 0)) {}
  GM_INLINE Vec<T> of(Vec<T> d) const {
    const Vec<T> a = abs(d), half(T(0.5));
    return select(a < beta, half * d * d * inverse, a - half * beta);
  }
  GM_INLINE Vec<T> slope_of(Vec<T> d) const { return select(abs(d) < beta, d * inverse, sign(d)); }
};
/// d²/2 within δ, δ(|d| - δ/2) outside.
template <class T>
struct Huber : OfDifference<T, Huber<T>> {
  Vec<T> delta;
  explicit Huber(double d) : delta(T(d)) {}
  GM_INLINE Vec<T> of(Vec<T> d) const {
    const Vec<T> a = abs(d), half(T(0.5));
    return select(a <= delta, half * d * d, delta * (a - half * delta));
  }
  GM_INLINE Vec<T> slope_of(Vec<T> d) const { return select(abs(d) <= delta, d, delta * sign(d)); }
};

/// -(t log x + (1-t) log(1-x)), logarithms no smaller than -100.
template <class T>
struct Bce {
  static constexpr bool weighted = false, is_long = true;
  explicit Bce(double) {}
  GM_INLINE Vec<T> value(Vec<T> x, Vec<T> t, Vec<T>) const {
    const Vec<T> one(T(1)), least(T(-100));
    const Vec<T> yes = maximum(log(x), least), no = maximum(log1p(-x), least);
    return (t - one) * no - t * yes;
  }
  GM_INLINE Vec<T> slope(Vec<T> x, Vec<T> t, Vec<T>) const {
    return (x - t) / maximum((Vec<T>(T(1)) - x) * x, Vec<T>(T(1e-12)));
  }
  GM_INLINE Vec<T> target_slope(Vec<T> x, Vec<T>, Vec<T>) const { return log1p(-x) - log(x); }
};

/// The same of x = sigmoid(z), from z: (1-t) z + l·log(1 + e^-z), l = 1 + (w-1) t.
template <class T, bool Weighted>
struct BceOfLogits {
  static constexpr bool weighted = Weighted, is_long = true;
  explicit BceOfLogits(double) {}
  GM_INLINE Vec<T> positive(Vec<T> t, Vec<T> w) const {
    return Weighted ? fma(w - Vec<T>(T(1)), t, Vec<T>(T(1))) : Vec<T>(T(1));
  }
  /// log(1 + e^-z) without overflow.
  GM_INLINE Vec<T> softplus_of_negative(Vec<T> z) const {
    return log1p(exp(-abs(z))) + maximum(-z, Vec<T>(T(0)));
  }
  GM_INLINE Vec<T> value(Vec<T> z, Vec<T> t, Vec<T> w) const {
    return (Vec<T>(T(1)) - t) * z + positive(t, w) * softplus_of_negative(z);
  }
  GM_INLINE Vec<T> slope(Vec<T> z, Vec<T> t, Vec<T> w) const {
    if constexpr (!Weighted)
      return sigmoid(z) - t;
    else
      return (Vec<T>(T(1)) - t) - positive(t, w) * sigmoid(-z);
  }
  GM_INLINE Vec<T> target_slope(Vec<T> z, Vec<T>, Vec<T> w) const {
    if constexpr (!Weighted)
      return -z;
    else
      return (w - Vec<T>(T(1))) * softplus_of_negative(z) - z;
  }
};
template <class T>
using BceLogits = BceOfLogits<T, false>;
template <class T>
using BceLogitsWeighted = BceOfLogits<T, true>;

/// t (log t - x), 0 where t is 0; x is a logarithm.
template <class T>
struct KlDiv {
  static constexpr bool weighted = false, is_long = true;
  explicit KlDiv(double) {}
  GM_INLINE Vec<T> value(Vec<T> x, Vec<T> t, Vec<T>) const {
    return keep(t != Vec<T>(T(0)), t * (log(t) - x));
  }
  GM_INLINE Vec<T> slope(Vec<T>, Vec<T> t, Vec<T>) const { return -t; }
  GM_INLINE Vec<T> target_slope(Vec<T> x, Vec<T> t, Vec<T>) const {
    return keep(t != Vec<T>(T(0)), log(t) + Vec<T>(T(1)) - x);
  }
};
/// The same of t's logarithm.
template <class T>
struct KlDivLog {
  static constexpr bool weighted = false, is_long = true;
  explicit KlDivLog(double) {}
  GM_INLINE Vec<T> value(Vec<T> x, Vec<T> t, Vec<T>) const { return exp(t) * (t - x); }
  GM_INLINE Vec<T> slope(Vec<T>, Vec<T> t, Vec<T>) const { return -exp(t); }
  GM_INLINE Vec<T> target_slope(Vec<T> x, Vec<T> t, Vec<T>) const {
    return exp(t) * (t - x + Vec<T>(T(1)));
  }
};

}  // namespace

constinit const LossKernels loss = {
    .cross_entropy = cross_entropy,
    .cross_entropy_backward = cross_entropy_backward,
    .nll = nll,
    .nll_backward = nll_backward,
    .probability = probability,
    .probability_backward = probability_backward<false>,
    .probability_target_backward = probability_backward<true>,
    .mse = pair<Mse>(),
    .l1 = pair<L1>(),
    .smooth_l1 = pair<SmoothL1>(),
    .huber = pair<Huber>(),
    .bce = pair<Bce>(),
    .bce_logits = pair<BceLogits>(),
    .bce_logits_weighted = pair<BceLogitsWeighted>(),
    .kl_div = pair<KlDiv>(),
    .kl_div_log = pair<KlDivLog>(),
};

}  // namespace gm::GM_ISA
