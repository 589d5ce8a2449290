// The weights' gradients: the gradients of all steps' sums times what the weights were multiplied
// by.
#pragma once

#include "gemm/pack.h"
#include "gemm/products.h"
#include "kernels/rnn.h"

namespace gm::GM_ISA {
namespace {

/// Packs columns of the factors from x and y where they lie: a copy of both side by side, made
/// first, was a tenth of the product's time (I10 H64).
template <class T>
void pack_factors(const void* context, int64_t line, int lines, int64_t term, int64_t terms,
                  T* panel, int width) {
  const RnnWeights& w = *static_cast<const RnnWeights*>(context);
  const RnnShape& s = w.shape;
  const int64_t end = term + terms;
  // Of the step without another before it: its terms, and the state given for it.
  const int64_t first = s.reverse ? (s.steps - 1) * s.batch : 0, second = first + s.batch;
  const T* const given = reinterpret_cast<const T*>(w.h0);
  const bool dense = w.x_step == s.batch * w.x_row;
  const bool only_x = line + lines <= s.inputs, only_h = line >= s.inputs;
  for (int64_t run; term < end; term += run, panel += run * width) {
    const bool starts = term >= first && term < second;
    run = end - term;
    const T* x = reinterpret_cast<const T*>(w.x) + term * w.x_row;
    if (!only_h && !dense) {
      const int64_t t = term / s.batch, b = term % s.batch;
      run = least(run, s.batch - b);
      x = reinterpret_cast<const T*>(w.x) + t * w.x_step + b * w.x_row;
    }
    const int64_t before = s.reverse ? s.batch : -s.batch;
    const T* h = reinterpret_cast<const T*>(w.y) + (term + before) * s.hidden;
    if (starts) h = given ? given + (term - first) * s.hidden : nullptr;
    if (!only_x) run = least(run, starts ? second - term : term < first ? first - term : run);
    if (only_x) {
      pack_dense(Side<T>{x, 1, w.x_row, nullptr, nullptr, nullptr}, line, lines, 0, run, panel,
                 width);
    } else if (only_h && h) {
      pack_dense(Side<T>{h, 1, s.hidden, nullptr, nullptr, nullptr}, line - s.inputs, lines, 0, run,
                 panel, width);
    } else {
      const int64_t own = only_h ? 0 : s.inputs - line;
      const T* from_h = h ? h + line - s.inputs : nullptr;
      T* to = panel;
      for (int64_t i = 0; i < run; ++i, to += width) {
        for (int64_t l = 0; l < own; ++l) to[l] = x[i * w.x_row + line + l];
        for (int64_t l = own; l < lines; ++l) to[l] = from_h ? from_h[i * s.hidden + l] : T(0);
      }
    }
  }
}

template <class T>
Product<T> weights_product(const RnnShape& s) {
  Product<T> p{};
  p.m = s.inputs + s.hidden;
  p.n = rnn_sums(s.cell) * s.hidden;
  p.k = s.steps * s.batch;
  p.a.pack = pack_factors<T>;
  p.a.line = 1;  // side by side: a few terms of all panels at a time
  p.b.line = 1;
  p.c_row = p.n;
  return p;
}

template <class T>
int64_t weights_workspace_of(const RnnShape& s) {
  return products<T>.cut(weights_product<T>(s), false).workspace;
}

template <class T>
void weights_of(const RnnWeights& w) {
  Product<T> p = weights_product<T>(w.shape);
  p.a.context = &w;
  p.b.data = reinterpret_cast<const T*>(w.sums);
  p.b.term = w.sums_step;
  p.c = reinterpret_cast<T*>(w.out);
  products<T>.multiply(p, products<T>.cut(p, false), w.workspace);
}

}  // namespace
}  // namespace gm::GM_ISA
