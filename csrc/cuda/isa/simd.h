// Vec<T> in a CUDA thread: one lane. The façade of isa/simd.h, so that the kernels' formulas are
// written once: sources of csrc/cuda find this directory before csrc, and the files of one name
// stand in for each other.
#pragma once

#include "core/dtype.h"
#include "cuda/runtime.h"

#define GM_INLINE __host__ __device__ __forceinline__
#define GM_NOINLINE __host__ __device__ __noinline__

namespace gm::GM_ISA {
namespace {

template <int Bytes>
struct IntOfSize;
template <>
struct IntOfSize<1> {
  using type = int8_t;
};
template <>
struct IntOfSize<2> {
  using type = int16_t;
};
template <>
struct IntOfSize<4> {
  using type = int32_t;
};
template <>
struct IntOfSize<8> {
  using type = int64_t;
};
/// The signed integer as wide as T.
template <class T>
using IntOf = typename IntOfSize<sizeof(T)>::type;

template <class T>
inline constexpr bool is_float_lane = false;
template <>
inline constexpr bool is_float_lane<float> = true;
template <>
inline constexpr bool is_float_lane<double> = true;

template <class T>
struct Mask {
  bool v;

  GM_INLINE Mask operator&(Mask o) const { return {v && o.v}; }
  GM_INLINE Mask operator|(Mask o) const { return {v || o.v}; }
  GM_INLINE Mask operator^(Mask o) const { return {v != o.v}; }
  GM_INLINE Mask operator~() const { return {!v}; }
};

template <class T>
struct Vec {
  using Lane = T;
  static constexpr int N = 1;
  T v;

  Vec() = default;
  GM_INLINE Vec(T s) : v(s) {}

  GM_INLINE T operator[](int) const { return v; }

  GM_INLINE friend Vec operator+(Vec a, Vec b) { return {T(a.v + b.v)}; }
  GM_INLINE friend Vec operator-(Vec a, Vec b) { return {T(a.v - b.v)}; }
  GM_INLINE friend Vec operator*(Vec a, Vec b) { return {T(a.v * b.v)}; }
  GM_INLINE friend Vec operator/(Vec a, Vec b) { return {T(a.v / b.v)}; }
  GM_INLINE friend Vec operator-(Vec a) { return {T(-a.v)}; }
  GM_INLINE Vec& operator+=(Vec b) { return *this = *this + b; }
  GM_INLINE Vec& operator-=(Vec b) { return *this = *this - b; }
  GM_INLINE Vec& operator*=(Vec b) { return *this = *this * b; }
  GM_INLINE Vec& operator/=(Vec b) { return *this = *this / b; }
  // Integer lanes only.
  GM_INLINE friend Vec operator&(Vec a, Vec b) { return {T(a.v & b.v)}; }
  GM_INLINE friend Vec operator|(Vec a, Vec b) { return {T(a.v | b.v)}; }
  GM_INLINE friend Vec operator^(Vec a, Vec b) { return {T(a.v ^ b.v)}; }
  GM_INLINE friend Vec operator~(Vec a) { return {T(~a.v)}; }

  GM_INLINE friend Mask<T> operator<(Vec a, Vec b) { return {a.v < b.v}; }
  GM_INLINE friend Mask<T> operator<=(Vec a, Vec b) { return {a.v <= b.v}; }
  GM_INLINE friend Mask<T> operator>(Vec a, Vec b) { return {a.v > b.v}; }
  GM_INLINE friend Mask<T> operator>=(Vec a, Vec b) { return {a.v >= b.v}; }
  GM_INLINE friend Mask<T> operator==(Vec a, Vec b) { return {a.v == b.v}; }
  GM_INLINE friend Mask<T> operator!=(Vec a, Vec b) { return {a.v != b.v}; }
};

template <class To, class From>
GM_INLINE Vec<To> bits(Vec<From> x) {
  static_assert(sizeof(To) == sizeof(From));
  union {
    From from;
    To to;
  } both{x.v};
  return {both.to};
}

template <class T>
GM_INLINE Vec<T> select(Mask<T> m, Vec<T> a, Vec<T> b) {
  return m.v ? a : b;
}
template <class T>
GM_INLINE Vec<T> keep(Mask<T> m, Vec<T> a) {
  return m.v ? a : Vec<T>(T(0));
}

template <class T, class Op>
GM_INLINE Vec<T> each_lane(Vec<T> a, Vec<T> b, const Op& op) {
  return {op(a.v, b.v)};
}

/// b's lane where either is NaN or both are zero, as on the CPU.
template <class T>
GM_INLINE Vec<T> min(Vec<T> a, Vec<T> b) {
  return a.v < b.v ? a : b;
}
template <class T>
GM_INLINE Vec<T> max(Vec<T> a, Vec<T> b) {
  return a.v > b.v ? a : b;
}
/// NaN where either is.
template <class T>
GM_INLINE Vec<T> minimum(Vec<T> a, Vec<T> b) {
  return a.v != a.v ? a : min(a, b);
}
template <class T>
GM_INLINE Vec<T> maximum(Vec<T> a, Vec<T> b) {
  return a.v != a.v ? a : max(a, b);
}

template <class T>
GM_INLINE Vec<T> abs(Vec<T> a) {
  if constexpr (is_float_lane<T>)
    return {T(::fabs(a.v))};
  else
    return a.v < T(0) ? -a : a;
}
template <class T>
GM_INLINE Vec<T> copysign(Vec<T> a, Vec<T> b) {
  return {T(::copysign(a.v, b.v))};
}
template <class T>
GM_INLINE Vec<T> fma(Vec<T> a, Vec<T> b, Vec<T> c) {
  return {T(::fma(a.v, b.v, c.v))};
}
template <class T>
GM_INLINE Vec<T> sqrt(Vec<T> a) {
  return {T(::sqrt(a.v))};
}
template <class T>
GM_INLINE Vec<T> floor(Vec<T> a) {
  return {T(::floor(a.v))};
}
template <class T>
GM_INLINE Vec<T> ceil(Vec<T> a) {
  return {T(::ceil(a.v))};
}
/// To even where two are as near.
template <class T>
GM_INLINE Vec<T> round(Vec<T> a) {
  return {T(::rint(a.v))};
}
template <class T>
GM_INLINE Vec<T> trunc(Vec<T> a) {
  return {T(::trunc(a.v))};
}

}  // namespace
}  // namespace gm::GM_ISA
