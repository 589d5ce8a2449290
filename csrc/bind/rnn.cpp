#include "ops/rnn.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

namespace {

auto rnn(const char* cell, const Array& x, const Array* h0, const Array* c0, const Array& w_ih,
         const Array& w_hh, const Array* b_ih, const Array* b_hh, bool reverse, bool keep) {
  return ops::rnn(cell, {x, h0, c0, w_ih, w_hh, b_ih, b_hh}, reverse,
                  keep ? ops::RnnKeep::Blocks : ops::RnnKeep::Nothing);
}

const Array& or_nothing(const Array* array) {
  static const Array nothing;
  return array ? *array : nothing;
}

auto rnn_backward(const char* cell, const Array* dy, const Array* dh, const Array* dc,
                  const Array& x, const Array* h0, const Array* c0, const Array& w_ih,
                  const Array& w_hh, const Array& y, const Array* c, const Array* saved,
                  bool reverse, bool needs_x, bool needs_w, bool needs_b) {
  return ops::rnn_backward(
      cell, {x, h0, c0, w_ih, w_hh, nullptr, nullptr},
      {dy, dh, dc, y, or_nothing(c), or_nothing(saved), needs_x, needs_w, needs_b}, reverse);
}

}  // namespace

PyMethodDef rnn_methods[] = {
    def<rnn, "rnn(mode, input, reverse, keep)">(),
    def<rnn_backward, "rnn_backward">(),
    def<ops::rnn_step, "rnn_step(mode, input, hidden, hx, cx, keep)">(),
    def<ops::rnn_step_backward, "rnn_step_backward">(),
    {},
};

}  // namespace gm::bind
