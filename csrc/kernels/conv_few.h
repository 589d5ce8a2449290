// Weight gradients of 3×3 at stride 1 from very few channels, whose columns would be packed for a
// tile or two: 27 terms of 32 filters take 0.65 of the time of a product.
#pragma once

#include "kernels/conv_depthwise.h"

namespace gm::GM_ISA {
namespace {

/// Filters that share the loads of a source: 3 × 9 sums + 3 of gradients + 1 = 31 registers.
constexpr int kFilters = 3;

/// Rows of one channel under the three taps along x: copied[vector][row][tap], so that the nine
/// taps of a row of output are nine vectors in a row. (Loads across cache lines take twice as long,
/// and with one for each tap so did the whole.) Zeros beyond the planes and past the last column.
template <class T>
void copy_three(const ConvAxis& y, const ConvAxis& x, const T* plane, int64_t row, int64_t rows,
                T* copied) {
  constexpr int64_t N = Vec<T>::N;
  const T zeros[N] = {};
  for (int64_t i = 0; i < x.out; i += N) {
    const ThreeLanes<T> lanes(i - x.before, x.in, x.out - i);
    for (int64_t s = row - y.before; s < row - y.before + rows + 2; ++s, copied += 3 * N) {
      const bool inside = s >= 0 && s < y.in;
#pragma GCC unroll 3
      for (int j = 0; j < 3; ++j) {
        const T* from = plane + s * x.in + i - x.before + j;
        (inside ? lanes.of[j].load(from) : Vec<T>::load(zeros)).store(copied + j * N);
      }
    }
  }
}

/// total[f · step + t] += gradient of filter f · source under tap t, over some rows, for F filters;
/// meanwhile `ahead` is fetched, a line for each row of a vector. Returns where that ended.
template <class T, int F>
const T* correlate_three(const T* copied, const T* gradient, int64_t plane, int64_t rows,
                         int64_t width, const T* ahead, Vec<T>* total, int64_t step) {
  constexpr int64_t N = Vec<T>::N, kLine = 64 / int64_t(sizeof(T));
  Vec<T> sum[F][9];
#pragma GCC unroll 3
  for (int f = 0; f < F; ++f)
#pragma GCC unroll 9
    for (int t = 0; t < 9; ++t) sum[f][t] = total[f * step + t];
  for (int64_t i = 0; i < width; i += N, copied += 6 * N) {
    const LaneRange<T> lanes(0, int(least(N, width - i)));
    const T* at = gradient + i;
    for (int64_t r = 0; r < rows; ++r, copied += 3 * N, at += width) {
      __builtin_prefetch(ahead, 0, 2);
      ahead += kLine;
      Vec<T> g[F];
#pragma GCC unroll 3
      for (int f = 0; f < F; ++f) g[f] = lanes.load(at + f * plane);
#pragma GCC unroll 9
      for (int t = 0; t < 9; ++t) {
        Vec<T> x = Vec<T>::load(copied + t * N);
        pin(x);
#pragma GCC unroll 3
        for (int f = 0; f < F; ++f) sum[f][t] = fma(g[f], x, sum[f][t]);
      }
    }
  }
#pragma GCC unroll 3
  for (int f = 0; f < F; ++f)
#pragma GCC unroll 9
    for (int t = 0; t < 9; ++t) total[f * step + t] = sum[f][t];
  return ahead;
}

/// Filters and images are cut; the sums of chunks of images are added in order.
struct FewCut {
  int64_t down;            // pieces of filters, of two at least
  int64_t images, chunks;  // of a chunk, and all
  int64_t weights;
};
inline FewCut cut_few(const ConvArgs& a) {
  const int64_t down = ceil_div(a.filters, 12 * kFilters);
  const int64_t images = ceil_div(a.images, least(a.images, ceil_div(8, down)));
  return {down, images, ceil_div(a.images, images), a.filters * a.channels * 9};
}
inline bool is_few(const ConvArgs& a) {
  return a.groups == 1 && a.dtype == DType::Float32 && a.filters > 1 &&
         a.channels * a.filters > 4 && is_three(a.y) && is_three(a.x);
}

template <class T>
void few_piece(const ConvArgs& args, const FewCut& cut, int64_t chunk, int64_t piece, T* weight,
               T* bias) {
  constexpr int F = kFilters;
  constexpr int64_t kTogether = 65536;
  const ConvAxis &y = args.y, &x = args.x;
  const int64_t plane = y.out * x.out, in_plane = y.in * x.in, terms = args.channels * 9;
  const int64_t filter = args.filters * piece / cut.down;
  const int64_t filters = args.filters * (piece + 1) / cut.down - filter;
  const int64_t rows = least(y.out, most(8192 / (args.channels * x.out), 1));
  const int64_t channel = ceil_div(x.out, Vec<T>::N) * (rows + 2) * 3 * Vec<T>::N;
  const int64_t sums = filters * terms;
  const Scratch scratch(
      static_cast<size_t>(sums * kVectorBytes + args.channels * channel * int64_t(sizeof(T))));
  Vec<T>* const total = static_cast<Vec<T>*>(scratch.data);
  T* const source = reinterpret_cast<T*>(total + sums);
  weight += filter * terms;
  for (int64_t i = 0; i < sums; ++i) {
    weight[i] = T(0);
    total[i] = Vec<T>(T(0));
  }
  if (bias) bias += filter;
  for (int64_t f = 0; bias && f < filters; ++f) bias[f] = T(0);
  int64_t positions = 0;
  const int64_t end = least((chunk + 1) * cut.images, args.images) * y.out;
  for (int64_t row = chunk * cut.images * y.out; row < end;) {
    const int64_t image = row / y.out, first = row % y.out, count = least(rows, y.out - first);
    for (int64_t c = 0; c < args.channels; ++c)
      copy_three(y, x, as<T>(args.input) + (image * args.channels + c) * in_plane, first, count,
                 source + c * channel);
    const T* g = as<T>(args.output) + (image * args.filters + filter) * plane + first * x.out;
    for (int64_t f = 0; f < filters;) {
      // Threes, and two or four as twos.
      const int64_t rest = filters - f, together = rest == 2 || rest == 4 ? 2 : F;
      const auto run = together == 2 ? correlate_three<T, 2> : correlate_three<T, F>;
      const T* ahead = g + together * plane;
      for (int64_t c = 0; c < args.channels; ++c)
        ahead = run(source + c * channel, g, plane, count, x.out, ahead, total + f * terms + c * 9,
                    terms);
      for (int64_t i = 0; bias && i < together; ++i)
        bias[f + i] += sum_of_run(g + i * plane, count * x.out);
      g += together * plane;
      f += together;
    }
    row += count;
    positions += count * x.out;
    if (positions < kTogether && row < end) continue;
    positions = 0;
    for (int64_t i = 0; i < sums; ++i) {
      weight[i] += sum(total[i]);
      total[i] = Vec<T>(T(0));
    }
  }
}

template <class T>
void run_few(const ConvArgs& args) {
  const FewCut cut = cut_few(args);
  T* const partial = as<T>(cut.chunks > 1 ? args.workspace : args.weight);
  T* const bias =
      cut.chunks > 1 && args.bias ? partial + cut.chunks * cut.weights : as<T>(args.bias);
  const int64_t work = cut.weights * args.images * args.y.out * args.x.out;
  parallel_for(cut.down * cut.chunks, work / 50, [&](int64_t piece) {
    const int64_t chunk = piece / cut.down;
    few_piece(args, cut, chunk, piece % cut.down, partial + chunk * cut.weights,
              bias ? bias + chunk * args.filters : nullptr);
  });
  if (cut.chunks == 1) return;
  add_chunks(partial, cut.chunks, cut.weights, as<T>(args.weight));
  if (bias) add_chunks(bias, cut.chunks, args.filters, as<T>(args.bias));
}

}  // namespace
}  // namespace gm::GM_ISA
