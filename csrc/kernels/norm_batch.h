// Batch normalisation. A channel with a long span is taken by itself, run by run; where the span is
// short, a band of channels goes through the batch together, for their runs lie side by side:
//
//   item 0   a a a a  b b b b  c c c c …     one sum for each channel, kept in a vector; with a
//   span item 1   a a a a  b b b b  c c c c …     of 1 each lane is a channel
#pragma once

#include "kernels/norm_line.h"

namespace gm::GM_ISA {
namespace {

template <class T>
struct Channel {
  const BatchNormArgs& a;
  int64_t c;

  template <class P>
  static auto* as(P* p) {
    if constexpr (__is_same(P, const char))
      return reinterpret_cast<const T*>(p);
    else
      return reinterpret_cast<T*>(p);
  }
  /// The channel's run of item n in x, y, g or dx.
  template <class P>
  auto* run(P* p, int64_t n) const {
    return as(p) + (n * a.channels + c) * a.span;
  }
  int64_t count() const { return a.batch * a.span; }
  /// Elements to the channel's next run, which is fetched while one is computed.
  int64_t next() const { return a.channels * a.span; }

  void statistics() const {
    double mean = 0, squares = 0;
    if (a.training) {
      for (int64_t n = 0; n < a.batch; ++n) mean += sum_of(run(a.x, n), a.span, next());
      mean /= double(count());
      for (int64_t n = 0; n < a.batch; ++n) squares += squares_about(run(a.x, n), a.span, T(mean));
    }
    settle(mean, squares);
  }

  /// Sets mean and rstd, of the batch's mean and sum of squares about it in training.
  void settle(double mean, double squares) const {
    double variance;
    if (a.training) {
      variance = squares / double(count());
      if (a.running_mean) {
        T& running = as(a.running_mean)[c];
        running = T((1 - a.momentum) * double(running) + a.momentum * mean);
      }
      if (a.running_var) {
        T& running = as(a.running_var)[c];
        const double unbiased = squares / double(count() - 1);
        running = T((1 - a.momentum) * double(running) + a.momentum * unbiased);
      }
    } else {
      mean = double(as(a.running_mean)[c]);
      variance = double(as(a.running_var)[c]);
    }
    as(a.mean)[c] = T(mean);
    as(a.rstd)[c] = T(reciprocal_root(variance + a.eps));
  }

  void forward() const {
    statistics();
    const Vec<T> m(as(a.mean)[c]);
    const Vec<T> scale(as(a.rstd)[c] * (a.weight ? as(a.weight)[c] : T(1)));
    const Vec<T> shift(a.bias ? as(a.bias)[c] : T(0));
    for (int64_t n = 0; n < a.batch; ++n) {
      const T* x = run(a.x, n);
      T* y = run(a.y, n);
      each_vector<T>(a.span, [&](int64_t i, int k) {
        prefetch(y + i + next());
        put(fma(take(x + i, k) - m, scale, shift), y + i, k);
      });
    }
  }

  // As for rows, with the means over batch and span. Running statistics do not depend on x, so in
  // evaluation dx = rstd·w·g.
  void backward() const {
    const T mean = as(a.mean)[c], rstd = as(a.rstd)[c];
    const Vec<T> m(mean), s(rstd);
    Sums sums;
    if (a.training || a.dweight || a.dbias) {
      for (int64_t n = 0; n < a.batch; ++n) {
        const T *x = run(a.x, n), *g = run(a.g, n);
        const Sums part = sum_pairs<T>(a.span, [&](int64_t i, int k) {
          prefetch(x + i + next());
          prefetch(g + i + next());
          const Vec<T> h = take(g + i, k);
          return Terms<T>{h, h * ((take(x + i, k) - m) * s)};
        });
        sums.first += part.first;
        sums.second += part.second;
      }
    }
    if (a.dweight) as(a.dweight)[c] = T(sums.second);
    if (a.dbias) as(a.dbias)[c] = T(sums.first);
    if (!a.dx) return;
    const Vec<T> scale(rstd * (a.weight ? as(a.weight)[c] : T(1)));
    const Vec<T> about(a.training ? T(sums.first / double(count())) : T(0));
    const Vec<T> along(a.training ? T(sums.second / double(count())) * rstd : T(0));
    for (int64_t n = 0; n < a.batch; ++n) {
      const T *x = run(a.x, n), *g = run(a.g, n);
      T* dx = run(a.dx, n);
      each_vector<T>(a.span, [&](int64_t i, int k) {
        prefetch(dx + i + next());
        put(scale * (take(g + i, k) - about - (take(x + i, k) - m) * along), dx + i, k);
      });
    }
  }
};

// ---- bands
// ---------------------------------------------------------------------------------------

/// Elements of an item that a band takes: 4 vectors, or as many channels as make 512.
template <class T>
GM_INLINE int64_t band_channels(const BatchNormArgs& a) {
  return a.span == 1 ? 4 * Vec<T>::N : 512 / a.span;
}
/// Up to this span channels go by bands.
inline constexpr int64_t kBandSpan = 64;

template <class T>
struct Band {
  static constexpr int N = Vec<T>::N;
  const BatchNormArgs& a;
  int64_t c0, count;

