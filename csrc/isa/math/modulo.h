// Division rounded down, of Python and NumPy. The file that includes this has fmod.
#pragma once

#include "isa/math/base.h"

namespace gm::GM_ISA {
namespace {

/// x - floor(x/y)·y, with the sign of y: Python's and NumPy's %.
template <class T>
GM_INLINE Vec<T> remainder(Vec<T> x, Vec<T> y) {
  const Vec<T> zero(T(0)), r = fmod(x, y);
  const Vec<T> moved = select((r < zero) ^ (y < zero), r + y, r);
  return select(r == zero, copysign(zero, y), moved);
}

/// floor(x/y) as Python and NumPy have it: consistent with the remainder, x/0 as a division.
template <class T>
GM_INLINE Vec<T> floor_divide(Vec<T> x, Vec<T> y) {
  const Vec<T> zero(T(0)), one(T(1)), r = fmod(x, y), quotient = x / y;
  Vec<T> q = (x - r) / y;
  q = select((r != zero) & ((r < zero) ^ (y < zero)), q - one, q);
  // q is an integer but for its rounding.
  const Vec<T> low = floor(q);
  const Vec<T> whole = select(q - low > Vec<T>(T(0.5)), low + one, low);
  q = select(q == zero, copysign(zero, quotient), whole);
  return select(y == zero, quotient, q);
}

}  // namespace
}  // namespace gm::GM_ISA
