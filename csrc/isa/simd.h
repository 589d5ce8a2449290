// Vec<T>: one register of lanes, a small façade over GCC/Clang vector extensions.
//
// Compiled once per ISA with that ISA's flags. Everything lives in an anonymous namespace inside
// gm::GM_ISA, so no symbol of one ISA can ever be linked in place of another's.
//
//   GM_ISA   meaning            register   notes
//   v2       x86-64-v2, SSE4.2  16 bytes   no FMA
//   v3       AVX2 + FMA         32 bytes
//   v4       AVX-512 F/BW/DQ/VL 64 bytes   partial loads by mask registers
//   neon     ARMv8-A            16 bytes
//
// A tail is the same vector code on a partial load (`load(p, n)`), never a scalar twin.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/dtype.h"

#if defined(__SSE2__)
#include <immintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

#define GM_INLINE inline __attribute__((always_inline))
#define GM_NOINLINE __attribute__((noinline))

namespace gm::GM_ISA {
namespace {

#if defined(__AVX512F__)
inline constexpr int kVectorBytes = 64;
#elif defined(__AVX2__)
inline constexpr int kVectorBytes = 32;
#else
inline constexpr int kVectorBytes = 16;
#endif

/// The signed integer as wide as T: the element of T's comparison masks and bit patterns.
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
template <class T>
using IntOf = typename IntOfSize<sizeof(T)>::type;

template <class T>
inline constexpr bool is_float_lane = false;
template <>
inline constexpr bool is_float_lane<float> = true;
template <>
inline constexpr bool is_float_lane<double> = true;

/// The compiler's vector types, named outside Vec: g++ drops the attribute of a dependent typedef
/// when it compares signatures, and would take Vec(Native) and Vec(T) for one constructor.
template <class T>
struct Register {
  typedef T type __attribute__((vector_size(kVectorBytes)));
  typedef T memory __attribute__((vector_size(kVectorBytes), aligned(alignof(T)), may_alias));
};

/// Lane-wise truth: every lane is all ones or all zeros. Made by comparing Vecs.
template <class T>
struct Mask {
  using Native = typename Register<IntOf<T>>::type;
  Native v;

  GM_INLINE Mask operator&(Mask o) const { return {v & o.v}; }
  GM_INLINE Mask operator|(Mask o) const { return {v | o.v}; }
  GM_INLINE Mask operator^(Mask o) const { return {v ^ o.v}; }
  GM_INLINE Mask operator~() const { return {~v}; }
};

template <class T>
struct Vec {
  using Lane = T;
  static constexpr int N = kVectorBytes / static_cast<int>(sizeof(T));
  using Native = typename Register<T>::type;
  using Memory = typename Register<T>::memory;
  Native v;

  Vec() = default;
  GM_INLINE Vec(Native native) : v(native) {}
  /// All lanes equal to `s`. One broadcast instruction (`Vec{} + s` would add).
  GM_INLINE Vec(T s) : v(fill(s)) {}

  GM_INLINE static Vec load(const T* p) { return {*reinterpret_cast<const Memory*>(p)}; }
  GM_INLINE void store(T* p) const { *reinterpret_cast<Memory*>(p) = v; }
  /// The first n of N lanes (0 ≤ n ≤ N); the others read as zero and are not touched in memory.
  GM_INLINE static Vec load(const T* p, int n);
  GM_INLINE void store(T* p, int n) const;

  GM_INLINE T operator[](int i) const { return v[i]; }

