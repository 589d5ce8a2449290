// Division and what is made of it: remainders, roots, the hypotenuse.
#pragma once

#include "isa/math/base.h"

namespace gm::GM_ISA {
namespace {

/// 1/x, correctly rounded. (The estimating instructions need two steps more, and special cases.)
template <class T>
GM_INLINE Vec<T> reciprocal(Vec<T> x) {
  return Vec<T>(T(1)) / x;
}

/// [1.5, 1.5 ulp] 1/√x; ±inf for ±0.
template <class T>
GM_INLINE Vec<T> rsqrt(Vec<T> x) {
  return Vec<T>(T(1)) / sqrt(x);
}

/// [0.8, 0.5 ulp] √x where a division follows: both would wait for the one divider. Of a 14-bit
/// estimate and a step of Newton's under AVX-512, the instruction elsewhere.
template <class T>
GM_INLINE Vec<T> quick_sqrt(Vec<T> x) {
  return sqrt(x);
}
#if defined(__AVX512F__)
GM_INLINE Vec<float> quick_sqrt(Vec<float> x) {
  const Vec<float> r{_mm512_maskz_rsqrt14_ps(0xffff, x.v)}, s = x * r;
  const Vec<float> root = fma(s, fma(-s, 0.5f * r, Vec<float>(0.5f)), s);
  return {_mm512_mask_mov_ps(root.v, _mm512_fpclass_ps_mask(x.v, 0x0e), x.v)};  // ±0 and ∞
}
#endif

/// [0.5, 1.2 ulp] √(x² + y²) without overflow on the way; inf where either is, even beside NaN.
template <class T>
GM_INLINE Vec<T> hypot(Vec<T> x, Vec<T> y) {
  const Vec<T> ax = abs(x), ay = abs(y), inf(Ieee<T>::kInfinity);
  Vec<T> h;
  if constexpr (is_single<T>) {
    const Wide a = widen(ax), b = widen(ay);
    h = narrow(sqrt(a.lo * a.lo + b.lo * b.lo), sqrt(a.hi * a.hi + b.hi * b.hi));
  } else {
    const Vec<T> largest = max(ax, ay);
    const Mask<T> big = largest > Vec<T>(0x1p500), small = largest < Vec<T>(0x1p-450);
    const Vec<T> down = select(big, 0x1p-600, select(small, Vec<T>(0x1p600), 1.));
    const Vec<T> up = select(big, 0x1p600, select(small, Vec<T>(0x1p-600), 1.));
    const Vec<T> a = ax * down, b = ay * down;
    h = sqrt(fma(a, a, b * b)) * up;
  }
  return select((ax == inf) | (ay == inf), inf, h);
}

/// Exact for any finite a ≥ 0, b ≥ 0: long division of the mantissas, eleven bits a step.
[[maybe_unused]] __attribute__((noinline, cold)) double fmod_by_long_division(double a, double b) {
  if (!(a < __builtin_inf()) || b == 0 || b != b) return __builtin_nan("");
  if (a < b) return a;
  uint64_t ua, ub;
  __builtin_memcpy(&ua, &a, 8);
  __builtin_memcpy(&ub, &b, 8);
  constexpr uint64_t fraction = (uint64_t(1) << 52) - 1;
  // a = ma·2^(ea - 1075); a subnormal has exponent 1 and no leading 1.
  const auto mantissa = [](uint64_t u) { return (u & fraction) | uint64_t(u >> 52 != 0) << 52; };
  const auto exponent = [](uint64_t u) { return u >> 52 ? static_cast<int>(u >> 52) : 1; };
  const uint64_t mb = mantissa(ub);
  const int eb = exponent(ub);
  uint64_t r = mantissa(ua) % mb;
  for (int left = exponent(ua) - eb; left > 0 && r != 0;) {
    const int step = left < 11 ? left : 11;
    r = (r << step) % mb;
    left -= step;
  }
  // r·2^(eb - 1075), exactly: two factors, as 2^(eb - 1075) may itself lie below all doubles'
  // range.
  const int shift = eb - 1;  // r·2^-1074 has the bits of r
  double result;
  if (r >> 52 == 0) {
    __builtin_memcpy(&result, &r, 8);
  } else {
    const uint64_t bits_of = (uint64_t(1) << 52) | (r & fraction);
    __builtin_memcpy(&result, &bits_of, 8);
  }
  for (int left = shift; left > 0;) {
    const int step = left < 1000 ? left : 1000;
    const uint64_t power = static_cast<uint64_t>(1023 + step) << 52;
    double factor;
    __builtin_memcpy(&factor, &power, 8);
    result *= factor;
    left -= step;
  }
  return result;
}

/// x - trunc(x/y)·y exactly, with the sign of x (C's fmod). Quotients beyond 2^23 (2^52), zero
/// divisors and infinities take a scalar path.
template <class T>
GM_INLINE Vec<T> fmod(Vec<T> x, Vec<T> y) {
  const Vec<T> a = abs(x), b = abs(y), zero(T(0));
  // The quotient, or one more than it: its rounding never goes below an integer.
  const Vec<T> q = trunc(a / b);
  const Pair<T> product = two_product(q, b);
  Vec<T> r = (a - product.hi) - product.lo;
  r = select(r < zero, r + b, r);
  // Not infinite; and without FMA the split of a product overflows early.
  constexpr T largest = kHasFma ? Ieee<T>::kLargest : is_single<T> ? T(0x1p100) : T(0x1p900);
  const Mask<T> easy = (q < Vec<T>(T(UnsignedOf<T>(1) << Ieee<T>::kMantissaBits))) &
                       (a <= Vec<T>(largest)) & (b <= Vec<T>(largest));
  if (__builtin_expect(any(~easy), 0)) {
    T va[Vec<T>::N], vb[Vec<T>::N], vr[Vec<T>::N];
    IntOf<T> done[Vec<T>::N];
    a.store(va), b.store(vb), r.store(vr), Vec<IntOf<T>>(easy.v).store(done);
    for (int i = 0; i < Vec<T>::N; ++i)
      if (!done[i]) vr[i] = static_cast<T>(fmod_by_long_division(va[i], vb[i]));
    r = Vec<T>::load(vr);
  }
  return with_sign(r, x);
}

}  // namespace
}  // namespace gm::GM_ISA
