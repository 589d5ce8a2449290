// Convolution without a product, where each group has one channel, a few pairs of channels, or at
// most kMostRows rows of output: a packed column would be used too few times to pay for its
// packing. A block of rows, grid rows and vectors stays in registers while the terms go by.

#include "kernels/conv_few.h"

namespace gm::GM_ISA {
namespace {

/// Grid rows of a piece: whole images where they are small, fewer where many channels share L2.
template <class T>
int64_t box_rows(const TapAxis& y, const TapAxis& x, int64_t channels) {
  const int64_t rows = most((channels > 1 ? 65536 : 16384) / (channels * x.out), 4);
  return rows > y.out ? rows / y.out * y.out : rows / 4 * 4;  // single rows are slow
}

/// Rows of output that share the loads of a block; the sums of kHeight[rows - 1] grid rows of two
/// vectors leave room for as many weights and a vector of source.
constexpr int kMostRows = 4;
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int kHeight[kMostRows] = {4, 4, 4, 3};  // 4 × 3 × 2 sums + 4 + 1 = 29 of 32 registers
#else
constexpr int kHeight[kMostRows] = {4, 3, 2, 1};  // 3 × 2 × 2 sums + 3 + 1 = 16
#endif

template <class T>
struct Block {
  const T* source;       // in the patch: of the first grid row and column
  int64_t source_step;   // from one grid row to the next
  const int64_t* term;   // where each term lies from there
  const T* weight;       // of each term, row beside row
  int64_t terms, chain;  // added up `chain` at a time
  const T* bias;         // of each row
  T* out;
  int64_t out_row, out_y, out_x;
  int columns;  // of the last vector
};

/// M rows of R grid rows by V vectors.
template <class T, int M, int R, int V>
void direct_block(const Block<T>& b) {
  constexpr int N = Vec<T>::N;
  Vec<T> total[M][R][V] = {};
  for (int64_t begin = 0; begin < b.terms; begin += b.chain) {
    const int64_t end = least(begin + b.chain, b.terms);
    Vec<T> sum[M][R][V];
#pragma GCC unroll 4
    for (int m = 0; m < M; ++m)
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r)
#pragma GCC unroll 2
        for (int v = 0; v < V; ++v) sum[m][r][v] = Vec<T>(T(0));
#pragma GCC unroll 1
    for (int64_t t = begin; t < end; ++t) {
      const T* from = b.source + b.term[t];
      Vec<T> w[M];
#pragma GCC unroll 4
      for (int m = 0; m < M; ++m) w[m] = Vec<T>(b.weight[t * M + m]);
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r) {
#pragma GCC unroll 2
        for (int v = 0; v < V; ++v) {
          Vec<T> x = Vec<T>::load(from + r * b.source_step + v * N);
          if constexpr (M > 1) pin(x);
#pragma GCC unroll 4
          for (int m = 0; m < M; ++m) sum[m][r][v] = fma(w[m], x, sum[m][r][v]);
        }
      }
    }
#pragma GCC unroll 4
    for (int m = 0; m < M; ++m)
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r)
#pragma GCC unroll 2
        for (int v = 0; v < V; ++v) total[m][r][v] += sum[m][r][v];
  }
#pragma GCC unroll 4
  for (int m = 0; m < M; ++m) {
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) {
        const Vec<T> x = total[m][r][v] + Vec<T>(b.bias[m]);
        T* to = b.out + m * b.out_row + r * b.out_y + v * N * b.out_x;
        const int n = v < V - 1 ? N : b.columns;
        if (b.out_x == 1) {
          x.store(to, n);
        } else {
          for (int i = 0; i < n; ++i) to[i * b.out_x] = x[i];
        }
      }
    }
  }
}

template <class T>
using BlockFn = void (*)(const Block<T>&);
/// The block of so many grid rows, 1 or kHeight, and vectors.
template <class T, int M>
BlockFn<T> block_of(int64_t height, int64_t vectors) {
  constexpr int R = kHeight[M - 1];
  if (height == R) return vectors == 1 ? direct_block<T, M, R, 1> : direct_block<T, M, R, 2>;
  return vectors == 1 ? direct_block<T, M, 1, 1> : direct_block<T, M, 1, 2>;
}

/// Where results go: the first row of group 0, image 0 and position 0 would lie at `out - base`.
template <class T>
struct Place {
  T* out;
  int64_t base, image, row, y, x;
};

