// What both ways of Winograd's algorithm share: the grid of tiles, and the transforms of weights
// and of inputs into packed panels.
#pragma once

#include "gemm/gemm.h"
#include "kernels/conv_columns.h"
#include "kernels/conv_product.h"
#include "kernels/conv_winograd.h"

namespace gm::GM_ISA {
namespace {

constexpr int kTaps = 3;

/// Grid tiles, counted along rows and through all images: of m outputs along an axis of three taps,
/// of one along an axis of one.
template <class T, int m>
struct TileGrid {
  TapAxis y, x;
  int64_t count;

  explicit TileGrid(const ConvProduct<T>& p)
      : y(axis(p.y)), x(axis(p.x)), count(p.images * y.out * x.out) {}
  static TapAxis axis(const TapAxis& a) {
    if (a.taps == 1) return a;
    return {.in = a.in,
            .out = ceil_div(a.out, m),
            .step = m,
            .taps = m + kTaps - 1,
            .first = a.lowest(),
            .advance = 1};
  }
};

/// Channels between two cuts of a sum.
template <class T>
int64_t winograd_channels(const ConvProduct<T>& p) {
  return ceil_div(p.channels, ceil_div(p.channels, 128));
}

/// Elements between those of one transformed channel, row or tile: at least `size`.
template <class T>
GM_INLINE int64_t stream_step(int64_t size) {
  constexpr int64_t kLine = 64 / int64_t(sizeof(T));
  const int64_t lines = ceil_div(size, kLine) + 1;
  return (lines % 2 ? lines : lines + 1) * kLine;
}

// ---- weights ------------------------------------------------------------------------------------

/// U for rows [row, row + lines) and channels [c, c + count): n² panels of `width` rows, `step`
/// apart. Rows beyond are the last one again. The lines of U `fetch` elements ahead are fetched: of
/// a U that stays in L2 the first cache cannot follow all streams (0.9 of the time of 512 channels
/// of 7×7).
template <class T, int m>
void transform_weights(const ConvProduct<T>& p, const T* weight, int64_t row, int lines, int64_t c,
                       int64_t count, int width, int64_t step, T* u, int64_t fetch = 0) {
  using W = Winograd<T, m>;
  constexpr int N = Vec<T>::N, n = W::n;
  weight += row * p.weight_row + c * p.weight_channel;
  // Nine taps lie together; in the data gradient they are taken from the last to the first.
  const bool reversed = p.y.advance < 0;
  for (int l0 = 0; l0 < width; l0 += N) {
    const T* of[N];
    for (int l = 0; l < N; ++l) of[l] = weight + least(l0 + l, lines - 1) * p.weight_row;
    T* to = u + l0;
    // Sixteen rows far apart, or one row's channels far apart: the hardware fetches neither.
    const int64_t ahead = (p.weight_channel == kTaps * kTaps ? 12 : 6) * p.weight_channel;
    for (int64_t k = 0; k < count; ++k, to += width) {
      const int64_t at = k * p.weight_channel;
#pragma GCC unroll 16
      for (int l = 0; l < N; ++l) __builtin_prefetch(of[l] + at + ahead);
      Vec<T> low[4], high[4], last[4];
      load_transposed(of, at, low);
      load_transposed(of, at + 4, high);
      load_transposed(of, at + 5, last);
      const Vec<T> tap[9] = {low[0],  low[1],  low[2],  low[3], high[0],
                             high[1], high[2], high[3], last[3]};
      Vec<T> half[kTaps][n];
#pragma GCC unroll 3
      for (int i = 0; i < kTaps; ++i) {
        Vec<T> g[kTaps];
#pragma GCC unroll 3
        for (int j = 0; j < kTaps; ++j) g[j] = reversed ? tap[8 - 3 * i - j] : tap[3 * i + j];
        W::kernel(g, half[i]);
      }
#pragma GCC unroll 6
      for (int j = 0; j < n; ++j) {
        const Vec<T> g[kTaps] = {half[0][j], half[1][j], half[2][j]};
        Vec<T> column[n];
        W::kernel(g, column);
        // Lanes past `width` are overwritten by the next channel, or fall between two streams.
#pragma GCC unroll 6
        for (int i = 0; i < n; ++i) {
          column[i].store(to + (i * n + j) * step);
          __builtin_prefetch(to + (i * n + j) * step + fetch, 1);
        }
      }
    }
  }
}

/// The same for kernels of three taps on one axis: the last three of four neighbours, but for the
/// weight's first row, before which there is nothing to read.
template <class T, int m>
void transform_line_weights(const ConvProduct<T>& p, const T* weight, int64_t row, int lines,
                            int64_t c, int64_t count, int width, int64_t step, T* u) {
  using W = Winograd<T, m>;
  constexpr int N = Vec<T>::N, n = W::n;
  weight += row * p.weight_row + c * p.weight_channel;
  const bool reversed = (p.y.taps == 1 ? p.x : p.y).advance < 0;
  for (int l0 = 0; l0 < width; l0 += N) {
    const T* of[N];
    for (int l = 0; l < N; ++l) of[l] = weight + least(l0 + l, lines - 1) * p.weight_row;
    T* to = u + l0;
    for (int64_t k = 0; k < count; ++k, to += width) {
      const int64_t at = k * p.weight_channel;
      Vec<T> near[4], column[n];
      if (of[0] + at > p.weight) {
        load_transposed(of, at - 1, near);
      } else {
        alignas(64) T tap[kTaps][N];
        for (int l = 0; l < N; ++l)
          for (int j = 0; j < kTaps; ++j) tap[j][l] = of[l][at + j];
        for (int j = 0; j < kTaps; ++j) near[1 + j] = Vec<T>::load(tap[j]);
      }
      const Vec<T> g[kTaps] = {near[reversed ? 3 : 1], near[2], near[reversed ? 1 : 3]};
      W::kernel(g, column);
#pragma GCC unroll 6
      for (int i = 0; i < n; ++i) column[i].store(to + i * step);
    }
  }
}

// ---- tiles --------------------------------------------------------------------------------------

/// use(load), where load(p) is a vector of M runs, of `count` if M is 0.
template <class T, int M, class Use>
GM_INLINE void with_runs(const Runs& runs, int first, int count, const Use& use) {
  if constexpr (M > 0) {
    use(gather_of<T, M>(runs, first, typename CountLanes<M>::type{}));
  } else {
    use([&](const T* from) {
      Vec<T> x = Vec<T>::load(from + runs.from[first]);
      for (int r = first + 1; r < first + count; ++r)
        x = Graft<T>(runs.lane[r])(x, from + runs.from[r]);
      return x;
    });
  }
}

/// V for one channel: transforms the tiles of one vector, of M runs each (any number where M is 0).
template <class T, int m, int axes, int M>
void transform_tiles(const T* patch, const int64_t* tap, const Runs& runs, int first, int count,
                     int64_t step, T* v) {
  using W = Winograd<T, m>;
  constexpr int n = W::n;
  with_runs<T, M>(runs, first, count, [&](const auto& load) {
    if constexpr (axes == 1) {
      Vec<T> d[n], t[n];
#pragma GCC unroll 6
      for (int j = 0; j < n; ++j) d[j] = load(patch + tap[j]);
      W::input(d, t);
#pragma GCC unroll 6
      for (int j = 0; j < n; ++j) t[j].store(v + j * step);
    } else {
      transform_square<T, n, n>(
          [&](int i, Vec<T>(&row)[n]) {
#pragma GCC unroll 6
            for (int j = 0; j < n; ++j) row[j] = load(patch + tap[i * n + j]);
          },
          [](const Vec<T>(&d)[n], Vec<T>(&t)[n]) { W::input(d, t); },
          [&](int j, const Vec<T>(&column)[n]) {
#pragma GCC unroll 6
            for (int i = 0; i < n; ++i) column[i].store(v + (i * n + j) * step);
          });
    }
  });
}
template <class T>
using TransformTiles = void (*)(const T*, const int64_t*, const Runs&, int, int, int64_t, T*);
template <class T, int m, int axes>
constexpr TransformTiles<T> tile_transforms[5] = {
    transform_tiles<T, m, axes, 0>, transform_tiles<T, m, axes, 1>, transform_tiles<T, m, axes, 2>,
    transform_tiles<T, m, axes, 3>, transform_tiles<T, m, axes, 4>};

}  // namespace
}  // namespace gm::GM_ISA
