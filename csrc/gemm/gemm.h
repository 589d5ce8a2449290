// C = A · B, the five loops.
//
//   for a chunk of the columns of C, and of the blocks of K      so that packed B stays in bounds
//     pack B, and an A in columns that several pieces share      parallel, once per call
//     for every piece: some row tiles × some column panels       parallel
//       for the blocks of K, in order                            KC: fixes where sums are cut
//         else pack the piece's rows of A                        into the worker's scratch: L2
//         for the piece's panels of B                            NR columns, in L1
//           for the piece's row tiles                            MR rows: the micro-kernel
//
// Where packing would cost more than it saves it is left out: A is read by its own rows (or
// columns) when few columns of C use it, B when few rows do. cut.h decides.
//
// An element of C is  c₀ + s₀ + s₁ + …,  s_b the chain over block b of K, cut by K alone. Pieces,
// tiles, packing, slices and threads only decide who computes it, so no bit depends on M, N,
// strides or the number of threads. (The one exception stands in dots.h: a few rows or columns
// whose operands both lie along K.)
#pragma once

#include "gemm/cut.h"
#include "isa/past.h"

namespace gm::GM_ISA {
namespace {

/// A chunk of packed B: block after block of K, each a row of panels of the block's terms.
template <class T>
struct PackedB {
  T* data;
  int64_t block0, block1, panel0, panel1;

  GM_INLINE T* panel(const Cut& cut, int64_t block, int64_t terms, int64_t panel) const {
    const int64_t first = cut.vectors.start(panel0);
    const int64_t row =
        (cut.vectors.start(panel1) - first) * Vec<T>::N * cut.packed_terms(cut.depth);
    return data + (block - block0) * row +
           (cut.vectors.start(panel) - first) * Vec<T>::N * cut.packed_terms(terms);
  }
};

/// Elements from one panel of packed A to the next.
template <class T>
GM_INLINE int64_t packed_rows(const Cut& cut, int64_t terms) {
  const int64_t rows = cut.read_a == Layout::Pairs ? kPairRows : Blocking<T>::kRows;
  return rows * cut.packed_terms(terms) + kPackSlack / int64_t(sizeof(T));
}

template <class T>
GM_NOINLINE void pack_rows(const Product<T>& p, const Cut& cut, int64_t tile0, int64_t tile1,
                           int64_t term, int64_t terms, T* to) {
  if constexpr (kHasPairs<T>) {
    if (cut.read_a == Layout::Pairs) {
      for (int64_t i = tile0; i < tile1; ++i) {
        const int64_t row = cut.rows.start(i);
        pack_pair_rows(p.a, row, static_cast<int>(cut.rows.start(i + 1) - row), term, terms,
                       to + (i - tile0) * packed_rows<T>(cut, terms));
      }
      return;
    }
  }
  pack_panels(p.a, tile0, tile1, term, terms, [&](int64_t i) {
    const int64_t row = cut.rows.start(i);
    return Panel<T>{row, static_cast<int>(cut.rows.start(i + 1) - row), Blocking<T>::kRows,
                    to + (i - tile0) * packed_rows<T>(cut, terms)};
  });
}

/// Packs a chunk of B and, if `rows` is not null, all of A.
template <class T>
void pack_shared(const Product<T>& p, const Cut& cut, const PackedB<T>& to, T* rows) {
  const int64_t blocks = to.block1 - to.block0, panels = to.panel1 - to.panel0;
  // Groups of up to eight panels; of one block an even number, which two threads share.
  const int64_t least_groups = ceil_div(panels, 8);
  const Spread spread = Spread::in(
      panels, blocks == 1 ? least(panels, least_groups + least_groups % 2) : least_groups);
  const int64_t groups = spread.parts;
  const int64_t tiles = 8, row_groups = rows ? ceil_div(cut.rows.parts, tiles) : 0;
  const int64_t all = groups + row_groups;
  const int64_t columns = panels * Blocking<T>::kColumns + row_groups * tiles * Blocking<T>::kRows;
  parallel_for(blocks * all, blocks * cut.depth * columns / 4, [&](int64_t piece) {
    const int64_t block = to.block0 + piece / all, term = block * cut.depth;
    const int64_t terms = least(cut.depth, p.k - term);
    if (piece % all >= groups) {
      const int64_t tile0 = (piece % all - groups) * tiles;
      T* at = rows + block * cut.rows.parts * packed_rows<T>(cut, cut.depth) +
              tile0 * packed_rows<T>(cut, terms);
      return pack_rows(p, cut, tile0, least(tile0 + tiles, cut.rows.parts), term, terms, at);
    }
    const int64_t panel0 = to.panel0 + spread.start(piece % all);
    const int64_t panel1 = to.panel0 + spread.start(piece % all + 1);
    const auto panel = [&](int64_t j) {
      const int64_t column = cut.vectors.start(j) * Vec<T>::N;
      const int64_t width = cut.vectors.start(j + 1) * Vec<T>::N - column;
      return Panel<T>{column, static_cast<int>(least(width, p.n - column)), static_cast<int>(width),
                      to.panel(cut, block, terms, j)};
    };
    if constexpr (kHasPairs<T>) {
      if (cut.read_a == Layout::Pairs)
        return pack_pair_panels(p.b, panel0, panel1, term, terms, panel);
    }
    pack_panels(p.b, panel0, panel1, term, terms, panel);
  });
}

/// rows × columns from a tile beside C into C, past the cache where registers fit.
template <class T>
GM_NOINLINE void store_rows_past(const T* from, int64_t step, T* to, int64_t to_row, int64_t rows,
                                 int64_t columns) {
  constexpr int64_t L = Vec<T>::N;
  for (; rows > 0; --rows, from += step, to += to_row) {
    const bool fits = reinterpret_cast<uintptr_t>(to) % kVectorBytes == 0;
    for (int64_t j = 0; j < columns; j += L) {
      if (fits && j + L <= columns)
        store_past(Vec<T>::load(from + j), to + j);
      else
        Vec<T>::load(from + j).store(to + j, static_cast<int>(least(L, columns - j)));
    }
  }
}

/// The work of one piece in one block of K.
template <class T>
struct Piece {
  const Product<T>& p;
  const Cut& cut;
  int64_t tile0, tile1, panel0, panel1;
  const PackedB<T>* packed_b;
  T *own_a, *own_b;  // scratch

