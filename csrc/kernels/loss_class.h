// Losses over classes. The gradient takes the exponentials again from x rather than reading them
// from memory: shift and log_sum are all that is kept.
#pragma once

#include "core/parallel.h"
#include "isa/parallel.h"
#include "kernels/loss.h"
#include "kernels/softmax_row.h"

namespace gm::GM_ISA {
namespace {

inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
inline int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// Sums of a piece's losses and of their weights.
struct LossSum {
  double loss = 0, weight = 0;
};

/// body(piece) gives each piece's sum; they are added in order.
template <class T, class Body>
void sum_losses(int64_t pieces, int64_t nanoseconds, const LossResult& result, const Body& body) {
  const Scratch scratch(size_t(pieces) * sizeof(LossSum));
  auto* sums = static_cast<LossSum*>(scratch.data);
  parallel_for(pieces, nanoseconds, [&](int64_t piece) { sums[piece] = body(piece); });
  if (!result.total) return;
  LossSum all;
  for (int64_t i = 0; i < pieces; ++i) {
    all.loss += sums[i].loss;
    all.weight += sums[i].weight;
  }
  if (result.divisor) {
    *reinterpret_cast<T*>(result.divisor) = T(all.weight);
    if (result.mean) all.loss /= all.weight;
  } else if (result.mean) {
    all.loss /= result.count;
  }
  *reinterpret_cast<T*>(result.total) = T(all.loss);
}

/// g·scale of a row.
template <class T>
GM_INLINE T coefficient(const LossGradient& gradient, int64_t row) {
  const T g = reinterpret_cast<const T*>(gradient.g)[row * gradient.g_stride];
  if (gradient.divisor) return g / *reinterpret_cast<const T*>(gradient.divisor);
  return T(g / gradient.count);
}

/// The typed view of a ClassLoss.
template <class T>
struct Classes {
  const T* x;
  const int64_t* target;
  const T* weight;
  T *shift, *log_sum;
  int64_t outer, n, inner, ignored;
  T smoothing, rest;  // ε/C, 1-ε
  T all;              // ε/C · Σ_c w[c]

