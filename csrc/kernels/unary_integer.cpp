// The integer and bool half of the unary stem: compiled once, at the baseline ISA.
#include "kernels/formula.h"
#include "kernels/integers.h"
#include "kernels/unary.h"

namespace gm::GM_ISA {
namespace {

/// -1, 0 or 1 (0 or 1 where nothing is below 0).
template <class T>
GM_INLINE Vec<T> sign(Vec<T> x) {
  const Vec<T> zero(T(0)), one(T(1));
  const Vec<T> up = keep(x > zero, one), down = keep(x < zero, ~zero);
  return up | down;
}
template <class T>
GM_INLINE Vec<T> magnitude(Vec<T> x) {
  if constexpr (T(-1) < T(0))
    return abs(x);
  else
    return x;
}

// clang-format off
GM_OF_ONE(Negative, -x)
GM_OF_ONE(Sign, sign(x))
GM_OF_ONE(Invert, ~x)
GM_OF_ONE(InvertBool, x ^ V(1))
GM_OF_ONE(Absolute, magnitude(x))
GM_OF_ONE(Square, x * x)
GM_OF_ONE(Cube, x * x * x)
// clang-format on

template <class Op, class OnBool = Op>
void run(const Loops& loops, DType compute) {
  map_integer<Op, OnBool>(loops, compute);
}

}  // namespace

constinit const UnaryKernels unary_integer = {
    .negative = {run<Negative>},
    .sign = {run<Sign>},
    .bitwise_invert = {run<Invert, InvertBool>},
    .absolute = {run<Absolute>},
    .square = {run<Square>},
    .cube = {run<Cube>},
};

}  // namespace gm::GM_ISA
