// Convolution of few positions with weights packed beforehand: out (grid × rows)ᵀ, so that filters
// fill the vectors and positions are the rows of tiles. 49 positions are four vectors of sixteen,
// a quarter of them empty, but four tiles of 12 or 13 rows; and each panel of weights is read
// once, from far, while the tiles multiply the one before.
//
//   for the boxes of the grid and the blocks of channels          parallel
//     copy the box's source with its padding, or take it in place
//     pack the box's tiles of positions
//   for every piece: a box of the grid × some panels of rows      parallel
//     for the panels of rows
//       for the blocks of channels, in order                      L1; fixes where sums are cut
//         for the tiles of positions                              L2: the micro-kernel
//       transpose the panel's sums, finish them into the output
//
// Positions  [group][box][block][tile][term][kRows]
// Weights    [group][panel][block][term][kColumns], read from end to end; zeros beyond the last row
//
// Blocks are conv_gemm's, and so is every bit of the result.
#pragma once

#include "kernels/conv_gemm.h"

namespace gm::GM_ISA {
namespace {

struct PixelCut {
  int64_t blocks, block_channels;
  int64_t panels, piece_panels, panel_pieces;  // of rows
  int64_t box_rows, down;                      // of the grid, whole
  int64_t tiles, tile_size;                    // of positions: of a box at most, elements of each
};

template <class T>
PixelCut cut_pixels(const ConvProduct<T>& p) {
  using B = Blocking<T>;
  PixelCut cut{};
  cut.block_channels = channels_of_block(p);
  cut.blocks = ceil_div(p.channels, cut.block_channels);
  cut.panels = ceil_div(p.rows, B::kColumns);
  cut.piece_panels = least(8, most(2, ceil_div(cut.panels, 16)));
  cut.panel_pieces = ceil_div(cut.panels, cut.piece_panels);
  // PanelRuns has room for 64.
  const int64_t rows = most(p.grid_rows(), 1);
  const int64_t most_rows = least(64, most(1, 208 / most(p.x.out, 1)));
  cut.box_rows = ceil_div(rows, ceil_div(rows, most_rows));
  cut.down = ceil_div(rows, cut.box_rows);
  cut.tiles = ceil_div(cut.box_rows * p.x.out, B::kRows);
  // Whole vectors are stored at the last term, too.
  cut.tile_size = ceil_div(cut.block_channels * p.taps() * B::kRows, B::kLanes) * B::kLanes +
                  ceil_div(B::kRows, B::kLanes) * B::kLanes;
  return cut;
}
template <class T>
int64_t pixel_workspace(const ConvProduct<T>& p) {
  const PixelCut cut = cut_pixels(p);
  return p.groups * cut.down * cut.blocks * cut.tiles * cut.tile_size * int64_t(sizeof(T));
}

template <class T>
Box pixel_box(const ConvProduct<T>& p, const PixelCut& cut, int64_t at) {
  return {at * cut.box_rows, least((at + 1) * cut.box_rows, p.grid_rows()), 0, p.x.out};
}
/// The tiles of a box are about equal.
template <class T>
GM_INLINE int64_t tile_start(const Box& box, int64_t tile) {
  return box.columns() * tile / ceil_div(box.columns(), Blocking<T>::kRows);
}

/// Elements of a panel of weights, and of all.
template <class T>
int64_t pixel_panel(const ConvProduct<T>& p) {
  return p.channels * p.taps() * Blocking<T>::kColumns;
}
template <class T>
int64_t pixel_weights(const ConvProduct<T>& p) {
  return p.groups * cut_pixels(p).panels * pixel_panel(p);
}

template <class T>
void pack_pixel_weights(const ConvProduct<T>& p, T* packed) {
  constexpr int64_t width = Blocking<T>::kColumns;
  const int64_t panels = cut_pixels(p).panels, depth = p.channels * p.taps();
  parallel_for(p.groups * panels, p.groups * p.rows * depth / 2, [&](int64_t piece) {
    const int64_t row = piece % panels * width, group = piece / panels;
    const int lines = static_cast<int>(least(width, p.rows - row));
    const T* const from = p.weight + group * p.weight_group + row * p.weight_row;
    T* const to = packed + piece * pixel_panel(p);
    if (lines < width)
      for (int64_t i = 0; i < depth * width; i += Vec<T>::N) Vec<T>(T(0)).store(to + i);
    // Blocks follow one another as their terms do.
    pack_dense(Side<T>{.data = from, .line = p.weight_row, .term = 1}, 0, lines, 0, depth, to,
               int(width));
  });
}

/// Packs a tile of positions: to[term · kRows + l]. Lanes beyond kRows are overwritten by the next
/// term, or lie in the slack behind the tile.
template <class T, int M>
void copy_positions(const T* source, const int64_t* term, int64_t terms, const Runs& runs, T* to) {
  const Gather<T, M> gather = gather_of<T, M>(runs, 0, typename CountLanes<M>::type{});
  for (int64_t t = 0; t < terms; ++t, to += Blocking<T>::kRows) gather(source + term[t]).store(to);
}
template <class T>
void pack_tile(const T* source, const int64_t* term, int64_t terms, const Runs& runs,
               int64_t vectors, T* to) {
  if (vectors == 1 && runs.count[0] == 1)
    return copy_positions<T, 1>(source, term, terms, runs, to);
  if (vectors == 1 && runs.count[0] == 2)
    return copy_positions<T, 2>(source, term, terms, runs, to);
  if (vectors == 1 && runs.count[0] == 3)
    return copy_positions<T, 3>(source, term, terms, runs, to);
  for (int64_t t = 0; t < terms; ++t, to += Blocking<T>::kRows)
    copy_any_terms(source, term + t, 1, runs, to, vectors);
}

/// Packs the tiles of a box and a block; of a source in place, the `part`-th of `parts` of them.
template <class T>
void pack_positions(const ConvProduct<T>& p, const PixelCut& cut, const Box& box, int64_t group,
                    int64_t block, int64_t part, int64_t parts, T* to) {
  constexpr int N = Blocking<T>::kLanes, R = Blocking<T>::kRows;
  const bool in_place = p.in_place();
  const Patch<T> patch =
      in_place ? Patch<T>(p.y, p.x, box, p.source_image) : Patch<T>(p.y, p.x, box);
  const int64_t c0 = block * cut.block_channels, count = least(cut.block_channels, p.channels - c0);
  const int64_t terms = count * p.taps();
  const Scratch scratch(static_cast<size_t>(
      ceil_div(terms, 8) * 64 + (in_place ? 0 : count * patch.channel + N) * int64_t(sizeof(T))));
  int64_t* const term = static_cast<int64_t*>(scratch.data);
  const T* source = p.source + (group * p.channels + c0) * p.y.in * p.x.in;
  if (in_place) {
    source += box.row0 * p.source_image;
  } else {
    T* const copied = reinterpret_cast<T*>(term + ceil_div(terms, 8) * 8);
    patch.fill(source, p.source_image, count, copied);
    source = copied;
  }
  list_terms(patch, p.y.taps, p.x.taps, count, term);
  const int64_t past_end = in_place ? terms_past_end(p, box, group, c0, terms) : 0;
  const int64_t tiles = ceil_div(box.columns(), R), end = tiles * (part + 1) / parts;
  to += tiles * part / parts * cut.tile_size;
  for (int64_t i = tiles * part / parts; i < end; ++i, to += cut.tile_size) {
    const int64_t at = tile_start<T>(box, i);
    const int64_t lines = tile_start<T>(box, i + 1) - at;
    const int64_t last_terms = at + ceil_div(R, N) * N > box.columns() ? past_end : 0;
    const int64_t most_terms = terms - last_terms;
    pack_tile(source, term, most_terms, list_runs(patch, at, lines), ceil_div(lines, N), to);
    if (last_terms > 0)
      pack_last_terms(patch, source, term + most_terms, last_terms, at, int(lines), R,
                      to + most_terms * R);
  }
}

/// Writes finished sums, positions × kColumns, as rows of the output from `row` on.
template <class T>
void finish_panel(const ConvProduct<T>& p, const PanelRuns& runs, const T* sums, int64_t positions,
                  int64_t group, int64_t row, T* turned, int64_t line) {
  constexpr int N = Vec<T>::N, S = kTransposeTerms<T>;
  constexpr int64_t width = Blocking<T>::kColumns;
  for (int64_t l0 = 0; l0 < positions; l0 += N) {
    const T* at[N];
    for (int l = 0; l < N; ++l) at[l] = sums + least(l0 + l, positions - 1) * width;
    for (int64_t f = 0; f < width; f += S) {
      Vec<T> lanes[S];
      load_transposed(at, f, lanes);
#pragma GCC unroll 4
      for (int s = 0; s < S; ++s) lanes[s].store(turned + (f + s) * line + l0);
    }
  }
  const int64_t count = least(width, p.rows - row);
  const T* bias = p.bias ? p.bias + group * p.rows + row : nullptr;
  T* const to = p.out + (group * p.rows + row) * p.out_row;
  if (!p.finish) {
    if (bias) add_bias(bias, int(count), int(positions), turned, line);
    return scatter_panel(runs, turned, line, count, to, p.out_row, p.out_x);
  }
  for (int k = 0; k < runs.count; ++k)
    p.finish_at(turned + runs.run[k].at, line, bias, to + runs.run[k].to, p.out_row, count,
                runs.run[k].n);
}

template <class T>
void pixel_piece(const ConvProduct<T>& p, const PixelCut& cut, const T* positions, int64_t piece) {
  using B = Blocking<T>;
  constexpr int64_t N = B::kLanes, width = B::kColumns;
  const int64_t panel0 = piece % cut.panel_pieces * cut.piece_panels;
  const int64_t panel1 = least(panel0 + cut.piece_panels, cut.panels);
  piece /= cut.panel_pieces;
  positions += piece * cut.blocks * cut.tiles * cut.tile_size;
  const Box box = pixel_box(p, cut, piece % cut.down);
  const int64_t group = piece / cut.down, columns = box.columns();
  const int64_t box_tiles = ceil_div(columns, B::kRows);

  const int64_t line = ceil_div(columns, N) * N + N;  // of a transposed row
  const Scratch scratch(static_cast<size_t>((columns + line) * width * int64_t(sizeof(T))));
  T* const sums = static_cast<T*>(scratch.data);
  T* const turned = sums + columns * width;
  PanelRuns runs;
  list_output_runs(p, box, 0, columns, runs);

  Tile<T> t{};
  t.a_step = B::kRows;
  t.b_step = t.c_step = t.columns = width;
  t.b = p.packed + (group * cut.panels + panel0) * pixel_panel(p);
  // Every tile fetches its share of the weights that come next.
  t.ahead_step = ceil_div(width, box_tiles);
  for (int64_t j = panel0; j < panel1; ++j) {
    for (int64_t block = 0; block < cut.blocks; ++block) {
      t.k = least(cut.block_channels, p.channels - block * cut.block_channels) * p.taps();
      t.add = block > 0;
      t.a = positions + block * cut.tiles * cut.tile_size;
      t.ahead = t.b + t.k * width;
      for (int64_t i = 0, at = 0; i < box_tiles; ++i) {
        const int64_t next = tile_start<T>(box, i + 1);
        t.c = sums + at * width;
        tiles<T, Layout::Packed>.of[B::kPanel - 1][next - at - 1](t);
        at = next;
        t.a += cut.tile_size;
        t.ahead += t.k * t.ahead_step;
      }
      t.b += t.k * width;
    }
    finish_panel(p, runs, sums, columns, group, j * width, turned, line);
  }
}

template <class T>
void run_pixels(const ConvProduct<T>& p, void* workspace) {
  if (p.images * p.groups * p.rows * p.y.out * p.x.out == 0) return;
  const PixelCut cut = cut_pixels(p);
  T* const positions = static_cast<T*>(workspace);
  const int64_t columns = p.groups * p.grid_rows() * p.x.out, depth = p.channels * p.taps();
  const int64_t parts = p.in_place() ? 2 : 1;
  parallel_for(p.groups * cut.down * cut.blocks * parts, columns * depth / 4, [&](int64_t piece) {
    const int64_t part = piece % parts, at = piece / parts, place = at / cut.blocks;
    pack_positions(p, cut, pixel_box(p, cut, place % cut.down), place / cut.down, at % cut.blocks,
                   part, parts, positions + at * cut.tiles * cut.tile_size);
  });
  parallel_for(p.groups * cut.down * cut.panel_pieces, p.rows * columns * depth / (4 * Vec<T>::N),
               [&](int64_t piece) { pixel_piece(p, cut, positions, piece); });
}

}  // namespace
}  // namespace gm::GM_ISA
