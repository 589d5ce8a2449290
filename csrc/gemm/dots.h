// Few rows times lines along K, or lines along K times few columns: lanes run along K too, and are
// added at the end.
//
// x · Wᵀ of a small batch, a matrix times a vector, a dot product. Turning lines into lanes, as the
// tiles need them, costs more than such products take (1 × 512 × 512: 39 GB/s against 135). The
// order of the sum differs from the tiles', so a row's bits change where its batch grows beyond
// kDotRows and W lies along K. Where C has few columns (few_columns), every batch takes this path.
#pragma once

#include "gemm/product.h"

namespace gm::GM_ISA {
namespace {

inline constexpr int64_t kDotLeast = 64;      // terms: shorter sums gain nothing
inline constexpr int64_t kDotRows = 8;        // rows of C at most, where B lies along K
inline constexpr int64_t kDotTerms = 65'536;  // terms per chunk, the chunks added in order

/// Whether C's columns are few enough, where A lies along K; the longer the sums, the more may be
/// (v4, one thread, of the time that tiles take: 512 × 512 × 8 0.53, 512 × 126 × 12 1.7).
template <class T>
GM_INLINE bool few_columns(const Product<T>& p) {
  if (p.k < 256) return p.n <= 6;
  return p.n <= (p.b.line == 1 ? 8 : 12);
}

/// to[i * to_row + j * to_line] = row i · line j over k terms, for R rows and C lines, each sum in
/// the lanes of one register.
template <class T, class E, int R, int C>
GM_INLINE void dot_tile(int64_t k, const T* x, int64_t x_row, const E* y, int64_t y_line, T* to,
                        int64_t to_row, int64_t to_line) {
  using V = Vec<T>;
  V sum[R * C];
#pragma GCC unroll 32
  for (int s = 0; s < R * C; ++s) sum[s] = V(T(0));
  int64_t p = 0;
#pragma GCC unroll 1
  for (; p + V::N <= k; p += V::N) {
    V line[C];
#pragma GCC unroll 8
    for (int j = 0; j < C; ++j) {
      line[j] = load_lanes(y + j * y_line + p);
      if constexpr (R > 1) pin(line[j]);
    }
#pragma GCC unroll 8
    for (int i = 0; i < R; ++i) {
      V row = V::load(x + i * x_row + p);
      pin(row);
#pragma GCC unroll 8
      for (int j = 0; j < C; ++j) sum[i * C + j] = fma(row, line[j], sum[i * C + j]);
    }
  }
  // The rest runs from memory, its loops rolled: unrolled into this function, its constants push
  // the sums of the loop above out of their registers.
  constexpr int padded = (R * C + V::N - 1) / V::N * V::N;
  V lanes[padded];
#pragma GCC unroll 32
  for (int s = 0; s < R * C; ++s) lanes[s] = sum[s];
  for (int s = R * C; s < padded; ++s) lanes[s] = V(T(0));
  if (p < k) {
    const int rest = static_cast<int>(k - p);
#pragma GCC unroll 1
    for (int i = 0; i < R; ++i) {
      const V row = V::load(x + i * x_row + p, rest);
#pragma GCC unroll 1
      for (int j = 0; j < C; ++j) {
        V& s = lanes[i * C + j];
        s = fma(row, load_lanes(y + j * y_line + p, rest), s);
      }
    }
  }
  T total[padded];
#pragma GCC unroll 1
  for (int s = 0; s < padded; s += V::N)
    across_each(lanes + s, [](V a, V b) { return a + b; }).store(total + s);
#pragma GCC unroll 1
  for (int i = 0; i < R; ++i)
#pragma GCC unroll 1
    for (int j = 0; j < C; ++j) to[i * to_row + j * to_line] = total[i * C + j];
}

/// R rows times `lines` lines, C of them at a time.
template <class T, class E, int R, int C>
void dot_rows(int64_t k, const T* x, int64_t x_row, const E* y, int64_t y_line, int64_t lines,
              T* to, int64_t to_row, int64_t to_line) {
  int64_t j = 0;
  for (; j + C <= lines; j += C)
    dot_tile<T, E, R, C>(k, x, x_row, y + j * y_line, y_line, to + j * to_line, to_row, to_line);
  for (; j < lines; ++j)
    dot_tile<T, E, R, 1>(k, x, x_row, y + j * y_line, y_line, to + j * to_line, to_row, to_line);
}

template <class T, class E>
using DotFn = void (*)(int64_t, const T*, int64_t, const E*, int64_t, int64_t, T*, int64_t,
                       int64_t);
/// By rows, for elements E of the lines: R·C sums, C lines and a row in registers.
#if defined(__AVX512F__)
template <class T, class E>
constexpr DotFn<T, E> dot_by_rows[] = {
    dot_rows<T, E, 1, 8>, dot_rows<T, E, 2, 8>, dot_rows<T, E, 3, 5>, dot_rows<T, E, 4, 4>,
    dot_rows<T, E, 5, 4>, dot_rows<T, E, 6, 4>, dot_rows<T, E, 7, 3>, dot_rows<T, E, 8, 3>};
#else
template <class T, class E>
constexpr DotFn<T, E> dot_by_rows[] = {dot_rows<T, E, 1, 8>, dot_rows<T, E, 2, 4>,
                                       dot_rows<T, E, 3, 3>, dot_rows<T, E, 4, 3>};
#endif

template <class T>
constexpr int64_t kDotTileRows = sizeof dot_by_rows<T, T> / sizeof *dot_by_rows<T, T>;

/// A product seen as `rows` rows of x times `lines` lines of y. With few columns these are the
/// rows, and A's rows the lines.
template <class T>
struct Dots {
  bool columns_are_rows;
  Side<T> x, y;
  int64_t rows, lines, k;
  T* c;
  int64_t c_row, c_line;

