// A sequence backward in time. For every step, last to first,
//
//   for the panels of hidden units
//     for the tiles of batch rows
//       dh = dy_t + d_{t+1}·W_hh            back_tile; d are the gradients of a step's sums
//       d_t, dc from dh and the states      the cell, on the tile in L1
//
// and once more without a cell for the first states.
//
// Small layers: a piece of work is a few batch rows through all steps, which wait for nobody, and
// also makes their dx_t = d_t·W_ih. After some steps, while these' sums are in its core's L2, it
// adds them times what the weights were multiplied by to gradients of its own, for every group of
// rows; in the end the groups' gradients are added up. A product of all rows' sums, cut by its
// columns, took a fifth longer by two threads, half of it waiting for sums from the other core.
// Large layers: a piece is a panel of one step, and products are made after all steps.
#pragma once

#include "core/parallel.h"
#include "kernels/rnn_forward.h"
#include "kernels/rnn_weights.h"

namespace gm::GM_ISA {
namespace {

/// Bytes of a small layer's sums that stay in L2 until they are multiplied: I10 H64 12 % faster
/// than with all of them in memory.
inline constexpr int64_t kSumsBytes = 512 * 1024;
/// Groups of rows whose share of the weights' gradient is summed up alone, at most, and their
/// bytes.
inline constexpr int64_t kMostGroups = 16, kGroupsBytes = int64_t(16) << 20;

template <class T>
struct BackwardPlan {
  static constexpr int N = Vec<T>::N;
  int64_t terms;                // rows of W_hh
  int64_t vectors, panels;      // of hidden units; a panel is up to four vectors, all about even
  int64_t x_vectors, x_panels;  // of inputs likewise, in a small layer
  bool small;
  int64_t chunk;       // terms of a panel in L1
  int64_t block_rows;  // whose share of the biases is summed up alone, at most
  int64_t blocks, groups, group_row[kMostGroups + 1];
  int64_t steps;  // whose products are made together
  int64_t elements_weights, bytes_own, bytes;

  explicit BackwardPlan(const RnnShape& s) {
    terms = rnn_gates(s.cell) * s.hidden;
    vectors = ceil_divide(s.hidden, N);
    panels = ceil_divide(vectors, 4);
    small = terms * s.hidden * int64_t(sizeof(T)) <= kSmallWeights;
    x_vectors = small ? ceil_divide(s.inputs, N) : 0;
    x_panels = ceil_divide(x_vectors, 4);
    // Narrower panels, at some cost, where there would be few to hand out.
    if (!small && panels < 8) panels = smaller(8, vectors);
    chunk = kPanelBytes / (4 * kVectorBytes);
    block_rows = small ? kRowsOfPiece : kFinishRows;
    blocks = ceil_divide(s.batch, block_rows);
    groups = 1;
    const int64_t line = rnn_sums(s.cell) * s.hidden;
    const int64_t gradient = (s.inputs + s.hidden) * line;
    steps = s.steps;
    if (small && s.batch * s.hidden > 0) {
      // Even numbers, for two threads. Tiles end with a group: of 8 rows they took 6 % more of the
      // time than of 16 (v4, I10 H64).
      blocks += blocks > 1 && blocks % 2;
      groups = smaller(blocks < 4 ? blocks : blocks / 4 * 2, kMostGroups);
      while (groups > 2 && groups * gradient * int64_t(sizeof(T)) > kGroupsBytes) groups /= 2;
      const int64_t of_group = ceil_divide(s.batch, groups), few = smaller(s.batch, kFinishRows);
      const int64_t step_bytes = (of_group < few ? few : of_group) * line * int64_t(sizeof(T));
      int64_t most = kSumsBytes / step_bytes;
      // A group's product is to have 256 terms, by which it adds to the gradients.
      const int64_t terms = smaller(2 * most, 256 * groups / s.batch);
      if (most < terms) most = terms;
      // At least two: a step's panels read its sums while those of the step before are made.
      steps = smaller(steps, most < 2 ? 2 : most);
    }
    for (int64_t group = 0; group <= groups; ++group)
      group_row[group] = blocks > 0 ? s.batch * first_block(group) / blocks : 0;
    // The weights, what reaches a step's state without them, each block's share of the biases and
    // each group's of the weights' gradients but the first's.
    elements_weights = terms * (vectors + x_vectors) * N;
    bytes_own = elements_weights + s.batch * s.hidden + blocks * line + (groups - 1) * gradient;
    bytes_own = ceil_divide(bytes_own, N) * kVectorBytes;
    bytes = bytes_own + (small ? 0 : products_workspace<T>(s, line));
  }
  int64_t first(int64_t panel) const { return vectors * panel / panels; }
  int64_t first_x(int64_t panel) const { return x_vectors * panel / x_panels; }
  int64_t first_block(int64_t group) const { return blocks * group / groups; }
};

template <class T>
class BackwardWalk;

/// What a walk has to know of its cell. It is compiled once, not for every cell: that would take
/// 0.3 MB more.
template <class T>
struct CellOf {
  int sums, saved;
  bool has_memory;
  /// The cells of a panel of vectors [first, first + width) after step `step`'s products, or after
  /// the last step, where these are null.
  void (*finish)(const BackwardWalk<T>& walk, int64_t step, int64_t first, int64_t width,
                 int64_t block0, int64_t block1, const T* products);
};

template <class T>
class BackwardWalk {
  static constexpr int N = Vec<T>::N;

