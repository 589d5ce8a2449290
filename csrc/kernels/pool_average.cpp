// Average pooling. The rows of a window are added first, whole rows at a time; their sum is then
// added along x. The gradient takes the same two steps the other way round.

#include "kernels/pool_lanes.h"

namespace gm::GM_ISA {
namespace {

template <class T>
GM_INLINE const T* input_plane(const PoolArgs& args, int64_t p) {
  return reinterpret_cast<const T*>(args.input) + p * args.y.in * args.x.in;
}
template <class T>
GM_INLINE T* output_plane(const PoolArgs& args, int64_t p) {
  return reinterpret_cast<T*>(args.output) + p * args.y.out * args.x.out;
}

// ---- rows ---------------------------------------------------------------------------------------

/// sum[i] = (add ? sum[i] : 0) + the i-th elements of R rows, `step` apart.
template <class T, int R>
GM_INLINE void add_group(const T* rows, int64_t step, int64_t n, bool add, T* sum) {
  constexpr int N = Vec<T>::N;
  const auto total = [&](int64_t i, auto... part) {
    Vec<T> s = Vec<T>::load(rows + i, part...);
    if constexpr (R > 1) s += Vec<T>::load(rows + step + i, part...);
    if constexpr (R > 2) {
      Vec<T> t = Vec<T>::load(rows + 2 * step + i, part...);
      if constexpr (R > 3) t += Vec<T>::load(rows + 3 * step + i, part...);
      s += t;
    }
    return add ? Vec<T>::load(sum + i, part...) + s : s;
  };
  int64_t i = 0;
  for (; i + N <= n; i += N) {
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) fetch_ahead(rows + r * step + i);
    total(i).store(sum + i);
  }
  if (i < n) total(i, int(n - i)).store(sum + i, int(n - i));
}

/// sum = the rows added up, four at a time. n elements of `sum` are written, no more.
template <class T>
void add_rows(const T* rows, int64_t step, int64_t count, int64_t n, T* sum) {
  bool add = false;
  for (; count >= 4; count -= 4, rows += 4 * step, add = true)
    add_group<T, 4>(rows, step, n, add, sum);
  if (count == 3)
    add_group<T, 3>(rows, step, n, add, sum);
  else if (count == 2)
    add_group<T, 2>(rows, step, n, add, sum);
  else if (count == 1)
    add_group<T, 1>(rows, step, n, add, sum);
}

/// Adds `row` to rows [begin, end) of a plane. Rows come in ascending windows: those from `fresh`
/// on were never written and are set instead, those that a gap leaves out become zero.
template <class T>
void spread_row(const T* row, int64_t begin, int64_t end, int64_t n, T* plane, int64_t& fresh) {
  constexpr int N = Vec<T>::N;
  for (; fresh < begin; ++fresh)
    __builtin_memset(plane + fresh * n, 0, static_cast<size_t>(n) * sizeof(T));
  for (int64_t y = begin; y < end; ++y) {
    T* to = plane + y * n;
    int64_t i = 0;
    if (y >= fresh) {
      for (; i + N <= n; i += N) Vec<T>::load(row + i).store(to + i);
      if (i < n) Vec<T>::load(row + i, int(n - i)).store(to + i, int(n - i));
    } else {
      for (; i + N <= n; i += N) (Vec<T>::load(to + i) + Vec<T>::load(row + i)).store(to + i);
      if (i < n) {
        const int rest = static_cast<int>(n - i);
        (Vec<T>::load(to + i, rest) + Vec<T>::load(row + i, rest)).store(to + i, rest);
      }
    }
  }
  fresh = most(fresh, end);
}

/// The sum of n neighbours but for joining the lanes, in four vectors.
template <class T>
GM_INLINE Vec<T> run_lanes(const T* p, int64_t n) {
  constexpr int N = Vec<T>::N;
  Vec<T> s[4];
  for (int j = 0; j < 4; ++j) s[j] = Vec<T>(T(0));
  int64_t i = 0;
  for (; i + 4 * N <= n; i += 4 * N) {
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) s[j] += Vec<T>::load(p + i + j * N);
  }
  for (; i + N <= n; i += N) s[0] += Vec<T>::load(p + i);
  if (i < n) s[1] += Vec<T>::load(p + i, int(n - i));
  return (s[0] + s[1]) + (s[2] + s[3]);
}
template <class T>
GM_INLINE T sum_run(const T* p, int64_t n) {
  return sum(run_lanes(p, n));
}

