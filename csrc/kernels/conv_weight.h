// The weight gradient as a product: filters × (channel, tap), summed over the positions of the
// output in all images.
//
//   for every piece: some filters × some taps × a chunk of positions    parallel
//     for the chunk's boxes of positions, in order                      about KC of them
//       copy the box's source with its padding                          into scratch: L2
//       pack the piece's filters of the gradient
//       for the piece's panels of taps
//         pack the panel: every tap's run of positions becomes a column
//         for the piece's tiles of filters                              the micro-kernel
//   add the chunks up, in order                                         parallel
//
// Boxes and chunks depend on the output's shape and the number of weights alone, never on threads.

#pragma once

#include "kernels/conv_patch.h"

namespace gm::GM_ISA {
namespace {

struct WeightCut {
  int64_t box_rows, box_width;             // of a block of positions, at most
  int64_t across, blocks;                  // boxes along a row, and all
  int64_t chunks;                          // of blocks
  int64_t tiles, row_pieces;               // of filters
  int64_t vectors, panels, column_pieces;  // of taps
};

template <class T>
struct WeightProduct {
  int64_t images, groups, filters, channels;  // the last two per group
  TapAxis y, x;
  const T* source;
  const T* gradient;
  T *weight, *bias;  // bias or null

  explicit WeightProduct(const ConvArgs& a)
      : images(a.images),
        groups(a.groups),
        filters(a.filters),
        channels(a.channels),
        y(window_axis(a.y)),
        x(window_axis(a.x)),
        source(reinterpret_cast<const T*>(a.input)),
        gradient(reinterpret_cast<const T*>(a.output)),
        weight(reinterpret_cast<T*>(a.weight)),
        bias(reinterpret_cast<T*>(a.bias)) {
    if (!pointwise()) return;
    // A pointwise product knows no rows: each image is one.
    x.in = x.out = y.in * x.in;
    y.in = y.out = 1;
  }

  /// Whether every position has one tap, of the source at that position itself.
  GM_INLINE bool pointwise() const {
    return taps() == 1 && y.in == y.out && x.in == x.out && y.step == 1 && x.step == 1 &&
           y.first == 0 && x.first == 0;
  }

