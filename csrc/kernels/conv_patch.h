// The source under a piece of a convolution: copied once, with its padding, so that the values of
// one tap under neighbouring output positions are neighbours in memory, whatever the stride.
//
// A *grid* is the positions that the columns of a product run over: the output, or one stride phase
// of the data gradient's. Tap i of grid position g reads source position g·step + first +
// i·advance.
#pragma once

#include "gemm/gemm.h"
#include "isa/shuffle.h"
#include "kernels/conv.h"

namespace gm::GM_ISA {
namespace {

#if defined(__AVX2__)
constexpr bool kMaskedLoads = true;
#else
constexpr bool kMaskedLoads = false;
#endif

/// Lanes [first, end) of a vector: the others are loaded as zero, and their memory is not touched.
template <class T>
struct LaneRange {
  LaneRange() = default;
#if defined(__AVX512F__)
  uint16_t lanes;
  GM_INLINE LaneRange(int first, int end) : lanes(uint16_t((1u << end) - (1u << first))) {}
  GM_INLINE int first_lane() const { return lanes ? __builtin_ctz(lanes) : 0; }
  GM_INLINE size_t bytes() const { return size_t(__builtin_popcount(lanes)) * sizeof(T); }
  GM_INLINE Vec<T> load(const T* p) const {
    note_read(p + first_lane(), bytes());
    if constexpr (sizeof(T) == 4)
      return {_mm512_maskz_loadu_ps(lanes, p)};
    else
      return {_mm512_maskz_loadu_pd(static_cast<__mmask8>(lanes), p)};
  }
  GM_INLINE void store(Vec<T> x, T* p) const {
    note_write(p + first_lane(), bytes());
    if constexpr (sizeof(T) == 4)
      _mm512_mask_storeu_ps(p, lanes, x.v);
    else
      _mm512_mask_storeu_pd(p, static_cast<__mmask8>(lanes), x.v);
  }
#elif defined(__AVX2__)
  __m256i lanes;
  GM_INLINE LaneRange(int first, int end) {
    IntOf<T> lane[Vec<T>::N];
    for (int i = 0; i < Vec<T>::N; ++i) lane[i] = i >= first && i < end ? -1 : 0;
    __builtin_memcpy(&lanes, lane, sizeof lanes);
  }
  GM_INLINE uint32_t byte_mask() const { return uint32_t(_mm256_movemask_epi8(lanes)); }
  GM_INLINE int first_lane() const {
    return byte_mask() ? __builtin_ctz(byte_mask()) / int(sizeof(T)) : 0;
  }
  GM_INLINE size_t bytes() const { return size_t(__builtin_popcount(byte_mask())); }
  GM_INLINE Vec<T> load(const T* p) const {
    note_read(p + first_lane(), bytes());
    if constexpr (sizeof(T) == 4)
      return {_mm256_maskload_ps(p, lanes)};
    else
      return {_mm256_maskload_pd(p, lanes)};
  }
  GM_INLINE void store(Vec<T> x, T* p) const {
    note_write(p + first_lane(), bytes());
    if constexpr (sizeof(T) == 4)
      _mm256_maskstore_ps(p, lanes, x.v);
    else
      _mm256_maskstore_pd(p, lanes, x.v);
  }
#else
  GM_INLINE LaneRange(int, int) {}
  // Never called: see kMaskedLoads.
  GM_INLINE Vec<T> load(const T* p) const { return Vec<T>::load(p); }
  GM_INLINE void store(Vec<T>, T*) const {}
#endif
};

struct TapAxis {
  int64_t in, out;  // sizes of source and grid
  int64_t step;
  int64_t taps;
  int64_t first, advance;