// ---- windows ------------------------------------------------------------------------------------

/// Inputs, or inputs and padding, under output i along one axis.
GM_INLINE int64_t window_size(const PoolAxis& a, int64_t i, bool padding) {
  const int64_t start = i * a.stride - a.padding;
  if (padding) return least(start + a.kernel, a.in + a.padding) - start;
  return least(start + a.kernel, a.in) - most(start, 0);
}

/// What a piece works in.
template <class T>
struct AverageScratch {
  T* sums;            // of a window's rows, or what flows back to them
  Phases<T> line[2];  // the same between zeros; one ahead, for taps are loaded across the vectors
                      // just stored, and would wait for them
  T* columns;         // window_size along x of every output column; all 1 for a fixed divisor
  const T** tap;      // where each tap of output 0 lies in line[0] …
  int64_t next;       // … and how much further in line[1]

  static int64_t bytes(const PoolAxis& x) {
    return Carve::bytes<T>(x.in) + 2 * Carve::bytes<T>(Phases<T>::total(x)) +
           Carve::bytes<T>(x.out) + Carve::bytes<T*>(x.kernel);
  }

  AverageScratch(const PoolAxis& x, AverageDivisor divisor, Carve carve)
      : sums(carve.take<T>(x.in)),
        line{{x, carve.take<T>(Phases<T>::total(x))}, {x, carve.take<T>(Phases<T>::total(x))}},
        columns(carve.take<T>(x.out)),
        tap(carve.take<const T*>(x.kernel)),
        next(line[1].data - line[0].data) {
    for (const Phases<T>& phases : line)
      for (int64_t i = 0; i < Phases<T>::total(x); ++i) phases.data[i] = T(0);
    for (int64_t i = 0; i < x.out + Vec<T>::N; ++i)
      columns[i] =
          divisor.fixed || i >= x.out ? T(1) : T(window_size(x, i, divisor.include_padding));
    for (int64_t k = 0; k < x.kernel; ++k) tap[k] = line[0].at(k);
  }

  /// What all sums of output row i are divided by, besides their column's.
  static T rows(const PoolAxis& y, AverageDivisor divisor, int64_t i) {
    return divisor.fixed ? T(divisor.fixed) : T(window_size(y, i, divisor.include_padding));
  }
};

template <class T>
void average_window(const PoolArgs& args, AverageDivisor divisor) {
  const PoolAxis &x = args.x, &y = args.y;
  for_planes(args, false, 80, [&](int64_t p, int64_t p1, int64_t y0, int64_t y1) {
    constexpr int N = Vec<T>::N;
    const Scratch scratch(static_cast<size_t>(AverageScratch<T>::bytes(x)));
    const AverageScratch<T> s(x, divisor, Carve(scratch.data));
    for (; p < p1; ++p) {
      const auto add_window_rows = [&](int64_t i) {
        const Taps rows = taps(y, i);
        const T* from = input_plane<T>(args, p) + (rows.start + rows.first) * x.in;
        if (rows.last - rows.first > 1) add_rows(from, x.in, rows.last - rows.first, x.in, s.sums);
        s.line[i % 2].deal(rows.last - rows.first > 1 ? s.sums : from, x.in);
      };
      add_window_rows(y0);
      for (int64_t i = y0; i < y1; ++i) {
        if (i + 1 < y1) add_window_rows(i + 1);
        const Vec<T> divide(AverageScratch<T>::rows(y, divisor, i));
        const int64_t line = i % 2 * s.next;
        T* out = output_plane<T>(args, p) + i * x.out;
        for (int64_t j = 0; j < x.out; j += N) {
          Vec<T> sum = Vec<T>::load(s.tap[0] + line + j);
          for (int64_t k = 1; k < x.kernel; ++k) sum += Vec<T>::load(s.tap[k] + line + j);
          const Vec<T> count = divide * Vec<T>::load(s.columns + j);
          (sum / count).store(out + j, int(least(N, x.out - j)));
        }
      }
    }
  });
}

