// x^y, with every special case of C's Annex F (and so NumPy's).
#pragma once

#include "isa/math/exp.h"
#include "isa/math/log.h"

namespace gm::GM_ISA {
namespace {

// In double, for a float32 power: log2(1+f)/f for 1+f in [√½, √2], 2^r: tools/minimax.py pow_log2,
// pow_exp2.
inline constexpr double kPowLog2[] = {
    0x1.71547652a1e8ap+0, -0x1.715476565d76ep-1, 0x1.ec709ebb9e2f5p-2, -0x1.7154709733116p-2,
    0x1.277651f7fa96dp-2, -0x1.ec72b5c626672p-3, 0x1.a63f45a7cda4ep-3, -0x1.71416d196f2c3p-3,
    0x1.452903e580486p-3, -0x1.252f5376f7d23p-3, 0x1.28727b299fcfap-3, -0x1.2488c7479392ep-3,
    0x1.3ce6356da74f7p-4};
inline constexpr double kPowExp2[] = {1,
                                      0x1.62e430af34a72p-1,
                                      0x1.ebfbdc3c64bd8p-3,
                                      0x1.c6aee8863f5fap-5,
                                      0x1.3b2d4ccfbae6dp-7,
                                      0x1.5f3e5502e1813p-10,
                                      0x1.41fbcff6fdfbap-13};
// ((log(1+f) - 2s)/(s·x) - 2/3)/x in x = s², s = f/(2+f): pow_log64.
inline constexpr double kPowLog64[] = {
    0x1.9999999999968p-2, 0x1.2492492498d23p-2, 0x1.c71c71bc7a67bp-3, 0x1.745d1bc1fb2e5p-3,
    0x1.3b12993eac6e8p-3, 0x1.113a005367517p-3, 0x1.dad3336761c6cp-4, 0x1.01750c15fc603p-3};

/// |x|^y in double, good to float's precision, for a float's x neither 0, inf nor NaN.
GM_INLINE Vec<double> pow_in_double(Vec<double> x, Vec<double> y) {
  using U = Vec<uint64_t>;
  constexpr uint64_t start = 0x3fe6a09e667f3bcd;  // √½
  const U j = ubits(x) + U(Ieee<double>::kOne - start);
  const Vec<double> e =
      bits<double>((j >> 52) | ubits(Vec<double>(0x1p52))) - Vec<double>(0x1p52 + 1023);
  const Vec<double> f = bits<double>((j & U(Ieee<double>::kMantissa)) + U(start)) - Vec<double>(1.);
  const Vec<double> log2 = fma(poly(f, kPowLog2), f, e);
  // Beyond these float is 0 or inf; an exponent that double holds needs no care.
  const Vec<double> t = clamp(y * log2, -200., 200.);
  const Vec<double> rounder(Ieee<double>::kRounder + Ieee<double>::kBias), sum = t + rounder;
  return poly(t - (sum - rounder), kPowExp2) * power_of_two<double>(ubits(sum));
}
/// |x|^y but for the special cases.
GM_INLINE Vec<float> pow_positive(Vec<float> a, Vec<float> y) {
  const Wide wa = widen(a), wy = widen(y);
  return narrow(pow_in_double(wa.lo, wy.lo), pow_in_double(wa.hi, wy.hi));
}

/// log a = hi + lo, to 2^-64 of itself, for a > 0 finite.
GM_INLINE Pair<double> log_pair(Vec<double> a) {
  using V = Vec<double>;
  const LogParts<double> p = log_parts(a);
  // s = f/(2+f) in two parts: the remainder of the first quotient gives the second.
  const Pair<double> d = quick_two_sum(V(2.), p.f);
  const V inverse = V(1.) / d.hi, s_hi = opaque(p.f * inverse);
  const Pair<double> back = two_product(s_hi, d.hi);
  const V s_lo = ((p.f - back.hi) - back.lo - s_hi * d.lo) * inverse;
  // x = s², q = 2/3 + x·P(x), then v = s·x·q.
  Pair<double> x = two_product(s_hi, s_hi);
  x.lo += (s_hi + s_hi) * s_lo;
  Pair<double> q = quick_two_sum(V(0x1.5555555555555p-1), x.hi * poly(x.hi, kPowLog64));
  q.lo += V(0x1.5555555555555p-55);
  Pair<double> xq = two_product(x.hi, q.hi);
  xq.lo += x.hi * q.lo + x.lo * q.hi;
  Pair<double> v = two_product(s_hi, xq.hi);
  v.lo += s_hi * xq.lo + s_lo * xq.hi;
  // e·ln 2 + 2s + v, largest first.
  const Pair<double> a1 = quick_two_sum(p.e * V(kLn2<double>.high), s_hi + s_hi);
  const Pair<double> a2 = quick_two_sum(a1.hi, v.hi);
  const V low = p.e * V(kLn2<double>.low) + (s_lo + s_lo) + v.lo + a1.lo + a2.lo;
  return quick_two_sum(a2.hi, low);
}
GM_INLINE Vec<double> pow_positive(Vec<double> a, Vec<double> y) {
  const Pair<double> l = log_pair(a);
  Pair<double> t = two_product(y, l.hi);
  t.lo = fma(y, l.lo, t.lo);
  // Where t is far out of range its low part may be infinite or NaN.
  t.lo = keep(abs(t.hi) < Vec<double>(1000.), t.lo);
  return exp_clamped(clamp(t.hi, -746., 710.), t.lo);
}

/// [0.6, 1.2 ulp] x^y. For x < 0 an integer y gives ±|x|^y, any other NaN; x^0 and 1^y are 1 even
/// of NaN.
template <class T>
GM_INLINE Vec<T> pow(Vec<T> x, Vec<T> y) {
  using I = Ieee<T>;
  const Vec<T> zero(T(0)), one(T(1)), inf(I::kInfinity), a = abs(x), half = y * Vec<T>(T(0.5));
  Vec<T> p = pow_positive(a, y);
  const Mask<T> ends = (a == zero) | (a == inf);
  p = select(ends, select((a == zero) ^ (y < zero), zero, inf), p);
  p = select(a == one, one, p);  // (-1)^±inf too
  // Every number from 2^mantissa_bits on is an integer, twice that an even one; so is infinity.
  const Mask<T> integer = trunc(y) == y, odd_integer = integer & (trunc(half) != half);
  p = flip_sign(p, bits<T>(ubits(x) & bits<UnsignedOf<T>>(odd_integer)));
  const Mask<T> undefined = (x < zero) & (a != inf) & ~integer;
  p = select(undefined | (x != x) | (y != y), I::kNan, p);
  return select((y == zero) | (x == one), one, p);
}

}  // namespace
}  // namespace gm::GM_ISA
