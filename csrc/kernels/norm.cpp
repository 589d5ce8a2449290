#include "kernels/norm.h"

#include "kernels/norm_batch.h"

namespace gm::GM_ISA {
namespace {

// ---- rows
// ----------------------------------------------------------------------------------------

template <class T>
struct Rows {
  const RowNormArgs& a;
  int64_t length;

  explicit Rows(const RowNormArgs& args) : a(args), length(args.channels * args.span) {}
  template <class P>
  static auto* as(P* p) {
    if constexpr (__is_same(P, const char))
      return reinterpret_cast<const T*>(p);
    else
      return reinterpret_cast<T*>(p);
  }

  void forward(int64_t r) const {
    const T* x = as(a.x) + r * length;
    const T mean = a.centered ? T(sum_of(x, length) / double(length)) : T(0);
    const T rstd =
        T(reciprocal_root(squares_about(x, length, mean, ahead(length)) / double(length) + a.eps));
    if (a.mean) as(a.mean)[r] = mean;
    as(a.rstd)[r] = rstd;
    normalize(r, mean, rstd);
  }

  /// As many times forward, of short rows: their lanes are joined, divided and rooted at once. The
  /// same bits: float32 quotients of sums and counts are those rounded from double.
  void forward_together(int64_t r, int count) const {
    const T* x = as(a.x) + r * length;
    T mean[Vec<T>::N] = {}, rstd[Vec<T>::N];
    if (a.centered) {
      join_rows(count, mean, Plus{}, [&](int k) {
        return sum_block<T>(0, length,
                            [&](int64_t i, int n) { return take(x + k * length + i, n); });
      });
      const Vec<T> quotients = Vec<T>::load(mean) / Vec<T>(T(length));
      quotients.store(mean);
      quotients.store(as(a.mean) + r, count);
    }
    join_rows(count, rstd, Plus{}, [&](int k) {
      const Vec<T> m(mean[k]);
      return sum_block<T>(0, length, [&](int64_t i, int n) {
        const Vec<T> d = only(take(x + k * length + i, n) - m, n);
        return d * d;
      });
    });
    const Vec<T> roots = reciprocal_roots(Vec<T>::load(rstd), double(length), a.eps);
    roots.store(rstd);
    roots.store(as(a.rstd) + r, count);
    if (length > Vec<T>::N || a.span > 1 || a.groups > 1) {
      for (int k = 0; k < count; ++k) normalize(r + k, mean[k], rstd[k]);
      return;
    }
    const int n = int(length);
    const Vec<T> weight = a.weight ? take(as(a.weight), n) : Vec<T>(T(1));
    const Vec<T> bias = a.bias ? take(as(a.bias), n) : Vec<T>(T(-0.));
    T* y = as(a.y) + r * length;
    for (int k = 0; k < count; ++k, x += n, y += n)
      fma((Vec<T>::load(x, n) - mean[k]) * rstd[k], weight, bias).store(y, n);
  }

  void normalize(int64_t r, T mean, T rstd) const {
    const T* x = as(a.x) + r * length;
    T* y = as(a.y) + r * length;
    const int64_t first = r % a.groups * a.channels;
    const T* weight = a.weight ? as(a.weight) + first : nullptr;
    const T* bias = a.bias ? as(a.bias) + first : nullptr;
    const Vec<T> m(mean), s(rstd);
    if (a.span == 1) {
      const int64_t next = ahead(length);
      const auto normed = [&](int64_t i, int k) {
        prefetch(y + i + next);
        return (take(x + i, k) - m) * s;
      };
      // Asked within the loop, what the usual row has takes a sixth of it.
      if (weight && bias) {
        each_vector<T>(length, [&](int64_t i, int k) {
          put(fma(normed(i, k), take(weight + i, k), take(bias + i, k)), y + i, k);
        });
        return;
      }
      each_vector<T>(length, [&](int64_t i, int k) {
        Vec<T> v = normed(i, k);
        if (weight) v *= take(weight + i, k);
        if (bias) v += take(bias + i, k);
        put(v, y + i, k);
      });
      return;
    }
    for (int64_t c = 0; c < a.channels; ++c, x += a.span, y += a.span) {
      const Vec<T> scale = weight ? Vec<T>(rstd * weight[c]) : s;
      const Vec<T> shift(bias ? bias[c] : T(0));
      each_vector<T>(
          a.span, [&](int64_t i, int k) { put(fma(take(x + i, k) - m, scale, shift), y + i, k); });
    }
  }

