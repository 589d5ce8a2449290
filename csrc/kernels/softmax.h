// Softmax along one axis, its logarithm, and their gradients.
#pragma once

#include "kernels/table.h"

namespace gm {

/// Arrays of (outer, length, inner), row-major; `out` may be one of the inputs. A row's bits depend
/// on its length alone.
struct SoftmaxArgs {
  const char* x;  ///< forward: the input; backward: what forward gave
  const char* g;  ///< backward: the gradient
  char* out;
  DType dtype;
  int64_t outer, length, inner;
};

struct SoftmaxKernels {
  using Fn = void (*)(const SoftmaxArgs& args);
  Fn softmax, log_softmax;
  Fn softmax_backward;      // y·(g - Σ g y)
  Fn log_softmax_backward;  // g - e^y · Σ g
};

/// float32 and float64.
GM_DEVICE_KERNEL_TABLE(SoftmaxKernels, softmax)

}  // namespace gm