  GM_INLINE friend Vec operator+(Vec a, Vec b) { return {a.v + b.v}; }
  GM_INLINE friend Vec operator-(Vec a, Vec b) { return {a.v - b.v}; }
  GM_INLINE friend Vec operator*(Vec a, Vec b) { return {a.v * b.v}; }
  GM_INLINE friend Vec operator/(Vec a, Vec b) { return {a.v / b.v}; }
  GM_INLINE friend Vec operator-(Vec a) { return {-a.v}; }
  GM_INLINE Vec& operator+=(Vec b) {
    v += b.v;
    return *this;
  }
  GM_INLINE Vec& operator-=(Vec b) {
    v -= b.v;
    return *this;
  }
  GM_INLINE Vec& operator*=(Vec b) {
    v *= b.v;
    return *this;
  }
  GM_INLINE Vec& operator/=(Vec b) {
    v /= b.v;
    return *this;
  }
  // Integer lanes only; the compiler refuses them on floats.
  GM_INLINE friend Vec operator&(Vec a, Vec b) { return {a.v & b.v}; }
  GM_INLINE friend Vec operator|(Vec a, Vec b) { return {a.v | b.v}; }
  GM_INLINE friend Vec operator^(Vec a, Vec b) { return {a.v ^ b.v}; }
  GM_INLINE friend Vec operator~(Vec a) { return {~a.v}; }
  GM_INLINE friend Vec operator<<(Vec a, int bits) { return {a.v << bits}; }
  GM_INLINE friend Vec operator>>(Vec a, int bits) { return {a.v >> bits}; }

  GM_INLINE friend Mask<T> operator<(Vec a, Vec b) { return {a.v < b.v}; }
  GM_INLINE friend Mask<T> operator<=(Vec a, Vec b) { return {a.v <= b.v}; }
  GM_INLINE friend Mask<T> operator>(Vec a, Vec b) { return {a.v > b.v}; }
  GM_INLINE friend Mask<T> operator>=(Vec a, Vec b) { return {a.v >= b.v}; }
  GM_INLINE friend Mask<T> operator==(Vec a, Vec b) { return {a.v == b.v}; }
  GM_INLINE friend Mask<T> operator!=(Vec a, Vec b) { return {a.v != b.v}; }