 public:
  BackwardWalk(const RnnBackward& work, const CellOf<T>& cell)
      : cell_(cell),
        w_(work),
        s_(work.shape),
        plan_(work.shape),
        weights_(reinterpret_cast<T*>(work.workspace)),
        direct_(weights_ + plan_.elements_weights),
        state_(s_.batch * s_.hidden),
        line_(cell.sums * s_.hidden),
        biases_(direct_ + state_),
        gradients_(biases_ + plan_.blocks * line_) {}

  void run() {
    if (w_.bias) {
      __builtin_memset(w_.bias, 0, static_cast<size_t>(line_) * sizeof(T));
      __builtin_memset(biases_, 0, static_cast<size_t>(plan_.blocks * line_) * sizeof(T));
    }
    if (s_.batch == 0 || s_.hidden == 0) return clear();
    if (plan_.small)
      walk_by_rows();
    else
      walk();
    T* bias = reinterpret_cast<T*>(w_.bias);
    for (int64_t block = 0; bias && block < plan_.blocks; ++block)
      add(bias, biases_ + block * line_, line_);
  }

 private:
  static void add(T* to, const T* from, int64_t elements) {
    for (int64_t j = 0; j < elements; j += N) {
      const int lanes = static_cast<int>(smaller(N, elements - j));
      (Vec<T>::load(to + j, lanes) + Vec<T>::load(from + j, lanes)).store(to + j, lanes);
    }
  }

  /// Gradients of an empty layer, or of no rows.
  void clear() const {
    const auto zero = [](char* out, int64_t elements) {
      if (out) __builtin_memset(out, 0, static_cast<size_t>(elements) * sizeof(T));
    };
    zero(w_.dx, s_.steps * s_.batch * s_.inputs);
    zero(w_.weights, (s_.inputs + s_.hidden) * line_);
  }

  /// Steps from `begin` down to the one after `end`, whose sums lie side by side: `steps` of them,
  /// `first` the earliest in time. The last chunk ends with what comes before the first step.
  struct Chunk {
    int64_t begin, end, first, steps;
  };
  template <class Body>
  void for_chunks(const Body& body) const {
    int64_t end = s_.steps;
    do {
      const int64_t begin = end, now = begin > 0 ? time(begin - 1) : 0;
      const int64_t first = begin > 0 ? now / plan_.steps * plan_.steps : 0;
      const int64_t steps = begin == 0   ? 0
                            : s_.reverse ? smaller(first + plan_.steps, s_.steps) - now
                                         : now - first + 1;
      end -= steps;
      body(Chunk{begin, end > 0 ? end : -1, first, steps});
    } while (end > 0);
  }

