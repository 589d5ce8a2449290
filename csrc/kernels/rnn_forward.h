// A layer over a sequence. Weights are packed once; then, for every step,
//
//   for the panels of hidden units           their packed weights stay in L1 …
//     for the tiles of batch rows            … while the rows pass
//       sums = bias + x_t·W_ihᵀ + y_{t-1}·W_hhᵀ     gate_tile
//       states from the sums                        the cell, on the tile in L1
//
// Small weights: a piece of work is a few batch rows through all steps, which wait for nobody.
// Large ones, which a core would have to fetch anew for every few rows: a piece is a few panels of
// one step. A sum's terms are added in the same order either way, the input's first.
#pragma once

#include "core/parallel.h"
#include "isa/parallel.h"
#include "kernels/rnn_cells.h"
#include "kernels/rnn_tile.h"

namespace gm::GM_ISA {
namespace {

/// Bytes of recurrent weights up to which a piece takes all of them.
inline constexpr int64_t kSmallWeights = 512 * 1024;
/// Rows of such a piece at least: the more, the seldomer weights come from L2 (8 to 32 rows: 8 %,
/// I10 H64 on one thread), but the fewer the pieces.
inline constexpr int64_t kRowsOfPiece = 8;
/// Inputs from which on their product is made for several steps at once: more rows for a panel.
inline constexpr int64_t kManyInputs = 48;
/// Steps of such a block.
inline constexpr int64_t kBlockSteps = 8;
/// Rows whose sums wait in L1 for their cells.
inline constexpr int64_t kFinishRows = 32;
/// What stays in L1 of a panel's packed weights while the rows pass, beside these rows.
inline constexpr int64_t kPanelBytes = (kVectorBytes == 64 ? 24 : 16) * 1024;

/// Two pieces for each of several threads where they have 16 rows, else one: 8 rows take 7 % longer
/// than 16 (v4, T100 B32 I10 H64, forward). No sum crosses rows, so its bits stay the same.
GM_INLINE int64_t rows_of_piece(int64_t batch) {
  const int64_t threads = num_threads(), half = batch / (2 * threads);
  const int64_t rows = threads == 1 ? batch : half >= 16 ? half : ceil_divide(batch, threads);
  return rows < kRowsOfPiece ? kRowsOfPiece : smaller(rows, kFinishRows);
}

/// Whether every piece packs the weights for itself, which takes about as long as multiplying them
/// by 30 rows. What another core packed comes from there line by line, in 16 ns each (v4, two
/// threads, forward: 4 % of the time for T100 B32 I10 H64 and for T60 B16 I64 H128).
GM_INLINE bool packs_alone(int64_t bytes, int64_t pieces, const RnnShape& s) {
  return pieces > 1 && num_threads() > 1 && s.steps * s.batch >= 256 * pieces &&
         bytes <= 2 * kSmallWeights;
}

/// How a sequence is cut and where its workspace goes; shapes alone decide, but for piece_rows.
template <class T, class Cell>
struct ForwardPlan {
  static constexpr int N = Vec<T>::N;
  static constexpr int kUnits = Cell::kSums == 4 ? 1 : 4;  // vectors of hidden units in a panel
  static constexpr int kWide = Cell::kCell == RnnCell::Gru ? 3 : 4;  // vectors of weights

  int64_t panels, x_panel, h_panel;  // elements of one panel
  bool small, ahead;
  int64_t block;                     // steps whose input products are made ahead
  int64_t chunk;                     // terms of a panel at a time
  int64_t piece_rows, piece_panels;  // of a piece
  int64_t bytes_weights, bytes;      // of the workspace

  explicit ForwardPlan(const RnnShape& s) {
    panels = ceil_divide(s.hidden, kUnits * N);
    x_panel = s.inputs * kWide * N;
    h_panel = s.hidden * kWide * N;
    small = rnn_gates(s.cell) * s.hidden * s.hidden * int64_t(sizeof(T)) <= kSmallWeights;
    ahead = s.inputs >= kManyInputs;
    block = ahead ? smaller(kBlockSteps, s.steps) : 1;
    chunk = small ? INT64_MAX : kPanelBytes / (kWide * kVectorBytes);
    piece_rows = small ? rows_of_piece(s.batch) : 2 * kFinishRows;
    piece_panels = small ? panels : ceil_divide(panels, 16);
    bytes_weights = panels * (x_panel + h_panel + 4 * N) * int64_t(sizeof(T));
    bytes = bytes_weights;
    if (!small && ahead) bytes += panels * block * s.batch * 4 * kVectorBytes;
  }
};

template <class T, class Cell>
class Forward {
  using Plan = ForwardPlan<T, Cell>;
  static constexpr int N = Plan::N, U = Plan::kUnits, W = Plan::kWide;

