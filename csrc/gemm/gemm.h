// C = A · B, the five loops.
//
//   for the columns of C, `chunk` at a time                        so that packed B stays in bounds
//     pack B                                                       parallel, once per call
//     for every piece: some row tiles × some column panels of C    parallel
//       for the blocks of K, in order                              KC: fixes where sums are cut
//         pack the piece's rows of A                               into the worker's scratch: L2
//         for the piece's panels of B                              NR columns, in L1
//           for the piece's row tiles                              MR rows: the micro-kernel
//
// Where packing would cost more than it saves it is left out: A is read by its own rows (or
// columns) when few columns of C use it, B when few rows do.
//
// An element of C is  c₀ + s₀ + s₁ + …,  s_b the chain over block b of K, cut by K alone. Pieces,
// tiles, packing and threads only decide who computes it, so no bit depends on M, N, strides or
// the number of threads.
#pragma once

#include "core/parallel.h"
#include "gemm/micro.h"
#include "gemm/pack.h"
#include "isa/parallel.h"

namespace gm::GM_ISA {
namespace {

/// Applied to a finished tile while it is in L1: rows × columns of C at c, the first being (i, j).
template <class T>
struct TileOp {
  void (*apply)(const void* context, T* c, int64_t c_row, int64_t i, int64_t j, int rows,
                int columns);
  const void* context;
};

template <class T>
struct Product {
  int64_t m, n, k;
  Side<T> a;  // lines are the rows of A
  Side<T> b;  // lines are the columns of B
  T* c;       // element (i, j) at c[i * c_row + j]
  int64_t c_row;
  bool accumulate;
  const TileOp<T>* finish;
  int finishes;
};

GM_INLINE int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
GM_INLINE int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

/// `parts` of `whole` as even as they can be, the larger ones first: 64 by sixes is nine times 6
/// and twice 5. Even tails run at speed where 6…6, 4 would not.
struct Even {
  int64_t parts, size, larger;

