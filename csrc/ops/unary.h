// Elementwise functions of one array and their gradients. `out`, where given, has x's shape and
// receives the result.
#pragma once

#include "core/array.h"

namespace gm::ops {

// Of x's own dtype; of these only abs is for bool.
Array negative(const Array& x, const Array* out = nullptr);
Array absolute(const Array& x, const Array* out = nullptr);
Array sign(const Array& x, const Array* out = nullptr);
Array square(const Array& x, const Array* out = nullptr);
Array cube(const Array& x, const Array* out = nullptr);
/// Integers and bool (where it is logical not) only.
Array bitwise_invert(const Array& x, const Array* out = nullptr);
// Integers and bool stay as they are. round takes halves to even.
Array floor(const Array& x, const Array* out = nullptr);
Array ceil(const Array& x, const Array* out = nullptr);
Array round(const Array& x, const Array* out = nullptr);
Array trunc(const Array& x, const Array* out = nullptr);

// Integers and bool become float32.
Array exp(const Array& x, const Array* out = nullptr);
Array exp2(const Array& x, const Array* out = nullptr);
Array expm1(const Array& x, const Array* out = nullptr);
Array log(const Array& x, const Array* out = nullptr);
Array log1p(const Array& x, const Array* out = nullptr);
Array log2(const Array& x, const Array* out = nullptr);
Array log10(const Array& x, const Array* out = nullptr);
Array sqrt(const Array& x, const Array* out = nullptr);
Array rsqrt(const Array& x, const Array* out = nullptr);
Array reciprocal(const Array& x, const Array* out = nullptr);
Array sin(const Array& x, const Array* out = nullptr);
Array cos(const Array& x, const Array* out = nullptr);
Array tan(const Array& x, const Array* out = nullptr);
Array asin(const Array& x, const Array* out = nullptr);
Array acos(const Array& x, const Array* out = nullptr);
Array atan(const Array& x, const Array* out = nullptr);
Array sinh(const Array& x, const Array* out = nullptr);
Array cosh(const Array& x, const Array* out = nullptr);
Array tanh(const Array& x, const Array* out = nullptr);
Array asinh(const Array& x, const Array* out = nullptr);
Array acosh(const Array& x, const Array* out = nullptr);
Array atanh(const Array& x, const Array* out = nullptr);
Array erf(const Array& x, const Array* out = nullptr);
Array erfc(const Array& x, const Array* out = nullptr);
Array sigmoid(const Array& x, const Array* out = nullptr);

// The gradient of x from that of the result and from x …
Array absolute_backward(const Array& g, const Array& x);
Array square_backward(const Array& g, const Array& x);
Array cube_backward(const Array& g, const Array& x);
Array log1p_backward(const Array& g, const Array& x);
Array log2_backward(const Array& g, const Array& x);
Array log10_backward(const Array& g, const Array& x);
Array sin_backward(const Array& g, const Array& x);
Array cos_backward(const Array& g, const Array& x);
Array asin_backward(const Array& g, const Array& x);
Array acos_backward(const Array& g, const Array& x);
Array atan_backward(const Array& g, const Array& x);
Array sinh_backward(const Array& g, const Array& x);
Array cosh_backward(const Array& g, const Array& x);
Array asinh_backward(const Array& g, const Array& x);
Array acosh_backward(const Array& g, const Array& x);
Array atanh_backward(const Array& g, const Array& x);
Array erf_backward(const Array& g, const Array& x);
Array erfc_backward(const Array& g, const Array& x);
// … or from the result y.
Array sqrt_backward(const Array& g, const Array& y);
Array rsqrt_backward(const Array& g, const Array& y);
Array reciprocal_backward(const Array& g, const Array& y);
Array exp2_backward(const Array& g, const Array& y);
Array expm1_backward(const Array& g, const Array& y);
Array tan_backward(const Array& g, const Array& y);
Array tanh_backward(const Array& g, const Array& y);
Array sigmoid_backward(const Array& g, const Array& y);

}  // namespace gm::ops