 private:
  GM_INLINE static Native fill(T s) {
    if constexpr (N == 2)
      return Native{s, s};
    else if constexpr (N == 4)
      return Native{s, s, s, s};
    else if constexpr (N == 8)
      return Native{s, s, s, s, s, s, s, s};
    else if constexpr (N == 16)
      return Native{s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s};
    else
      return Native{} + s;  // byte and short lanes: integers only, where + folds to a broadcast
  }
};

/// Reinterpret the bits of the lanes.
template <class To, class From>
GM_INLINE Vec<To> bits(Vec<From> x) {
  static_assert(sizeof(To) == sizeof(From));
  return {reinterpret_cast<typename Vec<To>::Native>(x.v)};
}
template <class To, class T>
GM_INLINE Vec<To> bits(Mask<T> m) {
  static_assert(sizeof(To) == sizeof(T));
  return {reinterpret_cast<typename Vec<To>::Native>(m.v)};
}

/// The same register cut into lanes of another width.
template <class To, class From>
GM_INLINE Vec<To> relane(Vec<From> x) {
  return {reinterpret_cast<typename Vec<To>::Native>(x.v)};
}

/// m ? a : b, lane by lane.
template <class T>
GM_INLINE Vec<T> select(Mask<T> m, Vec<T> a, Vec<T> b) {
  return {m.v ? a.v : b.v};
}
/// m ? a : 0.
template <class T>
GM_INLINE Vec<T> keep(Mask<T> m, Vec<T> a) {
  return bits<T>(bits<IntOf<T>>(a) & Vec<IntOf<T>>(m.v));
}

/// Lane by lane, for what has no vector instructions anyway.
template <class T, class Op>
GM_INLINE Vec<T> each_lane(Vec<T> a, Vec<T> b, const Op& op) {
  Vec<T> out;
#pragma GCC unroll 1
  for (int i = 0; i < Vec<T>::N; ++i) out.v[i] = op(a.v[i], b.v[i]);
  return out;
}

// ---- min, max -----------------------------------------------------------------------------------
// The hardware's: where a lane of either is NaN, or both are zero, the result is b's lane.

template <class T>
GM_INLINE Vec<T> min(Vec<T> a, Vec<T> b) {
  return {a.v < b.v ? a.v : b.v};
}
template <class T>
GM_INLINE Vec<T> max(Vec<T> a, Vec<T> b) {
  return {a.v > b.v ? a.v : b.v};
}

/// NaN-propagating: NaN where either is NaN (which NaN is unspecified).
template <class T>
GM_INLINE Vec<T> minimum(Vec<T> a, Vec<T> b) {
  if constexpr (is_float_lane<T>)
    return select(a != a, a, min(a, b));
  else
    return min(a, b);
}
template <class T>
GM_INLINE Vec<T> maximum(Vec<T> a, Vec<T> b) {
  if constexpr (is_float_lane<T>)
    return select(a != a, a, max(a, b));
  else
    return max(a, b);
}

template <class T>
GM_INLINE Vec<T> abs(Vec<T> a) {
  using I = IntOf<T>;
  if constexpr (is_float_lane<T>) {
    return bits<T>(bits<I>(a) & ~(Vec<I>(I(1)) << int(8 * sizeof(T) - 1)));
  } else {
    return select(a < Vec<T>(T(0)), -a, a);
  }
}
/// |a| with the sign of b.
template <class T>
GM_INLINE Vec<T> copysign(Vec<T> a, Vec<T> b) {
  using I = IntOf<T>;
  const Vec<I> sign = Vec<I>(I(1)) << int(8 * sizeof(T) - 1);
  return bits<T>((bits<I>(a) & ~sign) | (bits<I>(b) & sign));
}

/// a·b + c. One rounding where the ISA has FMA (-ffp-contract=fast contracts it).
template <class T>
GM_INLINE Vec<T> fma(Vec<T> a, Vec<T> b, Vec<T> c) {
  return {a.v * b.v + c.v};
}

// ---- sqrt and rounding: instructions ------------------------------------------------------------

#if defined(__AVX512F__)
// The maskz forms with all lanes on: the plain ones read an undefined register as merge source,
// which g++ 12 reports as uninitialised. Same instruction.
GM_INLINE Vec<float> min(Vec<float> a, Vec<float> b) {
  return {_mm512_maskz_min_ps(0xffff, a.v, b.v)};
}
GM_INLINE Vec<float> max(Vec<float> a, Vec<float> b) {
  return {_mm512_maskz_max_ps(0xffff, a.v, b.v)};
}
GM_INLINE Vec<double> min(Vec<double> a, Vec<double> b) {
  return {_mm512_maskz_min_pd(0xff, a.v, b.v)};
}
GM_INLINE Vec<double> max(Vec<double> a, Vec<double> b) {
  return {_mm512_maskz_max_pd(0xff, a.v, b.v)};
}
GM_INLINE Vec<float> sqrt(Vec<float> a) { return {_mm512_maskz_sqrt_ps(0xffff, a.v)}; }
GM_INLINE Vec<double> sqrt(Vec<double> a) { return {_mm512_maskz_sqrt_pd(0xff, a.v)}; }
#define GM_ROUND(NAME, MODE)                                \
  GM_INLINE Vec<float> NAME(Vec<float> a) {                 \
    return {_mm512_maskz_roundscale_ps(0xffff, a.v, MODE)}; \
  }                                                         \
  GM_INLINE Vec<double> NAME(Vec<double> a) {               \
    return {_mm512_maskz_roundscale_pd(0xff, a.v, MODE)};   \
  }
#elif defined(__AVX2__)
GM_INLINE Vec<float> min(Vec<float> a, Vec<float> b) { return {_mm256_min_ps(a.v, b.v)}; }
GM_INLINE Vec<float> max(Vec<float> a, Vec<float> b) { return {_mm256_max_ps(a.v, b.v)}; }
GM_INLINE Vec<double> min(Vec<double> a, Vec<double> b) { return {_mm256_min_pd(a.v, b.v)}; }
GM_INLINE Vec<double> max(Vec<double> a, Vec<double> b) { return {_mm256_max_pd(a.v, b.v)}; }
GM_INLINE Vec<float> sqrt(Vec<float> a) { return {_mm256_sqrt_ps(a.v)}; }
GM_INLINE Vec<double> sqrt(Vec<double> a) { return {_mm256_sqrt_pd(a.v)}; }
#define GM_ROUND(NAME, MODE)                                                       \
  GM_INLINE Vec<float> NAME(Vec<float> a) { return {_mm256_round_ps(a.v, MODE)}; } \
  GM_INLINE Vec<double> NAME(Vec<double> a) { return {_mm256_round_pd(a.v, MODE)}; }
#elif defined(__SSE4_1__)
GM_INLINE Vec<float> min(Vec<float> a, Vec<float> b) { return {_mm_min_ps(a.v, b.v)}; }
GM_INLINE Vec<float> max(Vec<float> a, Vec<float> b) { return {_mm_max_ps(a.v, b.v)}; }
GM_INLINE Vec<double> min(Vec<double> a, Vec<double> b) { return {_mm_min_pd(a.v, b.v)}; }
GM_INLINE Vec<double> max(Vec<double> a, Vec<double> b) { return {_mm_max_pd(a.v, b.v)}; }
GM_INLINE Vec<float> sqrt(Vec<float> a) { return {_mm_sqrt_ps(a.v)}; }
GM_INLINE Vec<double> sqrt(Vec<double> a) { return {_mm_sqrt_pd(a.v)}; }
#define GM_ROUND(NAME, MODE)                                                    \
  GM_INLINE Vec<float> NAME(Vec<float> a) { return {_mm_round_ps(a.v, MODE)}; } \
  GM_INLINE Vec<double> NAME(Vec<double> a) { return {_mm_round_pd(a.v, MODE)}; }
#endif

#if defined(GM_ROUND)
GM_ROUND(round, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)  // ties to even
GM_ROUND(floor, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC)
GM_ROUND(ceil, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC)
GM_ROUND(trunc, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC)
#undef GM_ROUND
#elif defined(__ARM_NEON)
GM_INLINE Vec<float> sqrt(Vec<float> a) { return {vsqrtq_f32(a.v)}; }
GM_INLINE Vec<double> sqrt(Vec<double> a) { return {vsqrtq_f64(a.v)}; }
GM_INLINE Vec<float> round(Vec<float> a) { return {vrndnq_f32(a.v)}; }
GM_INLINE Vec<double> round(Vec<double> a) { return {vrndnq_f64(a.v)}; }
GM_INLINE Vec<float> floor(Vec<float> a) { return {vrndmq_f32(a.v)}; }
GM_INLINE Vec<double> floor(Vec<double> a) { return {vrndmq_f64(a.v)}; }
GM_INLINE Vec<float> ceil(Vec<float> a) { return {vrndpq_f32(a.v)}; }
GM_INLINE Vec<double> ceil(Vec<double> a) { return {vrndpq_f64(a.v)}; }
GM_INLINE Vec<float> trunc(Vec<float> a) { return {vrndq_f32(a.v)}; }
GM_INLINE Vec<double> trunc(Vec<double> a) { return {vrndq_f64(a.v)}; }
#endif

/// Convert lanes of the same width: float ↔ int32 (truncating), double ↔ int64.
template <class To, class From>
GM_INLINE Vec<To> convert(Vec<From> x) {
  static_assert(sizeof(To) == sizeof(From));
  return {__builtin_convertvector(x.v, typename Vec<To>::Native)};
}

// ---- lanes of twice the width
// --------------------------------------------------------------------

/// The lanes of a Vec<float> in double, in order: `lo` holds the first half.
struct Wide {
  Vec<double> lo, hi;
};
#if defined(__AVX512F__)
GM_INLINE Wide widen(Vec<float> x) {
  const __m256 lo = _mm512_maskz_extractf32x8_ps(0xff, x.v, 0);
  const __m256 hi = _mm512_maskz_extractf32x8_ps(0xff, x.v, 1);
  return {{_mm512_maskz_cvtps_pd(0xff, lo)}, {_mm512_maskz_cvtps_pd(0xff, hi)}};
}
GM_INLINE Vec<float> narrow(Vec<double> lo, Vec<double> hi) {
  const __m512 first = _mm512_castps256_ps512(_mm512_maskz_cvtpd_ps(0xff, lo.v));
  return {_mm512_maskz_insertf32x8(0xffff, first, _mm512_maskz_cvtpd_ps(0xff, hi.v), 1)};
}
#elif defined(__AVX2__)
GM_INLINE Wide widen(Vec<float> x) {
  return {{_mm256_cvtps_pd(_mm256_castps256_ps128(x.v))},
          {_mm256_cvtps_pd(_mm256_extractf128_ps(x.v, 1))}};
}
GM_INLINE Vec<float> narrow(Vec<double> lo, Vec<double> hi) {
  return {_mm256_set_m128(_mm256_cvtpd_ps(hi.v), _mm256_cvtpd_ps(lo.v))};
}
#elif defined(__SSE4_1__)
GM_INLINE Wide widen(Vec<float> x) {
  return {{_mm_cvtps_pd(x.v)}, {_mm_cvtps_pd(_mm_movehl_ps(x.v, x.v))}};
}
GM_INLINE Vec<float> narrow(Vec<double> lo, Vec<double> hi) {
  return {_mm_movelh_ps(_mm_cvtpd_ps(lo.v), _mm_cvtpd_ps(hi.v))};
}
#elif defined(__ARM_NEON)
GM_INLINE Wide widen(Vec<float> x) {
  return {{vcvt_f64_f32(vget_low_f32(x.v))}, {vcvt_high_f64_f32(x.v)}};
}
GM_INLINE Vec<float> narrow(Vec<double> lo, Vec<double> hi) {
  return {vcvt_high_f32_f64(vcvt_f32_f64(lo.v), hi.v)};
}
#endif

/// The products of the low 32 bits of each lane; what stands above them is not read.
GM_INLINE Vec<uint64_t> multiply_low_halves(Vec<uint64_t> a, Vec<uint64_t> b) {
  using Native = Vec<uint64_t>::Native;
#if defined(__AVX512F__)
  return {(Native)_mm512_maskz_mul_epu32(0xff, (__m512i)a.v, (__m512i)b.v)};
#elif defined(__AVX2__)
  return {(Native)_mm256_mul_epu32((__m256i)a.v, (__m256i)b.v)};
#elif defined(__SSE4_1__)
  return {(Native)_mm_mul_epu32((__m128i)a.v, (__m128i)b.v)};
#else
  return {(Native)vmull_u32(vmovn_u64((uint64x2_t)a.v), vmovn_u64((uint64x2_t)b.v))};
#endif
}

// ---- partial loads and stores -------------------------------------------------------------------

// g++'s sanitizers see no access of a masked instruction, of a short copy that is inlined or of a
// store past the cache: they are told of it.
#if defined(__SANITIZE_ADDRESS__)
extern "C" void __asan_loadN(void*, size_t);
extern "C" void __asan_storeN(void*, size_t);
GM_INLINE void note_read(const void* p, size_t bytes) { __asan_loadN(const_cast<void*>(p), bytes); }
GM_INLINE void note_write(void* p, size_t bytes) { __asan_storeN(p, bytes); }
#elif defined(__SANITIZE_THREAD__)
extern "C" void __tsan_read_range(void*, size_t);
extern "C" void __tsan_write_range(void*, size_t);
GM_INLINE void note_read(const void* p, size_t bytes) {
  __tsan_read_range(const_cast<void*>(p), bytes);
}
GM_INLINE void note_write(void* p, size_t bytes) { __tsan_write_range(p, bytes); }
#else
GM_INLINE void note_read(const void*, size_t) {}
GM_INLINE void note_write(void*, size_t) {}
#endif

#if defined(__AVX512BW__)
template <class T>
GM_INLINE Vec<T> Vec<T>::load(const T* p, int n) {
  note_read(p, static_cast<size_t>(n) * sizeof(T));
  const uint64_t lanes = n >= 64 ? ~uint64_t(0) : (uint64_t(1) << n) - 1;
  if constexpr (sizeof(T) == 4)
    return {(Native)_mm512_maskz_loadu_epi32(static_cast<__mmask16>(lanes), p)};
  else if constexpr (sizeof(T) == 8)
    return {(Native)_mm512_maskz_loadu_epi64(static_cast<__mmask8>(lanes), p)};
  else if constexpr (sizeof(T) == 2)
    return {(Native)_mm512_maskz_loadu_epi16(static_cast<__mmask32>(lanes), p)};
  else
    return {(Native)_mm512_maskz_loadu_epi8(lanes, p)};
}
template <class T>
GM_INLINE void Vec<T>::store(T* p, int n) const {
  note_write(p, static_cast<size_t>(n) * sizeof(T));
  const uint64_t lanes = n >= 64 ? ~uint64_t(0) : (uint64_t(1) << n) - 1;
  if constexpr (sizeof(T) == 4)
    _mm512_mask_storeu_epi32(p, static_cast<__mmask16>(lanes), (__m512i)v);
  else if constexpr (sizeof(T) == 8)
    _mm512_mask_storeu_epi64(p, static_cast<__mmask8>(lanes), (__m512i)v);
  else if constexpr (sizeof(T) == 2)
    _mm512_mask_storeu_epi16(p, static_cast<__mmask32>(lanes), (__m512i)v);
  else
    _mm512_mask_storeu_epi8(p, lanes, (__m512i)v);
}
#else
#if defined(__AVX2__)
/// Sixteen bytes-worth of lanes on, then off: a mask for n lanes starts at kOnOff + 8 - n (4
/// bytes).
alignas(64) inline constexpr int32_t kOnOff32[16] = {-1, -1, -1, -1, -1, -1, -1, -1,
                                                     0,  0,  0,  0,  0,  0,  0,  0};
alignas(64) inline constexpr int64_t kOnOff64[8] = {-1, -1, -1, -1, 0, 0, 0, 0};
#endif
template <class T>
GM_INLINE Vec<T> Vec<T>::load(const T* p, int n) {
  note_read(p, static_cast<size_t>(n) * sizeof(T));
#if defined(__AVX2__)
  if constexpr (sizeof(T) == 4) {
    const __m256i m = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kOnOff32 + 8 - n));
    return {(Native)_mm256_maskload_epi32(reinterpret_cast<const int*>(p), m)};
  }
  if constexpr (sizeof(T) == 8) {
    const __m256i m = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kOnOff64 + 4 - n));
    return {(Native)_mm256_maskload_epi64(reinterpret_cast<const long long*>(p), m)};
  }