  static GM_INLINE Even of(int64_t whole, int64_t most) {
    const int64_t parts = ceil_div(whole, most), size = parts <= 1 ? whole : whole / parts;
    return {parts, size, whole - parts * size};
  }
  GM_INLINE int64_t total() const { return parts * size + larger; }
  GM_INLINE int64_t start(int64_t part) const { return part * size + least(part, larger); }
};

/// How a product is cut. Depends on shapes and on which strides are 1, never on threads.
struct Cut {
  Even rows, vectors;     // row tiles, and column panels in vectors
  int64_t blocks, depth;  // blocks of K, and their terms
  int64_t piece_tiles, piece_panels;
  int64_t row_pieces, column_pieces;
  Layout read_a;                            // Packed, or A where it lies
  bool pack_b;                              // else full panels of B are read where they lie
  bool share_b;                             // B is packed once for all pieces, into the workspace
  int64_t scratch_a, scratch_b, workspace;  // bytes
  int64_t nanoseconds;
};

template <class T>
Cut cut_product(const Product<T>& p, bool whole) {
  using B = Blocking<T>;
  constexpr int64_t size = sizeof(T);
  Cut cut{};
  if (p.m == 0 || p.n == 0) return cut;
  const Even blocks = Even::of(p.k, B::kDepth);
  cut.blocks = blocks.parts > 0 ? blocks.parts : 1;
  cut.depth = p.k;
  if (cut.blocks > 1) {
    cut.depth = ceil_div(blocks.size + 1, 8) * 8;
    cut.blocks = ceil_div(p.k, cut.depth);
  }

  const bool dense_a = !p.a.pack && !p.a.packed;
  const bool few_columns = p.n <= 96;
  if (dense_a && few_columns && p.a.term == 1)
    cut.read_a = Layout::Rows;
  else if (dense_a && few_columns && p.a.line == 1)
    cut.read_a = Layout::Columns;
  else
    cut.read_a = Layout::Packed;
  const bool wide = cut.read_a == Layout::Rows && !p.b.packed;
  cut.vectors = Even::of(ceil_div(p.n, B::kLanes), wide ? B::kDirectPanel : B::kPanel);
  const int64_t widest = cut.vectors.size + (cut.vectors.larger > 0);
  const int tall = cut.read_a == Layout::Rows ? B::kDirectRows[widest - 1] : B::kRows;
  cut.rows = Even::of(p.m, tall);

  const bool dense_b = !p.b.pack && !p.b.packed;
  cut.pack_b =
      !(dense_b && p.b.line == 1 && (cut.rows.parts <= 1 || cut.depth * p.n * size <= 24576));
  cut.nanoseconds = p.m * p.n * p.k * 2 / 100;

  cut.piece_tiles = cut.rows.parts;
  cut.piece_panels = cut.vectors.parts;
  cut.row_pieces = cut.column_pieces = 1;
  if (cut.nanoseconds > 10000) {
    // Smaller pieces until there are enough to hand out. Half the rows read each panel of B for
    // half as many tiles; half the columns pack A twice.
    const int64_t few_tiles = ceil_div(42, tall), few_panels = 512 / B::kColumns;
    cut.piece_tiles = least(cut.rows.parts, ceil_div(96, tall));
    if (!whole) cut.piece_panels = least(cut.vectors.parts, 1024 / B::kColumns);
    for (;;) {
      cut.row_pieces = ceil_div(cut.rows.parts, cut.piece_tiles);
      cut.column_pieces = ceil_div(cut.vectors.parts, cut.piece_panels);
      if (whole || cut.row_pieces * cut.column_pieces >= 32) break;
      if (cut.nanoseconds < 40000 * cut.row_pieces * cut.column_pieces) break;
      if (cut.piece_tiles > few_tiles)
        cut.piece_tiles = ceil_div(cut.piece_tiles, 2);
      else if (cut.piece_panels > few_panels)
        cut.piece_panels = ceil_div(cut.piece_panels, 2);
      else
        break;
    }
  }
  cut.share_b = !whole && !p.b.packed && cut.pack_b && cut.row_pieces > 1;
  if (cut.read_a == Layout::Packed) {
    cut.scratch_a = cut.piece_tiles * B::kRows * cut.depth * size + kPackSlack;
  }
  if (!p.b.packed && !cut.share_b) cut.scratch_b = cut.depth * widest * kVectorBytes;
  if (cut.share_b) cut.workspace = p.k * cut.vectors.total() * kVectorBytes;
  return cut;
}

/// Packed B holds block after block of K, each a row of panels of `depth` terms.
template <class T>
GM_INLINE T* packed_panel(T* packed, const Cut& cut, int64_t block, int64_t depth, int64_t column) {
  return packed + block * cut.depth * cut.vectors.total() * Vec<T>::N + column * depth;
}

template <class T>
void multiply_piece(const Product<T>& p, const Cut& cut, const T* packed_b, int64_t piece) {
  using B = Blocking<T>;
  const int64_t tile0 = piece % cut.row_pieces * cut.piece_tiles;
  const int64_t tile1 = least(tile0 + cut.piece_tiles, cut.rows.parts);
  const int64_t panel0 = piece / cut.row_pieces * cut.piece_panels;
  const int64_t panel1 = least(panel0 + cut.piece_panels, cut.vectors.parts);
  const Scratch scratch(static_cast<size_t>(cut.scratch_a + cut.scratch_b));
  T* own_b = static_cast<T*>(scratch.data);
  T* own_a = own_b + cut.scratch_b / int64_t(sizeof(T));

  Tile<T> t;
  t.c_step = p.c_row;
  for (int64_t block = 0; block < cut.blocks; ++block) {
    const int64_t term = block * cut.depth;
    t.k = least(cut.depth, p.k - term);
    t.add = block > 0 || p.accumulate;
    if (cut.read_a == Layout::Packed) {
      T* panel = own_a;
      for (int64_t i = tile0; i < tile1; ++i, panel += t.k * B::kRows) {
        const int64_t row = cut.rows.start(i);
        pack_panel(p.a, row, static_cast<int>(cut.rows.start(i + 1) - row), term, t.k, panel,
                   B::kRows);
      }
    }
    for (int64_t j = panel0; j < panel1; ++j) {
      const int64_t column = cut.vectors.start(j) * Vec<T>::N;
      const int width = static_cast<int>(cut.vectors.start(j + 1) * Vec<T>::N - column);
      t.columns = static_cast<int>(least(width, p.n - column));
      if (packed_b) {
        t.b = packed_panel(packed_b, cut, block, t.k, column);
        t.b_step = width;
      } else if (cut.pack_b || t.columns < width) {
        pack_panel(p.b, column, t.columns, term, t.k, own_b, width);
        t.b = own_b;
        t.b_step = width;
      } else {
        t.b = p.b.data + column + term * p.b.term;
        t.b_step = p.b.term;
      }
      const int vectors = width / B::kLanes;
      const TileFn<T>* by_rows = cut.read_a == Layout::Rows ? tiles<T, Layout::Rows>.of[vectors - 1]
                                 : cut.read_a == Layout::Packed && t.b_step == width
                                     ? tiles<T, Layout::Packed>.of[vectors - 1]
                                     : tiles<T, Layout::Columns>.of[vectors - 1];
      int64_t row = cut.rows.start(tile0);
      for (int64_t i = tile0; i < tile1; ++i) {
        const int64_t next = cut.rows.start(i + 1);
        const int rows = static_cast<int>(next - row);
        if (cut.read_a == Layout::Packed) {
          t.a = own_a + (i - tile0) * t.k * B::kRows;
          t.a_step = B::kRows;
        } else {
          t.a = p.a.data + row * p.a.line + term * p.a.term;
          t.a_step = cut.read_a == Layout::Rows ? p.a.line : p.a.term;
        }
        t.c = p.c + row * p.c_row + column;
        // Each tile fetches its share of the next panel; in one burst it delays the tile's own
        // loads.
        const bool more = packed_b && j + 1 < panel1;
        t.ahead = more ? t.b + width * t.k * (i - tile0 + tile1 - tile0) / (tile1 - tile0) : t.b;
        t.ahead_step = more ? width / (tile1 - tile0) : 0;
        by_rows[rows - 1](t);
        if (block + 1 == cut.blocks) {
          for (int f = 0; f < p.finishes; ++f) {
            p.finish[f].apply(p.finish[f].context, t.c, p.c_row, row, column, rows, t.columns);
          }
        }
        row = next;
      }
    }
  }
}

/// Packs B whole into `packed`.
template <class T>
void pack_whole(const Side<T>& b, const Cut& cut, int64_t n, int64_t k, T* packed) {
  const int64_t group = 8, groups = ceil_div(cut.vectors.parts, group);
  // Rows of B that lie in memory as rows are copied a few at a time across the group's panels: long
  // runs of each row instead of one panel's width from every one.
  const int64_t strip = !b.pack && b.line == 1 ? 16 : cut.depth;
  parallel_for(cut.blocks * groups, n * k / 4, [&](int64_t piece) {
    const int64_t block = piece / groups, first = block * cut.depth;
    const int64_t depth = least(cut.depth, k - first);
    const int64_t panel0 = piece % groups * group,
                  panel1 = least(panel0 + group, cut.vectors.parts);
    for (int64_t term = 0; term < depth; term += strip) {
      const int64_t terms = least(strip, depth - term);
      for (int64_t j = panel0; j < panel1; ++j) {
        const int64_t column = cut.vectors.start(j) * Vec<T>::N;
        const int64_t width = cut.vectors.start(j + 1) * Vec<T>::N - column;
        pack_panel(b, column, static_cast<int>(least(width, n - column)), first + term, terms,
                   packed_panel(packed, cut, block, depth, column) + term * width,
                   static_cast<int>(width));
      }
    }
  });
}

template <class T>
void multiply(const Product<T>& p, const Cut& cut, void* workspace) {
  if (p.m == 0 || p.n == 0) return;
  const T* packed = p.b.packed;
  if (cut.share_b) {
    pack_whole(p.b, cut, p.n, p.k, static_cast<T*>(workspace));
    packed = static_cast<const T*>(workspace);
  }
  parallel_for(cut.row_pieces * cut.column_pieces, cut.nanoseconds,
               [&](int64_t piece) { multiply_piece(p, cut, packed, piece); });
}

}  // namespace
}  // namespace gm::GM_ISA
