// kernels/reduce_fold.h for CUDA: the operations of kernels/reduce.cpp, lane by lane.
#pragma once

#include "cuda/fold.h"
#include "isa/parallel.h"
#include "isa/simd.h"

namespace gm::GM_ISA {
namespace {

template <class T, class Op>
struct OnLanes {
  Op op;
  GM_INLINE T identity() const { return Op::template identity<T>(); }
  GM_INLINE T term(T x, T p) const { return op.term(Vec<T>(x), Vec<T>(p)).v; }
  GM_INLINE T operator()(T a, T b) const { return op(Vec<T>(a), Vec<T>(b)).v; }
};
template <class T, class Op>
inline void fold(const ReduceArgs& args, const Op& op) {
  fold_all<T, T>(OnLanes<T, Op>{op}, args);
}

template <class T, class Order>
struct OrderOfLanes {
  Order order;
  GM_INLINE bool operator()(T a, T b) const { return order(Vec<T>(a), Vec<T>(b)).v; }
};

}  // namespace
}  // namespace gm::GM_ISA
