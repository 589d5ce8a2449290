// The functions of the unary stem and their gradients: formulas on vectors, of x, or of g and what
// was kept, x or y. The compiler fuses a·b + c.
#pragma once

#include "isa/math.h"
#include "kernels/formula.h"

namespace gm::GM_ISA {
namespace {

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

// clang-format off
GM_OF_ONE(Negative, -x)
GM_OF_ONE(Sign, sign(x))
GM_OF_ONE(Floor, floor(x))
GM_OF_ONE(Ceil, ceil(x))
GM_OF_ONE(Round, round(x))
GM_OF_ONE(Trunc, trunc(x))
GM_OF_ONE(Exp, exp(x))
GM_OF_ONE(Log, log(x))
GM_OF_ONE(Absolute, abs(x))
GM_OF_TWO(AbsoluteGradient, g, x, g * sign(x))
GM_OF_ONE(Square, x * x)
GM_OF_TWO(SquareGradient, g, x, g * (x + x))
GM_OF_ONE(Cube, x * x * x)
GM_OF_TWO(CubeGradient, g, x, g * 3 * (x * x))
GM_OF_ONE(Log1p, log1p(x))
GM_OF_TWO(Log1pGradient, g, x, g / (1 + x))
GM_OF_ONE(Log2, log2(x))
GM_OF_TWO(Log2Gradient, g, x, g * (1 / kLogOf2) / x)
GM_OF_ONE(Log10, log10(x))
GM_OF_TWO(Log10Gradient, g, x, g * (1 / kLogOf10) / x)
GM_OF_ONE(Sin, sin(x))
GM_OF_TWO(SinGradient, g, x, g * cos(x))
GM_OF_ONE(Cos, cos(x))
GM_OF_TWO(CosGradient, g, x, -g * sin(x))
GM_OF_ONE(Asin, asin(x))
GM_OF_TWO(AsinGradient, g, x, g / sqrt(one_minus_square(x)))
GM_OF_ONE(Acos, acos(x))
GM_OF_TWO(AcosGradient, g, x, -g / sqrt(one_minus_square(x)))
GM_OF_ONE(Atan, atan(x))
GM_OF_TWO(AtanGradient, g, x, g / (x * x + 1))
GM_OF_ONE(Sinh, sinh(x))
GM_OF_TWO(SinhGradient, g, x, g * cosh(x))
GM_OF_ONE(Cosh, cosh(x))
GM_OF_TWO(CoshGradient, g, x, g * sinh(x))
GM_OF_ONE(Asinh, asinh(x))
GM_OF_TWO(AsinhGradient, g, x, g / sqrt(x * x + 1))
GM_OF_ONE(Acosh, acosh(x))
GM_OF_TWO(AcoshGradient, g, x, g / sqrt((x - 1) * (x + 1)))
GM_OF_ONE(Atanh, atanh(x))
GM_OF_TWO(AtanhGradient, g, x, g / one_minus_square(x))
GM_OF_ONE(Erf, erf(x))
GM_OF_TWO(ErfGradient, g, x, g * kTwoOverRootPi * exp(-x * x))
GM_OF_ONE(Erfc, erfc(x))
GM_OF_TWO(ErfcGradient, g, x, g * -kTwoOverRootPi * exp(-x * x))
GM_OF_ONE(Sqrt, sqrt(x))
GM_OF_TWO(SqrtGradient, g, y, g * 0.5 / y)
GM_OF_ONE(Rsqrt, rsqrt(x))
GM_OF_TWO(RsqrtGradient, g, y, g * -0.5 * (y * y * y))
GM_OF_ONE(Reciprocal, reciprocal(x))
GM_OF_TWO(ReciprocalGradient, g, y, -g * (y * y))
GM_OF_ONE(Exp2, exp2(x))
GM_OF_TWO(Exp2Gradient, g, y, g * kLogOf2 * y)
GM_OF_ONE(Expm1, expm1(x))
GM_OF_TWO(Expm1Gradient, g, y, g * y + g)
GM_OF_ONE(Tan, tan(x))
GM_OF_TWO(TanGradient, g, y, g * (y * y) + g)
GM_OF_ONE(Tanh, tanh(x))
GM_OF_TWO(TanhGradient, g, y, g * (1 - y * y))
GM_OF_ONE(Sigmoid, sigmoid(x))
GM_OF_TWO(SigmoidGradient, g, y, g * (y - y * y))
// clang-format on

}  // namespace
}  // namespace gm::GM_ISA