  int64_t nanoseconds() const { return s_.batch * s_.hidden * (plan_.terms * 2 / 60 + 10); }

  void walk() const {
    parallel_for(plan_.panels, plan_.terms * s_.hidden / 4, [&](int64_t panel) { pack(panel); });
    for_chunks([&](const Chunk& chunk) {
      for (int64_t step = chunk.begin; step > chunk.end; --step) {
        parallel_for(plan_.blocks * plan_.panels, nanoseconds(), [&](int64_t piece) {
          const int64_t block = piece % plan_.blocks;
          retreat(step, piece / plan_.blocks, block, block + 1);
        });
      }
      if (chunk.steps > 0)
        multiply_sums<T>(w_, chunk.first, chunk.steps, w_.workspace + plan_.bytes_own);
    });
  }

  void walk_by_rows() {
    const int64_t few = num_threads(), bytes = plan_.elements_weights * int64_t(sizeof(T));
    const int64_t fine = smaller(plan_.blocks, ceil_divide(s_.batch, rows_of_piece(s_.batch)));
    const int64_t pieces = smaller(plan_.groups, fine);
    const bool alone = few <= plan_.groups && packs_alone(bytes, pieces, s_);
    const int64_t panels = plan_.panels + (w_.dx ? plan_.x_panels : 0);
    if (!alone) {
      parallel_for(panels, plan_.elements_weights / 4, [&](int64_t panel) { pack(panel); });
    }
    const int64_t multiplying = w_.weights ? (s_.hidden + s_.inputs) * line_ * s_.batch / 32 : 0;
    if (few <= plan_.groups) {
      parallel_for(pieces, s_.steps * (nanoseconds() + multiplying), [&](int64_t piece) {
        const int64_t group0 = plan_.groups * piece / pieces;
        const int64_t group1 = plan_.groups * (piece + 1) / pieces;
        if (!alone) return walk_groups(group0, group1);
        const Scratch weights(static_cast<size_t>(bytes));
        BackwardWalk own(*this);
        own.weights_ = static_cast<T*>(weights.data);
        for (int64_t panel = 0; panel < panels; ++panel) own.pack(panel);
        own.walk_groups(group0, group1);
      });
    } else {
      // Fewer groups than threads: these take fewer rows, and parts of the columns.
      const int64_t parts = smaller(ceil_divide(line_, 128), ceil_divide(2 * few, plan_.groups));
      for_chunks([&](const Chunk& chunk) {
        parallel_for(fine, (chunk.begin - chunk.end) * nanoseconds(), [&](int64_t piece) {
          retreat_over(chunk, plan_.blocks * piece / fine, plan_.blocks * (piece + 1) / fine);
        });
        parallel_for(plan_.groups * parts, chunk.steps * multiplying, [&](int64_t piece) {
          multiply_group(chunk, piece / parts, piece % parts, parts);
        });
      });
    }
    if (!w_.weights) return;
    const int64_t rows = s_.inputs + s_.hidden;
    parallel_for(ceil_divide(rows, 16), rows * line_ * (plan_.groups - 1) / 8, [&](int64_t piece) {
      const int64_t row = piece * 16, elements = smaller(16, rows - row) * line_;
      for (int64_t group = 1; group < plan_.groups; ++group)
        add(gradient(0) + row * line_, gradient(group) + row * line_, elements);
    });
  }

  /// Where a group's share of the weights' gradients is summed up.
  T* gradient(int64_t group) const {
    if (group == 0) return reinterpret_cast<T*>(w_.weights);
    return gradients_ + (group - 1) * (s_.inputs + s_.hidden) * line_;
  }

  /// All steps of groups [group0, group1).
  void walk_groups(int64_t group0, int64_t group1) const {
    for_chunks([&](const Chunk& chunk) {
      retreat_over(chunk, plan_.first_block(group0), plan_.first_block(group1));
      for (int64_t group = group0; group < group1; ++group) multiply_group(chunk, group, 0, 1);
    });
  }