// Forward was  out[j] = Σ_k position[j·stride + k] / count, so position t gets g[j] / count from
// all j with  t = j·stride + k.  In phases: element i of phase q gets those of  j = i − m  for all
// taps k = q + m·stride.  Along y, an input row is the sum of the lines of those output rows whose
// windows reach it, and is written once; the lines of as many output rows are kept.
template <class T>
void average_window_gradient(const PoolArgs& args, AverageDivisor divisor) {
  const PoolAxis &x = args.x, &y = args.y;
  for_planes(args, true, 120, [&](int64_t p, int64_t p1, int64_t, int64_t) {
    constexpr int N = Vec<T>::N;
    const int64_t before = (x.kernel - 1) / x.stride;  // zeros before j = 0
    const int64_t length = before + most(x.out, Phases<T>::length(x)) + N;
    const int64_t kept = ceil_div(y.kernel, y.stride), size = Phases<T>::total(x);
    const Scratch scratch(static_cast<size_t>(
        AverageScratch<T>::bytes(x) + Carve::bytes<T>(length) + Carve::bytes<T>(kept * size)));
    Carve carve(scratch.data);
    T* shares = carve.take<T>(length);
    T* lines = carve.take<T>(kept * size);
    const AverageScratch<T> s(x, divisor, carve);
    for (int64_t j = 0; j < length; ++j) shares[j] = T(0);
    for (int64_t j = 0; j < kept * size; ++j) lines[j] = T(0);
    const auto line = [&](int64_t i) { return Phases<T>(x, lines + i % kept * size); };
    const auto fill = [&](int64_t i, const T* g) {
      const Vec<T> divide(AverageScratch<T>::rows(y, divisor, i));
      for (int64_t j = 0; j < x.out; j += N) {
        const int n = static_cast<int>(least(N, x.out - j));
        (Vec<T>::load(g + j, n) / (divide * Vec<T>::load(s.columns + j)))
            .store(shares + before + j, n);
      }
      const Phases<T> to = line(i);
      for (int64_t q = 0; q < least(x.stride, x.kernel); ++q) {
        T* phase = to.at(q);
        const int64_t count = ceil_div(x.kernel - q, x.stride);
        for (int64_t j = 0; j < to.step - N; j += N) {
          Vec<T> sum = Vec<T>::load(shares + before + j);
          for (int64_t m = 1; m < count; ++m) sum += Vec<T>::load(shares + before + j - m);
          sum.store(phase + j);
        }
      }
    };
    for (; p < p1; ++p) {
      T* to = const_cast<T*>(input_plane<T>(args, p));
      int64_t filled = 0;
      for (int64_t t = y.padding; t < y.padding + y.in; ++t, to += x.in) {
        const int64_t first = most(ceil_div(t - y.kernel + 1, y.stride), 0);
        const int64_t last = least(t / y.stride, y.out - 1);
        for (; filled <= last; ++filled) fill(filled, output_plane<T>(args, p) + filled * x.out);
        if (last < first) {
          __builtin_memset(to, 0, static_cast<size_t>(x.in) * sizeof(T));
        } else if (last == first) {
          line(first).template gather<false>(to, x.in, 0);
        } else {
          Phases<T> sum = line(first);
          for (int64_t i = first + 1; i < last; ++i) {
            const T *a = sum.data, *b = line(i).data;
            for (int64_t j = 0; j < size; ++j) s.line[0].data[j] = a[j] + b[j];
            sum = s.line[0];
          }
          sum.template gather<true>(to, x.in, line(last).data - sum.data);
        }
      }
    }
  });
}

// ---- adaptive -----------------------------------------------------------------------------------

template <class T>
void average_adaptive(const PoolArgs& args) {
  const PoolAxis &x = args.x, &y = args.y;
  for_planes(args, false, 120, [&](int64_t p, int64_t p1, int64_t y0, int64_t y1) {
    const Scratch scratch(static_cast<size_t>(Carve::bytes<T>(x.in)));
    T* line = static_cast<T*>(scratch.data);
    for (; p < p1; ++p) {
      for (int64_t i = y0; i < y1; ++i) {
        const int64_t begin = bin_begin(y, i), height = bin_end(y, i) - begin;
        const T* rows = input_plane<T>(args, p) + begin * x.in;
        if (height > 1) add_rows(rows, x.in, height, x.in, line);
        const T* sums = height > 1 ? line : rows;
        T* out = output_plane<T>(args, p) + i * x.out;
        for (int64_t j = 0; j < x.out; ++j) {
          const int64_t from = bin_begin(x, j), width = bin_end(x, j) - from;
          out[j] = sum_run(sums + from, width) / T(height * width);
        }
      }
    }
  });
}

