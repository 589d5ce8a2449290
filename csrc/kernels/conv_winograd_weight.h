// The weight gradient of three taps by Winograd's algorithm. An output is bilinear in weights and
// inputs, so that the transposed matrices take its gradient to the weights':
//
//   dg = Gᵀ [ Σ (A dY Aᵀ) ⊙ (Bᵀ d B) ] G        over the tiles of m × m outputs of all images,
//
// n² products for each tile in place of 9 m²: a quarter for m = 4, or half along a line.
//
//   for every piece: some filters × some channels × a chunk of boxes      parallel
//     for the chunk's boxes of tiles, in order                            fixes where sums are cut
//       for the vectors of filters, then of channels
//         copy their planes under the box, with padding, to lanes         into scratch: L1
//         transform tile after tile: the terms of the products            L2
//       for the n² elements: micro-kernel                                 sums of all tiles, in L2
//     transform the sums into weights
//   add the chunks up, in order                                           parallel
//
// Terms   [e][tile][filter] and [e][tile][channel]   Sums   [e][filter][channel]
//
// Tried in vain (v4, one thread): filters in panels of kRows, whose vectors lie across lines of the
// cache (1.05–1.2 of the time), sums fetched before each product (1.00–1.12), the next rows of
// planes (1.00–1.08).
//
// Pieces, boxes and chunks depend on shapes alone, never on threads.
#pragma once

#include "kernels/conv_weight.h"
#include "kernels/conv_winograd_tiles.h"

namespace gm::GM_ISA {
namespace {

template <class T, int m, int axes>
struct WinogradWeight {
  static constexpr int n = Winograd<T, m>::n, elements = axes == 1 ? n : n * n;
  static constexpr int taps = axes == 1 ? kTaps : kTaps * kTaps;
  /// Filters and channels of a piece, and tiles of a box: terms take 0.6 MB, sums as much. (16, 24,
  /// 48 and 64 tiles: 1.00–1.12 of the time.)
  static constexpr int64_t kSide = kVectorBytes == 64 ? 64 : 48, kTiles = axes == 1 ? 96 : 32;
  /// Tiles of a chunk, whose sums are transformed and added to the others'.
  static constexpr int64_t kChunk = 192;

  WeightProduct<T> p;
  int64_t tall, wide;    // outputs of a tile: m, or 1 along an axis of one tap
  int64_t down, across;  // tiles of an image

  explicit WinogradWeight(const WeightProduct<T>& product)
      : p(product),
        tall(p.y.taps == 1 ? 1 : m),
        wide(p.x.taps == 1 ? 1 : m),
        down(ceil_div(p.y.out, tall)),
        across(ceil_div(p.x.out, wide)) {}