  GM_NOINLINE void retreat_over(const Chunk& chunk, int64_t block0, int64_t block1) const {
    const int64_t some = kFinishRows / kRowsOfPiece;
    for (int64_t step = chunk.begin; step > chunk.end; --step) {
      for (int64_t block = block0; block < block1; block += some) {
        const int64_t end = smaller(block + some, block1);
        for (int64_t panel = 0; panel < plan_.panels; ++panel) retreat(step, panel, block, end);
        if (!w_.dx || step == s_.steps) continue;
        for (int64_t panel = 0; panel < plan_.x_panels; ++panel)
          multiply_input(step, panel, row_of(block), row_of(end));
      }
    }
  }

  /// Adds the product of a chunk's sums to the weights' gradients: a part of their columns.
  GM_NOINLINE void multiply_group(const Chunk& chunk, int64_t group, int64_t part,
                                  int64_t parts) const {
    if (!w_.weights || chunk.steps == 0) return;
    const int64_t row = plan_.group_row[group], column = line_ / N * part / parts * N;
    const int64_t end = part + 1 == parts ? line_ : line_ / N * (part + 1) / parts * N;
    const Factors factors{w_, chunk.first, row, plan_.group_row[group + 1] - row};
    multiply_rows<T>(factors, chunk.steps, sums_at(chunk.first, row) + column, end - column,
                     gradient(group) + column, chunk.begin < s_.steps);
  }

  int64_t row_of(int64_t block) const { return s_.batch * block / plan_.blocks; }

  int64_t group_of(int64_t row) const {
    int64_t group = 0;
    while (plan_.group_row[group + 1] <= row) ++group;
    return group;
  }

  /// A group's sums lie together, step after step.
  T* sums_at(int64_t t, int64_t row) const {
    const int64_t group = group_of(row), from = plan_.group_row[group];
    const int64_t rows = plan_.group_row[group + 1] - from;
    const int64_t at = from * plan_.steps + t % plan_.steps * rows + row - from;
    return reinterpret_cast<T*>(w_.sums) + at * w_.sums_step;
  }

  const T* array(const char* data) const { return reinterpret_cast<const T*>(data); }
  int64_t time(int64_t step) const { return s_.reverse ? s_.steps - 1 - step : step; }

  /// A panel of W_hh, or after those one of W_ih.
  GM_NOINLINE void pack(int64_t panel) const {
    if (panel < plan_.panels) {
      const int64_t first = plan_.first(panel);
      pack_columns(array(w_.w_hh), s_.hidden, first, plan_.first(panel + 1) - first,
                   weights_ + plan_.terms * first * N);
    } else {
      const int64_t first = plan_.first_x(panel - plan_.panels);
      pack_columns(array(w_.w_ih), s_.inputs, first,
                   plan_.first_x(panel - plan_.panels + 1) - first,
                   weights_ + plan_.terms * (plan_.vectors + first) * N);
    }
  }
  /// Vectors [first, first + width) of all rows.
  GM_NOINLINE void pack_columns(const T* from, int64_t columns, int64_t first, int64_t width,
                                T* to) const {
    for (int64_t k = 0; k < plan_.terms; ++k, from += columns) {
      for (int64_t v = first; v < first + width; ++v, to += N) {
        const int64_t left = columns - v * N;
        if (left >= N)
          Vec<T>::load(from + v * N).store(to);
        else
          Vec<T>::load(from + v * N, static_cast<int>(left)).store(to);
      }
    }
  }

