// Stores past the cache, for lines that are not read again soon: they need not be read before they
// are written. Whole lines, or each register costs a trip to memory.
#pragma once

#include "isa/simd.h"

namespace gm::GM_ISA {
namespace {

/// `to` is a multiple of the register's size.
template <class T>
GM_INLINE void store_past(Vec<T> x, void* to) {
  note_write(to, kVectorBytes);
#if defined(__AVX512F__)
  _mm512_stream_si512(static_cast<__m512i*>(to), reinterpret_cast<__m512i>(x.v));
#elif defined(__AVX2__)
  _mm256_stream_si256(static_cast<__m256i*>(to), reinterpret_cast<__m256i>(x.v));
#elif defined(__SSE2__)
  _mm_stream_si128(static_cast<__m128i*>(to), reinterpret_cast<__m128i>(x.v));
#else
  x.store(static_cast<T*>(to));
#endif
}

/// Orders what was stored before what is stored after, as other threads see it.
GM_INLINE void end_past() {
#if defined(__SSE2__)
  _mm_sfence();
#endif
}

}  // namespace
}  // namespace gm::GM_ISA
