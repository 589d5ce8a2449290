// How kernels/optim.cpp goes through a list of tensors: in pieces of as many elements, whatever
// tensors they fall into.
#pragma once

#include "isa/parallel.h"
#include "isa/simd.h"
#include "kernels/optim.h"

namespace gm::GM_ISA {
namespace {

/// body(tensor, from, to) for every run of elements of one tensor, piece by piece in parallel.
template <class Body>
void for_pieces(const UpdateList& list, int64_t nanoseconds, const Body& body) {
  const int64_t pieces = (list.total + list.piece - 1) / list.piece;
  parallel_for(pieces, nanoseconds, [&](int64_t piece) {
    const int64_t begin = piece * list.piece;
    const int64_t end = begin + list.piece < list.total ? begin + list.piece : list.total;
    int64_t low = 0, high = list.count - 1;  // the last tensor that starts at or before `begin`
    while (low < high) {
      const int64_t middle = (low + high + 1) / 2;
      if (list.tensors[middle].begin <= begin)
        low = middle;
      else
        high = middle - 1;
    }
    for (; low < list.count && list.tensors[low].begin < end; ++low) {
      const UpdateTensor& t = list.tensors[low];
      const int64_t from = begin > t.begin ? begin - t.begin : 0;
      const int64_t to = end - t.begin < t.size ? end - t.begin : t.size;
      if (from < to) body(piece, t, from, to);
    }
  });
}

template <class T>
GM_INLINE T* at(char* data, int64_t element) {
  return data ? reinterpret_cast<T*>(data) + element : nullptr;
}

/// Elements [from, to) of a tensor under a rule: rule(param, grad, state) on vectors.
template <class T, class Rule>
void update(const UpdateTensor& t, const Rule& rule, int64_t from, int64_t to) {
  using V = Vec<T>;
  constexpr int S = Rule::kStates;
  T* const param = at<T>(t.param, from);
  const T* const grad = at<T>(t.grad, from);
  T* states[S + 1];
#pragma GCC unroll 4
  for (int s = 0; s < S; ++s) states[s] = at<T>(t.state[s], from);
  const int64_t n = to - from;
  int64_t i = 0;
  for (; i + V::N <= n; i += V::N) {
    V state[S + 1];
#pragma GCC unroll 4
    for (int s = 0; s < S; ++s) state[s] = V::load(states[s] + i);
    rule(V::load(param + i), V::load(grad + i), state).store(param + i);
#pragma GCC unroll 4
    for (int s = 0; s < S; ++s) state[s].store(states[s] + i);
  }
  if (i < n) {
    const int tail = static_cast<int>(n - i);
    V state[S + 1];
#pragma GCC unroll 4
    for (int s = 0; s < S; ++s) state[s] = V::load(states[s] + i, tail);
    rule(V::load(param + i, tail), V::load(grad + i, tail), state).store(param + i, tail);
#pragma GCC unroll 4
    for (int s = 0; s < S; ++s) state[s].store(states[s] + i, tail);
  }
}

/// `picoseconds` an element, at what one core gets from memory.
template <template <class> class RuleOf, class Parameters>
void run(const UpdateList& list, const Parameters& parameters, int64_t picoseconds) {
  for_pieces(list, list.total * picoseconds / 1000,
             [&](int64_t, const UpdateTensor& t, int64_t from, int64_t to) {
               if (t.dtype == DType::Float64)
                 update<double>(t, RuleOf<double>(parameters, t), from, to);
               else
                 update<float>(t, RuleOf<float>(parameters, t), from, to);
             });
}

// ---- norms and clipping -------------------------------------------------------------------------

/// term(x[0]), … combined in four chains of fixed lanes, and those into one.
template <class Norm>
double reduce(const Norm& norm, const float* x, int64_t n) {
  constexpr int N = Vec<float>::N;
  Vec<double> chain[4] = {0., 0., 0., 0.};
  const auto take = [&](Vec<float> v, int at) {
    const Wide wide = widen(v);
    chain[at] = Norm::combine(chain[at], norm.term(wide.lo));
    chain[at + 1] = Norm::combine(chain[at + 1], norm.term(wide.hi));
  };
  int64_t i = 0;
  for (; i + 2 * N <= n; i += 2 * N) {
    take(Vec<float>::load(x + i), 0);
    take(Vec<float>::load(x + i + N), 2);
  }
  for (; i < n; i += N) take(Vec<float>::load(x + i, static_cast<int>(n - i < N ? n - i : N)), 0);
  const Vec<double> all =
      Norm::combine(Norm::combine(chain[0], chain[1]), Norm::combine(chain[2], chain[3]));
  return across(all, [](Vec<double> a, Vec<double> b) { return Norm::combine(a, b); });
}
template <class Norm>
double reduce(const Norm& norm, const double* x, int64_t n) {
  constexpr int N = Vec<double>::N;
  Vec<double> chain[4] = {0., 0., 0., 0.};
  int64_t i = 0;
  for (; i + 4 * N <= n; i += 4 * N) {
#pragma GCC unroll 4
    for (int c = 0; c < 4; ++c)
      chain[c] = Norm::combine(chain[c], norm.term(Vec<double>::load(x + i + c * N)));
  }
  for (; i < n; i += N) {
    const int lanes = static_cast<int>(n - i < N ? n - i : N);
    chain[0] = Norm::combine(chain[0], norm.term(Vec<double>::load(x + i, lanes)));
  }
  const Vec<double> all =
      Norm::combine(Norm::combine(chain[0], chain[1]), Norm::combine(chain[2], chain[3]));
  return across(all, [](Vec<double> a, Vec<double> b) { return Norm::combine(a, b); });
}

template <class Norm>
void run_norm(const UpdateList& list, const Norm& norm, double* partials, int64_t picoseconds) {
  for_pieces(list, list.total * picoseconds / 1000,
             [&](int64_t piece, const UpdateTensor& t, int64_t from, int64_t to) {
               const double part = t.dtype == DType::Float64
                                       ? reduce(norm, at<double>(t.grad, from), to - from)
                                       : reduce(norm, at<float>(t.grad, from), to - from);
               // A piece visits its tensors in order, the first of them at its first element.
               const bool first = t.begin + from == piece * list.piece;
               partials[piece] =
                   first ? part : Norm::combine(Vec<double>(partials[piece]), Vec<double>(part))[0];
             });
}

/// grad = op(grad), elementwise.
template <class T, class Op>
void rewrite(const UpdateTensor& t, const Op& op, int64_t from, int64_t to) {
  constexpr int N = Vec<T>::N;
  T* const x = at<T>(t.grad, from);
  const int64_t n = to - from;
  int64_t i = 0;
  for (; i + N <= n; i += N) op(Vec<T>::load(x + i)).store(x + i);
  if (i < n) {
    const int tail = static_cast<int>(n - i);
    op(Vec<T>::load(x + i, tail)).store(x + i, tail);
  }
}
template <class Op>
void run_rewrite(const UpdateList& list, const Op& op) {
  for_pieces(list, list.total / 2, [&](int64_t, const UpdateTensor& t, int64_t from, int64_t to) {
    if (t.dtype == DType::Float64)
      rewrite<double>(t, op, from, to);
    else
      rewrite<float>(t, op, from, to);
  });
}

}  // namespace
}  // namespace gm::GM_ISA
