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

template <class T>
GM_INLINE void store_index(Vec<IntOf<T>> index, int32_t* to, int n) {
  if constexpr (sizeof(T) == 4) {
    index.store(to, n);
  } else {
    for (int i = 0; i < n; ++i) to[i] = static_cast<int32_t>(index[i]);
  }
}

/// What one piece works in. Rows of `step` elements, whole vectors.
template <class T>
struct MaxScratch {
  using I = IntOf<T>;
  Phases<T> line[2];  // an input row between −inf on both sides, and the next one
  const T** tap;      // where each tap along x of output 0 lies in line[0] …
  int64_t next;       // … and how much further in line[1]
  I* first;           // column of the first tap of each output that is no padding
  T* ring;            // maxima along x of the last `depth` input rows
  I* ring_index;      // … and their columns
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

  MaxScratch(const PoolArgs& a, Carve carve)
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
      const int64_t column = i * a.x.stride - a.x.padding, d = a.x.dilation;
      first[i] = I(column < 0 ? column + ceil_div(-column, d) * d : column);
    }
  }
};

/// Reduces input row y along x into the ring; K taps, or x.kernel where K is 0.
template <class T, int K, bool kIndex>
GM_INLINE void fill_ring(const PoolAxis& x, const MaxScratch<T>& s, int64_t y) {
  using I = IntOf<T>;
  constexpr int N = Vec<T>::N;
  T* value = s.ring + y % s.depth * s.step;
  I* index = s.ring_index + y % s.depth * s.step;
  const int64_t count = K ? K : x.kernel, line = y % 2 * s.next;
  const Vec<I> lanes = lane_numbers<I>() * Vec<I>(I(x.stride)), step(I(x.dilation));
  for (int64_t i = 0; i < x.out; i += N) {
    Vec<T> best = Vec<T>::load(s.tap[0] + line + i);
    [[maybe_unused]] Vec<I> where = Vec<I>::load(s.first + i);
    [[maybe_unused]] Vec<I> column = lanes + Vec<I>(I(i * x.stride - x.padding));
#pragma GCC unroll 4
    for (int64_t k = 1; k < count; ++k) {
      const Vec<T> candidate = Vec<T>::load(s.tap[k] + line + i);
      if constexpr (kIndex) {
        column += step;
        const Mask<T> better = beats(candidate, best);
        best = select(better, candidate, best);
        where = select_index(better, column, where);
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
GM_INLINE void output_row(const PoolArgs& args, const MaxScratch<T>& s, const Taps& y, T* out,
                          int32_t* argmax) {
  using I = IntOf<T>;
  constexpr int N = Vec<T>::N;
  const int64_t d = args.y.dilation, index = reinterpret_cast<T*>(s.ring_index) - s.ring;
  for (int64_t k = y.first; k < y.last; ++k)
    s.row[k] = s.ring + (y.start + k * d) % s.depth * s.step;
  const Vec<I> down(I(d * args.x.in));
  for (int64_t i = 0; i < args.x.out; i += N) {
    const auto columns = [&](int64_t k) {
      return Vec<I>::load(reinterpret_cast<const I*>(s.row[k] + index) + i);
    };
    Vec<T> best = Vec<T>::load(s.row[y.first] + i);
    [[maybe_unused]] Vec<I> above(I((y.start + y.first * d) * args.x.in)), where;
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
    if constexpr (kIndex) store_index<T>(where, argmax + i, n);
  }
}

template <class T, bool kIndex>
void max_window(const PoolArgs& args, int32_t* argmax) {
  for_planes(args, false, kIndex ? 150 : 100, [&](int64_t p, int64_t p1, int64_t y0, int64_t y1) {
    const Scratch scratch(static_cast<size_t>(MaxScratch<T>::bytes(args)));
    const MaxScratch<T> s(args, Carve(scratch.data));
    const PoolAxis& x = args.x;
    for (; p < p1; ++p) {
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
          if (x.kernel == 2)
            fill_ring<T, 2, kIndex>(x, s, filled);
          else if (x.kernel == 3)
            fill_ring<T, 3, kIndex>(x, s, filled);
          else
            fill_ring<T, 0, kIndex>(x, s, filled);
        }
        output_row<T, kIndex>(args, s, y, out + i * x.out,
                              kIndex ? argmax + at + i * x.out : nullptr);
      }
    }
  });
}

// ---- windows of 2×2 side by side ----------------------------------------------------------------

[[maybe_unused]] bool in_pairs(const PoolAxis& a) {  // vectors of SSE are too short for it
  return a.kernel == 2 && a.stride == 2 && a.padding == 0 && a.dilation == 1 && 2 * a.out <= a.in;
}

/// Two rows at a time, dealt out into even and odd columns in registers.
template <class T, bool kIndex>
void max_pairs(const PoolArgs& args, int32_t* argmax) {
  using I = IntOf<T>;
  constexpr int64_t N = Vec<T>::N;
  const int64_t width = args.x.in, outputs = args.x.out;
  const Vec<I> even = lane_numbers<I>() * Vec<I>(I(2)), odd = even + Vec<I>(I(1));
  for_planes(args, false, 60, [&](int64_t p, int64_t p1, int64_t y0, int64_t y1) {
    for (; p < p1; ++p) {
      const T* row = reinterpret_cast<const T*>(args.input) + (p * args.y.in + 2 * y0) * width;
      int64_t at = (p * args.y.out + y0) * outputs, first = 2 * y0 * width;
      for (int64_t y = y0; y < y1; ++y, row += 2 * width, first += 2 * width, at += outputs) {
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
          add_row(row + 2 * j, first + 2 * j, true);
          add_row(row + 2 * j + width, first + 2 * j + width, false);
          best.store(reinterpret_cast<T*>(args.output) + at + j, n);
          if constexpr (kIndex) store_index<T>(where, argmax + at + j, n);
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

template <class T, class Spans, bool kIndex>
void max_lanes(const PoolArgs& args, int32_t* argmax) {
  using I = IntOf<T>;
  constexpr int N = Vec<T>::N;
  const int64_t inputs = args.y.in * args.x.in, outputs = args.y.out * args.x.out;
  for_lanes<T>(args, Spans(), 150, 150, [&](int64_t p, int planes, const LaneScratch<T>& s) {
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
template <class T, class Spans>
void max_lanes(const PoolArgs& args, int32_t* argmax) {
  argmax ? max_lanes<T, Spans, true>(args, argmax) : max_lanes<T, Spans, false>(args, argmax);
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

template <class T>
void window_of(const PoolArgs& args, int32_t* argmax) {
  // Rows of less than a vector would leave most of it empty; loading a part of one takes SSE longer
  // than it saves.
  if constexpr (kVectorBytes >= 32) {
    if (in_pairs(args.x) && in_pairs(args.y) && args.x.out >= Vec<T>::N * 3 / 4)
      return argmax ? max_pairs<T, true>(args, argmax) : max_pairs<T, false>(args, argmax);
  }
  if (small_planes_of_maxima(args))
    max_lanes<T, WindowSpans>(args, argmax);
  else
    argmax ? max_window<T, true>(args, argmax) : max_window<T, false>(args, argmax);
}
template <class T>
void adaptive_of(const PoolArgs& args, int32_t* argmax) {
  if (small_planes(args))
    max_lanes<T, BinSpans>(args, argmax);
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
};

}  // namespace gm::GM_ISA
