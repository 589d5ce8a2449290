// The tiles that gemm/tiles.cpp compiles, once for each ISA, and every product calls.
//
// They are some hundred functions of 1–4 KB: compiled into each of matmul, conv and attention they
// took 0.6 MB for AVX-512 alone.
#pragma once

#include "gemm/blocking.h"

namespace gm::GM_ISA {

/// How a tile finds its operands: packed panels; columns, A's rows lying side by side, and rows,
/// A's terms lying side by side.
/// Pairs: panels of pairs.h.
enum class Layout { Packed, Columns, Rows, Pairs };

template <class T>
struct Tile {
  int64_t k;
  const T* a;      // element (i, p) at a[p * a_step + i]; for Rows at a[i * a_step + p]
  int64_t a_step;  // Packed: always kRows
  const T* b;      // element (p, j) at b[p * b_step + j]; whole vectors are read
  int64_t b_step;  // Packed: always the tile's width
  T* c;            // element (i, j) at c[i * c_step + j]; only `columns` are touched
  int64_t c_step;
  int columns;
  int rows;  // of Pairs and of those that keep B; the others are a function for each number
  bool add;  // C += rather than C =
  bool past = false;  // C = past the cache, which takes whole lines: see stores_past
  /// Where those that keep B pack it, whole vectors at b_step, for the tiles below.
  T* keep;
  /// Packed and those that keep B: fetched towards the cache while the sum runs, ahead_step per
  /// term, and ahead_skip further after every ahead_run of the two-term steps. The other layouts
  /// fetch nothing.
  const T* ahead;
  int64_t ahead_step, ahead_run = int64_t(1) << 62, ahead_skip = 0;
};

template <class T>
using TileFn = void (*)(const Tile<T>&);

/// Tiles by size: of[v - 1][r - 1] has r rows and v vectors, the last of them possibly partial.
/// keeping[v - 1], of tile_rows rows, keeps B; null where there is none.
template <class T>
struct Tiles {
  TileFn<T> of[4][16];
  TileFn<T> keeping[4];
};
template <class T>
struct AllTiles {
  Tiles<T> by_layout[3];
};

/// Tiles of pairs of bfloat16; `begin` and `end` stand around a thread's work with them.
struct PairTiles {
  void (*begin)();
  TileFn<float> tile;  // k counts words, a multiple of 16; b_step is the tile's width
  void (*end)();
};
#if defined(__AVX512F__)
extern const PairTiles avx512_pairs, amx_pairs;
#endif

extern const AllTiles<float> float_tiles;
extern const AllTiles<double> double_tiles;

namespace {

constexpr const AllTiles<float>& all_tiles(float) { return float_tiles; }
constexpr const AllTiles<double>& all_tiles(double) { return double_tiles; }
template <class T, Layout layout>
constexpr const Tiles<T>& tiles = all_tiles(T()).by_layout[int(layout)];

/// Whether any tile stores past the cache.
inline constexpr bool kStoresPast = kVectorBytes >= 32;
/// Whether this one does if asked to: those that a large C is made of, where a row
/// of theirs is whole lines. (2048 × 64 × 2048 takes 0.90–0.94 of the time that it takes with tiles
/// that store beside C, to be copied past the cache from there.)
template <class T>
constexpr bool stores_past(Layout layout, int R, int V) {
  using B = Blocking<T>;
  return kStoresPast && layout == Layout::Packed && V == B::kPanel && R + 1 >= B::kRows;
}

/// Most rows of a tile of V vectors.
template <class T>
constexpr int tile_rows(Layout layout, int V) {
  return layout == Layout::Rows ? Blocking<T>::kDirectRows[V - 1] : Blocking<T>::kRows;
}

}  // namespace
}  // namespace gm::GM_ISA
