// The elementwise half of each cell, on vectors of hidden units: what a step makes of its sums, and
// the gradients of the sums from those of the states.
//
// Forward has two halves, so that several rows can pass through the first before any waits for the
// second, whose tanh needs the whole first: 25 % less time for the gates than row by row.
//   gates(s, c)           the sums s become gates; c, the memory, advances
//   state(s, h, c, cell)  the new h from the old; s is then what backward reads
#pragma once

#include "isa/math.h"
#include "kernels/rnn.h"

namespace gm::GM_ISA {
namespace {

/// What backward knows of a step. `saved` as forward left it, dh and dc the states' gradients.
template <class T>
struct StepGradient {
  Vec<T> saved[4];
  Vec<T> h, h_before, c, c_before;
  Vec<T> dh, dc;
  RnnCell cell;
};

/// Hochreiter and Schmidhuber, 1997, with forget gates; sums i f g o:
///   c = σ(f)·c′ + σ(i)·tanh(g),  h = σ(o)·tanh(c)
struct Lstm {
  static constexpr RnnCell kCell = RnnCell::Lstm;
  static constexpr int kSums = 4, kSaved = 4;
  static constexpr bool kHasMemory = true;

  template <class T>
  GM_INLINE static void gates(Vec<T> (&s)[4], Vec<T>& c) {
    s[0] = gate_sigmoid(s[0]);
    s[1] = gate_sigmoid(s[1]);
    s[2] = gate_tanh(s[2]);
    s[3] = gate_sigmoid(s[3]);
    c = fma(s[1], c, s[0] * s[2]);
  }
  template <class T>
  GM_INLINE static Vec<T> state(Vec<T> (&s)[4], Vec<T>, Vec<T> c, RnnCell) {
    return s[3] * gate_tanh(c);
  }
  /// d: gradients of the sums; dc becomes that of c′. The result is what reaches h′ directly.
  template <class T>
  GM_INLINE static Vec<T> backward(StepGradient<T>& s, Vec<T> (&d)[4]) {
    const Vec<T> one(T(1)), i = s.saved[0], f = s.saved[1], g = s.saved[2], o = s.saved[3];
    const Vec<T> tanh_c = gate_tanh(s.c);
    // h = o·tanh(c): do = dh·tanh(c), dc += dh·o·(1 - tanh²(c)); σ′ = σ(1 - σ), tanh′ = 1 - tanh².
    const Vec<T> dc = fma(s.dh * o, fma(-tanh_c, tanh_c, one), s.dc);
    d[0] = dc * g * (i * (one - i));
    d[1] = dc * s.c_before * (f * (one - f));
    d[2] = dc * i * fma(-g, g, one);
    d[3] = s.dh * tanh_c * (o * (one - o));
    s.dc = dc * f;
    return Vec<T>(T(0));
  }
};

/// Cho et al., 2014, as in PyTorch and cuDNN; sums r z n and the state's share m of n:
///   h = (1 - σ(z))·n + σ(z)·h′,  n = tanh(n + σ(r)·m)
struct Gru {
  static constexpr RnnCell kCell = RnnCell::Gru;
  static constexpr int kSums = 4, kSaved = 4;
  static constexpr bool kHasMemory = false;

  template <class T>
  GM_INLINE static void gates(Vec<T> (&s)[4], Vec<T>&) {
    s[0] = gate_sigmoid(s[0]);
    s[1] = gate_sigmoid(s[1]);
  }
  template <class T>
  GM_INLINE static Vec<T> state(Vec<T> (&s)[4], Vec<T> h, Vec<T>, RnnCell) {
    s[2] = gate_tanh(fma(s[0], s[3], s[2]));
    return fma(s[1], h - s[2], s[2]);
  }
  template <class T>
  GM_INLINE static Vec<T> backward(StepGradient<T>& s, Vec<T> (&d)[4]) {
    const Vec<T> one(T(1)), r = s.saved[0], z = s.saved[1], n = s.saved[2], m = s.saved[3];
    d[2] = s.dh * (one - z) * fma(-n, n, one);
    d[3] = d[2] * r;
    d[0] = d[2] * m * (r * (one - r));
    d[1] = s.dh * (s.h_before - n) * (z * (one - z));
    return s.dh * z;
  }
};

/// Elman, 1990: h = tanh(s), or max(s, 0), where NaN stays.
struct Elman {
  static constexpr RnnCell kCell = RnnCell::Tanh;
  static constexpr int kSums = 1, kSaved = 0;
  static constexpr bool kHasMemory = false;

  template <class T>
  GM_INLINE static void gates(Vec<T> (&)[1], Vec<T>&) {}
  template <class T>
  GM_INLINE static Vec<T> state(Vec<T> (&s)[1], Vec<T>, Vec<T>, RnnCell cell) {
    return cell == RnnCell::Relu ? maximum(s[0], Vec<T>(T(0))) : gate_tanh(s[0]);
  }
  template <class T>
  GM_INLINE static Vec<T> backward(StepGradient<T>& s, Vec<T> (&d)[1]) {
    d[0] = s.cell == RnnCell::Relu ? keep(s.h > Vec<T>(T(0)), s.dh)
                                   : s.dh * fma(-s.h, s.h, Vec<T>(T(1)));
    return Vec<T>(T(0));
  }
};

/// body(Cell{}) for the cell that is asked for.
template <class Body>
GM_INLINE void with_cell(RnnCell cell, const Body& body) {
  switch (cell) {
    case RnnCell::Lstm:
      return body(Lstm{});
    case RnnCell::Gru:
      return body(Gru{});
    case RnnCell::Tanh:
    case RnnCell::Relu:
      return body(Elman{});
  }
}

}  // namespace
}  // namespace gm::GM_ISA
