// 3×3 convolution at stride 1 by Winograd's algorithm: n² products (n = m + 2), one for each
// element of the transformed tiles, in place of nine for each output. Or, along one axis, n in
// place of three for each of m outputs; a line with dilation d is an image of rows of d positions
// there, whose taps stand one below the other.
//
//   transform the weights                                          parallel, once per call
//   transform the inputs, if they are few and many rows use them   parallel, likewise
//   for every piece: some rows × a block of tiles of all images    parallel
//     for the blocks of channels, in order                         fixes where sums are cut
//       for the channels: transform the block's tiles              V, in L2: n² panels of columns
//       for the piece's tiles of rows                              weights stream from L3 …
//         (or transform the weights here, if few blocks use them)  … or come from L2
//         for the n² elements: micro-kernel                        M, in L2
//     transform M into the output, add the bias
//
// Packed layouts, with n² (or n) elements e and a channel block of C:
//   U  weights  [row tile][e][channel][kRows]     V  [e][channel][lanes]     M  [e][row][lanes]
// A stride between elements is no multiple of 4 KB: n² streams are written at once.
//
// An output's bits depend on its own tile and on channels alone.

#include "kernels/conv.h"
#include "kernels/conv_winograd_tiles.h"
#include "kernels/conv_winograd_weight.h"
#if defined(__AVX512F__)
#include "kernels/conv_winograd_pixels.h"
#endif

namespace gm::GM_ISA {
namespace {

struct WinogradCut {
  int64_t channels, blocks;    // per block
  int64_t tiles, row_pieces;   // tiles of rows, and pieces that share them
  int64_t lanes, tile_blocks;  // grid tiles per piece
  int64_t across;              // blocks along a row of tiles that is cut up, else 0
  bool halves;                 // the last block's pieces have half as many rows
  bool own_weights;            // transformed by every piece for itself
  bool shared_inputs;          // transformed once for all pieces

  /// The pieces of a group. Of an odd number of blocks, the last of which is often not full, two
  /// threads would share badly.
  GM_INLINE int64_t pieces() const { return (tile_blocks + halves) * row_pieces; }
};

/// A piece of a group: a block of the grid and tiles of rows.
struct WinogradPlace {
  int64_t block, tile0, tile1;

