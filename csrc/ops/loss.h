// Losses and their gradients. `reduction` is "none", "mean" or "sum". Operands have one float dtype
// (TypeError otherwise); float16 and bfloat16 are computed in float32.
#pragma once

#include <tuple>

#include "core/array.h"

namespace gm::ops {

/// Cross-entropy of scores (C), (N, C) or (N, C, d…) with integer labels (), (N) or (N, d…): (loss,
/// shift, exp_sum, divisor, dx), all but the first for the gradient. dx is the gradient of a loss
/// that is one number, taken with it if `gradient` asks and if that is faster; null otherwise.
/// IndexError for a label that is neither in [0, C) nor `ignored`.
std::tuple<Array, Array, Array, Array, Array> cross_entropy(const Array& x, const Array& target,
                                                            const Array* weight, int64_t ignored,
                                                            double smoothing, const char* reduction,
                                                            bool gradient);
/// Given `dx`, which forward has made, writes into it and returns it. The same bits without.
Array cross_entropy_backward(const Array& g, const Array& x, const Array& target,
                             const Array* weight, int64_t ignored, double smoothing,
                             const char* reduction, const Array& shift, const Array& exp_sum,
                             const Array& divisor, const Array* dx);

/// The same of logarithms of probabilities: (loss, divisor).
std::tuple<Array, Array> nll_loss(const Array& x, const Array& target, const Array* weight,
                                  int64_t ignored, const char* reduction);
Array nll_loss_backward(const Array& g, const Array& x, const Array& target, const Array* weight,
                        int64_t ignored, const char* reduction, const Array& divisor);

/// Cross-entropy with probabilities q of x's shape: (loss, shift, log_sum, mass).
std::tuple<Array, Array, Array, Array> cross_entropy_probability(const Array& x, const Array& q,
                                                                 const Array* weight,
                                                                 double smoothing,
                                                                 const char* reduction);
/// With respect to x, or (`to_target`) to q.
Array cross_entropy_probability_backward(const Array& g, const Array& x, const Array& q,
                                         const Array* weight, double smoothing,
                                         const char* reduction, const Array& shift,
                                         const Array& log_sum, const Array& mass, bool to_target);

/// An elementwise loss by name (mse_loss, l1_loss, smooth_l1_loss, huber_loss, kl_div, kl_div_log,
/// binary_cross_entropy, binary_cross_entropy_with_logits) of two arrays that broadcast together.
/// `weight` is the logits' pos_weight, `parameter` beta or delta.
Array pair_loss(const char* name, const Array& x, const Array& target, const Array* weight,
                double parameter, const char* reduction);
Array pair_loss_backward(const char* name, const Array& g, const Array& x, const Array& target,
                         const Array* weight, double parameter, const char* reduction,
                         bool to_target);

}  // namespace gm::ops