  static constexpr int64_t kMost = 512;  // channels, of double under AVX-512 too
  template <class V>
  struct PerChannel {
    V of[kMost + N];
  };

  template <class P>
  auto* item(P* p, int64_t n) const {
    return Channel<T>::as(p) + (n * a.channels + c0) * a.span;
  }
  /// A vector of item n. Fetching some items ahead gains nothing here.
  GM_INLINE Vec<T> get(const char* p, int64_t n, int64_t i, int lanes) const {
    return take(item(p, n) + i, lanes);
  }

  /// sums.of[k] = Σ over batch and span of term(n, element, lanes, centre, scale), the last two the
  /// channel's. Float lanes add up a few thousand terms, then double takes over.
  template <class Term>
  void total(const PerChannel<T>& centre, const PerChannel<T>& scale, PerChannel<Sums>& sums,
             const Term& term) const {
    for (int64_t k = 0; k < count; ++k) sums.of[k] = {};
    a.span == 1 ? total_lanes(centre, scale, sums, term) : total_runs(centre, scale, sums, term);
  }

  template <class Term>
  void total_lanes(const PerChannel<T>& centre, const PerChannel<T>& scale, PerChannel<Sums>& sums,
                   const Term& term) const {
    constexpr int64_t kItems = 256;
    for (int64_t begin = 0; begin < a.batch; begin += kItems) {
      const int64_t end = begin + kItems < a.batch ? begin + kItems : a.batch;
      T first[4 * N], second[4 * N];
      const auto add = [&](auto lanes_of) {
        Vec<T> f[4], s[4], m[4], r[4];
#pragma GCC unroll 4
        for (int v = 0; v < 4; ++v) {
          f[v] = s[v] = Vec<T>(T(0));
          m[v] = Vec<T>::load(centre.of + v * N);
          r[v] = Vec<T>::load(scale.of + v * N);
        }
#pragma GCC unroll 1
        for (int64_t n = begin; n < end; ++n) {
#pragma GCC unroll 4
          for (int v = 0; v < 4; ++v) {
            const Terms<T> p = term(n, v * N, lanes_of(v), m[v], r[v]);
            f[v] += p.first;
            s[v] += p.second;
          }
        }
#pragma GCC unroll 4
        for (int v = 0; v < 4; ++v) {
          f[v].store(first + v * N);
          s[v].store(second + v * N);
        }
      };
      if (count == 4 * N)
        add([](int) { return N; });
      else
        add([&](int v) {
          const int64_t rest = count - v * N;
          return static_cast<int>(rest < 0 ? 0 : rest < N ? rest : N);
        });
      for (int64_t k = 0; k < count; ++k) {
        sums.of[k].first += double(first[k]);
        sums.of[k].second += double(second[k]);
      }
    }
  }

  template <class Term>
  void total_runs(const PerChannel<T>& centre, const PerChannel<T>& scale, PerChannel<Sums>& sums,
                  const Term& term) const {
    const int64_t items = 2048 / a.span;
    Vec<T> first[512 / 2], second[512 / 2];
    for (int64_t begin = 0; begin < a.batch; begin += items) {
      const int64_t end = begin + items < a.batch ? begin + items : a.batch;
      for (int64_t k = 0; k < count; ++k) first[k] = second[k] = Vec<T>(T(0));
      for (int64_t n = begin; n < end; ++n) {
        for (int64_t k = 0; k < count; ++k) {
          const Vec<T> m(centre.of[k]), r(scale.of[k]);
          Vec<T> f = first[k], s = second[k];
          each_vector<T>(a.span, [&](int64_t i, int lanes) {
            const Terms<T> p = term(n, k * a.span + i, lanes, m, r);
            f += p.first;
            s += p.second;
          });
          first[k] = f;
          second[k] = s;
        }
      }
      for (int64_t k = 0; k < count; ++k) {
        sums.of[k].first += double(sum(first[k]));
        sums.of[k].second += double(sum(second[k]));
      }
    }
  }

  /// to(n, element) = each(n, element, lanes, per-channel values) over the band's items.
  template <int V, class Each>
  void apply(const PerChannel<T> (&values)[V], char* to, const Each& each) const {
    for (int64_t n = 0; n < a.batch; ++n) {
      T* out = item(to, n);
      if (a.span == 1) {
        each_vector<T>(count, [&](int64_t i, int k) {
          Vec<T> v[V];
#pragma GCC unroll 4
          for (int j = 0; j < V; ++j) v[j] = Vec<T>::load(values[j].of + i);
          put(each(n, i, k, v), out + i, k);
        });
        continue;
      }
      for (int64_t c = 0; c < count; ++c) {
        Vec<T> v[V];
#pragma GCC unroll 4
        for (int j = 0; j < V; ++j) v[j] = Vec<T>(values[j].of[c]);
        each_vector<T>(a.span, [&](int64_t i, int k) {
          put(each(n, c * a.span + i, k, v), out + c * a.span + i, k);
        });
      }
    }
  }

  static void clear(PerChannel<T>& values) {
    for (T& x : values.of) x = T(0);
  }