 public:
  explicit Forward(const RnnForward& work) : w_(work), s_(work.shape), plan_(work.shape) {
    keep_weights(work.workspace);
  }

  void run() {
    if (s_.batch == 0 || s_.hidden == 0 || s_.steps == 0) return;
    const int64_t pieces = ceil_divide(s_.batch, plan_.piece_rows);
    const bool alone = plan_.small && packs_alone(plan_.bytes_weights, pieces, s_);
    if (!alone)
      parallel_for(plan_.panels, rnn_gates(s_.cell) * s_.hidden * (s_.hidden + s_.inputs) / 2,
                   [&](int64_t panel) { pack(panel); });
    if (!plan_.small) return run_by_panels();
    parallel_for(pieces, nanoseconds(s_.steps * (s_.inputs + s_.hidden)), [&](int64_t piece) {
      const int64_t row0 = s_.batch * piece / pieces, row1 = s_.batch * (piece + 1) / pieces;
      if (!alone) return run_rows(row0, row1);
      const Scratch weights(static_cast<size_t>(plan_.bytes_weights + kPackSlack));
      Forward own(*this);
      own.keep_weights(static_cast<char*>(weights.data));
      for (int64_t panel = 0; panel < plan_.panels; ++panel) own.pack(panel);
      own.run_rows(row0, row1);
    });
  }

 private:
  void keep_weights(char* at) {
    wx_ = reinterpret_cast<T*>(at);
    wh_ = wx_ + plan_.panels * plan_.x_panel;
    bias_ = wh_ + plan_.panels * plan_.h_panel;
    shared_ = bias_ + plan_.panels * 4 * N;
  }

  const T* array(const char* data) const { return reinterpret_cast<const T*>(data); }

  /// Weights (gates·hidden, terms) of the panel's units, and the sum of the biases.
  GM_NOINLINE void pack(int64_t panel) const {
    const int64_t unit = panel * U * N;
    pack_side(array(w_.w_ih), s_.inputs, unit, wx_ + panel * plan_.x_panel);
    pack_side(array(w_.w_hh), s_.hidden, unit, wh_ + panel * plan_.h_panel);
    T* bias = bias_ + panel * 4 * N;
    __builtin_memset(bias, 0, 4 * kVectorBytes);
    for (int v = 0; v < W; ++v) {
      const int64_t row = U == 1 ? v * s_.hidden + unit : unit + v * N;
      const int64_t first = U == 1 ? unit : unit + v * N;
      for (int64_t l = 0; l < N && first + l < s_.hidden; ++l) {
        // GRU's n keeps its two biases apart: the state's is scaled by r.
        const bool apart = Cell::kCell == RnnCell::Gru && v == 2;
        if (w_.b_ih) bias[v * N + l] += array(w_.b_ih)[row + l];
        if (w_.b_hh) bias[(apart ? 3 : v) * N + l] += array(w_.b_hh)[row + l];
      }
    }
  }
  void pack_side(const T* weights, int64_t terms, int64_t unit, T* panel) const {
    if (unit + U * N > s_.hidden)
      __builtin_memset(panel, 0, static_cast<size_t>(terms) * W * kVectorBytes);
    for (int v = 0; v < W; ++v) {
      const int64_t first = U == 1 ? unit : unit + v * N;
      if (first >= s_.hidden || terms == 0) continue;
      const int64_t row = U == 1 ? v * s_.hidden + unit : first;
      transpose_lines<T, 1>(weights + row * terms, terms,
                            static_cast<int>(smaller(N, s_.hidden - first)), terms, panel + v * N,
                            W * N);
    }
  }

  /// Rows [row0, row1) through all steps.
  GM_NOINLINE void run_rows(int64_t row0, int64_t row1) const {
    const int64_t sums = plan_.ahead ? plan_.panels * plan_.block * (row1 - row0) * 4 * N : 0;
    const Scratch scratch(static_cast<size_t>(sums) * sizeof(T));
    const auto ahead = [&](int64_t panel, int64_t step) {
      return static_cast<T*>(scratch.data) + (panel * plan_.block + step) * (row1 - row0) * 4 * N;
    };
    for (int64_t begin = 0; begin < s_.steps; begin += plan_.block) {
      const int64_t end = smaller(begin + plan_.block, s_.steps);
      if (plan_.ahead) {
        for (int64_t panel = 0; panel < plan_.panels; ++panel)
          for (int64_t step = begin; step < end; ++step)
            multiply_ahead(step, panel, row0, row1, ahead(panel, step - begin));
      }
      for (int64_t step = begin; step < end; ++step)
        for (int64_t panel = 0; panel < plan_.panels; ++panel)
          advance(step, panel, row0, row1, ahead(panel, step - begin));
    }
  }

