// Max pooling. Each input row is reduced along x once, into a ring of rows; output rows then reduce
// down the ring. In that order the first of equals along a row, then down the rows, is the first of
// the window, and a strict comparison finds it.
//
//   3×3, stride 2:   row 0 ─ max of 3 ─▶ ring ┐
//                    row 1 ─ max of 3 ─▶ ring ┼─▶ output row 0
//                    row 2 ─ max of 3 ─▶ ring ┤
//                    row 3 …                  └─▶ output row 1

#include "kernels/pool_lanes.h"

namespace gm::GM_ISA {
namespace {

/// Whether a candidate replaces the best so far: greater, or the first NaN.
template <class T>
GM_INLINE Mask<T> beats(Vec<T> candidate, Vec<T> best) {
  return ~(candidate <= best) & (best == best);
}
template <class T>
GM_INLINE bool beats(T candidate, T best) {
  return !(candidate <= best) && best == best;
}

/// m ? a : b for the indices beside the values that m compares.
template <class T>
GM_INLINE Vec<IntOf<T>> select_index(Mask<T> m, Vec<IntOf<T>> a, Vec<IntOf<T>> b) {
  return select(Mask<IntOf<T>>{m.v}, a, b);
}

/// 0, 1, 2, …
template <class I>
GM_INLINE Vec<I> lane_numbers() {
  I lanes[Vec<I>::N];
  for (int i = 0; i < Vec<I>::N; ++i) lanes[i] = I(i);
  return Vec<I>::load(lanes);
}

/// Where winners are noted: as indices in their plane, or as taps of the window; or nowhere.
struct Notes {
  int32_t* index;
  uint8_t* tap;
};

/// n small numbers as bytes.
GM_INLINE void store_bytes(Vec<int32_t> x, uint8_t* to, int n) {
  note_write(to, static_cast<size_t>(n));
#if defined(__AVX512BW__)
  const auto lanes = static_cast<__mmask16>((1u << n) - 1);
  _mm_mask_storeu_epi8(to, lanes, _mm512_maskz_cvtepi32_epi8(0xffff, (__m512i)x.v));
#elif defined(__AVX2__)
  const __m256i low = _mm256_shuffle_epi8((__m256i)x.v, _mm256_set1_epi32(0x0c080400));
  const __m256i joined =
      _mm256_permutevar8x32_epi32(low, _mm256_setr_epi32(0, 4, 0, 0, 0, 0, 0, 0));
  const int64_t bytes = _mm256_extract_epi64(joined, 0);
  __builtin_memcpy(to, &bytes, static_cast<size_t>(n));
#else
  for (int i = 0; i < n; ++i) to[i] = static_cast<uint8_t>(x[i]);
#endif
}
/// Notes n winners from output `at` on.
template <class T>
GM_INLINE void note(Vec<IntOf<T>> winner, const Notes& notes, int64_t at, int n) {
  if constexpr (sizeof(T) == 4) {
    if (notes.tap)
      n == Vec<T>::N ? store_bytes(winner, notes.tap + at, Vec<T>::N)
                     : store_bytes(winner, notes.tap + at, n);
    else
      winner.store(notes.index + at, n);
  } else {
    for (int i = 0; i < n; ++i) notes.index[at + i] = static_cast<int32_t>(winner[i]);
  }
}

/// How the winner of a window is numbered: tap (m, k) of output i in a window whose first row is
/// `start` is  start·row + m·down + k·across + i·output + origin.
struct Numbering {
  int64_t row, down, across, output, origin;
  Numbering(const PoolArgs& a, bool by_tap)
      : row(by_tap ? 0 : a.x.in),
        down(by_tap ? a.x.kernel : a.y.dilation * a.x.in),
        across(by_tap ? 1 : a.x.dilation),
        output(by_tap ? 0 : a.x.stride),
        origin(by_tap ? 0 : -a.x.padding) {}
  /// i·output + origin + first for the lanes i.
  template <class I>
  GM_INLINE Vec<I> outputs(int64_t first) const {
    return lane_numbers<I>() * Vec<I>(I(output)) + Vec<I>(I(first + origin));
  }
};

/// What one piece works in. Rows of `step` elements, whole vectors.
template <class T>
struct MaxScratch {
  using I = IntOf<T>;
  Phases<T> line[2];  // an input row between −inf on both sides, and the next one
  const T** tap;      // where each tap along x of output 0 lies in line[0] …
  int64_t next;       // … and how much further in line[1]
  I* first;           // k·across of the first tap of each output that is no padding
  T* ring;            // maxima along x of the last `depth` input rows
  I* ring_index;      // … and their k·across
  const T** row;      // the rows of a window in the ring
  int64_t depth, step;

