#include "kernels/unary.h"

#include "isa/lines.h"
#include "isa/math.h"

namespace gm::GM_ISA {
namespace {

/// Picoseconds of one element: where memory is the limit, with a division, an exponential, a long
/// polynomial.
constexpr int64_t kPlain = 200, kDivision = 400, kExp = 500, kLong = 1000;

template <int64_t picoseconds, auto op>
void run(const Loops& loops, DType compute) {
  const auto local = op;  // the template's own object would be a weak symbol
  map_float < picoseconds<kExp ? Body::Short : Body::Long>(loops, compute, local, picoseconds);
}

constexpr double kLogOf2 = 0x1.62e42fefa39efp-1, kLogOf10 = 0x1.26bb1bbb55516p+1;
constexpr double kTwoOverRootPi = 0x1.20dd750429b6dp+0;

/// NaN stays.
template <class T>
GM_INLINE Vec<T> sign(Vec<T> x) {
  const Vec<T> one(T(1)), y = keep(x > T(0), one) - keep(x < T(0), one);
  return select(x != x, x, y);
}
/// 1 - x², as good near ±1 as x is.
template <class T>
GM_INLINE Vec<T> one_minus_square(Vec<T> x) {
  return (T(1) - x) * (T(1) + x);
}

}  // namespace

// Each function with its gradient; the compiler fuses a·b + c.
constinit const UnaryKernels unary = {
    .negative = {run<kPlain, [](auto x) { return -x; }>},
    .sign = {run<kPlain, [](auto x) { return sign(x); }>},
    .floor = {run<kPlain, [](auto x) { return floor(x); }>},
    .ceil = {run<kPlain, [](auto x) { return ceil(x); }>},
    .round = {run<kPlain, [](auto x) { return round(x); }>},
    .trunc = {run<kPlain, [](auto x) { return trunc(x); }>},
    .exp = {run<kExp, [](auto x) { return exp(x); }>},
    .log = {run<kExp, [](auto x) { return log(x); }>},
    .absolute = {run<kPlain, [](auto x) { return abs(x); }>,
                 run<kPlain, [](auto g, auto x) { return g * sign(x); }>},
    .square = {run<kPlain, [](auto x) { return x * x; }>,
               run<kPlain, [](auto g, auto x) { return g * (x + x); }>},
    .cube = {run<kPlain, [](auto x) { return x * x * x; }>,
             run<kPlain, [](auto g, auto x) { return g * 3 * (x * x); }>},
    .log1p = {run<kExp, [](auto x) { return log1p(x); }>,
              run<kDivision, [](auto g, auto x) { return g / (1 + x); }>},
    .log2 = {run<kExp, [](auto x) { return log2(x); }>,
             run<kDivision, [](auto g, auto x) { return g * (1 / kLogOf2) / x; }>},
    .log10 = {run<kExp, [](auto x) { return log10(x); }>,
              run<kDivision, [](auto g, auto x) { return g * (1 / kLogOf10) / x; }>},
    .sin = {run<kLong, [](auto x) { return sin(x); }>,
            run<kLong, [](auto g, auto x) { return g * cos(x); }>},
    .cos = {run<kLong, [](auto x) { return cos(x); }>,
            run<kLong, [](auto g, auto x) { return -g * sin(x); }>},
    .asin = {run<kLong, [](auto x) { return asin(x); }>,
             run<kDivision, [](auto g, auto x) { return g / sqrt(one_minus_square(x)); }>},
    .acos = {run<kLong, [](auto x) { return acos(x); }>,
             run<kDivision, [](auto g, auto x) { return -g / sqrt(one_minus_square(x)); }>},
    .atan = {run<kLong, [](auto x) { return atan(x); }>,
             run<kDivision, [](auto g, auto x) { return g / (x * x + 1); }>},
    .sinh = {run<kLong, [](auto x) { return sinh(x); }>,
             run<kLong, [](auto g, auto x) { return g * cosh(x); }>},
    .cosh = {run<kLong, [](auto x) { return cosh(x); }>,
             run<kLong, [](auto g, auto x) { return g * sinh(x); }>},
    .asinh = {run<kLong, [](auto x) { return asinh(x); }>,
              run<kDivision, [](auto g, auto x) { return g / sqrt(x * x + 1); }>},
    .acosh = {run<kLong, [](auto x) { return acosh(x); }>,
              run<kDivision, [](auto g, auto x) { return g / sqrt((x - 1) * (x + 1)); }>},
    .atanh = {run<kLong, [](auto x) { return atanh(x); }>,
              run<kDivision, [](auto g, auto x) { return g / one_minus_square(x); }>},
    .erf = {run<kLong, [](auto x) { return erf(x); }>,
            run<kExp, [](auto g, auto x) { return g * kTwoOverRootPi * exp(-x * x); }>},
    .erfc = {run<kLong, [](auto x) { return erfc(x); }>,
             run<kExp, [](auto g, auto x) { return g * -kTwoOverRootPi * exp(-x * x); }>},
    .sqrt = {run<kDivision, [](auto x) { return sqrt(x); }>,
             run<kDivision, [](auto g, auto y) { return g * 0.5 / y; }>},
    .rsqrt = {run<kDivision, [](auto x) { return rsqrt(x); }>,
              run<kPlain, [](auto g, auto y) { return g * -0.5 * (y * y * y); }>},
    .reciprocal = {run<kDivision, [](auto x) { return reciprocal(x); }>,
                   run<kPlain, [](auto g, auto y) { return -g * (y * y); }>},
    .exp2 = {run<kExp, [](auto x) { return exp2(x); }>,
             run<kPlain, [](auto g, auto y) { return g * kLogOf2 * y; }>},
    .expm1 = {run<kExp, [](auto x) { return expm1(x); }>,
              run<kPlain, [](auto g, auto y) { return g * y + g; }>},
    .tan = {run<kLong, [](auto x) { return tan(x); }>,
            run<kPlain, [](auto g, auto y) { return g * (y * y) + g; }>},
    .tanh = {run<kExp, [](auto x) { return tanh(x); }>,
             run<kPlain, [](auto g, auto y) { return g * (1 - y * y); }>},
    .sigmoid = {run<kExp, [](auto x) { return sigmoid(x); }>,
                run<kPlain, [](auto g, auto y) { return g * (y - y * y); }>},
};

}  // namespace gm::GM_ISA