  void run_by_panels() const {
    const int64_t blocks = ceil_divide(s_.batch, plan_.piece_rows);
    const int64_t groups = ceil_divide(plan_.panels, plan_.piece_panels);
    const auto for_pieces = [&](int64_t terms, const auto& body) {
      parallel_for(groups * blocks, nanoseconds(terms), [&](int64_t piece) {
        const int64_t row0 = s_.batch * (piece % blocks) / blocks;
        const int64_t row1 = s_.batch * (piece % blocks + 1) / blocks;
        const int64_t first = piece / blocks * plan_.piece_panels;
        const int64_t last = smaller(first + plan_.piece_panels, plan_.panels);
        for (int64_t panel = first; panel < last; ++panel) body(panel, row0, row1);
      });
    };
    const auto sums = [&](int64_t panel, int64_t step, int64_t row) {
      return shared_ + ((panel * plan_.block + step) * s_.batch + row) * 4 * N;
    };
    for (int64_t begin = 0; begin < s_.steps; begin += plan_.block) {
      const int64_t end = smaller(begin + plan_.block, s_.steps);
      if (plan_.ahead) {
        for_pieces((end - begin) * s_.inputs, [&](int64_t panel, int64_t row0, int64_t row1) {
          for (int64_t step = begin; step < end; ++step)
            multiply_ahead(step, panel, row0, row1, sums(panel, step - begin, row0));
        });
      }
      for (int64_t step = begin; step < end; ++step) {
        const int64_t terms = s_.hidden + (plan_.ahead ? 0 : s_.inputs);
        for_pieces(terms, [&](int64_t panel, int64_t row0, int64_t row1) {
          advance(step, panel, row0, row1, sums(panel, step - begin, row0));
        });
      }
    }
  }

  int64_t nanoseconds(int64_t terms) const {
    return s_.batch * s_.hidden * (rnn_gates(s_.cell) * terms * 2 / 60 + 10);
  }

  int64_t time(int64_t step) const { return s_.reverse ? s_.steps - 1 - step : step; }

  static constexpr Sums kSums = Cell::kCell == RnnCell::Gru ? Sums::Gru : Sums::Same;

  /// The tiles of `rows` rows from the first's, as even as they can be; t moves on. A copy for each
  /// tile would wait for its own fields: written in halves, they cannot be read whole at once.
  static void multiply_tiles(GateTile<T>& t, int64_t rows, bool fetch) {
    const int64_t tiles = ceil_divide(rows, kTileRows), least = rows / tiles, more = rows % tiles;
    for (int64_t i = 0; i < tiles; ++i) {
      const int64_t n = least + (i < more);
      t.ahead = fetch ? ahead_of(t.inputs ? t.wx : t.wh, t.inputs + t.hidden, W, i) : nullptr;
      gate_tiles<T, kSums>[n - 1](t);
      t.start += n * t.start_step;
      t.x += n * t.x_step;
      t.h += n * t.h_step;
      t.out += n * 4 * N;
    }
  }
  /// The same, some terms after the other: those of a panel that stay in L1 while the rows pass.
  void multiply(GateTile<T>& t, int64_t rows) const {
    const int64_t inputs = t.inputs, hidden = t.hidden, terms = inputs + hidden;
    if (terms <= plan_.chunk) return multiply_tiles(t, rows, false);
    T* const out = t.out;
    for (int64_t k = 0; k < terms; k += t.inputs + t.hidden) {
      const bool input = k < inputs;
      t.inputs = input ? smaller(plan_.chunk, inputs - k) : 0;
      t.hidden = input ? 0 : smaller(plan_.chunk, terms - k);
      multiply_tiles(t, rows, true);
      t.x += t.inputs - rows * t.x_step;
      t.wx += t.inputs * W * N;
      t.h += t.hidden - rows * t.h_step;
      t.wh += t.hidden * W * N;
      t.start = t.out = out;
      t.start_step = 4 * N;
    }
  }

  /// The product with the input of one step, on top of the bias.
  GateTile<T> input_tile(int64_t step, int64_t panel, int64_t row) const {
    GateTile<T> t{};
    t.start = bias_ + panel * 4 * N;
    t.x = array(w_.x) + time(step) * w_.x_step + row * w_.x_row;
    t.x_step = w_.x_row;
    t.inputs = s_.inputs;
    t.wx = wx_ + panel * plan_.x_panel;
    return t;
  }

