#include "ops/rnn.h"

#include "capi/call.h"

using namespace gm;
using namespace gm::capi;

namespace {

constexpr const char* kCells[] = {"lstm", "gru", "rnn_tanh", "rnn_relu"};

/// The layer, with x as a sequence: that of a cell has one step.
struct Layer {
  const char* cell;
  bool lstm, reverse, single;
  Array x;
  const Array *h0, *c0, *w_ih, *w_hh, *b_ih, *b_hh;

  ops::RnnArrays arrays() const { return {x, h0, c0, *w_ih, *w_hh, b_ih, b_hh}; }
  /// (steps, batch, …) from what the caller has.
  Array as_sequence(const Array& array) const {
    if (!single) return array;
    Shape shape = array.shape();
    shape.insert(0, 1);
    return array.reshape(cell, shape);
  }
  /// The opposite, for results.
  Array as_given(const Array& array) const {
    if (!single || !array) return array;
    Shape shape = array.shape();
    shape.erase(0);
    return array.reshape(cell, shape);
  }
};

Layer read_layer(Call& call, const gemmule_rnn* given) {
  const gemmule_rnn r = read(call.op(), "rnn", given);
  check(r.cell >= GEMMULE_LSTM && r.cell <= GEMMULE_RNN_RELU, call.op(), ": cell of kind ",
        int(r.cell), ", expected 0 to ", int(GEMMULE_RNN_RELU));
  Layer layer{kCells[r.cell],
              r.cell == GEMMULE_LSTM,
              r.reverse != 0,
              false,
              {},
              call.maybe("h0", r.h0),
              call.maybe("c0", r.c0),
              &call.in("w_ih", r.w_ih),
              &call.in("w_hh", r.w_hh),
              call.maybe("b_ih", r.b_ih),
              call.maybe("b_hh", r.b_hh)};
  const Array& x = call.in("x", r.x);
  check(x.rank() == 2 || x.rank() == 3, call.op(), ": x has shape ", x.shape(),
        ", expected (steps, batch, inputs) or (batch, inputs)");
  check(layer.lstm || !layer.c0, call.op(), ": c0 is given, but only LSTM has a c");
  layer.single = x.rank() == 2;
  layer.x = layer.as_sequence(x);
  return layer;
}

}  // namespace

extern "C" {

gemmule_status gemmule_rnn_forward(const gemmule_rnn* rnn, const gemmule_rnn_results* results,
                                   gemmule_workspace* workspace) {
  return guarded("rnn_forward", workspace, [&](Call& call) {
    const Layer layer = read_layer(call, rnn);
    const gemmule_rnn_results r = read(call.op(), "results", results);
    check(layer.lstm || (!r.c_n && !r.c), call.op(), ": c is wanted, but only LSTM has one");
    call.out("y", r.y);
    call.maybe_out("h_n", r.h_n);
    call.maybe_out("c_n", r.c_n);
    const bool c = call.maybe_out("c", r.c), gates = call.maybe_out("gates", r.gates);
    check(!gates || layer.cell == kCells[GEMMULE_LSTM] || layer.cell == kCells[GEMMULE_GRU],
          call.op(), ": gates are wanted, but only LSTM and GRU have any");
    call.compute([&] {
      auto [y, h_n, c_n, all_c, saved] =
          ops::rnn(layer.cell, layer.arrays(), layer.reverse,
                   c || gates ? ops::RnnKeep::Rows : ops::RnnKeep::Nothing);
      return Results(layer.as_given(y), h_n, c_n, layer.as_given(all_c), layer.as_given(saved));
    });
  });
}

gemmule_status gemmule_rnn_backward(const gemmule_rnn* rnn, const gemmule_rnn_results* results,
                                    const gemmule_rnn_gradients* gradients,
                                    gemmule_workspace* workspace) {
  return guarded("rnn_backward", workspace, [&](Call& call) {
    const Layer layer = read_layer(call, rnn);
    const gemmule_rnn_results r = read(call.op(), "results", results);
    const gemmule_rnn_gradients d = read(call.op(), "gradients", gradients);
    const bool gated = layer.lstm || layer.cell == kCells[GEMMULE_GRU];
    const Array y = layer.as_sequence(call.in("y", r.y));
    const Array c = layer.lstm ? layer.as_sequence(call.in("c", r.c)) : Array();
    const Array gates = gated ? layer.as_sequence(call.in("gates", r.gates)) : Array();
    const Array* dy = call.maybe("dy", d.dy);
    const Array g = dy ? layer.as_sequence(*dy) : Array();
    const Array* dh = call.maybe("dh_n", d.dh_n);
    const Array* dc = call.maybe("dc_n", d.dc_n);
    check(layer.lstm || (!dc && !d.dc0), call.op(), ": only LSTM has a c");
    check(dy || dh || dc, call.op(), ": no gradient is given");
    rehearse([&] {
      const auto [ey, eh, ec, each_c, saved] =
          ops::rnn(layer.cell, layer.arrays(), layer.reverse, ops::RnnKeep::Rows);
      expect(call.op(), "y", y, ey.shape(), ey.dtype());
      if (layer.lstm) expect(call.op(), "c", c, each_c.shape(), each_c.dtype());
      if (gated) expect(call.op(), "gates", gates, saved.shape(), saved.dtype());
      if (dy) expect(call.op(), "dy", g, ey.shape(), ey.dtype());
    });
    const bool want_x = call.maybe_out("dx", d.dx);
    call.maybe_out("dh0", d.dh0);
    call.maybe_out("dc0", d.dc0);
    const bool want_ih = call.maybe_out("dw_ih", d.dw_ih),
               want_hh = call.maybe_out("dw_hh", d.dw_hh),
               want_bi = call.maybe_out("db_ih", d.db_ih),
               want_bh = call.maybe_out("db_hh", d.db_hh);
    call.compute([&] {
      const Array dense_c = c ? c.contiguous() : c,
                  dense_gates = gates ? gates.contiguous() : gates;
      auto [dx, dh0, dc0, dw_ih, dw_hh, db_ih, db_hh] =
          ops::rnn_backward(layer.cell, layer.arrays(),
                            {dy ? &g : nullptr, dh, dc, y, dense_c, dense_gates, want_x,
                             want_ih || want_hh, want_bi || want_bh},
                            layer.reverse);
      return Results(layer.as_given(dx), dh0, dc0, dw_ih, dw_hh, db_ih, db_hh);
    });
  });
}

}  // extern "C"