template <class T>
void average_adaptive_gradient(const PoolArgs& args) {
  const PoolAxis &x = args.x, &y = args.y;
  if (y.out * x.out == 1) {
    const int64_t inputs = y.in * x.in;
    for_planes(args, true, 60, [&](int64_t p, int64_t p1, int64_t, int64_t) {
      for (; p < p1; ++p) {
        const Vec<T> share(*output_plane<T>(args, p) / T(inputs));
        T* to = const_cast<T*>(input_plane<T>(args, p));
        int64_t i = 0;
        for (; i + Vec<T>::N <= inputs; i += Vec<T>::N) share.store(to + i);
        if (i < inputs) share.store(to + i, int(inputs - i));
      }
    });
    return;
  }
  for_planes(args, true, 120, [&](int64_t p, int64_t p1, int64_t, int64_t) {
    const Scratch scratch(static_cast<size_t>(Carve::bytes<T>(x.in)));
    T* line = static_cast<T*>(scratch.data);
    for (; p < p1; ++p) {
      T* plane = const_cast<T*>(input_plane<T>(args, p));
      int64_t fresh = 0;
      for (int64_t i = 0; i < y.out; ++i) {
        const int64_t begin = bin_begin(y, i), end = bin_end(y, i);
        const T* g = output_plane<T>(args, p) + i * x.out;
        int64_t filled = 0;  // bins overlap by one column at most
        for (int64_t j = 0; j < x.out; ++j) {
          const int64_t from = bin_begin(x, j), to = bin_end(x, j);
          const T share = g[j] / T((end - begin) * (to - from));
          for (int64_t c = from; c < to; ++c) line[c] = c < filled ? line[c] + share : share;
          filled = to;
        }
        spread_row(line, begin, end, x.in, plane, fresh);
      }
    }
  });
}

// ---- small planes -------------------------------------------------------------------------------

/// What output (i, j) of these spans is divided by; bins have no padding.
GM_INLINE int64_t divisor_of(const PoolArgs& a, AverageDivisor divisor, int64_t i, int64_t j,
                             const Span& y, const Span& x) {
  if (divisor.fixed) return divisor.fixed;
  return divisor.include_padding ? window_size(a.y, i, true) * window_size(a.x, j, true)
                                 : y.count * x.count;
}
constexpr AverageDivisor kInputs{false, 0};

template <class T>
void average_lanes(const PoolArgs& args, SpanOf span, AverageDivisor divisor) {
  constexpr int N = Vec<T>::N;
  const int64_t inputs = args.y.in * args.x.in, outputs = args.y.out * args.x.out;
  for_lanes<T>(args, span, 150, 70, [&](int64_t p, int planes, const LaneScratch<T>& s) {
    take_planes(input_plane<T>(args, p), inputs, planes, s.staged, s.inputs);
    T* to = s.outputs;
    for (int64_t i = 0; i < args.y.out; ++i) {
      const Span y = s.y[i];
      for (int64_t j = 0; j < args.x.out; ++j, to += N) {
        const Span x = s.x[j];
        Vec<T> sum(T(0));
        const T* row = s.inputs + (y.begin * args.x.in + x.begin) * N;
        for (int64_t k = 0; k < y.count; ++k, row += args.x.in * N)
          for (int64_t m = 0; m < x.count; ++m) sum += Vec<T>::load(row + m * N);
        (sum / Vec<T>(T(divisor_of(args, divisor, i, j, y, x)))).store(to);
      }
    }
    give_planes(s.outputs, outputs, planes, s.staged, output_plane<T>(args, p));
  });
}

