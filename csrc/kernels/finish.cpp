#include "kernels/activation_functions.h"
#include "kernels/finish_rows.h"

namespace gm::GM_ISA {
namespace {

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

/// Any rows, with the activation compiled once.
template <class T, class A>
GM_INLINE void finish_any(const FinishRows<T>& f, const A& activation) {
  constexpr int N = Vec<T>::N;
  const T *from = f.from, *residual = f.residual;
  T* to = f.to;
  for (int64_t r = 0; r < f.rows; ++r, from += f.from_step, to += f.to_step) {
    const Vec<T> bias(f.bias ? f.bias[r] : T(0));
    for (int64_t i = 0; i < f.columns; i += N) {
      const bool whole = i + N <= f.columns;
      const int rest = static_cast<int>(f.columns - i);
      Vec<T> x = (whole ? Vec<T>::load(from + i) : Vec<T>::load(from + i, rest)) + bias;
      if (residual) x += whole ? Vec<T>::load(residual + i) : Vec<T>::load(residual + i, rest);
      x = activation.forward(x);
      if (whole)
        x.store(to + i);
      else
        x.store(to + i, rest);
    }
    if (residual) residual += f.to_step;
  }
}

template <class T, class A>
void finish_rows(const FinishRows<T>& f) {
  A activation;
  if constexpr (!__is_empty(A)) activation.slope = f.slope;
  finish_any(f, activation);
}
/// Short activations have loops of their own for rows of whole vectors.
template <class T, class A>
void finish_short_rows(const FinishRows<T>& f) {
  A activation;
  if constexpr (!__is_empty(A)) activation.slope = f.slope;
  if (f.columns % Vec<T>::N)
    finish_any(f, activation);
  else if (f.residual)
    finish_whole_vectors<T, A, true>(f, activation);
  else
    finish_whole_vectors<T, A, false>(f, activation);
}

template <class T>
constexpr FinishTable<T> finish_table() {
  FinishTable<T> table{};
  const auto set = [&](Finish finish, FinishFn<T> function) { table.of[int(finish)] = function; };
  set(Finish::None, finish_short_rows<T, Unchanged>);
  set(Finish::Relu, finish_short_rows<T, Relu>);
  set(Finish::LeakyRelu, finish_short_rows<T, LeakyRelu>);
  set(Finish::Sigmoid, finish_rows<T, Sigmoid>);
  set(Finish::Tanh, finish_rows<T, Tanh>);
  set(Finish::Gelu, finish_rows<T, Gelu>);
  set(Finish::GeluTanh, finish_rows<T, GeluTanh>);
  set(Finish::Silu, finish_rows<T, Silu>);
  return table;
}

}  // namespace

constinit const FinishTable<float> float_finish = finish_table<float>();
constinit const FinishTable<double> double_finish = finish_table<double>();

}  // namespace gm::GM_ISA