  /// Step `step` of a panel in some blocks of rows, kFinishRows at most: the product from the step
  /// after it, then this step's cell. Step `steps` has no product, step 0 of the loop below (before
  /// the first) no cell.
  GM_NOINLINE void retreat(int64_t step, int64_t panel, int64_t block0, int64_t block1) const {
    const int64_t first = plan_.first(panel), width = plan_.first(panel + 1) - first;
    const int64_t from = row_of(block0), rows = row_of(block1) - from;
    const bool last = step == s_.steps;
    alignas(64) T products[kFinishRows * 4 * N];
    if (!last) {
      const bool gru = s_.cell == RnnCell::Gru;
      multiply(step, weights_ + plan_.terms * first * N, width, from, rows,
               gru ? 2 * s_.hidden : plan_.terms, products, first);
    }
    cell_.finish(*this, step, first, width, block0, block1, last ? nullptr : products);
  }

  /// The gradient of the input of step `step`: a panel in rows [row0, row1), kFinishRows at most.
  void multiply_input(int64_t step, int64_t panel, int64_t row0, int64_t row1) const {
    const int64_t first = plan_.first_x(panel), width = plan_.first_x(panel + 1) - first;
    alignas(64) T products[kFinishRows * 4 * N];
    multiply(step, weights_ + plan_.terms * (plan_.vectors + first) * N, width, row0, row1 - row0,
             plan_.terms, products, -1);
    T* dx = reinterpret_cast<T*>(w_.dx) + (time(step) * s_.batch + row0) * s_.inputs;
    for (int64_t row = row0; row < row1; ++row, dx += s_.inputs) {
      for (int64_t v = 0; v < width; ++v) {
        const int64_t column = (first + v) * N;
        const int lanes = static_cast<int>(smaller(N, s_.inputs - column));
        Vec<T>::load(products + ((row - row0) * 4 + v) * N).store(dx + column, lanes);
      }
    }
  }

  /// The sums of step `step` times a panel, for `rows` rows from `from` on. From term `skipped` on
  /// weights belong to the next gate's sums: GRU's state has its n in the fourth place of the sums,
  /// in the third of the weights. Meanwhile what the cells of the vectors from `fetched` on need is
  /// fetched, if that is not negative.
  GM_NOINLINE void multiply(int64_t step, const T* panel, int64_t width, int64_t from, int64_t rows,
                            int64_t skipped, T* products, int64_t fetched) const {
    BackTile<T> t{};
    t.a_step = w_.sums_step;
    for (int64_t k = 0; k < plan_.terms; k += t.terms) {
      const bool moved = k >= skipped;
      t.terms = smaller(plan_.chunk, (moved ? plan_.terms : skipped) - k);
      t.panel = panel + k * width * N;
      t.out = products;
      t.add = k > 0;
      if (fetched >= 0) {
        fetch(step, fetched, width, from, rows * k / plan_.terms,
              rows * (k + t.terms) / plan_.terms);
      }
      multiply_tiles(t, time(step), from, rows, k + (moved ? s_.hidden : 0), width);
    }
  }

  /// Tiles of rows, as even as they can be; where one passes from a group to the next it has a gap.
  void multiply_tiles(BackTile<T>& t, int64_t now, int64_t from, int64_t rows, int64_t term,
                      int64_t width) const {
    const int64_t tiles = ceil_divide(rows, kTileRows), least = rows / tiles, more = rows % tiles;
    for (int64_t i = 0; i < tiles; ++i) {
      const int64_t n = least + (i < more), end = plan_.group_row[group_of(from) + 1];
      t.a = sums_at(now, from) + term;
      t.split = static_cast<int>(smaller(n, end - from));
      if (t.split < n) t.gap = sums_at(now, end) + term - (t.a + t.split * t.a_step);
      t.ahead = plan_.small ? nullptr : ahead_of(t.panel, t.terms, width, i);
      back_tiles<T>[n - 1][width - 1](t);
      t.out += n * 4 * N;
      from += n;
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
        if (cell_.saved > 0) {
          const T* saved = place<T>(w_.saved, w_.saved_at, now, row, unit);
          for (int g = 0; g < 4; ++g) line(saved + g * w_.saved_at.gate);
        }
        if (cell_.has_memory) {
          if (step > 1) line(place<T>(w_.all_c, w_.c_at, time(step - 2), row, unit));
        } else {
          line(array(w_.y) + at);
        }
        if (plan_.small) continue;
        const T* sums = sums_at(now, row) + unit;
        for (int k = 0; k < cell_.sums; ++k) line(sums + k * H);
      }
    }
  }

