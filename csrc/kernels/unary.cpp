#include "kernels/unary.h"

#include "isa/lines.h"
#include "kernels/unary_functions.h"

namespace gm::GM_ISA {
namespace {

/// Picoseconds of one element: where memory is the limit, with a division, an exponential, a long
/// polynomial.
constexpr int64_t kPlain = 200, kDivision = 400, kExp = 500, kLong = 1000;

template <int64_t picoseconds, class Op>
void run(const Loops& loops, DType compute) {
  map_float<body_of(picoseconds)>(loops, compute, Op{}, picoseconds);
}

}  // namespace

constinit const UnaryKernels unary = {
    .negative = {run<kPlain, Negative>},
    .sign = {run<kPlain, Sign>},
    .floor = {run<kPlain, Floor>},
    .ceil = {run<kPlain, Ceil>},
    .round = {run<kPlain, Round>},
    .trunc = {run<kPlain, Trunc>},
    .exp = {run<kExp, Exp>},
    .log = {run<kExp, Log>},
    .absolute = {run<kPlain, Absolute>, run<kPlain, AbsoluteGradient>},
    .square = {run<kPlain, Square>, run<kPlain, SquareGradient>},
    .cube = {run<kPlain, Cube>, run<kPlain, CubeGradient>},
    .log1p = {run<kExp, Log1p>, run<kDivision, Log1pGradient>},
    .log2 = {run<kExp, Log2>, run<kDivision, Log2Gradient>},
    .log10 = {run<kExp, Log10>, run<kDivision, Log10Gradient>},
    .sin = {run<kLong, Sin>, run<kLong, SinGradient>},
    .cos = {run<kLong, Cos>, run<kLong, CosGradient>},
    .asin = {run<kLong, Asin>, run<kDivision, AsinGradient>},
    .acos = {run<kLong, Acos>, run<kDivision, AcosGradient>},
    .atan = {run<kLong, Atan>, run<kDivision, AtanGradient>},
    .sinh = {run<kLong, Sinh>, run<kLong, SinhGradient>},
    .cosh = {run<kLong, Cosh>, run<kLong, CoshGradient>},
    .asinh = {run<kLong, Asinh>, run<kDivision, AsinhGradient>},
    .acosh = {run<kLong, Acosh>, run<kDivision, AcoshGradient>},
    .atanh = {run<kLong, Atanh>, run<kDivision, AtanhGradient>},
    .erf = {run<kLong, Erf>, run<kExp, ErfGradient>},
    .erfc = {run<kLong, Erfc>, run<kExp, ErfcGradient>},
    .sqrt = {run<kDivision, Sqrt>, run<kDivision, SqrtGradient>},
    .rsqrt = {run<kDivision, Rsqrt>, run<kPlain, RsqrtGradient>},
    .reciprocal = {run<kDivision, Reciprocal>, run<kPlain, ReciprocalGradient>},
    .exp2 = {run<kExp, Exp2>, run<kPlain, Exp2Gradient>},
    .expm1 = {run<kExp, Expm1>, run<kPlain, Expm1Gradient>},
    .tan = {run<kLong, Tan>, run<kPlain, TanGradient>},
    .tanh = {run<kExp, Tanh>, run<kPlain, TanhGradient>},
    .sigmoid = {run<kExp, Sigmoid>, run<kPlain, SigmoidGradient>},
};

}  // namespace gm::GM_ISA
