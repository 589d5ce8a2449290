// Pairs of bfloat16: panels and tiles for instructions that multiply them two by two.
//
// vdpbf16ps and tdpbf16ps add, to each float32 of C, the products of pairs of neighbouring terms.
// A *word* is such a pair of one line: terms 2p and 2p + 1, 32 bits, so that a panel of words is
// laid out as one of floats is, with half the terms. A line's words come in chunks of 16, one row
// of an AMX tile; what is missing at the end of K is zero, in A and in B.
//
//   panel of A   word q of chunk c of row i at [(c * kPairRows + i) * kChunkWords + q]
//   panel of B   word p of column j        at [p * width + j]
//
// Rows and columns that are missing hold anything, as in other panels.
//
// What differs from the float32 tiles, which round every product-and-sum once: both instructions
// take denormal numbers for zero, in operands and in sums, and round to nearest even whatever the
// rounding mode. vdpbf16ps adds a word's odd term and then its even one; tdpbf16ps adds the even
// terms of a chunk, the odd ones beside, and those two sums to C. So sums differ in their last
// bits, within the same bound.
#pragma once

#include "gemm/pack.h"

namespace gm::GM_ISA {
namespace {

inline constexpr int kPairRows = 32, kPairPanel = 2;  // rows and vectors of a tile at most
inline constexpr int kChunkTerms = 32, kChunkWords = 16;
/// Terms per block of K: panels of A and B, 64 KB each, from L2. With 512, a panel of B would stay
/// in L1, but sums go through memory twice as often (AMX, n = 1024: 825 GFLOP/s, against 860).
inline constexpr int kPairDepth = 1024;

/// Words of a line of `terms` terms.
GM_INLINE int64_t pair_words(int64_t terms) {
  return (terms + kChunkTerms - 1) / kChunkTerms * kChunkWords;
}

/// Whether products in T may be of pairs.
template <class T>
inline constexpr bool kHasPairs = false;

#if defined(__AVX512F__)

template <>
inline constexpr bool kHasPairs<float> = true;

GM_INLINE uint32_t word_of(uint16_t even, uint16_t odd) { return even | uint32_t(odd) << 16; }

/// Sixteen lanes of 16 bits, widened.
GM_INLINE __m512i wide_lanes(const uint16_t* from, __mmask16 lanes) {
  note_read(from, static_cast<size_t>(__builtin_popcount(lanes)) * sizeof *from);
  return _mm512_maskz_cvtepu16_epi32(0xffff, _mm256_maskz_loadu_epi16(lanes, from));
}

/// A panel of B. `terms` may be odd only at the end of K.
GM_NOINLINE void pack_pair_columns(const Side<float>& side, int64_t first, int lines, int64_t term,
                                   int64_t terms, float* panel, int width) {
  const uint16_t* from = side.halves + first * side.line + term * side.term;
  const int64_t whole = terms / 2, step = side.term;
  const bool odd = terms % 2;
  if (side.line == 1) {
    for (int64_t p = 0; p < whole + odd; ++p) {
      const uint16_t* even = from + 2 * p * step;
      const __mmask16 rest = p < whole ? 0xffff : 0;
      for (int l = 0; l < lines; l += 16) {
        const __mmask16 lanes =
            lines - l >= 16 ? 0xffff : static_cast<__mmask16>((1u << (lines - l)) - 1);
        const __m512i low = wide_lanes(even + l, lanes);
        const __m512i high = wide_lanes(even + (rest ? step : 0) + l, lanes & rest);
        _mm512_storeu_si512(
            panel + p * width + l,
            _mm512_maskz_or_epi32(0xffff, low, _mm512_maskz_slli_epi32(0xffff, high, 16)));
      }
    }
  } else {
    int64_t p = 0;
    if (step == 1) {
      // Words lie as floats would, which only vector loads may take them for.
      p = whole / kTransposeTerms<float> * kTransposeTerms<float>;
      const float* at[kPairRows];
      for (int l = 0; l < width; ++l)
        at[l] = reinterpret_cast<const float*>(from + (l < lines ? l : lines - 1) * side.line);
      for (int l = 0; l < lines; l += 16)
        transpose_from<float, 1>(at + l, lines - l < 16 ? lines - l : 16, p, panel + l, width);
    }
    for (; p < whole; ++p) {
      for (int l = 0; l < lines; ++l) {
        const uint16_t* even = from + l * side.line + 2 * p * step;
        panel[p * width + l] = float_of(word_of(even[0], even[step]));
      }
    }
    if (odd)
      for (int l = 0; l < lines; ++l)
        panel[whole * width + l] = float_of(from[l * side.line + (terms - 1) * step]);
  }
  const int64_t done = whole + odd;
  __builtin_memset(panel + done * width, 0,
                   static_cast<size_t>((pair_words(terms) - done) * width) * sizeof(float));
}

/// A panel of A.
inline void pack_pair_rows(const Side<float>& side, int64_t first, int lines, int64_t term,
                           int64_t terms, float* panel) {
  constexpr int64_t chunk = kPairRows * kChunkWords;
  if (side.term == 1) {
    const uint16_t* from = side.halves + first * side.line + term;
    for (int l = 0; l < lines; ++l, from += side.line, panel += kChunkWords) {
      uint16_t* to = reinterpret_cast<uint16_t*>(panel);
      int64_t p = 0;
      for (; p + kChunkTerms <= terms; p += kChunkTerms, to += 2 * chunk)
        Vec<uint16_t>::load(from + p).store(to);
      if (p < terms) Vec<uint16_t>::load(from + p, static_cast<int>(terms - p)).store(to);
    }
    return;
  }
  float words[chunk];
  for (int64_t p = 0; p < terms; p += kChunkTerms, panel += chunk) {
    const int64_t count = terms - p < kChunkTerms ? terms - p : kChunkTerms;
    pack_pair_columns(side, first, lines, term + p, count, words, kPairRows);
    for (int l = 0; l < lines; l += 16) {
      transpose_lines<float, 1>(words + l, kPairRows, kChunkWords, 16, panel + l * kChunkWords,
                                kChunkWords);
    }
  }
}

/// Panels [from, to) of B, as pack_panels does it.
template <class PanelOf>
void pack_pair_panels(const Side<float>& side, int64_t from, int64_t to, int64_t term,
                      int64_t terms, const PanelOf& panel_of) {
  const int64_t strip = side.line == 1 ? kChunkTerms : terms;
  for (int64_t p = 0; p < terms; p += strip) {
    for (int64_t i = from; i < to; ++i) {
      const Panel<float> panel = panel_of(i);
      pack_pair_columns(side, panel.line, panel.lines, term + p,
                        terms - p < strip ? terms - p : strip, panel.data + p / 2 * panel.width,
                        panel.width);
    }
  }
}

#endif

}  // namespace
}  // namespace gm::GM_ISA
