// Non-linear activations of floating-point arrays, forward and backward together. `out`, where
// given, has x's shape and receives the result. TypeError for other dtypes.
#pragma once

#include "core/array.h"

namespace gm::ops {

// max(x, 0), of integers too.
Array relu(const Array& x, const Array* out = nullptr);
Array relu_backward(const Array& g, const Array& y);
// slope·x below 0; slope ≥ 0.
Array leaky_relu(const Array& x, double slope, const Array* out = nullptr);
Array leaky_relu_backward(const Array& g, const Array& y, double slope);
// scale·x above 0, scale·alpha·(e^(inner·x) - 1) below; alpha/inner > 0.
Array elu(const Array& x, double alpha, double scale, double inner, const Array* out = nullptr);
Array elu_backward(const Array& g, const Array& y, double alpha, double scale, double inner);
// x within [low, high].
Array hardtanh(const Array& x, double low, double high, const Array* out = nullptr);
Array hardtanh_backward(const Array& g, const Array& y, double low, double high);
// (x + 3)/6 within [0, 1].
Array hardsigmoid(const Array& x, const Array* out = nullptr);
Array hardsigmoid_backward(const Array& g, const Array& y);
// x·Φ(x), with erf and with tanh.
Array gelu(const Array& x, const Array* out = nullptr);
Array gelu_backward(const Array& g, const Array& x);
Array gelu_tanh(const Array& x, const Array* out = nullptr);
Array gelu_tanh_backward(const Array& g, const Array& x);
// x·sigmoid(x), x·tanh(softplus(x)), x·hardsigmoid(x).
Array silu(const Array& x, const Array* out = nullptr);
Array silu_backward(const Array& g, const Array& x);
Array mish(const Array& x, const Array* out = nullptr);
Array mish_backward(const Array& g, const Array& x);
Array hardswish(const Array& x, const Array* out = nullptr);
Array hardswish_backward(const Array& g, const Array& x);
// 0 for |x| ≤ lambda; outside x, or x moved to 0 by lambda.
Array hardshrink(const Array& x, double lambda, const Array* out = nullptr);
Array hardshrink_backward(const Array& g, const Array& x, double lambda);
Array softshrink(const Array& x, double lambda, const Array* out = nullptr);
Array softshrink_backward(const Array& g, const Array& x, double lambda);
// x - tanh x, x/(1 + |x|).
Array tanhshrink(const Array& x, const Array* out = nullptr);
Array tanhshrink_backward(const Array& g, const Array& x);
Array softsign(const Array& x, const Array* out = nullptr);
Array softsign_backward(const Array& g, const Array& x);
// log(1 + e^(beta·x))/beta, x where beta·x > threshold.
Array softplus(const Array& x, double beta, double threshold, const Array* out = nullptr);
Array softplus_backward(const Array& g, const Array& x, double beta, double threshold);
// x above the limit, else value.
Array threshold(const Array& x, double limit, double value, const Array* out = nullptr);
Array threshold_backward(const Array& g, const Array& x, double limit, double value);
// log sigmoid(x).
Array logsigmoid(const Array& x, const Array* out = nullptr);
Array logsigmoid_backward(const Array& g, const Array& x);

/// a·sigmoid(b) of the two halves a, b of x along an axis. ValueError if its size is odd.
Array glu(const Array& x, int axis);
Array glu_backward(const Array& g, const Array& x, int axis);

/// x above 0, slope·x below; the slope broadcasts to x. Its gradient is to be summed to its shape.
Array prelu(const Array& x, const Array& slope, const Array* out = nullptr);
Array prelu_backward(const Array& g, const Array& x, const Array& slope);
Array prelu_slope_backward(const Array& g, const Array& x);

}  // namespace gm::ops