/// M rows of a group, the first of them `row`.
template <class T, int M>
void direct_rows(const ConvProduct<T>& p, const Patch<T>& patch, const Place<T>& place,
                 int64_t group, int64_t row, const T* source, const int64_t* term, T* weight) {
  constexpr int N = Vec<T>::N;
  const Box& box = patch.box;
  T bias[M], *next = weight;
  for (int m = 0; m < M; ++m) bias[m] = p.bias ? p.bias[group * p.rows + row + m] : T(0);
  const T* from = p.weight + group * p.weight_group + row * p.weight_row;
  for (int64_t c = 0; c < p.channels; ++c)
    for (int64_t i = 0; i < p.y.taps; ++i)
      for (int64_t j = 0; j < p.x.taps; ++j)
        for (int m = 0; m < M; ++m)
          *next++ = from[m * p.weight_row + c * p.weight_channel + i * p.weight_y + j * p.weight_x];

  Block<T> b;
  b.source_step = patch.row_step * patch.line;
  b.term = term;
  b.weight = weight;
  b.terms = p.channels * p.taps();
  b.chain = most(Blocking<T>::kDepth / p.taps(), 1) * p.taps();
  b.bias = bias;
  b.out_row = place.row;
  b.out_y = place.y;
  b.out_x = place.x;
  for (int64_t r = box.row0; r < box.row1;) {
    const int64_t image = r / p.y.out, y = r % p.y.out, rows = least(box.row1 - r, p.y.out - y);
    // The last rows are computed together with some before them once more.
    const int64_t height = rows < kHeight[M - 1] ? 1 : kHeight[M - 1];
    T* const out = place.out + (image * place.image + (group * p.rows + row) * place.row +
                                y * place.y + box.x0 * place.x - place.base);
    for (int64_t done = 0; done < rows; done += height) {
      const int64_t at = least(done, rows - height);
      const T* const from = source + patch.line_of(r + at) * patch.line;
      for (int64_t i = 0; i < box.width(); i += 2 * N) {
        const int64_t columns = least(box.width() - i, 2 * N), vectors = ceil_div(columns, N);
        b.columns = static_cast<int>(columns - (vectors - 1) * N);
        b.source = from + i;
        b.out = out + at * place.y + i * place.x;
        block_of<T, M>(height, vectors)(b);
      }
    }
    if (p.finish) {
      for (T* to = out; to < out + M * b.out_row; to += b.out_row)
        p.finish_at(to, b.out_y, nullptr, to, b.out_y, rows, box.width());
    }
    r += rows;
  }
}

template <class T>
void direct_group(const ConvProduct<T>& p, const Patch<T>& patch, const Place<T>& place,
                  int64_t group, const T* source, const int64_t* term, T* weight) {
  for (int64_t row = 0; row < p.rows;) {
    const int64_t rows = least(p.rows - row, kMostRows);
    const auto run = rows == 1   ? direct_rows<T, 1>
                     : rows == 2 ? direct_rows<T, 2>
                     : rows == 3 ? direct_rows<T, 3>
                                 : direct_rows<T, 4>;
    run(p, patch, place, group, row, source, term, weight);
    row += rows;
  }
}

/// A piece's scratch: where each term lies, the weights of kMostRows rows, the patch, and more.
template <class T>
struct DirectScratch {
  int64_t terms_bytes, weights_bytes;
  Scratch scratch;
  int64_t* term;
  T *weight, *source, *more;

  DirectScratch(int64_t terms, int64_t patch_size, int64_t size)
      : terms_bytes(ceil_div(terms, 8) * 64),
        weights_bytes(ceil_div(kMostRows * terms * int64_t(sizeof(T)), 64) * 64),
        scratch(static_cast<size_t>(terms_bytes + weights_bytes +
                                    (patch_size + size) * int64_t(sizeof(T)))),
        term(static_cast<int64_t*>(scratch.data)),
        weight(reinterpret_cast<T*>(static_cast<char*>(scratch.data) + terms_bytes)),
        source(reinterpret_cast<T*>(reinterpret_cast<char*>(weight) + weights_bytes)),
        more(source + patch_size) {}
};

template <class T>
void direct_piece(const ConvProduct<T>& p, const Box& box, int64_t group) {
  const Patch<T> patch(p.y, p.x, box);
  const DirectScratch<T> scratch(p.channels * p.taps(), p.channels * patch.channel, 0);
  patch.fill(p.source + group * p.channels * p.y.in * p.x.in, p.source_image, p.channels,
             scratch.source);
  list_terms(patch, p.y.taps, p.x.taps, p.channels, scratch.term);
  direct_group(p, patch, {p.out, 0, p.out_image, p.out_row, p.out_y, p.out_x}, group,
               scratch.source, scratch.term, scratch.weight);
}

