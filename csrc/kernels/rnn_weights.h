// The gradients of weights and input: those of some steps' sums, times what the weights were
// multiplied by, and times the weights.
#pragma once

#include "gemm/pack.h"
#include "gemm/products.h"
#include "isa/parallel.h"
#include "kernels/rnn.h"

namespace gm::GM_ISA {
namespace {

/// Some steps' rows of the factors: rows [row, row + rows) of the batch from step `first` on.
struct Factors {
  const RnnBackward& w;
  int64_t first, row, rows;
};

/// Packs columns of the factors from x and y where they lie: a copy of both side by side, made
/// first, was a tenth of the product's time (I10 H64).
template <class T>
void pack_factors(const void* context, int64_t line, int lines, int64_t term, int64_t terms,
                  T* panel, int width) {
  const Factors& factors = *static_cast<const Factors*>(context);
  const RnnBackward& w = factors.w;
  const RnnShape& s = w.shape;
  if (factors.rows < s.batch) {
    // Each step's rows as if they were all.
    for (int64_t run; terms > 0; term += run, terms -= run, panel += run * width) {
      const int64_t step = term / factors.rows, row = term % factors.rows;
      run = least(terms, factors.rows - row);
      const Factors all{w, factors.first + step, 0, s.batch};
      pack_factors(&all, line, lines, factors.row + row, run, panel, width);
    }
    return;
  }
  term += factors.first * s.batch;
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
Product<T> weights_product(const RnnShape& s, int64_t sums_step, int64_t rows) {
  Product<T> p{};
  p.m = s.inputs + s.hidden;
  p.n = rnn_sums(s.cell) * s.hidden;
  p.k = rows;
  p.a.pack = pack_factors<T>;
  p.a.line = 1;  // side by side: a few terms of all panels at a time
  p.b.line = 1;
  p.b.term = sums_step;
  p.c_row = p.n;
  return p;
}
template <class T>
Product<T> input_product(const RnnShape& s, int64_t sums_step, int64_t rows) {
  Product<T> p{};
  p.m = rows;
  p.n = s.inputs;
  p.k = rnn_gates(s.cell) * s.hidden;
  p.a.line = sums_step;
  p.a.term = 1;
  p.b.line = 1;
  p.b.term = p.c_row = s.inputs;
  return p;
}

template <class T>
int64_t products_workspace(const RnnShape& s, int64_t sums_step) {
  const int64_t rows = s.steps * s.batch;
  const int64_t weights = products<T>.cut(weights_product<T>(s, sums_step, rows), false).workspace;
  const int64_t input = products<T>.cut(input_product<T>(s, sums_step, rows), false).workspace;
  return weights > input ? weights : input;
}

/// The products of the sums that w.sums begins with, those of `steps` steps from time `first` on.
template <class T>
GM_NOINLINE void multiply_sums(const RnnBackward& w, int64_t first, int64_t steps,
                               char* workspace) {
  const RnnShape& s = w.shape;
  const Factors factors{w, first, 0, s.batch};
  const T* const sums = reinterpret_cast<const T*>(w.sums);
  Product<T> input = input_product<T>(s, w.sums_step, steps * s.batch);
  input.a.data = sums;
  input.b.data = reinterpret_cast<const T*>(w.w_ih);
  input.c = w.dx ? reinterpret_cast<T*>(w.dx) + first * s.batch * s.inputs : nullptr;
  Product<T> weights = weights_product<T>(s, w.sums_step, steps * s.batch);
  weights.a.context = &factors;
  weights.b.data = sums;
  weights.c = reinterpret_cast<T*>(w.weights);
  if (input.c) products<T>.multiply(input, products<T>.cut(input, false), workspace);
  if (weights.c) products<T>.multiply(weights, products<T>.cut(weights, false), workspace);
}

/// The weights' product of some rows' sums in `steps` steps, `columns` of them, by one thread.
template <class T>
GM_NOINLINE void multiply_rows(const Factors& factors, int64_t steps, const T* sums,
                               int64_t columns, T* c, bool accumulate) {
  const RnnBackward& w = factors.w;
  Product<T> p = weights_product<T>(w.shape, w.sums_step, steps * factors.rows);
  p.n = columns;
  p.a.context = &factors;
  p.b.data = sums;
  p.c = c;
  p.accumulate = accumulate;
  products<T>.multiply(p, products<T>.cut(p, true), nullptr);
}

}  // namespace
}  // namespace gm::GM_ISA