  static int64_t ring_depth(const PoolArgs& a) { return (a.y.kernel - 1) * a.y.dilation + 1; }
  static int64_t ring_step(const PoolArgs& a) { return ceil_div(a.x.out, Vec<T>::N) * Vec<T>::N; }
  static int64_t bytes(const PoolArgs& a) {
    const int64_t step = ring_step(a), ring = ring_depth(a) * step;
    return 2 * Carve::bytes<T>(Phases<T>::total(a.x)) + Carve::bytes<T*>(a.x.kernel) +
           Carve::bytes<I>(step) + Carve::bytes<T>(ring) + Carve::bytes<I>(ring) +
           Carve::bytes<T*>(a.y.kernel);
  }

  MaxScratch(const PoolArgs& a, const Numbering& number, Carve carve)
      : line{{a.x, carve.take<T>(Phases<T>::total(a.x))},
             {a.x, carve.take<T>(Phases<T>::total(a.x))}},
        tap(carve.take<const T*>(a.x.kernel)),
        next(line[1].data - line[0].data),
        depth(ring_depth(a)),
        step(ring_step(a)) {
    first = carve.take<I>(step);
    ring = carve.take<T>(depth * step);
    ring_index = carve.take<I>(depth * step);
    row = carve.take<const T*>(a.y.kernel);
    for (const Phases<T>& phases : line)
      for (int64_t i = 0; i < Phases<T>::total(a.x); ++i) phases.data[i] = -__builtin_inf();
    for (int64_t k = 0; k < a.x.kernel; ++k) tap[k] = line[0].at(k * a.x.dilation);
    for (int64_t i = 0; i < step; ++i) {
      const int64_t column = i * a.x.stride - a.x.padding;
      const int64_t outside = column < 0 ? ceil_div(-column, a.x.dilation) : 0;
      first[i] = I(outside * number.across);
    }
  }
};

/// Reduces input row y along x into the ring.
template <class T, bool kIndex>
GM_INLINE void fill_ring(const PoolAxis& x, const MaxScratch<T>& s, int64_t across, int64_t y) {
  using I = IntOf<T>;
  constexpr int N = Vec<T>::N;
  T* value = s.ring + y % s.depth * s.step;
  I* index = s.ring_index + y % s.depth * s.step;
  const int64_t count = x.kernel, line = y % 2 * s.next;
  for (int64_t i = 0; i < x.out; i += N) {
    Vec<T> best = Vec<T>::load(s.tap[0] + line + i);
    [[maybe_unused]] Vec<I> where = Vec<I>::load(s.first + i);
    for (int64_t k = 1; k < count; ++k) {
      const Vec<T> candidate = Vec<T>::load(s.tap[k] + line + i);
      if constexpr (kIndex) {
        const Mask<T> better = beats(candidate, best);
        best = select(better, candidate, best);
        where = select_index(better, Vec<I>(I(k * across)), where);
      } else {
        best = maximum(candidate, best);
      }
    }
    best.store(value + i);
    if constexpr (kIndex) where.store(index + i);
  }
}

/// One output row from the ring.
template <class T, bool kIndex>
GM_INLINE void output_row(const PoolArgs& args, const MaxScratch<T>& s, const Numbering& number,
                          const Taps& y, T* out, const Notes& notes, int64_t at) {
  using I = IntOf<T>;
  constexpr int N = Vec<T>::N;
  const int64_t d = args.y.dilation, index = reinterpret_cast<T*>(s.ring_index) - s.ring;
  for (int64_t k = y.first; k < y.last; ++k)
    s.row[k] = s.ring + (y.start + k * d) % s.depth * s.step;
  const Vec<I> down(I(number.down));
  const Vec<I> first = number.outputs<I>(y.start * number.row + y.first * number.down);
  for (int64_t i = 0; i < args.x.out; i += N) {
    const auto columns = [&](int64_t k) {
      return Vec<I>::load(reinterpret_cast<const I*>(s.row[k] + index) + i);
    };
    Vec<T> best = Vec<T>::load(s.row[y.first] + i);
    [[maybe_unused]] Vec<I> above = first + Vec<I>(I(i * number.output)), where;
    if constexpr (kIndex) where = columns(y.first) + above;
    for (int64_t k = y.first + 1; k < y.last; ++k) {
      const Vec<T> candidate = Vec<T>::load(s.row[k] + i);
      if constexpr (kIndex) {
        above += down;
        const Mask<T> better = beats(candidate, best);
        best = select(better, candidate, best);
        where = select_index(better, columns(k) + above, where);
      } else {
        best = maximum(candidate, best);
      }
    }
    const int n = static_cast<int>(least(N, args.x.out - i));
    best.store(out + i, n);
    if constexpr (kIndex) note<T>(where, notes, at + i, n);
  }
}

/// Output rows [y0, y1) of plane p.
template <class T, bool kIndex>
GM_INLINE void max_rows(const PoolArgs& args, const Notes& notes, const Numbering& number,
                        const MaxScratch<T>& s, int64_t p, int64_t y0, int64_t y1) {
  const PoolAxis& x = args.x;
  const T* in = reinterpret_cast<const T*>(args.input) + p * args.y.in * x.in;
  const int64_t at = p * args.y.out * x.out;
  T* out = reinterpret_cast<T*>(args.output) + at;
  int64_t filled = 0;  // rows before this one are in the ring, or needed no more
  int64_t dealt = 0;   // likewise in s.line
  for (int64_t i = y0; i < y1; ++i) {
    const Taps y = taps(args.y, i);
    filled = most(filled, y.start);
    const int64_t end = y.start + (y.last - 1) * args.y.dilation + 1;
    for (; filled < end; ++filled) {
      // A row ahead: taps are loaded across the vectors just stored, and would wait for them.
      for (dealt = most(dealt, filled); dealt < least(filled + 2, args.y.in); ++dealt)
        s.line[dealt % 2].deal(in + dealt * x.in, x.in);
      fill_ring<T, kIndex>(x, s, number.across, filled);
    }
    output_row<T, kIndex>(args, s, number, y, out + i * x.out, notes, at + i * x.out);
  }
}

// ---- windows of 3×3 at stride 2 -----------------------------------------------------------------
// Rows are read in pairs and stay in registers, but for the maxima of the one that two windows
// share:
//
//   columns from 1 − padding on    a0 b0 a1 b1 a2 b2 …    a: tap 1, b: tap 2, the b before: tap 0
//
// The ring took 1.6 times as long with its dealing out, storing and loading again.

template <class T>
constexpr bool has_threes = sizeof(T) == 4 && kVectorBytes >= 32;

inline bool in_threes(const PoolAxis& a) {
  return a.kernel == 3 && a.stride == 2 && a.dilation == 1 && a.padding <= 1;
}

/// A row that is reduced, strip by strip.
template <class T>
struct Threes {
  using I = IntOf<T>;
  const T* row;   // from column 1 − padding on
  int64_t width;  // of that, or 0: a row of padding
  Vec<T> before;  // the strip before's taps 2

