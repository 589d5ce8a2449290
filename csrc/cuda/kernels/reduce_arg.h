// kernels/reduce_arg.h for CUDA.
#pragma once

#include "kernels/reduce_fold.h"

namespace gm::GM_ISA {
namespace {

template <class T, class Op, class Order>
inline void arg_fold(const ReduceArgs& args, const Op&, const Order& order) {
  arg_all<T, T>(OrderOfLanes<T, Order>{order}, args);
}

}  // namespace
}  // namespace gm::GM_ISA
