// Every function of csrc/isa/math against the C library in the next wider type, in ulp.
//
//   isa_test_math_v3 [stride]    1 takes every float there is, default 14983
//
// A function's row gives the bound for float and for double; the errors stated at the definitions
// are what this program prints.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "isa/math.h"
#include "isa_check.h"

namespace {

using gm::GM_ISA::Vec;

uint64_t stride = 14983;

/// SplitMix64.
uint64_t next_random() {
  static uint64_t state = 0;
  uint64_t z = state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}
template <class T>
T uniform(double lo, double hi) {
  return static_cast<T>(lo + (hi - lo) * static_cast<double>(next_random() >> 11) * 0x1p-53);
}
template <class T>
T random_pattern() {
  const uint64_t b = next_random();
  T x;
  std::memcpy(&x, &b, sizeof x);
  return x;
}

template <class T>
std::vector<T> special_values() {
  using L = std::numeric_limits<T>;
  std::vector<T> out{0,           1,           2,
                     3,           T(0.5),      T(1.5),
                     T(2.5),      T(0.999),    T(1.001),
                     T(1e-3),     T(16777216), T(16777217),
                     T(33554432), T(33554434), T(9007199254740991),
                     L::min(),    L::max(),    L::infinity()};
  out.insert(out.end(), {L::denorm_min(), T(L::min() / 2), T(1e-30), T(1e30), L::epsilon()});
  for (const double x : {88.72283, 88.72284, 89.415, 89.417, 103.97, 87.4, 709.78, 709.79, 710.47,
                         710.48, 745.13, 745.14, 708.4, 127.99, 128., 149., 150., 1023.99, 1024.})
    out.push_back(static_cast<T>(x));
  const size_t n = out.size();
  for (size_t i = 0; i < n; ++i) out.push_back(-out[i]);
  out.push_back(L::quiet_NaN());
  return out;
}

/// Collects inputs to a whole vector, applies `f`, keeps the worst error.
template <class T, class F, class R>
struct Worst {
  using Wide = typename check::Reference<T>::type;
  F f;
  R reference;
  T x[Vec<T>::N] = {}, y[Vec<T>::N] = {}, out[Vec<T>::N];
  int filled = 0;
  double error = -1;
  T worst_x = 0, worst_y = 0, worst_out = 0;

