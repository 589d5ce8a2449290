// The logarithm and what is made of it: log, log2, log10, log1p, asinh, acosh, atanh.
//
// x = 2^e·m with m in [3/4, 3/2); log x = e·ln 2 + log(1+f), f = m - 1.
#pragma once

#include "isa/math/base.h"

namespace gm::GM_ISA {
namespace {

// (log(1+f) - f + f²/2)/f³: tools/minimax.py log32.
inline constexpr float kLog32[] = {0x1.5555a4p-2f,  -0x1.000040p-2f, 0x1.9969b0p-3f,
                                   -0x1.54efd8p-3f, 0x1.28847cp-3f,  -0x1.0d8aa4p-3f,
                                   0x1.ac9112p-4f,  -0x1.71411cp-5f};
// (log(1+f) - 2s)/s³ in s², s = f/(2+f): log64. A series in f itself would take twice the terms.
inline constexpr double kLog64[] = {
    0x1.555555555554fp-1, 0x1.999999999c0f6p-2, 0x1.24924921ec18fp-2, 0x1.c71c7488cf19cp-3,
    0x1.745c4c7d2590ep-3, 0x1.3b358b6745092p-3, 0x1.0dcf18508bed5p-3, 0x1.1b69ce24a51b0p-3};

/// The bits of 3/4, where the interval of m begins.
template <class T>
inline constexpr UnsignedOf<T> kLogStart =
    Ieee<T>::kOne - (UnsignedOf<T>(1) << (Ieee<T>::kMantissaBits - 1));

/// A constant as high + low, where e·high is exact for every exponent e. Both are positive, so
/// that e = ±inf makes no NaN.
template <class T>
struct Split {
  T high, low;
};
template <class T>
inline constexpr Split<T> kLn2 =
    is_single<T> ? Split<T>{T(0x1.62e4p-1), T(0x1.7f7d1cf79abcap-20)}
                 : Split<T>{T(0x1.62e42fefa3p-1), T(0x1.3de6af278ece6p-42)};
template <class T>
inline constexpr Split<T> kLog10Of2 =
    is_single<T> ? Split<T>{T(0x1.344p-2), T(0x1.3509f79fef312p-18)}
                 : Split<T>{T(0x1.34413509f7p-2), T(0x1.3fde623e2566bp-43)};

/// x = 2^e·(1+f).
template <class T>
struct LogParts {
  Vec<T> e, f;
};

/// For x = 0, inf or NaN whatever comes, but a finite e.
template <class T>
GM_INLINE LogParts<T> log_parts_finite(Vec<T> x) {
  using I = Ieee<T>;
  using U = UnsignedOf<T>;
  // Below the smallest normal x is scaled up by 2^24 (2^53), and that is taken off the exponent
  // again. Masks, not blends: those are three instructions on much hardware. The exponent carries
  // 64 more than its bias so that it stays positive.
  constexpr U up = U(I::kMantissaBits + 1) << I::kMantissaBits;
  const auto tiny = bits<U>(x < Vec<T>(I::kSmallestNormal)) & Vec<U>(up);
  const Vec<T> normal = x * bits<T>(tiny + Vec<U>(I::kOne));
  constexpr U more = I::kOne + (U(64) << I::kMantissaBits);
  const Vec<U> j = ubits(normal) + Vec<U>(more - kLogStart<T>) - tiny;
  // The biased exponent as the low bits of 2^mantissa_bits: an integer to float conversion.
  constexpr T base = T(U(1) << I::kMantissaBits);
  const Vec<T> e =
      bits<T>((j >> I::kMantissaBits) | ubits(Vec<T>(base))) - Vec<T>(base + T(I::kBias + 64));
  const Vec<T> m = bits<T>((j & Vec<U>(I::kMantissa)) + Vec<U>(kLogStart<T>));
  return {e, m - Vec<T>(T(1))};
}

/// For any x. AVX-512 has instructions that see to the special cases: e = ±inf, f = 0 or NaN.
template <class T>
GM_INLINE LogParts<T> log_parts(Vec<T> x) {
#if defined(__AVX512F__)
  constexpr auto interval = _MM_MANT_NORM_p75_1p5;
  constexpr auto sign = _MM_MANT_SIGN_nan;
  if constexpr (is_single<T>) {
    const Vec<T> m(_mm512_maskz_getmant_ps(0xffff, x.v, interval, sign));
    const Vec<T> e(_mm512_maskz_getexp_ps(0xffff, x.v));
    return {e - Vec<T>(_mm512_maskz_getexp_ps(0xffff, m.v)), m - Vec<T>(T(1))};
  } else {
    const Vec<T> m(_mm512_maskz_getmant_pd(0xff, x.v, interval, sign));
    const Vec<T> e(_mm512_maskz_getexp_pd(0xff, x.v));
    return {e - Vec<T>(_mm512_maskz_getexp_pd(0xff, m.v)), m - Vec<T>(T(1))};
  }
#else
  return log_parts_finite(x);
#endif
}

/// y = log x to any base: makes it -inf for x = 0, NaN below, inf for inf.
template <class T>
GM_INLINE Vec<T> log_special(Vec<T> y, Vec<T> x) {
  using I = Ieee<T>;
  const Vec<T> zero(T(0));
  y = max(y, x - Vec<T>(I::kLargest));  // a very negative number, but for x = inf
  y += keep(x == zero, Vec<T>(-I::kInfinity));
  return bits<T>(ubits(y) | bits<UnsignedOf<T>>(~(x >= zero)));
}
/// The same where log_parts has not already seen to it.
template <class T>
GM_INLINE Vec<T> log_special_of_parts(Vec<T> y, Vec<T> x) {
#if defined(__AVX512F__)
  (void)x;
  return y;
#else
  return log_special(y, x);
#endif
}

/// log(1+f) + small, f in [-1/4, 1/2).
template <class T>
GM_INLINE Vec<T> log_of_parts(Vec<T> f, Vec<T> small) {
  if constexpr (is_single<T>) {
    const Vec<T> q = fma(poly(f, kLog32), f, Vec<T>(-0.5f));
    return f + fma(f * f, q, small);
  } else {
    // 2s = f - f²/2 + s f²/2: the large terms f and f²/2 without a rounding in the quotient.
    const Vec<T> s = f / (f + Vec<T>(2.)), z = s * s;
    const Vec<T> half = Vec<T>(0.5) * f * f;
    return f - (half - fma(s, fma(z, poly(z, kLog64), half), small));
  }
}

/// e ln 2 + log(1+f).
template <class T>
GM_INLINE Vec<T> log_sum(LogParts<T> p) {
  const Vec<T> low = p.e * Vec<T>(kLn2<T>.low);
  return fma(p.e, Vec<T>(kLn2<T>.high), log_of_parts(p.f, low));
}

/// [1.0, 0.9 ulp] The natural logarithm.
template <class T>
GM_INLINE Vec<T> log(Vec<T> x) {
  return log_special_of_parts(log_sum(log_parts(x)), x);
}

/// [2.4, 2.3 ulp] The binary logarithm; exact for powers of two.
template <class T>
GM_INLINE Vec<T> log2(Vec<T> x) {
  const LogParts<T> p = log_parts(x);
  const Vec<T> y = log_of_parts(p.f, Vec<T>(T(0)));
  return log_special_of_parts(fma(y, Vec<T>(T(0x1.71547652b82fep+0)), p.e), x);
}

/// [2.8, 2.7 ulp] The decimal logarithm.
template <class T>
GM_INLINE Vec<T> log10(Vec<T> x) {
  const LogParts<T> p = log_parts(x);
  const Vec<T> low = p.e * Vec<T>(kLog10Of2<T>.low);
  const Vec<T> y = fma(log_of_parts(p.f, Vec<T>(T(0))), Vec<T>(T(0x1.bcb7b1526e50ep-2)), low);
  return log_special_of_parts(fma(p.e, Vec<T>(kLog10Of2<T>.high), y), x);
}

/// log(1+x) but for the sign of log1p(-0).
template <class T>
GM_INLINE Vec<T> log1p_unsigned(Vec<T> x) {
  using I = Ieee<T>;
  using U = UnsignedOf<T>;
  // The exponent of 1+x, as rounded; then f = 2^-e (1+x) - 1 from x itself, nothing lost.
  const Vec<T> u = x + Vec<T>(T(1));
  const Vec<U> j = ubits(u) + Vec<U>(I::kOne - kLogStart<T>);
  constexpr T base = T(U(1) << I::kMantissaBits);
  const Vec<T> e =
      bits<T>((j >> I::kMantissaBits) | ubits(Vec<T>(base))) - Vec<T>(base + T(I::kBias));
  // 2^-e, by way of 2^(2-e): e may be so large that 2^-e is below the smallest normal.
  const Vec<T> four =
      bits<T>((ubits(Vec<T>(T(4))) + Vec<U>(I::kOne)) - (j & ~Vec<U>(I::kMantissa)));
  const Vec<T> s = four * Vec<T>(T(0.25));
  const Vec<T> f = fma(x, s, s - Vec<T>(T(1)));
  return log_special(log_sum(LogParts<T>{e, f}), u);
}

/// [1.0, 0.9 ulp] log(1+x). log1p(-0) is -0.
template <class T>
GM_INLINE Vec<T> log1p(Vec<T> x) {
  return copysign(log1p_unsigned(x), x);
}

/// [1.8, 1.7 ulp] asinh x = log1p(a + a²/(1 + √(1+a²))), a = |x|; log a + ln 2 where a² is all
/// there is.
template <class T>
GM_INLINE Vec<T> asinh(Vec<T> x) {
  const Vec<T> a = abs(x), one(T(1)), square = a * a;
  const auto big = a > Vec<T>(pick<T>(0x1p13f, 0x1p28));
  const Vec<T> t = a + square / (one + sqrt(one + square));
  const Vec<T> y = log1p_unsigned(select(big, a - one, t));
  return with_sign(y + keep(big, Vec<T>(T(0x1.62e42fefa39efp-1))), x);
}

/// [2.5, 2.4 ulp] acosh x = log1p(t + √(t(t+2))), t = x - 1; NaN below 1.
template <class T>
GM_INLINE Vec<T> acosh(Vec<T> x) {
  const Vec<T> one(T(1)), t = x - one;
  const auto big = x > Vec<T>(pick<T>(0x1p13f, 0x1p28));
  const Vec<T> y = log1p_unsigned(select(big, t, t + sqrt(t * (t + Vec<T>(T(2))))));
  return select(x < one, Ieee<T>::kNan, y + keep(big, Vec<T>(T(0x1.62e42fefa39efp-1))));
}

/// [2.1, 1.9 ulp] atanh x = log1p(2a/(1-a))/2 with the sign of x, a = |x|.
template <class T>
GM_INLINE Vec<T> atanh(Vec<T> x) {
  const Vec<T> a = abs(x);
  const Vec<T> y = log1p_unsigned((a + a) / (Vec<T>(T(1)) - a));
  return with_sign(Vec<T>(T(0.5)) * y, x);
}

}  // namespace
}  // namespace gm::GM_ISA
