// Recurrent networks over a whole sequence: one layer, one direction.
#pragma once

#include "core/view.h"
#include "kernels/table.h"

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

/// Where what backward reads lies: gate g of unit u, row b, step t at
/// t·step + b·row + g·gate + u / L · block + u % L, with L elements in 64 bytes.
///
/// Two orders are in use. Rows of units gate by gate are what embedders see. Blocks, the gates of
/// 64 bytes' units side by side and one row after the other, are what a step writes and reads in
/// one stream: each store of a row at a time went to a line and often a page of its own.
struct RnnBlocks {
  int64_t step, row, gate, block;
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
  char* y;
  char* c;  ///< LSTM: (batch, hidden), the last
  // For backward, or null.
  char* saved;
  char* all_c;  ///< LSTM: of every step
  RnnBlocks saved_at, c_at;
  char* workspace;
};

/// The recurrence backward in time, and with its sums' gradients those of weights and input.
struct RnnBackward {
  RnnShape shape;
  const char* x;  ///< as for the forward pass
  int64_t x_step, x_row;
  const char *h0, *c0;
  const char *w_ih, *w_hh;
  const char *y, *all_c, *saved;  ///< as the forward pass left them
  RnnBlocks c_at, saved_at;
  const char* dy;       ///< null where only the last states have gradients
  const char *dh, *dc;  ///< gradients of the last states, or null
  char* sums;           ///< room for gradients of sums: sums_steps · batch rows of sums·hidden …
  int64_t sums_step;    ///< … elements from one row to the next
  char* bias;           ///< (sums·hidden): the sum of all steps' rows, or null
  char* dx;             ///< (steps, batch, inputs), or null
  /// (inputs + hidden, sums·hidden), or null: factorsᵀ · sums, where row (t, b) of the factors is x
  /// and the state before step t, side by side. One product gives both weights' gradients and packs
  /// the sums, its large side, once. The other way round, sumsᵀ · factors, the sums would be read
  /// by columns, a sixth slower.
  char* weights;
  char *dh0, *dc0;  ///< gradients of the first states; dc0 for LSTM alone
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
  int64_t (*sums_steps)(const RnnShape& shape);
  void (*forward)(const RnnForward& work);
  void (*backward)(const RnnBackward& work);
  void (*step)(const RnnStep& work);
  void (*step_backward)(const RnnStepBackward& work);
};

GM_KERNEL_TABLE(RnnKernels, rnn)

}  // namespace gm