  // With x̂ = (x - mean)·rstd and y = x̂·w + b, a row of h = g·w gives
  //   dx = rstd·(h - mean(h) - x̂·mean(h·x̂)), without mean(h) where not centered;
  //   dw = Σ g·x̂, db = Σ g over the rows.
  //
  // dweight and dbias, where wanted and span is 1, are added to on the way.
  void backward_dx(int64_t r, T* dweight, T* dbias) const {
    const T* x = as(a.x) + r * length;
    const T* g = as(a.g) + r * length;
    T* dx = as(a.dx) + r * length;
    const T mean = a.mean ? as(a.mean)[r] : T(0), rstd = as(a.rstd)[r];
    const Vec<T> m(mean), s(rstd);
    const T* weight = a.weight ? as(a.weight) + r % a.groups * a.channels : nullptr;
    Sums sums;
    if (a.span == 1) {
      sums = sum_pairs<T>(length, [&](int64_t i, int k) {
        Vec<T> h = take(g + i, k);
        if (weight) h *= take(weight + i, k);
        return Terms<T>{h, h * ((take(x + i, k) - m) * s)};
      });
    } else {
      for (int64_t c = 0; c < a.channels; ++c) {
        const Vec<T> w(weight ? weight[c] : T(1));
        const T *xc = x + c * a.span, *gc = g + c * a.span;
        const Sums part = sum_pairs<T>(a.span, [&](int64_t i, int k) {
          const Vec<T> h = take(gc + i, k) * w;
          return Terms<T>{h, h * ((take(xc + i, k) - m) * s)};
        });
        sums.first += part.first;
        sums.second += part.second;
      }
    }
    const Vec<T> about(a.centered ? T(sums.first / double(length)) : T(0));
    const Vec<T> along(T(sums.second / double(length)));
    const auto gradient = [&](Vec<T> h, Vec<T> v) { return s * (h - about - (v - m) * s * along); };
    if (a.span == 1) {
      const int64_t first = r % a.groups * a.channels, next = ahead(length);
      each_vector<T>(length, [&](int64_t i, int k) {
        prefetch(x + i + next);
        prefetch(g + i + next);
        prefetch(dx + i + next);
        const Vec<T> h = take(g + i, k), v = (take(x + i, k) - m) * s;
        if (dweight) {  // asked outside the loop instead: no faster
          T *w = dweight + first + i, *b = dbias + first + i;
          put(fma(h, v, take(w, k)), w, k);
          put(take(b, k) + h, b, k);
        }
        const Vec<T> scaled = weight ? h * take(weight + i, k) : h;
        put(s * (scaled - about - v * along), dx + i, k);
      });
      return;
    }
    for (int64_t c = 0; c < a.channels; ++c, x += a.span, g += a.span, dx += a.span) {
      const Vec<T> w(weight ? weight[c] : T(1));
      each_vector<T>(a.span, [&](int64_t i, int k) {
        put(gradient(take(g + i, k) * w, take(x + i, k)), dx + i, k);
      });
    }
  }

