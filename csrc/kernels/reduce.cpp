#include "kernels/reduce.h"

#include "isa/lines.h"
#include "isa/math.h"
#include "kernels/reduce_arg.h"
#include "kernels/reduce_fold.h"
#include "kernels/reduce_order.h"

namespace gm::GM_ISA {
namespace {

// ---- folds --------------------------------------------------------------------------------------

template <class Op>
void run(const ReduceArgs& args) {
  if (args.dtype == DType::Float64)
    fold<double>(args, Op{});
  else
    fold<float>(args, Op{});
}

struct Sum {
  template <class T>
  static constexpr T identity() {
    return T(0);
  }
  template <class V>
  GM_INLINE V term(V x, V) const {
    return x;
  }
  template <class V>
  GM_INLINE V operator()(V a, V b) const {
    return a + b;
  }
};
struct Prod {
  template <class T>
  static constexpr T identity() {
    return T(1);
  }
  template <class V>
  GM_INLINE V term(V x, V) const {
    return x;
  }
  template <class V>
  GM_INLINE V operator()(V a, V b) const {
    return a * b;
  }
};
struct Max {
  template <class T>
  static constexpr T identity() {
    return -Ieee<T>::kInfinity;
  }
  template <class V>
  GM_INLINE V term(V x, V) const {
    return x;
  }
  template <class T>
  GM_INLINE Vec<T> operator()(Vec<T> a, Vec<T> b) const {
    return maximum(a, b);
  }
};
struct Min {
  template <class T>
  static constexpr T identity() {
    return Ieee<T>::kInfinity;
  }
  template <class V>
  GM_INLINE V term(V x, V) const {
    return x;
  }
  template <class T>
  GM_INLINE Vec<T> operator()(Vec<T> a, Vec<T> b) const {
    return minimum(a, b);
  }
};
struct SumSquares : Sum {
  template <class V>
  GM_INLINE V term(V x, V) const {
    return x * x;
  }
};
struct SumMagnitudes : Sum {
  template <class V>
  GM_INLINE V term(V x, V) const {
    return abs(x);
  }
};
struct MaxMagnitude : Max {
  template <class V>
  GM_INLINE V term(V x, V) const {
    return abs(x);
  }
};
struct MinMagnitude : Min {
  template <class V>
  GM_INLINE V term(V x, V) const {
    return abs(x);
  }
};
struct SumDeviations : Sum {
  template <class V>
  GM_INLINE V term(V x, V mean) const {
    return (x - mean) * (x - mean);
  }
};
struct SumExps : Sum {
  template <class V>
  GM_INLINE V term(V x, V max) const {
    return exp(x - max);
  }
};

/// Called, not inlined: a fold has some eighty terms, and this one takes 3 KB.
template <class T>
GM_NOINLINE Vec<T> power_of_magnitude(Vec<T> x, T exponent) {
  return pow(abs(x), Vec<T>(exponent));
}
template <class T>
struct SumPowers : Sum {
  T exponent;
  GM_INLINE Vec<T> term(Vec<T> x, Vec<T>) const { return power_of_magnitude(x, exponent); }
};
void sum_powers(const ReduceArgs& args) {
  if (args.dtype == DType::Float64)
    fold<double>(args, SumPowers<double>{{}, args.exponent});
  else
    fold<float>(args, SumPowers<float>{{}, float(args.exponent)});
}

template <class Op, class Order>
void run_arg(const ReduceArgs& args) {
  if (args.dtype == DType::Float64)
    arg_fold<double>(args, Op{}, Order{});
  else
    arg_fold<float>(args, Op{}, Order{});
}

// ---- elementwise --------------------------------------------------------------------------------

struct Root {
  template <class V>
  GM_INLINE V operator()(V x) const {
    return sqrt(x);
  }
};
struct Power {
  double exponent;
  template <class T>
  GM_INLINE Vec<T> operator()(Vec<T> x) const {
    return pow(x, Vec<T>(T(exponent)));
  }
};
struct LogPlus {
  template <class V>
  GM_INLINE V operator()(V sum, V max) const {
    return log(sum) + max;
  }
};
struct Magnitude {
  template <class V>
  GM_INLINE V operator()(V x) const {
    return abs(x);
  }
};
struct Finite {
  template <class T>
  GM_INLINE Vec<T> operator()(Vec<T> x) const {
    return keep(x - x == Vec<T>(T(0)), x);
  }
};
struct Tied {
  template <class T>
  GM_INLINE Vec<T> operator()(Vec<T> x, Vec<T> y) const {
    return keep((x == y) | ((x != x) & (y != y)), Vec<T>(T(1)));
  }
};
struct ExpGradient {
  template <class V>
  GM_INLINE V operator()(V x, V y, V g) const {
    return g * exp(x - y);
  }
};
struct NormGradient {
  double exponent;
  template <class T>
  GM_INLINE Vec<T> operator()(Vec<T> x, Vec<T> y, Vec<T> g) const {
    const Vec<T> zero(T(0));
    const Vec<T> ratio = exponent == 2 ? abs(x) / y : pow(abs(x) / y, Vec<T>(T(exponent - 1)));
    const Vec<T> slope = exponent == 1 ? Vec<T>(T(1)) : ratio;
    // sign(0) is 0, and a vector of zeros has no slope.
    const Mask<T> some = (x != zero) & (y != zero);
    return keep(some, g * copysign(slope, x));
  }
};

void root(const Loops& loops, DType dtype) { map_float(loops, dtype, Root{}, 500); }
void power(const Loops& loops, DType dtype, double exponent) {
  map_float<Body::Long>(loops, dtype, Power{exponent}, 1500);
}
void log_plus(const Loops& loops, DType dtype) {
  map_float<Body::Long>(loops, dtype, LogPlus{}, 800);
}
void magnitude(const Loops& loops, DType dtype) { map_float(loops, dtype, Magnitude{}, 200); }
void finite(const Loops& loops, DType dtype) { map_float(loops, dtype, Finite{}, 200); }
void tied(const Loops& loops, DType dtype) { map_float(loops, dtype, Tied{}, 300); }
void exp_gradient(const Loops& loops, DType dtype) {
  map_float<Body::Long>(loops, dtype, ExpGradient{}, 700);
}
void norm_gradient(const Loops& loops, DType dtype, double exponent) {
  map_float<Body::Long>(loops, dtype, NormGradient{exponent}, 1500);
}

// ---- prod's gradient ----------------------------------------------------------------------------

/// The products before and after each element, in two runs: right for any number of zeros.
template <class T>
struct ProdGradientRow {
  ProdGradientArgs a;
  GM_INLINE void operator()(int64_t row) const {
    const T* x = reinterpret_cast<const T*>(a.x) + row * a.reduce;
    T* dx = reinterpret_cast<T*>(a.dx) + row * a.reduce;
    T before = reinterpret_cast<const T*>(a.g)[row], after = 1;
    for (int64_t i = 0; i < a.reduce; ++i) {
      dx[i] = before;
      before *= x[i];
    }
    for (int64_t i = a.reduce - 1; i >= 0; --i) {
      dx[i] *= after;
      after *= x[i];
    }
  }
};
void prod_gradient(const ProdGradientArgs& args) {
  const int64_t cost = args.rows * args.reduce * 2;
  if (args.dtype == DType::Float64)
    parallel_for(args.rows, cost, ProdGradientRow<double>{args});
  else
    parallel_for(args.rows, cost, ProdGradientRow<float>{args});
}

}  // namespace

constinit const ReduceKernels reduce = {
    .sum = run<Sum>,
    .prod = run<Prod>,
    .max = run<Max>,
    .min = run<Min>,
    .arg_max = run_arg<Max, Larger>,
    .arg_min = run_arg<Min, Smaller>,
    .sum_squares = run<SumSquares>,
    .sum_magnitudes = run<SumMagnitudes>,
    .sum_powers = sum_powers,
    .max_magnitude = run<MaxMagnitude>,
    .min_magnitude = run<MinMagnitude>,
    .sum_deviations = run<SumDeviations>,
    .sum_exps = run<SumExps>,
    .root = root,
    .power = power,
    .log_plus = log_plus,
    .magnitude = magnitude,
    .finite = finite,
    .tied = tied,
    .exp_gradient = exp_gradient,
    .norm_gradient = norm_gradient,
    .prod_gradient = prod_gradient,
};

}  // namespace gm::GM_ISA
