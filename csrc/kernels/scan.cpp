#include "kernels/scan.h"

#include "isa/parallel.h"
#include "isa/simd.h"
#include "kernels/scan_extreme.h"

namespace gm::GM_ISA {
namespace {

struct Sum {
  static constexpr double identity = 0;
  static constexpr bool in_double = false;
  template <class V>
  GM_INLINE V operator()(V a, V b) const {
    return a + b;
  }
};
struct Prod {
  static constexpr double identity = 1;
  // Each float32 rounding inside a register would stay in all later products.
  static constexpr bool in_double = true;
  template <class V>
  GM_INLINE V operator()(V a, V b) const {
    return a * b;
  }
};

inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
inline int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

// ---- one row: prefixes inside a register, then the carry
// -------------------------------------------

/// x with lanes moved up by By (Reverse: down), `fill` in the vacated ones.
template <int By, bool Reverse, class T, int... I>
GM_INLINE Vec<T> shifted(Vec<T> x, Vec<T> fill, Lanes<I...>) {
  constexpr int N = Vec<T>::N;
  if constexpr (Reverse)
    return {__builtin_shufflevector(x.v, fill.v, (I + By < N ? I + By : N + I)...)};
  else
    return {__builtin_shufflevector(x.v, fill.v, (I >= By ? I - By : N + I)...)};
}
template <bool Reverse, int By = 1, class T, class Op>
GM_INLINE Vec<T> prefixes(Vec<T> x, const Op& op) {
  if constexpr (By >= Vec<T>::N) {
    return x;
  } else {
    x = op(x, shifted<By, Reverse>(x, Vec<T>(T(Op::identity)), LanesOf<T>{}));
    return prefixes<Reverse, 2 * By>(x, op);
  }
}

/// One register: its results, and the carry after it. Only joining the register's total to the
/// carry depends on the register before.
template <bool Reverse, class T, class Op>
GM_INLINE Vec<T> scan_register(const Op& op, Vec<T> x, double& carry) {
  using D = Vec<double>;
  constexpr int last = Reverse ? 0 : -1;
  if constexpr (Op::in_double && sizeof(T) == 4) {
    Wide wide = widen(x);
    D& first = Reverse ? wide.hi : wide.lo;
    D& second = Reverse ? wide.lo : wide.hi;
    first = op(D{carry}, prefixes<Reverse>(first, op));
    carry = first[last & (D::N - 1)];
    second = op(D{carry}, prefixes<Reverse>(second, op));
    carry = second[last & (D::N - 1)];
    return narrow(wide.lo, wide.hi);
  } else {
    x = prefixes<Reverse>(x, op);
    const Vec<T> before{T(carry)};
    carry = op(carry, double(x[last & (Vec<T>::N - 1)]));
    return op(x, before);
  }
}

/// Scans n elements from `carry` on.
template <bool Reverse, class T, class Op>
GM_INLINE void scan_row(const Op& op, const T* p, T* out, int64_t n, double carry) {
  using V = Vec<T>;
  constexpr int N = V::N;
  const int tail = int(n % N);
  const auto step = [&](int64_t i) {
    scan_register<Reverse>(op, V::load(p + i), carry).store(out + i);
  };
  const auto rest = [&](int64_t i) {
    const V x = select(first_lanes<T>(tail), V::load(p + i, tail), V(T(Op::identity)));
    scan_register<Reverse>(op, x, carry).store(out + i, tail);
  };
  if constexpr (Reverse) {
    if (tail) rest(n - tail);
    for (int64_t i = n - tail - N; i >= 0; i -= N) step(i);
  } else {
    for (int64_t i = 0; i < n - tail; i += N) step(i);
    if (tail) rest(n - tail);
  }
}

/// What scan_row gives, of rows of n elements as many at a time as fit a register: `position` is a
/// lane's within its row, in the order of the scan.
template <bool Reverse, int By = 1, class T, class Op>
GM_INLINE Vec<T> prefixes_of_rows(Vec<T> x, Vec<IntOf<T>> position, int64_t n, const Op& op) {
  if constexpr (By < Vec<T>::N) {
    if (By < n) {
      const Vec<T> none{T(Op::identity)};
      const Mask<T> take{(position >= Vec<IntOf<T>>(IntOf<T>(By))).v};
      x = op(x, select(take, shifted<By, Reverse>(x, none, LanesOf<T>{}), none));
      return prefixes_of_rows<Reverse, 2 * By>(x, position, n, op);
    }
  }
  return x;
}
/// Rows of up to this many float32. (float64 is not worth its 3 KB.)
template <class Op>
inline constexpr int64_t kScanShort = Op::in_double ? Vec<double>::N : Vec<float>::N;
template <bool Reverse, class Op>
GM_NOINLINE void scan_short_rows(const Op& op, const float* p, float* out, int64_t n,
                                 int64_t rows) {
  constexpr int64_t N = kScanShort<Op>;
  using I = typename IntOfSize<Op::in_double ? 8 : 4>::type;
  I place[N];
  for (int64_t i = 0; i < N; ++i) place[i] = I(Reverse ? n - 1 - i % n : i % n);
  const auto position = Vec<I>::load(place);
  const int64_t lanes = N / n * n;
  for (int64_t i = 0; i < rows * n; i += lanes) {
    const int count = int(smaller(lanes, rows * n - i));
    const Vec<float> x = Vec<float>::load(p + i, count);
    if constexpr (Op::in_double) {
      const Vec<double> y = prefixes_of_rows<Reverse>(widen(x).lo, position, n, op);
      narrow(y, y).store(out + i, count);
    } else {
      op(prefixes_of_rows<Reverse>(x, position, n, op), Vec<float>(0.f)).store(out + i, count);
    }
  }
}

/// All of n elements in double.
template <class T, class Op>
double total_of(const Op& op, const T* p, int64_t n) {
  double part[8];
  for (double& x : part) x = Op::identity;
  int64_t i = 0;
  for (; i + 8 <= n; i += 8)
    for (int k = 0; k < 8; ++k) part[k] = op(part[k], double(p[i + k]));
  for (; i < n; ++i) part[0] = op(part[0], double(p[i]));
  for (int k = 1; k < 8; ++k) part[0] = op(part[0], part[k]);
  return part[0];
}

template <bool Reverse, class T, class Op>
void scan_rows(const ScanArgs& a, const Op& op) {
  const auto* in = reinterpret_cast<const T*>(a.in);
  auto* out = reinterpret_cast<T*>(a.out);
  const int64_t segments = ceil_div(a.length, kScanSegment);
  const int64_t cost = a.outer * a.length / 2;
  if (segments == 1) {
    const int64_t group = ceil_div(32768, a.length);
    parallel_for(ceil_div(a.outer, group), cost, [&](int64_t piece) {
      const int64_t begin = piece * group, end = smaller(a.outer, begin + group);
      if constexpr (sizeof(T) == 4) {
        if (a.length <= kScanShort<Op>)
          return scan_short_rows<Reverse>(op, in + begin * a.length, out + begin * a.length,
                                          a.length, end - begin);
      }
      for (int64_t row = begin; row < end; ++row)
        scan_row<Reverse>(op, in + row * a.length, out + row * a.length, a.length, Op::identity);
    });
    return;
  }
  const Scratch scratch(size_t(a.outer * segments) * sizeof(double));
  auto* carry = static_cast<double*>(scratch.data);
  const auto size = [&](int64_t s) { return smaller(kScanSegment, a.length - s * kScanSegment); };
  parallel_for(a.outer * segments, cost, [&](int64_t piece) {
    const int64_t row = piece / segments, s = piece % segments;
    carry[piece] = total_of(op, in + row * a.length + s * kScanSegment, size(s));
  });
  for (int64_t row = 0; row < a.outer; ++row) {
    double before = Op::identity;
    for (int64_t k = 0; k < segments; ++k) {
      double& at = carry[row * segments + (Reverse ? segments - 1 - k : k)];
      const double total = at;
      at = before;
      before = op(before, total);
    }
  }
  parallel_for(a.outer * segments, cost, [&](int64_t piece) {
    const int64_t row = piece / segments, s = piece % segments;
    const int64_t at = row * a.length + s * kScanSegment;
    scan_row<Reverse>(op, in + at, out + at, size(s), carry[piece]);
  });
}

// ---- columns: vectors along inner ---------------------------------------------------------------

inline constexpr int64_t kScanStrip = 512;

template <class Op>
GM_INLINE void scan_line(const Op& op, const float* p, float* out, double* carry, int64_t n) {
  constexpr int N = Vec<float>::N, D = Vec<double>::N;
  for (int64_t j = 0; j < n; j += N) {
    const int lanes = int(smaller(N, n - j));
    const Wide x = widen(lanes == N ? Vec<float>::load(p + j) : Vec<float>::load(p + j, lanes));
    const Vec<double> lo = op(Vec<double>::load(carry + j), x.lo);
    const Vec<double> hi = op(Vec<double>::load(carry + j + D), x.hi);
    lo.store(carry + j);
    hi.store(carry + j + D);
    if (lanes == N)
      narrow(lo, hi).store(out + j);
    else
      narrow(lo, hi).store(out + j, lanes);
  }
}
template <class Op>
GM_INLINE void scan_line(const Op& op, const double* p, double* out, double* carry, int64_t n) {
  constexpr int N = Vec<double>::N;
  for (int64_t j = 0; j < n; j += N) {
    const int lanes = int(smaller(N, n - j));
    const Vec<double> x = op(Vec<double>::load(carry + j), Vec<double>::load(p + j, lanes));
    x.store(carry + j);
    x.store(out + j, lanes);
  }
}

/// All lines of as many columns as a register holds, each `step` after the one before: what they
/// carry stays in registers.
template <class Op>
GM_INLINE void scan_narrow(const Op& op, const float* p, float* out, int64_t length, int64_t step,
                           int n) {
  Wide carry{Op::identity, Op::identity};
  for (int64_t i = 0; i < length; ++i, p += step, out += step) {
    const Wide x = widen(Vec<float>::load(p, n));
    carry.lo = op(carry.lo, x.lo);
    if (n > Vec<double>::N) carry.hi = op(carry.hi, x.hi);
    narrow(carry.lo, carry.hi).store(out, n);
  }
}
template <class Op>
GM_INLINE void scan_narrow(const Op& op, const double* p, double* out, int64_t length, int64_t step,
                           int n) {
  Vec<double> carry{Op::identity};
  for (int64_t i = 0; i < length; ++i, p += step, out += step) {
    carry = op(carry, Vec<double>::load(p, n));
    carry.store(out, n);
  }
}

template <class T, class Op>
void scan_columns(const ScanArgs& a, const Op& op) {
  const auto* in = reinterpret_cast<const T*>(a.in);
  auto* out = reinterpret_cast<T*>(a.out);
  const int64_t strips = ceil_div(a.inner, kScanStrip);
  const int64_t group = ceil_div(32768, a.length * smaller(a.inner, kScanStrip));
  parallel_for(
      ceil_div(a.outer, group) * strips, a.outer * a.length * a.inner / 2, [&](int64_t piece) {
        alignas(64) double carry[kScanStrip];
        const int64_t j = piece % strips * kScanStrip;
        const int64_t n = smaller(kScanStrip, a.inner - j);
        const int64_t first = piece / strips * group, end = smaller(a.outer, first + group);
        for (int64_t o = first; o < end; ++o) {
          if (a.inner <= Vec<T>::N) {
            const int64_t at = (o * a.length + (a.reverse ? a.length - 1 : 0)) * n;
            scan_narrow(op, in + at, out + at, a.length, a.reverse ? -n : n, int(n));
            continue;
          }
          for (double& x : carry) x = Op::identity;
          for (int64_t k = 0; k < a.length; ++k) {
            const int64_t i = a.reverse ? a.length - 1 - k : k;
            const int64_t at = (o * a.length + i) * a.inner + j;
            scan_line(op, in + at, out + at, carry, n);
          }
        }
      });
}

template <class T, class Op>
void scan_typed(const ScanArgs& a) {
  if (a.outer * a.length * a.inner == 0) return;
  if (a.inner > 1) return scan_columns<T>(a, Op{});
  if (a.reverse)
    scan_rows<true, T>(a, Op{});
  else
    scan_rows<false, T>(a, Op{});
}
template <class Op>
void run(const ScanArgs& args) {
  if (args.dtype == DType::Float64)
    scan_typed<double, Op>(args);
  else
    scan_typed<float, Op>(args);
}

// ---- cumprod's gradient -------------------------------------------------------------------------

/// dx_i = (Π_{k<i} x_k) · S_i with S_i = Σ_{j≥i} g_j Π_{i<k≤j} x_k = g_i + x_{i+1} S_{i+1}: right
/// for any number of zeros, which dividing Σ g y by x is not.
template <class T>
void prod_gradient_typed(const ProductScanGradient& a) {
  parallel_for(a.outer, a.outer * a.length * a.inner * 2, [&](int64_t o) {
    const int64_t start = o * a.length * a.inner, n = a.inner;
    const T* x = reinterpret_cast<const T*>(a.x) + start;
    const T* g = reinterpret_cast<const T*>(a.g) + start;
    T* dx = reinterpret_cast<T*>(a.dx) + start;
    const Scratch scratch(size_t(2 * n) * sizeof(double));
    auto* before = static_cast<double*>(scratch.data);
    double* after = before + n;
    for (int64_t j = 0; j < n; ++j) {
      after[j] = 0;
      before[j] = 1;
    }
    // S first, into dx, from the end; then times the products from the front.
    for (int64_t i = a.length - 1; i >= 0; --i)
      for (int64_t j = 0; j < n; ++j) {
        const T next = i + 1 < a.length ? x[(i + 1) * n + j] : T(0);
        after[j] = double(g[i * n + j]) + double(next) * after[j];
        dx[i * n + j] = T(after[j]);
      }
    for (int64_t i = 0; i < a.length; ++i)
      for (int64_t j = 0; j < n; ++j) {
        dx[i * n + j] = T(dx[i * n + j] * before[j]);
        before[j] *= double(x[i * n + j]);
      }
  });
}
void prod_gradient(const ProductScanGradient& args) {
  if (args.dtype == DType::Float64)
    prod_gradient_typed<double>(args);
  else
    prod_gradient_typed<float>(args);
}

struct NotBelow {  // NaN wins over all; after it only another NaN
  template <class T>
  GM_INLINE bool operator()(T x, T best) const {
    return x != x || x >= best;
  }
};
struct NotAbove {
  template <class T>
  GM_INLINE bool operator()(T x, T best) const {
    return x != x || x <= best;
  }
};
template <class Order>
void run_extreme(const ScanArgs& args) {
  if (args.dtype == DType::Float64)
    scan_extreme<double, Order>(args);
  else
    scan_extreme<float, Order>(args);
}

}  // namespace

constinit const ScanKernels scan = {
    .sum = run<Sum>,
    .prod = run<Prod>,
    .max = run_extreme<NotBelow>,
    .min = run_extreme<NotAbove>,
    .prod_gradient = prod_gradient,
};

}  // namespace gm::GM_ISA
