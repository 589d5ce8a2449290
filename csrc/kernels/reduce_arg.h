// Where the largest (smallest) element is: the first of equals, the first NaN where there is one.
//
// A row is folded block by block; the block that holds the best so far is remembered, and only that
// one is searched: one pass at the speed of max. Columns carry an index beside each value.
#pragma once

#include "kernels/reduce_fold.h"
#include "kernels/reduce_order.h"

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

/// Columns are compiled once for both orders: what is `turned`, the sign of every element, makes
/// the largest of the smallest.
template <class T>
GM_INLINE T turn(T x, bool turned) {
  return turned ? -x : x;
}

/// Rows begin … end-1 of n columns, turned, into value and index.
template <class T>
GM_INLINE void arg_columns(const T* p, int64_t begin, int64_t end, int64_t stride, int64_t n,
                           bool turned, T* value, IntOf<T>* index) {
  using V = Vec<T>;
  using I = Vec<IntOf<T>>;
  const I sign = bits<IntOf<T>>(V(turned ? T(-0.) : T(0)));
  for (int64_t i = begin; i < end; ++i) {
    const T* row = p + i * stride;
    const I here{IntOf<T>(i - begin)};
    for (int64_t j = 0; j < n; j += V::N) {
      const int lanes = int(smaller(V::N, n - j));
      const V x = bits<T>(
          bits<IntOf<T>>(lanes == V::N ? V::load(row + j) : V::load(row + j, lanes)) ^ sign);
      // The buffers are as wide as a strip of whole vectors.
      if (i == begin) {
        x.store(value + j);
        I(IntOf<T>(0)).store(index + j);
        continue;
      }
      const V best = V::load(value + j);
      const Mask<T> take = (best == best) & ((x != x) | (x > best));
      select(take, x, best).store(value + j);
      select(Mask<IntOf<T>>{take.v}, here, I::load(index + j)).store(index + j);
    }
  }
}

/// What n columns have found so far: elements and where they are.
template <class T>
struct Best {
  T* value;
  int64_t* where;
  int64_t n;
};
/// x[c], `first` + step·at[c], replaces what is less, and what is equal and comes later; if
/// `start`, anything.
template <class T>
GM_NOINLINE void arg_join(const Best<T>& best, bool start, bool turned, const T* x,
                          const IntOf<T>* at, int64_t first, int64_t step) {
  for (int64_t c = 0; c < best.n; ++c) {
    const T a = x[c], b = turn(best.value[c], turned);
    const int64_t here = first + step * int64_t(at[c]);
    const bool tied = a == b || (a != a && b != b);
    if (start || (tied ? here < best.where[c] : replaces(Larger{}, a, b))) {
      best.value[c] = turn(a, turned);
      best.where[c] = here;
    }
  }
}

/// Columns, narrow ones widened as in fold_inner: what each of a wide row's m groups found is
/// joined by index.
template <class T>
void arg_inner(const ReduceArgs& a, bool turned) {
  ColumnPlan plan = plan_columns(a);
  plan.step *= 16;  // joining is by the element: of 1,024 columns every 64 rows it took a fifth
  plan.segments = at_least_one(ceil_div(plan.rows, plan.step));
  const int64_t m = plan.together;
  const auto* in = reinterpret_cast<const T*>(a.in);
  const int64_t group =
      plan.segments > 1 ? 1 : at_least_one(kFoldPiece / (a.reduce * smaller(a.inner, kFoldStrip)));
  const int64_t groups = ceil_div(a.outer, group);
  // Of several segments, each but the first keeps here what it found.
  const int64_t later = (plan.segments - 1) * a.inner;
  const Scratch scratch(size_t(a.outer * later) * (sizeof(T) + sizeof(int64_t)));
  auto* later_where = static_cast<int64_t*>(scratch.data);
  auto* later_value = reinterpret_cast<T*>(later_where + a.outer * later);
  parallel_for(groups * plan.segments * plan.strips,
               a.outer * a.reduce * a.inner * int64_t(sizeof(T)) / 16, [&](int64_t piece) {
                 alignas(64) T value[kFoldStrip];
                 alignas(64) IntOf<T> index[kFoldStrip];
                 const int64_t j = piece % plan.strips * kFoldStrip;
                 const int64_t s = piece / plan.strips % plan.segments, begin = s * plan.step;
                 const int64_t end = smaller(plan.rows, begin + plan.step);
                 const int64_t first = piece / plan.strips / plan.segments * group;
                 for (int64_t o = first; o < smaller(a.outer, first + group); ++o) {
                   const T* p = in + o * a.outer_stride + j;
                   const int64_t n = smaller(kFoldStrip, plan.width - j),
                                 columns = m > 1 ? a.inner : n;
                   const int64_t to = s == 0 ? o * a.inner + j : o * later + (s - 1) * a.inner + j;
                   const Best<T> best =
                       s == 0 ? Best<T>{reinterpret_cast<T*>(a.out) + to, a.index + to, columns}
                              : Best<T>{later_value + to, later_where + to, columns};
                   arg_columns(p, begin, end, a.reduce_stride * m, n, turned, value, index);
                   for (int64_t k = 0; k < m; ++k)
                     arg_join(best, k == 0, turned, value + k * a.inner, index + k * a.inner,
                              begin * m + k, m);
                   if (m == 1 || end < plan.rows) continue;
                   for (int64_t i = plan.rows * m; i < a.reduce; ++i) {
                     arg_columns(p, i, i + 1, a.reduce_stride, columns, turned, value, index);
                     arg_join(best, false, turned, value, index, i, 0);
                   }
                 }
               });
  for (int64_t o = 0; o < a.outer; ++o)
    for (int64_t i = 0; i < later; ++i) {
      const int64_t from = o * later + i, to = o * a.inner + i % a.inner;
      T& best = reinterpret_cast<T*>(a.out)[to];
      if (replaces(Larger{}, turn(later_value[from], turned), turn(best, turned))) {
        best = later_value[from];
        a.index[to] = later_where[from];
      }
    }
}

template <class T, class Op, class Order>
void arg_fold(const ReduceArgs& args, const Op& op, const Order& order) {
  if (args.outer * args.inner == 0) return;
  if (args.inner == 1)
    arg_rows<T>(args, op, order);
  else
    arg_inner<T>(args, order(T(0), T(1)));
}

}  // namespace
}  // namespace gm::GM_ISA