#endif
  Native out{};
  __builtin_memcpy(&out, p, static_cast<size_t>(n) * sizeof(T));
  return {out};
}
template <class T>
GM_INLINE void Vec<T>::store(T* p, int n) const {
  note_write(p, static_cast<size_t>(n) * sizeof(T));
#if defined(__AVX2__)
  if constexpr (sizeof(T) == 4) {
    const __m256i m = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kOnOff32 + 8 - n));
    _mm256_maskstore_epi32(reinterpret_cast<int*>(p), m, (__m256i)v);
    return;
  }
  if constexpr (sizeof(T) == 8) {
    const __m256i m = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kOnOff64 + 4 - n));
    _mm256_maskstore_epi64(reinterpret_cast<long long*>(p), m, (__m256i)v);
    return;
  }
#endif
  __builtin_memcpy(p, &v, static_cast<size_t>(n) * sizeof(T));
}
#endif

/// Lanes 0 … n-1 on.
template <class T>
GM_INLINE Mask<T> first_lanes(int n) {
  using I = IntOf<T>;
  typename Register<I>::type lane;
#pragma GCC unroll 64
  for (int i = 0; i < Vec<T>::N; ++i) lane[i] = I(i);
  return {lane < Vec<I>(I(n)).v};
}

/// Store a comparison's truth as n bool bytes (0 or 1), n ≤ N.
template <class T>
GM_INLINE void store_bool(Mask<T> m, uint8_t* p, int n) {
  note_write(p, static_cast<size_t>(n));
#if defined(__AVX512BW__)
  if constexpr (sizeof(T) == 4 || sizeof(T) == 8) {
    __mmask16 truth;
    if constexpr (sizeof(T) == 4)
      truth = _mm512_movepi32_mask((__m512i)m.v);
    else
      truth = _mm512_movepi64_mask((__m512i)m.v);
    const __mmask16 lanes = static_cast<__mmask16>((1u << n) - 1);
    _mm_mask_storeu_epi8(p, lanes, _mm_maskz_set1_epi8(truth, 1));
    return;
  }
#elif defined(__AVX2__)
  if constexpr (sizeof(T) == 4 || sizeof(T) == 8) {
    // One bit a lane, then one byte a bit: the convertvector below takes lanes out one by one.
    uint64_t truth;
    if constexpr (sizeof(T) == 4)
      truth = static_cast<uint64_t>(_mm256_movemask_ps((__m256)m.v));
    else
      truth = static_cast<uint64_t>(_mm256_movemask_pd((__m256d)m.v));
    const uint64_t bytes = _pdep_u64(truth, 0x0101010101010101u);
    __builtin_memcpy(p, &bytes, static_cast<size_t>(n));
    return;
  }
#endif
  typedef uint8_t Bytes __attribute__((vector_size(kVectorBytes / sizeof(T))));
  const Bytes bytes = __builtin_convertvector(m.v & 1, Bytes);
  __builtin_memcpy(p, &bytes, static_cast<size_t>(n));
}

