// Convolution and its data gradient as products over a grid: out (rows × grid) = weight (rows ×
// terms) · source (terms × grid), where a term is a channel and a tap.
#pragma once

#include "isa/parallel.h"
#include "kernels/conv_patch.h"
#include "kernels/finish_rows.h"

namespace gm::GM_ISA {
namespace {

template <class T>
struct ConvProduct {
  int64_t images, groups;
  int64_t rows, channels;  // per group
  TapAxis y, x;
  const T* source;  // planes of y.in × x.in, one after another, groups in order
  int64_t source_image;
  // Row m, channel c, tap (i, j):  weight[m · weight_row + c · weight_channel + i · weight_y + …]
  const T* weight;
  int64_t weight_group, weight_row, weight_channel, weight_y, weight_x;
  const T* bias;  // or null
  T* out;
  int64_t out_image, out_row, out_y, out_x;  // rows of all groups follow one another
  const T* packed;                           // weights packed beforehand, or null
  const T* residual;                         // like out, or out itself, or null
  FinishFn<T> finish;                        // or null: only the bias is added
  double slope;

  GM_INLINE int64_t taps() const { return y.taps * x.taps; }
  GM_INLINE int64_t grid_rows() const { return images * y.out; }
  /// Finishes rows of the output at `to`, which lie there or at `from`. `added`: the residual is in
  /// them.
  GM_INLINE void finish_at(const T* from, int64_t from_step, const T* biases, T* to,
                           int64_t to_step, int64_t many, int64_t columns,
                           bool added = false) const {
    finish({from, from_step, residual && !added ? residual + (to - out) : nullptr, to, to_step,
            biases, many, columns, slope});
  }
  /// Whether the grid of an image is one run in memory.
  GM_INLINE bool dense_out() const { return out_x == 1 && out_y == x.out; }
  /// Whether every position has one tap, of the source at that position itself.
  GM_INLINE bool pointwise() const {
    return taps() == 1 && y.in == y.out && x.in == x.out && y.step == 1 && x.step == 1 &&
           y.first == 0 && x.first == 0;
  }
  /// Whether the columns of a box of rows lie in the source as they are packed.
  GM_INLINE bool in_place() const { return pointwise() && y.out == 1; }
  /// Whether a row's terms are one run in memory.
  GM_INLINE bool dense_taps() const {
    return (x.taps == 1 || weight_x == 1) && (y.taps == 1 || weight_y == x.taps);
  }
  GM_INLINE bool dense_weight() const {
    return dense_taps() && (channels == 1 || weight_channel == taps()) &&
           (taps() > 1 || channels == 1 || weight_channel == 1);
  }
};

/// A pointwise product knows no rows: each image is one.
template <class T>
ConvProduct<T> fold(ConvProduct<T> p) {
  if (p.pointwise() && p.dense_out()) {
    p.x.in = p.x.out = p.y.in * p.x.in;
    p.y.in = p.y.out = 1;
    p.out_y = p.x.out;
  }
  return p;
}

template <class T>
T* as(char* data) {
  return reinterpret_cast<T*>(data);
}

template <class T>
ConvProduct<T> forward_product(const ConvArgs& args) {
  ConvProduct<T> p{};
  p.images = args.images;
  p.groups = args.groups;
  p.rows = args.filters;
  p.channels = args.channels;
  p.y = window_axis(args.y);
  p.x = window_axis(args.x);
  p.source = as<T>(args.input);
  p.source_image = args.groups * args.channels * args.y.in * args.x.in;
  p.weight = as<T>(args.weight);
  p.weight_x = 1;
  p.weight_y = args.x.kernel;
  p.weight_channel = args.y.kernel * args.x.kernel;
  p.weight_row = args.channels * p.weight_channel;
  p.weight_group = args.filters * p.weight_row;
  p.bias = as<T>(args.bias);
  p.out = as<T>(args.output);
  p.out_x = 1;
  p.out_y = args.x.out;
  p.out_row = args.y.out * args.x.out;
  p.out_image = args.groups * args.filters * p.out_row;
  p.packed = reinterpret_cast<const T*>(args.packed);
  p.residual = as<T>(args.residual);
  if (args.residual || args.finish != Finish::None) p.finish = finish_function<T>(args.finish);
  p.slope = args.slope;
  return fold(p);
}

// Forward was  out[i] += w[k] · in[i·s − before + k·d], so input position y = j·s + r, of phase r,
// gets w[k] · g[i] from every tap k for which  y + before − k·d = i·s.  Those taps are every
// s/gcd(s, d)-th from a first one on, and i = j + (r + before − k·d)/s: a grid of its own for each
// phase, with consecutive j reading consecutive i.

/// Taps of phase r along an axis: kernel positions first, first + every, …
struct PhaseTaps {
  int64_t first, every, count;
};
PhaseTaps phase_taps(const ConvAxis& a, int64_t r) {
  const int64_t every = a.stride / common_divisor(a.stride, a.dilation);
  for (int64_t k = 0; k < least(every, a.kernel); ++k)
    if ((r + a.before - k * a.dilation) % a.stride == 0)
      return {k, every, ceil_div(a.kernel - k, every)};
  return {0, every, 0};
}
TapAxis phase_axis(const ConvAxis& a, int64_t r, const PhaseTaps& taps) {
  return {.in = a.out,
          .out = ceil_div(a.in - r, a.stride),
          .step = 1,
          .taps = taps.count,
          .first = (r + a.before - taps.first * a.dilation) / a.stride,
          .advance = -(taps.every * a.dilation / a.stride)};
}

/// The product of phase (r, q); without taps where nothing but the bias flows there.
template <class T>
ConvProduct<T> phase_product(const ConvArgs& args, int64_t r, int64_t q) {
  const PhaseTaps y = phase_taps(args.y, r), x = phase_taps(args.x, q);
  ConvProduct<T> p{};
  p.images = args.images;
  p.groups = args.groups;
  p.rows = args.channels;
  p.channels = args.filters;
  p.y = phase_axis(args.y, r, y);
  p.x = phase_axis(args.x, q, x);
  p.source = as<T>(args.output);
  p.source_image = args.groups * args.filters * args.y.out * args.x.out;
  p.weight_row = args.y.kernel * args.x.kernel;
  p.weight_channel = args.channels * p.weight_row;
  p.weight_group = args.filters * p.weight_channel;
  p.weight_y = y.every * args.x.kernel;
  p.weight_x = x.every;
  p.weight = as<T>(args.weight) + y.first * args.x.kernel + x.first;
  p.bias = as<T>(args.bias);
  p.out_x = args.x.stride;
  p.out_y = args.y.stride * args.x.in;
  p.out_row = args.y.in * args.x.in;
  p.out_image = args.groups * args.channels * p.out_row;
  p.out = as<T>(args.input) + r * args.x.in + q;
  return fold(p);
}

/// Fills a grid that no tap reaches.
template <class T>
void fill_bias(const ConvProduct<T>& p) {
  const int64_t planes = p.images * p.groups * p.rows;
  parallel_for(planes, planes * p.y.out * p.x.out, [&](int64_t plane) {
    const T bias = p.bias ? p.bias[plane % (p.groups * p.rows)] : T(0);
    T* out = p.out + plane * p.out_row;
    for (int64_t y = 0; y < p.y.out; ++y)
      for (int64_t x = 0; x < p.x.out; ++x) out[y * p.out_y + x * p.out_x] = bias;
  });
}

/// body(product) for every phase that has positions.
template <class T, class Body>
void for_phases(const ConvArgs& args, const Body& body) {
  for (int64_t r = 0; r < least(args.y.stride, args.y.in); ++r)
    for (int64_t q = 0; q < least(args.x.stride, args.x.in); ++q)
      body(phase_product<T>(args, r, q));
}

}  // namespace
}  // namespace gm::GM_ISA
