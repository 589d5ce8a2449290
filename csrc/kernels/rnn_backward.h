// A sequence backward in time. For every step, last to first,
//
//   for the panels of hidden units
//     for the tiles of batch rows
//       dh = dy_t + d_{t+1}·W_hh            back_tile; d are the gradients of a step's sums
//       d_t, dc from dh and the states      the cell, on the tile in L1
//
// and once more without a cell for the first states. The products of weights and inputs are made
// after some steps, while these' sums are in L2, if the layer is small; else after all.
#pragma once

#include "core/parallel.h"
#include "kernels/rnn_forward.h"
#include "kernels/rnn_weights.h"

namespace gm::GM_ISA {
namespace {

/// Bytes of a small layer's sums that stay in L2 until they are multiplied: I10 H64 12 % faster
/// than with all of them in memory.
inline constexpr int64_t kSumsBytes = 512 * 1024;

template <class T>
struct BackwardPlan {
  static constexpr int N = Vec<T>::N;
  int64_t terms;            // rows of W_hh
  int64_t vectors, panels;  // of hidden units; a panel is up to four vectors, all about even
  bool small;
  int64_t chunk;       // terms of a panel in L1
  int64_t block_rows;  // whose share of the biases is summed up alone; a piece has some blocks
  int64_t steps;       // whose products are made together
  int64_t bytes_own, bytes;

  explicit BackwardPlan(const RnnShape& s) {
    terms = rnn_gates(s.cell) * s.hidden;
    vectors = ceil_divide(s.hidden, N);
    panels = ceil_divide(vectors, 4);
    small = terms * s.hidden * int64_t(sizeof(T)) <= kSmallWeights;
    // Narrower panels, at some cost, where there would be few to hand out.
    if (!small && panels < 8) panels = smaller(8, vectors);
    chunk = kPanelBytes / (4 * kVectorBytes);
    block_rows = small ? kRowsOfPiece : kFinishRows;
    const int64_t line = rnn_sums(s.cell) * s.hidden;
    steps = s.steps;
    if (small && s.batch * s.hidden > 0) {
      const int64_t most = kSumsBytes / (s.batch * line * int64_t(sizeof(T)));
      // At least two: a step's panels read its sums while those of the step before are made.
      steps = smaller(steps, most < 2 ? 2 : most);
    }
    // The weights, what reaches a step's state without them, and each block's share of the biases.
    bytes_own = terms * vectors * N + s.batch * s.hidden + blocks(s) * line;
    bytes_own = ceil_divide(bytes_own, N) * kVectorBytes;
    bytes = bytes_own + (small ? 0 : products_workspace<T>(s, line));
  }
  int64_t blocks(const RnnShape& s) const { return ceil_divide(s.batch, block_rows); }
  int64_t first(int64_t panel) const { return vectors * panel / panels; }
};

template <class T, class Cell>
class Backward {
  static constexpr int N = Vec<T>::N, S = Cell::kSums;

 public:
  explicit Backward(const RnnBackward& work)
      : w_(work),
        s_(work.shape),
        plan_(work.shape),
        weights_(reinterpret_cast<T*>(work.workspace)),
        direct_(weights_ + plan_.terms * plan_.vectors * N),
        state_(s_.batch * s_.hidden),
        biases_(direct_ + state_) {}

  void run() {
    const int64_t line = S * s_.hidden, blocks = plan_.blocks(s_);
    if (w_.bias) {
      __builtin_memset(w_.bias, 0, static_cast<size_t>(line) * sizeof(T));
      __builtin_memset(biases_, 0, static_cast<size_t>(blocks * line) * sizeof(T));
    }
    if (s_.batch == 0 || s_.hidden == 0) return clear();
    walk(blocks);
    if (!w_.bias) return;
    T* bias = reinterpret_cast<T*>(w_.bias);
    for (int64_t block = 0; block < blocks; ++block)
      for (int64_t j = 0; j < line; j += N) {
        const int lanes = static_cast<int>(smaller(N, line - j));
        const T* share = biases_ + block * line + j;
        (Vec<T>::load(bias + j, lanes) + Vec<T>::load(share, lanes)).store(bias + j, lanes);
      }
  }