/// n bool bytes (any nonzero is true), n ≤ N, as a mask; the lanes beyond are false.
template <class T>
GM_INLINE Mask<T> load_bool(const uint8_t* p, int n) {
  note_read(p, static_cast<size_t>(n));
  using Native = typename Mask<T>::Native;
  if constexpr (sizeof(T) == 1) {
    return {Native((Vec<uint8_t>::load(p, n) != Vec<uint8_t>(uint8_t(0))).v)};
  } else {
    constexpr int N = Vec<T>::N;
#if defined(__AVX512BW__)
    const __mmask32 lanes = static_cast<__mmask32>((uint64_t(1) << n) - 1);
    const __m256i bytes = _mm256_maskz_loadu_epi8(lanes, p);
    const __mmask32 truth = _mm256_test_epi8_mask(bytes, bytes);
    if constexpr (N == 32)
      return {(Native)_mm512_movm_epi16(truth)};
    else if constexpr (N == 16)
      return {(Native)_mm512_movm_epi32(static_cast<__mmask16>(truth))};
    else
      return {(Native)_mm512_movm_epi64(static_cast<__mmask8>(truth))};
#else
    alignas(16) uint8_t bytes[16] = {};
    if (n == N)
      __builtin_memcpy(bytes, p, N);
    else
      __builtin_memcpy(bytes, p, static_cast<size_t>(n));
#if defined(__AVX2__)
    const __m128i narrow = _mm_load_si128(reinterpret_cast<const __m128i*>(bytes));
    if constexpr (sizeof(T) == 2)
      return {(Native)_mm256_cvtepu8_epi16(narrow) != 0};
    else if constexpr (sizeof(T) == 4)
      return {(Native)_mm256_cvtepu8_epi32(narrow) != 0};
    else
      return {(Native)_mm256_cvtepu8_epi64(narrow) != 0};
#elif defined(__SSE4_1__)
    const __m128i narrow = _mm_load_si128(reinterpret_cast<const __m128i*>(bytes));
    if constexpr (sizeof(T) == 2)
      return {(Native)_mm_cvtepu8_epi16(narrow) != 0};
    else if constexpr (sizeof(T) == 4)
      return {(Native)_mm_cvtepu8_epi32(narrow) != 0};
    else
      return {(Native)_mm_cvtepu8_epi64(narrow) != 0};
#else
    Native wide;
    for (int i = 0; i < N; ++i) wide[i] = static_cast<IntOf<T>>(-(bytes[i] != 0));
    return {wide};
#endif
#endif
  }
}

