// Folds: many elements into one by an associative operation, in an order that depends on shapes
// alone.
//
// An operation is a struct with
//   identity<T>()      what combines without effect
//   term(x, p)         what an element contributes; p is the parameter of its result
//   operator()(a, b)   the combination of two Vec<T>
//
//   inner = 1   rows: eight accumulators over a block of 4,096, blocks pairwise
//   inner > 1   columns: vectors along inner, eight rows at a time
//
// What walks the array and cuts it into pieces is compiled once for a type and calls the loops of
// an operation through pointers (FoldLoops), once a row or strip: compiled for each operation it
// took half of the stem's 0.9 MB.
#pragma once

#include "core/parallel.h"
#include "isa/parallel.h"
#include "isa/simd.h"
#include "kernels/reduce.h"

namespace gm::GM_ISA {
namespace {

inline constexpr int64_t kFoldBlock = 4096;
/// Rows up to this long are taken N at a time: longer ones hardly feel their lanes being joined.
inline constexpr int64_t kShortRow = 1024;
/// Elements of a strip of columns: its accumulators stay in L1.
inline constexpr int64_t kFoldStrip = 1024;
/// Columns narrower than this are widened: (reduce, inner) is read as (reduce/m, m·inner).
inline constexpr int64_t kFoldNarrow = 64;
inline constexpr int64_t kFoldPiece = 32768;  ///< elements of a piece at least, where there are

inline int64_t at_least_one(int64_t x) { return x < 1 ? 1 : x; }
inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
inline int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// ((x0·x4)·(x2·x6)) · ((x1·x5)·(x3·x7)), for 1, 2, 4 or 8 of them.
template <int Count, class Op, class V>
GM_INLINE V tree(const Op& op, V* x) {
#pragma GCC unroll 3
  for (int half = Count / 2; half > 0; half /= 2) {
#pragma GCC unroll 8
    for (int i = 0; i < half; ++i) x[i] = op(x[i], x[i + half]);
  }
  return x[0];
}

template <class T, class Op>
GM_INLINE T both(const Op& op, T a, T b) {
  return op(Vec<T>(a), Vec<T>(b))[0];
}

// ---- rows ---------------------------------------------------------------------------------------

/// One block of consecutive elements, n ≤ kFoldBlock, but for its lanes, which are left apart.
template <class T, class Op>
GM_INLINE Vec<T> fold_block(const Op& op, const T* p, int64_t n, Vec<T> parameter) {
  using V = Vec<T>;
  constexpr int N = V::N;
  const V none(Op::template identity<T>());
  int64_t i = 0;
  V total = none;
  if (n >= 8 * N) {
    V a[8];
#pragma GCC unroll 8
    for (int k = 0; k < 8; ++k) a[k] = op.term(V::load(p + k * N), parameter);
    for (i = 8 * N; i + 8 * N <= n; i += 8 * N) {
#pragma GCC unroll 8
      for (int k = 0; k < 8; ++k) a[k] = op(a[k], op.term(V::load(p + i + k * N), parameter));
    }
    total = tree<8>(op, a);
  }
  for (; i + N <= n; i += N) total = op(total, op.term(V::load(p + i), parameter));
  if (i < n) {
    const int tail = int(n - i);
    const V x = op.term(V::load(p + i, tail), parameter);
    total = op(total, select(first_lanes<T>(tail), x, none));
  }
  return total;
}

/// Blocks pairwise.
template <class T, class Op>
T fold_row(const Op& op, const T* p, int64_t n, T parameter) {
  if (n <= kFoldBlock) return across(fold_block(op, p, n, Vec<T>(parameter)), op);
  const int64_t half = ceil_div(n, kFoldBlock) / 2 * kFoldBlock;
  return both(op, fold_row(op, p, half, parameter), fold_row(op, p + half, n - half, parameter));
}

/// N rows of one block each: as N times fold_row, but for the lanes of all at once.
template <class T, class Op>
GM_INLINE Vec<T> fold_short_rows(const Op& op, const T* p, int64_t n, int64_t stride,
                                 const T* parameter) {
  Vec<T> rows[Vec<T>::N];
  for (int k = 0; k < Vec<T>::N; ++k)
    rows[k] = fold_block(op, p + k * stride, n, Vec<T>(parameter ? parameter[k] : T(0)));
  return across_each(rows, op);
}

/// Rows of one block each as long as there are N of them before `end`. Gives the first row left.
template <class T, class Op>
int64_t fold_many_short_rows(const Op& op, const ReduceArgs& a, int64_t row, int64_t end) {
  constexpr int N = Vec<T>::N;
  const auto* in = reinterpret_cast<const T*>(a.in);
  const auto* parameter = reinterpret_cast<const T*>(a.parameter);
  auto* out = reinterpret_cast<T*>(a.out);
  for (; row + N <= end; row += N) {
    const Vec<T> total = fold_short_rows(op, in + row * a.outer_stride, a.reduce, a.outer_stride,
                                         parameter ? parameter + row : nullptr);
    (a.divisor == 1 ? total : total / Vec<T>(T(a.divisor))).store(out + row);
  }
  return row;
}

// ---- columns ------------------------------------------------------------------------------------

/// acc (·)= Count rows of n elements; `first`: acc is started instead.
template <int Count, class T, class Op>
GM_INLINE void add_rows(const Op& op, bool first, T* acc, const T* p, int64_t stride, int64_t n,
                        const T* parameter) {
  using V = Vec<T>;
  constexpr int N = V::N;
  int64_t j = 0;
  V x[Count];
  for (; j + N <= n; j += N) {
    const V q = parameter ? V::load(parameter + j) : V(T(0));
#pragma GCC unroll 8
    for (int k = 0; k < Count; ++k) x[k] = op.term(V::load(p + k * stride + j), q);
    const V all = tree<Count>(op, x);
    (first ? all : op(V::load(acc + j), all)).store(acc + j);
  }
  if (j < n) {
    const int tail = int(n - j);
    const V q = parameter ? V::load(parameter + j, tail) : V(T(0));
#pragma GCC unroll 8
    for (int k = 0; k < Count; ++k) x[k] = op.term(V::load(p + k * stride + j, tail), q);
    const V all = tree<Count>(op, x);
    (first ? all : op(V::load(acc + j, tail), all)).store(acc + j, tail);
  }
}

/// acc = all rows; n ≤ kFoldStrip or more, as the caller likes. At least one row. Four rows at a
/// time, and loops of their own for the first rows, were no faster and took 0.2 MB.
template <class T, class Op>
void fold_columns(const Op& op, T* acc, const T* p, int64_t rows, int64_t stride, int64_t n,
                  const T* parameter) {
  int64_t i = 0;
  for (; i + 8 <= rows; i += 8) add_rows<8>(op, i == 0, acc, p + i * stride, stride, n, parameter);
  for (; i < rows; ++i) add_rows<1>(op, i == 0, acc, p + i * stride, stride, n, parameter);
}

/// How columns are cut; from the shape alone.
struct ColumnPlan {
  int64_t together;  ///< m: rows read as one wide row
  int64_t width;     ///< m·inner
  int64_t rows;      ///< wide rows; reduce - rows·m narrow ones remain
  int64_t step;      ///< wide rows of a segment
  int64_t segments;
  int64_t strips;
};

inline ColumnPlan plan_columns(const ReduceArgs& a) {
  ColumnPlan p;
  p.together = 1;
  if (a.inner < kFoldNarrow && a.reduce_stride == a.inner)
    p.together = smaller(ceil_div(2 * kFoldNarrow, a.inner), at_least_one(a.reduce / 8));
  p.width = p.together * a.inner;
  p.rows = a.reduce / p.together;
  p.step = kReduceSegment / smaller(p.width, kFoldStrip);
  p.segments = at_least_one(ceil_div(p.rows, p.step));
  p.strips = ceil_div(p.width, kFoldStrip);
  return p;
}

/// out = the m groups of a wide result, then the rows that did not fill a wide one.
template <class T, class Op>
void fold_wide(const ReduceArgs& a, const ColumnPlan& plan, const Op& op, const T* wide,
               const T* rest, const T* parameter, T* out) {
  using V = Vec<T>;
  const int64_t left = a.reduce - plan.rows * plan.together;
  for (int64_t c = 0; c < a.inner; c += V::N) {
    const int n = int(smaller(V::N, a.inner - c));
    V total = V::load(wide + c, n);
    for (int64_t k = 1; k < plan.together; ++k)
      total = op(total, V::load(wide + k * a.inner + c, n));
    const V q = parameter ? V::load(parameter + c, n) : V(T(0));
    for (int64_t k = 0; k < left; ++k)
      total = op(total, op.term(V::load(rest + k * a.reduce_stride + c, n), q));
    total.store(out + c, n);
  }
}

// ---- walks --------------------------------------------------------------------------------------

/// The loops above of one operation.
template <class T>
struct FoldLoops {
  const void* op;
  T identity;
  T (*row)(const void* op, const T* p, int64_t n, T parameter);
  int64_t (*short_rows)(const void* op, const ReduceArgs& a, int64_t row, int64_t end);
  T (*both)(const void* op, T a, T b);
  void (*columns)(const void* op, T* acc, const T* p, int64_t rows, int64_t stride, int64_t n,
                  const T* parameter);
  /// acc (·)= n results.
  void (*join)(const void* op, T* acc, const T* p, int64_t n);
  void (*wide)(const void* op, const ReduceArgs& a, const ColumnPlan& plan, const T* wide,
               const T* rest, const T* parameter, T* out);
};

/// What is folded already is combined as it is.
template <class T, class Op>
struct Join {
  const Op& op;
  GM_INLINE Vec<T> term(Vec<T> x, Vec<T>) const { return x; }
  GM_INLINE Vec<T> operator()(Vec<T> x, Vec<T> y) const { return op(x, y); }
};

template <class T, class Op>
FoldLoops<T> fold_loops(const Op& operation) {
  FoldLoops<T> loops;
  loops.op = &operation;
  loops.identity = Op::template identity<T>();
  loops.row = [](const void* op, const T* p, int64_t n, T parameter) {
    return fold_row(*static_cast<const Op*>(op), p, n, parameter);
  };
  loops.short_rows = [](const void* op, const ReduceArgs& a, int64_t row, int64_t end) {
    return fold_many_short_rows<T>(*static_cast<const Op*>(op), a, row, end);
  };
  loops.both = [](const void* op, T a, T b) { return both(*static_cast<const Op*>(op), a, b); };
  loops.columns = [](const void* op, T* acc, const T* p, int64_t rows, int64_t stride, int64_t n,
                     const T* parameter) {
    fold_columns(*static_cast<const Op*>(op), acc, p, rows, stride, n, parameter);
  };
  loops.join = [](const void* op, T* acc, const T* p, int64_t n) {
    const Join<T, Op> join{*static_cast<const Op*>(op)};
    add_rows<1>(join, false, acc, p, 0, n, (const T*)nullptr);
  };
  loops.wide = [](const void* op, const ReduceArgs& a, const ColumnPlan& plan, const T* wide,
                  const T* rest, const T* parameter, T* out) {
    fold_wide(a, plan, *static_cast<const Op*>(op), wide, rest, parameter, out);
  };
  return loops;
}

template <class T>
void fold_rows(const ReduceArgs& a, const FoldLoops<T>& loops) {
  const auto* in = reinterpret_cast<const T*>(a.in);
  const auto* parameter = reinterpret_cast<const T*>(a.parameter);
  auto* out = reinterpret_cast<T*>(a.out);
  const int64_t segments = ceil_div(a.reduce, kReduceSegment);
  const int64_t cost = a.outer * (a.reduce * int64_t(sizeof(T)) / 32 + 4);
  const auto finish = [&](T value) { return a.divisor == 1 ? value : value / T(a.divisor); };
  const auto at = [&](int64_t row) { return parameter ? parameter[row] : T(0); };
  if (segments <= 1) {
    const int64_t rows = at_least_one(kFoldPiece / at_least_one(a.reduce));
    parallel_for(ceil_div(a.outer, rows), cost, [&](int64_t piece) {
      const int64_t end = smaller(a.outer, (piece + 1) * rows);
      int64_t i = piece * rows;
      if (a.reduce <= kShortRow) i = loops.short_rows(loops.op, a, i, end);
      for (; i < end; ++i)
        out[i] = finish(loops.row(loops.op, in + i * a.outer_stride, a.reduce, at(i)));
    });
    return;
  }
  const Scratch scratch(size_t(a.outer * segments) * sizeof(T));
  auto* partial = static_cast<T*>(scratch.data);
  parallel_for(a.outer * segments, cost, [&](int64_t piece) {
    const int64_t row = piece / segments, begin = piece % segments * kReduceSegment;
    partial[piece] = loops.row(loops.op, in + row * a.outer_stride + begin,
                               smaller(kReduceSegment, a.reduce - begin), at(row));
  });
  for (int64_t row = 0; row < a.outer; ++row) {
    T total = partial[row * segments];
    for (int64_t s = 1; s < segments; ++s)
      total = loops.both(loops.op, total, partial[row * segments + s]);
    out[row] = finish(total);
  }
}

template <class T>
GM_INLINE void divide(T* out, int64_t n, double divisor) {
  if (divisor == 1) return;
  for (int64_t i = 0; i < n; ++i) out[i] /= T(divisor);
}

template <class T>
void fold_inner(const ReduceArgs& a, const FoldLoops<T>& loops) {
  const void* op = loops.op;
  const ColumnPlan plan = plan_columns(a);
  const auto* in = reinterpret_cast<const T*>(a.in);
  const auto* parameter = reinterpret_cast<const T*>(a.parameter);
  auto* out = reinterpret_cast<T*>(a.out);
  const int64_t total = a.outer * a.reduce * a.inner;
  const int64_t cost = total * int64_t(sizeof(T)) / 32;
  const int64_t wide_stride = a.reduce_stride * plan.together;
  // Parameters repeat along a widened row.
  const Scratch repeated(plan.together > 1 && parameter ? size_t(a.outer * plan.width) * sizeof(T)
                                                        : 0);
  const T* wide_parameter = parameter;
  if (plan.together > 1 && parameter) {
    auto* copy = static_cast<T*>(repeated.data);
    for (int64_t o = 0; o < a.outer; ++o)
      for (int64_t j = 0; j < plan.width; ++j)
        copy[o * plan.width + j] = parameter[o * a.inner + j % a.inner];
    wide_parameter = copy;
  }
  const auto parameters = [&](int64_t o, int64_t j) {
    return wide_parameter ? wide_parameter + o * plan.width + j : nullptr;
  };

  if (plan.segments == 1) {
    const int64_t group = at_least_one(kFoldPiece / (a.reduce * plan.width / plan.together));
    const int64_t groups = ceil_div(a.outer, group);
    parallel_for(groups * plan.strips, cost, [&](int64_t piece) {
      const int64_t begin = piece / plan.strips * group, end = smaller(a.outer, begin + group);
      const int64_t j = piece % plan.strips * kFoldStrip;
      const int64_t n = smaller(kFoldStrip, plan.width - j);
      for (int64_t o = begin; o < end; ++o) {
        const T* p = in + o * a.outer_stride;
        T* target = out + o * a.inner + j;
        if (plan.together == 1) {
          loops.columns(op, target, p + j, plan.rows, wide_stride, n, parameters(o, j));
        } else {
          alignas(64) T wide[3 * kFoldNarrow];
          loops.columns(op, wide, p, plan.rows, wide_stride, n, parameters(o, 0));
          loops.wide(op, a, plan, wide, p + plan.rows * wide_stride,
                     parameter ? parameter + o * a.inner : nullptr, target);
        }
        divide(target, plan.together == 1 ? n : a.inner, a.divisor);
      }
    });
    return;
  }
  const int64_t per_outer = plan.segments * plan.width;
  const Scratch scratch(size_t(a.outer * per_outer) * sizeof(T));
  auto* partial = static_cast<T*>(scratch.data);
  parallel_for(a.outer * plan.segments * plan.strips, cost, [&](int64_t piece) {
    const int64_t j = piece % plan.strips * kFoldStrip;
    const int64_t s = piece / plan.strips % plan.segments;
    const int64_t o = piece / plan.strips / plan.segments;
    const int64_t row = s * plan.step;
    loops.columns(op, partial + o * per_outer + s * plan.width + j,
                  in + o * a.outer_stride + row * wide_stride + j,
                  smaller(plan.step, plan.rows - row), wide_stride,
                  smaller(kFoldStrip, plan.width - j), parameters(o, j));
  });
  for (int64_t o = 0; o < a.outer; ++o) {
    T* wide = partial + o * per_outer;
    for (int64_t s = 1; s < plan.segments; ++s)
      loops.join(op, wide, wide + s * plan.width, plan.width);
    loops.wide(op, a, plan, wide, in + o * a.outer_stride + plan.rows * wide_stride,
               parameter ? parameter + o * a.inner : nullptr, out + o * a.inner);
    divide(out + o * a.inner, a.inner, a.divisor);
  }
}

// -------------------------------------------------------------------------------------------------

template <class T>
void fold_all(const ReduceArgs& args, const FoldLoops<T>& loops) {
  if (args.outer * args.inner == 0) return;
  if (args.reduce == 0) {
    auto* out = reinterpret_cast<T*>(args.out);
    for (int64_t i = 0; i < args.outer * args.inner; ++i) out[i] = loops.identity / T(args.divisor);
  } else if (args.inner == 1) {
    fold_rows<T>(args, loops);
  } else {
    fold_inner<T>(args, loops);
  }
}

template <class T, class Op>
void fold(const ReduceArgs& args, const Op& op) {
  fold_all(args, fold_loops<T>(op));
}

}  // namespace
}  // namespace gm::GM_ISA
