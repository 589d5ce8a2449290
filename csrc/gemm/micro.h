// The micro-kernel: one tile of C in registers, its sum over one block of K.
//
// Every element of C is the chain  s = fma(a[i][p], b[p][j], s)  over p in order, from zero, and
// the finished chain is stored to C or added to it. That holds for every tile size and both layouts
// of A, so an element's bits do not depend on the tile that it fell into.
#pragma once

#include "gemm/tiles.h"
#include "isa/half.h"
#include "isa/past.h"

namespace gm::GM_ISA {
namespace {

/// Keeps what was loaded in its register. Left alone, g++ folds the load into each FMA that uses
/// it, and the tile becomes bound by loads (6×16: 0.75 of peak instead of 1.0).
template <class T>
GM_INLINE void pin(Vec<T>& x) {
#if defined(__AVX512F__)
  asm("" : "+v"(x.v));
#elif defined(__SSE2__)
  asm("" : "+x"(x.v));
#else
  (void)x;
#endif
}
// It folds no broadcast of AVX-512, and its own order of them is 1 % faster.
#if defined(__AVX512F__)
inline constexpr bool kFoldsBroadcasts = false;
#else
inline constexpr bool kFoldsBroadcasts = true;
#endif

template <int n>
struct Count {
  static constexpr int value = n;
};

/// sum += A · B, `terms` terms at once. B's elements are T, or 16-bit floats. What was loaded of B
/// is packed to `keep`, if asked for.
template <class T, int R, int V, int terms, Layout layout, class E, bool keeps = false>
GM_INLINE void multiply_add(Vec<T> (&sum)[R][V], const T* a, int64_t a_step, const E* b,
                            int64_t b_step, T* keep = nullptr) {
#pragma GCC unroll 4
  for (int p = 0; p < terms; ++p) {
    Vec<T> right[V];
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) {
      right[v] = load_lanes(b + p * b_step + v * Vec<T>::N);
      if constexpr (keeps) right[v].store(keep + (p * V + v) * Vec<T>::N);
      if constexpr (R == 2) pin(right[v]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < R; ++i) {
      Vec<T> left(layout == Layout::Rows ? a[i * a_step + p] : a[p * a_step + i]);
      if constexpr (kFoldsBroadcasts) pin(left);
#pragma GCC unroll 8
      for (int v = 0; v < V; ++v) sum[i][v] = fma(left, right[v], sum[i][v]);
    }
  }
}

/// sum += A · B over all terms. Only constant steps let two terms share one pointer's arithmetic
/// (6×16: +7 %, as much as the same loop in assembly); with steps in registers unrolling gains
/// nothing, and four terms gain no more than two.
template <class T, int R, int V, Layout layout, bool keeps>
GM_INLINE void accumulate(Vec<T> (&sum)[R][V], const Tile<T>& t) {
  constexpr bool fetches = layout == Layout::Packed || keeps;
  constexpr int unroll = fetches ? 2 : 1, width = V * Vec<T>::N;
  const int64_t a_step = layout == Layout::Packed ? Blocking<T>::kRows : t.a_step;
  const int64_t b_step = layout == Layout::Packed && !keeps ? width : t.b_step;
  const T *a = t.a, *b = t.b, *ahead = t.ahead;
  T* keep = keeps ? t.keep : nullptr;
  const auto step = [&](auto terms) {
    constexpr int n = decltype(terms)::value;
    multiply_add<T, R, V, n, layout, T, keeps>(sum, a, a_step, b, b_step, keep);
    a += layout == Layout::Rows ? n : n * a_step;
    b += n * b_step;
    if constexpr (keeps) keep += n * width;
  };
  for (int64_t left = t.k / unroll; left > 0;) {
    const int64_t run = left < t.ahead_run ? left : t.ahead_run;
#pragma GCC unroll 1
    for (int64_t steps = run; steps > 0; --steps) {
      step(Count<unroll>{});
      if constexpr (fetches) {
        __builtin_prefetch(ahead, 0, 2);
        ahead += unroll * t.ahead_step;
      }
    }
    left -= run;
    ahead += t.ahead_skip;
  }
  if (unroll > 1 && t.k % unroll) step(Count<1>{});
}

/// R rows by V vectors, the last of them possibly partial. One that keeps what it reads of B has
/// only whole vectors, and t.rows of the R rows.
template <class T, int R, int V, Layout layout, bool keeps = false>
void tile(const Tile<T>& t) {
  using W = Vec<T>;
  W sum[R][V];
#pragma GCC unroll 16
  for (int i = 0; i < R; ++i)
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) sum[i][v] = W(T(0));
  constexpr bool may_pass = stores_past<T>(layout, R, V) && !keeps;
  if (layout == Layout::Packed && !(may_pass && t.past)) {
    // C was last touched a block of K ago: 3–6 % at n ≥ 1024.
#pragma GCC unroll 16
    for (int i = 0; i < R; ++i)
      for (int64_t v = 0; v < V * W::N; v += 64 / int64_t(sizeof(T)))
        __builtin_prefetch(t.c + i * t.c_step + v, 1, 3);
  }

  accumulate<T, R, V, layout, keeps>(sum, t);

  T* c = t.c;
  if constexpr (may_pass) {
    if (t.past) {
#pragma GCC unroll 16
      for (int i = 0; i < R; ++i, c += t.c_step) {
#pragma GCC unroll 8
        for (int v = 0; v < V; ++v) store_past(sum[i][v], c + v * W::N);
      }
      return;
    }
  }
  const int last = t.columns - (V - 1) * W::N;
  if (keeps || last == W::N) {
#pragma GCC unroll 16
    for (int i = 0; i < R; ++i, c += t.c_step) {
      if (keeps && i == t.rows) break;
#pragma GCC unroll 8
      for (int v = 0; v < V; ++v) {
        T* to = c + v * W::N;
        if (t.add) sum[i][v] += W::load(to);
        sum[i][v].store(to);
      }
    }
  } else {
#pragma GCC unroll 16
    for (int i = 0; i < R; ++i, c += t.c_step) {
#pragma GCC unroll 8
      for (int v = 0; v < V; ++v) {
        T* to = c + v * W::N;
        const int n = v < V - 1 ? W::N : last;
        if (t.add) sum[i][v] += W::load(to, n);
        sum[i][v].store(to, n);
      }
    }
  }
}

}  // namespace
}  // namespace gm::GM_ISA