  /// Adds row r's part of dweight and dbias, each groups·channels long.
  void add_parameters(int64_t r, T* dweight, T* dbias) const {
    const T* x = as(a.x) + r * length;
    const T* g = as(a.g) + r * length;
    const Vec<T> m(a.mean ? as(a.mean)[r] : T(0)), s(as(a.rstd)[r]);
    const int64_t first = r % a.groups * a.channels;
    if (a.span == 1) {
      each_vector<T>(length, [&](int64_t i, int k) {
        const Vec<T> h = take(g + i, k);
        T *w = dweight + first + i, *b = dbias + first + i;
        put(fma(h, (take(x + i, k) - m) * s, take(w, k)), w, k);
        put(take(b, k) + h, b, k);
      });
      return;
    }
    for (int64_t c = 0; c < a.channels; ++c, x += a.span, g += a.span) {
      const Sums part = sum_pairs<T>(a.span, [&](int64_t i, int k) {
        const Vec<T> h = take(g + i, k);
        return Terms<T>{h, h * ((take(x + i, k) - m) * s)};
      });
      dbias[first + c] += T(part.first);
      dweight[first + c] += T(part.second);
    }
  }
};

/// Rows of one piece: by shape alone, at most 64 pieces where partial sums are kept.
int64_t rows_per_piece(const RowNormArgs& a) {
  const int64_t by_size = 16384 / (a.channels * a.span) + 1;
  const int64_t by_count = (a.rows + 63) / 64;
  return by_size > by_count ? by_size : by_count;
}

template <class T>
void row_forward_of(const RowNormArgs& args) {
  const Rows<T> rows(args);
  // float64 is not worth its 3 KB.
  constexpr bool single = sizeof(T) == 4;
  const int64_t together = single ? rows_together<T>(rows.length) : 1;
  const int64_t step = (8192 / rows.length / together + 1) * together;
  parallel_for((args.rows + step - 1) / step, args.rows * rows.length * int64_t(sizeof(T)) / 8,
               [&](int64_t piece) {
                 const int64_t end =
                     (piece + 1) * step < args.rows ? (piece + 1) * step : args.rows;
                 int64_t r = piece * step;
                 if constexpr (single) {
                   for (; together > 1 && r < end; r += together)
                     rows.forward_together(r, int(end - r < together ? end - r : together));
                 }
                 for (; r < end; ++r) rows.forward(r);
               });
}

template <class T>
void row_backward_of(const RowNormArgs& args, void* workspace) {
  const Rows<T> rows(args);
  const bool parameters = args.dweight || args.dbias;
  const int64_t step = rows_per_piece(args), pieces = (args.rows + step - 1) / step;
  const int64_t width = args.groups * args.channels;
  T* partial = static_cast<T*>(workspace);  // pieces × (dweight, dbias)
  const int64_t cost = args.rows * rows.length * int64_t(sizeof(T)) / 4;
  parallel_for(pieces, cost, [&](int64_t piece) {
    T* dweight = parameters ? partial + piece * 2 * width : nullptr;
    T* dbias = parameters ? dweight + width : nullptr;
    if (parameters) {
      for (int64_t i = 0; i < 2 * width; ++i) dweight[i] = T(0);
    }
    const int64_t end = (piece + 1) * step < args.rows ? (piece + 1) * step : args.rows;
    for (int64_t r = piece * step; r < end; ++r) {
      const bool together = args.dx && parameters && args.span == 1;
      if (args.dx) rows.backward_dx(r, together ? dweight : nullptr, dbias);
      if (parameters && !together) rows.add_parameters(r, dweight, dbias);
    }
  });
  if (!parameters) return;
  // The pieces' sums are added in order, a block of channels at a time.
  constexpr int64_t kChannels = 512;
  const auto total = [&](char* out, int64_t offset) {
    if (!out) return;
    T* to = reinterpret_cast<T*>(out);
    parallel_for((width + kChannels - 1) / kChannels, pieces * width / 2, [&](int64_t block) {
      const int64_t begin = block * kChannels;
      const int64_t count = width - begin < kChannels ? width - begin : kChannels;
      each_vector<T>(count, [&](int64_t i, int k) {
        Vec<T> sum(T(0));
        for (int64_t p = 0; p < pieces; ++p)
          sum += take(partial + p * 2 * width + offset + begin + i, k);
        put(sum, to + begin + i, k);
      });
    });
  };
  total(args.dweight, 0);
  total(args.dbias, width);
}

// ---- the table
// -----------------------------------------------------------------------------------

void row_forward(const RowNormArgs& args) {
  if (args.dtype == DType::Float64)
    row_forward_of<double>(args);
  else
    row_forward_of<float>(args);
}
int64_t row_workspace(const RowNormArgs& args) {
  if (!args.dweight && !args.dbias) return 0;
  const int64_t step = rows_per_piece(args);
  const int64_t bytes = args.dtype == DType::Float64 ? 8 : 4;
  return (args.rows + step - 1) / step * 2 * args.groups * args.channels * bytes;
}
void row_backward(const RowNormArgs& args, void* workspace) {
  if (args.dtype == DType::Float64)
    row_backward_of<double>(args, workspace);
  else
    row_backward_of<float>(args, workspace);
}
void batch_forward(const BatchNormArgs& args) {
  if (args.dtype == DType::Float64)
    batch_forward_of<double>(args);
  else
    batch_forward_of<float>(args);
}
void batch_backward(const BatchNormArgs& args) {
  if (args.dtype == DType::Float64)
    batch_backward_of<double>(args);
  else
    batch_backward_of<float>(args);
}

}  // namespace

constinit const NormKernels norm = {
    .row_forward = row_forward,
    .row_workspace = row_workspace,
    .row_backward = row_backward,
    .batch_forward = batch_forward,
    .batch_backward = batch_backward,
};

}  // namespace gm::GM_ISA
