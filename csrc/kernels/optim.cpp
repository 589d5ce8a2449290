// The rules are PyTorch's, operation by operation. All are bound by memory: Adam moves 28 bytes an
// element, and its square root and division hide behind that.

#include "kernels/optim.h"

#include "isa/math.h"
#include "isa/parallel.h"

namespace gm::GM_ISA {
namespace {

/// body(tensor, from, to) for every run of elements of one tensor, piece by piece in parallel.
template <class Body>
void for_pieces(const UpdateList& list, int64_t nanoseconds, const Body& body) {
  const int64_t pieces = (list.total + list.piece - 1) / list.piece;
  parallel_for(pieces, nanoseconds, [&](int64_t piece) {
    const int64_t begin = piece * list.piece;
    const int64_t end = begin + list.piece < list.total ? begin + list.piece : list.total;
    int64_t low = 0, high = list.count - 1;  // the last tensor that starts at or before `begin`
    while (low < high) {
      const int64_t middle = (low + high + 1) / 2;
      if (list.tensors[middle].begin <= begin)
        low = middle;
      else
        high = middle - 1;
    }
    for (; low < list.count && list.tensors[low].begin < end; ++low) {
      const UpdateTensor& t = list.tensors[low];
      const int64_t from = begin > t.begin ? begin - t.begin : 0;
      const int64_t to = end - t.begin < t.size ? end - t.begin : t.size;
      if (from < to) body(piece, t, from, to);
    }
  });
}

template <class T>
GM_INLINE T* at(char* data, int64_t element) {
  return data ? reinterpret_cast<T*>(data) + element : nullptr;
}

/// Elements [from, to) of a tensor under a rule: rule(param, grad, state) on vectors.
template <class T, class Rule>
void update(const UpdateTensor& t, const Rule& rule, int64_t from, int64_t to) {
  using V = Vec<T>;
  constexpr int S = Rule::kStates;
  T* const param = at<T>(t.param, from);
  const T* const grad = at<T>(t.grad, from);
  T* states[S + 1];
#pragma GCC unroll 4
  for (int s = 0; s < S; ++s) states[s] = at<T>(t.state[s], from);
  const int64_t n = to - from;
  int64_t i = 0;
  for (; i + V::N <= n; i += V::N) {
    V state[S + 1];
#pragma GCC unroll 4
    for (int s = 0; s < S; ++s) state[s] = V::load(states[s] + i);
    rule(V::load(param + i), V::load(grad + i), state).store(param + i);
#pragma GCC unroll 4
    for (int s = 0; s < S; ++s) state[s].store(states[s] + i);
  }
  if (i < n) {
    const int tail = static_cast<int>(n - i);
    V state[S + 1];
#pragma GCC unroll 4
    for (int s = 0; s < S; ++s) state[s] = V::load(states[s] + i, tail);
    rule(V::load(param + i, tail), V::load(grad + i, tail), state).store(param + i, tail);
#pragma GCC unroll 4
    for (int s = 0; s < S; ++s) state[s].store(states[s] + i, tail);
  }
}

/// The gradient that a rule starts from: negated to maximize, with weight decay added. The branch
/// is the same for a whole call; without decay an infinite parameter has to stay infinite.
template <class T>
struct Gradient {
  Vec<T> sign, weight_decay;
  bool decays;
  Gradient(bool maximize, double decay)
      : sign(T(maximize ? -1 : 1)), weight_decay(T(decay)), decays(decay != 0) {}
  GM_INLINE Vec<T> operator()(Vec<T> param, Vec<T> grad) const {
    grad *= sign;
    return decays ? fma(weight_decay, param, grad) : grad;
  }
};

// ---- SGD ----------------------------------------------------------------------------------------

enum class Momentum : uint8_t { None, First, Plain, Nesterov };

template <class T, Momentum kind>
struct Sgd {
  static constexpr int kStates = kind == Momentum::None ? 0 : 1;
  Gradient<T> gradient;
  Vec<T> rate, momentum, keep, ahead;
  Sgd(const SgdRule& r, const UpdateTensor&)
      : gradient(r.maximize, r.weight_decay),
        rate(T(-r.lr)),
        momentum(T(r.momentum)),
        keep(T(1 - r.dampening)),
        ahead(T(r.nesterov ? 1 + r.momentum : 1)) {}
  GM_INLINE Vec<T> operator()(Vec<T> param, Vec<T> grad, Vec<T>* state) const {
    Vec<T> g = gradient(param, grad);
    if constexpr (kind == Momentum::First) {
      state[0] = g;
      g = g * ahead;
    } else if constexpr (kind != Momentum::None) {
      state[0] = fma(momentum, state[0], keep * g);
      if constexpr (kind == Momentum::Nesterov)
        g = fma(momentum, state[0], g);
      else
        g = state[0];
    }
    return fma(rate, g, param);
  }
};

// ---- Adam ---------------------------------------------------------------------------------------

/// Kingma and Ba, 2015; decoupled decay: Loshchilov and Hutter, 2019; amsgrad: Reddi et al., 2018.
template <class T, bool amsgrad>
struct Adam {
  static constexpr int kStates = amsgrad ? 3 : 2;
  Gradient<T> gradient;
  Vec<T> shrink, rest1, beta2, rest2, eps, step, root;
  Adam(const AdamRule& r, const UpdateTensor& t)
      : gradient(r.maximize, r.decoupled ? 0 : r.weight_decay),
        shrink(T(r.decoupled ? 1 - r.lr * r.weight_decay : 1)),
        rest1(T(1 - r.beta1)),
        beta2(T(r.beta2)),
        rest2(T(1 - r.beta2)),
        eps(T(r.eps)),
        step(T(-t.step)),
        root(T(t.root)) {}
  GM_INLINE Vec<T> operator()(Vec<T> param, Vec<T> grad, Vec<T>* state) const {
    const Vec<T> g = gradient(param, grad);
    state[0] = fma(rest1, g - state[0], state[0]);
    state[1] = fma(rest2 * g, g, beta2 * state[1]);
    Vec<T> square = state[1];
    if constexpr (amsgrad) square = state[2] = maximum(state[2], square);
    return fma(param, shrink, step * state[0] / fma(sqrt(square), root, eps));
  }
};

// ---- RMSprop ------------------------------------------------------------------------------------

/// Hinton's lecture notes; centered: Graves, 2013.
template <class T, bool moves, bool centered>
struct Rmsprop {
  static constexpr int kStates = 1 + moves + centered;
  Gradient<T> gradient;
  Vec<T> rate, alpha, rest, eps, momentum;
  Rmsprop(const RmspropRule& r, const UpdateTensor&)
      : gradient(r.maximize, r.weight_decay),
        rate(T(-r.lr)),
        alpha(T(r.alpha)),
        rest(T(1 - r.alpha)),
        eps(T(r.eps)),
        momentum(T(r.momentum)) {}
  GM_INLINE Vec<T> operator()(Vec<T> param, Vec<T> grad, Vec<T>* state) const {
    const Vec<T> g = gradient(param, grad);
    state[0] = fma(rest * g, g, alpha * state[0]);
    Vec<T> square = state[0];
    if constexpr (centered) {
      Vec<T>& mean = state[1 + moves];
      mean = fma(rest, g - mean, mean);
      square = square - mean * mean;
    }
    Vec<T> move = g / (sqrt(square) + eps);
    if constexpr (moves) move = state[1] = fma(momentum, state[1], move);
    return fma(rate, move, param);
  }
};

// ---- entries ------------------------------------------------------------------------------------

/// `picoseconds` an element, at what one core gets from memory.
template <template <class> class RuleOf, class Parameters>
void run(const UpdateList& list, const Parameters& parameters, int64_t picoseconds) {
  for_pieces(list, list.total * picoseconds / 1000,
             [&](int64_t, const UpdateTensor& t, int64_t from, int64_t to) {
               if (t.dtype == DType::Float64)
                 update<double>(t, RuleOf<double>(parameters, t), from, to);
               else
                 update<float>(t, RuleOf<float>(parameters, t), from, to);
             });
}

template <Momentum kind>
struct SgdOf {
  template <class T>
  using Rule = Sgd<T, kind>;
};
void sgd(const UpdateList& list, const SgdRule& r) {
  if (r.momentum == 0)
    run<SgdOf<Momentum::None>::Rule>(list, r, 600);
  else if (r.first)
    run<SgdOf<Momentum::First>::Rule>(list, r, 900);
  else if (r.nesterov)
    run<SgdOf<Momentum::Nesterov>::Rule>(list, r, 900);
  else
    run<SgdOf<Momentum::Plain>::Rule>(list, r, 900);
}

template <bool amsgrad>
struct AdamOf {
  template <class T>
  using Rule = Adam<T, amsgrad>;
};
void adam(const UpdateList& list, const AdamRule& r) {
  if (r.amsgrad)
    run<AdamOf<true>::Rule>(list, r, 1800);
  else
    run<AdamOf<false>::Rule>(list, r, 1400);
}

template <bool moves, bool centered>
struct RmspropOf {
  template <class T>
  using Rule = Rmsprop<T, moves, centered>;
};
void rmsprop(const UpdateList& list, const RmspropRule& r) {
  const bool moves = r.momentum != 0;
  if (moves && r.centered)
    run<RmspropOf<true, true>::Rule>(list, r, 1800);
  else if (moves)
    run<RmspropOf<true, false>::Rule>(list, r, 1400);
  else if (r.centered)
    run<RmspropOf<false, true>::Rule>(list, r, 1400);
  else
    run<RmspropOf<false, false>::Rule>(list, r, 1000);
}

// ---- norms and clipping -------------------------------------------------------------------------

// Everything is added in double lanes: a float's square cannot overflow there, and the sum of a
// piece is right to the last bits of a float.

struct Sum {
  GM_INLINE Vec<double> term(Vec<double> x) const { return abs(x); }
  GM_INLINE static Vec<double> combine(Vec<double> a, Vec<double> b) { return a + b; }
};
struct Squares {
  GM_INLINE Vec<double> term(Vec<double> x) const { return x * x; }
  GM_INLINE static Vec<double> combine(Vec<double> a, Vec<double> b) { return a + b; }
};
struct Maximum {
  GM_INLINE Vec<double> term(Vec<double> x) const { return abs(x); }
  GM_INLINE static Vec<double> combine(Vec<double> a, Vec<double> b) { return maximum(a, b); }
};
struct Power {
  double p;
  GM_INLINE Vec<double> term(Vec<double> x) const { return exp(Vec<double>(p) * log(abs(x))); }
  GM_INLINE static Vec<double> combine(Vec<double> a, Vec<double> b) { return a + b; }
};

/// term(x[0]), … combined in four chains of fixed lanes, and those into one.
template <class Norm>
double reduce(const Norm& norm, const float* x, int64_t n) {
  constexpr int N = Vec<float>::N;
  Vec<double> chain[4] = {0., 0., 0., 0.};
  const auto take = [&](Vec<float> v, int at) {
    const Wide wide = widen(v);
    chain[at] = Norm::combine(chain[at], norm.term(wide.lo));
    chain[at + 1] = Norm::combine(chain[at + 1], norm.term(wide.hi));
  };
  int64_t i = 0;
  for (; i + 2 * N <= n; i += 2 * N) {
    take(Vec<float>::load(x + i), 0);
    take(Vec<float>::load(x + i + N), 2);
  }
  for (; i < n; i += N) take(Vec<float>::load(x + i, static_cast<int>(n - i < N ? n - i : N)), 0);
  const Vec<double> all =
      Norm::combine(Norm::combine(chain[0], chain[1]), Norm::combine(chain[2], chain[3]));
  return across(all, [](Vec<double> a, Vec<double> b) { return Norm::combine(a, b); });
}
template <class Norm>
double reduce(const Norm& norm, const double* x, int64_t n) {
  constexpr int N = Vec<double>::N;
  Vec<double> chain[4] = {0., 0., 0., 0.};
  int64_t i = 0;
  for (; i + 4 * N <= n; i += 4 * N) {
#pragma GCC unroll 4
    for (int c = 0; c < 4; ++c)
      chain[c] = Norm::combine(chain[c], norm.term(Vec<double>::load(x + i + c * N)));
  }
  for (; i < n; i += N) {
    const int lanes = static_cast<int>(n - i < N ? n - i : N);
    chain[0] = Norm::combine(chain[0], norm.term(Vec<double>::load(x + i, lanes)));
  }
  const Vec<double> all =
      Norm::combine(Norm::combine(chain[0], chain[1]), Norm::combine(chain[2], chain[3]));
  return across(all, [](Vec<double> a, Vec<double> b) { return Norm::combine(a, b); });
}

template <class Norm>
void run_norm(const UpdateList& list, const Norm& norm, double* partials, int64_t picoseconds) {
  for_pieces(list, list.total * picoseconds / 1000,
             [&](int64_t piece, const UpdateTensor& t, int64_t from, int64_t to) {
               const double part = t.dtype == DType::Float64
                                       ? reduce(norm, at<double>(t.grad, from), to - from)
                                       : reduce(norm, at<float>(t.grad, from), to - from);
               // A piece visits its tensors in order, the first of them at its first element.
               const bool first = t.begin + from == piece * list.piece;
               partials[piece] =
                   first ? part : Norm::combine(Vec<double>(partials[piece]), Vec<double>(part))[0];
             });
}

void norm(const UpdateList& list, NormKind kind, double p, double* partials) {
  switch (kind) {
    case NormKind::Sum:
      return run_norm(list, Sum{}, partials, 250);
    case NormKind::Squares:
      return run_norm(list, Squares{}, partials, 250);
    case NormKind::Maximum:
      return run_norm(list, Maximum{}, partials, 250);
    case NormKind::Power:
      return run_norm(list, Power{p}, partials, 5000);
  }
}

/// grad = op(grad), elementwise.
template <class T, class Op>
void rewrite(const UpdateTensor& t, const Op& op, int64_t from, int64_t to) {
  constexpr int N = Vec<T>::N;
  T* const x = at<T>(t.grad, from);
  const int64_t n = to - from;
  int64_t i = 0;
  for (; i + N <= n; i += N) op(Vec<T>::load(x + i)).store(x + i);
  if (i < n) {
    const int tail = static_cast<int>(n - i);
    op(Vec<T>::load(x + i, tail)).store(x + i, tail);
  }
}
template <class Op>
void run_rewrite(const UpdateList& list, const Op& op) {
  for_pieces(list, list.total / 2, [&](int64_t, const UpdateTensor& t, int64_t from, int64_t to) {
    if (t.dtype == DType::Float64)
      rewrite<double>(t, op, from, to);
    else
      rewrite<float>(t, op, from, to);
  });
}

void scale_by(const UpdateList& list, double factor) {
  run_rewrite(list, [=]<class T>(Vec<T> x) { return x * Vec<T>(T(factor)); });
}
void clamp_to(const UpdateList& list, double low, double high) {
  run_rewrite(list, [=]<class T>(Vec<T> x) {
    return minimum(maximum(x, Vec<T>(T(low))), Vec<T>(T(high)));
  });
}

}  // namespace

constinit const OptimKernels optim = {
    .sgd = sgd,
    .adam = adam,
    .rmsprop = rmsprop,
    .norm = norm,
    .scale = scale_by,
    .clamp = clamp_to,
};

}  // namespace gm::GM_ISA