// ---- lanes into one: always the same tree, ((0+N/2)+(N/4…))
// --------------------------------------

/// 0, 1 … Count-1 as template arguments.
template <int... I>
struct Lanes {};
template <int Count, int... I>
struct CountLanes : CountLanes<Count - 1, Count - 1, I...> {};
template <int... I>
struct CountLanes<0, I...> {
  using type = Lanes<I...>;
};
template <class T>
using LanesOf = typename CountLanes<Vec<T>::N>::type;

template <int Half, class T, class Combine, int... I>
GM_INLINE Vec<T> fold_lanes(Vec<T> x, const Combine& combine, Lanes<I...> lanes) {
  if constexpr (Half == 0) {
    return x;
  } else {
    const Vec<T> upper{__builtin_shufflevector(x.v, x.v, ((I + Half) % Vec<T>::N)...)};
    return fold_lanes<Half / 2>(Vec<T>(combine(x, upper)), combine, lanes);
  }
}
/// All lanes combined into one, by an operation on two Vecs.
template <class T, class Combine>
GM_INLINE T across(Vec<T> x, const Combine& combine) {
  return fold_lanes<Vec<T>::N / 2>(x, combine, LanesOf<T>{})[0];
}

/// Where lane i of a pair's lower halves (From = 0; Block/2: upper halves) lies in (a, b), which
/// are in blocks of lanes: half of a's first block, of b's first, of a's second …
template <int N, int Block, int From>
constexpr int half_of_block(int i) {
  constexpr int half = Block / 2;
  const int block = i / half;
  return (block % 2 ? N : 0) + block / 2 * Block + From + i % half;
}
template <int Block, class T, class Combine, int... I>
GM_INLINE void fold_blocks(Vec<T>* x, const Combine& combine, Lanes<I...> lanes) {
  constexpr int N = Vec<T>::N, Count = Block / 2;
  if constexpr (Block > 1) {
#pragma GCC unroll 8
    for (int k = 0; k < Count; ++k) {
      const auto a = x[k].v, b = x[k + Count].v;
      x[k] =
          combine(Vec<T>{__builtin_shufflevector(a, b, half_of_block<N, Block, 0>(I)...)},
                  Vec<T>{__builtin_shufflevector(a, b, half_of_block<N, Block, Block / 2>(I)...)});
    }
    fold_blocks<Block / 2>(x, combine, lanes);
  }
}
/// Lane i is across(x[i], combine), bit for bit; x holds N vectors, and is overwritten.
template <class T, class Combine>
GM_INLINE Vec<T> across_each(Vec<T>* x, const Combine& combine) {
  fold_blocks<Vec<T>::N>(x, combine, LanesOf<T>{});
  return x[0];
}

template <class T>
GM_INLINE T sum(Vec<T> x) {
  return across(x, [](Vec<T> a, Vec<T> b) { return a + b; });
}

}  // namespace
}  // namespace gm::GM_ISA