  /// In order; but with halves
  ///
  ///   half of the blocks but the last | the last's upper rows | the others | its lower rows
  WinogradPlace(const WinogradCut& cut, int64_t piece) {
    int64_t parts = cut.row_pieces;
    block = piece / parts;
    int64_t part = piece % parts;
    if (cut.halves) {
      const int64_t whole = (cut.tile_blocks - 1) * parts / 2, share = whole + parts;
      const int64_t half = piece / share, at = piece % share;
      block = at < whole ? (half * whole + at) / parts : cut.tile_blocks - 1;
      part = at < whole ? (half * whole + at) % parts : half * parts + at - whole;
      if (at >= whole) parts *= 2;
    }
    tile0 = ceil_div(cut.tiles * part, parts);
    tile1 = ceil_div(cut.tiles * (part + 1), parts);
  }
};

template <class T, int m>
WinogradCut cut_winograd(const ConvProduct<T>& p) {
  using B = Blocking<T>;
  const TileGrid<T, m> grid(p);
  WinogradCut cut{};
  // V and M take n² · lanes · (channels + rows) elements: 1.2 MB for 16 lanes of 4 bytes, which is
  // a little more than half of L2 there.
  cut.channels = winograd_channels(p);
  cut.blocks = ceil_div(p.channels, cut.channels);
  cut.tiles = ceil_div(p.rows, B::kRows);
  cut.row_pieces = ceil_div(p.rows, 128);
  cut.lanes = B::kColumns;
  cut.across = grid.x.out > 2 * cut.lanes ? ceil_div(grid.x.out, cut.lanes) : 0;
  cut.tile_blocks =
      cut.across ? p.images * grid.y.out * cut.across : ceil_div(grid.count, cut.lanes);
  const int64_t whole = (cut.tile_blocks - 1) * cut.row_pieces;
  const bool uneven = cut.row_pieces % 2 || (!cut.across && grid.count % cut.lanes);
  cut.halves = uneven && p.groups == 1 && whole > 0 && whole % 2 == 0 && whole <= 128 &&
               cut.tiles >= 2 * cut.row_pieces;
  cut.own_weights = cut.tile_blocks <= 2 && !p.packed;
  // 512 channels of 7×7 take 0.85 of the time so, 256 of 14×14 in four blocks the same or longer.
  cut.shared_inputs = cut.row_pieces > 1 && cut.tile_blocks <= least(cut.row_pieces, 4);
  return cut;
}

/// Where the outputs of a run of tiles, side by side in one row of the grid, go.
struct OutputRun {
  int lane;        // the first tile's
  int rows;        // of outputs that exist
  int64_t length;  // outputs that exist in each
  int64_t to;      // from the image 0's plane
};

template <class T, int m>
int list_outputs(const ConvProduct<T>& p, const TileGrid<T, m>& grid, int64_t tile, int64_t count,
                 OutputRun* runs) {
  int at = 0;
  for (int lane = 0; lane < count;) {
    const int64_t row = (tile + lane) / grid.x.out, x = (tile + lane) % grid.x.out;
    const int64_t image = row / grid.y.out, y = row % grid.y.out;
    const int64_t tiles = least(grid.x.out - x, count - lane);
    const int64_t top = y * grid.y.step, left = x * grid.x.step;
    runs[at++] = {lane, int(least(grid.y.step, p.y.out - top)),
                  least(tiles * grid.x.step, p.x.out - left),
                  image * p.out_image + top * p.out_y + left};
    lane += int(tiles);
  }
  return at;
}

/// Rows of outputs that are fetched before they are written. Planes lie far apart, and of images
/// past L2 few lines of each are touched at a time: with the inputs' fetched too, 0.6–0.8 of the
/// time under AVX2 for 32 channels of 32×32 in 32 images, 0.9 at 56×56.
constexpr int64_t kOutputsAhead = 4;
template <class T>
GM_INLINE void fetch_outputs(const OutputRun* runs, int count, int64_t out_y, const T* out) {
  constexpr int64_t kLine = 64 / int64_t(sizeof(T));
  for (int r = 0; r < count; ++r) {
    // Rows shorter than a line as one.
    const bool one = out_y < kLine;
    const int64_t length = one ? (runs[r].rows - 1) * out_y + runs[r].length : runs[r].length;
    for (int i = 0; i < (one ? 1 : runs[r].rows); ++i)
      for (int64_t k = 0; k < length; k += kLine)
        __builtin_prefetch(out + runs[r].to + i * out_y + k, 1);
  }
}

/// Y for one vector of tiles of one row of M, m × m or m outputs each: `across` of them along x.
/// `lanes` are those of each run, for tiles of one column, whose outputs are stored from registers.
template <class T, int m, int axes>
GM_INLINE void transform_output(const ConvProduct<T>& p, const T* sums, int64_t step, T bias,
                                int64_t across, const OutputRun* runs, const LaneRange<T>* lanes,
                                int count, T* out) {
  using W = Winograd<T, m>;
  constexpr int N = Vec<T>::N, n = W::n;
  alignas(64) T joined[m][m * N];
  if constexpr (axes == 1) {
    Vec<T> s[n], y[m];
#pragma GCC unroll 6
    for (int j = 0; j < n; ++j) s[j] = Vec<T>::load(sums + j * step);
    W::output(s, y);
#pragma GCC unroll 4
    for (int j = 0; j < m; ++j) y[j] += Vec<T>(bias);
    if (lanes) {
      for (int r = 0; r < count; ++r) {
        const OutputRun& run = runs[r];
        T* to = out + run.to - run.lane;
#pragma GCC unroll 4
        for (int i = 0; i < m; ++i, to += p.out_y)
          if (i < run.rows) lanes[r].store(y[i], to);
      }
      return;
    }
    if (across == m) {
      join_columns(y, joined[0]);
    } else {
#pragma GCC unroll 4
      for (int i = 0; i < m; ++i) y[i].store(joined[i]);
    }
  } else {
    Vec<T> half[n][m], y[m][m];
#pragma GCC unroll 6
    for (int i = 0; i < n; ++i) {
      Vec<T> s[n];
#pragma GCC unroll 6
      for (int j = 0; j < n; ++j) s[j] = Vec<T>::load(sums + (i * n + j) * step);
      W::output(s, half[i]);
    }
#pragma GCC unroll 4
    for (int j = 0; j < m; ++j) {
      Vec<T> s[n], column[m];
#pragma GCC unroll 6
      for (int i = 0; i < n; ++i) s[i] = half[i][j];
      W::output(s, column);
#pragma GCC unroll 4
      for (int i = 0; i < m; ++i) y[i][j] = column[i] + Vec<T>(bias);
    }
#pragma GCC unroll 4
    for (int i = 0; i < m; ++i) join_columns(y[i], joined[i]);
  }
  for (int r = 0; r < count; ++r) {
    const OutputRun& run = runs[r];
    const int64_t lane = run.lane * across;
    T* to = out + run.to;
    if (p.finish) {
      p.finish_at(joined[0] + lane, m * N, nullptr, to, p.out_y, run.rows, run.length);
      continue;
    }
    for (int i = 0; i < run.rows; ++i, to += p.out_y) {
      const T* from = joined[i] + lane;
      int64_t k = 0;
      for (; k + N <= run.length; k += N) Vec<T>::load(from + k).store(to + k);
      if (k < run.length) {
        const int rest = static_cast<int>(run.length - k);
        Vec<T>::load(from + k, rest).store(to + k, rest);
      }
    }
  }
}

// ---- inputs -------------------------------------------------------------------------------------

/// Elements of a transformed tile.
template <class T, int m, int axes>
constexpr int kElementsOf = axes == 1 ? Winograd<T, m>::n : Winograd<T, m>::n * Winograd<T, m>::n;

/// U for some rows, at most a tile of them, and channels.
template <class T, int m, int axes>
void weights_of(const ConvProduct<T>& p, const T* weight, int64_t row, int lines, int64_t c,
                int64_t count, int64_t step, T* u, int64_t fetch = 0) {
  constexpr int width = Blocking<T>::kRows;
  if constexpr (axes == 1)
    transform_line_weights<T, m>(p, weight, row, lines, c, count, width, step, u);
  else
    transform_weights<T, m>(p, weight, row, lines, c, count, width, step, u, fetch);
}

/// A block of the grid's tiles.
template <class T, int m, int axes>
struct TileBlock {
  static constexpr int N = Vec<T>::N, elements = kElementsOf<T, m, axes>;
  TileGrid<T, m> grid;
  int64_t first, count;
  int64_t vectors, lanes;
  Patch<T> patch;
  Runs runs;
  int64_t tap[elements];
  int64_t patch_step, v_step;
  int64_t fetch0, fetch1;  // rows of a plane of the first image that are copied

