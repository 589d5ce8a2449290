// Losses over classes. A gradient that is not taken with the loss takes the exponentials again from
// x rather than reading them from memory: shift and their sum are all that is kept.
#pragma once

#include <cstring>

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

/// The sums of pieces, added in order, to where they go.
template <class T>
[[gnu::noinline]] void put_total(const LossSum* sums, int64_t pieces, const LossResult& result) {
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
/// body(piece) gives each piece's sum.
template <class T, class Body>
void sum_losses(int64_t pieces, int64_t nanoseconds, const LossResult& result, const Body& body) {
  const Scratch scratch(size_t(pieces) * sizeof(LossSum));
  auto* sums = static_cast<LossSum*>(scratch.data);
  parallel_for(pieces, nanoseconds, [&](int64_t piece) { sums[piece] = body(piece); });
  put_total<T>(sums, pieces, result);
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
  T *shift, *exp_sum;
  int64_t outer, n, inner, ignored;
  T smoothing, rest;  // ε/C, 1-ε
  T all;              // ε/C · Σ_c w[c]

  [[gnu::noinline]] explicit Classes(const ClassLoss& a)
      : x(reinterpret_cast<const T*>(a.x)),
        target(a.target),
        weight(reinterpret_cast<const T*>(a.weight)),
        shift(reinterpret_cast<T*>(a.shift)),
        exp_sum(reinterpret_cast<T*>(a.exp_sum)),
        outer(a.outer),
        n(a.classes),
        inner(a.inner),
        ignored(a.ignored),
        smoothing(T(a.smoothing / double(a.classes))),
        rest(T(1 - a.smoothing)) {
    double total = weight ? 0 : double(n);
    for (int64_t c = 0; weight && c < n; ++c) total += double(weight[c]);
    all = T(smoothing * total);
  }
  GM_INLINE T weight_of(int64_t label) const { return weight ? weight[label] : T(1); }
  GM_INLINE Vec<T> weights(int64_t c, int lanes) const {
    return weight ? load_lanes(weight + c, lanes) : Vec<T>(T(1));
  }
};

/// Σ_c w[c]·(lse - x[c]) of one row.
template <class T>
[[gnu::noinline]] T smooth_row(const Classes<T>& a, const T* x, T shift, T log_sum) {
  const Vec<T> m(shift), s(log_sum);
  return sum(row_sum<T>(a.n, [&](int64_t i, int lanes) {
    const Vec<T> term = a.weights(i, lanes) * (s - (load_lanes(x + i, lanes) - m));
    return lanes == Vec<T>::N ? term : keep(first_lanes<T>(lanes), term);
  }));
}

// ---- rows: inner = 1 ----------------------------------------------------------------------------

// What the gradient adds is out of line, or forward alone takes 1.03 of its time.

/// Σ e^(x - m) of a row, but for joining the lanes, and the powers in `out`, where short rows have
/// room for whole vectors.
template <class T>
[[gnu::noinline]] Vec<T> powers(const T* x, T* out, int64_t n, T m) {
  const Vec<T> shift(m);
  const int64_t next = ahead(n);
  return row_sum<T>(n, [&](int64_t i, int lanes) {
    const Vec<T> e = exp_below(load_lanes(x + i, lanes) - shift);
    store_lanes(e, out + i, n <= kShortRow ? Vec<T>::N : lanes);
    prefetch(x + i + next);
    prefetch(out + i + next);
    return lanes == Vec<T>::N ? e : keep(first_lanes<T>(lanes), e);
  });
}
/// From one row's powers to the next's. Short rows' have whole vectors of their own: beside what
/// was just stored to, a load would wait.
template <class T>
inline int64_t power_stride(int64_t n) {
  return n <= kShortRow ? ceil_div(n, Vec<T>::N) * Vec<T>::N : n;
}
/// The sums of `count` rows.
template <class T>
[[gnu::noinline]] void row_powers(const T* x, int64_t n, int count, const T* m, T* s, T* out) {
  const int64_t stride = power_stride<T>(n);
  join_rows(count, s, Plus{}, [&](int k) { return powers(x + k * n, out + k * stride, n, m[k]); });
}

/// m = max x, s = Σ e^(x - m) of `count` rows, as many as are taken together; the powers in `out`,
/// if it is given.
template <class T>
GM_INLINE void row_statistics(const T* x, int64_t n, int count, T* m, T* s, T* out) {
  join_rows(count, m, Larger{}, [&](int k) { return row_max(x + k * n, n); });
  if (out)
    row_powers(x, n, count, m, s, out);
  else
    join_rows(count, s, Plus{}, [&](int k) { return row_sum_exp(x + k * n, n, m[k], x); });
}

/// to = from·by.
template <class T>
[[gnu::noinline]] void scale_row(const T* from, T* to, int64_t n, T by) {
  row_map(to, n, [&](int64_t i, int lanes) { return load_lanes(from + i, lanes) * Vec<T>(by); });
}
template <class T>
[[gnu::noinline]] void subtract_weights(const Classes<T>& a, T by, T* dx) {
  row_map(dx, a.n, [&](int64_t i, int lanes) {
    return load_lanes(dx + i, lanes) - Vec<T>(by) * a.weights(i, lanes);
  });
}

/// k times the gradient of `row`, but for its label. write(dx, scale) gives scale·e^(x - shift).
///
///   dx[c] = k·((1-ε)·w[t]·(p[c] - [c = t]) + ε/C·(p[c]·Σw - w[c])),  p = e^(x - shift) / exp_sum
///
/// The same bits from forward and backward: each step is rounded by itself.
template <class T, class Write>
GM_INLINE void gradient_row(const Classes<T>& a, int64_t row, T k, T* dx, const Write& write) {
  const int64_t label = a.target[row];
  if (label == a.ignored) {
    std::memset(dx, 0, size_t(a.n) * sizeof(T));
    return;
  }
  const T own = opaque(Vec<T>(k * a.rest * a.weight_of(label)))[0];
  write(dx, fma(Vec<T>(k), Vec<T>(a.all), Vec<T>(own))[0] / a.exp_sum[row]);
  if (a.smoothing != 0) subtract_weights(a, k * a.smoothing, dx);
}
/// The label's part, some rows later: a load of what a vector was just stored to would wait.
template <class T>
GM_INLINE void gradient_label(const Classes<T>& a, int64_t row, T k, T* dx) {
  const int64_t label = a.target[row];
  if (label != a.ignored) dx[label] -= opaque(Vec<T>(k * a.rest * a.weight_of(label)))[0];
}

/// The gradients of `count` rows from their powers.
template <class T>
[[gnu::noinline]] void finish_gradient(const Classes<T>& a, int64_t row, int count, T k,
                                       const T* powers, T* dx) {
  const int64_t stride = power_stride<T>(a.n);
  for (int r = 0; r < count; ++r)
    gradient_row(a, row + r, k, dx + r * a.n,
                 [&](T* to, T by) { scale_row(powers + r * stride, to, a.n, by); });
  for (int r = 0; r < count; ++r) gradient_label(a, row + r, k, dx + r * a.n);
}

/// What the mean divides by, as sum_losses finds it.
template <class T>
T sum_weights(const Classes<T>& a, int64_t pieces, int64_t group) {
  const Scratch scratch(size_t(pieces) * sizeof(double));
  auto* sums = static_cast<double*>(scratch.data);
  parallel_for(pieces, a.outer, [&](int64_t piece) {
    const int64_t end = smaller(a.outer, (piece + 1) * group);
    int64_t count = 0;
    double sum = 0;
    for (int64_t row = piece * group; row < end; ++row) {
      const bool counts = a.target[row] != a.ignored;
      if (!a.weight)
        count += counts;
      else if (counts)
        sum += double(a.weight[a.target[row]]);
    }
    sums[piece] = sum + double(count);
  });
  double all = 0;
  for (int64_t i = 0; i < pieces; ++i) all += sums[i];
  return T(all);
}

/// With result.dx a row is visited once: the powers that are summed stay in cache, in dx. Of
/// 4096×1024 that takes 0.61 of the time of both visits. In vain there: the powers beside it and
/// dx stored past the cache (1.25–1.5).
template <class T>
void cross_entropy_rows(const ClassLoss& args, const LossResult& result) {
  const Classes<T> a(args);
  const int64_t together = rows_together<T>(a.n);
  const int64_t group = ceil_div(ceil_div(8192, a.n), together) * together;
  const int64_t pieces = ceil_div(a.outer, group);
  auto* each = reinterpret_cast<T*>(result.each);
  auto* out = reinterpret_cast<T*>(result.dx);
  const T k = out && result.mean ? 1 / sum_weights(a, pieces, group) : T(1);
  const int64_t cost = a.outer * a.n * int64_t(sizeof(T)) / (out ? 5 : 8);
  sum_losses<T>(pieces, cost, result, [&](int64_t piece) {
    alignas(64) T m[Vec<T>::N], s[Vec<T>::N], log_sum[Vec<T>::N], room[Vec<T>::N * kShortRow];
    LossSum sum;
    const int64_t end = smaller(a.outer, (piece + 1) * group);
    for (int64_t i = piece * group; i < end; i += together) {
      const int count = int(smaller(together, end - i));
      const T* x = a.x + i * a.n;
      T* dx = out ? out + i * a.n : nullptr;
      T* powers = out && together > 1 ? room : dx;
      row_statistics(x, a.n, count, m, s, powers);
      log(Vec<T>::load(s)).store(log_sum);
      for (int r = 0; r < count; ++r, x += a.n) {
        const int64_t row = i + r, label = a.target[row];
        a.shift[row] = m[r];
        a.exp_sum[row] = s[r];
        T loss = 0;
        if (label != a.ignored) {
          const T w = a.weight_of(label);
          loss = a.rest * w * (log_sum[r] - (x[label] - m[r]));
          if (a.smoothing != 0) loss += a.smoothing * smooth_row(a, x, m[r], log_sum[r]);
          sum.weight += double(w);
        }
        sum.loss += double(loss);
        if (each) each[row] = loss;
      }
      if (out) finish_gradient(a, i, count, k, powers, dx);
    }
    return sum;
  });
}

template <class T>
void scale_gradient(const LossGradient& gradient, int64_t n) {
  const T g = *reinterpret_cast<const T*>(gradient.g);
  auto* dx = reinterpret_cast<T*>(gradient.dx);
  if (g == 1) return;
  constexpr int64_t kPiece = 16384;
  parallel_for(ceil_div(n, kPiece), n * int64_t(sizeof(T)) / 16, [&](int64_t piece) {
    T* from = dx + piece * kPiece;
    scale_row(from, from, smaller(kPiece, n - piece * kPiece), g);
  });
}

template <class T>
void cross_entropy_backward_rows(const ClassLoss& args, const LossGradient& gradient) {
  const Classes<T> a(args);
  auto* out = reinterpret_cast<T*>(gradient.dx);
  const int64_t group = ceil_div(8192, a.n), next = ahead(a.n);
  const int64_t cost = a.outer * a.n * int64_t(sizeof(T)) / 6;
  // One g for all is a factor of its own, as where forward has taken the rest.
  const T one(1), g = gradient.g_stride ? one : *reinterpret_cast<const T*>(gradient.g);
  LossGradient other = gradient;
  if (!gradient.g_stride) other.g = reinterpret_cast<const char*>(&one);
  parallel_for(ceil_div(a.outer, group), cost, [&](int64_t piece) {
    const int64_t begin = piece * group, end = smaller(a.outer, begin + group);
    for (int64_t row = begin; row < end; ++row) {
      const T* x = a.x + row * a.n;
      const Vec<T> m(a.shift[row]);
      gradient_row(a, row, coefficient<T>(other, row), out + row * a.n, [&](T* dx, T scale) {
        row_map(dx, a.n, [&](int64_t i, int lanes) {
          prefetch(x + i + next);
          prefetch(dx + i + next);
          return exp_below(load_lanes(x + i, lanes) - m) * Vec<T>(scale);
        });
      });
    }
    for (int64_t row = begin; row < end; ++row)
      gradient_label(a, row, coefficient<T>(other, row), out + row * a.n);
    T* all = out + begin * a.n;
    if (g != 1) scale_row(all, all, (end - begin) * a.n, g);
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
      for (int64_t j = 0; j < n; ++j) a.exp_sum[o * a.inner + j0 + j] = s[j];
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
      // As in gradient_row; an ignored column's factors are 0.
      alignas(64) T own[kStripColumns], scale[kStripColumns], smooth[kStripColumns];
      const int64_t at = o * a.inner + j0, start = o * a.n * a.inner + j0;
      for (int64_t j = 0; j < n; ++j) {
        const int64_t label = a.target[at + j];
        const T k = label == a.ignored ? T(0) : coefficient<T>(gradient, at + j);
        own[j] = label == a.ignored ? T(0) : k * a.rest * a.weight_of(label);
        scale[j] = own[j] + k * a.all;
        smooth[j] = k * a.smoothing;
      }
      each_line<T>(1, n, [&](int64_t, int64_t j, int lanes) {
        (V::load(scale + j) / load_lanes(a.exp_sum + at + j, lanes)).store(scale + j);
      });
      each_line<T>(a.n, n, [&](int64_t c, int64_t j, int lanes) {
        const int64_t i = start + c * a.inner + j;
        const V power = exp_below(load_lanes(a.x + i, lanes) - load_lanes(a.shift + at + j, lanes));
        const V w(a.weight_of(c));
        store_lanes(power * load_lanes(scale + j, lanes) - load_lanes(smooth + j, lanes) * w,
                    out + i, lanes);
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
      const T* x = a.x + row * a.n;
      T m[Vec<T>::N], s[Vec<T>::N];
      row_statistics<T>(x, a.n, 1, m, s, nullptr);
      a.shift[row] = m[0];
      a.log_sum[row] = log(Vec<T>::load(s))[0];
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
