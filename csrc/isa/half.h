// float16 and bfloat16 to and from float32, n elements at stride 1. Nearest even; NaN stays NaN,
// with what fits of its payload; the bits are those of core/lines.h on every ISA.
#pragma once

#include "core/lines.h"
#include "isa/simd.h"

namespace gm::GM_ISA {
namespace {

GM_INLINE uint32_t bits_of(float x) { return __builtin_bit_cast(uint32_t, x); }
GM_INLINE float float_of(uint32_t x) { return __builtin_bit_cast(float, x); }

inline void bfloat_to_float(const char* source, char* target, int64_t n) {
  const uint16_t* from = reinterpret_cast<const uint16_t*>(source);
  uint32_t* to = reinterpret_cast<uint32_t*>(target);
  for (int64_t i = 0; i < n; ++i) to[i] = static_cast<uint32_t>(from[i]) << 16;
}
inline void float_to_bfloat(const char* source, char* target, int64_t n) {
  const uint32_t* from = reinterpret_cast<const uint32_t*>(source);
  uint16_t* to = reinterpret_cast<uint16_t*>(target);
  for (int64_t i = 0; i < n; ++i) {
    const uint32_t x = from[i];
    const uint32_t rounded = (x + 0x7fff + (x >> 16 & 1)) >> 16, quiet = x >> 16 | 0x40;
    to[i] = static_cast<uint16_t>((x & 0x7fffffff) > 0x7f800000 ? quiet : rounded);
  }
}

#if defined(__AVX512F__)
inline void half_to_float(const char* source, char* target, int64_t n) {
  const uint16_t* from = reinterpret_cast<const uint16_t*>(source);
  float* to = reinterpret_cast<float*>(target);
  for (int64_t i = 0; i < n; i += 16) {
    const __mmask16 lanes = n - i >= 16 ? 0xffff : static_cast<__mmask16>((1u << (n - i)) - 1);
    note_read(from + i, static_cast<size_t>(n - i >= 16 ? 16 : n - i) * sizeof *from);
    note_write(to + i, static_cast<size_t>(n - i >= 16 ? 16 : n - i) * sizeof *to);
    _mm512_mask_storeu_ps(to + i, lanes,
                          _mm512_maskz_cvtph_ps(lanes, _mm256_maskz_loadu_epi16(lanes, from + i)));
  }
}
inline void float_to_half(const char* source, char* target, int64_t n) {
  const float* from = reinterpret_cast<const float*>(source);
  uint16_t* to = reinterpret_cast<uint16_t*>(target);
  for (int64_t i = 0; i < n; i += 16) {
    const __mmask16 lanes = n - i >= 16 ? 0xffff : static_cast<__mmask16>((1u << (n - i)) - 1);
    note_read(from + i, static_cast<size_t>(n - i >= 16 ? 16 : n - i) * sizeof *from);
    note_write(to + i, static_cast<size_t>(n - i >= 16 ? 16 : n - i) * sizeof *to);
    _mm256_mask_storeu_epi16(to + i, lanes,
                             _mm512_maskz_cvtps_ph(lanes, _mm512_maskz_loadu_ps(lanes, from + i),
                                                   _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
  }
}
#elif defined(__F16C__)
inline void half_to_float(const char* source, char* target, int64_t n) {
  const uint16_t* from = reinterpret_cast<const uint16_t*>(source);
  float* to = reinterpret_cast<float*>(target);
  for (int64_t i = 0; i < n; i += 8) {
    const int left = n - i >= 8 ? 8 : static_cast<int>(n - i);
    __m128i half{};
    if (left == 8)
      half = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + i));
    else
      __builtin_memcpy(&half, from + i, static_cast<size_t>(left) * 2);
    Vec<float>{_mm256_cvtph_ps(half)}.store(to + i, left);
  }
}
inline void float_to_half(const char* source, char* target, int64_t n) {
  const float* from = reinterpret_cast<const float*>(source);
  uint16_t* to = reinterpret_cast<uint16_t*>(target);
  for (int64_t i = 0; i < n; i += 8) {
    const int left = n - i >= 8 ? 8 : static_cast<int>(n - i);
    const __m128i half =
        _mm256_cvtps_ph(Vec<float>::load(from + i, left).v, _MM_FROUND_TO_NEAREST_INT);
    if (left == 8)
      _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i), half);
    else
      __builtin_memcpy(to + i, &half, static_cast<size_t>(left) * 2);
  }
}
#else
// core/lines.cpp explains the arithmetic; here every case is computed and one selected.
inline void half_to_float(const char* source, char* target, int64_t n) {
  const uint16_t* from = reinterpret_cast<const uint16_t*>(source);
  uint32_t* to = reinterpret_cast<uint32_t*>(target);
  for (int64_t i = 0; i < n; ++i) {
    const uint32_t x = from[i], rest = x & 0x7fff, sign = (x & 0x8000) << 16;
    const uint32_t finite = bits_of(float_of(rest << 13) * float_of(uint32_t(254 - 15) << 23));
    const uint32_t quiet = rest > 0x7c00 ? 0x400000 : 0;
    const uint32_t special = 0x7f800000 | quiet | (rest & 0x3ff) << 13;
    to[i] = sign | (rest >= 0x7c00 ? special : finite);
  }
}
inline void float_to_half(const char* source, char* target, int64_t n) {
  const uint32_t* from = reinterpret_cast<const uint32_t*>(source);
  uint16_t* to = reinterpret_cast<uint16_t*>(target);
  for (int64_t i = 0; i < n; ++i) {
    const uint32_t x = from[i], rest = x & 0x7fffffff, sign = x >> 16 & 0x8000;
    const uint32_t small = bits_of(float_of(rest) + 0.5f) - 0x3f000000;
    const uint32_t normal = (rest + 0xfff + (rest >> 13 & 1) - 0x38000000) >> 13;
    const uint32_t nan = 0x7e00 | (rest >> 13 & 0x3ff);
    uint32_t half = rest < 0x38800000 ? small : normal;
    half = rest >= 0x477ff000 ? 0x7c00 : half;
    half = rest > 0x7f800000 ? nan : half;
    to[i] = static_cast<uint16_t>(sign | half);
  }
}
#endif

