// Optimizer updates and gradient clipping: one pass over a flat list of tensors.
#pragma once

#include "core/view.h"
#include "kernels/table.h"

namespace gm {

/// One tensor of a list: `size` elements of row-major memory. `begin` is how many elements of the
/// list stand before it.
///
///   rule      state[0]          state[1]      state[2]
///   sgd       momentum buffer   -             -             (null without momentum)
///   adam      mean              mean square   its maximum   (null without amsgrad)
///   rmsprop   mean square       momentum      mean          (without momentum: mean square, mean)
struct UpdateTensor {
  char* param;  ///< null where only gradients are read or written
  char* grad;
  char* state[3];
  DType dtype;
  int64_t begin, size;
  double step;  ///< adam: lr / (1 - β1^t)
  double root;  ///< adam: 1 / √(1 - β2^t)
};

/// A piece of work is `piece` consecutive elements of the list, whatever tensors they fall into.
struct UpdateList {
  const UpdateTensor* tensors;
  int64_t count, total, piece;
};

struct SgdRule {
  double lr, momentum, dampening, weight_decay;
  bool nesterov, maximize;
  bool first;  ///< the buffers are not filled yet: they become the gradient
};
struct AdamRule {
  double lr, beta1, beta2, eps, weight_decay;
  bool decoupled;  ///< weight decay shrinks the parameters and leaves the gradient alone
  bool amsgrad, maximize;
};
struct RmspropRule {
  double lr, alpha, eps, weight_decay, momentum;
  bool centered, maximize;
};

/// What a norm adds up; Power is Σ|x|^p.
enum class NormKind : uint8_t { Sum, Squares, Maximum, Power };

struct OptimKernels {
  void (*sgd)(const UpdateList& list, const SgdRule& rule);
  void (*adam)(const UpdateList& list, const AdamRule& rule);
  void (*rmsprop)(const UpdateList& list, const RmspropRule& rule);
  /// One partial result per piece of the list, in float64.
  void (*norm)(const UpdateList& list, NormKind kind, double p, double* partials);
  /// grad *= factor.
  void (*scale)(const UpdateList& list, double factor);
  /// grad = clamp(grad, low, high); NaN stays.
  void (*clamp)(const UpdateList& list, double low, double high);
};

GM_DEVICE_KERNEL_TABLE(OptimKernels, optim)

}  // namespace gm
