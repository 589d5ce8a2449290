// kernels/optim_walk.h for CUDA: all tensors of a list in one kernel. A block takes a piece of as
// many elements, whatever tensors they fall into.
#pragma once

#include <vector>

#include "cuda/fold.h"
#include "isa/simd.h"
#include "kernels/optim.h"

namespace gm::GM_ISA {
namespace {

inline constexpr int64_t kBlockPiece = 16 * kThreads;

/// A tensor of the list and what is done to it.
template <class Op>
struct Entry {
  UpdateTensor tensor;
  Op op;
};

/// The last entry that starts at or before `element`.
template <class Op>
GM_DEVICE int64_t entry_of(const Entry<Op>* entries, int64_t count, int64_t element) {
  int64_t low = 0, high = count - 1;
  while (low < high) {
    const int64_t middle = (low + high + 1) / 2;
    if (entries[middle].tensor.begin <= element)
      low = middle;
    else
      high = middle - 1;
  }
  return low;
}

/// body(tensor, element) for this thread's elements of [begin, end), in order.
template <class Op, class Body>
GM_DEVICE void each_element(const Entry<Op>* entries, int64_t count, int64_t begin, int64_t end,
                            const Body& body) {
  int64_t at = entry_of(entries, count, begin);
  for (int64_t i = begin + threadIdx.x; i < end; i += blockDim.x) {
    while (at + 1 < count && entries[at + 1].tensor.begin <= i) ++at;
    body(entries[at], i - entries[at].tensor.begin);
  }
}

template <class T, class Op>
__global__ void change_all(const Entry<Op>* entries, int64_t count, int64_t total) {
  for (int64_t begin = int64_t(blockIdx.x) * kBlockPiece; begin < total;
       begin += int64_t(gridDim.x) * kBlockPiece) {
    const int64_t end = begin + kBlockPiece < total ? begin + kBlockPiece : total;
    each_element(entries, count, begin, end, [&](const Entry<Op>& entry, int64_t i) {
      entry.op.template change<T>(entry.tensor, i);
    });
  }
}

/// The list's tensors of one dtype, numbered anew, with their op. They go to the device.
template <class T, class MakeOp>
void change(const UpdateList& list, const MakeOp& make) {
  using Op = decltype(make(list.tensors[0]));
  std::vector<Entry<Op>> entries;
  int64_t total = 0;
  for (int64_t k = 0; k < list.count; ++k) {
    UpdateTensor tensor = list.tensors[k];
    if ((tensor.dtype == DType::Float64) != (sizeof(T) == 8) || tensor.size == 0) continue;
    tensor.begin = total;
    total += tensor.size;
    entries.push_back({tensor, make(list.tensors[k])});
  }
  if (total == 0) return;
  const size_t bytes = entries.size() * sizeof(Entry<Op>);
  const Temporary memory(bytes);
  check(cudaMemcpyAsync(memory.as<char>(), entries.data(), bytes, cudaMemcpyDefault, stream()));
  start(change_all<T, Op>, blocks_for(total / 16), kThreads,
        static_cast<const Entry<Op>*>(memory.as<Entry<Op>>()), int64_t(entries.size()), total);
}

// ---- rules --------------------------------------------------------------------------------------

template <class Rule>
struct Update {
  Rule rule;
  template <class T>
  GM_INLINE void change(const UpdateTensor& t, int64_t i) const {
    constexpr int S = Rule::kStates;
    T* param = reinterpret_cast<T*>(t.param) + i;
    Vec<T> state[S + 1];
    for (int s = 0; s < S; ++s) state[s] = reinterpret_cast<const T*>(t.state[s])[i];
    *param = rule(Vec<T>(*param), Vec<T>(reinterpret_cast<const T*>(t.grad)[i]), state).v;
    for (int s = 0; s < S; ++s) reinterpret_cast<T*>(t.state[s])[i] = state[s].v;
  }
};
template <template <class> class RuleOf, class Parameters>
void run(const UpdateList& list, const Parameters& parameters, int64_t) {
  change<float>(list, [&](const UpdateTensor& t) {
    return Update<RuleOf<float>>{RuleOf<float>(parameters, t)};
  });
  change<double>(list, [&](const UpdateTensor& t) {
    return Update<RuleOf<double>>{RuleOf<double>(parameters, t)};
  });
}

template <class Op>
struct Rewrite {
  Op op;
  template <class T>
  GM_INLINE void change(const UpdateTensor& t, int64_t i) const {
    T* x = reinterpret_cast<T*>(t.grad) + i;
    *x = op(Vec<T>(*x)).v;
  }
};
template <class Op>
void run_rewrite(const UpdateList& list, const Op& op) {
  change<float>(list, [&](const UpdateTensor&) { return Rewrite<Op>{op}; });
  change<double>(list, [&](const UpdateTensor&) { return Rewrite<Op>{op}; });
}

// ---- norms --------------------------------------------------------------------------------------

template <class Norm>
struct Combine {
  GM_INLINE double operator()(double a, double b) const {
    return Norm::combine(Vec<double>(a), Vec<double>(b)).v;
  }
};

/// One partial result for each piece of the list.
template <class Norm>
__global__ void norm_pieces(const Entry<Norm>* entries, int64_t count, int64_t total, int64_t piece,
                            int64_t pieces, double* partials) {
  for (int64_t p = blockIdx.x; p < pieces; p += gridDim.x) {
    const int64_t begin = p * piece, end = begin + piece < total ? begin + piece : total;
    double sum = 0;  // of what is never negative: right for a maximum too
    each_element(entries, count, begin, end, [&](const Entry<Norm>& entry, int64_t i) {
      const UpdateTensor& t = entry.tensor;
      const double x = t.dtype == DType::Float64
                           ? reinterpret_cast<const double*>(t.grad)[i]
                           : double(reinterpret_cast<const float*>(t.grad)[i]);
      sum = Combine<Norm>()(sum, entry.op.term(Vec<double>(x)).v);
    });
    sum = fold_block(Combine<Norm>{}, sum);
    if (threadIdx.x == 0) partials[p] = sum;
  }
}
template <class Norm>
void run_norm(const UpdateList& list, const Norm& norm, double* partials, int64_t) {
  std::vector<Entry<Norm>> entries;
  for (int64_t k = 0; k < list.count; ++k)
    if (list.tensors[k].size > 0) entries.push_back({list.tensors[k], norm});
  const int64_t pieces = (list.total + list.piece - 1) / list.piece;
  if (pieces == 0) return;
  const size_t bytes = entries.size() * sizeof(Entry<Norm>);
  const Temporary memory(bytes);
  check(cudaMemcpyAsync(memory.as<char>(), entries.data(), bytes, cudaMemcpyDefault, stream()));
  start(norm_pieces<Norm>, blocks_for(pieces * kThreads), kThreads,
        static_cast<const Entry<Norm>*>(memory.as<Entry<Norm>>()), int64_t(entries.size()),
        list.total, list.piece, pieces, partials);
}

}  // namespace
}  // namespace gm::GM_ISA
