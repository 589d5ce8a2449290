// Packing: a panel of A or of B copied into the order in which the micro-kernel reads it.
//
// Both sides are the same thing: *lines* (rows of A, columns of B), each of K *terms*. A panel is a
// few neighbouring lines over one block of K:
//
//   panel[p * width + l]  =  term p of line l       0 ≤ l < lines ≤ width
//
// Lanes `lines … width` hold anything: the tile computes with them and stores none of it. Writing
// may run up to one vector past the panel's end: kPackSlack bytes follow each one whose width is
// not a multiple of a vector.
#pragma once

#include "gemm/micro.h"
#include "gemm/transpose.h"
#include "isa/half.h"

namespace gm::GM_ISA {
namespace {

inline constexpr int64_t kPackSlack = kVectorBytes;

/// Packs `lines` lines from `line` on, terms [term, term + terms), into panel.
template <class T>
using PackFn = void (*)(const void* context, int64_t line, int lines, int64_t term, int64_t terms,
                        T* panel, int width);

/// One side of a product: element (line l, term p) at data[l * line + p * term]. Or of 16-bit
/// floats at `halves`, which become T wherever they are read; or made by `pack`; or packed
/// beforehand, whole.
template <class T>
struct Side {
  const T* data;
  int64_t line, term;
  PackFn<T> pack = nullptr;
  const void* context = nullptr;
  const T* packed = nullptr;
  const uint16_t* halves = nullptr;
  DType half = DType::BFloat16;  // of halves: BFloat16 or Float16