  Threes(const T* plane, const PoolArgs& args, int64_t y)
      : row(plane + y * args.x.in + 1 - args.x.padding),
        width(y < 0 || y >= args.y.in ? 0 : args.x.in - 1 + args.x.padding),
        before(width == 0 || args.x.padding ? T(-__builtin_inf()) : row[-1]) {}

  /// What tells whether column 0 is a number; of the others `reduce` does.
  GM_INLINE Vec<T> start(const PoolArgs& args) const {
    return width == 0 || args.x.padding ? Vec<T>(T(0)) : before * Vec<T>(T(0));
  }

  /// The maxima of outputs [j, j + N), and their taps where those are kept. `nought` stays 0 unless
  /// an input is NaN or infinite.
  template <bool kIndex>
  GM_INLINE Vec<T> reduce(int64_t j, Vec<I> one, Vec<I> two, Vec<T>& nought, Vec<I>& where) {
    constexpr int64_t N = Vec<T>::N;
    const int64_t rest = width - 2 * j;
    Vec<T> a, b;
    if (rest >= 2 * N) {
      fetch_ahead(row + 2 * j);
      fetch_ahead(row + 2 * j + N);
      a = Vec<T>::load(row + 2 * j);
      b = Vec<T>::load(row + 2 * j + N);
      nought = fma(b, Vec<T>(T(0)), fma(a, Vec<T>(T(0)), nought));
    } else {
      const Vec<T> nothing(T(-__builtin_inf()));
      const int left = int(least(N, rest)), right = int(most(rest - N, 0));
      a = b = nothing;
      if (rest > 0) {
        a = Vec<T>::load(row + 2 * j, left);
        b = Vec<T>::load(row + 2 * j + left, right);
        nought = fma(b, Vec<T>(T(0)), fma(a, Vec<T>(T(0)), nought));
        a = select(first_lanes<T>(left), a, nothing);
        b = select(first_lanes<T>(right), b, nothing);
      }
    }
    const Vec<T> middle = even_lanes(a, b), last = odd_lanes(a, b);
    const Vec<T> first = lanes_before(before, last);
    before = last;
    Vec<T> best = max(middle, first);
    if constexpr (kIndex) {
      where = select_index(middle > first, one, Vec<I>(I(0)));
      where = select_index(last > best, two, where);
    }
    return max(last, best);
  }
};

/// Output rows [y0, y1) of plane p; false if they must be done again, for an input is no number.
template <class T, bool kIndex>
bool max_threes(const PoolArgs& args, const Notes& to, const Numbering& numbering,
                const MaxScratch<T>& s, int64_t p, int64_t y0, int64_t y1) {
  using I = IntOf<T>;
  constexpr int64_t N = Vec<T>::N;
  const Numbering number = numbering;
  const Notes notes = to;
  T* const shared = s.ring;  // maxima of the row above, and their taps
  I* const shared_taps = s.ring_index;
  const T* plane = reinterpret_cast<const T*>(args.input) + p * args.y.in * args.x.in;
  const int64_t columns = args.x.out;
  const Vec<I> one(I(number.across)), two(I(2 * number.across));
  const Vec<I> down(I(number.down)), down2(I(2 * number.down));
  Vec<T> nought(T(0));
  // Nobody sees what the first row makes of these.
  for (int64_t j = 0; j < columns; j += N) {
    Vec<T>(T(0)).store(shared + j);
    if constexpr (kIndex) Vec<I>(I(0)).store(shared_taps + j);
  }
  // From a row before on, of which only the row shared with the first is kept.
  for (int64_t i = y0 - 1; i < y1; ++i) {
    const int64_t y = 2 * i - args.y.padding, at = (p * args.y.out + i) * columns;
    T* const out = reinterpret_cast<T*>(args.output) + at;
    Threes<T> upper(plane, args, y + 1), lower(plane, args, y + 2);
    nought += upper.start(args) + lower.start(args);
    const Vec<I> first = number.outputs<I>(y * number.row);
    for (int64_t j = 0; j < columns; j += N) {
      [[maybe_unused]] Vec<I> tap1, tap2;
      const Vec<T> best0 = Vec<T>::load(shared + j);
      const Vec<T> row1 = upper.template reduce<kIndex>(j, one, two, nought, tap1);
      const Vec<T> row2 = lower.template reduce<kIndex>(j, one, two, nought, tap2);
      const Vec<T> best1 = max(row1, best0), best2 = max(row2, best1);
      row2.store(shared + j);
      const int n = i < y0 ? 0 : int(least(N, columns - j));
      best2.store(out + j, n);
      if constexpr (kIndex) {
        Vec<I> where = Vec<I>::load(shared_taps + j);
        where = select_index(row1 > best0, tap1 + down, where);
        where = select_index(row2 > best1, tap2 + down2, where);
        tap2.store(shared_taps + j);
        note<T>(where + first + Vec<I>(I(j * number.output)), notes, at + j, n);
      }
    }
  }
  return sum(nought) == T(0);
}

template <class T, bool kIndex>
void max_window(const PoolArgs& args, const Notes& notes) {
  const Numbering number(args, notes.tap);
  const bool threes = has_threes<T> && in_threes(args.x) && in_threes(args.y);
  for_planes(args, false, kIndex ? 150 : 100, [&](int64_t p, int64_t p1, int64_t y0, int64_t y1) {
    const Scratch scratch(static_cast<size_t>(MaxScratch<T>::bytes(args)));
    const MaxScratch<T> s(args, number, Carve(scratch.data));
    for (; p < p1; ++p) {
      if constexpr (has_threes<T>)
        if (threes && max_threes<T, kIndex>(args, notes, number, s, p, y0, y1)) continue;
      max_rows<T, kIndex>(args, notes, number, s, p, y0, y1);
    }
  });
}

// ---- windows of 2×2 side by side ----------------------------------------------------------------

[[maybe_unused]] bool in_pairs(const PoolAxis& a) {  // vectors of SSE are too short for it
  return a.kernel == 2 && a.stride == 2 && a.padding == 0 && a.dilation == 1 && 2 * a.out <= a.in;
}

/// Two rows at a time, dealt out into even and odd columns in registers.
template <class T, bool kIndex>
void max_pairs(const PoolArgs& args, const Notes& notes) {
  using I = IntOf<T>;
  constexpr int64_t N = Vec<T>::N;
  const int64_t width = args.x.in, outputs = args.x.out;
  const Numbering number(args, notes.tap);
  const Vec<I> even = lane_numbers<I>() * Vec<I>(I(number.output)), odd = even + Vec<I>(I(1));
  for_planes(args, false, 60, [&](int64_t p, int64_t p1, int64_t y0, int64_t y1) {
    for (; p < p1; ++p) {
      const T* row = reinterpret_cast<const T*>(args.input) + (p * args.y.in + 2 * y0) * width;
      int64_t at = (p * args.y.out + y0) * outputs;
      for (int64_t y = y0; y < y1; ++y, row += 2 * width, at += outputs) {
        for (int64_t j = 0; j < outputs; j += N) {
          const int n = static_cast<int>(least(N, outputs - j));
          const int left = static_cast<int>(least(N, 2 * n)), right = 2 * n - left;
          Vec<T> best;
          Vec<I> where;
          const auto add_row = [&](const T* from, int64_t index, bool begin) {
            fetch_ahead(from);
            fetch_ahead(from + N);
            const Vec<T> a = n == N ? Vec<T>::load(from) : Vec<T>::load(from, left);
            const Vec<T> b = n == N ? Vec<T>::load(from + N) : Vec<T>::load(from + left, right);
            const auto add = [&](Vec<T> candidate, Vec<I> column) {
              if constexpr (kIndex) {
                const Mask<T> better = beats(candidate, best);
                best = select(better, candidate, best);
                where = select_index(better, column + Vec<I>(I(index)), where);
              } else {
                best = maximum(candidate, best);
              }
            };
            if (begin) {
              best = even_lanes(a, b);
              if constexpr (kIndex) where = even + Vec<I>(I(index));
            } else {
              add(even_lanes(a, b), even);
            }
            add(odd_lanes(a, b), odd);
          };
          const int64_t first = 2 * y * number.row + j * number.output;
          add_row(row + 2 * j, first, true);
          add_row(row + 2 * j + width, first + number.down, false);
          best.store(reinterpret_cast<T*>(args.output) + at + j, n);
          if constexpr (kIndex) note<T>(where, notes, at + j, n);
        }
      }
    }
  });
}

// ---- small planes -------------------------------------------------------------------------------

/// The indices of doubles are computed in 64 bits: halved on their way out.
template <class T>
GM_INLINE void give_indices(const IntOf<T>* lanes, int64_t size, int planes, IntOf<T>* staged,
                            int32_t* to) {
  if constexpr (sizeof(T) == 4) {
    give_planes(lanes, size, planes, staged, to);
  } else {
    constexpr int N = Vec<T>::N;
    for (int l = 0; l < planes; ++l)
      for (int64_t i = 0; i < size; ++i) to[l * size + i] = int32_t(lanes[i * N + l]);
  }
}

template <class T, bool kIndex>
void max_lanes(const PoolArgs& args, SpanOf span, int32_t* argmax) {
  using I = IntOf<T>;
  constexpr int N = Vec<T>::N;
  const int64_t inputs = args.y.in * args.x.in, outputs = args.y.out * args.x.out;
  for_lanes<T>(args, span, 150, 150, [&](int64_t p, int planes, const LaneScratch<T>& s) {
    take_planes(reinterpret_cast<const T*>(args.input) + p * inputs, inputs, planes, s.staged,
                s.inputs);
    const Scratch more(kIndex ? static_cast<size_t>(N * most(outputs, N)) * sizeof(I) : 0);
    I* indices = static_cast<I*>(more.data);
    T* to = s.outputs;
    for (int64_t i = 0; i < args.y.out; ++i) {
      const Span y = s.y[i];
      for (int64_t j = 0; j < args.x.out; ++j, to += N) {
        const Span x = s.x[j];
        const int64_t first = y.begin * args.x.in + x.begin, down = y.step * args.x.in;
        const T* row = s.inputs + first * N;
        Vec<T> best = Vec<T>::load(row);
        [[maybe_unused]] Vec<I> where{I(first)}, line = where;
        for (int64_t k = 0; k < y.count; ++k, row += down * N) {
          [[maybe_unused]] Vec<I> at = line;
          const T* from = row;
          for (int64_t m = 0; m < x.count; ++m, from += x.step * N) {
            const Vec<T> candidate = Vec<T>::load(from);
            if constexpr (kIndex) {
              const Mask<T> better = beats(candidate, best);
              best = select(better, candidate, best);
              where = select_index(better, at, where);
              at += Vec<I>(I(x.step));
            } else {
              best = maximum(candidate, best);
            }
          }
          if constexpr (kIndex) line += Vec<I>(I(down));
        }
        best.store(to);
        if constexpr (kIndex) where.store(indices + (to - s.outputs));
      }
    }
    give_planes(s.outputs, outputs, planes, s.staged,
                reinterpret_cast<T*>(args.output) + p * outputs);
    if constexpr (kIndex)
      give_indices<T>(indices, outputs, planes, reinterpret_cast<I*>(s.staged),
                      argmax + p * outputs);
  });
}
template <class T>
void max_lanes(const PoolArgs& args, SpanOf span, int32_t* argmax) {
  argmax ? max_lanes<T, true>(args, span, argmax) : max_lanes<T, false>(args, span, argmax);
}

template <class T>
void max_adaptive(const PoolArgs& args, int32_t* argmax) {
  for_planes(args, false, 800, [&](int64_t p, int64_t p1, int64_t y0, int64_t y1) {
    for (; p < p1; ++p) {
      const T* in = reinterpret_cast<const T*>(args.input) + p * args.y.in * args.x.in;
      for (int64_t i = y0; i < y1; ++i) {
        for (int64_t j = 0; j < args.x.out; ++j) {
          int64_t where = bin_begin(args.y, i) * args.x.in + bin_begin(args.x, j);
          T best = in[where];
          for (int64_t y = bin_begin(args.y, i); y < bin_end(args.y, i); ++y) {
            for (int64_t x = bin_begin(args.x, j); x < bin_end(args.x, j); ++x) {
              const T candidate = in[y * args.x.in + x];
              if (!beats(candidate, best)) continue;
              best = candidate;
              where = y * args.x.in + x;
            }
          }
          const int64_t at = (p * args.y.out + i) * args.x.out + j;
          reinterpret_cast<T*>(args.output)[at] = best;
          if (argmax) argmax[at] = static_cast<int32_t>(where);
        }
      }
    }
  });
}

template <class T>
void max_scatter(const PoolArgs& args, const int32_t* argmax, int64_t* wrong) {
  const int64_t inputs = args.y.in * args.x.in, outputs = args.y.out * args.x.out;
  for_planes(args, true, 500, [&](int64_t p, int64_t p1, int64_t, int64_t) {
    const bool small = inputs <= 1024;  // all at once: a call of memset costs as much as a plane
    const auto clear = [&](int64_t planes) {
      __builtin_memset(reinterpret_cast<T*>(args.input) + p * inputs, 0,
                       static_cast<size_t>(planes * inputs) * sizeof(T));
    };
    if (small) clear(p1 - p);
    for (; p < p1; ++p) {
      T* to = reinterpret_cast<T*>(args.input) + p * inputs;
      const T* from = reinterpret_cast<const T*>(args.output) + p * outputs;
      const int32_t* where = argmax + p * outputs;
      if (!small) clear(1);
      // By plane, which brings the indices into cache for the scatter. As unsigned, negative ones
      // are the largest.
      uint32_t most = 0;
      for (int64_t i = 0; i < outputs; ++i) {
        const auto index = static_cast<uint32_t>(where[i]);
        most = index > most ? index : most;
      }
      if (most >= inputs) {
        __atomic_store_n(wrong, static_cast<int32_t>(most), __ATOMIC_RELAXED);
        continue;
      }
      for (int64_t i = 0; i < outputs; ++i) to[where[i]] += from[i];
    }
  });
}

// ---- the gradient of windows that are noted by tap ----------------------------------------------
// Every input row is written once, from the one or two output rows whose windows reach it:
//
//   3×3, stride 2, padding 1    row 2i:      output row i, its taps of row 1
//                               row 2i + 1:  output row i, taps of row 2, and i + 1, of row 0
//
// Columns come in pairs as above: the first gets tap 1 of output j, the second tap 2 of j and tap 0
// of j + 1; those of 2×2 get tap 0 and tap 1 of j. 3×3 of 8×64×112×112 takes half the time of
// scattering to indices, which are four times the bytes, onto zeros.

inline bool gathers(const PoolArgs& a) {
  // Two vectors of AVX2 for a row gain nothing.
  return (in_threes(a.x) ? a.y.kernel <= 2 * a.y.stride
                         : in_pairs(a.x) && a.y.kernel <= a.y.stride) &&
         a.y.dilation == 1 && a.y.kernel <= 64 && a.x.out >= (kVectorBytes == 64 ? 8 : 24);
}

#if defined(__AVX2__)
/// sum + x where a tap won. Reads a whole vector's worth of taps.
GM_INLINE Vec<float> add_won(Vec<float> sum, Vec<float> x, const uint8_t* taps, int tap) {
#if defined(__AVX512BW__)
  const __m128i won = _mm_loadu_si128(reinterpret_cast<const __m128i*>(taps));
  const __mmask16 lanes = _mm_cmpeq_epi8_mask(won, _mm_set1_epi8(static_cast<char>(tap)));
  return {_mm512_mask_add_ps(sum.v, lanes, sum.v, x.v)};
#else
  const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(taps));
  const Vec<int32_t> won{(Vec<int32_t>::Native)_mm256_cvtepu8_epi32(bytes)};
  return sum + keep(Mask<float>{(won == Vec<int32_t>(tap)).v}, x);
#endif
}

/// An output row as an input row sees it, and the number of its first tap there.
struct GatherRow {
  const float* from;
  const uint8_t* taps;
  int first;