template <class T>
void average_lanes_gradient(const PoolArgs& args, SpanOf span, AverageDivisor divisor) {
  constexpr int N = Vec<T>::N;
  const int64_t inputs = args.y.in * args.x.in, outputs = args.y.out * args.x.out;
  for_lanes<T>(args, span, 150, 120, [&](int64_t p, int planes, const LaneScratch<T>& s) {
    take_planes(output_plane<T>(args, p), outputs, planes, s.staged, s.outputs);
    for (int64_t i = 0; i < inputs; ++i) Vec<T>(T(0)).store(s.inputs + i * N);
    const T* g = s.outputs;
    for (int64_t i = 0; i < args.y.out; ++i) {
      const Span y = s.y[i];
      for (int64_t j = 0; j < args.x.out; ++j, g += N) {
        const Span x = s.x[j];
        const Vec<T> share = Vec<T>::load(g) / Vec<T>(T(divisor_of(args, divisor, i, j, y, x)));
        T* row = s.inputs + (y.begin * args.x.in + x.begin) * N;
        for (int64_t k = 0; k < y.count; ++k, row += args.x.in * N)
          for (int64_t m = 0; m < x.count; ++m)
            (Vec<T>::load(row + m * N) + share).store(row + m * N);
      }
    }
    give_planes(s.inputs, inputs, planes, s.staged, const_cast<T*>(input_plane<T>(args, p)));
  });
}

/// One output for each plane: N planes' sums are joined at a time.
template <class T>
void average_whole(const PoolArgs& args) {
  constexpr int N = Vec<T>::N;
  const int64_t inputs = args.y.in * args.x.in, groups = most(16384 / (N * inputs), 1) * N;
  parallel_for(ceil_div(args.planes, groups), args.planes * (inputs + 64) / 8, [&](int64_t piece) {
    const int64_t end = least((piece + 1) * groups, args.planes);
    for (int64_t p = piece * groups; p < end; p += N) {
      const int planes = static_cast<int>(least(N, end - p));
      Vec<T> sums[N];
      for (int l = 0; l < N; ++l)
        sums[l] = l < planes ? run_lanes(input_plane<T>(args, p + l), inputs) : Vec<T>(T(0));
      const Vec<T> sum = across_each(sums, [](Vec<T> a, Vec<T> b) { return a + b; });
      (sum / Vec<T>(T(inputs))).store(output_plane<T>(args, p), planes);
    }
  });
}

template <class T>
void window_of(const PoolArgs& args, AverageDivisor divisor) {
  if (small_planes(args))
    average_lanes<T>(args, window_span, divisor);
  else
    average_window<T>(args, divisor);
}
template <class T>
void window_gradient_of(const PoolArgs& args, AverageDivisor divisor) {
  if (small_planes(args))
    average_lanes_gradient<T>(args, window_span, divisor);
  else
    average_window_gradient<T>(args, divisor);
}
template <class T>
void adaptive_of(const PoolArgs& args) {
  if (args.y.out * args.x.out == 1)
    average_whole<T>(args);
  else if (small_planes(args))
    average_lanes<T>(args, bin_span, kInputs);
  else
    average_adaptive<T>(args);
}
template <class T>
void adaptive_gradient_of(const PoolArgs& args) {
  if (small_planes(args) && args.y.out * args.x.out > 1)
    average_lanes_gradient<T>(args, bin_span, kInputs);
  else
    average_adaptive_gradient<T>(args);
}

void window(const PoolArgs& args, AverageDivisor divisor) {
  args.dtype == DType::Float64 ? window_of<double>(args, divisor) : window_of<float>(args, divisor);
}
void window_gradient(const PoolArgs& args, AverageDivisor divisor) {
  if (args.dtype == DType::Float64)
    window_gradient_of<double>(args, divisor);
  else
    window_gradient_of<float>(args, divisor);
}
void adaptive(const PoolArgs& args) {
  args.dtype == DType::Float64 ? adaptive_of<double>(args) : adaptive_of<float>(args);
}
void adaptive_gradient(const PoolArgs& args) {
  if (args.dtype == DType::Float64)
    adaptive_gradient_of<double>(args);
  else
    adaptive_gradient_of<float>(args);
}

}  // namespace

constinit const AveragePoolKernels average_pool = {
    .window = window,
    .window_gradient = window_gradient,
    .adaptive = adaptive,
    .adaptive_gradient = adaptive_gradient,
};

}  // namespace gm::GM_ISA
