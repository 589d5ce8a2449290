// Non-linear activations: a row here, a struct with forward and backward in activation.cpp, lines
// in ops/activation.{h,cpp} and bind/activation.cpp.
#pragma once

#include "core/loops.h"
#include "kernels/table.h"

namespace gm {

/// Loops of forward: y, x; of backward: gx, g, and x or y as the struct says. `parameters` are the
/// struct's members in order.
using ActivationFn = void (*)(const Loops& loops, DType compute, const double* parameters);

struct Activation {
  ActivationFn forward, backward;
};

struct ActivationKernels {
  Activation relu, leaky_relu, elu, hardtanh, hardsigmoid;  // backward reads y …
  Activation gelu, gelu_tanh, silu, mish, hardswish, hardshrink, softshrink, tanhshrink, softsign,
      softplus, threshold, logsigmoid;  // … or x
  ActivationFn glu;                     // y, a, b: a·sigmoid(b)
  ActivationFn glu_a;                   // ga, g, b
  ActivationFn glu_b;                   // gb, g, a, b
  ActivationFn prelu;                   // y, x, slope
  ActivationFn prelu_x;                 // gx, g, x, slope
  ActivationFn prelu_slope;             // before it is summed: g, x
};

/// float32 and float64.
GM_DEVICE_KERNEL_TABLE(ActivationKernels, activation)

}  // namespace gm
