// Matrix products.
#pragma once

#include <tuple>

#include "core/array.h"
#include "kernels/matmul.h"

namespace gm::ops {

/// a·b as the array API has it: (…, m, k)·(…, k, n) with the leading axes broadcast; a vector is a
/// row on the left and a column on the right, and its axis is gone from the result. Both of one
/// floating-point dtype; 16-bit ones are added in float32 and rounded once, at the end. The bits
/// never depend on the threads; the order of the sums follows the layout only where few rows or
/// columns lie along K, or meet a matrix that does.
Array matmul(const Array& a, const Array& b);

/// x·weightᵀ + bias: x (…, in), weight (out, in), bias (out,) or null.
Array linear(const Array& x, const Array& weight, const Array* bias);

/// Gradients of linear's input, weight and bias from that of its result; empty where not wanted.
std::tuple<Array, Array, Array> linear_backward(const Array& g, const Array& x, const Array& weight,
                                                bool dx, bool dw, bool db);

/// The activation of a name: "none", "relu", "leaky_relu", "sigmoid", "tanh", "gelu", "gelu_tanh"
/// or "silu".
Finish finish_of(const char* name);

/// What linear and conv can do to their result while that is in cache: add `residual`, which has
/// its shape, then apply an activation. The bits are those of the operations by themselves.
struct Epilogue {
  Finish finish = Finish::None;
  double slope = 0;  ///< of Finish::LeakyRelu
  const Array* residual = nullptr;
};
/// The same with an epilogue.
Array linear(const Array& x, const Array& weight, const Array* bias, const Epilogue& epilogue);

/// A weight packed for the ISA that runs, and its bias.
struct PackedLinear {
  Array packed, bias;  ///< bytes; (out) or empty
  int64_t in, out;
  DType dtype;
  Isa isa;
  BFloatPairs pairs;  ///< that a weight of bfloat16 was packed for
};
PackedLinear pack_linear(const Array& weight, const Array* bias);
/// RuntimeError if another ISA runs now.
Array linear(const Array& x, const PackedLinear& weight, const Epilogue& epilogue);

/// The two above for a caller who keeps the pieces: a weight packed for the running ISA, and linear
/// with one of shape `weight` = (out, in). RuntimeError if another ISA's was given.
Array pack_linear_weight(const Array& weight);
Array linear_packed(const Array& x, const Array& packed, const Shape& weight, const Array* bias,
                    const Array* residual, const char* finish, double slope);

}  // namespace gm::ops
