// Winograd's convolution of few positions with weights packed beforehand: the tiles of the image
// are the rows of the product's tiles and filters fill its vectors, as in conv_pixels.h. 14×14
// outputs are 49 tiles of 2×2, four vectors of sixteen or four times 12 or 13 rows; and each panel
// of weights is read once, from far.
//
//   for the boxes of the grid, the blocks of channels, the tiles of rows       parallel
//     transform the inputs
//   for the boxes of the grid and the panels of filters                        parallel
//     for the n² elements
//       for the blocks of channels, in order: micro-kernel                     fixes where sums are
//       cut
//     transform the sums into outputs, finish them into the output
//
// Inputs   [group][box][e][block][tile][channel][kRows]
// Weights  [group][panel][e][channel][kColumns], read from end to end
// Sums     [e][position][kColumns]
//
// Blocks are conv_winograd's, and so is every bit of the result.
#pragma once

#include "kernels/conv_pixels.h"
#include "kernels/conv_winograd_tiles.h"

namespace gm::GM_ISA {
namespace {

struct WinogradPixelCut {
  int64_t channels, blocks;
  int64_t panels;           // of filters
  int64_t box_rows, down;   // of the grid of tiles, whole
  int64_t tiles;            // of rows, of a box at most
  int64_t tile_size, step;  // elements of a packed tile, and between those of one element
};

template <class T, int m>
WinogradPixelCut cut_winograd_pixels(const ConvProduct<T>& p) {
  using B = Blocking<T>;
  const TileGrid<T, m> grid(p);
  WinogradPixelCut cut{};
  cut.channels = winograd_channels(p);
  cut.blocks = ceil_div(p.channels, cut.channels);
  cut.panels = ceil_div(p.rows, B::kColumns);
  // PanelRuns has room for 64.
  const int64_t rows = most(p.images * grid.y.out, 1);
  const int64_t most_rows = least(64, most(1, 64 / most(grid.x.out, 1)));
  cut.box_rows = ceil_div(rows, ceil_div(rows, most_rows));
  cut.down = ceil_div(rows, cut.box_rows);
  cut.tiles = ceil_div(cut.box_rows * grid.x.out, B::kRows);
  // Whole vectors are stored at the last channel, too.
  cut.tile_size = (ceil_div(cut.channels * B::kRows, B::kLanes) + 1) * B::kLanes;
  cut.step = stream_step<T>(cut.blocks * cut.tiles * cut.tile_size);
  return cut;
}

template <class T, int m>
constexpr int64_t kElements = Winograd<T, m>::n * Winograd<T, m>::n;

template <class T, int m>
int64_t winograd_pixel_workspace(const ConvProduct<T>& p) {
  const WinogradPixelCut cut = cut_winograd_pixels<T, m>(p);
  return p.groups * cut.down * kElements<T, m> * cut.step * int64_t(sizeof(T));
}
/// Elements of a panel of weights, and of all.
template <class T, int m>
int64_t winograd_pixel_panel(const ConvProduct<T>& p) {
  return kElements<T, m> * p.channels * Blocking<T>::kColumns;
}
template <class T, int m>
int64_t winograd_pixel_weights(const ConvProduct<T>& p) {
  return p.groups * ceil_div(p.rows, Blocking<T>::kColumns) * winograd_pixel_panel<T, m>(p);
}

template <class T, int m>
void pack_winograd_pixels(const ConvProduct<T>& p, T* packed) {
  constexpr int64_t width = Blocking<T>::kColumns;
  const int64_t panels = ceil_div(p.rows, width);
  parallel_for(p.groups * panels, p.groups * p.rows * p.channels * 9, [&](int64_t piece) {
    const int64_t row = piece % panels * width, group = piece / panels;
    transform_weights<T, m>(p, p.weight + group * p.weight_group, row,
                            int(least(width, p.rows - row)), 0, p.channels, int(width),
                            p.channels * width, packed + piece * winograd_pixel_panel<T, m>(p));
  });
}

/// A box of the grid of tiles, and the outputs that its tiles hold.
template <class T, int m>
struct WinogradBox {
  TileGrid<T, m> grid;
  Box tiles, outputs;

