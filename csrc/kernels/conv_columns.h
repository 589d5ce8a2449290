// Packing the columns of a convolution: runs of a patch, one for every row of the grid, joined into
// whole vectors.
#pragma once

#include "kernels/conv_patch.h"

namespace gm::GM_ISA {
namespace {

/// One term of a panel's columns: each vector is made of the runs of the grid that it holds.
///
///   width 6, vector of 8:   a5 | b0 b1 b2 b3 b4 b5 | c0     three loads, each placed so that its
///   run
///                                                           falls on its lanes, and kept from
///                                                           there on
struct Runs {
  int64_t from[64];  // where lane 0 of the load lies, for grid column 0 of term 0
  int lane[64];      // first lane that it holds
  int count[8];      // loads of each vector
};

template <class T>
Runs list_runs(const Patch<T>& patch, int64_t column, int64_t columns) {
  constexpr int N = Vec<T>::N;
  Runs runs;
  for (int i = 0; i < 9; ++i) runs.lane[i] = 0;
  const int64_t width = patch.box.width();
  int64_t row = column / width, x = column % width;
  int at = 0, vector = 0, lane = 0;
  runs.count[0] = 0;
  while (columns > 0) {
    runs.from[at] = patch.line_of(patch.box.row0 + row) * patch.line + x - lane;
    runs.lane[at++] = lane;
    ++runs.count[vector];
    const int n = static_cast<int>(least(least(width - x, columns), N - lane));
    columns -= n;
    lane += n;
    x += n;
    if (x == width) {
      ++row;
      x = 0;
    }
    if (lane == N) {
      lane = 0;
      runs.count[++vector] = 0;
    }
  }
  return runs;
}

/// Lanes from `lane` on come from memory, the others from x.
template <class T>
struct Graft {
#if defined(__AVX512F__)
  uint16_t lanes;
  GM_INLINE explicit Graft(int lane) : lanes(static_cast<uint16_t>(0xffffu << lane)) {}
  GM_INLINE Vec<T> operator()(Vec<T> x, const T* p) const {
    if constexpr (sizeof(T) == 4)
      return {_mm512_mask_loadu_ps(x.v, lanes, p)};
    else
      return {_mm512_mask_loadu_pd(x.v, static_cast<__mmask8>(lanes), p)};
  }
#else
  Mask<T> lanes;
  GM_INLINE explicit Graft(int lane) {
    using I = IntOf<T>;
    I number[Vec<T>::N];
    for (int i = 0; i < Vec<T>::N; ++i) number[i] = I(i);
    lanes.v = (Vec<I>::load(number) >= Vec<I>(I(lane))).v;
  }
  GM_INLINE Vec<T> operator()(Vec<T> x, const T* p) const {
    return select(lanes, Vec<T>::load(p), x);
  }
#endif
};

/// A vector of M runs.
template <class T, int M>
struct Gather {
  int64_t from[M];
  Graft<T> graft[M];
  GM_INLINE Vec<T> operator()(const T* p) const {
    Vec<T> x = Vec<T>::load(p + from[0]);
#pragma GCC unroll 4
    for (int m = 1; m < M; ++m) x = graft[m](x, p + from[m]);
    return x;
  }
};
template <class T, int M, int... I>
GM_INLINE Gather<T, M> gather_of(const Runs& runs, int at, Lanes<I...>) {
  return {{runs.from[at + I]...}, {Graft<T>(runs.lane[at + I])...}};
}

/// Panels of one or two vectors of A and B runs, B = 0 for one vector.
template <class T, int A, int B>
void copy_terms(const T* patch, const int64_t* term, int64_t terms, const Runs& runs, T* panel) {
  constexpr int N = Vec<T>::N;
  const Gather<T, A> first = gather_of<T, A>(runs, 0, typename CountLanes<A>::type{});
  const Gather<T, (B ? B : 1)> second =
      gather_of<T, (B ? B : 1)>(runs, A, typename CountLanes<(B ? B : 1)>::type{});
  for (int64_t t = 0; t < terms; ++t, panel += B > 0 ? 2 * N : N) {
    const T* from = patch + term[t];
    first(from).store(panel);
    if constexpr (B > 0) second(from).store(panel + N);
  }
}

template <class T>
void copy_any_terms(const T* patch, const int64_t* term, int64_t terms, const Runs& runs, T* panel,
                    int64_t vectors) {
  constexpr int N = Vec<T>::N;
  for (int64_t t = 0; t < terms; ++t) {
    const T* from = patch + term[t];
    int at = 0;
    for (int64_t v = 0; v < vectors; ++v, panel += N) {
      Vec<T> x = Vec<T>::load(from + runs.from[at]);
      const int end = at + runs.count[v];
      for (++at; at < end; ++at) x = Graft<T>(runs.lane[at])(x, from + runs.from[at]);
      x.store(panel);
    }
  }
}

template <class T>
struct Copiers {
  void (*of[4][5])(const T*, const int64_t*, int64_t, const Runs&, T*);
};
template <class T, int A, int B>
constexpr void list_copiers(Copiers<T>& copiers) {
  copiers.of[A - 1][B] = copy_terms<T, A, B>;
  if constexpr (B > 0)
    list_copiers<T, A, B - 1>(copiers);
  else if constexpr (A > 1)
    list_copiers<T, A - 1, 4>(copiers);
}
template <class T>
constexpr Copiers<T> make_copiers() {
  Copiers<T> copiers{};
  list_copiers<T, 4, 4>(copiers);
  return copiers;
}
template <class T>
constexpr Copiers<T> copiers = make_copiers<T>();

template <class T>
GM_INLINE void pack_columns(const T* patch, const int64_t* term, int64_t terms, const Runs& runs,
                            T* panel, int64_t vectors) {
  const int a = runs.count[0], b = vectors > 1 ? runs.count[1] : 0;
  if (vectors <= 2 && a <= 4 && b <= 4) {
    copiers<T>.of[a - 1][b](patch, term, terms, runs, panel);
    return;
  }
  copy_any_terms(patch, term, terms, runs, panel, vectors);
}

/// The panels of one run of neighbours, from planes as far apart as the terms lie: `vectors` in
/// panels `panels`; of the last one the first `last_terms` only. A few terms at a time, for planes
/// are read well a long run at a time only (256 planes of 56×56: panel by panel took 1.3 of the
/// time of the whole convolution).
template <class T>
void pack_run(const T* run, int64_t plane, int64_t terms, int64_t vectors, int64_t panels,
              int64_t last_terms, T* to) {
  constexpr int N = Vec<T>::N;
  constexpr int64_t kTogether = 8;
  for (int64_t t0 = 0; t0 < terms; t0 += kTogether) {
    const int64_t t1 = least(t0 + kTogether, terms);
    for (int64_t j = 0; j < panels; ++j) {
      const int64_t from = vectors * j / panels, width = vectors * (j + 1) / panels - from;
      T* panel = to + (terms * from + t0 * width) * N;
      const int64_t end = j + 1 == panels ? least(t1, last_terms) : t1;
      const T* at = run + t0 * plane + from * N;
      if (width == 2) {
        for (int64_t t = t0; t < end; ++t, at += plane, panel += 2 * N) {
          __builtin_prefetch(at + kTogether * plane, 0, 2);
          __builtin_prefetch(at + kTogether * plane + N, 0, 2);
          Vec<T>::load(at).store(panel);
          Vec<T>::load(at + N).store(panel + N);
        }
      } else {
        for (int64_t t = t0; t < end; ++t, at += plane)
          for (int64_t v = 0; v < width; ++v, panel += N) Vec<T>::load(at + v * N).store(panel);
      }
    }
  }
}

}  // namespace
}  // namespace gm::GM_ISA