 private:
  /// Gradients of an empty layer, or of no rows.
  void clear() const {
    const auto zero = [](char* out, int64_t elements) {
      if (out) __builtin_memset(out, 0, static_cast<size_t>(elements) * sizeof(T));
    };
    zero(w_.dx, s_.steps * s_.batch * s_.inputs);
    zero(w_.weights, (s_.inputs + s_.hidden) * S * s_.hidden);
  }

  void walk(int64_t blocks) const {
    parallel_for(plan_.panels, plan_.terms * s_.hidden / 4, [&](int64_t panel) { pack(panel); });
    int64_t end = s_.steps;
    do {
      // The steps whose sums lie side by side, from `begin` down to `end`.
      const int64_t begin = end, now = begin > 0 ? time(begin - 1) : 0;
      const int64_t first = begin > 0 ? now / plan_.steps * plan_.steps : 0;
      const int64_t steps = begin == 0   ? 0
                            : s_.reverse ? smaller(first + plan_.steps, s_.steps) - now
                                         : now - first + 1;
      end -= steps;
      retreat_over(begin, end > 0 ? end : -1, blocks);
      if (steps > 0)
        multiply_sums<T>(w_, first, steps, plan_.small, w_.workspace + plan_.bytes_own);
    } while (end > 0);
  }

  /// Steps from `begin` down to the one after `end`.
  void retreat_over(int64_t begin, int64_t end, int64_t blocks) const {
    const int64_t cost = s_.batch * s_.hidden * (plan_.terms * 2 / 60 + 10);
    if (plan_.small) {
      const int64_t pieces = ceil_divide(blocks, rows_of_piece(s_.batch) / kRowsOfPiece);
      parallel_for(pieces, cost * (begin - end), [&](int64_t piece) {
        const int64_t block0 = blocks * piece / pieces, block1 = blocks * (piece + 1) / pieces;
        for (int64_t step = begin; step > end; --step)
          for (int64_t panel = 0; panel < plan_.panels; ++panel)
            retreat(step, panel, blocks, block0, block1);
      });
      return;
    }
    for (int64_t step = begin; step > end; --step) {
      parallel_for(blocks * plan_.panels, cost, [&](int64_t piece) {
        retreat(step, piece / blocks, blocks, piece % blocks, piece % blocks + 1);
      });
    }
  }

  T* sums_at(int64_t t, int64_t row) const {
    return reinterpret_cast<T*>(w_.sums) + (t % plan_.steps * s_.batch + row) * w_.sums_step;
  }

  const T* array(const char* data) const { return reinterpret_cast<const T*>(data); }
  int64_t time(int64_t step) const { return s_.reverse ? s_.steps - 1 - step : step; }

  void pack(int64_t panel) const {
    const int64_t first = plan_.first(panel), width = (plan_.first(panel + 1) - first) * N;
    T* to = weights_ + plan_.terms * first * N;
    for (int64_t k = 0; k < plan_.terms; ++k) {
      const T* from = array(w_.w_hh) + k * s_.hidden + first * N;
      for (int64_t l = 0; l < width; l += N, to += N) {
        const int64_t left = s_.hidden - first * N - l;
        if (left >= N)
          Vec<T>::load(from + l).store(to);
        else
          Vec<T>::load(from + l, static_cast<int>(left)).store(to);
      }
    }
  }