  WinogradBox(const ConvProduct<T>& p, const WinogradPixelCut& cut, int64_t at) : grid(p) {
    const int64_t row0 = at * cut.box_rows;
    const int64_t row1 = least(row0 + cut.box_rows, p.images * grid.y.out);
    tiles = {row0, row1, 0, grid.x.out};
    outputs = {row_of(p, row0), row_of(p, row1), 0, p.x.out};
  }
  /// The first row of outputs of a row of tiles.
  int64_t row_of(const ConvProduct<T>& p, int64_t row) const {
    return row / grid.y.out * p.y.out + row % grid.y.out * m;
  }
};

/// Transforms the inputs of a tile of rows, for a block of channels.
template <class T, int m>
void winograd_positions(const ConvProduct<T>& p, const WinogradPixelCut& cut, T* inputs,
                        int64_t piece) {
  constexpr int N = Vec<T>::N, n = Winograd<T, m>::n, R = Blocking<T>::kRows;
  const int64_t tile = piece % cut.tiles, block = piece / cut.tiles % cut.blocks;
  piece /= cut.tiles * cut.blocks;
  const WinogradBox<T, m> box(p, cut, piece % cut.down);
  const int64_t group = piece / cut.down;
  if (tile >= ceil_div(box.tiles.columns(), R)) return;
  const int64_t first = tile_start<T>(box.tiles, tile),
                count = tile_start<T>(box.tiles, tile + 1) - first, across = box.grid.x.out;
  const Patch<T> patch(box.grid.y, box.grid.x,
                       {box.tiles.row0 + first / across,
                        box.tiles.row0 + (first + count - 1) / across + 1, 0, across});
  const Runs runs = list_runs(patch, first % across, count);
  int64_t tap[kElements<T, m>];
  list_terms(patch, n, n, 1, tap);

  const int64_t patch_step = ceil_div(patch.channel, N) * N;
  const Scratch scratch(static_cast<size_t>(2 * patch_step * int64_t(sizeof(T))));
  T* const copied = static_cast<T*>(scratch.data);
  const int64_t c0 = block * cut.channels, channels = least(cut.channels, p.channels - c0);
  const T* const source = p.source + (group * p.channels + c0) * p.y.in * p.x.in;
  T* to = inputs + piece * kElements<T, m> * cut.step + (block * cut.tiles + tile) * cut.tile_size;
  // A channel ahead: tiles are loaded across the vectors just stored, and would wait for them.
  const auto copy = [&](int64_t c) {
    patch.fill(source + c * p.y.in * p.x.in, p.source_image, 1, copied + c % 2 * patch_step);
  };
  copy(0);
  // Lanes beyond kRows are overwritten by the next channel, or lie in the slack behind the tile.
  for (int64_t c = 0; c < channels; ++c, to += R) {
    if (c + 1 < channels) copy(c + 1);
    int at = 0;
    for (int64_t k = 0; k < ceil_div(count, N); ++k) {
      const int load = runs.count[k];
      tile_transforms<T, m, 2>[load <= 4 ? load : 0](copied + c % 2 * patch_step, tap, runs, at,
                                                     load, cut.step, to + k* N);
      at += load;
    }
  }
}

/// The outputs of a panel of filters in a box: sums[position · kColumns + filter].
template <class T, int m>
void winograd_outputs(const ConvProduct<T>& p, const WinogradBox<T, m>& box, const T* products,
                      int64_t step, T* sums) {
  using W = Winograd<T, m>;
  constexpr int N = Vec<T>::N, n = W::n;
  constexpr int64_t width = Blocking<T>::kColumns;
  const TileGrid<T, m>& grid = box.grid;
  for (int64_t row = box.tiles.row0; row < box.tiles.row1; ++row) {
    const int64_t y = row % grid.y.out * m, rows = least(m, p.y.out - y);
    T* line = sums + (box.row_of(p, row) - box.outputs.row0) * p.x.out * width;
    for (int64_t x = 0; x < p.x.out; x += m, products += width, line += m * width) {
      const int64_t columns = least(m, p.x.out - x);
      for (int64_t f = 0; f < width; f += N) {
        Vec<T> half[n][m];
#pragma GCC unroll 6
        for (int i = 0; i < n; ++i) {
          Vec<T> s[n];
#pragma GCC unroll 6
          for (int j = 0; j < n; ++j) s[j] = Vec<T>::load(products + (i * n + j) * step + f);
          W::output(s, half[i]);
        }
#pragma GCC unroll 4
        for (int j = 0; j < m; ++j) {
          if (j >= columns) break;
          Vec<T> s[n], column[m];
#pragma GCC unroll 6
          for (int i = 0; i < n; ++i) s[i] = half[i][j];
          W::output(s, column);
#pragma GCC unroll 4
          for (int i = 0; i < m; ++i)
            if (i < rows) column[i].store(line + (i * p.x.out + j) * width + f);
        }
      }
    }
  }
}

template <class T, int m>
void winograd_pixel_piece(const ConvProduct<T>& p, const WinogradPixelCut& cut, const T* inputs,
                          int64_t piece) {
  using B = Blocking<T>;
  constexpr int64_t N = B::kLanes, width = B::kColumns;
  const int64_t panel = piece % cut.panels;
  piece /= cut.panels;
  inputs += piece * kElements<T, m> * cut.step;
  const WinogradBox<T, m> box(p, cut, piece % cut.down);
  const int64_t group = piece / cut.down, count = box.tiles.columns();
  const int64_t positions = box.outputs.columns(), row_tiles = ceil_div(count, B::kRows);

  const int64_t line = ceil_div(positions, N) * N + N;  // of a transposed row
  const int64_t step = stream_step<T>(count * width);
  const Scratch scratch(static_cast<size_t>(((positions + line) * width + kElements<T, m> * step) *
                                            int64_t(sizeof(T))));
  T* const sums = static_cast<T*>(scratch.data);
  T* const turned = sums + positions * width;
  T* const products = turned + line * width;

  Tile<T> t{};
  t.a_step = B::kRows;
  t.b_step = t.c_step = t.columns = width;
  t.b = p.packed + (group * cut.panels + panel) * winograd_pixel_panel<T, m>(p);
  // Every tile fetches its share of the weights that come next.
  t.ahead_step = ceil_div(width, row_tiles);
  for (int64_t e = 0; e < kElements<T, m>; ++e) {
    for (int64_t block = 0; block < cut.blocks; ++block) {
      t.k = least(cut.channels, p.channels - block * cut.channels);
      t.add = block > 0;
      t.a = inputs + e * cut.step + block * cut.tiles * cut.tile_size;
      t.ahead = t.b + t.k * width;
      for (int64_t i = 0; i < row_tiles; ++i) {
        const int64_t at = tile_start<T>(box.tiles, i), next = tile_start<T>(box.tiles, i + 1);
        t.c = products + e * step + at * width;
        tiles<T, Layout::Packed>.of[B::kPanel - 1][next - at - 1](t);
        t.a += cut.tile_size;
        t.ahead += t.k * t.ahead_step;
      }
      t.b += t.k * width;
    }
  }
  winograd_outputs<T, m>(p, box, products, step, sums);
  PanelRuns runs;
  list_output_runs(p, box.outputs, 0, positions, runs);
  finish_panel(p, runs, sums, positions, group, panel * width, turned, line);
}

template <class T, int m>
void run_winograd_pixels(const ConvProduct<T>& p, void* workspace) {
  const WinogradPixelCut cut = cut_winograd_pixels<T, m>(p);
  T* const inputs = static_cast<T*>(workspace);
  const int64_t positions = p.groups * TileGrid<T, m>(p).count * kElements<T, m>;
  if (positions * p.rows == 0) return;
  parallel_for(p.groups * cut.down * cut.blocks * cut.tiles, positions * p.channels / 4,
               [&](int64_t piece) { winograd_positions<T, m>(p, cut, inputs, piece); });
  parallel_for(p.groups * cut.down * cut.panels, positions * p.channels * p.rows / 50,
               [&](int64_t piece) { winograd_pixel_piece<T, m>(p, cut, inputs, piece); });
}

}  // namespace
}  // namespace gm::GM_ISA