  /// Adds what flows back from outputs j … to pairs of columns.
  template <int K>
  GM_INLINE void add(int64_t j, int64_t outputs, Vec<float>& one, Vec<float>& two) const {
    constexpr int64_t N = Vec<float>::N;
    const Vec<float> x = load(j, least(N, outputs - j));
    one = add_won(one, x, taps + j, first + (K == 3));
    two = add_won(two, x, taps + j, first + (K == 3) + 1);
    if (K == 3) two = add_won(two, load(j + 1, least(N, outputs - j - 1)), taps + j + 1, first);
  }
  GM_INLINE Vec<float> load(int64_t j, int64_t n) const {
    return Vec<float>::load(from + j, int(most(n, 0)));
  }
};

template <int R, int K>
GM_INLINE void gather_row(const GatherRow* row, const PoolAxis& axis, float* to) {
  constexpr int N = Vec<float>::N;
  const int64_t outputs = axis.out, begin = K == 3 ? 1 - axis.padding : 0;
  const int64_t width = axis.in - begin;
  const GatherRow a = row[0], b = row[R - 1];  // copies: stores might change what `row` points to
  if (begin) {
    Vec<float> sum = add_won(Vec<float>(0.0f), a.load(0, 1), a.taps, a.first);
    if (R == 2) sum = add_won(sum, b.load(0, 1), b.taps, b.first);
    sum.store(to, 1);
  }
  to += begin;
  for (int64_t j = 0; 2 * j < width; j += N) {
    Vec<float> one(0.0f), two(0.0f);
    a.add<K>(j, outputs, one, two);
    if (R == 2) b.add<K>(j, outputs, one, two);
    float* const at = to + 2 * j;
    const int64_t rest = width - 2 * j;
    fetch_to_write(at);
    fetch_to_write(at + N);
    if (rest >= 2 * N) {
      zip_low(one, two).store(at);
      zip_high(one, two).store(at + N);
    } else {
      zip_low(one, two).store(at, int(least(N, rest)));
      zip_high(one, two).store(at + N, int(most(rest - N, 0)));
    }
  }
}

void max_gather(const PoolArgs& args, const uint8_t* taps) {
  const PoolAxis &x = args.x, &y = args.y;
  for_planes(args, false, 120, [&](int64_t p, int64_t p1, int64_t y0, int64_t y1) {
    const int64_t begin = y0 * y.in / y.out, end = y1 * y.in / y.out;
    for (; p < p1; ++p) {
      float* to = reinterpret_cast<float*>(args.input) + (p * y.in + begin) * x.in;
      const float* from = reinterpret_cast<const float*>(args.output) + p * y.out * x.out;
      const uint8_t* won = taps + p * y.out * x.out;
      for (int64_t i = begin; i < end; ++i, to += x.in) {
        // The windows that hold row i:  0 ≤ i + padding − o·stride < kernel.
        const int64_t t = i + y.padding, last = least(t / y.stride, y.out - 1);
        GatherRow row[2];
        int count = 0;
        for (int64_t o = most(last - 1, 0); o <= last; ++o) {
          const int64_t down = t - o * y.stride;
          if (down < y.kernel)
            row[count++] = {from + o * x.out, won + o * x.out, int(down * x.kernel)};
        }
        if (count == 0)
          __builtin_memset(to, 0, static_cast<size_t>(x.in) * sizeof(float));
        else if (x.kernel == 2)
          gather_row<1, 2>(row, x, to);
        else
          count == 2 ? gather_row<2, 3>(row, x, to) : gather_row<1, 3>(row, x, to);
      }
    }
  });
}
#else
// SSE loads parts of vectors slowly, and would take twice the time of scattering; but the notes may
// be another ISA's.
void max_gather(const PoolArgs& args, const uint8_t* taps) {
  const PoolAxis &x = args.x, &y = args.y;
  const int64_t inputs = y.in * x.in, outputs = y.out * x.out;
  for_planes(args, true, 800, [&](int64_t p, int64_t p1, int64_t, int64_t) {
    for (; p < p1; ++p) {
      float* const to = reinterpret_cast<float*>(args.input) + p * inputs;
      const float* from = reinterpret_cast<const float*>(args.output) + p * outputs;
      __builtin_memset(to, 0, static_cast<size_t>(inputs) * sizeof(float));
      for (int64_t i = 0; i < outputs; ++i) {
        const int64_t tap = taps[p * outputs + i];
        const int64_t row = i / x.out * y.stride - y.padding + tap / x.kernel;
        to[row * x.in + i % x.out * x.stride - x.padding + tap % x.kernel] += from[i];
      }
    }
  });
}
#endif

// Rows of less than a vector would leave most of it empty; loading a part of one takes SSE longer
// than it saves.
template <class T>
bool as_pairs(const PoolArgs& args) {
  return kVectorBytes >= 32 && in_pairs(args.x) && in_pairs(args.y) &&
         args.x.out >= Vec<T>::N * 3 / 4;
}

template <class T>
void window_of(const PoolArgs& args, int32_t* argmax) {
  const Notes notes{argmax, nullptr};
  if constexpr (kVectorBytes >= 32) {
    if (as_pairs<T>(args))
      return argmax ? max_pairs<T, true>(args, notes) : max_pairs<T, false>(args, notes);
  }
  if (small_planes_of_maxima(args))
    max_lanes<T>(args, window_span, argmax);
  else
    argmax ? max_window<T, true>(args, notes) : max_window<T, false>(args, notes);
}
bool by_tap(const PoolArgs& args) {
  return kVectorBytes >= 32 && args.dtype == DType::Float32 && gathers(args) &&
         (as_pairs<float>(args) || !small_planes_of_maxima(args));
}
void window_by_tap(const PoolArgs& args, uint8_t* taps) {
  const Notes notes{nullptr, taps};
  if constexpr (kVectorBytes >= 32)
    if (as_pairs<float>(args)) return max_pairs<float, true>(args, notes);
  max_window<float, true>(args, notes);
}
template <class T>
void adaptive_of(const PoolArgs& args, int32_t* argmax) {
  if (small_planes(args))
    max_lanes<T>(args, bin_span, argmax);
  else
    max_adaptive<T>(args, argmax);
}

void window(const PoolArgs& args, int32_t* argmax) {
  args.dtype == DType::Float64 ? window_of<double>(args, argmax) : window_of<float>(args, argmax);
}
void adaptive(const PoolArgs& args, int32_t* argmax) {
  if (args.dtype == DType::Float64)
    adaptive_of<double>(args, argmax);
  else
    adaptive_of<float>(args, argmax);
}
void scatter(const PoolArgs& args, const int32_t* argmax, int64_t* wrong) {
  if (args.dtype == DType::Float64)
    max_scatter<double>(args, argmax, wrong);
  else
    max_scatter<float>(args, argmax, wrong);
}

}  // namespace

constinit const MaxPoolKernels max_pool = {
    .window = window,
    .adaptive = adaptive,
    .scatter = scatter,
    .by_tap = by_tap,
    .window_by_tap = window_by_tap,
    .gather = max_gather,
};

}  // namespace gm::GM_ISA