  TileBlock(const ConvProduct<T>& p, const WinogradCut& cut, int64_t at)
      : grid(p),
        first(cut.across ? at / cut.across * grid.x.out + at % cut.across * cut.lanes
                         : at * cut.lanes),
        count(least(cut.lanes, cut.across ? grid.x.out - first % grid.x.out : grid.count - first)),
        vectors(ceil_div(count, N)),
        lanes(vectors * N),
        patch(grid.y, grid.x, box(cut)) {
    runs = list_runs(patch, cut.across ? 0 : first % grid.x.out, count);
    list_terms(patch, grid.y.taps, grid.x.taps, 1, tap);
    patch_step = ceil_div(patch.channel, N) * N;
    v_step = stream_step<T>(cut.channels * lanes);
    const int64_t top = patch.first_y * grid.y.step + grid.y.first;
    const int64_t image = patch.first_image * p.source_image;
    fetch0 = image + most(top, 0) * p.x.in;
    fetch1 = cut.across ? 0 : image + least(top + patch.first_lines, p.y.in) * p.x.in;
  }
  Box box(const WinogradCut& cut) const {
    const int64_t row = first / grid.x.out, x = first % grid.x.out;
    if (cut.across) return {row, row + 1, x, x + count};
    return {row, (first + count - 1) / grid.x.out + 1, 0, grid.x.out};
  }