  GM_INLINE int64_t taps() const { return y.taps * x.taps; }
  GM_INLINE int64_t row() const { return channels * taps(); }  // weights of a filter
  GM_INLINE int64_t weights() const { return groups * filters * row(); }
  GM_INLINE int64_t plane() const { return y.out * x.out; }  // of the gradient
  GM_INLINE int64_t grid_rows() const { return images * y.out; }
  GM_INLINE int64_t source_plane() const { return y.in * x.in; }
  GM_INLINE int64_t source_image() const { return groups * channels * source_plane(); }
};

template <class T>
WeightCut cut_weight(const WeightProduct<T>& p) {
  using B = Blocking<T>;
  WeightCut cut{};
  // 392 positions are whole rows or images of 56, 28, 14 and 7.
  constexpr int64_t depth = B::kDepth < 392 ? 392 : B::kDepth;
  cut.box_width = p.x.out;
  if (p.x.out > depth) {
    cut.box_rows = 1;
    cut.box_width = ceil_div(p.x.out, ceil_div(p.x.out, depth));
  } else {
    cut.box_rows = least(depth / p.x.out, p.grid_rows());
  }
  cut.across = ceil_div(p.x.out, cut.box_width);
  cut.blocks = ceil_div(p.grid_rows(), cut.box_rows) * cut.across;
  cut.tiles = ceil_div(p.filters, B::kRows);
  cut.row_pieces = ceil_div(p.filters, 256);
  cut.vectors = ceil_div(p.row(), B::kLanes);
  cut.panels = ceil_div(cut.vectors, B::kPanel);
  cut.column_pieces = least(ceil_div(p.row(), 320), cut.panels);

  // Many weights make pieces enough; few are summed over chunks of positions, whose sums are
  // written and read again: no more of those than make sixteen pieces, or eight where weights are
  // more (1×1 from 256 to 1024: 0.97 of the time), but for very few weights.
  const int64_t positions = p.grid_rows() * p.x.out;
  const int64_t chunk = least(most(positions / 8, B::kDepth), 4096);
  int64_t chunks = p.weights() > 500000 ? 1 : ceil_div(positions, chunk);
  if (p.weights() > 32768)
    chunks = least(chunks, ceil_div(p.weights() > 200000 ? 8 : 16,
                                    p.groups * cut.row_pieces * cut.column_pieces));
  const int64_t chunk_blocks = ceil_div(cut.blocks, least(chunks, cut.blocks));
  cut.chunks = ceil_div(cut.blocks, chunk_blocks);
  // An even number of pieces: chunks and boxes are all about equal.
  if (cut.chunks > 1 && p.groups * cut.row_pieces * cut.column_pieces % 2)
    cut.chunks = least(cut.chunks + cut.chunks % 2, cut.blocks);
  return cut;
}

/// A panel of G vectors of taps: panel[p · width + l] = tap l at the p-th position of the box.
template <class T, int G>
void pack_taps(const T* const* taps, const Patch<T>& patch, T* panel) {
  constexpr int N = Vec<T>::N, S = kTransposeTerms<T>, width = G * N;
  const int64_t n = patch.box.width();
  for (int64_t r = patch.box.row0; r < patch.box.row1; ++r, panel += n * width) {
    const int64_t line = patch.line_of(r) * patch.line;
    // The last step runs past the row: the next one overwrites that, or slack follows.
    for (int64_t i = 0; i < n; i += S) {
      Vec<T> lanes[G][S];
#pragma GCC unroll 4
      for (int g = 0; g < G; ++g) load_transposed(taps + g * N, line + i, lanes[g]);
#pragma GCC unroll 4
      for (int s = 0; s < S; ++s) {
#pragma GCC unroll 4
        for (int g = 0; g < G; ++g) lanes[g][s].store(panel + (i + s) * width + g * N);
      }
    }
  }
}

template <class T, int G>
GM_INLINE void pack_taps_panel(const T* const* taps, const Patch<T>& patch, int64_t width,
                               T* panel) {
  if constexpr (G > 1) {
    if (width < G * Vec<T>::N) return pack_taps_panel<T, G - 1>(taps, patch, width, panel);
  }
  pack_taps<T, G>(taps, patch, panel);
}

/// Packs filters [row, row + lines) of the gradient over a box: panel[p · kRows + l]. Adds the sum
/// of each to `sums`, if not null.
template <class T>
GM_NOINLINE void pack_filters(const WeightProduct<T>& p, int64_t row, int lines, const Box& box,
                              T* panel, T* sums) {
  constexpr int R = Blocking<T>::kRows;
  const bool whole = box.width() == p.x.out;
  for (int64_t r = box.row0; r < box.row1;) {
    const int64_t image = r / p.y.out, y = r % p.y.out;
    // Whole rows of one image are one run.
    const int64_t rows = whole ? least(box.row1 - r, p.y.out - y) : 1;
    const T* from = p.gradient + (image * p.groups * p.filters + row) * p.plane() + y * p.x.out;
    const int64_t run = rows * box.width();
    pack_dense(Side<T>{.data = from + box.x0, .line = p.plane(), .term = 1}, 0, lines, 0, run,
               panel, R);
    if (sums)
      for (int l = 0; l < lines; ++l) sums[l] += sum_of_run(from + box.x0 + l * p.plane(), run);
    panel += run * R;
    r += rows;
  }
}

/// What tiles fetch towards the cache while they multiply: planes of the next box, a run of each.
template <class T>
struct FetchPlanes {
  const T* at;
  int64_t plane, left;  // planes to come
  int64_t lines;        // of a run