template <class T>
void run_direct(const ConvProduct<T>& p) {
  if (p.images * p.groups * p.rows * p.y.out * p.x.out == 0) return;
  if (p.taps() == 0 || p.y.in == 0 || p.x.in == 0) return fill_bias(p);
  if constexpr (kMaskedLoads && sizeof(T) == sizeof(float)) {
    if (is_depthwise(p)) return run_depthwise(p);
  }
  const int64_t rows = least(box_rows<T>(p.y, p.x, p.channels), p.grid_rows());
  const int64_t width = least(p.x.out, 16384);
  const int64_t down = ceil_div(p.grid_rows(), rows), across = ceil_div(p.x.out, width);
  const int64_t outputs = p.groups * p.rows * p.grid_rows() * p.x.out;
  const int64_t work = outputs * p.channels * p.taps() / 20 + outputs / 2;
  parallel_for(p.groups * down * across, work, [&](int64_t piece) {
    const int64_t group = piece / (down * across), at = piece % (down * across);
    const int64_t row = at / across * rows, x = at % across * width;
    direct_piece(p, {row, least(row + rows, p.grid_rows()), x, least(x + width, p.x.out)}, group);
  });
}

// ---- the data gradient's phases, of one patch
// ----------------------------------------------------
//
// Phases of one size read the same source but for a position before and behind. One patch for all
// of them, and phases along x joined row by row: 7×7 with stride 2 from 64 to 3 channels took 1.3
// of the time when each phase made its own, and wrote every second position by itself.

/// Reads whatever any phase of an axis reads; with no taps where the phases are not alike.
inline TapAxis joint_axis(const ConvAxis& a) {
  TapAxis all{.in = a.out, .out = a.in / a.stride, .step = 1, .taps = 0, .first = 0, .advance = 1};
  if (a.in % a.stride != 0 || a.out == 0) return all;
  int64_t low = 0, high = 0;
  for (int64_t r = 0; r < a.stride; ++r) {
    const PhaseTaps taps = phase_taps(a, r);
    if (taps.count == 0) return all;
    const TapAxis phase = phase_axis(a, r, taps);
    const int64_t begin = phase.lowest(), end = begin + (taps.count - 1) * phase.distance();
    low = r == 0 ? begin : least(low, begin);
    high = r == 0 ? end : most(high, end);
  }
  all.first = low;
  all.taps = high - low + 1;
  return all;
}

/// to[i · count + k] = from[k · step + i] for k < count.
template <class T>
void interleave(const T* from, int64_t step, int64_t count, int64_t width, T* to) {
  constexpr int64_t N = Vec<T>::N;
  int64_t i = 0;
  if (count == 2) {
    for (; i + N <= width; i += N) {
      const Vec<T> a = Vec<T>::load(from + i), b = Vec<T>::load(from + step + i);
      zip_low(a, b).store(to + 2 * i);
      zip_high(a, b).store(to + 2 * i + N);
    }
  }
  for (; i < width; ++i)
    for (int64_t k = 0; k < count; ++k) to[i * count + k] = from[k * step + i];
}

template <class T>
void phases_piece(const ConvArgs& args, const TapAxis& y, const TapAxis& x, const Box& box,
                  int64_t group) {
  const Patch<T> patch(y, x, box);
  const ConvProduct<T> first = phase_product<T>(args, 0, 0);
  const int64_t width = box.width(), plane = (box.row1 - box.row0) * width;
  const int64_t phase = first.rows * plane;  // results of one phase, before they are joined
  const DirectScratch<T> scratch(first.channels * args.y.kernel * args.x.kernel,
                                 first.channels * patch.channel, args.x.stride * phase);
  patch.fill(first.source + group * first.channels * y.in * x.in, first.source_image,
             first.channels, scratch.source);
  for (int64_t r = 0; r < args.y.stride; ++r) {
    for (int64_t q = 0; q < args.x.stride; ++q) {
      const ConvProduct<T> p = phase_product<T>(args, r, q);
      int64_t* next = scratch.term;
      for (int64_t i = 0; i < p.y.taps; ++i)
        for (int64_t j = 0; j < p.x.taps; ++j)
          *next++ = patch.tap(p.y.first + i * p.y.advance - y.first,
                              p.x.first + j * p.x.advance - x.first);
      for (int64_t t = p.taps(); t < p.channels * p.taps(); ++t, ++next)
        *next = next[-p.taps()] + patch.channel;
      // Rows of the box one after another, whatever their image.
      const int64_t base = group * p.rows * plane + box.row0 * width + box.x0;
      direct_group(p, patch, {scratch.more + q * phase, base, y.out * width, plane, width, 1},
                   group, scratch.source, scratch.term, scratch.weight);
    }
    const ConvProduct<T> p = phase_product<T>(args, r, 0);
    for (int64_t m = 0; m < p.rows; ++m)
      for (int64_t row = box.row0; row < box.row1; ++row)
        interleave(scratch.more + m * plane + (row - box.row0) * width, phase, args.x.stride, width,
                   p.out + row / y.out * p.out_image + (group * p.rows + m) * p.out_row +
                       row % y.out * p.out_y + box.x0 * p.out_x);
  }
}

