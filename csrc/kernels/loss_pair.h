// Losses over pairs of numbers, elementwise with the sum taken on the way.
//
// A loss is a struct with value(x, t, w), slope(x, t, w) = dvalue/dx and target_slope(x, t, w) =
// dvalue/dt, made from its parameter; is_long says that they take more than a few instructions.
#pragma once

#include "isa/row.h"
#include "kernels/loss_class.h"

namespace gm::GM_ISA {
namespace {

inline constexpr int64_t kPairPiece = 16384;

/// The operands of a loss at i.
template <class T, bool Weighted>
struct Operands {
  const T *x, *target, *weight;
  explicit Operands(const PairLoss& a)
      : x(reinterpret_cast<const T*>(a.x)),
        target(reinterpret_cast<const T*>(a.target)),
        weight(reinterpret_cast<const T*>(a.weight)) {}
  template <class Fn>
  GM_INLINE Vec<T> apply(int64_t i, int lanes, const Fn& fn) const {
    return fn(load_lanes(x + i, lanes), load_lanes(target + i, lanes),
              Weighted ? load_lanes(weight + i, lanes) : Vec<T>(T(1)));
  }
};

/// body(begin, length) for each piece of n elements.
template <class Body>
void pair_pieces(int64_t n, int64_t nanoseconds, const Body& body) {
  parallel_for(ceil_div(n, kPairPiece), nanoseconds, [&](int64_t piece) {
    const int64_t begin = piece * kPairPiece;
    body(begin, smaller(kPairPiece, n - begin));
  });
}

/// out[i] = each(i, lanes) of a piece.
template <bool is_long, class T, class Each>
GM_INLINE void pair_map(T* out, int64_t n, const Each& each) {
  if constexpr (is_long)
    row_map_long(out, n, each);
  else
    row_map(out, n, each);
}
template <bool is_long, class T, class Term>
GM_INLINE Vec<T> pair_sum(int64_t n, const Term& term) {
  if constexpr (is_long)
    return row_sum_long<T>(n, term);
  else
    return row_sum<T>(n, term);
}

template <class T, template <class> class Loss>
void pair_forward(const PairLoss& a, const LossResult& result) {
  const Loss<T> loss(a.parameter);
  const Operands<T, Loss<T>::weighted> in(a);
  const auto value = [&](Vec<T> x, Vec<T> t, Vec<T> w) { return loss.value(x, t, w); };
  const int64_t cost = a.n * int64_t(sizeof(T)) / 8;
  if (result.each) {
    pair_pieces(a.n, cost, [&](int64_t begin, int64_t n) {
      pair_map<Loss<T>::is_long>(
          reinterpret_cast<T*>(result.each) + begin, n,
          [&](int64_t i, int lanes) { return in.apply(begin + i, lanes, value); });
    });
    return;
  }
  sum_losses<T>(ceil_div(a.n, kPairPiece), cost, result, [&](int64_t piece) {
    const int64_t begin = piece * kPairPiece;
    const int64_t n = smaller(kPairPiece, a.n - begin);
    const Vec<T> total = pair_sum<Loss<T>::is_long, T>(n, [&](int64_t i, int lanes) {
      const Vec<T> term = in.apply(begin + i, lanes, value);
      return lanes == Vec<T>::N ? term : keep(first_lanes<T>(lanes), term);
    });
    return LossSum{double(sum(total)), 0};
  });
}

template <class T, template <class> class Loss, bool Target>
void pair_backward(const PairLoss& a, const LossGradient& gradient) {
  const Loss<T> loss(a.parameter);
  const Operands<T, Loss<T>::weighted> in(a);
  const auto* g = reinterpret_cast<const T*>(gradient.g);
  const Vec<T> scale(T(1 / gradient.count)), same(coefficient<T>(gradient, 0));
  const auto slope = [&](Vec<T> x, Vec<T> t, Vec<T> w) {
    if constexpr (Target)
      return loss.target_slope(x, t, w);
    else
      return loss.slope(x, t, w);
  };
  pair_pieces(a.n, a.n * int64_t(sizeof(T)) / 8, [&](int64_t begin, int64_t n) {
    T* dx = reinterpret_cast<T*>(gradient.dx) + begin;
    const auto slope_at = [&](int64_t i, int lanes) { return in.apply(begin + i, lanes, slope); };
    const auto of = [&](int64_t i, int lanes) { return load_lanes(g + begin + i, lanes) * scale; };
    const bool one = gradient.g_stride == 0;
    if constexpr (Loss<T>::is_long) {
      row_map_long(dx, n, [&](int64_t i, int lanes) {
        return slope_at(i, lanes) * (one ? same : of(i, lanes));
      });
    } else if (one) {
      row_map(dx, n, [&](int64_t i, int lanes) { return slope_at(i, lanes) * same; });
    } else {
      row_map(dx, n, [&](int64_t i, int lanes) { return slope_at(i, lanes) * of(i, lanes); });
    }
  });
}

template <template <class> class Loss>
void forward(const PairLoss& a, const LossResult& result) {
  if (a.dtype == DType::Float64)
    pair_forward<double, Loss>(a, result);
  else
    pair_forward<float, Loss>(a, result);
}
template <template <class> class Loss, bool Target>
void backward(const PairLoss& a, const LossGradient& gradient) {
  if (a.n == 0) return;
  if (a.dtype == DType::Float64)
    pair_backward<double, Loss, Target>(a, gradient);
  else
    pair_backward<float, Loss, Target>(a, gradient);
}
template <template <class> class Loss>
constexpr PairLossKernels pair() {
  return {forward<Loss>, backward<Loss, false>, backward<Loss, true>};
}

}  // namespace
}  // namespace gm::GM_ISA
