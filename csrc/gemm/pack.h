// Packing: a panel of A or of B copied into the order in which the micro-kernel reads it.
//
// Both sides are the same thing: *lines* (rows of A, columns of B), each of K *terms*. A panel is a
// few neighbouring lines over one block of K:
//
//   panel[p * width + l]  =  term p of line l       0 ≤ l < lines ≤ width
//
// Lanes `lines … width` hold anything: the tile computes with them and stores none of it. Writing
// may run up to one vector past the panel's end, so panels are packed in ascending order and the
// last one is followed by kPackSlack bytes.
#pragma once

#include "gemm/transpose.h"

namespace gm::GM_ISA {
namespace {

inline constexpr int64_t kPackSlack = kVectorBytes;

/// Packs `lines` lines from `line` on, terms [term, term + terms), into panel.
template <class T>
using PackFn = void (*)(const void* context, int64_t line, int lines, int64_t term, int64_t terms,
                        T* panel, int width);

/// One side of a product. Dense, element (line l, term p) at data[l * line + p * term]; or made by
/// `pack` (im2col, a type conversion); or packed beforehand, whole.
template <class T>
struct Side {
  const T* data;
  int64_t line, term;
  PackFn<T> pack;
  const void* context;
  const T* packed;
};

/// Neighbouring lines lie side by side: copy them, G vectors a term, the last one partial.
template <class T, int G>
void copy_lines(const T* from, int64_t step, int lines, int64_t terms, T* panel, int width) {
  constexpr int L = Vec<T>::N;
  const int last = lines - (G - 1) * L;
  if (last == L) {
    for (int64_t p = 0; p < terms; ++p, from += step, panel += width) {
#pragma GCC unroll 8
      for (int g = 0; g < G; ++g) Vec<T>::load(from + g * L).store(panel + g * L);
    }
  } else {
    for (int64_t p = 0; p < terms; ++p, from += step, panel += width) {
#pragma GCC unroll 8
      for (int g = 0; g < G - 1; ++g) Vec<T>::load(from + g * L).store(panel + g * L);
      Vec<T>::load(from + (G - 1) * L, last).store(panel + (G - 1) * L);
    }
  }
}

/// Terms lie side by side: transpose Vec<T>::N lines by kTransposeTerms terms at a time. A panel
/// of G vectors; its lanes from W on are overwritten by the next term's first ones.
template <class T, int G>
void transpose_lines(const T* from, int64_t line, int lines, int64_t terms, T* panel, int width) {
  constexpr int L = Vec<T>::N, S = kTransposeTerms<T>;
  const T* of[G * L];
  for (int l = 0; l < G * L; ++l) of[l] = from + (l < lines ? l : lines - 1) * line;
  int64_t p = 0;
  for (; p + S <= terms; p += S) {
    Vec<T> lanes[G][S];
#pragma GCC unroll 8
    for (int g = 0; g < G; ++g) load_transposed(of + g * L, p, lanes[g]);
#pragma GCC unroll 8
    for (int s = 0; s < S; ++s, panel += width) {
#pragma GCC unroll 8
      for (int g = 0; g < G; ++g) lanes[g][s].store(panel + g * L);
    }
  }
  for (; p < terms; ++p, panel += width) {
    for (int l = 0; l < lines; ++l) panel[l] = of[l][p];
  }
}

/// The panel of a dense side.
template <class T>
void pack_dense(const Side<T>& side, int64_t first, int lines, int64_t term, int64_t terms,
                T* panel, int width) {
  using B = Blocking<T>;
  constexpr int L = Vec<T>::N;
  const T* from = side.data + first * side.line + term * side.term;
  if (side.line == 1) {
    switch ((lines + L - 1) / L) {
      case 1:
        return copy_lines<T, 1>(from, side.term, lines, terms, panel, width);
      case 2:
        return copy_lines<T, 2>(from, side.term, lines, terms, panel, width);
      case 3:
        return copy_lines<T, 3>(from, side.term, lines, terms, panel, width);
      default:
        return copy_lines<T, 4>(from, side.term, lines, terms, panel, width);
    }
  } else if (side.term == 1) {
    if (width % L == 0) {
      // Whole vectors do not spill into the next term: one after the other.
      for (int l = 0; l < lines; l += L) {
        transpose_lines<T, 1>(from + l * side.line, side.line, lines - l < L ? lines - l : L, terms,
                              panel + l, width);
      }
    } else {
      transpose_lines<T, (B::kRows + L - 1) / L>(from, side.line, lines, terms, panel, width);
    }
  } else {
    for (int64_t p = 0; p < terms; ++p, from += side.term, panel += width) {
      for (int l = 0; l < lines; ++l) panel[l] = from[l * side.line];
    }
  }
}

template <class T>
GM_INLINE void pack_panel(const Side<T>& side, int64_t first, int lines, int64_t term,
                          int64_t terms, T* panel, int width) {
  if (side.pack)
    side.pack(side.context, first, lines, term, terms, panel, width);
  else
    pack_dense(side, first, lines, term, terms, panel, width);
}

}  // namespace
}  // namespace gm::GM_ISA