  /// V for some channels, from the first one's plane on. `copied` has room for two patches.
  GM_NOINLINE void transform(const ConvProduct<T>& p, const T* source, int64_t channels, T* copied,
                             T* v) const {
    const int64_t vectors = this->vectors, lanes = this->lanes, v_step = this->v_step;
    const int64_t plane_size = p.y.in * p.x.in, fetch0 = this->fetch0, fetch1 = this->fetch1;
    // A channel ahead: tiles are loaded across the vectors just stored, and would wait for them.
    const auto copy = [&](int64_t c) {
      const T* plane = source + c * plane_size;
      if (c + 3 < channels)
        for (int64_t k = fetch0; k < fetch1; k += 64 / int64_t(sizeof(T)))
          __builtin_prefetch(plane + 3 * plane_size + k);
      patch.fill(plane, p.source_image, 1, copied + c % 2 * patch_step);
    };
    copy(0);
    for (int64_t c = 0; c < channels; ++c) {
      if (c + 1 < channels) copy(c + 1);
      int at = 0;
      for (int64_t k = 0; k < vectors; ++k) {
        const int load = runs.count[k];
        tile_transforms<T, m, axes>[load <= 4 ? load : 0](copied + c % 2 * patch_step, tap, runs,
                                                          at, load, v_step, v + c* lanes + k* N);
        at += load;
      }
    }
  }
};

/// Elements of V for a block of tiles and of channels, where they are shared.
template <class T, int m, int axes>
int64_t shared_size(const WinogradCut& cut) {
  return TileBlock<T, m, axes>::elements * stream_step<T>(cut.channels * cut.lanes);
}

template <class T, int m, int axes>
void transform_all_inputs(const ConvProduct<T>& p, const WinogradCut& cut, T* inputs) {
  const int64_t parts = ceil_div(cut.channels, 32);
  const int64_t cost = p.images * p.y.out * p.x.out * p.groups * p.channels;
  parallel_for(p.groups * cut.tile_blocks * cut.blocks * parts, cost / 2, [&](int64_t piece) {
    const int64_t part = piece % parts, place = piece / parts, block = place % cut.blocks;
    const int64_t group = place / cut.blocks / cut.tile_blocks;
    const TileBlock<T, m, axes> here(p, cut, place / cut.blocks % cut.tile_blocks);
    const int64_t all = least(cut.channels, p.channels - block * cut.channels);
    const int64_t from = all * part / parts, to = all * (part + 1) / parts;
    if (from == to) return;
    const Scratch scratch(static_cast<size_t>(2 * here.patch_step * int64_t(sizeof(T))));
    const int64_t channel = group * p.channels + block * cut.channels + from;
    here.transform(p, p.source + channel * p.y.in * p.x.in, to - from,
                   static_cast<T*>(scratch.data),
                   inputs + place * shared_size<T, m, axes>(cut) + from * here.lanes);
  });
}

// ---- a piece ------------------------------------------------------------------------------------

template <class T, int m, int axes>
void winograd_piece(const ConvProduct<T>& p, const WinogradCut& cut, const T* packed,
                    const T* inputs, int64_t piece) {
  using B = Blocking<T>;
  constexpr int N = B::kLanes, elements = TileBlock<T, m, axes>::elements;
  const int64_t group = piece / cut.pieces();
  const WinogradPlace place(cut, piece % cut.pieces());
  const int64_t tile0 = place.tile0, tile1 = place.tile1;
  const auto tile_row = [&](int64_t i) { return p.rows * i / cut.tiles; };
  const int64_t row0 = tile_row(tile0), rows = tile_row(tile1) - row0;

  const TileBlock<T, m, axes> here(p, cut, place.block);
  const int64_t vectors = here.vectors, lanes = here.lanes, v_step = here.v_step;
  const int64_t m_step = stream_step<T>(rows * lanes);
  const int64_t u_step = stream_step<T>(cut.channels * B::kRows);
  const int64_t u_size = cut.own_weights ? elements * u_step : 0;
  const int64_t v_size = cut.shared_inputs ? 0 : elements * v_step;
  const int64_t copied_size = cut.shared_inputs ? 0 : 2 * here.patch_step;
  const Scratch scratch(static_cast<size_t>((copied_size + v_size + elements * m_step + u_size) *
                                            int64_t(sizeof(T))));
  T* copied = static_cast<T*>(scratch.data);
  T* own_v = copied + copied_size;
  T* sums = own_v + v_size;
  T* u = sums + elements * m_step;

  const T* weight = p.weight + group * p.weight_group;
  for (int64_t block = 0; block < cut.blocks; ++block) {
    const int64_t c0 = block * cut.channels, channels = least(cut.channels, p.channels - c0);
    const T* v = own_v;
    if (cut.shared_inputs)
      v = inputs + ((group * cut.tile_blocks + place.block) * cut.blocks + block) *
                       shared_size<T, m, axes>(cut);
    else
      here.transform(p, p.source + (group * p.channels + c0) * p.y.in * p.x.in, channels, copied,
                     own_v);
    Tile<T> t{};
    t.k = channels;
    t.a_step = B::kRows;
    t.b_step = t.c_step = lanes;
    t.columns = static_cast<int>(lanes);
    t.add = block > 0;
    t.ahead_step = B::kRows;
    for (int64_t i = tile0; i < tile1; ++i) {
      const int64_t row = tile_row(i);
      const int height = static_cast<int>(tile_row(i + 1) - row);
      const T* weights = u;
      if (cut.own_weights)
        weights_of<T, m, axes>(p, weight, row, height, c0, channels, u_step, u, 2 * B::kRows);
      else
        weights = packed + ((group * cut.blocks + block) * cut.tiles + i) * elements * u_step;
      for (int e = 0; e < elements; ++e) {
        t.a = weights + e * u_step;
        t.ahead = t.a + u_step;
        t.b = v + e * v_step;
        t.c = sums + e * m_step + (row - row0) * lanes;
        tiles<T, Layout::Packed>.of[vectors - 1][height - 1](t);
      }
    }
  }

  OutputRun out_runs[B::kColumns];
  LaneRange<T> out_lanes[N];
  const bool from_registers = axes == 1 && kMaskedLoads && here.grid.x.step == 1 && !p.finish;
  for (int64_t k = 0; k < vectors; ++k) {
    const int64_t tiles_here = least(N, here.count - k * N);
    const int out_count =
        list_outputs<T, m>(p, here.grid, here.first + k * N, tiles_here, out_runs);
    for (int r = 0; from_registers && r < out_count; ++r)
      out_lanes[r] = LaneRange<T>(out_runs[r].lane, out_runs[r].lane + int(out_runs[r].length));
    for (int64_t r = 0; r < rows; ++r) {
      const int64_t row = group * p.rows + row0 + r;
      if (r + kOutputsAhead < rows)
        fetch_outputs(out_runs, out_count, p.out_y, p.out + (row + kOutputsAhead) * p.out_row);
      transform_output<T, m, axes>(p, sums + r * lanes + k * N, m_step, p.bias ? p.bias[row] : T(0),
                                   here.grid.x.step, out_runs, from_registers ? out_lanes : nullptr,
                                   out_count, p.out + row * p.out_row);
    }
  }
}

/// Bytes of all transformed weights.
template <class T, int m, int axes>
int64_t transformed_bytes(const ConvProduct<T>& p, const WinogradCut& cut) {
  constexpr int elements = kElementsOf<T, m, axes>;
  return p.groups * cut.blocks * cut.tiles * elements *
         stream_step<T>(cut.channels * Blocking<T>::kRows) * int64_t(sizeof(T));
}
/// Bytes of those that are kept in the workspace; inputs follow them.
template <class T, int m, int axes>
int64_t weights_workspace(const ConvProduct<T>& p, const WinogradCut& cut) {
  return cut.own_weights || p.packed ? 0 : transformed_bytes<T, m, axes>(p, cut);
}
template <class T, int m, int axes>
int64_t winograd_workspace(const ConvProduct<T>& p) {
  const WinogradCut cut = cut_winograd<T, m>(p);
  const int64_t shared = p.groups * cut.tile_blocks * cut.blocks * shared_size<T, m, axes>(cut);
  return weights_workspace<T, m, axes>(p, cut) +
         (cut.shared_inputs ? shared * int64_t(sizeof(T)) : 0);
}

template <class T, int m, int axes>
void transform_all_weights(const ConvProduct<T>& p, const WinogradCut& cut, T* packed) {
  constexpr int elements = kElementsOf<T, m, axes>;
  const int64_t u_step = stream_step<T>(cut.channels * Blocking<T>::kRows);
  parallel_for(p.groups * cut.blocks * cut.tiles, p.groups * p.rows * p.channels * elements / 2,
               [&](int64_t piece) {
                 const int64_t tile = piece % cut.tiles, block = piece / cut.tiles % cut.blocks;
                 const int64_t group = piece / cut.tiles / cut.blocks;
                 const int64_t row = p.rows * tile / cut.tiles, c = block * cut.channels;
                 weights_of<T, m, axes>(p, p.weight + group * p.weight_group, row,
                                        int(p.rows * (tile + 1) / cut.tiles - row), c,
                                        least(cut.channels, p.channels - c), u_step,
                                        packed + piece * elements * u_step);
               });
}

template <class T, int m, int axes>
void run_winograd(const ConvProduct<T>& p, void* workspace) {
  constexpr int elements = kElementsOf<T, m, axes>;
  const WinogradCut cut = cut_winograd<T, m>(p);
  const T* packed = p.packed;
  if (!cut.own_weights && !packed) {
    transform_all_weights<T, m, axes>(p, cut, static_cast<T*>(workspace));
    packed = static_cast<const T*>(workspace);
  }
  T* const inputs =
      static_cast<T*>(workspace) + weights_workspace<T, m, axes>(p, cut) / int64_t(sizeof(T));
  if (cut.shared_inputs) transform_all_inputs<T, m, axes>(p, cut, inputs);
  const int64_t tiles = TileGrid<T, m>(p).count;
  parallel_for(p.groups * cut.pieces(), p.groups * tiles * elements * p.channels * p.rows / 50,
               [&](int64_t piece) { winograd_piece<T, m, axes>(p, cut, packed, inputs, piece); });
}

/// The product that the algorithm sees: a line with dilation as rows of as many positions.
template <int axes, class Product>
Product seen(Product p) {
  if (axes == 1 && p.x.distance() > 1) {
    const int64_t d = p.x.distance(), sign = p.x.advance < 0 ? -1 : 1;
    p.y = {.in = p.x.in / d,
           .out = p.x.out / d,
           .step = 1,
           .taps = kTaps,
           .first = p.x.first / d,
           .advance = sign};
    p.x = {.in = d, .out = d, .step = 1, .taps = 1, .first = 0, .advance = 1};
    if constexpr (requires { p.out_y; }) p.out_y = d;
  }
  return p;
}
template <int m, int axes>
void forward(const ConvArgs& args) {
  run_winograd<float, m, axes>(seen<axes>(forward_product<float>(args)), args.workspace);
}
template <int m, int axes>
int64_t forward_workspace(const ConvArgs& args) {
  return winograd_workspace<float, m, axes>(seen<axes>(forward_product<float>(args)));
}
/// A product whose weights count as transformed already.
template <int axes = 2>
ConvProduct<float> packed_product(ConvArgs args) {
  args.packed = reinterpret_cast<const char*>(64);  // anything but null
  return seen<axes>(forward_product<float>(args));
}
template <int m, int axes>
int64_t packed_bytes(const ConvArgs& args) {
  const ConvProduct<float> p = packed_product<axes>(args);
  return transformed_bytes<float, m, axes>(p, cut_winograd<float, m>(p));
}
template <int m, int axes>
void pack(const ConvArgs& args, void* packed) {
  const ConvProduct<float> p = packed_product<axes>(args);
  transform_all_weights<float, m, axes>(p, cut_winograd<float, m>(p), static_cast<float*>(packed));
}
template <int m, int axes>
void data_gradient(const ConvArgs& args) {
  run_winograd<float, m, axes>(seen<axes>(phase_product<float>(args, 0, 0)), args.workspace);
}
template <int m, int axes>
int64_t data_workspace(const ConvArgs& args) {
  return winograd_workspace<float, m, axes>(seen<axes>(phase_product<float>(args, 0, 0)));
}
template <int axes>
WinogradWeight<float, 4, axes> weight_product(const ConvArgs& args) {
  return WinogradWeight<float, 4, axes>(seen<axes>(WeightProduct<float>(args)));
}
template <int axes>
void weight_gradient(const ConvArgs& args) {
  winograd_weight_gradient(weight_product<axes>(args), args.workspace);
}
template <int axes>
int64_t workspace_of_weight(const ConvArgs& args) {
  return winograd_weight_workspace(weight_product<axes>(args));
}
template <int m, int axes>
constexpr ConvEntry weight_entry = {nullptr, nullptr};
#if defined(__AVX2__)
template <int axes>
constexpr ConvEntry weight_entry<4, axes> = {weight_gradient<axes>, workspace_of_weight<axes>};
#endif

template <int m, int axes>
constexpr ConvKernels kernels = {
    .forward = {forward<m, axes>, forward_workspace<m, axes>},
    .data_gradient = {data_gradient<m, axes>, data_workspace<m, axes>},
    .weight_gradient = weight_entry<m, axes>,
    .packed_bytes = packed_bytes<m, axes>,
    .pack = pack<m, axes>,
};

#if defined(__AVX512F__)
template <int m>
void forward_pixels(const ConvArgs& args) {
  run_winograd_pixels<float, m>(forward_product<float>(args), args.workspace);
}
template <int m>
int64_t workspace_of_pixels(const ConvArgs& args) {
  return winograd_pixel_workspace<float, m>(forward_product<float>(args));
}
template <int m>
int64_t pixel_packed_bytes(const ConvArgs& args) {
  return winograd_pixel_weights<float, m>(packed_product(args)) * int64_t(sizeof(float));
}
template <int m>
void pack_pixels(const ConvArgs& args, void* packed) {
  pack_winograd_pixels<float, m>(packed_product(args), static_cast<float*>(packed));
}
template <int m>
constexpr ConvKernels pixel_kernels = {
    .forward = {forward_pixels<m>, workspace_of_pixels<m>},
    .data_gradient = {nullptr, nullptr},
    .weight_gradient = {nullptr, nullptr},
    .packed_bytes = pixel_packed_bytes<m>,
    .pack = pack_pixels<m>,
};
#else
template <int m>
constexpr ConvKernels pixel_kernels = {};
#endif

}  // namespace

#if defined(__SSE2__) && !defined(__AVX2__)
constinit const ConvKernels conv_winograd2 = {}, conv_winograd4 = {}, conv_winograd4_line = {};
#else
constinit const ConvKernels conv_winograd2 = kernels<2, 2>;
constinit const ConvKernels conv_winograd4 = kernels<4, 2>;
constinit const ConvKernels conv_winograd4_line = kernels<4, 1>;
#endif

constinit const ConvKernels conv_winograd2_pixels = pixel_kernels<2>;
constinit const ConvKernels conv_winograd4_pixels = pixel_kernels<4>;

}  // namespace gm::GM_ISA
