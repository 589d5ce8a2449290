// Losses: over classes (a row of scores and a label, or a row of probabilities) and over pairs of
// numbers. Sums over rows and elements are cut by shape alone and added in order, in double.
#pragma once

#include "kernels/table.h"

namespace gm {

// ---- classes ------------------------------------------------------------------------------------

/// cross_entropy and nll_loss of labels. Arrays are row-major; labels are checked already.
///
///   loss = (1-ε)·w[t]·(lse - x[t]) + ε/C · Σ_c w[c]·(lse - x[c]),  lse = shift + log exp_sum
///
/// An ignored label's loss and gradient are 0. The mean divides by Σ w[t] of the others.
struct ClassLoss {
  const char* x;          ///< (outer, classes, inner)
  const int64_t* target;  ///< (outer, inner)
  const char* weight;     ///< (classes), or null for ones
  DType dtype;
  int64_t outer, classes, inner;
  int64_t ignored;
  double smoothing;       ///< ε
  char *shift, *exp_sum;  ///< (outer, inner): max x and Σ e^(x - shift), written forward
};

/// cross_entropy of probabilities q: loss = Σ_c w[c]·q'[c]·(lse - x[c]), q' = (1-ε)·q + ε/C.
struct ProbabilityLoss {
  const char *x, *q;   ///< (rows, classes)
  const char* weight;  ///< (classes), or null
  DType dtype;
  int64_t rows, classes;
  double smoothing;
  char *shift, *log_sum, *mass;  ///< (rows); mass = Σ_c w[c]·q'[c]
};

/// Where a loss goes: each into `each`, or all into `total`.
struct LossResult {
  char* each;     ///< one per row, or null
  char* total;    ///< one number, else
  bool mean;      ///< divide the total by …
  char* divisor;  ///< … Σ w[t], which is written here
  double count;   ///< (probabilities, pairs) … this
  char* dx;       ///< (cross_entropy's rows) also the total's gradient; null: not wanted
};

/// What comes back: dx = g · scale · dloss/dx, scale = 1/divisor or 1/count.
struct LossGradient {
  const char* g;
  int64_t g_stride;     ///< 0: one for all, 1: one per row
  const char* divisor;  ///< one number, or null
  double count;
  char* dx;
  bool scale;  ///< (cross_entropy) dx is what forward gave, of `outer` numbers: only times g
};

// ---- pairs --------------------------------------------------------------------------------------

struct PairLoss {
  const char *x, *target;
  const char* weight;  ///< bce_with_logits: the positive class's weights; null elsewhere
  DType dtype;
  int64_t n;
  double parameter;  ///< smooth_l1's beta, huber's delta
};

struct PairLossKernels {
  void (*forward)(const PairLoss& loss, const LossResult& result);
  void (*backward)(const PairLoss& loss, const LossGradient& gradient);
  void (*target_backward)(const PairLoss& loss, const LossGradient& gradient);
};

struct LossKernels {
  void (*cross_entropy)(const ClassLoss& loss, const LossResult& result);
  void (*cross_entropy_backward)(const ClassLoss& loss, const LossGradient& gradient);
  void (*nll)(const ClassLoss& loss, const LossResult& result);
  void (*nll_backward)(const ClassLoss& loss, const LossGradient& gradient);
  void (*probability)(const ProbabilityLoss& loss, const LossResult& result);
  void (*probability_backward)(const ProbabilityLoss& loss, const LossGradient& gradient);
  void (*probability_target_backward)(const ProbabilityLoss& loss, const LossGradient& gradient);
  PairLossKernels mse, l1, smooth_l1, huber;
  PairLossKernels bce, bce_logits, bce_logits_weighted;
  PairLossKernels kl_div, kl_div_log;
};

/// float32 and float64.
GM_KERNEL_TABLE(LossKernels, loss)

}  // namespace gm
