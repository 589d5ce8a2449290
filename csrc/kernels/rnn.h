// Recurrent networks over a whole sequence: one layer, one direction.
#pragma once

#include "core/table.h"
#include "core/view.h"

namespace gm {

enum class RnnCell : uint8_t { Lstm, Gru, Tanh, Relu };

/// Gates with weights of their own: PyTorch's order is i f g o, r z n, or the one.
static constexpr int64_t rnn_gates(RnnCell cell) {
  return cell == RnnCell::Lstm ? 4 : cell == RnnCell::Gru ? 3 : 1;
}
/// Sums that a step adds up. GRU's n has two: the input's and, to be scaled by r, the state's.
static constexpr int64_t rnn_sums(RnnCell cell) {
  return cell == RnnCell::Lstm || cell == RnnCell::Gru ? 4 : 1;
}
/// What backward reads besides the states: LSTM's i f g o, GRU's r z n and the state's sum of n.
static constexpr int64_t rnn_saved(RnnCell cell) {
  return cell == RnnCell::Lstm || cell == RnnCell::Gru ? 4 : 0;
}

struct RnnShape {
  RnnCell cell;
  DType dtype;  ///< float32 or float64
  bool reverse;
  int64_t steps, batch, inputs, hidden;
};

/// Arrays are row-major, (steps, batch, hidden) or (batch, hidden) where nothing else is said. A
/// state that is null is zero.
struct RnnForward {
  RnnShape shape;
  const char* x;  ///< (steps, batch, inputs): element (t, b, k) at t·x_step + b·x_row + k
  int64_t x_step, x_row;
  const char *h0, *c0;
  const char *w_ih, *w_hh;  ///< (gates·hidden, inputs), (gates·hidden, hidden)
  const char *b_ih, *b_hh;  ///< (gates·hidden), or null
  bool keep;                ///< for backward
  char* y;
  char* c;      ///< LSTM: of every step if kept, else (batch, hidden): the last
  char* saved;  ///< (steps, batch, saved·hidden), if kept
  char* workspace;
};

/// The recurrence backward in time. The weights' and the input's gradients are products of `sums`.
struct RnnBackward {
  RnnShape shape;
  const char *h0, *c0;
  const char* w_hh;
  const char *y, *c, *saved;  ///< as the forward pass left them
  const char* dy;             ///< null where only the last states have gradients
  const char *dh, *dc;        ///< gradients of the last states, or null
  char* sums;                 ///< (steps, batch, sums·hidden): gradients of the sums
  char *dh0, *dc0;            ///< gradients of the first states; dc0 for LSTM alone
  char* workspace;
};

/// One step whose products are made already: sums of the input's gates `gx` and the state's `gh`,
/// (batch, gates·hidden) each, biases included.
struct RnnStep {
  RnnShape shape;  ///< steps and inputs are not read
  const char *gx, *gh;
  const char *h0, *c0;
  char *h, *c;
  char* saved;  ///< (batch, saved·hidden), or null
};
struct RnnStepBackward {
  RnnShape shape;
  const char *h0, *c0, *h, *c, *saved;
  const char *dh, *dc;  ///< null where there is none
  char *dgx, *dgh;      ///< (batch, gates·hidden); one memory, but for GRU
  char *dh0, *dc0;      ///< what reaches the old states without a weight; dh0 for GRU alone
};

struct RnnKernels {
  int64_t (*forward_workspace)(const RnnShape& shape);   ///< bytes
  int64_t (*backward_workspace)(const RnnShape& shape);  ///< bytes
  void (*forward)(const RnnForward& work);
  void (*backward)(const RnnBackward& work);
  void (*step)(const RnnStep& work);
  void (*step_backward)(const RnnStepBackward& work);
  /// out[j] = Σ_i x[i·step + j], rows cut by their number alone.
  void (*sum_rows)(DType dtype, const char* x, int64_t rows, int64_t columns, int64_t step,
                   char* out);
};

GM_KERNEL_TABLE(RnnKernels, rnn)

}  // namespace gm