template <class T>
void run_phases(const ConvArgs& args) {
  const TapAxis y = joint_axis(args.y), x = joint_axis(args.x);
  const bool several = args.y.stride * args.x.stride > 1;
  if (!several || y.taps == 0 || x.taps == 0)
    return for_phases<T>(args, [](const ConvProduct<T>& p) { run_direct(p); });
  const ConvProduct<T> p = phase_product<T>(args, 0, 0);
  if (p.images * p.groups * p.rows * p.y.out * p.x.out == 0) return;
  const int64_t rows = least(box_rows<T>(y, x, p.channels), p.grid_rows());
  const int64_t width = least(x.out, 16384);
  const int64_t down = ceil_div(p.grid_rows(), rows), across = ceil_div(x.out, width);
  const int64_t outputs = p.groups * p.rows * p.grid_rows() * x.out;
  const int64_t work = outputs * p.channels * args.y.kernel * args.x.kernel / 20 + outputs;
  parallel_for(p.groups * down * across, work, [&](int64_t piece) {
    const int64_t group = piece / (down * across), at = piece % (down * across);
    const int64_t row = at / across * rows, x0 = at % across * width;
    phases_piece<T>(args, y, x,
                    {row, least(row + rows, p.grid_rows()), x0, least(x0 + width, x.out)}, group);
  });
}

// ---- weight gradient ----------------------------------------------------------------------------

/// sum[t] += Σ gradient · source under term t over rows of a box, T terms from `first` on.
template <class T, int terms>
void correlate(const Patch<T>& patch, const T* source, const int64_t* term, const T* gradient,
               int64_t gradient_step, T* total) {
  constexpr int N = Vec<T>::N;
  Vec<T> sum[terms];
#pragma GCC unroll 16
  for (int t = 0; t < terms; ++t) sum[t] = Vec<T>(T(0));
  const int64_t width = patch.box.width();
  for (int64_t r = patch.box.row0; r < patch.box.row1; ++r, gradient += gradient_step) {
    const T* from = source + patch.line_of(r) * patch.line;
    int64_t i = 0;
    for (; i + N <= width; i += N) {
      const Vec<T> g = Vec<T>::load(gradient + i);
#pragma GCC unroll 16
      for (int t = 0; t < terms; ++t) sum[t] = fma(g, Vec<T>::load(from + term[t] + i), sum[t]);
    }
    if (i < width) {
      // Past the row lie other numbers, maybe not finite: both operands stop there.
      const int n = static_cast<int>(width - i);
      const Vec<T> g = Vec<T>::load(gradient + i, n);
#pragma GCC unroll 16
      for (int t = 0; t < terms; ++t) sum[t] = fma(g, Vec<T>::load(from + term[t] + i, n), sum[t]);
    }
  }
#pragma GCC unroll 16
  for (int t = 0; t < terms; ++t) total[t] += gm::GM_ISA::sum(sum[t]);
}