  explicit Classes(const ClassLoss& a)
      : x(reinterpret_cast<const T*>(a.x)),
        target(a.target),
        weight(reinterpret_cast<const T*>(a.weight)),
        shift(reinterpret_cast<T*>(a.shift)),
        log_sum(reinterpret_cast<T*>(a.log_sum)),
        outer(a.outer),
        n(a.classes),
        inner(a.inner),
        ignored(a.ignored),
        smoothing(T(a.smoothing / double(a.classes))),
        rest(T(1 - a.smoothing)) {
    double total = 0;
    for (int64_t c = 0; c < n; ++c) total += weight ? double(weight[c]) : 1;
    all = T(smoothing * total);
  }
  GM_INLINE T weight_of(int64_t label) const { return weight ? weight[label] : T(1); }
  GM_INLINE Vec<T> weights(int64_t c, int lanes) const {
    return weight ? load_lanes(weight + c, lanes) : Vec<T>(T(1));
  }
};

/// Σ_c w[c]·(lse - x[c]) of one row.
template <class T>
GM_INLINE T smooth_row(const Classes<T>& a, const T* x, T shift, T log_sum) {
  const Vec<T> m(shift), s(log_sum);
  return sum(row_sum<T>(a.n, [&](int64_t i, int lanes) {
    const Vec<T> term = a.weights(i, lanes) * (s - (load_lanes(x + i, lanes) - m));
    return lanes == Vec<T>::N ? term : keep(first_lanes<T>(lanes), term);
  }));
}

// ---- rows: inner = 1 ----------------------------------------------------------------------------

/// shift and log_sum of `count` rows at `x`, as many as are taken together.
template <class T>
GM_INLINE void row_statistics(const T* x, int64_t n, int count, T* shift, T* log_sum) {
  T m[Vec<T>::N], s[Vec<T>::N];
  join_rows(count, m, Larger{}, [&](int k) { return row_max(x + k * n, n); });
  join_rows(count, s, Plus{}, [&](int k) { return row_sum_exp(x + k * n, n, m[k], x); });
  log(Vec<T>::load(s)).store(s);
  for (int k = 0; k < count; ++k) {
    shift[k] = m[k];
    log_sum[k] = s[k];
  }
}

template <class T>
void cross_entropy_rows(const ClassLoss& args, const LossResult& result) {
  const Classes<T> a(args);
  const int64_t together = rows_together<T>(a.n);
  const int64_t group = ceil_div(ceil_div(8192, a.n), together) * together;
  auto* each = reinterpret_cast<T*>(result.each);
  const int64_t cost = a.outer * a.n * int64_t(sizeof(T)) / 8;
  sum_losses<T>(ceil_div(a.outer, group), cost, result, [&](int64_t piece) {
    LossSum sum;
    const int64_t end = smaller(a.outer, (piece + 1) * group);
    for (int64_t i = piece * group; i < end; i += together) {
      const int count = int(smaller(together, end - i));
      row_statistics(a.x + i * a.n, a.n, count, a.shift + i, a.log_sum + i);
      for (int64_t row = i; row < i + count; ++row) {
        const int64_t label = a.target[row];
        T loss = 0;
        if (label != a.ignored) {
          const T *x = a.x + row * a.n, w = a.weight_of(label);
          loss = a.rest * w * (a.log_sum[row] - (x[label] - a.shift[row]));
          if (a.smoothing != 0)
            loss += a.smoothing * smooth_row(a, x, a.shift[row], a.log_sum[row]);
          sum.weight += double(w);
        }
        sum.loss += double(loss);
        if (each) each[row] = loss;
      }
    }
    return sum;
  });
}

template <class T>
void cross_entropy_backward_rows(const ClassLoss& args, const LossGradient& gradient) {
  const Classes<T> a(args);
  auto* out = reinterpret_cast<T*>(gradient.dx);
  const int64_t group = ceil_div(8192, a.n), next = ahead(a.n);
  const int64_t cost = a.outer * a.n * int64_t(sizeof(T)) / 6;
  parallel_for(ceil_div(a.outer, group), cost, [&](int64_t piece) {
    const int64_t end = smaller(a.outer, (piece + 1) * group);
    for (int64_t row = piece * group; row < end; ++row) {
      const int64_t label = a.target[row];
      const T* x = a.x + row * a.n;
      T* dx = out + row * a.n;
      if (label == a.ignored) {
        row_map(dx, a.n, [&](int64_t, int) { return Vec<T>(T(0)); });
        continue;
      }
      // dx[c] = k·((1-ε)·w[t]·(p[c] - [c = t]) + ε/C·(p[c]·Σw - w[c]))
      const T k = coefficient<T>(gradient, row), own = k * a.rest * a.weight_of(label);
      const Vec<T> m(a.shift[row]), s(a.log_sum[row]), scale(own + k * a.all);
      const auto share = [&](int64_t i, int lanes) {
        prefetch(x + i + next);
        prefetch(dx + i + next);
        return exp_below((load_lanes(x + i, lanes) - m) - s) * scale;
      };
      if (a.smoothing == 0) {
        row_map(dx, a.n, share);
      } else {
        const Vec<T> smooth(k * a.smoothing);
        row_map(dx, a.n, [&](int64_t i, int lanes) {
          return share(i, lanes) - smooth * a.weights(i, lanes);
        });
      }
      dx[label] -= own;
    }
  });
}

// ---- columns: vectors along inner ---------------------------------------------------------------

/// body(o, j, n): columns j … j+n-1 of outer element o, in pieces; gives their sum.
template <class T, class Body>
LossSum each_strip(const Classes<T>& a, int64_t piece, const Body& body) {
  const int64_t width = strip_width(a.n), strips = ceil_div(a.inner, width);
  const int64_t j = piece % strips * width;
  return body(piece / strips, j, smaller(width, a.inner - j));
}
template <class T>
int64_t strip_count(const Classes<T>& a) {
  return a.outer * ceil_div(a.inner, strip_width(a.n));
}

template <class T>
void cross_entropy_columns(const ClassLoss& args, const LossResult& result) {
  using V = Vec<T>;
  const Classes<T> a(args);
  auto* each = reinterpret_cast<T*>(result.each);
  const int64_t cost = a.outer * a.n * a.inner * int64_t(sizeof(T)) / 8;
  sum_losses<T>(strip_count(a), cost, result, [&](int64_t piece) {
    return each_strip(a, piece, [&](int64_t o, int64_t j0, int64_t n) {
      alignas(64) T m[kStripColumns], s[kStripColumns], smooth[kStripColumns];
      const T* x = a.x + o * a.n * a.inner + j0;
      for (int64_t j = 0; j < n; j += V::N) {
        V(-Ieee<T>::kInfinity).store(m + j);
        V(T(0)).store(s + j);
        V(T(0)).store(smooth + j);
      }
      each_line<T>(a.n, n, [&](int64_t c, int64_t j, int lanes) {
        max(load_lanes(x + c * a.inner + j, lanes), V::load(m + j)).store(m + j);
      });
      each_line<T>(a.n, n, [&](int64_t c, int64_t j, int lanes) {
        const V e = exp_below(load_lanes(x + c * a.inner + j, lanes) - V::load(m + j));
        (V::load(s + j) + e).store(s + j);
      });
      for (int64_t j = 0; j < n; j += V::N) log(V::load(s + j)).store(s + j);
      if (a.smoothing != 0)
        each_line<T>(a.n, n, [&](int64_t c, int64_t j, int lanes) {
          const V term = V::load(s + j) - (load_lanes(x + c * a.inner + j, lanes) - V::load(m + j));
          fma(V(a.weight_of(c)), term, V::load(smooth + j)).store(smooth + j);
        });
      LossSum sum;
      const int64_t at = o * a.inner + j0;
      for (int64_t j = 0; j < n; ++j) {
        a.shift[at + j] = m[j];
        a.log_sum[at + j] = s[j];
        const int64_t label = a.target[at + j];
        T loss = 0;
        if (label != a.ignored) {
          const T w = a.weight_of(label);
          loss = a.rest * w * (s[j] - (x[label * a.inner + j] - m[j])) + a.smoothing * smooth[j];
          sum.weight += double(w);
        }
        sum.loss += double(loss);
        if (each) each[at + j] = loss;
      }
      return sum;
    });
  });
}

template <class T>
void cross_entropy_backward_columns(const ClassLoss& args, const LossGradient& gradient) {
  using V = Vec<T>;
  const Classes<T> a(args);
  auto* out = reinterpret_cast<T*>(gradient.dx);
  const int64_t cost = a.outer * a.n * a.inner * int64_t(sizeof(T)) / 6;
  parallel_for(strip_count(a), cost, [&](int64_t piece) {
    each_strip(a, piece, [&](int64_t o, int64_t j0, int64_t n) {
      // As in cross_entropy_backward_rows; an ignored column's factors are 0.
      alignas(64) T own[kStripColumns], scale[kStripColumns], smooth[kStripColumns];
      const int64_t at = o * a.inner + j0, start = o * a.n * a.inner + j0;
      for (int64_t j = 0; j < n; ++j) {
        const int64_t label = a.target[at + j];
        const T k = label == a.ignored ? T(0) : coefficient<T>(gradient, at + j);
        own[j] = label == a.ignored ? T(0) : k * a.rest * a.weight_of(label);
        scale[j] = own[j] + k * a.all;
        smooth[j] = k * a.smoothing;
      }
      each_line<T>(a.n, n, [&](int64_t c, int64_t j, int lanes) {
        const int64_t i = start + c * a.inner + j;
        const V logit = load_lanes(a.x + i, lanes) - load_lanes(a.shift + at + j, lanes);
        const V p = exp_below(logit - load_lanes(a.log_sum + at + j, lanes));
        const V w(a.weight_of(c));
        store_lanes(p * load_lanes(scale + j, lanes) - load_lanes(smooth + j, lanes) * w, out + i,
                    lanes);
      });
      for (int64_t j = 0; j < n; ++j)
        if (a.target[at + j] != a.ignored) out[start + a.target[at + j] * a.inner + j] -= own[j];
      return LossSum{};
    });
  });
}

// ---- nll: x holds logarithms already ------------------------------------------------------------

template <class T>
void nll_typed(const ClassLoss& args, const LossResult& result) {
  const Classes<T> a(args);
  constexpr int64_t kPiece = 4096;
  const int64_t rows = a.outer * a.inner;
  auto* each = reinterpret_cast<T*>(result.each);
  sum_losses<T>(ceil_div(rows, kPiece), rows * 4, result, [&](int64_t piece) {
    LossSum sum;
    const int64_t end = smaller(rows, (piece + 1) * kPiece);
    for (int64_t row = piece * kPiece; row < end; ++row) {
      const int64_t label = a.target[row];
      T loss = 0;
      if (label != a.ignored) {
        const T w = a.weight_of(label);
        loss = -w * a.x[(row / a.inner * a.n + label) * a.inner + row % a.inner];
        sum.weight += double(w);
      }
      sum.loss += double(loss);
      if (each) each[row] = loss;
    }
    return sum;
  });
}

/// dx is zero but where labels point; outer elements are cut by size.
template <class T>
void nll_backward_typed(const ClassLoss& args, const LossGradient& gradient) {
  const Classes<T> a(args);
  auto* out = reinterpret_cast<T*>(gradient.dx);
  const int64_t size = a.n * a.inner, group = ceil_div(16384, size);
  parallel_for(ceil_div(a.outer, group), a.outer * size / 8, [&](int64_t piece) {
    const int64_t end = smaller(a.outer, (piece + 1) * group);
    for (int64_t o = piece * group; o < end; ++o) {
      T* dx = out + o * size;
      row_map(dx, size, [&](int64_t, int) { return Vec<T>(T(0)); });
      for (int64_t j = 0; j < a.inner; ++j) {
        const int64_t row = o * a.inner + j, label = a.target[row];
        if (label != a.ignored)
          dx[label * a.inner + j] = -a.weight_of(label) * coefficient<T>(gradient, row);
      }
    }
  });
}

// ---- probabilities ------------------------------------------------------------------------------

template <class T>
struct Probabilities {
  const T *x, *q, *weight;
  T *shift, *log_sum, *mass;
  int64_t rows, n;
  T smoothing, rest;  // ε/C, 1-ε

