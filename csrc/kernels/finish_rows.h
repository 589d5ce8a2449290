// What follows a product's or a convolution's sums: to = activation(from + bias + residual), on
// rows of one channel's outputs each, or of several, while they are in the first cache.
//
// kernels/finish.cpp compiles the functions, once for each ISA: in each of matmul, conv,
// conv_direct and conv_winograd they took 0.2 MB.
#pragma once

#include <cstdint>

#include "kernels/finish.h"

namespace gm::GM_ISA {

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

/// By activation.
template <class T>
struct FinishTable {
  FinishFn<T> of[8];
};
extern const FinishTable<float> float_finish;
extern const FinishTable<double> double_finish;

namespace {

constexpr const FinishTable<float>& finishes(float) { return float_finish; }
constexpr const FinishTable<double>& finishes(double) { return double_finish; }
template <class T>
FinishFn<T> finish_function(Finish finish) {
  return finishes(T()).of[static_cast<int>(finish)];
}

}  // namespace
}  // namespace gm::GM_ISA