/// All pairs of channels of a group, box after box in order: weights are few, their sums long.
template <class T>
void weight_piece(const ConvArgs& args, int64_t group) {
  const TapAxis y = window_axis(args.y), x = window_axis(args.x);
  const int64_t taps = y.taps * x.taps, plane = y.out * x.out;
  const int64_t rows = least(box_rows<T>(y, x, 1), y.out);  // within one image
  T* weight = as<T>(args.weight) + group * args.filters * args.channels * taps;
  for (int64_t i = 0; i < args.filters * args.channels * taps; ++i) weight[i] = T(0);
  T* const bias = args.bias ? as<T>(args.bias) + group * args.filters : nullptr;
  for (int64_t f = 0; bias && f < args.filters; ++f) bias[f] = T(0);
  for (int64_t row = 0; row < args.images * y.out; row += least(rows, y.out - row % y.out)) {
    const int64_t row1 = row + least(rows, y.out - row % y.out), image = row / y.out;
    for (int64_t x0 = 0; x0 < x.out; x0 += 16384) {
      const Patch<T> patch(y, x, {row, row1, x0, least(x0 + 16384, x.out)});
      const int64_t terms_bytes = ceil_div(taps, 8) * 64;
      const Scratch scratch(static_cast<size_t>(terms_bytes + patch.channel * int64_t(sizeof(T))));
      int64_t* term = static_cast<int64_t*>(scratch.data);
      T* source = reinterpret_cast<T*>(static_cast<char*>(scratch.data) + terms_bytes);
      for (int64_t t = 0; t < taps; ++t) term[t] = patch.tap(t / x.taps, t % x.taps);
      for (int64_t c = 0; c < args.channels; ++c) {
        const int64_t in_plane = y.in * x.in, channels = args.groups * args.channels;
        patch.fill(as<T>(args.input) + (group * args.channels + c) * in_plane, channels * in_plane,
                   1, source);
        for (int64_t f = 0; f < args.filters; ++f) {
          const int64_t filter = (image * args.groups + group) * args.filters + f;
          const T* g = as<T>(args.output) + filter * plane + row % y.out * x.out + x0;
          T* to = weight + (f * args.channels + c) * taps;
          if (bias && c == 0) {
            T sum = T(0);
            for (int64_t r = 0; r < row1 - row; ++r)
              sum += sum_of_run(g + r * x.out, patch.box.width());
            bias[f] += sum;
          }
          int64_t t = 0;
          for (; t + 9 <= taps; t += 9) correlate<T, 9>(patch, source, term + t, g, x.out, to + t);
          for (; t + 5 <= taps; t += 5) correlate<T, 5>(patch, source, term + t, g, x.out, to + t);
          for (; t < taps; ++t) correlate<T, 1>(patch, source, term + t, g, x.out, to + t);
        }
      }
    }
  }
}

template <class T>
void run_weight(const ConvArgs& args) {
  const int64_t work = args.groups * args.filters * args.channels * args.y.kernel * args.x.kernel *
                       args.images * args.y.out * args.x.out;
  if constexpr (kMaskedLoads && sizeof(T) == sizeof(float)) {
    if (args.channels == 1 && args.filters == 1 && is_three(args.y) && is_three(args.x))
      return parallel_for(ceil_div(args.groups, kGroups), work / 60, [&](int64_t piece) {
        const int64_t group = piece * kGroups;
        depthwise_weights<T>(args, group, least(kGroups, args.groups - group));
      });
  }
  if constexpr (kVectorBytes == 64 && sizeof(T) == sizeof(float)) {
    if (is_few(args)) return run_few<T>(args);
  }
  parallel_for(args.groups, work / 10, [&](int64_t group) { weight_piece<T>(args, group); });
}

// ---- the table ----------------------------------------------------------------------------------

void forward(const ConvArgs& args) {
  if (args.dtype == DType::Float64)
    run_direct(forward_product<double>(args));
  else
    run_direct(forward_product<float>(args));
}
void data_gradient(const ConvArgs& args) {
  if (args.dtype == DType::Float64)
    run_phases<double>(args);
  else
    run_phases<float>(args);
}
void weight_gradient(const ConvArgs& args) {
  if (args.dtype == DType::Float64)
    run_weight<double>(args);
  else
    run_weight<float>(args);
}
int64_t no_workspace(const ConvArgs&) { return 0; }
int64_t workspace_of_weight(const ConvArgs& args) {
  if (kVectorBytes < 64 || !is_few(args)) return 0;
  const FewCut cut = cut_few(args);
  return cut.chunks > 1 ? cut.chunks * (cut.weights + args.filters) * int64_t(sizeof(float)) : 0;
}

}  // namespace

constinit const ConvKernels conv_direct = {
    .forward = {forward, no_workspace},
    .data_gradient = {data_gradient, no_workspace},
    .weight_gradient = {weight_gradient, workspace_of_weight},
    .packed_bytes = nullptr,
    .pack = nullptr,
};

}  // namespace gm::GM_ISA
