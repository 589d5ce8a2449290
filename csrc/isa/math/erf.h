// The error function and its complement.
#pragma once

#include "isa/math/exp.h"

namespace gm::GM_ISA {
namespace {

// erf(x)/x - 1 in x² up to x = 0.9 (1): tools/minimax.py erf_small32, erf_small64.
inline constexpr float kErfSmall32[] = {0x1.06eba6p-3f,  -0x1.8126fap-2f, 0x1.ce1dd2p-4f,
                                        -0x1.b6bee2p-6f, 0x1.4876cap-8f,  -0x1.3f4f76p-11f};
inline constexpr double kErfSmall64[] = {
    0x1.06eba8214db69p-3,  -0x1.812746b0379e6p-2,  0x1.ce2f21a042b20p-4,  -0x1.b82ce3128499dp-6,
    0x1.565bcd0db02f9p-8,  -0x1.c02db3d8ed5e9p-11, 0x1.f9a321a123f1fp-14, -0x1.f4d1df39b3f27p-17,
    0x1.b9def1a274222p-20, -0x1.5f1d36e207713p-23, 0x1.f7a4134074200p-27, -0x1.386ac34eb1eeep-30,
    0x1.0579afa38bcddp-34};
// log2 erfc(x) from there to 3.95 (5.95), where erf is 1: erf_large32, erf_large64.
inline constexpr float kErfLarge32[] = {-0x1.0c92a0p-12f, -0x1.a082f8p+0f, -0x1.d6921cp-1f,
                                        -0x1.336452p-3f,  0x1.0747e8p-5f,  -0x1.20e5f0p-8f,
                                        0x1.2a4874p-12f};
inline constexpr double kErfLarge64[] = {
    -0x1.8d918f6914328p-21, -0x1.a0be06915aed4p+0,  -0x1.d6436ee3462c0p-1, -0x1.2f72be8d56d2cp-3,
    0x1.c0d282ca13e10p-6,   0x1.38cdce99db2d6p-11,  -0x1.6ade84b8b995bp-9, 0x1.245d30501e655p-10,
    -0x1.9d2ba9d5a34a4p-13, -0x1.d87d4b199f776p-16, 0x1.10b031bfbf3cbp-15, -0x1.9f47247ee03d7p-17,
    0x1.997d6eda1d603p-19,  -0x1.1e3c96cad744ep-21, 0x1.1c9c2dfd48ff7p-24, -0x1.81a681fe44ddap-28,
    0x1.40783bb4e3540p-32,  -0x1.ede491c10b926p-38};
// 2^r = 1 + r·(…) where the power is at most 0.2 of the result: exp2_short32.
inline constexpr float kExp2Short32[] = {
    1, 0x1.62e42ap-1f, 0x1.ebf9bcp-3f, 0x1.c6b752p-5f, 0x1.3cea84p-7f, 0x1.5bba10p-10f};
// e^(a²) erfc(a) (a+k) in t = (a-k)/(a+k), k = 3 (4): erfc32, erfc64.
inline constexpr float kErfc32[] = {0x1.12f21ep+0f,   -0x1.c44c44p-1f, 0x1.2e3266p-1f,
                                    -0x1.3dec20p-2f,  0x1.e99970p-4f,  -0x1.b6d2dcp-6f,
                                    -0x1.45a262p-10f, 0x1.752f32p-9f,  -0x1.d8332ap-12f};
inline constexpr double kErfc64[] = {
    0x1.18932bf08e154p+0,   -0x1.f3fe31ecb49bfp-1,  0x1.8be202d26c700p-1,   -0x1.14eacb1ad036ap-1,
    0x1.52cac237104a4p-2,   -0x1.645fd8a4ba3fap-3,  0x1.38dbd2c8ca41fp-4,   -0x1.b00c052d3b326p-6,
    0x1.908f473a2391ap-8,   -0x1.269b4fab8a717p-12, -0x1.dd2850aab8923p-12, 0x1.72cd8bc54c606p-13,
    -0x1.e7cbd489d7c93p-19, -0x1.3c6bd53871efep-16, 0x1.3adab19797c88p-18,  0x1.7ded906a8b850p-20,
    -0x1.c33e7ca6a4f9fp-21, -0x1.3e33fcebe627ap-24, 0x1.f72d9ff356272p-24,  0x1.8ae0c93923613p-32,
    -0x1.7b3dea27a1c54p-27};

/// [1.7, 1.4 ulp] erf x: x + x P(x²) near 0, 1 - 2^P(|x|) beyond, both computed. A single quotient
/// P/Q over the whole range took 0.85 of the time but reached 5 ulp.
template <class T>
GM_INLINE Vec<T> erf(Vec<T> x) {
  const Vec<T> a = min(Vec<T>(pick<T>(3.95f, 5.95)), abs(x));
  const Vec<T> near = fma(poly(a * a, kErfSmall32, kErfSmall64), a, a);

  const Vec<T> y = poly(a, kErfLarge32, kErfLarge64);
  const Vec<T> rounder(Ieee<T>::kRounder + T(Ieee<T>::kBias)), sum = y + rounder;
  const Vec<T> power = poly(y - (sum - rounder), kExp2Short32, kExp2_64);
  const Vec<T> far = fma(-power_of_two<T>(ubits(sum)), power, Vec<T>(T(1)));

  return with_sign(select(a < Vec<T>(pick<T>(0.9f, 1.)), near, far), x);
}

/// [4.1, 4.9 ulp] erfc x = e^(-x²)·P(t)/(a+k), a = |x|; 2 less that for x < 0; 1 - erf x near 0. x²
/// is carried in two parts, so it stays good until it vanishes at 10.06 (27.3).
template <class T>
GM_INLINE Vec<T> erfc(Vec<T> x) {
  const Vec<T> a = min(Vec<T>(pick<T>(10.1f, 27.4)), abs(x)), k(pick<T>(3.f, 4.));
  const Vec<T> near = fma(poly(x * x, kErfSmall32, kErfSmall64), x, x), one(T(1));

  const Vec<T> p = poly((a - k) / (a + k), kErfc32, kErfc64) / (a + k);
  const Pair<T> square = two_product(a, a);
  const Vec<T> y = exp_clamped(-square.hi, -square.lo) * p;
  const Vec<T> far = select(x < Vec<T>(T(0)), Vec<T>(T(2)) - y, y);
  return select(a < Vec<T>(pick<T>(0.8f, 0.95)), one - near, far);
}

}  // namespace
}  // namespace gm::GM_ISA