  void add(T a, T b = 0) {
    x[filled] = a, y[filled] = b;
    if (++filled == Vec<T>::N) flush();
  }
  void flush() {
    if constexpr (std::is_invocable_v<F, Vec<T>, Vec<T>>)
      f(Vec<T>::load(x), Vec<T>::load(y)).store(out);
    else
      f(Vec<T>::load(x)).store(out);
    for (int i = 0; i < filled; ++i) {
      double e;
      if constexpr (std::is_invocable_v<F, Vec<T>, Vec<T>>)
        e = check::ulps(out[i], static_cast<Wide>(reference(Wide(x[i]), Wide(y[i]))));
      else
        e = check::ulps(out[i], static_cast<Wide>(reference(Wide(x[i]))));
      if (e > error) error = e, worst_x = x[i], worst_y = y[i], worst_out = out[i];
    }
    filled = 0;
  }
  void report(const char* name, double bound) {
    flush();
    std::printf("  %-14s float%zu  %7.3f ulp (bound %g) at (%.9g, %.9g): %.9g\n", name,
                8 * sizeof(T), error, bound, double(worst_x), double(worst_y), double(worst_out));
    check::note(error <= bound, name, __FILE__, __LINE__);
  }
};

/// x over every exponent and, denser, over [lo, hi].
template <class T, class F, class R>
void unary(const char* name, double bound, double lo, double hi, F f, R reference) {
  Worst<T, F, R> worst{f, reference};
  for (const T x : special_values<T>()) worst.add(x);
  if constexpr (sizeof(T) == 4) {
    for (uint64_t pattern = 0; pattern < uint64_t(1) << 32; pattern += stride) {
      const auto p = static_cast<uint32_t>(pattern);
      float x;
      std::memcpy(&x, &p, sizeof x);
      worst.add(x);
    }
  } else {
    for (uint64_t i = 0; i < 600000000 / stride; ++i) worst.add(random_pattern<T>());
  }
  for (uint64_t i = 0; i < 900000000 / stride; ++i) worst.add(uniform<T>(lo, hi));
  worst.report(name, bound);
}

/// Every pair of special values, random patterns, and the neighbourhoods where pow and fmod err.
template <class T, class F, class R>
void binary(const char* name, double bound, F f, R reference) {
  Worst<T, F, R> worst{f, reference};
  for (const T x : special_values<T>())
    for (const T y : special_values<T>()) worst.add(x, y);
  for (uint64_t i = 0; i < 150000000 / stride; ++i) {
    worst.add(random_pattern<T>(), random_pattern<T>());
    worst.add(uniform<T>(-10, 10), uniform<T>(-10, 10));
    worst.add(uniform<T>(0, 3), uniform<T>(-100, 100));
    worst.add(uniform<T>(0.99, 1.01), uniform<T>(-9000, 9000));
    worst.add(uniform<T>(-30, 30), static_cast<T>(static_cast<int>(uniform<T>(-20, 20))));
    worst.add(std::fabs(random_pattern<T>()), uniform<T>(-1.2, 1.2));
    worst.add(uniform<T>(-1e6, 1e6), uniform<T>(-1, 1));
    const T divisor = uniform<T>(0.1, 20);  // x a multiple of y, as nearly as T can say
    worst.add(divisor * static_cast<T>(static_cast<int>(uniform<T>(0, 1000))), divisor);
  }
  worst.report(name, bound);
}

// `x` (and `y`) in the reference is a double for the float row, a long double for the double row.
#define UNARY(NAME, BOUND32, BOUND64, LO, HI, ...)                               \
  unary<float>(                                                                  \
      #NAME, BOUND32, LO, HI, [](Vec<float> x) { return gm::GM_ISA::NAME(x); },  \
      [](double x) -> double { return __VA_ARGS__; });                           \
  unary<double>(                                                                 \
      #NAME, BOUND64, LO, HI, [](Vec<double> x) { return gm::GM_ISA::NAME(x); }, \
      [](long double x) -> long double { return __VA_ARGS__; })
#define BINARY(NAME, BOUND32, BOUND64, ...)                                                \
  binary<float>(                                                                           \
      #NAME, BOUND32, [](Vec<float> x, Vec<float> y) { return gm::GM_ISA::NAME(x, y); },   \
      [](double x, double y) -> double { return __VA_ARGS__; });                           \
  binary<double>(                                                                          \
      #NAME, BOUND64, [](Vec<double> x, Vec<double> y) { return gm::GM_ISA::NAME(x, y); }, \
      [](long double x, long double y) -> long double { return __VA_ARGS__; })

template <class X>
X sigmoid_reference(X x) {
  return x < -700 ? std::exp(x) : 1 / (1 + std::exp(-x));
}
/// Python's %, from C's.
template <class X>
X remainder_reference(X x, X y) {
  const X r = std::fmod(x, y);
  if (std::isnan(r)) return r;
  if (r == 0) return std::copysign(X(0), y);
  return (r < 0) != (y < 0) ? r + y : r;
}

/// exp_below and exp2_below of -|x|: 0 from where they say.
template <class T>
void below_zero(double bound, double low, double bound2, double low2) {
  using Wide = typename check::Reference<T>::type;
  unary<T>(
      "exp_below", bound, low - 1, 0,
      [](Vec<T> x) { return gm::GM_ISA::exp_below(gm::GM_ISA::negative_abs(x)); },
      [low](Wide x) { return -std::fabs(x) < low ? Wide(0) : std::exp(-std::fabs(x)); });
  unary<T>(
      "exp2_below", bound2, low2 - 1, 0,
      [](Vec<T> x) { return gm::GM_ISA::exp2_below(gm::GM_ISA::negative_abs(x)); },
      [low2](Wide x) { return -std::fabs(x) < low2 ? Wide(0) : std::exp2(-std::fabs(x)); });
}

void errors_against_the_library() {
  UNARY(exp, 1.2, 1.3, -104, 89, std::exp(x));
  UNARY(exp2, 1.3, 1.2, -150, 128, std::exp2(x));
  below_zero<float>(1.2, -87, 1.3, -126);
  below_zero<double>(1.3, -708, 1.2, -1022);
  UNARY(expm1, 2, 2, -20, 89, std::expm1(x));
  UNARY(tanh, 2, 2.3, -10, 10, std::tanh(x));
  UNARY(sigmoid, 2, 2, -104, 20, sigmoid_reference(x));
  UNARY(sinh, 2.5, 2.5, -90, 90, std::sinh(x));
  UNARY(cosh, 2, 2, -90, 90, std::cosh(x));
  UNARY(log, 1, 1, 0, 10, std::log(x));
  UNARY(log2, 2.5, 2.5, 0, 10, std::log2(x));
  UNARY(log10, 3, 3, 0, 10, std::log10(x));
  UNARY(log1p, 1, 1, -1, 10, std::log1p(x));
  UNARY(asinh, 2, 2, -10, 10, std::asinh(x));
  UNARY(acosh, 2.5, 2.5, 1, 10, std::acosh(x));
  UNARY(atanh, 2.2, 2.2, -1, 1, std::atanh(x));
  UNARY(sin, 1.7, 1.7, -100, 100, std::sin(x));
  UNARY(cos, 1.7, 1.7, -100, 100, std::cos(x));
  UNARY(tan, 3.5, 3.5, -100, 100, std::tan(x));
  UNARY(asin, 2.5, 2.5, -1, 1, std::asin(x));
  UNARY(acos, 1.5, 1.5, -1, 1, std::acos(x));
  UNARY(atan, 2, 2, -10, 10, std::atan(x));
  UNARY(erf, 2, 2, -6, 6, std::erf(x));
  UNARY(erfc, 4.1, 5, -6, 27, std::erfc(x));
  UNARY(rsqrt, 1.5, 1.5, 0, 10, 1 / std::sqrt(x));
  UNARY(quick_sqrt, 1, 0.501, 0, 10, std::sqrt(x));
  UNARY(reciprocal, 0.501, 0.501, -10, 10, 1 / x);
  BINARY(pow, 0.6, 1.5, std::pow(x, y));
  BINARY(atan2, 2, 2, std::atan2(x, y));
  BINARY(hypot, 0.51, 1.5, std::hypot(x, y));
  BINARY(fmod, 0, 0, std::fmod(x, y));
  BINARY(remainder, 0.501, 0.501, remainder_reference(x, y));
}

/// floor_divide is integers, where an ulp says little: exactly floor(x/y) while the quotient is
/// small enough to be sure of it, and Python's answers at the ends.
template <class T>
void floor_division() {
  using Wide = typename check::Reference<T>::type;
  const auto divide = [](T x, T y) { return gm::GM_ISA::floor_divide(Vec<T>(x), Vec<T>(y))[0]; };
  int wrong = 0;
  for (int i = 0; i < 20000; ++i) {
    T x = uniform<T>(-1e4, 1e4), y = uniform<T>(-20, 20);
    if (i % 3 == 0) x = static_cast<T>(static_cast<int>(x)), y = static_cast<T>(i % 13 - 6);
    if (std::fabs(y) < T(0.01)) continue;  // quotients up to 2^20
    wrong += divide(x, y) != static_cast<T>(std::floor(Wide(x) / Wide(y)));
  }
  CHECK(wrong == 0);
  const T inf = std::numeric_limits<T>::infinity();
  CHECK(divide(7, 2) == 3 && divide(-7, 2) == -4 && divide(7, -2) == -4 && divide(-7, -2) == 3);
  CHECK(divide(1, 0) == inf && divide(-1, 0) == -inf && std::isnan(divide(0, 0)));
  CHECK(divide(1, inf) == 0 && divide(-1, inf) == -1 && std::isnan(divide(inf, 2)));
}

/// Beyond what the sweeps compare: values that must be exact.
template <class T>
void exact_values() {
  const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  const auto at = [](auto f, T x) { return f(Vec<T>(x))[0]; };
#define AT(NAME, X) at([](Vec<T> v) { return gm::GM_ISA::NAME(v); }, X)
  CHECK(AT(exp, 0) == 1 && AT(exp, -inf) == 0 && AT(exp, inf) == inf && std::isnan(AT(exp, nan)));
  CHECK(AT(exp2, 10) == 1024 && AT(exp2, -10) == T(1) / 1024);
  CHECK(AT(log, 1) == 0 && AT(log, 0) == -inf && AT(log, inf) == inf && std::isnan(AT(log, -1)));
  CHECK(AT(log2, 8) == 3 &&
        AT(log2, std::numeric_limits<T>::denorm_min()) == (sizeof(T) == 4 ? -149 : -1074));
  CHECK(AT(tanh, inf) == 1 && AT(tanh, -inf) == -1 && AT(erf, inf) == 1 && AT(erf, -inf) == -1);
  CHECK(AT(sigmoid, inf) == 1 && AT(sigmoid, -inf) == 0 && AT(sigmoid, 0) == T(0.5));
  CHECK(std::signbit(AT(expm1, T(-0.))) && std::signbit(AT(log1p, T(-0.))));
  CHECK(std::signbit(AT(sin, T(-0.))) && std::signbit(AT(tanh, T(-0.))));
  CHECK(std::isnan(AT(sin, inf)) && std::isnan(AT(cos, -inf)) && std::isnan(AT(acos, T(1.01))));
  CHECK(AT(rsqrt, 0) == inf && AT(rsqrt, inf) == 0 && AT(rsqrt, 4) == T(0.5));
  CHECK(AT(quick_sqrt, 0) == 0 && AT(quick_sqrt, inf) == inf && AT(quick_sqrt, 4) == 2);
  CHECK(std::isnan(AT(quick_sqrt, nan)) && std::isnan(AT(quick_sqrt, -1)));
  CHECK(AT(gate_tanh, inf) > T(0.9999996) && AT(gate_tanh, -inf) < T(-0.9999996));
  CHECK(AT(gate_sigmoid, inf) > T(0.9999998) && AT(gate_sigmoid, -inf) < T(2e-7));
  CHECK(std::isnan(AT(gate_tanh, nan)) && std::isnan(AT(gate_sigmoid, nan)));
#undef AT
}

/// A gate's absolute error, and that it never leaves its range; nor does tanh, which has a table.
void gates() {
  double worst_tanh = 0, worst_sigmoid = 0;
  bool inside = true;
  for (int i = -400000; i <= 400000; ++i) {
    const float x = static_cast<float>(i) * 5e-5f;
    const double t = gm::GM_ISA::gate_tanh(Vec<float>(x))[0];
    const double s = gm::GM_ISA::gate_sigmoid(Vec<float>(x))[0];
    worst_tanh = std::max(worst_tanh, std::fabs(t - std::tanh(double(x))));
    worst_sigmoid = std::max(worst_sigmoid, std::fabs(s - sigmoid_reference(double(x))));
    inside &= std::fabs(t) <= 1 && s >= 0 && s <= 1;
    inside &= std::fabs(gm::GM_ISA::tanh(Vec<float>(x))[0]) <= 1;
  }
  std::printf("  gate_tanh off by %.3g, gate_sigmoid by %.3g\n", worst_tanh, worst_sigmoid);
  CHECK(inside);
  CHECK(worst_tanh < 4e-7);
  CHECK(worst_sigmoid < 2e-7);
}

/// sin and cos of whole turns.
template <class T>
void turns() {
  double error = 0;
  for (int i = -20000; i <= 20000; ++i) {
    const T t = static_cast<T>(i) / 40000;
    const auto s = gm::GM_ISA::sin_cos_turns(Vec<T>(t));
    const auto want = check::turn<typename check::Reference<T>::type>(t);
    error =
        std::max({error, check::ulps(T(s.sin[0]), want.sin), check::ulps(T(s.cos[0]), want.cos)});
  }
  std::printf("  sin_cos_turns  float%zu  %7.3f ulp\n", 8 * sizeof(T), error);
  CHECK(error < 3);
  const auto quarter = gm::GM_ISA::sin_cos_turns(Vec<T>(T(0.25)));
  CHECK(quarter.sin[0] == 1 && quarter.cos[0] == 0);
}

}  // namespace

int isa_test(int argc, char** argv) {
  if (argc > 1) stride = std::strtoull(argv[1], nullptr, 10);
  std::printf("math, %s\n", check::isa);
  errors_against_the_library();
  floor_division<float>();
  floor_division<double>();
  exact_values<float>();
  exact_values<double>();
  gates();
  turns<float>();
  turns<double>();
  return check::report();
}