  template <class, class>
  friend class BackwardCells;

  const CellOf<T> cell_;
  const RnnBackward& w_;
  const RnnShape& s_;
  const BackwardPlan<T> plan_;
  T *weights_, *const direct_;
  const int64_t state_, line_;
  T* const biases_;     // of each block of rows
  T* const gradients_;  // of the weights, of each group of rows but the first
};

/// The cells of a walk.
template <class T, class Cell>
class BackwardCells {
  static constexpr int N = Vec<T>::N, S = Cell::kSums;

 public:
  static CellOf<T> of() { return {S, Cell::kSaved, Cell::kHasMemory, finish_panel}; }

 private:
  static void finish_panel(const BackwardWalk<T>& walk, int64_t step, int64_t first, int64_t width,
                           int64_t block0, int64_t block1, const T* products) {
    const BackwardCells cells{walk, walk.w_, walk.s_};
    const int64_t from = walk.row_of(block0);
    for (int64_t v = 0; v < width; ++v) {
      const int64_t unit = (first + v) * N;
      for (int64_t block = block0; block < block1; ++block) {
        const int64_t row = walk.row_of(block), count = walk.row_of(block + 1) - row;
        const T* product = products ? products + ((row - from) * 4 + v) * N : nullptr;
        if (unit + N <= walk.s_.hidden)
          cells.template finish<true>(step, row, count, unit, product, block);
        else
          cells.template finish<false>(step, row, count, unit, product, block);
      }
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
      return data ? Rows{walk_.array(data) + t * walk_.state_ + at, H} : Rows{kZeros, 0};
    };
    const bool last = step == s_.steps;
    constexpr bool has_direct = Cell::kCell == RnnCell::Gru;
    // The gradient that reaches the states after this step's cell: `arrived` and, for GRU,
    // `direct`.
    const Rows arrived = last ? from(w_.dh, 0) : Rows{product, 4 * N};
    const Rows direct_in = has_direct && !last ? Rows{walk_.direct_ + at, H} : Rows{kZeros, 0};
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
    const int64_t now = walk_.time(step - 1), then = step == 1 ? 0 : walk_.time(step - 2);
    const Rows dy = from(w_.dy, now), h = from(w_.y, now);
    const Rows h_before = from(step == 1 ? w_.h0 : w_.y, then);
    const Rows c{place<T>(w_.all_c, w_.c_at, now, row, unit), w_.c_at.row};
    const Rows c_before = step == 1
                              ? from(w_.c0, 0)
                              : Rows{place<T>(w_.all_c, w_.c_at, then, row, unit), w_.c_at.row};
    const Rows saved{place<T>(w_.saved, w_.saved_at, now, row, unit), w_.saved_at.row};
    const int64_t gate = w_.saved_at.gate, sums_step = w_.sums_step;
    T* sums = walk_.sums_at(now, row) + unit;
    Vec<T> total[S];
#pragma GCC unroll 4
    for (int k = 0; k < S; ++k) total[k] = Vec<T>(T(0));
    for (int64_t i = 0; i < rows; ++i, sums += sums_step) {
      StepGradient<T> g;
      g.cell = s_.cell;
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
      if (has_direct) store(direct, walk_.direct_ + at + i * H);
    }
    if (w_.bias) {
      T* share = walk_.biases_ + block * S * H + unit;
#pragma GCC unroll 4
      for (int k = 0; k < S; ++k) store(load(share + k * H) + total[k], share + k * H);
    }
  }

  BackwardCells(const BackwardWalk<T>& walk, const RnnBackward& w, const RnnShape& s)
      : walk_(walk), w_(w), s_(s) {}

  const BackwardWalk<T>& walk_;
  const RnnBackward& w_;
  const RnnShape& s_;
};

}  // namespace
}  // namespace gm::GM_ISA
