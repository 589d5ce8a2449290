// Depthwise convolution of 3×3 at stride 1, on planes as they lie: rows are read under masks, which
// costs as little as reading a padded copy and spares it. Each load serves the three rows of output
// around it. (N8 C96 H28 took 2 to 3 times as long by conv_direct.cpp's blocks, which copy a plane
// and load it anew for every tap.)
#pragma once

#include "kernels/conv_product.h"

namespace gm::GM_ISA {
namespace {

/// Vectors side by side: nine weights, three rows of sums and a load stay in registers.
#if defined(__AVX512F__)
constexpr int kStrip = 2;
#else
constexpr int kStrip = 1;
#endif

inline bool three_beside(const TapAxis& a) {
  return a.taps == 3 && a.step == 1 && a.distance() == 1;
}

/// Rows of output at a time.
constexpr int kDepthwiseRows = 4;

/// Whether a forward product or a data gradient is one of these.
template <class T>
bool is_depthwise(const ConvProduct<T>& p) {
  return p.rows == 1 && p.channels == 1 && three_beside(p.y) && three_beside(p.x) && p.out_x == 1 &&
         p.y.out >= kDepthwiseRows;
}

/// A vector of a source row under each of three taps: lane l of tap j is position  x + l + j, if
/// 0 ≤ x + l + j < in  and  l < columns.
template <class T>
struct ThreeLanes {
  LaneRange<T> of[3];
  GM_INLINE static LaneRange<T> range(int64_t x, int64_t in, int64_t columns) {
    constexpr int64_t N = Vec<T>::N;
    const int64_t end = most(least(least(in - x, columns), N), 0), first = least(most(-x, 0), end);
    return LaneRange<T>(int(first), int(end));
  }
  GM_INLINE ThreeLanes(int64_t x, int64_t in, int64_t columns)
      : of{range(x, in, columns), range(x + 1, in, columns), range(x + 2, in, columns)} {}
};

template <class T>
struct DepthwisePlane {
  const T* source;
  T* out;
  T weight[9], bias;  // in ascending order of the positions read
};

/// kDepthwiseRows rows of output from `y` on, one strip of V vectors from `x` on.
template <class T, int V>
GM_INLINE void depthwise_rows(const ConvProduct<T>& p, const DepthwisePlane<T>& plane, int64_t y,
                              int64_t x, const Vec<T> (&w)[9], const ThreeLanes<T> (&lanes)[V],
                              int last, const T* zeros) {
  constexpr int N = Vec<T>::N, R = kDepthwiseRows;
  Vec<T> sum[R][V];
#pragma GCC unroll 6
  for (int s = 0; s < R + 2; ++s) {
    const int64_t row = y + s + p.y.lowest();
    const T* from =
        row >= 0 && row < p.y.in ? plane.source + row * p.x.in + x + p.x.lowest() : zeros;
#pragma GCC unroll 3
    for (int j = 0; j < 3; ++j) {
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) {
        Vec<T> in = lanes[v].of[j].load(from + j + v * N);
        pin(in);
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) {
          if (r > s || r < s - 2) continue;
          const Vec<T> before = r == s && j == 0 ? Vec<T>(T(0)) : sum[r][v];
          sum[r][v] = fma(w[(s - r) * 3 + j], in, before);
        }
      }
    }
    if (s < 2) continue;
    T* to = plane.out + (y + s - 2) * p.out_y + x;
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) {
      const Vec<T> done = sum[s - 2][v] + Vec<T>(plane.bias);
      if (v < V - 1)
        done.store(to + v * N);
      else
        done.store(to + v * N, last);
    }
  }
}

/// Rows [y0, y1) of a strip of V vectors: four at least.
template <class T, int V>
void depthwise_strip(const ConvProduct<T>& p, const DepthwisePlane<T>& plane, int64_t y0,
                     int64_t y1, int64_t x) {
  constexpr int N = Vec<T>::N, R = kDepthwiseRows;
  const int64_t columns = least(p.x.out - x, V * N);
  const int last = int(columns - (V - 1) * N);
  T zeros[V * N + 2] = {};
  Vec<T> w[9];
#pragma GCC unroll 9
  for (int t = 0; t < 9; ++t) w[t] = Vec<T>(plane.weight[t]);
  const int64_t first = x + p.x.lowest();
  const auto run = [&](const ThreeLanes<T>(&lanes)[V]) {
    // The last rows are computed together with some before them once more.
    for (int64_t y = y0; y < y1; y += R)
      depthwise_rows<T, V>(p, plane, least(y, y1 - R), x, w, lanes, last, zeros);
  };
  if constexpr (V == 1) {
    run({ThreeLanes<T>(first, p.x.in, columns)});
  } else {
    run({ThreeLanes<T>(first, p.x.in, N), ThreeLanes<T>(first + N, p.x.in, columns - N)});
  }
  if (p.finish) {
    T* to = plane.out + y0 * p.out_y + x;
    p.finish_at(to, p.out_y, nullptr, to, p.out_y, y1 - y0, columns);
  }
}

