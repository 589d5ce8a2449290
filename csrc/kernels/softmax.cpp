#include "kernels/softmax.h"

#include "isa/parallel.h"
#include "kernels/softmax_row.h"

namespace gm::GM_ISA {
namespace {

inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
inline int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

// ---- rows: a group of `count` rows at a time, short ones N together
// ------------------------------

template <class T>
struct Group {
  const T *x, *g;
  T* out;
  int64_t n;
  int count;
};

template <class T>
void softmax_rows(const Group<T>& r) {
  constexpr int N = Vec<T>::N;
  T m[N], s[N];
  join_rows(r.count, m, Larger{}, [&](int k) { return row_max(r.x + k * r.n, r.n); });
  if (r.n > kShortRow) {
    join_rows(1, s, Plus{}, [&](int) { return row_exp<false>(r.x, r.out, r.n, m[0]); });
    const Vec<T> scale(T(1) / s[0]);
    row_map(r.out, r.n, [&](int64_t i, int lanes) { return load_lanes(r.out + i, lanes) * scale; });
    return;
  }
  alignas(64) T e[N * kShortRow];
  const int64_t stride = ceil_div(r.n, N) * N;
  join_rows(r.count, s, Plus{},
            [&](int k) { return row_exp<true>(r.x + k * r.n, e + k * stride, r.n, m[k]); });
  (Vec<T>(T(1)) / Vec<T>::load(s)).store(s);
  for (int k = 0; k < r.count; ++k) {
    const Vec<T> scale(s[k]);
    row_map(r.out + k * r.n, r.n,
            [&](int64_t i, int) { return Vec<T>::load(e + k * stride + i) * scale; });
  }
}
template <class T>
void log_softmax_rows(const Group<T>& r) {
  T m[Vec<T>::N], s[Vec<T>::N];
  join_rows(r.count, m, Larger{}, [&](int k) { return row_max(r.x + k * r.n, r.n); });
  join_rows(r.count, s, Plus{},
            [&](int k) { return row_sum_exp(r.x + k * r.n, r.n, m[k], r.out + k * r.n); });
  log(Vec<T>::load(s)).store(s);
  for (int k = 0; k < r.count; ++k) {
    const T* x = r.x + k * r.n;
    const Vec<T> shift(m[k]), log_sum(s[k]);
    row_map(r.out + k * r.n, r.n,
            [&](int64_t i, int lanes) { return (load_lanes(x + i, lanes) - shift) - log_sum; });
  }
}

template <class T>
GM_INLINE void fetch_next(const T* y, const T* g, const T* out, int64_t i, int64_t n) {
  prefetch(y + i + ahead(n));
  prefetch(g + i + ahead(n));
  prefetch(out + i + ahead(n));
}
template <class T>
void softmax_backward_rows(const Group<T>& r) {
  T dots[Vec<T>::N];
  join_rows(r.count, dots, Plus{}, [&](int k) {
    return row_sum<T>(r.n, [&](int64_t i, int lanes) {
      return load_lanes(r.x + k * r.n + i, lanes) * load_lanes(r.g + k * r.n + i, lanes);
    });
  });
  for (int k = 0; k < r.count; ++k) {
    const T *y = r.x + k * r.n, *g = r.g + k * r.n;
    T* out = r.out + k * r.n;
    const Vec<T> dot(dots[k]);
    row_map(out, r.n, [&](int64_t i, int lanes) {
      fetch_next(y, g, out, i, r.n);
      return load_lanes(y + i, lanes) * (load_lanes(g + i, lanes) - dot);
    });
  }
}
template <class T>
void log_softmax_backward_rows(const Group<T>& r) {
  T totals[Vec<T>::N];
  join_rows(r.count, totals, Plus{}, [&](int k) {
    return row_sum<T>(r.n,
                      [&](int64_t i, int lanes) { return load_lanes(r.g + k * r.n + i, lanes); });
  });
  for (int k = 0; k < r.count; ++k) {
    const T *y = r.x + k * r.n, *g = r.g + k * r.n;
    T* out = r.out + k * r.n;
    const Vec<T> total(totals[k]);
    row_map(out, r.n, [&](int64_t i, int lanes) {
      fetch_next(y, g, out, i, r.n);
      return load_lanes(g + i, lanes) - exp_below(load_lanes(y + i, lanes)) * total;
    });
  }
}

template <class T, class RowsFn>
void rows(const SoftmaxArgs& a, int64_t picoseconds, const RowsFn& group_rows) {
  const int64_t n = a.length, together = rows_together<T>(n);
  const int64_t piece_rows = ceil_div(ceil_div(8192, n), together) * together;
  parallel_for(ceil_div(a.outer, piece_rows), a.outer * n * picoseconds / 1000, [&](int64_t piece) {
    const int64_t end = smaller(a.outer, (piece + 1) * piece_rows);
    for (int64_t i = piece * piece_rows; i < end; i += together)
      group_rows(Group<T>{reinterpret_cast<const T*>(a.x) + i * n,
                          reinterpret_cast<const T*>(a.g) + i * n,
                          reinterpret_cast<T*>(a.out) + i * n, n, int(smaller(together, end - i))});
  });
}

// ---- long rows: cut at fixed places, so that threads share one ----------------------------------
//
// Each part is taken about its own maximum while it is in cache; then all are joined, in order:
//
//   Σ e^(x − m) = Σ_parts e^(m_p − m) · s_p,   m = max m_p,  s_p = Σ e^(x − m_p) over the part

inline constexpr int64_t kPartRow = 32768;

/// What is known of a part. `max` is finite or +∞, that of −∞ alone is 0.
template <class T>
struct PartRow {
  T max, sum;
  T scale, shift;  // for the second visit
};

template <class T>
GM_INLINE T joined_sum(Vec<T> lanes) {
  return across(lanes, Plus{});
}
template <class T>
GM_INLINE T part_max(const T* x, int64_t n) {
  const T m = across(row_max(x, n), Larger{});
  return m == -Ieee<T>::kInfinity ? T(0) : m;
}
/// Sums and maxima of a row's parts joined. A part of −∞ alone, with a sum of 0, counts for
/// nothing.
template <class T>
GM_INLINE PartRow<T> join_parts(const PartRow<T>* part, int64_t parts) {
  PartRow<T> all{-Ieee<T>::kInfinity, 0, 0, 0};
  for (int64_t i = 0; i < parts; ++i)
    if (part[i].sum != 0 && part[i].max > all.max) all.max = part[i].max;
  for (int64_t i = 0; i < parts; ++i)
    if (part[i].sum != 0) all.sum += exp_below(Vec<T>(part[i].max - all.max))[0] * part[i].sum;
  return all;
}

struct SoftmaxParts {
  template <class T>
  static void first(const Group<T>& r, PartRow<T>& part) {
    part.max = part_max(r.x, r.n);
    part.sum = joined_sum(row_exp<false>(r.x, r.out, r.n, part.max));
  }
  template <class T>
  static void join(PartRow<T>* part, int64_t parts) {
    const PartRow<T> all = join_parts(part, parts);
    for (int64_t i = 0; i < parts; ++i) {
      // A row of −∞ alone becomes NaN: 0 · ∞.
      const T weight = part[i].sum != 0 ? exp_below(Vec<T>(part[i].max - all.max))[0]
                       : all.sum != 0   ? T(0)
                                        : T(1);
      part[i].scale = weight / all.sum;
    }
  }
  template <class T>
  static void second(const Group<T>& r, const PartRow<T>& part) {
    const Vec<T> scale(part.scale), least(Ieee<T>::kSmallestNormal);
    row_map(r.out, r.n, [&](int64_t i, int lanes) {
      const Vec<T> y = load_lanes(r.out + i, lanes) * scale;
      return keep(~(y < least), y);  // no subnormal numbers
    });
  }
};
struct LogSoftmaxParts {
  template <class T>
  static void first(const Group<T>& r, PartRow<T>& part) {
    part.max = part_max(r.x, r.n);
    part.sum = joined_sum(row_sum_exp(r.x, r.n, part.max, r.out));
  }
  template <class T>
  static void join(PartRow<T>* part, int64_t parts) {
    const PartRow<T> all = join_parts(part, parts);
    const T log_sum = log(Vec<T>(all.sum))[0];
    for (int64_t i = 0; i < parts; ++i) {
      part[i].shift = all.max;
      part[i].scale = log_sum;
    }
  }
  template <class T>
  static void second(const Group<T>& r, const PartRow<T>& part) {
    const Vec<T> shift(part.shift), log_sum(part.scale);
    row_map(r.out, r.n,
            [&](int64_t i, int lanes) { return (load_lanes(r.x + i, lanes) - shift) - log_sum; });
  }
};
/// Of gradients: one sum over the row.
struct SumOfParts {
  template <class T>
  static void join(PartRow<T>* part, int64_t parts) {
    T sum(0);
    for (int64_t i = 0; i < parts; ++i) sum += part[i].sum;
    for (int64_t i = 0; i < parts; ++i) part[i].scale = sum;
  }
};
struct SoftmaxBackwardParts : SumOfParts {
  template <class T>
  static void first(const Group<T>& r, PartRow<T>& part) {
    part.sum = joined_sum(row_sum<T>(r.n, [&](int64_t i, int lanes) {
      return load_lanes(r.x + i, lanes) * load_lanes(r.g + i, lanes);
    }));
  }
  template <class T>
  static void second(const Group<T>& r, const PartRow<T>& part) {
    const Vec<T> dot(part.scale);
    row_map(r.out, r.n, [&](int64_t i, int lanes) {
      return load_lanes(r.x + i, lanes) * (load_lanes(r.g + i, lanes) - dot);
    });
  }
};
struct LogSoftmaxBackwardParts : SumOfParts {
  template <class T>
  static void first(const Group<T>& r, PartRow<T>& part) {
    part.sum = joined_sum(
        row_sum<T>(r.n, [&](int64_t i, int lanes) { return load_lanes(r.g + i, lanes); }));
  }
  template <class T>
  static void second(const Group<T>& r, const PartRow<T>& part) {
    const Vec<T> total(part.scale);
    row_map(r.out, r.n, [&](int64_t i, int lanes) {
      return load_lanes(r.g + i, lanes) - exp_below(load_lanes(r.x + i, lanes)) * total;
    });
  }
};

template <class T, class Parts>
void long_rows(const SoftmaxArgs& a, int64_t picoseconds) {
  const int64_t parts = ceil_div(a.length, kPartRow), all = a.outer * parts;
  const Scratch scratch(static_cast<size_t>(all) * sizeof(PartRow<T>));
  PartRow<T>* part = static_cast<PartRow<T>*>(scratch.data);
  const auto group = [&](int64_t i) {
    const int64_t from = i % parts * kPartRow, at = i / parts * a.length + from;
    return Group<T>{reinterpret_cast<const T*>(a.x) + at, reinterpret_cast<const T*>(a.g) + at,
                    reinterpret_cast<T*>(a.out) + at, smaller(kPartRow, a.length - from), 1};
  };
  const int64_t cost = a.outer * a.length * picoseconds / 2000;  // of each visit
  parallel_for(all, cost, [&](int64_t i) { Parts::template first<T>(group(i), part[i]); });
  for (int64_t row = 0; row < a.outer; ++row) Parts::template join<T>(part + row * parts, parts);
  parallel_for(all, cost, [&](int64_t i) { Parts::template second<T>(group(i), part[i]); });
}

// ---- columns ------------------------------------------------------------------------------------

/// Columns narrower than this are widened.
inline constexpr int64_t kNarrow = 64;

/// A strip: pointers at its first row, rows `stride` apart, two rows of scratch. Of narrow columns
/// several rows are read as one wide one, the last of which may have only `rest` elements.
template <class T>
struct Strip {
  const T *x, *g;
  T* out;
  int64_t length, stride, n, rest;
  int64_t inner;  ///< of a row; n is a multiple where several are together
  T *a, *b;

