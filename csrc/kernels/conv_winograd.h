// Winograd's minimal filtering: m × m outputs of a 3×3 convolution from (m+2) × (m+2) inputs,
//
//   Y = Aᵀ [ (G g Gᵀ) ⊙ (Bᵀ d B) ] A
//
// with one multiplication per input: 4 per output for m = 2 and 2.25 for m = 4, in place of 9
// (A. Lavin, S. Gray, Fast Algorithms for Convolutional Neural Networks, 2015). The matrices belong
// to polynomial interpolation at m + 1 points and infinity. Points 0, 1, −1 serve m = 2; for m = 4
// the usual 0, ±1, ±2 lose five times the accuracy of 0, ±1/√2, ±√2, which are as cheap.
#pragma once

#include "gemm/micro.h"
#include "gemm/transpose.h"
#include "isa/shuffle.h"

namespace gm::GM_ISA {
namespace {

/// One dimension of the transforms for m outputs.
template <class T, int m>
struct Winograd;

template <class T>
struct Winograd<T, 2> {
  static constexpr int n = 4;
  using V = Vec<T>;

  /// Bᵀ d
  GM_INLINE static void input(const V (&d)[4], V (&t)[4]) {
    t[0] = d[0] - d[2];
    t[1] = d[1] + d[2];
    t[2] = d[2] - d[1];
    t[3] = d[3] - d[1];
  }
  /// G g
  GM_INLINE static void kernel(const V (&g)[3], V (&u)[4]) {
    const V half(T(0.5)), even = half * (g[0] + g[2]);
    u[0] = g[0];
    u[1] = fma(half, g[1], even);
    u[2] = even - half * g[1];
    u[3] = g[2];
  }
  /// Aᵀ s
  GM_INLINE static void output(const V (&s)[4], V (&y)[2]) {
    y[0] = s[0] + s[1] + s[2];
    y[1] = s[1] - s[2] + s[3];
  }
};

template <class T>
struct Winograd<T, 4> {
  static constexpr int n = 6;
  using V = Vec<T>;
  static constexpr T a = T(0.70710678118654752440), b = T(1.41421356237309504880);  // ab = 1

  // Rows of Bᵀ are the products of (x − p) over all points but their own:
  //   0: x⁴ − 5/2 x² + 1    ±a: x⁴ ± a x³ − 2 x² ∓ 2a x    ±b: x⁴ ± b x³ − 1/2 x² ∓ b/2 x
  //   ∞: x⁵ − 5/2 x³ + x
  GM_INLINE static void input(const V (&d)[6], V (&t)[6]) {
    const V even_a = d[4] - V(T(2)) * d[2], odd_a = d[3] - V(T(2)) * d[1];
    const V even_b = d[4] - V(T(0.5)) * d[2], odd_b = d[3] - V(T(0.5)) * d[1];
    t[0] = (d[0] + d[4]) - V(T(2.5)) * d[2];
    t[1] = fma(V(a), odd_a, even_a);
    t[2] = even_a - V(a) * odd_a;
    t[3] = fma(V(b), odd_b, even_b);
    t[4] = even_b - V(b) * odd_b;
    t[5] = (d[1] + d[5]) - V(T(2.5)) * d[3];
  }
  // Rows of G are (1, p, p²) over the product of p − q over the other points: 1, −3/2 and 6.
  GM_INLINE static void kernel(const V (&g)[3], V (&u)[6]) {
    const V even_a = V(T(-2.0 / 3)) * fma(V(T(0.5)), g[2], g[0]), odd_a = V(T(-2.0 / 3) * a) * g[1];
    const V even_b = V(T(1.0 / 6)) * fma(V(T(2)), g[2], g[0]), odd_b = V(T(1.0 / 6) * b) * g[1];
    u[0] = g[0];
    u[1] = even_a + odd_a;
    u[2] = even_a - odd_a;
    u[3] = even_b + odd_b;
    u[4] = even_b - odd_b;
    u[5] = g[2];
  }
  // Column p of Aᵀ is (1, p, p², p³), that of ∞ (0, 0, 0, 1).
  GM_INLINE static void output(const V (&s)[6], V (&y)[4]) {
    const V even_a = s[1] + s[2], odd_a = s[1] - s[2], even_b = s[3] + s[4], odd_b = s[3] - s[4];
    y[0] = s[0] + even_a + even_b;
    // Of two products the compiler would contract either, here this one and there that.
    V far = V(b) * odd_b;
    pin(far);
    y[1] = fma(V(a), odd_a, far);
    y[2] = fma(V(T(0.5)), even_a, V(T(2)) * even_b);
    y[3] = fma(V(T(0.5) * a), odd_a, fma(V(T(2) * b), odd_b, s[5]));
  }
  /// A y
  GM_INLINE static void gradient(const V (&y)[4], V (&t)[6]) {
    const V half(T(0.5)), two(T(2));
    const V even_a = fma(half, y[2], y[0]), odd_a = V(a) * fma(half, y[3], y[1]);
    const V even_b = fma(two, y[2], y[0]), odd_b = V(b) * fma(two, y[3], y[1]);
    t[0] = y[0];
    t[1] = even_a + odd_a;
    t[2] = even_a - odd_a;
    t[3] = even_b + odd_b;
    t[4] = even_b - odd_b;
    t[5] = y[3];
  }
  /// Gᵀ s
  GM_INLINE static void taps(const V (&s)[6], V (&g)[3]) {
    const V c(T(-2.0 / 3)), d(T(1.0 / 6));
    const V even_a = c * (s[1] + s[2]), odd_a = c * (s[1] - s[2]);
    const V even_b = d * (s[3] + s[4]), odd_b = d * (s[3] - s[4]);
    g[0] = s[0] + (even_a + even_b);
    g[1] = fma(V(a), odd_a, V(b) * odd_b);
    g[2] = fma(V(T(0.5)), even_a, fma(V(T(2)), even_b, s[5]));
  }
};

/// out[i][j] of the transform of rows and columns of `in`, given row by row: load(i, row) fills a
/// row.
template <class T, int rows, int columns, class Load, class Along, class Store>
GM_INLINE void transform_square(const Load& load, const Along& along, const Store& store) {
  Vec<T> half[rows][columns];
#pragma GCC unroll 6
  for (int i = 0; i < rows; ++i) {
    Vec<T> row[rows];
    load(i, row);
    along(row, half[i]);
  }
#pragma GCC unroll 6
  for (int j = 0; j < columns; ++j) {
    Vec<T> column[rows], result[columns];
#pragma GCC unroll 6
    for (int i = 0; i < rows; ++i) column[i] = half[i][j];
    along(column, result);
    store(j, result);
  }
}

/// Rows of m vectors, lanes being tiles side by side, as one run: tile 0's m columns, tile 1's …
template <class T>
GM_INLINE void join_columns(const Vec<T> (&y)[2], T* run) {
  zip_low(y[0], y[1]).store(run);
  zip_high(y[0], y[1]).store(run + Vec<T>::N);
}
template <class T>
GM_INLINE void join_columns(const Vec<T> (&y)[4], T* run) {
  constexpr int N = Vec<T>::N;
  const Vec<T> a = zip_low(y[0], y[2]), b = zip_low(y[1], y[3]);
  const Vec<T> c = zip_high(y[0], y[2]), d = zip_high(y[1], y[3]);
  zip_low(a, b).store(run);
  zip_high(a, b).store(run + N);
  zip_low(c, d).store(run + 2 * N);
  zip_high(c, d).store(run + 3 * N);
}

}  // namespace
}  // namespace gm::GM_ISA