  explicit Probabilities(const ProbabilityLoss& a)
      : x(reinterpret_cast<const T*>(a.x)),
        q(reinterpret_cast<const T*>(a.q)),
        weight(reinterpret_cast<const T*>(a.weight)),
        shift(reinterpret_cast<T*>(a.shift)),
        log_sum(reinterpret_cast<T*>(a.log_sum)),
        mass(reinterpret_cast<T*>(a.mass)),
        rows(a.rows),
        n(a.classes),
        smoothing(T(a.smoothing / double(a.classes))),
        rest(T(1 - a.smoothing)) {}
  GM_INLINE Vec<T> weights(int64_t c, int lanes) const {
    return weight ? load_lanes(weight + c, lanes) : Vec<T>(T(1));
  }
  /// w·q' of a row, 0 beyond `lanes`.
  GM_INLINE Vec<T> masses(int64_t row, int64_t c, int lanes) const {
    const Vec<T> smooth = fma(load_lanes(q + row * n + c, lanes), Vec<T>(rest), Vec<T>(smoothing));
    const Vec<T> m = weights(c, lanes) * smooth;
    return lanes == Vec<T>::N ? m : keep(first_lanes<T>(lanes), m);
  }
  /// log p of a row.
  GM_INLINE Vec<T> logs(int64_t row, int64_t c, int lanes) const {
    return (load_lanes(x + row * n + c, lanes) - Vec<T>(shift[row])) - Vec<T>(log_sum[row]);
  }
};

template <class T>
void probability_typed(const ProbabilityLoss& args, const LossResult& result) {
  const Probabilities<T> a(args);
  auto* each = reinterpret_cast<T*>(result.each);
  const int64_t group = ceil_div(8192, a.n), cost = a.rows * a.n * int64_t(sizeof(T)) / 6;
  sum_losses<T>(ceil_div(a.rows, group), cost, result, [&](int64_t piece) {
    LossSum total;
    const int64_t end = smaller(a.rows, (piece + 1) * group);
    for (int64_t row = piece * group; row < end; ++row) {
      row_statistics(a.x + row * a.n, a.n, 1, a.shift + row, a.log_sum + row);
      a.mass[row] =
          sum(row_sum<T>(a.n, [&](int64_t c, int lanes) { return a.masses(row, c, lanes); }));
      const T loss = -sum(row_sum<T>(a.n, [&](int64_t c, int lanes) {
        // No mass, no loss, even where log p is minus infinity.
        const Vec<T> m = a.masses(row, c, lanes);
        return keep(m != Vec<T>(T(0)), m * a.logs(row, c, lanes));
      }));
      total.loss += double(loss);
      if (each) each[row] = loss;
    }
    return total;
  });
}

/// dx[c] = k·(p[c]·Σ w q' - w[c] q'[c]); dq[c] = -k·(1-ε)·w[c]·log p[c].
template <class T, bool Target>
void probability_backward_typed(const ProbabilityLoss& args, const LossGradient& gradient) {
  const Probabilities<T> a(args);
  auto* out = reinterpret_cast<T*>(gradient.dx);
  const int64_t group = ceil_div(8192, a.n), cost = a.rows * a.n * int64_t(sizeof(T)) / 6;
  parallel_for(ceil_div(a.rows, group), cost, [&](int64_t piece) {
    const int64_t end = smaller(a.rows, (piece + 1) * group);
    for (int64_t row = piece * group; row < end; ++row) {
      const T k = coefficient<T>(gradient, row);
      const Vec<T> factor(Target ? -k * a.rest : k), mass(a.mass[row]);
      row_map(out + row * a.n, a.n, [&](int64_t c, int lanes) {
        const Vec<T> log_p = a.logs(row, c, lanes);
        if constexpr (Target)
          return factor * a.weights(c, lanes) * log_p;
        else
          return factor * (exp_below(log_p) * mass - a.masses(row, c, lanes));
      });
    }
  });
}

}  // namespace
}  // namespace gm::GM_ISA