  /// Bias and the input's share of the sums, into out.
  void multiply_ahead(int64_t step, int64_t panel, int64_t row0, int64_t row1, T* out) const {
    GateTile<T> t = input_tile(step, panel, row0);
    t.out = out;
    multiply(t, row1 - row0);
  }

  /// One step of the panel's units in rows [row0, row1); `ahead` has their sums, if made ahead.
  void advance(int64_t step, int64_t panel, int64_t row0, int64_t row1, const T* ahead) const {
    const T* const before =
        step == 0 ? array(w_.h0) : array(w_.y) + time(step - 1) * s_.batch * s_.hidden;
    // The cells of several tiles at once: a tile's products all wait for its last term.
    alignas(64) T sums[kFinishRows * 4 * N];
    for (int64_t row = row0; row < row1; row += kFinishRows) {
      const int64_t rows = smaller(kFinishRows, row1 - row);
      GateTile<T> t{};
      if (plan_.ahead) {
        t.start = ahead + (row - row0) * 4 * N;
        t.start_step = 4 * N;
      } else {
        t = input_tile(step, panel, row);
      }
      t.out = sums;
      if (before) {
        t.h = before + row * s_.hidden;
        t.h_step = t.hidden = s_.hidden;
        t.wh = wh_ + panel * plan_.h_panel;
      }
      multiply(t, rows);
      for (int u = 0; u < U; ++u) {
        const int64_t unit = (panel * U + u) * N;
        if (unit + N <= s_.hidden)
          finish<true>(step, row, rows, unit, sums + u * N, before);
        else if (unit < s_.hidden)
          finish<false>(step, row, rows, unit, sums + u * N, before);
      }
    }
  }

  /// The states of a tile's vector of units from its sums: row i's at sums[i · 4N], N apart.
  template <bool full>
  GM_INLINE void finish(int64_t step, int64_t row, int64_t rows, int64_t unit, T* sums,
                        const T* before) const {
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
    const int64_t H = s_.hidden, at = row * H + unit, all = s_.batch * H;
    const int64_t now = time(step) * all;
    const T* c_before = nullptr;
    T* c = nullptr;
    T* all_c = nullptr;
    if constexpr (Cell::kHasMemory) {
      c = reinterpret_cast<T*>(w_.c) + at;
      c_before = step > 0 ? c : w_.c0 ? array(w_.c0) + at : nullptr;
      if (w_.all_c) all_c = place<T>(w_.all_c, w_.c_at, time(step), row, unit);
    }
    // The gates go where backward will look for them, or back into the tile.
    T* gates = sums;
    int64_t gates_row = 4 * N, gate = N;
    if (Cell::kSaved > 0 && w_.saved) {
      gates = place<T>(w_.saved, w_.saved_at, time(step), row, unit);
      gates_row = w_.saved_at.row;
      gate = w_.saved_at.gate;
    }
    Vec<T> s[Cell::kSums];
    if constexpr (Cell::kSums == 4) {
      for (int64_t i = 0; i < rows; ++i) {
        Vec<T> advanced(T(0));
        if (c_before) advanced = load(c_before + i * H);
#pragma GCC unroll 4
        for (int g = 0; g < 4; ++g) s[g] = Vec<T>::load(sums + (i * 4 + g) * N);
        Cell::gates(s, advanced);
#pragma GCC unroll 4
        for (int g = 0; g < 4; ++g) store(s[g], gates + i * gates_row + g * gate);
        if constexpr (Cell::kHasMemory) {
          store(advanced, c + i * H);
          if (all_c) store(advanced, all_c + i * w_.c_at.row);
        }
      }
    }
    T* const y = reinterpret_cast<T*>(w_.y) + now + at;
    for (int64_t i = 0; i < rows; ++i) {
      Vec<T> h(T(0)), advanced(T(0));
      if (before) h = load(before + at + i * H);
      if constexpr (Cell::kHasMemory) advanced = load(c + i * H);
#pragma GCC unroll 4
      for (int g = 0; g < Cell::kSums; ++g) s[g] = load(gates + i * gates_row + g * gate);
      store(Cell::state(s, h, advanced, s_.cell), y + i * H);
      if constexpr (Cell::kCell == RnnCell::Gru) {
        if (w_.saved) store(s[2], gates + i * gates_row + 2 * gate);
      }
    }
  }

  const RnnForward& w_;
  const RnnShape& s_;
  const Plan plan_;
  T *wx_, *wh_, *bias_, *shared_;
};

}  // namespace
}  // namespace gm::GM_ISA
