// Normalisation. Forward functions return (y, mean, rstd): what backward reads.
#pragma once

#include <optional>
#include <tuple>

#include "core/array.h"

namespace gm::ops {

using NormResult = std::tuple<Array, Array, Array>;
/// (dx, dweight, dbias); those not wanted are empty.
using NormGradient = std::tuple<Array, Array, Array>;

/// Over the last axes, as many as weight's or bias's (or `features` without either) have elements.
/// `centered` false is rms norm: no mean is subtracted.
NormResult layer_norm(const Array& x, int64_t features, const Array* weight, const Array* bias,
                      double eps, bool centered);
NormGradient layer_norm_backward(const Array& g, const Array& x, int64_t features,
                                 const Array* weight, const Array* mean, const Array& rstd,
                                 bool want_x, bool want_weight, bool want_bias);

/// x (N, C, …): groups of C/groups channels, each normalised with everything behind them. `op` is
/// what the caller calls it.
NormResult group_norm(const Array& x, int64_t groups, const Array* weight, const Array* bias,
                      double eps, const char* op = "group_norm");
NormGradient group_norm_backward(const Array& g, const Array& x, int64_t groups,
                                 const Array* weight, const Array& mean, const Array& rstd,
                                 bool want_x, bool want_weight, bool want_bias);

/// x (N, C, …): each channel over everything else; in training from x's own statistics, which move
/// running_mean and running_var (unbiased) by `momentum`.
NormResult batch_norm(const Array& x, const Array* running_mean, const Array* running_var,
                      const Array* weight, const Array* bias, bool training, double momentum,
                      double eps);
NormGradient batch_norm_backward(const Array& g, const Array& x, const Array* weight,
                                 const Array& mean, const Array& rstd, bool training, bool want_x,
                                 bool want_weight, bool want_bias);

}  // namespace gm::ops
