// One step of a cell from sums that are made already, and the sums' gradients: elementwise.
#pragma once

#include "isa/parallel.h"
#include "kernels/rnn_cells.h"

namespace gm::GM_ISA {
namespace {

/// body(row, unit, lanes) for every vector of hidden units.
template <class T, class Body>
void for_units(const RnnShape& s, const Body& body) {
  constexpr int N = Vec<T>::N;
  const int64_t rows = 4096 / (s.hidden + 1) + 1;  // of a piece
  parallel_for((s.batch + rows - 1) / rows, s.batch * s.hidden * 10, [&](int64_t piece) {
    const int64_t end = (piece + 1) * rows < s.batch ? (piece + 1) * rows : s.batch;
    for (int64_t row = piece * rows; row < end; ++row)
      for (int64_t unit = 0; unit < s.hidden; unit += N)
        body(row, unit, static_cast<int>(s.hidden - unit < N ? s.hidden - unit : N));
  });
}

template <class T>
GM_INLINE Vec<T> load_or_zero(const char* data, int64_t at, int lanes) {
  return data ? Vec<T>::load(reinterpret_cast<const T*>(data) + at, lanes) : Vec<T>(T(0));
}

template <class T, class Cell>
void step(const RnnStep& w) {
  const int64_t H = w.shape.hidden, G = rnn_gates(Cell::kCell);
  constexpr bool gru = Cell::kCell == RnnCell::Gru;
  for_units<T>(w.shape, [&](int64_t row, int64_t unit, int lanes) {
    const int64_t at = row * H + unit, gate = row * G * H + unit;
    Vec<T> s[Cell::kSums];
#pragma GCC unroll 4
    for (int g = 0; g < Cell::kSums; ++g) {
      const int64_t x = gate + g * H, h = gate + (gru && g == 3 ? 2 : g) * H;
      s[g] = gru && g == 3 ? Vec<T>(T(0)) : load_or_zero<T>(w.gx, x, lanes);
      if (!gru || g != 2) s[g] += load_or_zero<T>(w.gh, h, lanes);
    }
    Vec<T> c = load_or_zero<T>(w.c0, at, lanes);
    Cell::gates(s, c);
    const Vec<T> h = Cell::state(s, load_or_zero<T>(w.h0, at, lanes), c, w.shape.cell);
    h.store(reinterpret_cast<T*>(w.h) + at, lanes);
    if constexpr (Cell::kHasMemory) c.store(reinterpret_cast<T*>(w.c) + at, lanes);
    if constexpr (Cell::kSaved > 0) {
      if (w.saved) {
#pragma GCC unroll 4
        for (int g = 0; g < 4; ++g)
          s[g].store(reinterpret_cast<T*>(w.saved) + row * 4 * H + g * H + unit, lanes);
      }
    }
  });
}

template <class T, class Cell>
void step_backward(const RnnStepBackward& w) {
  const int64_t H = w.shape.hidden, G = rnn_gates(Cell::kCell);
  constexpr bool gru = Cell::kCell == RnnCell::Gru;
  for_units<T>(w.shape, [&](int64_t row, int64_t unit, int lanes) {
    const int64_t at = row * H + unit, gate = row * G * H + unit;
    StepGradient<T> g;
    g.cell = w.shape.cell;
    g.dh = load_or_zero<T>(w.dh, at, lanes);
    g.h = load_or_zero<T>(w.h, at, lanes);
    g.h_before = load_or_zero<T>(w.h0, at, lanes);
    if constexpr (Cell::kSaved > 0) {
#pragma GCC unroll 4
      for (int k = 0; k < 4; ++k)
        g.saved[k] = load_or_zero<T>(w.saved, row * 4 * H + k * H + unit, lanes);
    }
    if constexpr (Cell::kHasMemory) {
      g.c = load_or_zero<T>(w.c, at, lanes);
      g.c_before = load_or_zero<T>(w.c0, at, lanes);
      g.dc = load_or_zero<T>(w.dc, at, lanes);
    }
    Vec<T> d[Cell::kSums];
    const Vec<T> direct = Cell::backward(g, d);
    T* dgx = reinterpret_cast<T*>(w.dgx) + gate;
    T* dgh = reinterpret_cast<T*>(w.dgh) + gate;
#pragma GCC unroll 4
    for (int k = 0; k < Cell::kSums; ++k) {
      if (!gru || k < 3) d[k].store(dgx + k * H, lanes);
      if (gru && k != 2) d[k].store(dgh + (k == 3 ? 2 : k) * H, lanes);
    }
    if (gru) direct.store(reinterpret_cast<T*>(w.dh0) + at, lanes);
    if constexpr (Cell::kHasMemory) g.dc.store(reinterpret_cast<T*>(w.dc0) + at, lanes);
  });
}

}  // namespace
}  // namespace gm::GM_ISA
