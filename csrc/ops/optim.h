// Optimizer steps over whole lists of parameters, and gradient clipping: each one launch.
//
// Parameters and what is kept for them are written in place, so their versions rise. What differs
// from step to step lives in cells: `lr`, one float64, and each parameter's step count, one float
// that the step itself raises.
#pragma once

#include <vector>

#include "core/array.h"
#include "kernels/optim.h"

namespace gm::ops {

using Arrays = std::vector<Array>;

/// `buffers` is empty without momentum. rule.lr is read from `lr`.
void sgd(const Arrays& params, const Arrays& grads, const Arrays& buffers, const Array& lr,
         SgdRule rule);
/// `maximums` is empty without amsgrad.
void adam(const Arrays& params, const Arrays& grads, const Arrays& means, const Arrays& squares,
          const Arrays& maximums, const Arrays& steps, const Array& lr, AdamRule rule);
/// `buffers` is empty without momentum, `means` unless centered.
void rmsprop(const Arrays& params, const Arrays& grads, const Arrays& squares,
             const Arrays& buffers, const Arrays& means, const Arrays& steps, const Array& lr,
             RmspropRule rule);

/// The p-norm (p > 0, or infinity) of all elements of all arrays together, of shape () and their
/// common dtype.
Array total_norm(const Arrays& arrays, double p);
/// Multiplies all arrays by min(1, max_norm / (norm + 1e-6)), where `norm` has one element.
void clip_to_norm(const Arrays& arrays, const Array& norm, double max_norm);
/// Clamps all elements to [low, high]; NaN stays.
void clip_to_range(const Arrays& arrays, double low, double high);

}  // namespace gm::ops
