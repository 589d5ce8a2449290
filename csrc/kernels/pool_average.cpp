// Average pooling. The rows of a window are added first, whole rows at a time; their sum is then
// added along x. The gradient takes the same two steps the other way round.

#include "kernels/pool_line.h"

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

/// The sum of n neighbours, in four vectors of lanes.
template <class T>
GM_INLINE T sum_run(const T* p, int64_t n) {
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
  return sum((s[0] + s[1]) + (s[2] + s[3]));
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
// taps k = q + m·stride.
template <class T>
void average_window_gradient(const PoolArgs& args, AverageDivisor divisor) {
  const PoolAxis &x = args.x, &y = args.y;
  for_planes(args, true, 120, [&](int64_t p, int64_t p1, int64_t, int64_t) {
    constexpr int N = Vec<T>::N;
    const int64_t before = (x.kernel - 1) / x.stride;  // zeros before j = 0
    const int64_t length = before + most(x.out, Phases<T>::length(x)) + N;
    const Scratch scratch(
        static_cast<size_t>(AverageScratch<T>::bytes(x) + Carve::bytes<T>(length)));
    Carve carve(scratch.data);
    T* shares = carve.take<T>(length);
    const AverageScratch<T> s(x, divisor, carve);
    for (int64_t j = 0; j < length; ++j) shares[j] = T(0);
    for (; p < p1; ++p) {
      T* plane = const_cast<T*>(input_plane<T>(args, p));
      int64_t fresh = 0;
      for (int64_t i = 0; i < y.out; ++i) {
        const Vec<T> divide(AverageScratch<T>::rows(y, divisor, i));
        const T* g = output_plane<T>(args, p) + i * x.out;
        for (int64_t j = 0; j < x.out; j += N) {
          const int n = static_cast<int>(least(N, x.out - j));
          (Vec<T>::load(g + j, n) / (divide * Vec<T>::load(s.columns + j)))
              .store(shares + before + j, n);
        }
        for (int64_t q = 0; q < least(x.stride, x.kernel); ++q) {
          T* phase = s.line[0].at(q);
          const int64_t count = ceil_div(x.kernel - q, x.stride);
          for (int64_t j = 0; j < s.line[0].step - N; j += N) {
            Vec<T> sum = Vec<T>::load(shares + before + j);
            for (int64_t m = 1; m < count; ++m) sum += Vec<T>::load(shares + before + j - m);
            sum.store(phase + j);
          }
        }
        s.line[0].gather(s.sums, x.in);
        const Taps rows = taps(y, i);
        spread_row(s.sums, rows.start + rows.first, rows.start + rows.last, x.in, plane, fresh);
      }
      const T* none = nullptr;
      spread_row(none, y.in, y.in, x.in, plane, fresh);
    }
  });
}

// ---- adaptive -----------------------------------------------------------------------------------

template <class T>
void average_adaptive(const PoolArgs& given) {
  PoolArgs args = given;
  if (args.y.out == 1 && args.x.out == 1) {
    // The whole plane is one run.
    args.x.in *= args.y.in;
    args.y.in = 1;
  }
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

void window(const PoolArgs& args, AverageDivisor divisor) {
  if (args.dtype == DType::Float64)
    average_window<double>(args, divisor);
  else
    average_window<float>(args, divisor);
}
void window_gradient(const PoolArgs& args, AverageDivisor divisor) {
  if (args.dtype == DType::Float64)
    average_window_gradient<double>(args, divisor);
  else
    average_window_gradient<float>(args, divisor);
}
void adaptive(const PoolArgs& args) {
  if (args.dtype == DType::Float64)
    average_adaptive<double>(args);
  else
    average_adaptive<float>(args);
}
void adaptive_gradient(const PoolArgs& args) {
  if (args.dtype == DType::Float64)
    average_adaptive_gradient<double>(args);
  else
    average_adaptive_gradient<float>(args);
}

}  // namespace

constinit const AveragePoolKernels average_pool = {
    .window = window,
    .window_gradient = window_gradient,
    .adaptive = adaptive,
    .adaptive_gradient = adaptive_gradient,
};

}  // namespace gm::GM_ISA
