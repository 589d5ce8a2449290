// Folds: many elements into one, in an order that depends on shapes alone. No atomics.
//
// The reduced axis is cut into segments. A row (inner = 1) of a segment is folded by a warp or a
// block, each thread taking every 32nd or 256th element, their results in a tree; a column by one
// thread. A second kernel joins the segments in order.
//
// An operation is a struct with, A being what is accumulated,
//   identity()        A that combines without effect
//   term(x, p)        what an element contributes; p is the parameter of its result, or A(0)
//   operator()(a, b)  the combination
#pragma once

#include "cuda/runtime.h"
#include "kernels/reduce.h"

namespace gm::cuda {
namespace {

/// The warp's values in one, in every thread of it.
template <class A, class Op>
GM_DEVICE A fold_warp(const Op& op, A a) {
  for (int lanes = 16; lanes > 0; lanes /= 2) a = op(a, __shfl_xor_sync(~0u, a, lanes));
  return a;
}
/// The block's values in one, in every thread of it. For blocks of kThreads.
template <class A, class Op>
GM_DEVICE A fold_block(const Op& op, A a) {
  __shared__ A warps[kThreads / 32];
  a = fold_warp(op, a);
  __syncthreads();  // the call before may still be read
  if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = a;
  __syncthreads();
  a = warps[0];
  for (int w = 1; w < kThreads / 32; ++w) a = op(a, warps[w]);
  return a;
}

struct Segments {
  int64_t count, length;
};
/// Long rows in few places are cut, so that there is work for all.
inline Segments segments_of(const ReduceArgs& a) {
  constexpr int64_t kSegment = 16384;
  const int64_t length = a.inner == 1 ? kSegment : 512;
  const int64_t count = (a.reduce + length - 1) / length;
  return count > 1 ? Segments{count, length} : Segments{1, a.reduce};
}

/// Threads of one row.
template <int Lanes, class T, class A, class Op>
__global__ void fold_rows(Op op, ReduceArgs a, Segments segments, A* out) {
  constexpr int kRows = kThreads / Lanes;
  const auto* in = reinterpret_cast<const T*>(a.in);
  const auto* parameter = reinterpret_cast<const A*>(a.parameter);
  const int64_t rows = a.outer * segments.count;
  const int lane = int(threadIdx.x) % Lanes;
  // All threads of a block make as many rounds: they meet at its barriers.
  for (int64_t first = int64_t(blockIdx.x) * kRows; first < rows;
       first += int64_t(gridDim.x) * kRows) {
    const int64_t row = first + threadIdx.x / Lanes;
    A total = op.identity();
    if (row < rows) {
      const int64_t o = row / segments.count, s = row - o * segments.count;
      const T* p = in + o * a.outer_stride;
      const A with = parameter ? parameter[o] : A(0);
      int64_t end = (s + 1) * segments.length;
      if (end > a.reduce) end = a.reduce;
      for (int64_t i = s * segments.length + lane; i < end; i += Lanes)
        total = op(total, op.term(p[i * a.reduce_stride], with));
    }
    if constexpr (Lanes == 32)
      total = fold_warp(op, total);
    else
      total = fold_block(op, total);
    if (lane == 0 && row < rows) out[row] = total;
  }
}

template <class T, class A, class Op>
__global__ void fold_columns(Op op, ReduceArgs a, Segments segments, A* out) {
  const auto* in = reinterpret_cast<const T*>(a.in);
  const auto* parameter = reinterpret_cast<const A*>(a.parameter);
  const int64_t n = a.outer * segments.count * a.inner;
  for (int64_t i = first_piece(); i < n; i += piece_step()) {
    const int64_t row = i / a.inner, j = i - row * a.inner;
    const int64_t o = row / segments.count, s = row - o * segments.count;
    const T* p = in + o * a.outer_stride + j;
    const A with = parameter ? parameter[o * a.inner + j] : A(0);
    int64_t end = (s + 1) * segments.length;
    if (end > a.reduce) end = a.reduce;
    A total = op.identity();
    for (int64_t r = s * segments.length; r < end; ++r)
      total = op(total, op.term(p[r * a.reduce_stride], with));
    out[i] = total;
  }
}

/// out[outer, inner] = the segments' results in order, divided.
template <class A, class Op>
__global__ void join_segments(Op op, const A* partial, A* out, int64_t outer, int64_t segments,
                              int64_t inner, double divisor) {
  const int64_t n = outer * inner;
  for (int64_t i = first_piece(); i < n; i += piece_step()) {
    const int64_t o = i / inner, j = i - o * inner;
    A total = op.identity();
    for (int64_t s = 0; s < segments; ++s)
      total = op(total, partial[(o * segments + s) * inner + j]);
    if (divisor != 1) total = A(total / A(divisor));
    out[i] = total;
  }
}

template <class T, class A, class Op>
void fold_all(const Op& op, const ReduceArgs& a) {
  const int64_t results = a.outer * a.inner;
  if (results == 0) return;
  const Segments segments = segments_of(a);
  const bool direct = segments.count == 1 && a.divisor == 1;
  auto* out = reinterpret_cast<A*>(a.out);
  const int64_t rows = a.outer * segments.count;
  const Temporary memory(direct ? 1 : size_t(rows * a.inner) * sizeof(A));
  A* partial = direct ? out : memory.as<A>();
  if (a.inner > 1)
    start(fold_columns<T, A, Op>, blocks_for(rows * a.inner), kThreads, op, a, segments, partial);
  else if (segments.length <= 1024)
    start(fold_rows<32, T, A, Op>, blocks_for(rows * 32), kThreads, op, a, segments, partial);
  else
    start(fold_rows<kThreads, T, A, Op>, blocks_for(rows * kThreads), kThreads, op, a, segments,
          partial);
  if (!direct)
    start(join_segments<A, Op>, blocks_for(results), kThreads, op, static_cast<const A*>(partial),
          out, a.outer, segments.count, a.inner, a.divisor);
}

// ---- where the largest is -----------------------------------------------------------------------

template <class A>
struct Place {
  A value;
  int64_t index;  ///< -1: none yet
};

/// The first of equals; the first NaN before all.
template <class A, class Order>
GM_DEVICE Place<A> better(const Order& order, Place<A> a, Place<A> b) {
  if (a.index < 0) return b;
  if (b.index < 0) return a;
  const bool a_nan = a.value != a.value, b_nan = b.value != b.value;
  if (a_nan != b_nan) return a_nan ? a : b;
  if (!a_nan && order(a.value, b.value)) return a;
  if (!a_nan && order(b.value, a.value)) return b;
  return a.index < b.index ? a : b;
}

/// A warp for a row, a thread for a column.
template <class T, class A, class Order>
__global__ void arg_rows(Order order, ReduceArgs a) {
  const auto* in = reinterpret_cast<const T*>(a.in);
  for (int64_t first = int64_t(blockIdx.x) * (kThreads / 32); first < a.outer;
       first += int64_t(gridDim.x) * (kThreads / 32)) {
    const int64_t o = first + threadIdx.x / 32;
    Place<A> best{A(0), -1};
    if (o < a.outer)
      for (int64_t i = threadIdx.x % 32; i < a.reduce; i += 32)
        best = better(order, best, Place<A>{A(in[o * a.outer_stride + i * a.reduce_stride]), i});
    for (int lanes = 16; lanes > 0; lanes /= 2) {
      const Place<A> other{A(__shfl_xor_sync(~0u, best.value, lanes)),
                           __shfl_xor_sync(~0u, best.index, lanes)};
      best = better(order, best, other);
    }
    if (threadIdx.x % 32 == 0 && o < a.outer) {
      reinterpret_cast<A*>(a.out)[o] = best.value;
      a.index[o] = best.index;
    }
  }
}
template <class T, class A, class Order>
__global__ void arg_columns(Order order, ReduceArgs a) {
  const auto* in = reinterpret_cast<const T*>(a.in);
  const int64_t n = a.outer * a.inner;
  for (int64_t i = first_piece(); i < n; i += piece_step()) {
    const int64_t o = i / a.inner, j = i - o * a.inner;
    Place<A> best{A(0), -1};
    for (int64_t r = 0; r < a.reduce; ++r)
      best = better(order, best, Place<A>{A(in[o * a.outer_stride + r * a.reduce_stride + j]), r});
    reinterpret_cast<A*>(a.out)[i] = best.value;
    a.index[i] = best.index;
  }
}
template <class T, class A, class Order>
void arg_all(const Order& order, const ReduceArgs& a) {
  if (a.outer * a.inner == 0) return;
  if (a.inner > 1)
    start(arg_columns<T, A, Order>, blocks_for(a.outer * a.inner), kThreads, order, a);
  else
    start(arg_rows<T, A, Order>, blocks_for(a.outer * 32), kThreads, order, a);
}

}  // namespace
}  // namespace gm::cuda
