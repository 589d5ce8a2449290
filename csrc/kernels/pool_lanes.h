// Small planes: a row of 7 would fill half a vector. So N planes are taken together, one to a lane,
// and each of their positions is a vector:
//
//   planes   a0 a1 a2 …   b0 b1 b2 …   c0 …     ─▶     a0 b0 c0 …   a1 b1 c1 …   a2 b2 c2 …
//
// There any window is a plain loop over positions, with its padding left out, and nothing is wasted
// but the lanes that the last planes leave empty.
#pragma once

#include "isa/transpose.h"
#include "kernels/pool_line.h"

namespace gm::GM_ISA {
namespace {

/// The inputs of one output along an axis: begin, begin + step, … below end.
struct Span {
  int64_t begin, end, step, count;
};
/// The span of output i. By pointer, for the lanes' code is the same for windows and bins.
using SpanOf = Span (*)(const PoolAxis& a, int64_t i);
Span window_span(const PoolAxis& a, int64_t i) {
  const Taps t = taps(a, i);
  return {t.start + t.first * a.dilation, t.start + (t.last - 1) * a.dilation + 1, a.dilation,
          t.last - t.first};
}
Span bin_span(const PoolAxis& a, int64_t i) {
  return {bin_begin(a, i), bin_end(a, i), 1, bin_end(a, i) - bin_begin(a, i)};
}

/// Whether a plane is small: its shape alone decides. Wider ones fill vectors well enough as rows,
/// and N of them would leave L1; averages are sooner there, for their rows cost less than maxima's.
GM_INLINE bool small_planes(const PoolArgs& args) {
  return args.y.in * args.x.in <= 640 && args.y.out * args.x.out <= 640;
}
/// Windows that overlap much are cheaper along rows first.
GM_INLINE bool small_planes_of_maxima(const PoolArgs& args) {
  const int64_t inputs = args.y.in * args.x.in, outputs = args.y.out * args.x.out;
  return small_planes(args) ||
         (inputs <= 1024 && args.y.kernel * args.x.kernel * outputs <= 3 * inputs);
}

template <class T>
GM_INLINE void copy_run(const T* from, int64_t n, T* to) {
  __builtin_memcpy(to, from, static_cast<size_t>(n) * sizeof(T));
}

/// What a piece works in.
template <class T>
struct LaneScratch {
  static constexpr int N = Vec<T>::N;
  T* inputs;   // a vector for each position of N input planes
  T* outputs;  // … of N output planes
  T* staged;   // planes as they lie in memory
  Span *y, *x;

  static int64_t staged_size(const PoolArgs& a) {
    return N * most(most(a.y.in * a.x.in, a.y.out * a.x.out), kBlockColumns<T>);
  }
  static int64_t bytes(const PoolArgs& a) {
    return Carve::bytes<T>(N * a.y.in * a.x.in) + Carve::bytes<T>(N * most(a.y.out * a.x.out, N)) +
           Carve::bytes<T>(staged_size(a)) + Carve::bytes<Span>(a.y.out) +
           Carve::bytes<Span>(a.x.out);
  }
  LaneScratch(const PoolArgs& a, SpanOf span, Carve carve) {
    inputs = carve.take<T>(N * most(a.y.in * a.x.in, 1));
    outputs = carve.take<T>(N * most(a.y.out * a.x.out, N));
    staged = carve.take<T>(staged_size(a));
    y = carve.take<Span>(a.y.out);
    x = carve.take<Span>(a.x.out);
    for (int64_t i = 0; i < a.y.out; ++i) y[i] = span(a.y, i);
    for (int64_t i = 0; i < a.x.out; ++i) x[i] = span(a.x, i);
  }
};

/// lanes[position · N + l] = plane l's, for `planes` ≤ N planes of `size` in a row.
template <class T>
GM_INLINE void take_planes(const T* from, int64_t size, int planes, T* staged, T* lanes) {
  constexpr int N = Vec<T>::N, C = kBlockColumns<T>;
  if (size < C) {
    for (int64_t i = 0; i < N * size; ++i) lanes[i] = T(0);
    for (int l = 0; l < planes; ++l)
      for (int64_t i = 0; i < size; ++i) lanes[i * N + l] = from[l * size + i];
    return;
  }
  if (planes < N) {
    copy_run(from, planes * size, staged);
    for (int64_t i = planes * size; i < N * size; ++i) staged[i] = T(0);
    from = staged;
  }
  int64_t i = 0;
  for (; i + C <= size; i += C) transpose_block(lanes + i * N, N, from + i, size);
  if (i < size) transpose_block(lanes + (size - C) * N, N, from + size - C, size);
}

/// The reverse. The last block of a plane is moved back into it; where a plane is less than a
/// block, the next plane overwrites what is too much.
template <class T>
GM_INLINE void give_planes(const T* lanes, int64_t size, int planes, T* staged, T* to) {
  constexpr int N = Vec<T>::N, C = kBlockColumns<T>;
  T* out = planes == N && size >= N ? to : staged;
  for (int l = 0; l < N; l += C) {
    int64_t i = 0;
    for (; i + N <= size; i += N) transpose_block(out + l * size + i, size, lanes + i * N + l, N);
    if (i < size) {
      i = size < N ? 0 : size - N;
      transpose_block(out + l * size + i, size, lanes + i * N + l, N);
    }
  }
  if (out == staged) copy_run(staged, planes * size, to);
}

/// body(first plane, planes ≤ N, scratch), `picoseconds` per input and per tap of an output.
template <class T, class Body>
GM_INLINE void for_lanes(const PoolArgs& args, SpanOf span, int64_t per_input, int64_t per_tap,
                         const Body& body) {
  constexpr int64_t N = Vec<T>::N, kInputs = 16 * 1024;
  const int64_t inputs = args.y.in * args.x.in, outputs = args.y.out * args.x.out;
  int64_t rows = 0, columns = 0;
  for (int64_t i = 0; i < args.y.out; ++i) rows += span(args.y, i).count;
  for (int64_t i = 0; i < args.x.out; ++i) columns += span(args.x, i).count;
  const int64_t groups = most(kInputs / (N * most(inputs, outputs)), 1);
  const int64_t cost = (inputs + outputs) * per_input + rows * columns * per_tap;
  parallel_for(ceil_div(args.planes, groups * N), args.planes * cost / 1000, [&](int64_t piece) {
    const Scratch scratch(static_cast<size_t>(LaneScratch<T>::bytes(args)));
    const LaneScratch<T> s(args, span, Carve(scratch.data));
    const int64_t end = least((piece + 1) * groups * N, args.planes);
    for (int64_t p = piece * groups * N; p < end; p += N) body(p, int(least(N, end - p)), s);
  });
}

}  // namespace
}  // namespace gm::GM_ISA
