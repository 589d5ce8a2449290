// sin, cos, tan over the whole range, and their inverses.
//
// |x| = q·π/2 + r, |r| ≤ π/4 (a little more where |x| is large): two polynomials in r², chosen and
// signed by q mod 4. The common path subtracts q·π/2 in parts (Cody and Waite, "Software Manual
// for the Elementary Functions", 1980). A vector with a lane beyond kTrigLimit takes a scalar path
// for those lanes (Payne and Hanek, "Radian reduction for trigonometric functions", 1983).
#pragma once

#include "isa/math/base.h"

namespace gm::GM_ISA {
namespace {

// (sin r - r)/r³ and (cos r - 1 + r²/2)/r⁴ in r²: tools/minimax.py sin32, sin64, cos32, cos64.
inline constexpr float kSin32[] = {-0x1.555546p-3f, 0x1.110760p-7f, -0x1.994e98p-13f};
inline constexpr double kSin64[] = {-0x1.5555555555549p-3,  0x1.111111110f87ep-7,
                                    -0x1.a01a019c12245p-13, 0x1.71de3578337fbp-19,
                                    -0x1.ae5e669f6afcdp-26, 0x1.5d931f0ffd537p-33};
inline constexpr float kCos32[] = {0x1.55554ap-5f, -0x1.6c0c8cp-10f, 0x1.9a023ep-16f};
inline constexpr double kCos64[] = {0x1.555555555554cp-5,  -0x1.6c16c16c15182p-10,
                                    0x1.a01a019cb239dp-16, -0x1.27e4f80a4d279p-22,
                                    0x1.1ee9ec2a0b27fp-29, -0x1.8faebf0de0358p-37};
// The same per turn: sin(2πt)/t and cos(2πt) in t², |t| ≤ 1/8: sinturn32, costurn32 ….
inline constexpr float kSinTurn32[] = {0x1.921fb6p+2f, -0x1.4abbbap+5f, 0x1.465ec6p+6f,
                                       -0x1.2d9ba2p+6f};
inline constexpr double kSinTurn64[] = {
    0x1.921fb54442d18p+2, -0x1.4abbce625be41p+5, 0x1.466bc677587fap+6, -0x1.32d2cce2e5d5fp+6,
    0x1.50782fda30a44p+5, -0x1.e30071c55e0d9p+3, 0x1.e3f389282bb72p+1};
inline constexpr float kCosTurn32[] = {0x1.000000p+0f, -0x1.3bd3ccp+4f, 0x1.03c1dcp+6f,
                                       -0x1.55c57ap+6f, 0x1.d9c342p+5f};
inline constexpr double kCosTurn64[] = {1,
                                        -0x1.3bd3cc9be45dep+4,
                                        0x1.03c1f081b5aacp+6,
                                        -0x1.55d3c7e3c90f9p+6,
                                        0x1.e1f5068355f96p+5,
                                        -0x1.a6d1ec79121e6p+4,
                                        0x1.f9cc4117b41f5p+2,
                                        -0x1.b264b9cf00fcfp+0};
// (atan t - t)/t³ in t², t ≤ 1: atan32, atan64; (asin t - t)/t³ in t², t ≤ 1/2: asin32, asin64.
inline constexpr float kAtan32[] = {-0x1.5554e6p-2f, 0x1.997adep-3f,  -0x1.231b66p-3f,
                                    0x1.b568d8p-4f,  -0x1.368028p-4f, 0x1.64ca62p-5f,
                                    -0x1.0faa6ep-6f, 0x1.85e264p-9f};
inline constexpr double kAtan64[] = {
    -0x1.5555555555464p-2,  0x1.9999999985cabp-3,  -0x1.2492491ffb1f2p-3, 0x1.c71c70b0646bdp-4,
    -0x1.745d0351abba6p-4,  0x1.3b12bea025cefp-4,  -0x1.1108f1fa6d577p-4, 0x1.e17b956f201abp-5,
    -0x1.ad406b76b9b8ep-5,  0x1.7f0ca376be3dep-5,  -0x1.4fa1ab149ba81p-5, 0x1.17b7b69a43023p-5,
    -0x1.a8d919fce3acfp-6,  0x1.17e78232c46aap-6,  -0x1.2f9a928482e5cp-7, 0x1.ff3ae099b648ep-9,
    -0x1.35864b6d0e630p-10, 0x1.dbb9958c1b96cp-13, -0x1.5aa5948312de2p-16};
inline constexpr float kAsin32[] = {0x1.5555cap-3f, 0x1.33014ep-4f, 0x1.748c5cp-5f, 0x1.8ba28cp-6f,
                                    0x1.59daa2p-5f};
inline constexpr double kAsin64[] = {
    0x1.5555555555387p-3, 0x1.333333336f8ddp-4, 0x1.6db6db41d16edp-5,  0x1.f1c72c6de516fp-6,
    0x1.6e89ef6edd045p-6, 0x1.1c6c284356d2bp-6, 0x1.c6f875507b618p-7,  0x1.8ee4d4def170cp-7,
    0x1.aab25638375e6p-8, 0x1.40b2acabe8688p-6, -0x1.0af5eed7dba6ep-6, 0x1.05ceb07a97e78p-5};

// π/2 as a sum. Three full parts where products are fused; 33 bits each where they must be exact
// in double beside a 20-bit q.
inline constexpr float kHalfPi32[] = {0x1.921fb6p+0f, -0x1.777a5cp-25f, -0x1.ee59dap-50f};
inline constexpr double kHalfPi64[] = {0x1.921fb544p+0, 0x1.0b4611a6p-34, 0x1.3198a2e037073p-69};
/// π/2 = high + low.
template <class T>
inline constexpr T kHalfPiHigh = is_single<T> ? T(0x1.921fb6p+0f) : T(0x1.921fb54442d18p+0);
template <class T>
inline constexpr T kHalfPiLow = is_single<T> ? T(-0x1.777a5cp-25f) : T(0x1.1a62633145c07p-54);

/// Beyond this, q·π/2 is no longer subtracted exactly enough.
template <class T>
inline constexpr T kTrigLimit = is_single<T> ? T(0x1p15) : T(0x1p20);

// 2/π after 64 bits of zeros: 64·20 bits in all, the last ones needed by the largest double.
inline constexpr uint64_t kTwoOverPi[] = {
    0x0000000000000000u, 0xa2f9836e4e441529u, 0xfc2757d1f534ddc0u, 0xdb6295993c439041u,
    0xfe5163abdebbc561u, 0xb7246e3a424dd2e0u, 0x06492eea09d1921cu, 0xfe1deb1cb129a73eu,
    0xe88235f52ebb4484u, 0xe99c7026b45f7e41u, 0x3991d639835339f4u, 0x9c845f8bbdf9283bu,
    0x1ff897ffde05980fu, 0xef2f118b5a0a6d1fu, 0x6d367ecf27cb09b7u, 0x4f463f669e5fea2du,
    0x7527bac7ebe5f17bu, 0x3d0739f78a5292eau, 0x6bfb5fb11f8d5d08u, 0x56033046fc7b6babu};

struct HugeAngle {
  double r;
  uint64_t quadrant;
};
/// Payne and Hanek: |x| = quadrant·π/2 + r for 2^14 ≤ x ≤ inf. x·2/π needs only the bits of 2/π
/// that neither make a multiple of 4 nor lie beyond the last digit wanted.
[[maybe_unused]] __attribute__((noinline, cold)) HugeAngle reduce_huge(double x) {
  uint64_t b;
  __builtin_memcpy(&b, &x, sizeof b);
  const int exponent = static_cast<int>(b >> 52) - 1075;  // x = m·2^exponent
  if (exponent == 2047 - 1075) return {__builtin_nan(""), 0};
  const uint64_t m = (b & ((uint64_t(1) << 52) - 1)) | (uint64_t(1) << 52);
  // 192 bits of the table from bit `first`; m·window·2^-190 is x·2/π mod 4.
  const int first = 64 + exponent - 2;
  const uint64_t* const t = kTwoOverPi + first / 64;
  const int shift = first % 64;
  uint64_t w[3];
  for (int i = 0; i < 3; ++i) w[i] = shift ? t[i] << shift | t[i + 1] >> (64 - shift) : t[i];
  using Big = unsigned __int128;
  const Big p0 = Big(m) * w[2], p1 = Big(m) * w[1] + static_cast<uint64_t>(p0 >> 64);
  const uint64_t p2 = m * w[0] + static_cast<uint64_t>(p1 >> 64);
  uint64_t quadrant = p2 >> 62;
  Big fraction = (Big(p2) << 64 | static_cast<uint64_t>(p1)) << 2 | static_cast<uint64_t>(p0) >> 62;
  const bool round_up = fraction >> 127;
  if (round_up) fraction = -fraction, ++quadrant;
  if (fraction == 0) return {0, quadrant & 3};
  const uint64_t high = static_cast<uint64_t>(fraction >> 64);
  // No double lies so near a multiple of π/2 that the high half alone could be 0.
  const int zeros = __builtin_clzll(high);
  const Big product = Big(static_cast<uint64_t>((fraction << zeros) >> 64)) * 0xc90fdaa22168c235u;
  // product = r·2^(127 + zeros), its top 63 bits are more than a double holds.
  uint64_t power = static_cast<uint64_t>(1023 - 62 - zeros) << 52;
  double scale;
  __builtin_memcpy(&scale, &power, sizeof scale);
  const double r = static_cast<double>(static_cast<int64_t>(product >> 65)) * scale;
  return {round_up ? -r : r, quadrant & 3};
}

/// |x| = quadrant·π/2 + r; only the low two bits of quadrant count.
template <class T>
struct Angle {
  Vec<T> r;
  Vec<UnsignedOf<T>> quadrant;
};

template <class T>
GM_INLINE Vec<T> minus_quadrants(Vec<T> a, Vec<T> q) {
  if constexpr (is_single<T> && kHasFma) {
    Vec<T> r = a;
    for (const float part : kHalfPi32) r = fma(q, Vec<T>(-part), r);
    return r;
  } else if constexpr (is_single<T>) {
    // Products that are not fused are exact in double.
    const auto part = [](Vec<double> x, Vec<double> n) {
      return (x - n * Vec<double>(kHalfPi64[0])) - n * Vec<double>(kHalfPi64[1]);
    };
    const Wide x = widen(a), n = widen(q);
    return narrow(part(x.lo, n.lo), part(x.hi, n.hi));
  } else {
    const Vec<T> high = a - q * Vec<T>(kHalfPi64[0]);  // exact
    const Vec<T> step = q * Vec<T>(kHalfPi64[1]);      // exact
    const Vec<T> r = opaque(high - step), lost = (high - r) - step;
    return r + (lost - q * Vec<T>(kHalfPi64[2]));
  }
}

/// Any a ≥ 0, inf or NaN.
template <class T>
GM_INLINE Angle<T> reduce_angle(Vec<T> a) {
  using U = UnsignedOf<T>;
  const Vec<T> sum = fma(a, Vec<T>(T(0x1.45f306dc9c883p-1)), Vec<T>(Ieee<T>::kRounder));
  Angle<T> out{minus_quadrants(a, sum - Vec<T>(Ieee<T>::kRounder)), ubits(sum)};
  if (__builtin_expect(any(a > Vec<T>(kTrigLimit<T>)), 0)) {
    T x[Vec<T>::N], r[Vec<T>::N];
    U quadrant[Vec<T>::N];
    a.store(x), out.r.store(r), out.quadrant.store(quadrant);
    for (int i = 0; i < Vec<T>::N; ++i) {
      if (!(x[i] > kTrigLimit<T>)) continue;
      const HugeAngle h = reduce_huge(static_cast<double>(x[i]));
      r[i] = static_cast<T>(h.r), quadrant[i] = static_cast<U>(h.quadrant);
    }
    out = {Vec<T>::load(r), Vec<U>::load(quadrant)};
  }
  return out;
}

/// sin r and cos r for |r| ≤ π/4.
template <class T>
struct SinCos {
  Vec<T> sin, cos;
};
template <class T>
GM_INLINE SinCos<T> sin_cos_small(Vec<T> r) {
  const Vec<T> u = r * r;
  const Vec<T> cos = fma(fma(poly(u, kCos32, kCos64), u, Vec<T>(T(-0.5))), u, Vec<T>(T(1)));
  return {fma(poly(u, kSin32, kSin64) * u, r, r), cos};
}

/// All ones where the quadrant is odd.
template <class T>
GM_INLINE Mask<T> odd(Vec<UnsignedOf<T>> quadrant) {
  const Vec<UnsignedOf<T>> one(UnsignedOf<T>(1));
  return {bits<IntOf<T>>((quadrant & one) == one).v};
}
/// The sine of an angle, but for the sign of x.
template <class T>
GM_INLINE Vec<T> sin_of_angle(Angle<T> a) {
  const SinCos<T> s = sin_cos_small(a.r);
  const Vec<T> y = select(odd<T>(a.quadrant), s.cos, s.sin);
  return flip_sign(y, bits<T>(a.quadrant << (8 * sizeof(T) - 2)));
}

/// [1.6, 1.5 ulp] sin x, any x; sin(-0) is -0, sin(±inf) is NaN.
template <class T>
GM_INLINE Vec<T> sin(Vec<T> x) {
  return flip_sign(sin_of_angle(reduce_angle(abs(x))), x);
}

/// [1.6, 1.5 ulp] cos x, any x.
template <class T>
GM_INLINE Vec<T> cos(Vec<T> x) {
  Angle<T> a = reduce_angle(abs(x));
  a.quadrant = a.quadrant + Vec<UnsignedOf<T>>(UnsignedOf<T>(1));
  return sin_of_angle(a);
}

/// [3.5, 3.5 ulp] tan x, any x.
template <class T>
GM_INLINE Vec<T> tan(Vec<T> x) {
  const Angle<T> a = reduce_angle(abs(x));
  const SinCos<T> s = sin_cos_small(a.r);
  const Mask<T> turned = odd<T>(a.quadrant);
  const Vec<T> y = select(turned, s.cos, s.sin) / select(turned, -s.sin, s.cos);
  return flip_sign(y, x);
}

/// sin and cos of 2π·turns for |turns| ≤ 1/2 given exactly: no π is subtracted, so both are good
/// in the last bits everywhere.
template <class T>
GM_INLINE SinCos<T> sin_cos_turns(Vec<T> turns) {
  const Vec<T> sum = fma(turns, Vec<T>(T(4)), Vec<T>(Ieee<T>::kRounder));
  const Vec<T> r = fma(sum - Vec<T>(Ieee<T>::kRounder), Vec<T>(T(-0.25)), turns), u = r * r;
  const Vec<T> s = poly(u, kSinTurn32, kSinTurn64) * r, c = poly(u, kCosTurn32, kCosTurn64);
  const auto q = ubits(sum), next = q + Vec<UnsignedOf<T>>(UnsignedOf<T>(1));
  const Mask<T> turned = odd<T>(q);
  constexpr int to_sign = 8 * sizeof(T) - 2;
  return {flip_sign(select(turned, c, s), bits<T>(q << to_sign)),
          flip_sign(select(turned, s, c), bits<T>(next << to_sign))};
}

/// atan t for 0 ≤ t ≤ 1.
template <class T>
GM_INLINE Vec<T> atan_small(Vec<T> t) {
  const Vec<T> u = t * t;
  return fma(poly(u, kAtan32, kAtan64) * u, t, t);
}
/// π/2 - y.
template <class T>
GM_INLINE Vec<T> from_half_pi(Vec<T> y) {
  return Vec<T>(kHalfPiHigh<T>) - (y - Vec<T>(kHalfPiLow<T>));
}

/// [1.8, 1.8 ulp] atan x: of 1/|x|, and taken from π/2, where |x| > 1.
template <class T>
GM_INLINE Vec<T> atan(Vec<T> x) {
  const Vec<T> a = abs(x), one(T(1));
  const Vec<T> y = atan_small(min(one, a) / max(one, a));
  return with_sign(select(a > one, from_half_pi(y), y), x);
}

/// [1.8, 1.9 ulp] The angle of the point (x, y), in (-π, π]; zeros and infinities as C and NumPy
/// have them.
template <class T>
GM_INLINE Vec<T> atan2(Vec<T> y, Vec<T> x) {
  const Vec<T> ay = abs(y), ax = abs(x), zero(T(0)), inf(Ieee<T>::kInfinity);
  const Vec<T> big = max(ax, ay), small = min(ax, ay);
  Vec<T> t = select(big == zero, zero, small / big);
  t = select(small == inf, Vec<T>(T(1)), t);
  Vec<T> p = atan_small(t);
  p = select(ay > ax, from_half_pi(p), p);
  // The sign of x, -0 included: copysign turns it into a number that can be compared.
  const Mask<T> left = copysign(Vec<T>(T(1)), x) < zero;
  const Vec<T> pi(T(2) * kHalfPiHigh<T>), pi_low(T(2) * kHalfPiLow<T>);
  p = with_sign(select(left, pi - (p - pi_low), p), y);
  return select((x != x) | (y != y), Ieee<T>::kNan, p);
}

/// asin s = s + s·u·P(u): of |x| itself up to 1/2, above of √((1-|x|)/2), twice.
template <class T>
struct AsinParts {
  Vec<T> y;
  Mask<T> big;
};
template <class T>
GM_INLINE AsinParts<T> asin_parts(Vec<T> a) {
  const Mask<T> big = a > Vec<T>(T(0.5));
  const Vec<T> half = fma(a, Vec<T>(T(-0.5)), Vec<T>(T(0.5)));  // exact where it counts
  const Vec<T> u = select(big, half, a * a), s = select(big, sqrt(half), a);
  return {fma(poly(u, kAsin32, kAsin64) * u, s, s), big};
}

/// [2.5, 2.3 ulp] asin x; NaN beyond ±1.
template <class T>
GM_INLINE Vec<T> asin(Vec<T> x) {
  const AsinParts<T> p = asin_parts(abs(x));
  return flip_sign(select(p.big, from_half_pi(p.y + p.y), p.y), x);
}

/// [1.2, 1.3 ulp] acos x; NaN beyond ±1.
template <class T>
GM_INLINE Vec<T> acos(Vec<T> x) {
  const AsinParts<T> p = asin_parts(abs(x));
  const Vec<T> twice = p.y + p.y;
  const Vec<T> pi(T(2) * kHalfPiHigh<T>), pi_low(T(2) * kHalfPiLow<T>);
  const Vec<T> outer = select(x < Vec<T>(T(0)), pi - (twice - pi_low), twice);
  return select(p.big, outer, from_half_pi(flip_sign(p.y, x)));
}

}  // namespace
}  // namespace gm::GM_ISA