  /// Taps in ascending order of their source position: tap i is the ascending(i)-th.
  GM_INLINE int64_t ascending(int64_t i) const { return advance < 0 ? taps - 1 - i : i; }
  GM_INLINE int64_t distance() const { return advance < 0 ? -advance : advance; }
  /// The source position of the lowest tap of grid position 0.
  GM_INLINE int64_t lowest() const { return advance < 0 ? first + (taps - 1) * advance : first; }
};

/// The outputs of a convolution over its inputs.
GM_INLINE TapAxis window_axis(const ConvAxis& a) {
  return {.in = a.in,
          .out = a.out,
          .step = a.stride,
          .taps = a.kernel,
          .first = -a.before,
          .advance = a.dilation};
}

GM_INLINE int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

/// from[0] + … + from[n − 1], for a bias's gradient; long ones by halves.
template <class T>
GM_NOINLINE T sum_of_run(const T* from, int64_t n) {
  constexpr int64_t N = Vec<T>::N;
  if (n > 8192) return sum_of_run(from, n / 2) + sum_of_run(from + n / 2, n - n / 2);
  Vec<T> a(T(0)), b(T(0));
  int64_t i = 0;
  for (; i + 2 * N <= n; i += 2 * N) {
    a += Vec<T>::load(from + i);
    b += Vec<T>::load(from + i + N);
  }
  if (i + N <= n) {
    a += Vec<T>::load(from + i);
    i += N;
  }
  if (i < n) b += Vec<T>::load(from + i, int(n - i));
  return sum(a + b);
}

/// out[i] = the sum of chunks[c · n + i], in order.
template <class T>
void add_chunks(const T* chunks, int64_t count, int64_t n, T* out) {
  for (int64_t i = 0; i < n; ++i) {
    T sum = chunks[i];
    for (int64_t c = 1; c < count; ++c) sum += chunks[c * n + i];
    out[i] = sum;
  }
}

GM_INLINE int64_t common_divisor(int64_t a, int64_t b) {
  while (b) {
    const int64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/// A box of the grid: rows [row0, row1) counted through all images, columns [x0, x1) of each.
struct Box {
  int64_t row0, row1, x0, x1;
  GM_INLINE int64_t width() const { return x1 - x0; }
  GM_INLINE int64_t columns() const { return (row1 - row0) * (x1 - x0); }
};

/// How the source under a box lies in memory.
///
///   channel c, source row r            line at  c · channel + r · line
///   the a-th lowest tap along x        a-th of `slots` phases in turn, `phase` elements apart;
///   there
///                                      the values for grid columns x0, x0 + 1, … are neighbours
///
///   step 2, three taps:   line = | 0 2 4 6 … | 1 3 5 7 … |    taps 0 and 2 read phase 0, from 0
///   and
///                                                            from 1; tap 1 reads phase 1
///
/// With a single tap along y only the rows that it reads are kept. Padding is zero; a whole vector
/// may be read from any element, the last one of a channel is followed by zeros.
template <class T>
struct Patch {
  TapAxis y, x;
  Box box;
  int64_t row_step;  // lines from one grid row to the next
  int64_t row_span;  // lines beyond a grid row's first that its taps read
  int64_t slots, phase, line;
  int64_t first_image, first_y;  // of row0
  int64_t first_lines;           // of the first image
  int64_t lines, channel;

  Patch(const TapAxis& along_y, const TapAxis& along_x, const Box& of)
      : y(along_y), x(along_x), box(of) {
    row_step = y.taps == 1 ? 1 : y.step;
    row_span = (y.taps - 1) * y.distance();
    const int64_t cycle = x.taps == 1 ? 1 : x.step / common_divisor(x.step, x.distance());
    slots = cycle < x.taps ? cycle : x.taps;
    phase = box.width() + (x.taps - 1) * x.distance() / x.step;
    line = slots * phase;
    first_image = box.row0 / y.out;
    first_y = box.row0 % y.out;
    const int64_t rows = box.row1 - box.row0, room = y.out - first_y;
    first_lines = lines_of(rows < room ? rows : room);
    lines = line_of(box.row1 - 1) + row_span + 1;
    channel = lines * line + Vec<T>::N;
  }

  /// The source itself as a patch, for a grid of one row per image and one tap at each position. A
  /// vector read from an element may run past the plane.
  Patch(const TapAxis& along_y, const TapAxis& along_x, const Box& of, int64_t image_step)
      : Patch(along_y, along_x, of) {
    line = image_step;
    channel = x.in;
  }

  GM_INLINE int64_t lines_of(int64_t rows) const { return (rows - 1) * row_step + row_span + 1; }
  /// The first line of grid row r.
  GM_INLINE int64_t line_of(int64_t r) const {
    const int64_t image = r / y.out - first_image, at = r % y.out;
    if (image == 0) return (at - first_y) * row_step;
    return first_lines + (image - 1) * lines_of(y.out) + at * row_step;
  }
  /// Where tap (i, j) of grid column x0 of a row lies, from the row's first line.
  GM_INLINE int64_t tap(int64_t i, int64_t j) const {
    const int64_t a = x.ascending(j);
    return y.ascending(i) * y.distance() * line + a % slots * phase + a * x.distance() / x.step;
  }

  /// The part of a phase that lies in the source.
  struct Run {
    int64_t zeros;  // elements before it
    int64_t end;    // of it
    int64_t start;  // its first source position
  };
  GM_INLINE Run run_of(int64_t slot) const {
    const int64_t start = box.x0 * x.step + x.lowest() + slot * x.distance() % x.step;
    int64_t zeros = start < 0 ? (-start + x.step - 1) / x.step : 0;
    int64_t end = start < x.in ? (x.in - start + x.step - 1) / x.step : 0;
    if (end > phase) end = phase;
    if (zeros > end) zeros = end;
    return {zeros, end, start + zeros * x.step};
  }

  /// Copies a phase of one source row. Whole vectors are written in ascending order, over each
  /// other's ends; what runs past the phase is written by what follows.
  GM_INLINE void fill_phase(const T* row, const Run& run, T* to) const {
    constexpr int N = Vec<T>::N;
    const Vec<T> zero(T(0));
    for (int64_t k = 0; k < run.zeros; k += N) zero.store(to + k);
    int64_t i = run.zeros;
    const T* from = row + run.start;
    if (x.step == 1) {
      for (; i + N <= run.end; i += N, from += N) Vec<T>::load(from).store(to + i);
      if (i < run.end) {
        Vec<T>::load(from, int(run.end - i)).store(to + i);
        i += N;
      }
    } else if (x.step == 2) {
      // The last vector may not read past the row: it goes one by one.
      for (; i + N < run.end; i += N, from += 2 * N)
        even_lanes(Vec<T>::load(from), Vec<T>::load(from + N)).store(to + i);
      for (; i < run.end; ++i, from += 2) to[i] = *from;
    } else {
      for (; i < run.end; ++i, from += x.step) to[i] = *from;
    }
    for (; i < phase; i += N) zero.store(to + i);
  }

  /// Copies `count` source rows, `stride` apart, as lines of a single phase at step 1. The first
  /// and the last vector of a line are loaded under a mask: padding costs nothing.
  GM_INLINE void fill_lines(const T* row, int64_t stride, int64_t count, const Run& run,
                            T* to) const {
    constexpr int N = Vec<T>::N;
    const int64_t vectors = (phase + N - 1) / N;
    const int64_t tail = (vectors - 1) * N;
    const LaneRange<T> first(int(run.zeros), int(run.end < N ? run.end : N));
    const LaneRange<T> last(0, int(run.end - tail));
    row += run.start - run.zeros;
    for (; count > 0; --count, row += stride, to += line) {
      first.load(row).store(to);
      for (int64_t i = N; i < tail; i += N) Vec<T>::load(row + i).store(to + i);
      if (tail > 0) last.load(row + tail).store(to + tail);
    }
  }

  /// Copies every second position of source rows as lines of a single phase.
  void halve_lines(const T* row, int64_t stride, int64_t count, T* to) const {
    constexpr int N = Vec<T>::N;
    const int64_t start = box.x0 * 2 + x.lowest();
    for (int64_t k = (phase - 1) / N; k >= 0; --k) {
      const int64_t first = start + k * 2 * N;
      const auto lanes = [&](int64_t at) {
        const int64_t before = -at, end = x.in - at;
        return LaneRange<T>(int(before < 0   ? 0
                                : before > N ? N
                                             : before),
                            int(end < 0   ? 0
                                : end > N ? N
                                          : end));
      };
      const LaneRange<T> low = lanes(first), high = lanes(first + N);
      const T* from = row + first;
      T* at = to + k * N;
      for (int64_t r = 0; r < count; ++r, from += stride, at += line)
        even_lanes(low.load(from), high.load(from + N)).store(at);
    }
  }

  /// Copies source rows whose positions are all wanted, in S phases: S vectors at a time are dealt
  /// out. What is stored past a phase is overwritten: by the next phase, or, if phases take several
  /// vectors, by its first one, which comes last; past a line by the next one.
  template <int S>
  void deal_lines(const T* row, int64_t stride, int64_t count, T* to) const {
    constexpr int N = Vec<T>::N;
    const int64_t start = box.x0 * S + x.lowest();
    for (int64_t k = (phase - 1) / N; k >= 0; --k) {
      const int64_t first = start + k * S * N;
      const auto lanes = [&](int j) {
        const int64_t before = -(first + j * N), end = x.in + before;
        return LaneRange<T>(int(before < 0   ? 0
                                : before > N ? N
                                             : before),
                            int(end < 0   ? 0
                                : end > N ? N
                                          : end));
      };
      const LaneRange<T> lanes0 = lanes(0), lanes1 = lanes(1), lanes2 = lanes(2), lanes3 = lanes(3);
      const bool low_half = S == 2 || first + 2 * N >= x.in;  // the other two hold nothing
      const T* from = row + first;
      T* at = to + k * N;
      for (int64_t r = 0; r < count; ++r, from += stride, at += line) {
        const Vec<T> a = lanes0.load(from), b = lanes1.load(from + N);
        const Vec<T> even = even_lanes(a, b), odd = odd_lanes(a, b);
        if constexpr (S == 2) {
          even.store(at);
          odd.store(at + phase);
        } else {
          Vec<T> even_high(T(0)), odd_high(T(0));
          if (!low_half) {
            const Vec<T> c = lanes2.load(from + 2 * N), d = lanes3.load(from + 3 * N);
            even_high = even_lanes(c, d);
            odd_high = odd_lanes(c, d);
          }
          even_lanes(even, even_high).store(at);
          even_lanes(odd, odd_high).store(at + phase);
          odd_lanes(even, even_high).store(at + 2 * phase);
          odd_lanes(odd, odd_high).store(at + 3 * phase);
        }
      }
    }
  }

  /// Copies source rows from `position` on, some of which may be padding. `run` is run_of(0).
  void fill_rows(const T* plane, int64_t position, int64_t count, const Run& run, T* to) const {
    constexpr int N = Vec<T>::N;
    const int64_t stride = y.taps == 1 ? y.step : 1;
    const int64_t tail = (phase - 1) / N * N;
    const bool whole = stride == 1 && x.step == 1 && slots == 1 && line == x.in && run.zeros == 0 &&
                       run.end == phase;  // rows that follow one another in both
    const bool masked = kMaskedLoads && slots == 1 && x.step == 1 && run.zeros < N &&
                        run.end >= tail && run.end > run.zeros;
    while (count > 0) {
      if (position < 0 || position >= y.in) {
        for (int64_t i = 0; i < line; i += N) Vec<T>(T(0)).store(to + i);
        --count;
        position += stride;
        to += line;
        continue;
      }
      int64_t rows = (y.in - position + stride - 1) / stride;
      if (rows > count) rows = count;
      const T* row = plane + position * x.in;
      if (whole) {
        const int64_t all = rows * line;
        int64_t i = 0;
        for (; i + N <= all; i += N) Vec<T>::load(row + i).store(to + i);
        if (i < all) Vec<T>::load(row + i, int(all - i)).store(to + i);
      } else if (masked) {
        fill_lines(row, stride * x.in, rows, run, to);
      } else if (kMaskedLoads && slots == 1 && x.step == 2) {
        halve_lines(row, stride * x.in, rows, to);
      } else if (kMaskedLoads && slots == 2 && x.step == 2 && x.distance() == 1) {
        deal_lines<2>(row, stride * x.in, rows, to);
      } else if (kMaskedLoads && slots == 4 && x.step == 4 && x.distance() == 1) {
        deal_lines<4>(row, stride * x.in, rows, to);
      } else {
        for (int64_t r = 0; r < rows; ++r) {
          T* at = to + r * line;
          for (int64_t s = 0; s < slots; ++s, at += phase)
            fill_phase(row + r * stride * x.in, slots == 1 ? run : run_of(s), at);
        }
      }
      count -= rows;
      position += rows * stride;
      to += rows * line;
    }
  }

  /// Copies `count` channels of all images in the box. `source` is the first one's plane in image
  /// 0.
  void fill(const T* source, int64_t image_step, int64_t count, T* to) const {
    const Run run = run_of(0);
    for (int64_t c = 0; c < count; ++c, source += y.in * x.in, to += channel) {
      T* at = to;
      const T* image = source + first_image * image_step;
      int64_t from = first_y;
      for (int64_t row = box.row0; row < box.row1; image += image_step, from = 0) {
        const int64_t rest = box.row1 - row, room = y.out - from;
        const int64_t rows = rest < room ? rest : room;
        fill_rows(image, from * y.step + y.lowest(), lines_of(rows), run, at);
        at += lines_of(rows) * line;
        row += rows;
      }
      Vec<T>(T(0)).store(at);
    }
  }
};

/// Where each term lies: channel after channel, its taps in order. Asked tap by tap of each
/// channel, a patch divides as often as a tenth of a small box's products take.
template <class T>
void list_terms(const Patch<T>& patch, int64_t taps_y, int64_t taps_x, int64_t channels,
                int64_t* term) {
  int64_t* next = term;
  for (int64_t i = 0; i < taps_y; ++i)
    for (int64_t j = 0; j < taps_x; ++j) *next++ = patch.tap(i, j);
  const int64_t taps = taps_y * taps_x, terms = channels * taps;
  for (int64_t t = taps; t < terms; ++t) term[t] = term[t - taps] + patch.channel;
}

}  // namespace
}  // namespace gm::GM_ISA
