// Where the largest (smallest) element is: the first of equals, the first NaN where there is one.
//
// A row is folded block by block; the block that holds the best so far is remembered, and only that
// one is searched: one pass at the speed of max. Columns carry an index beside each value.
#pragma once

#include "kernels/reduce_fold.h"

namespace gm::GM_ISA {
namespace {

template <class T>
struct Found {
  T value;
  int64_t index;
};

/// Whether x replaces `best`, which came before it.
template <class T, class Order>
GM_INLINE bool replaces(const Order& order, T x, T best) {
  return best == best && (x != x || order(x, best));
}

/// The first true lane; N if there is none.
template <class T>
GM_INLINE int first_true(Mask<T> m) {
#if defined(__AVX512F__)
  unsigned truth;
  if constexpr (sizeof(T) == 4)
    truth = _mm512_movepi32_mask((__m512i)m.v);
  else
    truth = _mm512_movepi64_mask((__m512i)m.v);
  return __builtin_ctz(truth | 1u << Vec<T>::N);
#elif defined(__AVX2__)
  unsigned truth;
  if constexpr (sizeof(T) == 4)
    truth = unsigned(_mm256_movemask_ps((__m256)m.v));
  else
    truth = unsigned(_mm256_movemask_pd((__m256d)m.v));
  return __builtin_ctz(truth | 1u << Vec<T>::N);
#else
  int i = 0;
  while (i < Vec<T>::N && !m.v[i]) ++i;
  return i;
#endif
}

/// The first element of the block that equals `value`, or is NaN like it.
template <class T>
GM_INLINE int64_t search(const T* p, int64_t n, T value) {
  using V = Vec<T>;
  const V wanted(value);
  const bool nan = value != value;
  int64_t i = 0;
  for (; i + V::N <= n; i += V::N) {
    const V x = V::load(p + i);
    const int at = first_true(nan ? x != x : x == wanted);
    if (at < V::N) return i + at;
  }
  const V x = V::load(p + i, int(n - i));  // it is here: the zeros beyond come after
  return i + first_true(nan ? x != x : x == wanted);
}

template <class T, class Op, class Order>
Found<T> arg_row(const Op& op, const Order& order, const T* p, int64_t n) {
  T best = 0;
  int64_t at = -1;
  for (int64_t i = 0; i < n; i += kFoldBlock) {
    const T value = across(fold_block(op, p + i, smaller(kFoldBlock, n - i), Vec<T>(T(0))), op);
    if (at < 0 || replaces(order, value, best)) {
      best = value;
      at = i;
    }
  }
  return {best, at + search(p + at, smaller(kFoldBlock, n - at), best)};
}

template <class T, class Op, class Order>
void arg_rows(const ReduceArgs& a, const Op& op, const Order& order) {
  constexpr int N = Vec<T>::N;
  const auto* in = reinterpret_cast<const T*>(a.in);
  auto* out = reinterpret_cast<T*>(a.out);
  const int64_t segments = ceil_div(a.reduce, kReduceSegment);
  const int64_t cost = a.outer * (a.reduce * int64_t(sizeof(T)) / 24 + 8);
  if (segments == 1) {
    const int64_t rows = at_least_one(kFoldPiece / a.reduce);
    parallel_for(ceil_div(a.outer, rows), cost, [&](int64_t piece) {
      const int64_t end = smaller(a.outer, (piece + 1) * rows);
      int64_t i = piece * rows;
      if (a.reduce <= kShortRow) {
        for (; i + N <= end; i += N) {
          fold_short_rows(op, in + i * a.outer_stride, a.reduce, a.outer_stride, (const T*)nullptr)
              .store(out + i);
          for (int64_t k = i; k < i + N; ++k)
            a.index[k] = search(in + k * a.outer_stride, a.reduce, out[k]);
        }
      }
      for (; i < end; ++i) {
        const Found<T> found = arg_row(op, order, in + i * a.outer_stride, a.reduce);
        out[i] = found.value;
        a.index[i] = found.index;
      }
    });
    return;
  }
  const Scratch scratch(size_t(a.outer * segments) * sizeof(Found<T>));
  auto* partial = static_cast<Found<T>*>(scratch.data);
  parallel_for(a.outer * segments, cost, [&](int64_t piece) {
    const int64_t begin = piece % segments * kReduceSegment;
    partial[piece] = arg_row(op, order, in + piece / segments * a.outer_stride + begin,
                             smaller(kReduceSegment, a.reduce - begin));
    partial[piece].index += begin;
  });
  for (int64_t row = 0; row < a.outer; ++row) {
    Found<T> best = partial[row * segments];
    for (int64_t s = 1; s < segments; ++s) {
      const Found<T> next = partial[row * segments + s];
      if (replaces(order, next.value, best.value)) best = next;
    }
    out[row] = best.value;
    a.index[row] = best.index;
  }
}

/// Rows begin … end-1 of n columns into value and index, which hold the rows before, if any.
template <class T, class Order>
GM_INLINE void arg_columns(const Order& order, const T* p, int64_t begin, int64_t end,
                           int64_t stride, int64_t n, T* value, IntOf<T>* index) {
  using V = Vec<T>;
  using I = Vec<IntOf<T>>;
  for (int64_t i = begin; i < end; ++i) {
    const T* row = p + i * stride;
    const I here{IntOf<T>(i - begin)};
    for (int64_t j = 0; j < n; j += V::N) {
      const int lanes = int(smaller(V::N, n - j));
      const V x = lanes == V::N ? V::load(row + j) : V::load(row + j, lanes);
      // The buffers are as wide as a strip of whole vectors.
      if (i == begin) {
        x.store(value + j);
        I(IntOf<T>(0)).store(index + j);
        continue;
      }
      const V best = V::load(value + j);
      const Mask<T> take = (best == best) & ((x != x) | order(x, best));
      select(take, x, best).store(value + j);
      select(Mask<IntOf<T>>{take.v}, here, I::load(index + j)).store(index + j);
    }
  }
}

template <class T, class Order>
void arg_inner(const ReduceArgs& a, const Order& order) {
  const auto* in = reinterpret_cast<const T*>(a.in);
  auto* out = reinterpret_cast<T*>(a.out);
  const int64_t strips = ceil_div(a.inner, kFoldStrip);
  const int64_t width = smaller(a.inner, kFoldStrip);
  const int64_t step = at_least_one(kReduceSegment / width);  // rows that a strip's index counts
  const int64_t group = at_least_one(kFoldPiece / (a.reduce * width));
  const int64_t groups = ceil_div(a.outer, group);
  parallel_for(
      groups * strips, a.outer * a.reduce * a.inner * int64_t(sizeof(T)) / 16, [&](int64_t piece) {
        alignas(64) T value[kFoldStrip];
        alignas(64) IntOf<T> index[kFoldStrip];
        const int64_t j = piece % strips * kFoldStrip, n = smaller(kFoldStrip, a.inner - j);
        const int64_t first = piece / strips * group, last = smaller(a.outer, first + group);
        for (int64_t o = first; o < last; ++o) {
          const T* p = in + o * a.outer_stride + j;
          T* best = out + o * a.inner + j;
          int64_t* where = a.index + o * a.inner + j;
          for (int64_t begin = 0; begin < a.reduce; begin += step) {
            arg_columns(order, p, begin, smaller(a.reduce, begin + step), a.reduce_stride, n, value,
                        index);
            for (int64_t c = 0; c < n; ++c)
              if (begin == 0 || replaces(order, value[c], best[c])) {
                best[c] = value[c];
                where[c] = begin + index[c];
              }
          }
        }
      });
}

template <class T, class Op, class Order>
void arg_fold(const ReduceArgs& args, const Op& op, const Order& order) {
  if (args.outer * args.inner == 0) return;
  if (args.inner == 1)
    arg_rows<T>(args, op, order);
  else
    arg_inner<T>(args, order);
}

}  // namespace
}  // namespace gm::GM_ISA