// ---- lanes: a Vec of what lies at p, 16-bit floats as float32
// ------------------------------------

template <class T>
GM_INLINE Vec<T> load_lanes(const T* p) {
  return Vec<T>::load(p);
}
template <class T>
GM_INLINE Vec<T> load_lanes(const T* p, int n) {
  return Vec<T>::load(p, n);
}

/// A register's lanes of 16-bit floats, in half a register.
typedef uint16_t HalfLanes __attribute__((vector_size(kVectorBytes / 2)));

GM_INLINE Vec<float> widen_lanes(HalfLanes x, BFloat) {
#if defined(__AVX512F__)
  return {
      (__m512)_mm512_maskz_slli_epi32(0xffff, _mm512_maskz_cvtepu16_epi32(0xffff, (__m256i)x), 16)};
#elif defined(__AVX2__)
  return {(__m256)_mm256_slli_epi32(_mm256_cvtepu16_epi32((__m128i)x), 16)};
#else
  const auto wide = __builtin_convertvector(x, Vec<uint32_t>::Native);
  return bits<float>(Vec<uint32_t>(wide) << 16);
#endif
}
GM_INLINE Vec<float> widen_lanes(HalfLanes x, Half) {
#if defined(__AVX512F__)
  return {_mm512_maskz_cvtph_ps(0xffff, (__m256i)x)};
#elif defined(__F16C__)
  return {_mm256_cvtph_ps((__m128i)x)};
#else
  float wide[Vec<float>::N] = {};
  half_to_float(reinterpret_cast<const char*>(&x), reinterpret_cast<char*>(wide), Vec<float>::N);
  return Vec<float>::load(wide);
#endif
}

template <class H>
GM_INLINE Vec<float> load_half_lanes(const H* p) {
  HalfLanes x;
  __builtin_memcpy(&x, p, sizeof x);
  return widen_lanes(x, H{});
}
template <class H>
GM_INLINE Vec<float> load_half_lanes(const H* p, int n) {
  note_read(p, static_cast<size_t>(n) * sizeof(H));
#if defined(__AVX512F__)
  const __mmask16 lanes = static_cast<__mmask16>((1u << n) - 1);
  return widen_lanes((HalfLanes)_mm256_maskz_loadu_epi16(lanes, p), H{});
#else
  HalfLanes x{};
  __builtin_memcpy(&x, p, static_cast<size_t>(n) * sizeof(H));
  return widen_lanes(x, H{});
#endif
}
GM_INLINE Vec<float> load_lanes(const BFloat* p) { return load_half_lanes(p); }
GM_INLINE Vec<float> load_lanes(const BFloat* p, int n) { return load_half_lanes(p, n); }
GM_INLINE Vec<float> load_lanes(const Half* p) { return load_half_lanes(p); }
GM_INLINE Vec<float> load_lanes(const Half* p, int n) { return load_half_lanes(p, n); }

/// One element as a number.
template <class T>
GM_INLINE T number(T x) {
  return x;
}
GM_INLINE float number(BFloat x) { return float_of(uint32_t(x.bits) << 16); }
GM_INLINE float number(Half x) { return to_float(x); }

/// gm::copy_line, with 16-bit floats by vectors where both sides have stride 1.
inline void stage_line(const LineSpec& line, int64_t n) {
  if (line.source_stride == 1 && line.target_stride == 1) {
    const DType from = line.source_dtype, to = line.target_dtype;
    if (to == DType::Float32) {
      if (from == DType::Float16) return half_to_float(line.source, line.target, n);
      if (from == DType::BFloat16) return bfloat_to_float(line.source, line.target, n);
    } else if (from == DType::Float32) {
      if (to == DType::Float16) return float_to_half(line.source, line.target, n);
      if (to == DType::BFloat16) return float_to_bfloat(line.source, line.target, n);
    }
  }
  copy_line(line, n);
}

}  // namespace
}  // namespace gm::GM_ISA
