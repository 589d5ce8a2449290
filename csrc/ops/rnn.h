// Recurrent layers over a whole sequence, one layer and direction, and single steps.
//
// `cell` is "lstm", "gru", "rnn_tanh" or "rnn_relu". Weights are PyTorch's: (gates·hidden, inputs)
// and (gates·hidden, hidden), gates i f g o or r z n. All arrays are of one dtype, float32 or
// float64. A state or bias that is not given is zero; LSTM alone has a c.
#pragma once

#include <tuple>

#include "core/array.h"

namespace gm::ops {

struct RnnArrays {
  const Array& x;   ///< (steps, batch, inputs)
  const Array* h0;  ///< (batch, hidden)
  const Array* c0;  ///< (batch, hidden)
  const Array& w_ih;
  const Array& w_hh;
  const Array* b_ih;  ///< (gates·hidden)
  const Array* b_hh;
};

/// Whether backward will follow, and in which order it finds what it reads.
enum class RnnKeep {
  Nothing,
  Rows,   ///< every step's c (steps, batch, hidden) and gates (steps, batch, 4·hidden)
  Blocks  ///< faster: both in blocks of L = 64 bytes' units, (steps, blocks, batch, 1 or 4, L)
};

/// y (steps, batch, hidden), the last h and c (batch, hidden); and for backward every step's c
/// (LSTM) and gates (LSTM, GRU). `reverse` goes from the last step to the first.
std::tuple<Array, Array, Array, Array, Array> rnn(const char* cell, const RnnArrays& arrays,
                                                  bool reverse, RnnKeep keep);

struct RnnGradients {
  const Array *dy, *dh, *dc;   ///< of rnn's results; null where there is none
  const Array &y, &c, &saved;  ///< rnn's results; c and saved are not read for every cell
  bool needs_x, needs_w, needs_b;
};
/// Gradients of x, h0, c0, w_ih, w_hh, b_ih, b_hh, empty where not needed. The biases' are one
/// array twice, but for GRU.
std::tuple<Array, Array, Array, Array, Array, Array, Array> rnn_backward(
    const char* cell, const RnnArrays& arrays, const RnnGradients& gradients, bool reverse);

/// A step from the input's and the state's share of the gates, (batch, gates·hidden) each, biases
/// included: h, c and what backward reads (batch, 4·hidden).
std::tuple<Array, Array, Array> rnn_step(const char* cell, const Array& gx, const Array& gh,
                                         const Array* h0, const Array* c0, bool keep);
/// Gradients of gx, gh (the same array, but for GRU), h0 (GRU's, as far as it needs no weight), c0.
std::tuple<Array, Array, Array, Array> rnn_step_backward(const char* cell, const Array* dh,
                                                         const Array* dc, const Array* h0,
                                                         const Array* c0, const Array& h,
                                                         const Array* c, const Array* saved);

}  // namespace gm::ops