  GM_INLINE int64_t rows() const { return p.images * down; }  // of tiles, through all images
  GM_INLINE int64_t tiles() const { return rows() * across; }
};

struct WinogradWeightCut {
  int64_t box_rows, box_width;             // tiles of a box, at most
  int64_t boxes_across, boxes;             // along a row, and all
  int64_t chunks;                          // of boxes
  int64_t tiles, row_pieces;               // of filters
  int64_t vectors, panels, column_pieces;  // of channels
};

template <class T, int m, int axes>
WinogradWeightCut cut_winograd_weight(const WinogradWeight<T, m, axes>& w) {
  using W = WinogradWeight<T, m, axes>;
  using B = Blocking<T>;
  WinogradWeightCut cut{};
  cut.boxes_across = ceil_div(w.across, W::kTiles);
  cut.box_width = ceil_div(w.across, cut.boxes_across);
  cut.box_rows = cut.boxes_across > 1 ? 1 : least(W::kTiles / w.across, w.rows());
  cut.boxes = ceil_div(w.rows(), cut.box_rows) * cut.boxes_across;
  cut.tiles = ceil_div(w.p.filters, B::kRows);
  cut.row_pieces = ceil_div(w.p.filters, W::kSide);
  cut.vectors = ceil_div(w.p.channels, B::kLanes);
  cut.panels = ceil_div(cut.vectors, B::kPanel);
  cut.column_pieces = least(ceil_div(w.p.channels, W::kSide), cut.panels);
  // All of about the same size, and an even number where boxes allow it.
  const int64_t pieces = w.p.groups * cut.row_pieces * cut.column_pieces;
  cut.chunks = most(1, least(ceil_div(16, pieces), w.tiles() / W::kChunk));
  if (pieces % 2) cut.chunks = least(cut.chunks + cut.chunks % 2, cut.boxes);
  return cut;
}

/// Transformed tiles of some planes: element e of tile t and line l at data[e · step + t · width +
/// l].
template <class T>
struct TransformedTiles {
  T* data;
  int64_t step, width;
};

/// Planes [0, count) under a box with their padding, positions one after the other and planes in
/// the lanes of each; the last plane again in those that are left.
template <class T>
GM_NOINLINE void planes_to_lanes(const Patch<T>& patch, const T* planes, int64_t plane,
                                 int64_t image_step, int count, T* to) {
  constexpr int N = Vec<T>::N, S = kTransposeTerms<T>;
  const auto zeros = [&](int64_t positions) {
    for (; positions > 0; --positions, to += N) Vec<T>(T(0)).store(to);
  };
  const auto copy = [&](const T* from, int64_t positions) {
    const T* of[N];
    for (int l = 0; l < N; ++l) of[l] = from + least(l, count - 1) * plane;
    const int64_t whole = positions / S * S;
    transpose_from<T, 1>(of, count, whole, to, N);
    if (positions > whole && whole > 0) {
      Vec<T> x[S];
      load_transposed(of, positions - S, x);
#pragma GCC unroll 4
      for (int s = 0; s < S; ++s) x[s].store(to + (positions - S + s) * N);
    } else {
      for (int64_t p = whole; p < positions; ++p)
        for (int l = 0; l < N; ++l) to[p * N + l] = of[l][p];
    }
    to += positions * N;
  };
  const typename Patch<T>::Run run = patch.run_of(0);
  const int64_t line = patch.line, in = patch.y.in;
  const bool whole_rows = run.zeros == 0 && run.end == line && line == patch.x.in;
  const T* image = planes + patch.first_image * image_step;
  int64_t y = patch.first_y;
  for (int64_t row = patch.box.row0; row < patch.box.row1; image += image_step, y = 0) {
    const int64_t rows = least(patch.box.row1 - row, patch.y.out - y);
    const int64_t at = y + patch.y.lowest(), lines = patch.lines_of(rows);
    const int64_t above = least(most(-at, 0), lines);
    const int64_t inside = most(least(in - at, lines) - above, 0);
    const T* from = image + (at + above) * patch.x.in + run.start;
    zeros(above * line);
    if (whole_rows) {
      copy(from, inside * line);
    } else {
      for (int64_t i = 0; i < inside; ++i, from += patch.x.in) {
        zeros(run.zeros);
        copy(from, run.end - run.zeros);
        zeros(line - run.end);
      }
    }
    zeros((lines - above - inside) * line);
    row += rows;
  }
}

/// Transforms the tiles of a box of `lines` planes; `lanes` has room for a vector of planes.
template <class T, int m, int axes, int taken, class Along>
GM_NOINLINE void transform_planes(const WinogradWeight<T, m, axes>& w, const Box& box,
                                  const Patch<T>& patch, const T* planes, int64_t plane,
                                  int64_t image_step, int64_t lines, T* lanes,
                                  const TransformedTiles<T>& to, const Along& along) {
  constexpr int N = Vec<T>::N, n = Winograd<T, m>::n;
  const int64_t line = patch.line * N, apart = w.tall > 1 ? line : N, step = to.step;
  for (int64_t l0 = 0; l0 < lines; l0 += N) {
    planes_to_lanes(patch, planes + l0 * plane, plane, image_step, int(least(lines - l0, N)),
                    lanes);
    T* out = to.data + l0;
    for (int64_t r = box.row0; r < box.row1; ++r) {
      const T* at = lanes + patch.line_of(r * w.tall) * line;
      for (int64_t x = box.x0; x < box.x1; ++x, at += w.wide * N, out += to.width) {
        if constexpr (axes == 1) {
          Vec<T> d[taken], t[n];
#pragma GCC unroll 6
          for (int j = 0; j < taken; ++j) d[j] = Vec<T>::load(at + j * apart);
          along(d, t);
#pragma GCC unroll 6
          for (int j = 0; j < n; ++j) t[j].store(out + j * step);
        } else {
          transform_square<T, taken, n>(
              [&](int i, Vec<T>(&row)[taken]) {
#pragma GCC unroll 6
                for (int j = 0; j < taken; ++j) row[j] = Vec<T>::load(at + i * line + j * N);
              },
              along,
              [&](int j, const Vec<T>(&column)[n]) {
#pragma GCC unroll 6
                for (int i = 0; i < n; ++i) column[i].store(out + (i * n + j) * step);
              });
        }
      }
    }
  }
}

/// to[l · 9 + i] = lane l of taps[i].
template <class T>
GM_INLINE void join_taps(const Vec<T> (&taps)[9], int lanes, T* to) {
  constexpr int N = Vec<T>::N, S = 4;
  static_assert(kTransposeTerms<T> == S);
  alignas(64) T joined[3][S][N];
#pragma GCC unroll 3
  for (int i = 0; i < 3; ++i) {
    const int first = i < 2 ? i * S : 9 - S;
    Vec<T> x[S] = {taps[first], taps[first + 1], taps[first + 2], taps[first + 3]};
    transpose_chunks<T>(x);
#pragma GCC unroll 4
    for (int s = 0; s < S; ++s) x[s].store(joined[i][s]);
  }
  for (int l = 0; l < lanes; ++l, to += 9) {
    const int at = l / S * S;
    __builtin_memcpy(to, joined[0][l % S] + at, S * sizeof(T));
    __builtin_memcpy(to + S, joined[1][l % S] + at, S * sizeof(T));
    __builtin_memcpy(to + 9 - S, joined[2][l % S] + at, S * sizeof(T));
  }
}

/// The weights of one filter and up to a vector of channels, from their sums.
template <class T, int m, int axes>
GM_INLINE void weights_from(const T* sums, int64_t step, int channels, T* to) {
  using W = Winograd<T, m>;
  constexpr int N = Vec<T>::N, n = W::n;
  if constexpr (axes == 1) {
    alignas(64) T joined[kTaps][N];
    Vec<T> d[n], g[kTaps];
#pragma GCC unroll 6
    for (int j = 0; j < n; ++j) d[j] = Vec<T>::load(sums + j * step);
    W::taps(d, g);
#pragma GCC unroll 3
    for (int j = 0; j < kTaps; ++j) g[j].store(joined[j]);
    for (int l = 0; l < channels; ++l)
      for (int j = 0; j < kTaps; ++j) to[l * kTaps + j] = joined[j][l];
  } else {
    Vec<T> g[kTaps * kTaps];
    transform_square<T, n, kTaps>(
        [&](int i, Vec<T>(&row)[n]) {
#pragma GCC unroll 6
          for (int j = 0; j < n; ++j) row[j] = Vec<T>::load(sums + (i * n + j) * step);
        },
        [](const Vec<T>(&s)[n], Vec<T>(&taps)[kTaps]) { W::taps(s, taps); },
        [&](int j, const Vec<T>(&column)[kTaps]) {
#pragma GCC unroll 3
          for (int i = 0; i < kTaps; ++i) g[i * kTaps + j] = column[i];
        });
    join_taps(g, channels, to);
  }
}

/// Adds to `bias` the sums of filters' gradients in the rows of a box.
template <class T, int m, int axes>
void add_biases(const WinogradWeight<T, m, axes>& w, const Box& box, const T* gradient,
                int64_t filters, T* bias) {
  const WeightProduct<T>& p = w.p;
  const int64_t x0 = box.x0 * w.wide, x1 = least(box.x1 * w.wide, p.x.out);
  const bool whole = x1 - x0 == p.x.out;
  for (int64_t r = box.row0; r < box.row1; ++r) {
    const int64_t y0 = r % w.down * w.tall, y1 = least(y0 + w.tall, p.y.out);
    const T* from = gradient + r / w.down * p.groups * p.filters * p.plane() + y0 * p.x.out + x0;
    for (int64_t f = 0; f < filters; ++f, from += p.plane()) {
      if (whole) {
        bias[f] += sum_of_run(from, (y1 - y0) * p.x.out);
      } else {
        for (int64_t y = 0; y < y1 - y0; ++y) bias[f] += sum_of_run(from + y * p.x.out, x1 - x0);
      }
    }
  }
}

template <class T, int m, int axes>
void winograd_weight_piece(const WinogradWeight<T, m, axes>& w, const WinogradWeightCut& cut,
                           const WeightPiece<T>& piece) {
  using W = Winograd<T, m>;
  using B = Blocking<T>;
  constexpr int N = B::kLanes, n = W::n;
  constexpr int elements = WinogradWeight<T, m, axes>::elements;
  constexpr int taps = WinogradWeight<T, m, axes>::taps;
  const WeightProduct<T>& p = w.p;
  const int64_t tile0 = cut.tiles * piece.row / cut.row_pieces;
  const int64_t tile1 = cut.tiles * (piece.row + 1) / cut.row_pieces;
  const int64_t panel0 = cut.panels * piece.column / cut.column_pieces;
  const int64_t panel1 = cut.panels * (piece.column + 1) / cut.column_pieces;
  const auto tile_row = [&](int64_t i) { return p.filters * i / cut.tiles; };
  const auto panel_column = [&](int64_t j) { return cut.vectors * j / cut.panels * N; };
  const int64_t row0 = tile_row(tile0), rows = tile_row(tile1) - row0;
  const int64_t column0 = panel_column(panel0), lanes = panel_column(panel1) - column0;
  const int64_t columns = least(lanes, p.channels - column0);
  T* const bias = panel0 == 0 && piece.bias ? piece.bias + row0 : nullptr;
  for (int64_t f = 0; bias && f < rows; ++f) bias[f] = T(0);

  const auto box_of = [&](int64_t at) {
    const int64_t down = cut.boxes / cut.boxes_across, y = at / cut.boxes_across;
    const int64_t x = at % cut.boxes_across * cut.box_width;
    return Box{w.rows() * y / down, w.rows() * (y + 1) / down, x,
               least(x + cut.box_width, w.across)};
  };
  // Grids of single positions: those of whole tiles, and what their taps read.
  const auto positions = [&](const Box& box) {
    return Box{box.row0 * w.tall, box.row1 * w.tall, box.x0 * w.wide, box.x1 * w.wide};
  };
  const auto inputs = [&](const TapAxis& a, int64_t outputs) {
    return TapAxis{a.in, outputs, 1, a.taps, a.first, 1};
  };
  const auto outputs = [&](const TapAxis& a, int64_t outputs) {
    return TapAxis{a.out, outputs, 1, 1, 0, 1};
  };
  const TapAxis in_y = inputs(p.y, w.down * w.tall), in_x = inputs(p.x, w.across * w.wide);
  const TapAxis out_y = outputs(p.y, w.down * w.tall), out_x = outputs(p.x, w.across * w.wide);
  const int64_t box0 = cut.boxes * piece.chunk / cut.chunks;
  const int64_t box1 = cut.boxes * (piece.chunk + 1) / cut.chunks;
  int64_t most_lanes = 0;
  for (int64_t at = box0; at < box1; ++at)
    most_lanes = most(most_lanes, Patch<T>(in_y, in_x, positions(box_of(at))).channel * N);

  const int64_t most_tiles = cut.box_rows * cut.box_width;
  const int64_t wide_rows = ceil_div(rows, N) * N, sums_step = stream_step<T>(rows * lanes);
  TransformedTiles<T> filters{nullptr, stream_step<T>(most_tiles * wide_rows), wide_rows};
  TransformedTiles<T> channels{nullptr, stream_step<T>(most_tiles * lanes), lanes};
  const int64_t size = most_lanes + elements * (filters.step + channels.step + sums_step);
  const Scratch scratch(static_cast<size_t>(size) * sizeof(T));
  T* const as_lanes = static_cast<T*>(scratch.data);
  filters.data = as_lanes + most_lanes;
  channels.data = filters.data + elements * filters.step;
  T* const sums = channels.data + elements * channels.step;

  const T* const source = p.source + (piece.group * p.channels + column0) * p.source_plane();
  const T* const gradient = p.gradient + (piece.group * p.filters + row0) * p.plane();
  for (int64_t at = box0; at < box1; ++at) {
    const Box box = box_of(at);
    if (bias) add_biases(w, box, gradient, rows, bias);
    transform_planes<T, m, axes, m>(w, box, Patch<T>(out_y, out_x, positions(box)), gradient,
                                    p.plane(), p.groups * p.filters * p.plane(), rows, as_lanes,
                                    filters,
                                    [](const Vec<T>(&y)[m], Vec<T>(&t)[n]) { W::gradient(y, t); });
    transform_planes<T, m, axes, n>(w, box, Patch<T>(in_y, in_x, positions(box)), source,
                                    p.source_plane(), p.source_image(), columns, as_lanes, channels,
                                    [](const Vec<T>(&d)[n], Vec<T>(&t)[n]) { W::input(d, t); });
    Tile<T> t{};
    t.k = box.columns();
    t.a_step = filters.width;
    t.b_step = t.c_step = lanes;
    t.add = at > box0;
    for (int e = 0; e < elements; ++e) {
      for (int64_t j = panel0; j < panel1; ++j) {
        const int64_t column = panel_column(j) - column0;
        const int64_t width = panel_column(j + 1) - column0 - column;
        t.b = channels.data + e * channels.step + column;
        t.columns = int(width);
        for (int64_t i = tile0; i < tile1; ++i) {
          const int64_t row = tile_row(i) - row0, height = tile_row(i + 1) - row0 - row;
          t.a = filters.data + e * filters.step + row;
          t.c = sums + e * sums_step + row * lanes + column;
          tiles<T, Layout::Columns>.of[width / N - 1][height - 1](t);
        }
      }
    }
  }
  T* out = piece.weight + (row0 * p.channels + column0) * taps;
  for (int64_t r = 0; r < rows; ++r, out += p.row())
    for (int64_t c = 0; c < columns; c += N)
      weights_from<T, m, axes>(sums + r * lanes + c, sums_step, int(least(N, columns - c)),
                               out + c * taps);
}

template <class T, int m, int axes>
int64_t winograd_weight_workspace(const WinogradWeight<T, m, axes>& w) {
  return chunks_workspace(w.p, cut_winograd_weight(w).chunks);
}

template <class T, int m, int axes>
void winograd_weight_gradient(const WinogradWeight<T, m, axes>& w, void* workspace) {
  const WinogradWeightCut cut = cut_winograd_weight(w);
  const int64_t work = w.tiles() * w.elements * w.p.groups * w.p.filters * w.p.channels;
  weight_pieces(w.p, cut, workspace, work / 50,
                [&](const WeightPiece<T>& piece) { winograd_weight_piece(w, cut, piece); });
}

}  // namespace
}  // namespace gm::GM_ISA
