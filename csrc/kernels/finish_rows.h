// What follows a convolution's sums: to = activation(from + bias + residual), on rows of one
// channel's outputs each, or of several, while they are in the first cache.
#pragma once

#include "kernels/activation_functions.h"
#include "kernels/finish.h"

namespace gm::GM_ISA {
namespace {

template <class T>
struct FinishRows {
  const T* from;  ///< may be `to` itself
  int64_t from_step;
  const T* residual;  ///< rows as far apart as those of `to`, or null
  T* to;
  int64_t to_step;
  const T* bias;  ///< one for each row, or null
  int64_t rows, columns;
  double slope;  ///< of Finish::LeakyRelu
};
template <class T>
using FinishFn = void (*)(const FinishRows<T>&);

struct Unchanged {
  template <class V>
  GM_INLINE V forward(V x) const {
    return x;
  }
};
struct Sigmoid {
  template <class V>
  GM_INLINE V forward(V x) const {
    return sigmoid(x);
  }
};
struct Tanh {
  template <class V>
  GM_INLINE V forward(V x) const {
    return tanh(x);
  }
};

template <class T, class A, bool residual>
GM_INLINE void finish_whole_vectors(const FinishRows<T>& f, const A& activation) {
  constexpr int N = Vec<T>::N;
  const T *from = f.from, *added = f.residual;
  T* to = f.to;
  for (int64_t r = 0; r < f.rows; ++r, from += f.from_step, to += f.to_step) {
    const Vec<T> bias(f.bias ? f.bias[r] : T(0));
    for (int64_t i = 0; i < f.columns; i += N) {
      Vec<T> x = Vec<T>::load(from + i) + bias;
      if constexpr (residual) x += Vec<T>::load(added + i);
      activation.forward(x).store(to + i);
    }
    if constexpr (residual) added += f.to_step;
  }
}

template <class T, class A>
void finish_rows(const FinishRows<T>& f) {
  constexpr int N = Vec<T>::N;
  A activation;
  if constexpr (!__is_empty(A)) activation.slope = f.slope;
  const T *from = f.from, *residual = f.residual;
  if (f.columns % N == 0)
    return residual ? finish_whole_vectors<T, A, true>(f, activation)
                    : finish_whole_vectors<T, A, false>(f, activation);
  T* to = f.to;
  for (int64_t r = 0; r < f.rows; ++r, from += f.from_step, to += f.to_step) {
    const Vec<T> bias(f.bias ? f.bias[r] : T(0));
    for (int64_t i = 0; i < f.columns; i += N) {
      if (i + N <= f.columns) {
        Vec<T> x = Vec<T>::load(from + i) + bias;
        if (residual) x += Vec<T>::load(residual + i);
        activation.forward(x).store(to + i);
      } else {
        const int rest = static_cast<int>(f.columns - i);
        Vec<T> x = Vec<T>::load(from + i, rest) + bias;
        if (residual) x += Vec<T>::load(residual + i, rest);
        activation.forward(x).store(to + i, rest);
      }
    }
    if (residual) residual += f.to_step;
  }
}

template <class T>
FinishFn<T> finish_function(Finish finish) {
  switch (finish) {
    case Finish::Relu:
      return finish_rows<T, Relu>;
    case Finish::LeakyRelu:
      return finish_rows<T, LeakyRelu>;
    case Finish::Sigmoid:
      return finish_rows<T, Sigmoid>;
    case Finish::Tanh:
      return finish_rows<T, Tanh>;
    case Finish::Gelu:
      return finish_rows<T, Gelu>;
    case Finish::GeluTanh:
      return finish_rows<T, GeluTanh>;
    case Finish::Silu:
      return finish_rows<T, Silu>;
    case Finish::None:
      break;
  }
  return finish_rows<T, Unchanged>;
}

}  // namespace
}  // namespace gm::GM_ISA
