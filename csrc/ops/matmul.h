// Matrix products.
#pragma once

#include "core/array.h"

namespace gm::ops {

/// a·b as the array API has it: (…, m, k)·(…, k, n) with the leading axes broadcast; a vector is a
/// row on the left and a column on the right, and its axis is gone from the result. Both of one
/// floating-point dtype (float32 or float64).
Array matmul(const Array& a, const Array& b);

/// x·weightᵀ + bias: x (…, in), weight (out, in), bias (out,) or null.
Array linear(const Array& x, const Array& weight, const Array* bias);

}  // namespace gm::ops
