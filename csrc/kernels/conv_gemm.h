// Convolution as a product: out (rows × grid) = weight (rows × terms) · source (terms × grid),
// where a term is a channel and a tap, and the source's columns are made while they are packed.
//
//   pack the weights                                     parallel, once per call
//   for every piece: some rows × a box of the grid       parallel
//     for the blocks of channels, in order               fixes where sums are cut
//       copy the box's source with its padding           into the worker's scratch: L2
//       for the box's panels of columns
//         pack the panel: every tap's run of neighbours  L2
//       for the piece's tiles of rows                    a tile's weights come once, and stay in L1
//         for the panels                                 from L2: the micro-kernel
//   or, by panels,
//       for the box's panels of columns
//         pack the panel                                 stays in L1
//         for the piece's tiles of rows                  weights from L2: the micro-kernel
//
//   or without panels: see conv_terms.h and reads_in_place
//
// Tiles outside, weights are read once for each box, from wherever they are, and the output is
// written in long runs: ResNet-50's 1×1 take 0.6–0.9 of the time, 7×7 with stride 2, whose 147
// terms make 64 rows of 12544, 0.93. Panels outside, columns are not written to L2 and back, nor
// read from there once a tile: 5×5 and 1-d take 0.92–0.95 (AVX2's tiles, of fewer rows, 0.9).
// Fetching the next tile's outputs to L2 made 7×7 as fast that way too, but others slower. Packing
// a panel inside its first tile gained 0–5 % in a loop of its own, and fetching each line of the
// next weights once only, by as few tiles as that takes, nothing.
//
// An element is  s₀ + s₁ + … + bias,  s_b the chain over the channels and taps of block b. Blocks
// depend on channels and taps alone, so no bit depends on the batch, the cut or the threads.
#pragma once

#include "kernels/conv_columns.h"
#include "kernels/conv_product.h"
#include "kernels/conv_terms.h"