  /// Step `step` of a panel in some blocks of rows, kFinishRows at most: the product from the step
  /// after it, then this step's cell. Step `steps` has no product, step 0 of the loop below (before
  /// the first) no cell.
  void retreat(int64_t step, int64_t panel, int64_t blocks, int64_t block0, int64_t block1) const {
    const auto row = [&](int64_t block) { return s_.batch * block / blocks; };
    const int64_t first = plan_.first(panel), width = plan_.first(panel + 1) - first;
    const int64_t from = row(block0), rows = row(block1) - from;
    const bool last = step == s_.steps;
    alignas(64) T products[kFinishRows * 4 * N];
    if (!last) {
      const T* sums = sums_at(time(step), from);
      const int64_t skipped = Cell::kCell == RnnCell::Gru ? 2 * s_.hidden : plan_.terms;
      BackTile<T> t{};
      t.a_step = w_.sums_step;
      for (int64_t k = 0; k < plan_.terms; k += t.terms) {
        // GRU's state has its n in the fourth place of the sums, in the third of the weights.
        const bool moved = k >= skipped;
        t.terms = smaller(plan_.chunk, (moved ? plan_.terms : skipped) - k);
        t.a = sums + k + (moved ? s_.hidden : 0);
        t.panel = weights_ + (plan_.terms * first + k * width) * N;
        t.out = products;
        t.add = k > 0;
        fetch(step, first, width, from, rows * k / plan_.terms, rows * (k + t.terms) / plan_.terms);
        multiply_tiles(t, rows, width);
      }
    }
    for (int64_t v = 0; v < width; ++v) {
      const int64_t unit = (first + v) * N;
      for (int64_t block = block0; block < block1; ++block) {
        const T* product = last ? nullptr : products + ((row(block) - from) * 4 + v) * N;
        const int64_t count = row(block + 1) - row(block);
        if (unit + N <= s_.hidden)
          finish<true>(step, row(block), count, unit, product, block);
        else
          finish<false>(step, row(block), count, unit, product, block);
      }
    }
  }

  /// What the cells of step `step - 1` read and write, into L2 while the product runs: some of the
  /// rows from `from` on. Without it the cells take three times as long (I256 H256), waiting for
  /// lines that no prefetcher foresees, one in each row. The sums of small layers are near already.
  void fetch(int64_t step, int64_t first, int64_t width, int64_t from, int64_t row0,
             int64_t row1) const {
    if (step == 0) return;
    const int64_t now = time(step - 1), H = s_.hidden;
    const auto line = [](const void* p) { __builtin_prefetch(p, 0, 2); };
    for (int64_t v = 0; v < width; ++v) {
      const int64_t unit = (first + v) * N;
      for (int64_t row = from + row0; row < from + row1; ++row) {
        const int64_t at = now * state_ + row * H + unit;
        if (w_.dy) line(array(w_.dy) + at);
        if constexpr (Cell::kSaved > 0) {
          const T* saved = place<T>(w_.saved, w_.saved_at, now, row, unit);
#pragma GCC unroll 4
          for (int g = 0; g < 4; ++g) line(saved + g * w_.saved_at.gate);
        }
        if constexpr (Cell::kHasMemory) {
          if (step > 1) line(place<T>(w_.all_c, w_.c_at, time(step - 2), row, unit));
        } else {
          line(array(w_.y) + at);
        }
        if (plan_.small) continue;
        const T* sums = sums_at(now, row) + unit;
#pragma GCC unroll 4
        for (int k = 0; k < S; ++k) line(sums + k * H);
      }
    }
  }

  void multiply_tiles(BackTile<T>& t, int64_t rows, int64_t width) const {
    const int64_t tiles = ceil_divide(rows, kTileRows), least = rows / tiles, more = rows % tiles;
    for (int64_t i = 0; i < tiles; ++i) {
      const int64_t n = least + (i < more);
      t.ahead = plan_.small ? nullptr : ahead_of(t.panel, t.terms, width, i);
      back_tiles<T>[n - 1][width - 1](t);
      t.a += n * t.a_step;
      t.out += n * 4 * N;
    }
  }

  /// A vector of each row; zeros where nothing was given.
  struct Rows {
    const T* first;
    int64_t step;
    GM_INLINE const T* operator[](int64_t i) const { return first + i * step; }
  };
  alignas(64) static constexpr T kZeros[N] = {};