  /// The box's first image, of `planes` planes at `image0` in image 0.
  FetchPlanes(const Box& box, int64_t height, int64_t width, const T* image0, int64_t image_step,
              int64_t planes)
      : plane(height * width), left(planes) {
    const int64_t image = box.row0 / height, y = box.row0 % height;
    const int64_t rows = box.width() == width ? least(box.row1 - box.row0, height - y) : 1;
    at = image0 + image * image_step + y * width + box.x0;
    lines = ceil_div(rows * box.width(), kLine) + 1;
  }
  /// Gives a tile its share, one plane or as many as it has steps for; false if nothing is left.
  GM_INLINE bool share(Tile<T>& t, bool single) {
    const int64_t planes = single ? 1 : t.k / 2 / lines;
    if (left <= 0 || planes == 0) return false;
    t.ahead = at;
    // Runs cost a wrongly guessed branch each: 2 % where they are not needed.
    t.ahead_step = single ? ceil_div(lines * kLine, t.k) : kLine / 2;
    t.ahead_run = single ? int64_t(1) << 62 : lines;
    t.ahead_skip = plane - lines * kLine;
    at += planes * plane;
    left -= planes;
    return true;
  }
  static constexpr int64_t kLine = 64 / int64_t(sizeof(T));
};

/// A piece's share of the weights, and of the biases or null: those of its group, and of its chunk
/// if there are several, of whose sums every one is kept apart.
template <class T>
struct WeightPiece {
  T *weight, *bias;
  int64_t group, chunk, row, column;
};

template <class T>
void weight_piece(const WeightProduct<T>& p, const WeightCut& cut, const WeightPiece<T>& piece) {
  using B = Blocking<T>;
  constexpr int N = B::kLanes, R = B::kRows, S = kTransposeTerms<T>;
  const int64_t tile0 = cut.tiles * piece.row / cut.row_pieces;
  const int64_t tile1 = cut.tiles * (piece.row + 1) / cut.row_pieces;
  const int64_t panel0 = cut.panels * piece.column / cut.column_pieces;
  const int64_t panel1 = cut.panels * (piece.column + 1) / cut.column_pieces;
  const auto tile_row = [&](int64_t i) { return p.filters * i / cut.tiles; };
  const auto panel_column = [&](int64_t j) { return cut.vectors * j / cut.panels * N; };
  const int64_t taps = p.taps(), first = panel_column(panel0);
  const int64_t last = least(panel_column(panel1), p.row());
  const int64_t c0 = first / taps, channels = ceil_div(last, taps) - c0;
  // One of the pieces that read these filters adds them up.
  T* const bias = panel0 == 0 ? piece.bias : nullptr;
  if (bias)
    for (int64_t f = tile_row(tile0); f < tile_row(tile1); ++f) bias[f] = T(0);

  const auto box_of = [&](int64_t block) {
    const int64_t down = cut.blocks / cut.across, y = block / cut.across;
    const int64_t x = block % cut.across * cut.box_width;
    return Box{p.grid_rows() * y / down, p.grid_rows() * (y + 1) / down, x,
               least(x + cut.box_width, p.x.out)};
  };
  const int64_t block0 = cut.blocks * piece.chunk / cut.chunks;
  const int64_t block1 = cut.blocks * (piece.chunk + 1) / cut.chunks;
  const int64_t depth = cut.box_rows * cut.box_width;
  // A source read in place is read a few elements past a row: only copied at the very end.
  const auto in_place = [&](const Box& box) {
    return p.pointwise() && (box.width() % S == 0 || box.row1 < p.grid_rows());
  };
  // Rows of a box may span images, whose lines a patch keeps apart.
  int64_t channel = 0;
  for (int64_t block = block0; block < block1; ++block)
    if (const Box box = box_of(block); !in_place(box))
      channel = most(channel, Patch<T>(p.y, p.x, box).channel);
  const int64_t terms_bytes = ceil_div(taps, 8) * 64;
  const int64_t patch_size = ceil_div(channels * channel, N) * N + N;
  const int64_t panel_size = (depth + S) * B::kPanel * N;
  const int64_t rows_size = ((tile1 - tile0) * depth * R / N + 2) * N;
  const Scratch scratch(static_cast<size_t>(terms_bytes + (patch_size + panel_size + rows_size) *
                                                              int64_t(sizeof(T))));
  int64_t* const term = static_cast<int64_t*>(scratch.data);  // of one channel
  T* copied = reinterpret_cast<T*>(static_cast<char*>(scratch.data) + terms_bytes);
  T* panel = copied + patch_size;
  T* filters = panel + panel_size;

  const T* const source0 = p.source + (piece.group * p.channels + c0) * p.source_plane();
  const T* const gradient0 = p.gradient + (piece.group * p.filters + tile_row(tile0)) * p.plane();
  Tile<T> t{};
  t.c_step = p.row();
  for (int64_t block = block0; block < block1; ++block) {
    const Box box = box_of(block);
    const bool here = in_place(box);
    const Patch<T> patch =
        here ? Patch<T>(p.y, p.x, box, p.source_image()) : Patch<T>(p.y, p.x, box);
    const T* source = copied;
    if (here)
      source = source0 + box.row0 * p.source_image() + box.x0;
    else
      patch.fill(source0, p.source_image(), channels, copied);
    const bool last = block + 1 == block1;
    const Box next = box_of(last ? block : block + 1);
    FetchPlanes<T> gradients(next, p.y.out, p.x.out, gradient0, p.groups * p.filters * p.plane(),
                             last ? 0 : tile_row(tile1) - tile_row(tile0));
    FetchPlanes<T> sources(next, p.y.out, p.x.out, source0, p.source_image(),
                           last || !p.pointwise() ? 0 : channels);
    const bool single = gradients.left + sources.left <= (tile1 - tile0) * (panel1 - panel0);
    list_terms(patch, p.y.taps, p.x.taps, 1, term);
    t.k = box.columns();
    t.add = block > block0;
    for (int64_t i = tile0; i < tile1; ++i) {
      const int64_t row = tile_row(i);
      pack_filters(p, piece.group * p.filters + row, int(tile_row(i + 1) - row), box,
                   filters + (i - tile0) * t.k * R, bias ? bias + row : nullptr);
    }
    for (int64_t j = panel0; j < panel1; ++j) {
      const int64_t column = panel_column(j), width = panel_column(j + 1) - column;
      t.columns = static_cast<int>(least(width, p.row() - column));
      const T* of[B::kPanel * N];
      int64_t tap = column % taps;
      const T* of_channel = source + (column / taps - c0) * patch.channel;
      for (int64_t l = 0; l < width; ++l) {
        of[l] = l < t.columns ? of_channel + term[tap] : of[l - 1];
        if (++tap == taps) {
          tap = 0;
          of_channel += patch.channel;
        }
      }
      pack_taps_panel<T, B::kPanel>(of, patch, width, panel);
      t.b = panel;
      t.b_step = width;
      for (int64_t i = tile0; i < tile1; ++i) {
        const int64_t row = tile_row(i);
        t.a = filters + (i - tile0) * t.k * R;
        t.a_step = R;
        t.c = piece.weight + row * p.row() + column;
        if (!gradients.share(t, single) && !sources.share(t, single)) {
          t.ahead = panel;
          t.ahead_step = t.ahead_skip = 0;
        }
        tiles<T, Layout::Packed>.of[width / N - 1][tile_row(i + 1) - row - 1](t);
      }
    }
  }
}

template <class T>
int64_t chunks_workspace(const WeightProduct<T>& p, int64_t chunks) {
  return chunks > 1 ? chunks * (p.weights() + p.groups * p.filters) * int64_t(sizeof(T)) : 0;
}

/// body(piece) for every group, chunk and piece of rows and columns of a cut; then adds the chunks
/// up, in order.
template <class T, class AnyCut, class Body>
void weight_pieces(const WeightProduct<T>& p, const AnyCut& cut, void* workspace,
                   int64_t nanoseconds, const Body& body) {
  const int64_t all = p.weights(), biases = p.groups * p.filters;
  T* const partial = cut.chunks > 1 ? static_cast<T*>(workspace) : p.weight;
  T* const biases_apart = cut.chunks > 1 && p.bias ? partial + cut.chunks * all : p.bias;
  parallel_for(p.groups * cut.chunks * cut.row_pieces * cut.column_pieces, nanoseconds,
               [&](int64_t index) {
                 const int64_t row = index % cut.row_pieces;
                 index /= cut.row_pieces;
                 const int64_t column = index % cut.column_pieces;
                 index /= cut.column_pieces;
                 const int64_t chunk = index % cut.chunks, group = index / cut.chunks;
                 body(WeightPiece<T>{
                     partial + chunk * all + group * p.filters * p.row(),
                     biases_apart ? biases_apart + chunk * biases + group * p.filters : nullptr,
                     group, chunk, row, column});
               });
  if (cut.chunks == 1) return;
  if (p.bias) add_chunks(biases_apart, cut.chunks, biases, p.bias);
  constexpr int64_t kRun = 4096;
  parallel_for(ceil_div(all, kRun), all * cut.chunks / 4, [&](int64_t piece) {
    constexpr int N = Vec<T>::N;
    for (int64_t i = piece * kRun; i < least((piece + 1) * kRun, all); i += N) {
      const int n = static_cast<int>(least(N, all - i));
      Vec<T> sum = Vec<T>::load(partial + i, n);
      for (int64_t c = 1; c < cut.chunks; ++c) sum += Vec<T>::load(partial + c * all + i, n);
      sum.store(p.weight + i, n);
    }
  });
}

template <class T>
void weight_gradient(const ConvArgs& args) {
  const WeightProduct<T> p(args);
  const WeightCut cut = cut_weight(p);
  const int64_t work = p.weights() * p.grid_rows() * p.x.out;
  weight_pieces(p, cut, args.workspace, work / 50,
                [&](const WeightPiece<T>& piece) { weight_piece(p, cut, piece); });
}

template <class T>
int64_t weight_workspace(const ConvArgs& args) {
  const WeightProduct<T> p(args);
  return chunks_workspace(p, cut_weight(p).chunks);
}

}  // namespace
}  // namespace gm::GM_ISA