  void forward() const {
    const double elements = double(a.batch * a.span);
    PerChannel<T> values[3];  // mean, scale, shift
    for (PerChannel<T>& v : values) clear(v);
    PerChannel<Sums> sums;
    if (a.training) {
      total(values[0], values[1], sums, [&](int64_t n, int64_t i, int k, Vec<T>, Vec<T>) {
        return Terms<T>{get(a.x, n, i, k), Vec<T>(T(0))};
      });
      for (int64_t k = 0; k < count; ++k) {
        sums.of[k].first /= elements;
        values[0].of[k] = T(sums.of[k].first);
      }
      PerChannel<Sums> squares;
      total(values[0], values[1], squares, [&](int64_t n, int64_t i, int k, Vec<T> m, Vec<T>) {
        const Vec<T> d = only(get(a.x, n, i, k) - m, k);
        return Terms<T>{d * d, Vec<T>(T(0))};
      });
      for (int64_t k = 0; k < count; ++k) sums.of[k].second = squares.of[k].first;
    }
    for (int64_t k = 0; k < count; ++k) {
      const Channel<T> channel{a, c0 + k};
      channel.settle(sums.of[k].first, sums.of[k].second);
      values[0].of[k] = channel.as(a.mean)[c0 + k];
      values[1].of[k] =
          channel.as(a.rstd)[c0 + k] * (a.weight ? channel.as(a.weight)[c0 + k] : T(1));
      values[2].of[k] = a.bias ? channel.as(a.bias)[c0 + k] : T(0);
    }
    apply<3>(values, a.y, [&](int64_t n, int64_t i, int k, const Vec<T>(&v)[3]) {
      return fma(get(a.x, n, i, k) - v[0], v[1], v[2]);
    });
  }

  void backward() const {
    const double elements = double(a.batch * a.span);
    PerChannel<T> values[4];  // mean, scale, about, along: see Channel
    for (PerChannel<T>& v : values) clear(v);
    for (int64_t k = 0; k < count; ++k) {
      values[0].of[k] = Channel<T>::as(a.mean)[c0 + k];
      values[1].of[k] = Channel<T>::as(a.rstd)[c0 + k];
    }
    PerChannel<Sums> sums;
    if (a.training || a.dweight || a.dbias) {
      total(values[0], values[1], sums, [&](int64_t n, int64_t i, int k, Vec<T> m, Vec<T> s) {
        const Vec<T> h = get(a.g, n, i, k);
        return Terms<T>{h, h * ((get(a.x, n, i, k) - m) * s)};
      });
    }
    for (int64_t k = 0; k < count; ++k) {
      const int64_t c = c0 + k;
      const T rstd = values[1].of[k];
      if (a.dweight) Channel<T>::as(a.dweight)[c] = T(sums.of[k].second);
      if (a.dbias) Channel<T>::as(a.dbias)[c] = T(sums.of[k].first);
      if (a.weight) values[1].of[k] = rstd * Channel<T>::as(a.weight)[c];
      if (!a.training) continue;
      values[2].of[k] = T(sums.of[k].first / elements);
      values[3].of[k] = T(sums.of[k].second / elements) * rstd;
    }
    if (!a.dx) return;
    apply<4>(values, a.dx, [&](int64_t n, int64_t i, int k, const Vec<T>(&v)[4]) {
      return v[1] * (get(a.g, n, i, k) - v[2] - (get(a.x, n, i, k) - v[0]) * v[3]);
    });
  }
};

// ---- all channels
// --------------------------------------------------------------------------------

/// one(channel) or band(channels), in pieces of about 8 K elements; `picoseconds` per float.
template <class T, class One, class Bands>
void for_channels(const BatchNormArgs& a, int64_t picoseconds, const One& one, const Bands& bands) {
  const int64_t cost =
      a.batch * a.channels * a.span * picoseconds / 1000 * int64_t(sizeof(T)) / 4 + a.channels * 4;
  if (a.span > kBandSpan || a.span == 0) {
    parallel_for(a.channels, cost, [&](int64_t c) { one(Channel<T>{a, c}); });
    return;
  }
  const int64_t width = band_channels<T>(a), all = (a.channels + width - 1) / width;
  const int64_t step = 8192 / (width * a.span * a.batch + 1) + 1;
  parallel_for((all + step - 1) / step, cost, [&](int64_t piece) {
    for (int64_t b = piece * step; b < all && b < (piece + 1) * step; ++b) {
      const int64_t rest = a.channels - b * width;
      bands(Band<T>{a, b * width, rest < width ? rest : width});
    }
  });
}

template <class T>
void batch_forward_of(const BatchNormArgs& args) {
  for_channels<T>(
      args, 250, [](const Channel<T>& c) { c.forward(); }, [](const Band<T>& b) { b.forward(); });
}
template <class T>
void batch_backward_of(const BatchNormArgs& args) {
  for_channels<T>(
      args, 450, [](const Channel<T>& c) { c.backward(); }, [](const Band<T>& b) { b.backward(); });
}

}  // namespace
}  // namespace gm::GM_ISA