  GM_INLINE void clear(T* p, T value) const {
    for (int64_t j = 0; j < kStripColumns; j += Vec<T>::N) Vec<T>(value).store(p + j);
  }
  GM_INLINE Vec<T> at(const T* p, int64_t i, int64_t j, int lanes) const {
    return load_lanes(p + i * stride + j, lanes);
  }
  GM_INLINE void put(Vec<T> value, int64_t i, int64_t j, int lanes) const {
    store_lanes(value, out + i * stride + j, lanes);
  }
  /// Into scratch, whole but in the last row: beyond its end are sums of others. (A whole load
  /// would wait for a store of some lanes.)
  GM_INLINE void gather(Vec<T> value, T* p, int64_t i, int lanes) const {
    store_lanes(value, p, i < length ? Vec<T>::N : lanes);
  }
  /// line(i, j, lanes) for all rows i and their vectors j.
  template <class Line>
  GM_INLINE void each(const Line& line) const {
    const int64_t rows = length + (rest > 0);
    for (int64_t i = 0; i < rows; ++i) {
      const int64_t columns = i < length ? n : rest;
      int64_t j = 0;
      for (; j + Vec<T>::N <= columns; j += Vec<T>::N) line(i, j, Vec<T>::N);
      if (j < columns) line(i, j, int(columns - j));
    }
  }
  /// Of rows read as one each place holds its largest or sum: then all of them.
  GM_NOINLINE void join(T* p, bool largest) const {
    if (n <= inner) return;
    for (int64_t c = 0; c < inner; c += Vec<T>::N) {
      const int lanes = int(smaller(Vec<T>::N, inner - c));
      Vec<T> all = Vec<T>::load(p + c, lanes);
      for (int64_t k = inner; k < n; k += inner) {
        const Vec<T> one = Vec<T>::load(p + k + c, lanes);
        all = largest ? max(one, all) : all + one;
      }
      for (int64_t k = 0; k < n; k += inner) all.store(p + k + c, lanes);
    }
  }
  GM_INLINE void max_into_a() const {
    clear(a, -Ieee<T>::kInfinity);
    each([&](int64_t i, int64_t j, int lanes) {
      gather(max(at(x, i, j, lanes), Vec<T>::load(a + j)), a + j, i, lanes);
    });
    join(a, true);
  }
};

template <class T>
void softmax_strip(const Strip<T>& s) {
  using V = Vec<T>;
  s.max_into_a();
  s.clear(s.b, 0);
  s.each([&](int64_t i, int64_t j, int lanes) {
    const V e = exp_below(s.at(s.x, i, j, lanes) - V::load(s.a + j));
    s.put(e, i, j, lanes);
    s.gather(V::load(s.b + j) + e, s.b + j, i, lanes);
  });
  s.join(s.b, false);
  for (int64_t j = 0; j < s.n; j += V::N) (V(T(1)) / V::load(s.b + j)).store(s.b + j);
  s.each([&](int64_t i, int64_t j, int lanes) {
    s.put(s.at(s.out, i, j, lanes) * V::load(s.b + j), i, j, lanes);
  });
}
template <class T>
void log_softmax_strip(const Strip<T>& s) {
  using V = Vec<T>;
  s.max_into_a();
  s.clear(s.b, 0);
  s.each([&](int64_t i, int64_t j, int lanes) {
    const V e = exp_below(s.at(s.x, i, j, lanes) - V::load(s.a + j));
    s.gather(V::load(s.b + j) + e, s.b + j, i, lanes);
  });
  s.join(s.b, false);
  for (int64_t j = 0; j < s.n; j += V::N) log(V::load(s.b + j)).store(s.b + j);
  s.each([&](int64_t i, int64_t j, int lanes) {
    s.put((s.at(s.x, i, j, lanes) - V::load(s.a + j)) - V::load(s.b + j), i, j, lanes);
  });
}
template <class T>
void softmax_backward_strip(const Strip<T>& s) {
  using V = Vec<T>;
  s.clear(s.b, 0);
  s.each([&](int64_t i, int64_t j, int lanes) {
    store_lanes(fma(s.at(s.x, i, j, lanes), s.at(s.g, i, j, lanes), V::load(s.b + j)), s.b + j,
                lanes);
  });
  s.join(s.b, false);
  s.each([&](int64_t i, int64_t j, int lanes) {
    const V y = s.at(s.x, i, j, lanes);
    s.put(y * (s.at(s.g, i, j, lanes) - V::load(s.b + j)), i, j, lanes);
  });
}
template <class T>
void log_softmax_backward_strip(const Strip<T>& s) {
  using V = Vec<T>;
  s.clear(s.b, 0);
  s.each([&](int64_t i, int64_t j, int lanes) {
    s.gather(V::load(s.b + j) + s.at(s.g, i, j, lanes), s.b + j, i, lanes);
  });
  s.join(s.b, false);
  s.each([&](int64_t i, int64_t j, int lanes) {
    const V y = exp_below(s.at(s.x, i, j, lanes));
    s.put(s.at(s.g, i, j, lanes) - y * V::load(s.b + j), i, j, lanes);
  });
}

template <class T, class StripFn>
void columns(const SoftmaxArgs& a, int64_t picoseconds, const StripFn& strip) {
  const int64_t width = strip_width(a.length);
  // Where it pays: AVX-512, (1000, 10, 3) takes 0.8 of the time, (10000, 2, 3) would take 1.4.
  const int64_t most = a.inner < Vec<T>::N ? a.length : a.length / 8;
  const bool widened = a.inner < kNarrow && a.length >= 8;
  const int64_t together = widened ? smaller(kStripColumns / a.inner, most) : 1;
  const int64_t strips = ceil_div(a.inner, width), each = a.length * a.inner;
  const int64_t group = ceil_div(8192, a.length * smaller(a.inner, width));
  parallel_for(ceil_div(a.outer, group) * strips, a.outer * each * picoseconds / 1000,
               [&](int64_t piece) {
                 alignas(64) T first[kStripColumns], second[kStripColumns];
                 const int64_t j = piece % strips * width;
                 const int64_t begin = piece / strips * group;
                 const int64_t end = smaller(a.outer, begin + group);
                 for (int64_t o = begin; o < end; ++o) {
                   const int64_t at = o * each + j;
                   Strip<T> s{reinterpret_cast<const T*>(a.x) + at,
                              reinterpret_cast<const T*>(a.g) + at,
                              reinterpret_cast<T*>(a.out) + at,
                              a.length / together,
                              a.inner * together,
                              together > 1 ? a.inner * together : smaller(width, a.inner - j),
                              a.length % together * a.inner,
                              a.inner,
                              first,
                              second};
                   strip(s);
                 }
               });
}

// -------------------------------------------------------------------------------------------------

template <class T, class Parts, class RowsFn, class StripFn>
void run(const SoftmaxArgs& args, int64_t picoseconds, const RowsFn& group_rows,
         const StripFn& strip) {
  if (args.outer * args.length * args.inner == 0) return;
  if (args.inner == 1 && args.length > 2 * kPartRow)
    long_rows<T, Parts>(args, picoseconds);
  else if (args.inner == 1)
    rows<T>(args, picoseconds, group_rows);
  else
    columns<T>(args, picoseconds, strip);
}

#define GM_SOFTMAX(NAME, PARTS, PICOSECONDS)                                                \
  void NAME##_any(const SoftmaxArgs& args) {                                                \
    if (args.dtype == DType::Float64)                                                       \
      run<double, PARTS>(args, 3 * PICOSECONDS, NAME##_rows<double>, NAME##_strip<double>); \
    else                                                                                    \
      run<float, PARTS>(args, PICOSECONDS, NAME##_rows<float>, NAME##_strip<float>);        \
  }
GM_SOFTMAX(softmax, SoftmaxParts, 700)
GM_SOFTMAX(log_softmax, LogSoftmaxParts, 700)
GM_SOFTMAX(softmax_backward, SoftmaxBackwardParts, 400)
GM_SOFTMAX(log_softmax_backward, LogSoftmaxBackwardParts, 700)
#undef GM_SOFTMAX

}  // namespace

constinit const SoftmaxKernels softmax = {
    .softmax = softmax_any,
    .log_softmax = log_softmax_any,
    .softmax_backward = softmax_backward_any,
    .log_softmax_backward = log_softmax_backward_any,
};

}  // namespace gm::GM_ISA
