// Matrix products.
#pragma once

#include "core/array.h"
#include "kernels/matmul.h"

namespace gm::ops {

/// a·b as the array API has it: (…, m, k)·(…, k, n) with the leading axes broadcast; a vector is a
/// row on the left and a column on the right, and its axis is gone from the result. Both of one
/// floating-point dtype (float32 or float64). The bits never depend on the threads; the order of
/// the sums follows the layout only where few rows or columns lie along K, or meet a matrix that
/// does.
Array matmul(const Array& a, const Array& b);

/// x·weightᵀ + bias: x (…, in), weight (out, in), bias (out,) or null.
Array linear(const Array& x, const Array& weight, const Array* bias);

/// An activation that linear can apply to its result while that is in cache.
struct Epilogue {
  Finish finish = Finish::None;
  double slope = 0;  ///< of Finish::LeakyRelu
};
/// The same followed by an activation; the bits are those of the activation's own function.
Array linear(const Array& x, const Array& weight, const Array* bias, const Epilogue& epilogue);

/// A weight packed for the ISA that runs, and its bias.
struct PackedLinear {
  Array packed, bias;  ///< bytes; (out) or empty
  int64_t in, out;
  DType dtype;
  Isa isa;
};
PackedLinear pack_linear(const Array& weight, const Array* bias);
/// RuntimeError if another ISA runs now.
Array linear(const Array& x, const PackedLinear& weight, const Epilogue& epilogue);

}  // namespace gm::ops