  /// A vector of units of some rows: what came back from step `step`, row i's at product[i · 4N].
  template <bool full>
  GM_INLINE void finish(int64_t step, int64_t row, int64_t rows, int64_t unit, const T* product,
                        int64_t block) const {
    const int lanes = static_cast<int>(smaller(N, s_.hidden - unit));
    const auto load = [lanes](const T* p) {
      return full ? Vec<T>::load(p) : Vec<T>::load(p, lanes);
    };
    const auto store = [lanes](Vec<T> x, T* p) {
      if (full)
        x.store(p);
      else
        x.store(p, lanes);
    };
    const int64_t H = s_.hidden, at = row * H + unit;
    const auto from = [&](const char* data, int64_t t) {
      return data ? Rows{array(data) + t * state_ + at, H} : Rows{kZeros, 0};
    };
    const bool last = step == s_.steps;
    constexpr bool has_direct = Cell::kCell == RnnCell::Gru;
    // The gradient that reaches the states after this step's cell: `arrived` and, for GRU,
    // `direct`.
    const Rows arrived = last ? from(w_.dh, 0) : Rows{product, 4 * N};
    const Rows direct_in = has_direct && !last ? Rows{direct_ + at, H} : Rows{kZeros, 0};
    const Rows dc_in = from(last ? w_.dc : w_.dc0, 0);
    T* const dc_out = reinterpret_cast<T*>(w_.dc0) + at;
    const auto dh = [&](int64_t i) {
      const Vec<T> sum = load(arrived[i]);
      return has_direct ? sum + load(direct_in[i]) : sum;
    };
    if (step == 0) {
      for (int64_t i = 0; i < rows; ++i) {
        store(dh(i), reinterpret_cast<T*>(w_.dh0) + at + i * H);
        if (Cell::kHasMemory && last) store(load(dc_in[i]), dc_out + i * H);
      }
      return;
    }
    const int64_t now = time(step - 1), then = step == 1 ? 0 : time(step - 2);
    const Rows dy = from(w_.dy, now), h = from(w_.y, now);
    const Rows h_before = from(step == 1 ? w_.h0 : w_.y, then);
    const Rows c{place<T>(w_.all_c, w_.c_at, now, row, unit), w_.c_at.row};
    const Rows c_before = step == 1
                              ? from(w_.c0, 0)
                              : Rows{place<T>(w_.all_c, w_.c_at, then, row, unit), w_.c_at.row};
    const Rows saved{place<T>(w_.saved, w_.saved_at, now, row, unit), w_.saved_at.row};
    const int64_t gate = w_.saved_at.gate, sums_step = w_.sums_step;
    T* sums = sums_at(now, row) + unit;
    Vec<T> total[S];
#pragma GCC unroll 4
    for (int k = 0; k < S; ++k) total[k] = Vec<T>(T(0));
    for (int64_t i = 0; i < rows; ++i, sums += sums_step) {
      StepGradient<T> g;
      g.dh = dh(i) + load(dy[i]);
      if constexpr (!Cell::kHasMemory) {
        g.h = load(h[i]);
        g.h_before = load(h_before[i]);
      } else {
        g.c = load(c[i]);
        g.c_before = load(c_before[i]);
        g.dc = load(dc_in[i]);
      }
      if constexpr (Cell::kSaved > 0) {
#pragma GCC unroll 4
        for (int k = 0; k < 4; ++k) g.saved[k] = load(saved[i] + k * gate);
      }
      Vec<T> d[S];
      const Vec<T> direct = Cell::backward(g, d);
#pragma GCC unroll 4
      for (int k = 0; k < S; ++k) {
        store(d[k], sums + k * H);
        total[k] += d[k];
      }
      if constexpr (Cell::kHasMemory) store(g.dc, dc_out + i * H);
      if (has_direct) store(direct, direct_ + at + i * H);
    }
    if (w_.bias) {
      T* share = biases_ + block * S * H + unit;
#pragma GCC unroll 4
      for (int k = 0; k < S; ++k) store(load(share + k * H) + total[k], share + k * H);
    }
  }

  const RnnBackward& w_;
  const RnnShape& s_;
  const BackwardPlan<T> plan_;
  T *const weights_, *const direct_;
  const int64_t state_;
  T* const biases_;  // of each block of rows
};

}  // namespace
}  // namespace gm::GM_ISA