  /// The tile to begin panel j with, if one can pack it while it multiplies, which spares a pass
  /// over B (v4, one thread, of the time: 64 × 784 × 128 0.92, 32 × 784 × 128 0.85). Or null.
  TileFn<T> keeping_tile(int64_t j) const {
    if (!cut.keep_b || cut.vectors.start(j + 1) * Vec<T>::N > p.n) return nullptr;
    const int64_t vectors = cut.vectors.start(j + 1) - cut.vectors.start(j);
    const int64_t rows = cut.rows.start(tile0 + 1) - cut.rows.start(tile0);
    const bool packed = cut.read_a == Layout::Packed;
    const auto& all = packed ? tiles<T, Layout::Packed> : tiles<T, Layout::Rows>;
    const int64_t most = packed ? Blocking<T>::kRows : Blocking<T>::kDirectRows[vectors - 1];
    // It computes the rows that are missing from whatever lies there, and stores none of them.
    const bool there = packed || cut.rows.start(tile0) + most <= p.m;
    return there && rows + 2 >= most ? all.keeping[vectors - 1] : nullptr;
  }

  /// Panel j of B into t, if it is not packed by its first tile; gives its width.
  int read_b(int64_t j, int64_t block, bool keeps, Tile<T>& t) const {
    const int64_t column = cut.vectors.start(j) * Vec<T>::N, term = block * cut.depth;
    const int width = static_cast<int>(cut.vectors.start(j + 1) * Vec<T>::N - column);
    const int64_t terms = least(cut.depth, p.k - term);
    t.columns = static_cast<int>(least(width, p.n - column));
    t.b_step = width;
    if (packed_b) {
      t.b = packed_b->panel(cut, block, terms, j);
    } else if (cut.pack_b || t.columns < width) {
      t.b = own_b;
      if (keeps) return width;
      if constexpr (kHasPairs<T>) {
        if (cut.read_a == Layout::Pairs) {
          pack_pair_columns(p.b, column, t.columns, term, terms, own_b, width);
          return width;
        }
      }
      pack_panel(p.b, column, t.columns, term, terms, own_b, width);
    } else {
      t.b = p.b.data + column + term * p.b.term;
      t.b_step = p.b.term;
    }
    return width;
  }

  /// What a panel's tiles fetch for the panel after it. Each fetches its share, because in one
  /// burst the fetching delays the tile's own loads (v4, n = 1024: 0.9 of OpenBLAS's speed, against
  /// 1.06).
  struct Ahead {
    const T* at;     // where the first tile begins
    int64_t second;  // elements from there to where the second does,
    int64_t pair;    // and from one pair of tiles to the next
    int64_t tiles;   // the tiles that fetch
    int64_t step = 0, run = int64_t(1) << 62, skip = 0;

    GM_INLINE void set(int64_t tile, Tile<T>& t) const {
      t.ahead = tile < tiles ? at + tile % 2 * second + tile / 2 * pair : t.b;
    }
  };

