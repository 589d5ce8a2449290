// For the tests that are compiled once per ISA: its name, and errors in ulp.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "check.h"

#define GM_TEXT_OF(x) #x
#define GM_TEXT(x) GM_TEXT_OF(x)

/// The test: isa_main.cpp runs it where the CPU can.
int isa_test(int argc, char** argv);

namespace check {

inline constexpr const char* isa = GM_TEXT(GM_ISA);

/// Wide enough to hold a reference: double for float, long double for double.
template <class T>
struct Reference;
template <>
struct Reference<float> {
  using type = double;
};
template <>
struct Reference<double> {
  using type = long double;
};

/// |got - want| in units of want's last place; 0 too where both are NaN or the same infinity.
/// A NaN, infinity or zero's sign on one side alone is infinitely wrong.
template <class T>
double ulps(T got, typename Reference<T>::type want) {
  using Limits = std::numeric_limits<T>;
  constexpr double wrong = std::numeric_limits<double>::infinity();
  if (std::isnan(want) || std::isnan(got)) return std::isnan(want) && std::isnan(got) ? 0 : wrong;
  const T rounded = static_cast<T>(want);
  if (rounded == got) {
    if (got == 0 && std::signbit(got) != std::signbit(rounded)) return wrong;
    if (std::isinf(got)) return 0;
  }
  int exponent;
  std::frexp(want, &exponent);
  const int last = std::min(std::max(exponent, Limits::min_exponent), Limits::max_exponent);
  const auto unit = std::ldexp(typename Reference<T>::type(1), last - Limits::digits);
  // Infinity counts as what would come after the largest number.
  const auto finite = [&](auto x) {
    using X = decltype(x);
    return std::isinf(x) ? std::copysign(std::ldexp(X(1), Limits::max_exponent), x) : x;
  };
  using R = typename Reference<T>::type;
  return static_cast<double>(std::fabs(finite(static_cast<R>(got)) - finite(want)) / unit);
}

/// sin and cos of 2π·turns. Whole quarters are taken off before π comes in: 2π itself, rounded,
/// would be what is off near a zero.
template <class R>
struct Turn {
  R sin, cos;
};
template <class R>
Turn<R> turn(R turns) {
  const R quarters = std::nearbyint(4 * turns);
  const R r = 2 * R(3.14159265358979323846264338327950288L) * (turns - quarters / 4);
  const R s = std::sin(r), c = std::cos(r);
  switch (static_cast<int>(quarters) & 3) {
    case 0:
      return {s, c};
    case 1:
      return {c, -s};
    case 2:
      return {-s, -c};
    default:
      return {-c, s};
  }
}

}  // namespace check