namespace gm::GM_ISA {
namespace {

/// How tiles get their weights: packed once for all pieces; packed by every piece for itself, which
/// costs less where they are many and the boxes few, for they then never leave L2; or read as they
/// lie, where columns are too few to pay for packing.
enum class ReadWeights { Shared, Own, InPlace };  // packed beforehand: Shared

struct ConvCut {
  int64_t blocks, block_channels;
  int64_t tiles;  // of rows
  int64_t piece_tiles, row_pieces;
  int64_t box_rows, box_width;  // of the grid: whole rows, or a part of one
  int64_t down, across;         // boxes
  ReadWeights weights;
  int64_t panel;                      // vectors of a panel of columns, at most
  bool by_panels;                     // the tiles of rows inside, not the panels
  bool by_terms;                      // no panels: see conv_terms.h
  int64_t weight_block, weight_part;  // packed elements of a block of all rows, and of kPart tiles
};

/// Whether 1×1's columns are not packed for `tiles` of rows but read in place: one or two take
/// 0.62–0.8 of the time, three 0.85, or 1.2 if planes begin inside lines of the cache; four and
/// five 0.9–1.15.
template <class T>
GM_INLINE bool reads_in_place(const ConvProduct<T>& p, int64_t tiles) {
  return tiles <= 2 || (tiles == 3 && p.x.in * int64_t(sizeof(T)) % 64 == 0);
}

/// Tiles whose packed weights lie together; parts are packed in parallel, so slack lies between.
constexpr int64_t kPart = 4;

/// Panels of two vectors cost 8; one of one, 5.
GM_INLINE int64_t panel_cost(int64_t vectors) { return 4 * vectors + vectors % 2; }

/// The box of the grid that wastes the fewest lanes, of about `target` columns, as one thread and
/// as two see it: of five boxes the first of two takes three.
template <class T>
void cut_grid(const ConvProduct<T>& p, int64_t target, ConvCut& cut) {
  constexpr int N = Vec<T>::N;
  const int64_t rows = p.grid_rows(), width = p.x.out;
  int64_t best = -1;
  const auto consider = [&](int64_t box_rows, int64_t box_width, int64_t all, int64_t full) {
    const int64_t boxes = ceil_div(rows, box_rows) * ceil_div(width, box_width);
    const int64_t cost = all + (boxes > 1 ? (boxes + boxes % 2) * full : all) + 4 * boxes;
    if (best >= 0 && cost >= best) return;
    best = cost;
    cut.box_rows = box_rows;
    cut.box_width = box_width;
  };
  const auto cost_of = [](int64_t columns) { return panel_cost(ceil_div(columns, N)); };
  for (int64_t r = least(rows, most(1, target / 2 / width)); r <= rows; ++r) {
    if (r * width > 2 * target) break;
    consider(r, width, rows / r * cost_of(r * width) + cost_of(rows % r * width),
             cost_of(r * width));
  }
  // Boxes of whole panels: one that begins inside a cache line has every load and store cross into
  // the next (ResNet-50's 1×1 at 56×56: 3–7 %).
  constexpr int64_t panel = Blocking<T>::kColumns;
  for (int64_t w = ceil_div(target, panel) * panel; w <= 2 * target && w < width; w += panel)
    consider(1, w, rows * cost_of(width), cost_of(width / ceil_div(width, w)));
  cut.down = ceil_div(rows, cut.box_rows);
  cut.across = ceil_div(width, cut.box_width);
}

/// Where the i-th box across begins: all are about equal, of whole panels.
template <class T>
GM_INLINE int64_t box_start(const ConvProduct<T>& p, const ConvCut& cut, int64_t i) {
  constexpr int64_t panel = Blocking<T>::kColumns;
  return i == cut.across ? p.x.out : ceil_div(p.x.out, panel) * i / cut.across * panel;
}

/// Channels between two cuts of a sum.
template <class T>
int64_t channels_of_block(const ConvProduct<T>& p) {
  const int64_t most_channels = most(Blocking<T>::kDepth / p.taps(), 1);
  return ceil_div(p.channels, ceil_div(p.channels, most_channels));
}

template <class T>
ConvCut cut_conv(const ConvProduct<T>& p) {
  using B = Blocking<T>;
  ConvCut cut{};
  const int64_t taps = p.taps(), depth = taps * p.channels;
  cut.block_channels = channels_of_block(p);
  cut.blocks = ceil_div(p.channels, cut.block_channels);

  // About 8 M multiply-adds a piece; boxes of few columns take fewer rows instead. Smaller boxes
  // for short sums, whose panels would fill less of L2, gain nothing (7×7 with stride 2).
  const int64_t columns = p.grid_rows() * p.x.out;
  const bool few_columns = columns <= 96 && p.dense_weight() && !p.packed;
  const bool large = p.rows * depth * int64_t(sizeof(T)) > 1 << 20;
  const int64_t target =
      large ? 224 : least(most(8000000 / (p.rows * depth), 12 * B::kColumns), 32 * B::kColumns);
  // Pieces for several threads are boxes rather than rows, for which columns are packed again; but
  // of weights that come from far, large ones (3–7 % of ResNet-50's layers at 28×28).
  cut_grid(p, p.packed ? target : least(target, most(columns / 8, 100)), cut);
  const int64_t box = cut.box_rows * cut.box_width;
  int rows = B::kRows;
  cut.panel = B::kPanel;
  cut.weights = cut.down * cut.across <= 3 && !p.packed ? ReadWeights::Own : ReadWeights::Shared;
  if (few_columns) {
    cut.weights = ReadWeights::InPlace;
    const int64_t vectors = ceil_div(box, B::kLanes);
    cut.panel = ceil_div(vectors, ceil_div(vectors, B::kDirectPanel));
    rows = B::kDirectRows[cut.panel - 1];
  }
  cut.tiles = ceil_div(p.rows, rows);
  // 1×1 from 256 to 1024 in pieces of 256 rows: 1.02 of the time, for columns are packed anew.
  const int64_t piece_rows = most(16000000 / (box * depth), large ? 171 : p.packed ? 256 : 512);
  cut.row_pieces = ceil_div(p.rows, least(piece_rows, p.rows));
  // Work for several threads in a single small image, too. Each piece packs its columns: with five
  // tiles of rows each a 1×1 from 1024 to 256 at 14×14 took 1.13 of the time on one thread.
  const int64_t boxes = p.groups * cut.down * cut.across, work = box * p.rows * depth;
  const int64_t parts = least(ceil_div(4, boxes), work / 3000000);
  cut.row_pieces = most(cut.row_pieces, least(parts, ceil_div(cut.tiles, 10)));
  cut.piece_tiles = ceil_div(cut.tiles, cut.row_pieces);
  cut.row_pieces = ceil_div(cut.tiles, cut.piece_tiles);

  // Packed beforehand, weights come from far: in the middle of the first of a few panels they would
  // be waited for. Where sums are short, the output is written best in long runs; and the fewer
  // rows a tile has, the more often panels of columns come.
  const int64_t box_panels = ceil_div(ceil_div(box, B::kLanes), cut.panel);
  const bool near = !p.packed || (large ? 1 : cut.down * cut.across) * box_panels >= 32;
  const bool long_sums = cut.blocks > 1 || (depth >= 192 && p.rows * B::kRows <= 24 * depth);
  cut.by_panels = !few_columns && near && long_sums;

  // Vectors end with each grid row: where that wastes a tenth of them, panels are as fast, or up to
  // a third faster (36 columns).
  if constexpr (kByTerms<T>) {
    const int64_t width = least(p.x.out, cut.box_width);
    cut.by_terms = !few_columns && cut.blocks == 1 && taps > 1 && p.out_x == 1 && !p.residual &&
                   p.rows <= 128 && p.rows / cut.tiles >= kLeastTermRows &&
                   panel_cost(ceil_div(width, B::kLanes)) * B::kLanes * 12 <= width * 4 * 13;
  }

  const int64_t terms = cut.block_channels * taps;
  cut.weight_part = kPart * B::kRows * terms + B::kLanes;
  cut.weight_block = ceil_div(cut.tiles, kPart) * cut.weight_part;
  return cut;
}

/// Bytes of packed weights.
template <class T>
int64_t packed_bytes(const ConvProduct<T>& p, const ConvCut& cut) {
  return p.groups * cut.blocks * cut.weight_block * int64_t(sizeof(T));
}
template <class T>
int64_t conv_workspace(const ConvProduct<T>& p) {
  const ConvCut cut = cut_conv(p);
  return cut.weights == ReadWeights::Shared && !p.packed ? packed_bytes(p, cut) : 0;
}

GM_INLINE int64_t tile_row(int64_t rows, const ConvCut& cut, int64_t tile) {
  return rows * tile / cut.tiles;
}

// ---- weights ------------------------------------------------------------------------------------

/// Packs rows [row, row + lines) of channels [c, c + count): panel[term · kRows + l].
template <class T>
void pack_weight_tile(const ConvProduct<T>& p, const T* weight, int64_t row, int lines, int64_t c,
                      int64_t count, T* panel) {
  constexpr int R = Blocking<T>::kRows;
  const int64_t taps = p.taps();
  weight += row * p.weight_row + c * p.weight_channel;
  if (taps == 1 || p.dense_weight()) {
    const int64_t term = taps == 1 ? p.weight_channel : 1;
    pack_dense(Side<T>{.data = weight, .line = p.weight_row, .term = term}, 0, lines, 0,
               count * taps, panel, R);
    return;
  }
  for (; count > 0; --count, weight += p.weight_channel) {
    if (p.dense_taps()) {
      // A tile's rows lie together in each channel, and far from those of the next.
      if (p.weight_row == taps)
        for (int64_t i = 0; i < lines * taps; i += 64 / int64_t(sizeof(T)))
          __builtin_prefetch(weight + 8 * p.weight_channel + i);
      pack_dense(Side<T>{.data = weight, .line = p.weight_row, .term = 1}, 0, lines, 0, taps, panel,
                 R);
      panel += taps * R;
      continue;
    }
    for (int64_t i = 0; i < p.y.taps; ++i) {
      for (int64_t j = 0; j < p.x.taps; ++j, panel += R) {
        const T* tap = weight + i * p.weight_y + j * p.weight_x;
        for (int l = 0; l < lines; ++l) panel[l] = tap[l * p.weight_row];
      }
    }
  }
}

/// Starts to load what pack_weight_tile will read.
template <class T>
GM_INLINE void fetch_weight_tile(const ConvProduct<T>& p, const T* weight, int64_t row,
                                 int64_t lines, int64_t c, int64_t count) {
  constexpr int64_t kLine = 64 / int64_t(sizeof(T));
  if (!p.dense_weight()) return;
  weight += row * p.weight_row + c * p.weight_channel;
  for (int64_t l = 0; l < lines; ++l, weight += p.weight_row)
    for (int64_t i = 0; i < count * p.taps(); i += kLine) __builtin_prefetch(weight + i);
}

// Tile by tile through all blocks, so that the rows of a tile are read on as they lie: block by
// block took twice as long on 512 × 4608.
template <class T>
void pack_weights(const ConvProduct<T>& p, const ConvCut& cut, T* packed) {
  const int64_t parts = ceil_div(cut.tiles, kPart);
  const int64_t elements = p.groups * p.rows * p.channels * p.taps();
  parallel_for(p.groups * parts, elements / 2, [&](int64_t piece) {
    const int64_t part = piece % parts, group = piece / parts;
    T* to = packed + group * cut.blocks * cut.weight_block + part * cut.weight_part;
    for (int64_t i = part * kPart; i < least((part + 1) * kPart, cut.tiles); ++i) {
      const int64_t row = tile_row(p.rows, cut, i);
      for (int64_t block = 0; block < cut.blocks; ++block) {
        const int64_t c = block * cut.block_channels;
        const int64_t count = least(cut.block_channels, p.channels - c);
        pack_weight_tile(
            p, p.weight + group * p.weight_group, row, int(tile_row(p.rows, cut, i + 1) - row), c,
            count,
            to + block * cut.weight_block + i % kPart * count * p.taps() * Blocking<T>::kRows);
      }
    }
  });
}

// ---- a piece ------------------------------------------------------------------------------------

/// Adds a row's bias to a finished tile.
template <class T>
GM_INLINE void add_bias(const T* bias, int rows, int columns, T* c, int64_t c_step) {
  constexpr int N = Vec<T>::N;
  for (int r = 0; r < rows; ++r, c += c_step) {
    const Vec<T> b(bias[r]);
    int i = 0;
    for (; i + N <= columns; i += N) (Vec<T>::load(c + i) + b).store(c + i);
    if (i < columns) (Vec<T>::load(c + i, columns - i) + b).store(c + i, columns - i);
  }
}

/// Where the columns of a panel lie in an output row: runs of neighbours.
struct PanelRuns {
  struct Run {
    int64_t at, to, n;
  } run[64];
  int count = 0;
};

/// The runs of columns [column, column + columns) of a box: rows of the grid, or, where those
/// follow one another, images.
template <class T>
void list_output_runs(const ConvProduct<T>& p, const Box& box, int64_t column, int64_t columns,
                      PanelRuns& runs) {
  const bool whole = p.dense_out() && box.width() == p.x.out;
  const int64_t line = whole ? p.y.out * p.x.out : box.width();
  // Columns are counted from the start of the box's first image, or row.
  int64_t at = column + (whole ? box.row0 % p.y.out * p.x.out : 0);
  const int64_t first = whole ? box.row0 / p.y.out : box.row0;
  runs.count = 0;
  for (int64_t done = 0; done < columns;) {
    const int64_t r = first + at / line, x = at % line;
    const int64_t n = least(line - x, columns - done);
    const int64_t to =
        whole ? r * p.out_image + x
              : r / p.y.out * p.out_image + r % p.y.out * p.out_y + (box.x0 + x) * p.out_x;
    runs.run[runs.count++] = {done, to, n};
    done += n;
    at += n;
  }
}

/// A panel of columns and where its sums go.
template <class T>
struct PanelPlace {
  int64_t from, width;  // columns of the box, padded to whole vectors
  T *b, *c;
  int64_t c_step;
  int columns;
  bool one_run;  // in the output itself
};

/// A tile of rows. Listed once a block, as panels are once a piece: the divisions took 3–8 % of
/// small tiles' time.
template <class T>
struct TilePlace {
  const T* a;
  int64_t row;
  int rows;
};

/// Writes `rows` rows of a finished panel to where its runs lie.
template <class T>
void scatter_panel(const PanelRuns& runs, const T* panel, int64_t step, int64_t rows, T* out,
                   int64_t out_row, int64_t out_x) {
  constexpr int N = Vec<T>::N;
  for (; rows > 0; --rows, panel += step, out += out_row) {
    for (int k = 0; k < runs.count; ++k) {
      const PanelRuns::Run run = runs.run[k];
      const T* from = panel + run.at;
      T* to = out + run.to;
      int64_t i = 0;
      if (out_x == 1) {
        for (; i + N <= run.n; i += N) Vec<T>::load(from + i).store(to + i);
        if (i < run.n) Vec<T>::load(from + i).store(to + i, int(run.n - i));
      } else {
        for (; i < run.n; ++i) to[i * out_x] = from[i];
      }
    }
  }
}

/// How many of a block's last `terms` channels a pointwise box reads past the source's end, in
/// whole vectors: few, and only at its very end.
template <class T>
GM_INLINE int64_t terms_past_end(const ConvProduct<T>& p, const Box& box, int64_t group,
                                 int64_t channel, int64_t terms) {
  const int64_t first = (box.row1 - 1) * p.source_image + (group * p.channels + channel) * p.x.in;
  const int64_t reach = p.images * p.source_image - (first + box.x1 - 1 + Vec<T>::N);
  // Term t reads to `reach` elements before the end, less t planes.
  const int64_t safe = reach < 0 ? 0 : least(reach / p.x.in + 1, terms);
  return terms - safe;
}

/// Packs terms that whole vectors may not be read of.
template <class T>
void pack_last_terms(const Patch<T>& patch, const T* source, const int64_t* term, int64_t terms,
                     int64_t column, int columns, int64_t width, T* panel) {
  const int64_t line = patch.box.width();
  for (int64_t t = 0; t < terms; ++t, panel += width) {
    for (int l = 0; l < columns; ++l) {
      const int64_t row = (column + l) / line;
      panel[l] =
          source[term[t] + patch.line_of(patch.box.row0 + row) * patch.line + (column + l) % line];
    }
  }
}

/// The tiles of a box, by terms.
template <class T>
GM_INLINE void run_by_terms(const ConvProduct<T>& p, const Patch<T>& patch, const T* source,
                            const int64_t* term, int64_t terms, const TilePlace<T>* tiles,
                            int64_t count, int64_t group) {
  constexpr int64_t N = Vec<T>::N;
  const Box& box = patch.box;
  for (int64_t r = box.row0; r < box.row1; ++r) {
    const T* const line = source + patch.line_of(r) * patch.line;
    T* const out = p.out + r / p.y.out * p.out_image + group * p.rows * p.out_row +
                   r % p.y.out * p.out_y + box.x0;
    for (const TilePlace<T>* tile = tiles; tile < tiles + count; ++tile) {
      const T* const bias = p.bias ? p.bias + group * p.rows + tile->row : nullptr;
      T* const c = out + tile->row * p.out_row;
      for (int64_t x = 0; x < box.width(); x += 2 * N) {
        const int columns = int(least(box.width() - x, 2 * N));
        term_tiles[columns > N][tile->rows - kLeastTermRows](
            {tile->a, line + x, term, terms, p.finish ? nullptr : bias, c + x, p.out_row, columns});
      }
      if (p.finish) p.finish_at(c, p.out_row, bias, c, p.out_row, tile->rows, box.width());
    }
  }
}

template <class T>
void conv_piece(const ConvProduct<T>& p, const ConvCut& cut, const T* packed, int64_t piece) {
  using B = Blocking<T>;
  constexpr int N = B::kLanes;
  const int64_t tile0 = piece % cut.row_pieces * cut.piece_tiles;
  const int64_t tile1 = least(tile0 + cut.piece_tiles, cut.tiles);
  piece /= cut.row_pieces;
  const int64_t x0 = box_start(p, cut, piece % cut.across);
  const int64_t x1 = box_start(p, cut, piece % cut.across + 1);
  piece /= cut.across;
  const int64_t row0 = piece % cut.down * cut.box_rows, group = piece / cut.down;
  const Box box{row0, least(row0 + cut.box_rows, p.grid_rows()), x0, x1};
  const int64_t first = tile_row(p.rows, cut, tile0), last = tile_row(p.rows, cut, tile1);
  const int64_t taps = p.taps(), vectors = ceil_div(box.columns(), N);
  const bool in_place = p.in_place();
  const Patch<T> patch =
      in_place ? Patch<T>(p.y, p.x, box, p.source_image) : Patch<T>(p.y, p.x, box);
  // Panels that are one run of the output go straight there, others to `staged` first: all may do
  // so in a box that is one run itself.
  const bool straight = p.dense_out() && (box.row1 - 1) / p.y.out == box.row0 / p.y.out &&
                        (box.row1 - box.row0 == 1 || box.width() == p.x.out);

  const int64_t terms_bytes = ceil_div(cut.block_channels * taps, 8) * 64;
  const int64_t patch_size = in_place ? 0 : cut.block_channels * patch.channel;
  const int64_t panels = ceil_div(vectors, cut.panel);
  const int64_t places_bytes = ceil_div(panels * int64_t(sizeof(PanelPlace<T>)) +
                                            (tile1 - tile0) * int64_t(sizeof(TilePlace<T>)),
                                        64) *
                               64;
  const int64_t packed_vectors = cut.by_terms ? 0 : cut.by_panels ? cut.panel : vectors;
  const int64_t panel_size = cut.block_channels * taps * packed_vectors * N + N;
  const int64_t own_size =
      cut.weights == ReadWeights::Own
          ? ((tile1 - tile0) * cut.block_channels * taps * B::kRows / N + 2) * N
          : 0;
  // A panel that is finished before the next one begins leaves its place to it.
  const bool one_place = cut.by_panels && cut.blocks == 1;
  const int64_t staged_step = (one_place ? cut.panel : vectors) * N;
  const int64_t staged_size = straight || cut.by_terms ? 0 : (last - first) * staged_step + N;
  const Scratch scratch(static_cast<size_t>(terms_bytes + places_bytes +
                                            (patch_size + N + panel_size + own_size + staged_size) *
                                                int64_t(sizeof(T))));
  int64_t* term = static_cast<int64_t*>(scratch.data);
  char* const after_terms = static_cast<char*>(scratch.data) + terms_bytes;
  PanelPlace<T>* const places = reinterpret_cast<PanelPlace<T>*>(after_terms);
  TilePlace<T>* const tile_places = reinterpret_cast<TilePlace<T>*>(places + panels);
  T* copied = reinterpret_cast<T*>(after_terms + places_bytes);
  T* panel = copied + ceil_div(patch_size, N) * N;
  T* own = panel + panel_size;
  T* staged = own + own_size;

  T* out = p.out + (group * p.rows + first) * p.out_row;
  Tile<T> t{};
  const Layout layout = cut.weights == ReadWeights::InPlace ? Layout::Rows : Layout::Packed;
  for (int64_t j = 0; j < panels; ++j) {
    const int64_t from = vectors * j / panels * N, width = vectors * (j + 1) / panels * N - from;
    const int columns = static_cast<int>(least(width, box.columns() - from));
    PanelRuns runs;
    list_output_runs(p, box, from, columns, runs);
    const bool one_run = p.out_x == 1 && runs.count == 1;
    T* const c = one_run ? out + runs.run[0].to : staged + (one_place ? 0 : from);
    places[j] = {from, width, nullptr, c, one_run ? p.out_row : staged_step, columns, one_run};
  }

  for (int64_t block = 0; block < cut.blocks; ++block) {
    const int64_t c0 = block * cut.block_channels,
                  count = least(cut.block_channels, p.channels - c0);
    const T* source = p.source + (group * p.channels + c0) * p.y.in * p.x.in;
    if (in_place) {
      source += box.row0 * p.source_image + box.x0;
    } else {
      patch.fill(source, p.source_image, count, copied);
      source = copied;
    }
    if (block == 0) list_terms(patch, p.y.taps, p.x.taps, count, term);
    t.k = count * taps;
    const int64_t past_end = in_place ? terms_past_end(p, box, group, c0, t.k) : 0;
    const T* weights = p.weight + group * p.weight_group;
    if (cut.weights == ReadWeights::Own) {
      for (int64_t i = tile0; i < tile1; ++i) {
        const int64_t row = tile_row(p.rows, cut, i), next_row = tile_row(p.rows, cut, i + 1);
        fetch_weight_tile(p, weights, next_row, least(B::kRows, last - next_row), c0, count);
        pack_weight_tile(p, weights, row, int(next_row - row), c0, count,
                         own + (i - tile0) * t.k * B::kRows);
      }
    }
    const bool one_image = in_place && box.row1 - box.row0 == 1;
    // Panels that lie in the source, but for what whole vectors would read past its end.
    const bool unpacked = one_image && reads_in_place(p, tile1 - tile0);
    const bool at_once = one_image && !cut.by_panels && !unpacked;
    const bool finished = block + 1 == cut.blocks, in_output = p.residual == p.out;
    if (at_once) pack_run(source, patch.channel, t.k, vectors, panels, t.k - past_end, panel);

    for (int64_t j = 0; j < panels; ++j)
      places[j].b = cut.by_panels ? panel : panel + t.k * places[j].from;
    for (int64_t i = tile0; i < tile1; ++i) {
      const int64_t row = tile_row(p.rows, cut, i), size = t.k * B::kRows;
      const T* a = weights + c0 * p.weight_channel + row * p.weight_row;
      if (cut.weights == ReadWeights::Own)
        a = own + (i - tile0) * size;
      else if (cut.weights == ReadWeights::Shared)
        a = packed + (group * cut.blocks + block) * cut.weight_block + i / kPart * cut.weight_part +
            i % kPart * size;
      tile_places[i - tile0] = {a, row, static_cast<int>(tile_row(p.rows, cut, i + 1) - row)};
    }
    t.a_step = cut.weights == ReadWeights::InPlace ? p.weight_row : B::kRows;

    if constexpr (kByTerms<T>) {
      if (cut.by_terms) {
        run_by_terms(p, patch, source, term, t.k, tile_places, tile1 - tile0, group);
        continue;
      }
    }
    const auto reads_planes = [&](int64_t j) {
      return unpacked && (j + 1 < panels || past_end == 0);
    };
    const auto pack_panel = [&](int64_t j) {
      if (reads_planes(j)) return;
      const PanelPlace<T>& at = places[j];
      // Only panels that end in the last vector of the box read past it.
      const int64_t last_terms = j + 1 == panels ? past_end : 0, most_terms = t.k - last_terms;
      if (!at_once)
        pack_columns(source, term, most_terms, list_runs(patch, at.from, at.columns), at.b,
                     at.width / N);
      if (last_terms > 0) {
        // Lanes past the last column are computed with: they must not hold denormals.
        T* const rest = at.b + most_terms * at.width;
        for (int64_t i = 0; i < last_terms * at.width; i += N) Vec<T>(T(0)).store(rest + i);
        pack_last_terms(patch, source, term + most_terms, last_terms, at.from, at.columns, at.width,
                        rest);
      }
    };
    const auto multiply = [&](int64_t i, int64_t j) {
      const PanelPlace<T>& at = places[j];
      const TilePlace<T>& tile = tile_places[i];
      t.a = tile.a;
      const bool planes = reads_planes(j);
      t.b = planes ? source + at.from : at.b;
      t.b_step = planes ? patch.channel : at.width;
      t.columns = at.columns;
      t.c = at.c + (tile.row - first) * at.c_step;
      t.c_step = at.c_step;
      // A residual that lies in the output is added to like the sums of a block.
      t.add = block > 0 || (in_output && at.one_run);
      if (cut.by_panels && !planes) {
        // The next tile's weights; or, of a source read in place, the next panel's planes: every
        // other one a tile, line by line.
        constexpr int64_t kLine = 64 / int64_t(sizeof(T));
        const int64_t line = i / 2 * kLine;
        const bool next = one_image && j + 1 < panels && line < at.width + kLine;
        t.ahead =
            next ? source + at.from + at.width + least(line, at.width - 1) + i % 2 * patch.channel
                 : t.a + t.k * B::kRows;
        t.ahead_step = next ? patch.channel : B::kRows;
      }
      (layout == Layout::Rows ? tiles<T, Layout::Rows>.of[at.width / N - 1]
       : planes               ? tiles<T, Layout::Columns>.of[at.width / N - 1]
                              : tiles<T, Layout::Packed>.of[at.width / N - 1])[tile.rows - 1](t);
      if (!finished) return;
      const T* bias = p.bias ? p.bias + group * p.rows + tile.row : nullptr;
      if (p.finish && at.one_run)
        p.finish_at(t.c, t.c_step, bias, t.c, t.c_step, tile.rows, at.columns, in_output);
      else if (bias && !p.finish)
        add_bias(bias, tile.rows, at.columns, t.c, t.c_step);
    };
    const auto scatter = [&](int64_t j) {
      const PanelPlace<T>& at = places[j];
      if (at.one_run || !finished) return;
      PanelRuns runs;
      list_output_runs(p, box, at.from, at.columns, runs);
      if (!p.finish)
        return scatter_panel(runs, at.c, at.c_step, last - first, out, p.out_row, p.out_x);
      const T* bias = p.bias ? p.bias + group * p.rows + first : nullptr;
      for (int k = 0; k < runs.count; ++k)
        p.finish_at(at.c + runs.run[k].at, at.c_step, bias, out + runs.run[k].to, p.out_row,
                    last - first, runs.run[k].n);
    };
    if (cut.by_panels) {
      for (int64_t j = 0; j < panels; ++j) {
        pack_panel(j);
        for (int64_t i = 0; i < tile1 - tile0; ++i) multiply(i, j);
        scatter(j);
      }
    } else {
      for (int64_t j = 0; j < panels; ++j) pack_panel(j);
      t.ahead_step = ceil_div(B::kRows, panels);
      const int64_t share = t.k * B::kRows / panels;
      for (int64_t i = 0; i < tile1 - tile0; ++i) {
        for (int64_t j = 0; j < panels; ++j) {
          t.ahead = tile_places[i].a + t.k * B::kRows + share * j;
          multiply(i, j);
        }
      }
      for (int64_t j = 0; j < panels; ++j) scatter(j);
    }
  }
}

template <class T>
void run_conv(const ConvProduct<T>& p, void* workspace) {
  if (p.images * p.groups * p.rows * p.y.out * p.x.out == 0) return;
  const ConvCut cut = cut_conv(p);
  const T* packed = p.packed;
  if (cut.weights == ReadWeights::Shared && !packed) {
    pack_weights(p, cut, static_cast<T*>(workspace));
    packed = static_cast<const T*>(workspace);
  }
  // Multiply-adds, writing the output, and packing columns.
  const int64_t columns = p.groups * p.grid_rows() * p.x.out, depth = p.channels * p.taps();
  const int64_t cost = p.rows * columns * depth / (4 * Vec<T>::N) + p.rows * columns / 8 +
                       cut.row_pieces * columns * depth / 8;
  parallel_for(p.groups * cut.down * cut.across * cut.row_pieces, cost,
               [&](int64_t piece) { conv_piece(p, cut, packed, piece); });
}

}  // namespace
}  // namespace gm::GM_ISA