/// Pieces are runs of planes, or of rows of a large one, in the order in which they lie.
template <class T>
void run_depthwise(const ConvProduct<T>& p) {
  constexpr int64_t N = Vec<T>::N, kPositions = 16384;
  const int64_t plane = p.y.out * p.x.out, planes = p.images * p.groups;
  const int64_t together = most(kPositions / plane, 1);
  const int64_t rows = least(p.y.out, most(2 * kPositions / p.x.out, kDepthwiseRows));
  const int64_t down = p.y.out / rows;
  parallel_for(ceil_div(planes, together) * down, planes * plane / 8, [&](int64_t piece) {
    const int64_t begin = piece / down * together, at = piece % down;
    const int64_t y0 = p.y.out * at / down, y1 = p.y.out * (at + 1) / down;
    for (int64_t i = begin; i < least(begin + together, planes); ++i) {
      const int64_t group = i % p.groups, image = i / p.groups;
      DepthwisePlane<T> d;
      d.source = p.source + image * p.source_image + group * p.y.in * p.x.in;
      d.out = p.out + image * p.out_image + group * p.out_row;
      d.bias = p.bias ? p.bias[group] : T(0);
      const T* weight = p.weight + group * p.weight_group;
      for (int64_t t = 0; t < 9; ++t)
        d.weight[t] = weight[p.y.ascending(t / 3) * p.weight_y + p.x.ascending(t % 3) * p.weight_x];
      for (int64_t x = 0; x < p.x.out; x += kStrip * N) {
        const auto strip = p.x.out - x > N ? depthwise_strip<T, kStrip> : depthwise_strip<T, 1>;
        strip(p, d, y0, y1, x);
      }
    }
  });
}

/// total[t] += Σ gradient · source under tap t, over a plane, from column `x` on: a vector wide.
template <class T>
void depthwise_correlate(const ConvAxis& y, const ConvAxis& x, const T* source, const T* gradient,
                         int64_t column, Vec<T>* total) {
  constexpr int64_t N = Vec<T>::N;
  const int64_t columns = least(x.out - column, N), first = column - x.before;
  const ThreeLanes<T> lanes(first, x.in, columns);
  const LaneRange<T> held(0, int(columns));
  Vec<T> sum[9], g[3];
#pragma GCC unroll 9
  for (int t = 0; t < 9; ++t) sum[t] = total[t];
#pragma GCC unroll 3
  for (int i = 0; i < 3; ++i) g[i] = Vec<T>(T(0));
  // Row s of the source meets rows s + before − i of the gradient, i being the tap along y.
  const T* from = source - y.before * x.in + first;
  const T* at = gradient + column;
  const int64_t rows = least(y.in + y.before, y.out + 2);
  for (int64_t row = 0; row < rows; ++row, from += x.in, at += x.out) {
    g[2] = g[1];
    g[1] = g[0];
    if (row < y.out) g[0] = held.load(at);
    if (row < y.before) continue;
    Vec<T> in[3];
#pragma GCC unroll 3
    for (int j = 0; j < 3; ++j) in[j] = lanes.of[j].load(from + j);
#pragma GCC unroll 3
    for (int i = 0; i < 3; ++i) {
      if (row < i || row - i >= y.out) continue;
#pragma GCC unroll 3
      for (int j = 0; j < 3; ++j) sum[i * 3 + j] = fma(g[i], in[j], sum[i * 3 + j]);
    }
  }
#pragma GCC unroll 9
  for (int t = 0; t < 9; ++t) total[t] = sum[t];
}

/// Weight gradients of some groups: images in order, in vectors that are summed up now and then.
/// Planes of neighbouring groups are read one after another, as they lie.
constexpr int64_t kGroups = 8;
template <class T>
void depthwise_weights(const ConvArgs& args, int64_t group, int64_t groups) {
  constexpr int64_t N = Vec<T>::N, kTogether = 16384;
  const ConvAxis &y = args.y, &x = args.x;
  const int64_t in = y.in * x.in, out = y.out * x.out;
  T* const weight = as<T>(args.weight) + group * 9;
  T* const bias = args.bias ? as<T>(args.bias) + group : nullptr;
  Vec<T> total[kGroups][9];
  for (int64_t i = 0; i < groups; ++i)
    for (int t = 0; t < 9; ++t) total[i][t] = Vec<T>(T(0));
  for (int64_t t = 0; t < groups * 9; ++t) weight[t] = T(0);
  for (int64_t i = 0; bias && i < groups; ++i) bias[i] = T(0);
  int64_t positions = 0;
  for (int64_t image = 0; image < args.images; ++image) {
    const T* const source = as<T>(args.input) + (image * args.groups + group) * in;
    const T* const gradient = as<T>(args.output) + (image * args.groups + group) * out;
    positions += out;
    const bool add = positions >= kTogether || image + 1 == args.images;
    if (add) positions = 0;
    for (int64_t i = 0; i < groups; ++i) {
      if (bias) bias[i] += sum_of_run(gradient + i * out, out);
      for (int64_t column = 0; column < x.out; column += N) {
        depthwise_correlate(y, x, source + i * in, gradient + i * out, column, total[i]);
        if (!add || (out < kTogether && column + N < x.out)) continue;
        for (int t = 0; t < 9; ++t) {
          weight[i * 9 + t] += sum(total[i][t]);
          total[i][t] = Vec<T>(T(0));
        }
      }
    }
  }
}

}  // namespace
}  // namespace gm::GM_ISA