  Dots(const Product<T>& p, int64_t c_row_of_p)
      : columns_are_rows(few_columns(p) && (p.a.term == 1 || (p.m == 1 && p.n == 1))),
        x(columns_are_rows ? p.b : p.a),
        y(columns_are_rows ? p.a : p.b),
        rows(columns_are_rows ? p.n : p.m),
        lines(columns_are_rows ? p.m : p.n),
        k(p.k),
        c(p.c),
        c_row(columns_are_rows ? 1 : c_row_of_p),
        c_line(columns_are_rows ? c_row_of_p : 1) {}
};

/// to[i * to_row + j * to_line] = row i · line first + j, over one chunk of K.
template <class T>
void dot_piece(const Dots<T>& d, int64_t first, int64_t lines, int64_t term, int64_t terms, T* to,
               int64_t to_row, int64_t to_line) {
  // y lies along K, unless it is one line.
  const bool gather_x = d.x.term != 1 || d.x.halves, gather_y = d.y.term != 1;
  const Scratch scratch(static_cast<size_t>((gather_x ? d.rows : 0) + (gather_y ? 1 : 0)) *
                        static_cast<size_t>(terms) * sizeof(T));
  T* own = static_cast<T*>(scratch.data);
  const T* x = d.x.data + term;
  int64_t x_row = d.x.line;
  if (gather_x) {
    gather_lines(d.x, 0, d.rows, term, terms, own, terms);
    x = own;
    x_row = terms;
    own += d.rows * terms;
  }
  const Even groups = Even::of(d.rows, kDotTileRows<T>);
  const auto times = [&]<class E>(const E* y) {
    for (int64_t g = 0; g < groups.parts; ++g) {
      const int64_t i = groups.start(g), rows = groups.start(g + 1) - i;
      const DotFn<T, E> dot = dot_by_rows<T, E>[rows - 1];
      dot(terms, x + i * x_row, x_row, y, d.y.line, lines, to + i * to_row, to_row, to_line);
    }
  };
  if (gather_y) {
    gather_lines(d.y, 0, 1, term, terms, own, terms);
    times(static_cast<const T*>(own));
  } else {
    with_elements(d.y, first * d.y.line + term, times);
  }
}

/// Lines that a piece takes: 128 KB of them, more where every piece has to gather the rows.
template <class T>
void cut_dots(const Dots<T>& d, Cut& cut) {
  const int64_t size = d.y.element_bytes();
  cut.blocks = d.k > 0 ? ceil_div(d.k, kDotTerms) : 1;
  cut.nanoseconds = d.rows * d.lines * d.k * size / 64 + d.lines * d.k * size / 24;
  const int64_t bytes = least(d.k, kDotTerms) * size;
  cut.piece_tiles =
      greatest(ceil_div(131'072, bytes + 1) * 8, d.x.term == 1 && !d.x.halves ? 0 : 16 * d.rows);
  cut.row_pieces = ceil_div(d.lines, cut.piece_tiles);
}

template <class T>
void multiply_dots(Product<T> p, const Cut& cut) {
  const Scratch room(p.halves ? static_cast<size_t>(p.m * p.n) * sizeof(T) : 0);
  if (p.halves) p.c = static_cast<T*>(room.data);
  const int64_t c_row = p.halves ? p.n : p.c_row;
  const Dots<T> d(p, c_row);
  // Sums go straight into C, unless they have to be added to it or to each other.
  const bool apart = cut.blocks > 1 || p.accumulate;
  const int64_t sums = d.rows * d.lines;
  const Scratch scratch(apart ? static_cast<size_t>(cut.blocks * sums) * sizeof(T) : 0);
  T* own = static_cast<T*>(scratch.data);
  parallel_for(cut.blocks * cut.row_pieces, cut.nanoseconds, [&](int64_t piece) {
    const int64_t block = piece / cut.row_pieces, term = block * kDotTerms;
    const int64_t first = piece % cut.row_pieces * cut.piece_tiles;
    const int64_t lines = least(cut.piece_tiles, d.lines - first);
    dot_piece(d, first, lines, term, least(kDotTerms, p.k - term),
              apart ? own + block * sums + first : d.c + first * d.c_line,
              apart ? d.lines : d.c_row, apart ? 1 : d.c_line);
  });
  if (apart) {
    for (int64_t i = 0; i < sums; ++i) {
      T& c = d.c[i / d.lines * d.c_row + i % d.lines * d.c_line];
      T total = p.accumulate ? c + own[i] : own[i];
      for (int64_t block = 1; block < cut.blocks; ++block) total += own[block * sums + i];
      c = total;
    }
  }
  p.finish_part(p.c, c_row, 0, 0, p.m, p.n);
}

}  // namespace
}  // namespace gm::GM_ISA