  Ahead plan_ahead(int64_t j, int64_t block, int width, const Tile<T>& t) const {
    constexpr int64_t line = 64 / int64_t(sizeof(T));
    const int64_t all = tile1 - tile0, share = width * t.k / all;
    if (j + 1 == panel1) {
      // Of a packed B, the first panel of the next block, or that of the next piece (weights that
      // come from memory, 128 × 768 × 3072: 2 % of the time).
      const bool more = packed_b && block + 1 < packed_b->block1;
      if (!packed_b || (!more && panel1 == packed_b->panel1)) return {t.b, 0, 0, 0};
      const int64_t next = more ? block + 1 : packed_b->block0;
      const int64_t terms = least(cut.depth, p.k - next * cut.depth);
      const T* panel = packed_b->panel(cut, next, terms, more ? panel0 : panel1);
      return {panel, share, 2 * share, all, width / all};
    }
    if (packed_b) return {t.b + width * t.k, share, 2 * share, all, width / all};
    if (p.b.pack || p.b.halves) return {t.b, 0, 0, 0};
    const T* next =
        p.b.data + cut.vectors.start(j + 1) * Vec<T>::N * p.b.line + block * cut.depth * p.b.term;
    // Every other row of B, one line of it: even rows, odd rows, then the next line. The line of a
    // panel's first element may have come with the panel before.
    if (p.b.line == 1)
      return {next + line - 1, p.b.term, line, 2 * ceil_div(width, line), p.b.term};
    // One line of memory of each of B's columns, then the next. (An odd distance is rounded.)
    const int64_t terms = t.k / 2 / width * line, step = (p.b.line + 1) / 2;
    if (p.b.term == 1 && terms > 0)
      return {next, terms, 2 * terms, ceil_div(t.k, terms), step, width, line - width * 2 * step};
    return {t.b, 0, 0, 0};
  }

  void multiply_pairs(const Tile<T>& t) const {
    if constexpr (kHasPairs<T>) p.pairs->tile(t);
  }