  GM_INLINE int64_t element_bytes() const { return halves ? 2 : int64_t(sizeof(T)); }
  GM_INLINE void move_by(int64_t elements) {
    if (halves)
      halves += elements;
    else
      data += elements;
  }
};

/// use(pointer to the elements, whatever their type, from `offset` on).
template <class T, class Use>
GM_INLINE void with_elements(const Side<T>& side, int64_t offset, const Use& use) {
  if constexpr (sizeof(T) == sizeof(float)) {
    if (side.halves) {
      const uint16_t* at = side.halves + offset;
      if (side.half == DType::BFloat16) return use(reinterpret_cast<const BFloat*>(at));
      return use(reinterpret_cast<const Half*>(at));
    }
  }
  use(side.data + offset);
}

/// to[l * to_line + q] = term `term + q` of line `first + l`.
template <class T>
void gather_lines(const Side<T>& side, int64_t first, int64_t lines, int64_t term, int64_t terms,
                  T* to, int64_t to_line) {
  with_elements(side, first * side.line + term * side.term, [&](const auto* from) {
    if (side.term == 1) {
      for (int64_t l = 0; l < lines; ++l, from += side.line, to += to_line) {
        int64_t q = 0;
        for (; q + Vec<T>::N <= terms; q += Vec<T>::N) load_lanes(from + q).store(to + q);
        const int rest = static_cast<int>(terms - q);
        if (rest) load_lanes(from + q, rest).store(to + q, rest);
      }
    } else {
      for (int64_t q = 0; q < terms; ++q, from += side.term)
        for (int64_t l = 0; l < lines; ++l) to[l * to_line + q] = number(from[l * side.line]);
    }
  });
}

/// Neighbouring lines lie side by side: copy them, G vectors a term, the last one partial.
/// (Fetching the terms of the next strip ahead: 1–3 % slower.)
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

/// Terms lie side by side: lines are transposed into a panel of G vectors. Its lanes from `width`
/// on are overwritten by the next term's first ones.
///
/// As many terms at a time as the registers hold, and line by line: lines a power of two apart
/// share the sets of L1, and one that is not read to its end at once is fetched again
/// (4096 × 4096 under AVX2: 23 GB/s instead of 15). Meanwhile the same terms of the lines `next`
/// further are fetched, which no hardware does for so many short runs (v4: a whole product 2–3 %
/// faster, 16 × 784 × 128 of a transposed B 9 %).
template <class T, int G>
void transpose_from(const T* const* at, int lines, int64_t terms, T* panel, int width,
                    int64_t next = 0) {
  constexpr int L = Vec<T>::N, S = kTransposeTerms<T>;
  constexpr int C = (kVectorBytes == 64 ? 16 : 8) / (G * S);
  int64_t p = 0;
  const auto move = [&](auto chunks) {
    constexpr int count = decltype(chunks)::value;
    Vec<T> lanes[count][G][S];
#pragma GCC unroll 8
    for (int g = 0; g < G; ++g) {
#pragma GCC unroll 8
      for (int s = 0; s < S; ++s) {
#pragma GCC unroll 8
        for (int c = 0; c < count; ++c) lanes[c][g][s] = load_chunks<T>(at + g * L + s, p + c * S);
      }
    }
#pragma GCC unroll 8
    for (int c = 0; c < count; ++c) {
#pragma GCC unroll 8
      for (int g = 0; g < G; ++g) transpose_chunks<T>(lanes[c][g]);
#pragma GCC unroll 8
      for (int s = 0; s < S; ++s, panel += width) {
#pragma GCC unroll 8
        for (int g = 0; g < G; ++g) lanes[c][g][s].store(panel + g * L);
      }
    }
    p += count * S;
  };
  while (p + C * S <= terms) {
    if (next) {
      for (int l = 0; l < lines; ++l) __builtin_prefetch(at[l] + p + next);
    }
    move(Count<C>{});
  }
  while (p + S <= terms) move(Count<1>{});
  for (; p < terms; ++p, panel += width) {
    for (int l = 0; l < lines; ++l) panel[l] = at[l][p];
  }
}

template <class T, int G>
void transpose_lines(const T* from, int64_t line, int lines, int64_t terms, T* panel, int width) {
  // The last line stands in for those missing.
  const T* at[G * Vec<T>::N];
  for (int l = 0; l < G * Vec<T>::N; ++l) at[l] = from + (l < lines ? l : lines - 1) * line;
  transpose_from<T, G>(at, lines, terms, panel, width, lines * line);
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

/// The panel of a side of 16-bit floats.
template <class T>
void pack_halves(const Side<T>& side, int64_t first, int lines, int64_t term, int64_t terms,
                 T* panel, int width) {
  if (side.line == 1) {
    with_elements(side, first + term * side.term, [&](const auto* from) {
      constexpr int L = Vec<T>::N;
      for (int64_t p = 0; p < terms; ++p, from += side.term, panel += width) {
        int l = 0;
        for (; l + L <= lines; l += L) load_lanes(from + l).store(panel + l);
        if (l < lines) load_lanes(from + l, lines - l).store(panel + l, lines - l);
      }
    });
    return;
  }
  // Lines are converted into the cache, a few terms at a time, and transposed from there.
  constexpr int64_t strip = 64, most = 64;
  T near[most * strip];
  for (int64_t p = 0; p < terms; p += strip) {
    const int64_t count = terms - p < strip ? terms - p : strip;
    gather_lines(side, first, lines, term + p, count, near, strip);
    pack_dense(Side<T>{.data = near, .line = strip, .term = 1}, 0, lines, 0, count,
               panel + p * width, width);
  }
}

template <class T>
GM_INLINE void pack_panel(const Side<T>& side, int64_t first, int lines, int64_t term,
                          int64_t terms, T* panel, int width) {
  if (side.pack)
    side.pack(side.context, first, lines, term, terms, panel, width);
  else if (side.halves)
    pack_halves(side, first, lines, term, terms, panel, width);
  else
    pack_dense(side, first, lines, term, terms, panel, width);
}

/// Where one of several panels lies.
template <class T>
struct Panel {
  int64_t line;
  int lines, width;
  T* data;
};

/// Packs panels [from, to), panel i as panel(i) says. Where neighbouring lines lie side by side a
/// few terms of all panels are copied at a time: long runs of memory instead of one panel's width
/// at every term (n = 1024: packing B takes 4 % instead of 6).
template <class T, class PanelOf>
void pack_panels(const Side<T>& side, int64_t from, int64_t to, int64_t term, int64_t terms,
                 const PanelOf& panel_of) {
  const int64_t strip = side.line == 1 ? 16 : terms;
  for (int64_t p = 0; p < terms; p += strip) {
    for (int64_t i = from; i < to; ++i) {
      const Panel<T> panel = panel_of(i);
      pack_panel(side, panel.line, panel.lines, term + p, terms - p < strip ? terms - p : strip,
                 panel.data + p * panel.width, panel.width);
    }
  }
}

}  // namespace
}  // namespace gm::GM_ISA