  void multiply(int64_t block, const Target<T>& target, bool finish) const {
    Tile<T> t;
    const int64_t term = block * cut.depth, terms = least(cut.depth, p.k - term);
    const bool pairs = cut.read_a == Layout::Pairs;
    const bool packed = cut.read_a == Layout::Packed || pairs;
    t.k = cut.packed_terms(terms);
    alignas(64) T near[Blocking<T>::kRows * Blocking<T>::kColumns];
    const bool past = kStoresPast && cut.past;
    t.add = target.add;
    t.a_step = packed ? Blocking<T>::kRows : cut.read_a == Layout::Rows ? p.a.line : p.a.term;
    const T* a = own_a;
    const int64_t a_tile = packed_rows<T>(cut, terms);
    if (packed) {
      if (p.a.packed)
        a = p.a.packed + block * cut.rows.parts * packed_rows<T>(cut, cut.depth) + tile0 * a_tile;
      else
        pack_rows(p, cut, tile0, tile1, term, terms, own_a);
    }
    for (int64_t j = panel0; j < panel1; ++j) {
      TileFn<T> first = keeping_tile(j);
      const int width = read_b(j, block, first != nullptr, t);
      const int vectors = width / Vec<T>::N;
      const TileFn<T>* by_rows = cut.read_a == Layout::Rows ? tiles<T, Layout::Rows>.of[vectors - 1]
                                 : packed && !pairs && t.b_step == width
                                     ? tiles<T, Layout::Packed>.of[vectors - 1]
                                     : tiles<T, Layout::Columns>.of[vectors - 1];
      const int64_t column = cut.vectors.start(j) * Vec<T>::N;
      const Ahead ahead = plan_ahead(j, block, width, t);
      t.ahead_step = ahead.step;
      t.ahead_run = ahead.run;
      t.ahead_skip = ahead.skip;
      int64_t row = cut.rows.start(tile0);
      t.a = packed ? a : p.a.data + row * p.a.line + term * p.a.term;
      T* c = target.at(row, column);
      for (int64_t i = tile0; i < tile1; ++i) {
        const int64_t rows = cut.rows.start(i + 1) - row;
        // Straight to C, if its rows are whole lines and nothing is to be done with them before.
        t.past = past && stores_past<T>(cut.read_a, static_cast<int>(rows), vectors) &&
                 p.finishes == 0 && t.columns == width &&
                 (reinterpret_cast<uintptr_t>(c) | size_t(target.c_row) * sizeof(T)) % 64 == 0;
        t.c = past && !t.past ? near : c;
        t.c_step = past && !t.past ? Blocking<T>::kColumns : target.c_row;
        ahead.set(i - tile0, t);
        if (pairs) {
          t.rows = static_cast<int>(rows);
          multiply_pairs(t);
        } else if (first) {
          Tile<T> u = t;
          u.b = p.b.data + column + term * p.b.term;
          u.b_step = p.b.term;
          u.rows = static_cast<int>(rows);
          u.keep = own_b;
          first(u);
          first = nullptr;
        } else {
          by_rows[rows - 1](t);
        }
        if (finish) p.finish_part(t.c, t.c_step, row, column, rows, t.columns);
        if (past && !t.past) store_rows_past(near, t.c_step, c, target.c_row, rows, t.columns);
        t.a += packed ? a_tile : rows * p.a.line;
        c += rows * target.c_row;
        row += rows;
      }
    }
  }
};

/// Piece `index` of the panels and blocks that packed_b covers; of all if it is null.
template <class T>
GM_NOINLINE void multiply_piece(const Product<T>& p, const Cut& cut, const PackedB<T>* packed_b,
                                int64_t index, T* blocks_apart) {
  const int64_t row = index % cut.row_pieces, column = index / cut.row_pieces % cut.column_pieces;
  const int64_t panel = packed_b ? packed_b->panel0 : 0;
  const int64_t panels = packed_b ? packed_b->panel1 : cut.vectors.parts;
  const Spread rows = Spread::in(cut.rows.parts, cut.row_pieces);
  const Spread columns = Spread::of(panels - panel, cut.piece_panels);
  const int64_t tile0 = rows.start(row), panel0 = panel + columns.start(column);
  const int64_t slice = index / (cut.row_pieces * cut.column_pieces);
  const Scratch scratch(static_cast<size_t>(cut.scratch_a + cut.scratch_b + cut.scratch_c));
  T* sums = static_cast<T*>(scratch.data);
  T* own = sums + cut.scratch_c / int64_t(sizeof(T));
  const Piece<T> piece{p,        cut,
                       tile0,    rows.start(row + 1),
                       panel0,   panel + columns.start(column + 1),
                       packed_b, own + cut.scratch_b / int64_t(sizeof(T)),
                       own};
  const bool pairs = cut.read_a == Layout::Pairs;
  if (pairs) p.pairs->begin();
  const bool sliced = cut.slices > 1, all = !packed_b;
  const int64_t block0 = sliced ? cut.blocks * slice / cut.slices : all ? 0 : packed_b->block0;
  const int64_t block1 = sliced ? cut.blocks * (slice + 1) / cut.slices
                         : all  ? cut.blocks
                                : packed_b->block1;
  for (int64_t block = block0; block < block1; ++block) {
    const bool last = block + 1 == cut.blocks && !blocks_apart;
    const Target<T> target(p, block, blocks_apart, sums, cut.sums_row<T>(), cut.rows.start(tile0),
                           cut.vectors.start(panel0) * Vec<T>::N);
    piece.multiply(block, target, last);
  }
  if (pairs) p.pairs->end();
  if (kStoresPast && cut.past) end_past();
}

/// One product, by all threads. `workspace` holds cut.workspace bytes.
template <class T>
void multiply(const Product<T>& p, const Cut& cut, void* workspace) {
  if (p.m == 0 || p.n == 0) return;
  if (cut.path == Path::Dots) return multiply_dots(p, cut);
  T* room = static_cast<T*>(workspace);
  T* apart = cut.slices > 1 ? room : nullptr;
  if (cut.path == Path::Stream) {
    parallel_for(cut.pieces(), cut.nanoseconds,
                 [&](int64_t piece) { stream_piece(p, cut, piece, apart); });
  } else if (!cut.share_b) {
    const PackedB<T> whole{const_cast<T*>(p.b.packed), 0, cut.blocks, 0, cut.vectors.parts};
    parallel_for(cut.pieces(), cut.nanoseconds, [&](int64_t piece) {
      multiply_piece(p, cut, p.b.packed ? &whole : nullptr, piece, apart);
    });
  } else {
    Product<T> q = p;
    T* rows = cut.shared_a ? room + (cut.workspace - cut.shared_a) / int64_t(sizeof(T)) : nullptr;
    if (rows) q.a.packed = rows;
    for (int64_t panel = 0; panel < cut.vectors.parts; panel += cut.chunk_panels) {
      for (int64_t block = 0; block < cut.blocks; block += cut.chunk_blocks) {
        const PackedB<T> chunk{room, block, least(block + cut.chunk_blocks, cut.blocks), panel,
                               least(panel + cut.chunk_panels, cut.vectors.parts)};
        pack_shared(p, cut, chunk, rows);
        const int64_t pieces =
            cut.row_pieces * ceil_div(chunk.panel1 - chunk.panel0, cut.piece_panels);
        parallel_for(pieces, cut.nanoseconds, [&](int64_t piece) {
          multiply_piece(q, cut, &chunk, piece, static_cast<T*>(nullptr));
        });
      }
    }
  }
  if (apart) add_blocks(p, cut.blocks, apart);
}

/// One product by the calling thread alone; `cut` is that of a whole product.
template <class T>
void multiply_alone(const Product<T>& p, const Cut& cut) {
  multiply(p, cut, nullptr);
}

}  // namespace
}  // namespace gm::GM_ISA
