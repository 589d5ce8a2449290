// What a product is, and how it is cut into pieces.
#pragma once

#include "core/parallel.h"
#include "gemm/pairs.h"
#include "gemm/tiles.h"
#include "isa/parallel.h"

namespace gm::GM_ISA {
namespace {

/// Applied to a finished part of C while it is in the cache: rows × columns at c, the first element
/// being (i, j).
template <class T>
struct TileOp {
  void (*apply)(const void* context, T* c, int64_t c_row, int64_t i, int64_t j, int rows,
                int columns);
  const void* context;
};

/// C = A·B, or C += A·B: m × n elements of k terms each; then every TileOp in turn.
template <class T>
struct Product {
  int64_t m, n, k;
  Side<T> a;  // lines are the rows of A
  Side<T> b;  // lines are the columns of B
  T* c;       // element (i, j) at c[i * c_row + j]
  int64_t c_row;
  bool accumulate;
  const TileOp<T>* finish;
  int finishes;
  /// C in 16-bit floats, if not null: c and accumulate are not used then. Sums are kept in T beside
  /// it, and rounded to nearest even once they are finished.
  uint16_t* halves = nullptr;
  DType half = DType::BFloat16;
  /// What multiplies pairs of bfloat16, or null: they are converted to float32 as they are packed.
  const PairTiles* pairs = nullptr;

  GM_INLINE void move_by(int64_t elements) {
    if (halves)
      halves += elements;
    else
      c += elements;
  }
  /// Finishes rows × columns of sums, the first of which is element (i, j).
  GM_INLINE void finish_part(T* sums, int64_t sums_row, int64_t i, int64_t j, int64_t rows,
                             int64_t columns) const {
    for (int f = 0; f < finishes; ++f) {
      finish[f].apply(finish[f].context, sums, sums_row, i, j, static_cast<int>(rows),
                      static_cast<int>(columns));
    }
    if constexpr (sizeof(T) == sizeof(float)) {
      if (halves) store_halves(sums, sums_row, i, j, rows, columns);
    }
  }
  GM_NOINLINE void store_halves(const T* sums, int64_t sums_row, int64_t i, int64_t j, int64_t rows,
                                int64_t columns) const {
    uint16_t* to = halves + i * c_row + j;
    for (; rows > 0; --rows, sums += sums_row, to += c_row) {
      const char* from = reinterpret_cast<const char*>(sums);
      if (half == DType::BFloat16)
        float_to_bfloat(from, reinterpret_cast<char*>(to), columns);
      else
        float_to_half(from, reinterpret_cast<char*>(to), columns);
    }
  }
};

GM_INLINE int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
GM_INLINE int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
GM_INLINE int64_t greatest(int64_t a, int64_t b) { return a > b ? a : b; }

/// A whole in parts as even as they can be, the larger ones first: 64 by sixes is nine times 6 and
/// twice 5. Even tiles run at speed where a tail of 4 would not.
struct Even {
  int64_t parts, size, larger;

  static GM_INLINE Even of(int64_t whole, int64_t most) {
    const int64_t parts = ceil_div(whole, most), size = parts <= 1 ? whole : whole / parts;
    return {parts, size, whole - parts * size};
  }
  GM_INLINE int64_t total() const { return parts * size + larger; }
  GM_INLINE int64_t largest() const { return size + (larger > 0); }
  GM_INLINE int64_t start(int64_t part) const { return part * size + least(part, larger); }
};

/// The same with the larger parts spread among the others: half of the parts are half of the whole.
struct Spread {
  int64_t parts, size, larger;

  static GM_INLINE Spread of(int64_t whole, int64_t most) {
    return in(whole, greatest(1, ceil_div(whole, most)));
  }
  static GM_INLINE Spread in(int64_t whole, int64_t parts) {
    return {parts, whole / parts, whole % parts};
  }
  GM_INLINE int64_t total() const { return parts * size + larger; }
  GM_INLINE int64_t largest() const { return size + (larger > 0); }
  GM_INLINE int64_t start(int64_t part) const {
    return part * size + (larger ? part * larger / parts : 0);
  }
  /// In more parts, if need be, so that they are a multiple of `of`.
  GM_INLINE Spread in_multiples(int64_t of) const { return in(total(), ceil_div(parts, of) * of); }
};

enum class Path : uint8_t {
  Tiles,   // the five loops (gemm.h)
  Stream,  // up to kStreamRows rows times a B that lies in rows (stream.h)
  Dots,    // few rows or columns, both operands along K (dots.h)
};

/// How a product is cut. Depends on shapes and on which strides are 1, never on threads.
struct Cut {
  Path path;
  Layout read_a;          // Packed, or A where it lies
  bool pack_b;            // else full panels of B are read where they lie
  bool share_b;           // B is packed once for all pieces, into the workspace
  bool keep_b;            // a piece's first tile packs what it reads of B, if there is one for it
  bool past;              // C is stored past the cache
  Even rows;              // row tiles
  Spread vectors;         // column panels, in vectors
  int64_t blocks, depth;  // blocks of K, and the terms of each but the last
  int64_t piece_tiles, piece_panels;
  int64_t piece_columns;  // of Path::Stream
  int64_t row_pieces, column_pieces;
  int64_t slices;                      // of K, made side by side and then added in order
  int64_t chunk_panels, chunk_blocks;  // of shared B at a time
  int64_t scratch_a, scratch_b, scratch_c, workspace;  // bytes
  int64_t shared_a;  // of the workspace: all of A, packed once, after B
  int64_t nanoseconds;

  GM_INLINE int64_t pieces() const { return row_pieces * column_pieces * slices; }
  /// Lanes that `terms` terms of a line take in a packed panel.
  GM_INLINE int64_t packed_terms(int64_t terms) const {
    return read_a == Layout::Pairs ? pair_words(terms) : terms;
  }
  /// Elements from one row of a piece's own sums to the next; not a power of two.
  template <class T>
  GM_INLINE int64_t sums_row() const {
    return (piece_panels * vectors.largest() + 1) * Vec<T>::N;
  }
};

/// Where the chain of one block of K goes: into C, or beside it until all of them are added.
template <class T>
struct Target {
  T* c;
  int64_t c_row, row, column;  // element (row, column) lies at c
  bool add;

  /// `blocks_apart` is null unless the product is sliced. `sums` is room for the elements of a
  /// piece, from (row, column) on, which a C of 16-bit floats needs.
  GM_INLINE Target(const Product<T>& p, int64_t block, T* blocks_apart, T* sums, int64_t sums_row,
                   int64_t row, int64_t column)
      : c(blocks_apart ? blocks_apart + block * p.m * p.n
          : p.halves   ? sums
                       : p.c),
        c_row(blocks_apart ? p.n
              : p.halves   ? sums_row
                           : p.c_row),
        row(!blocks_apart && p.halves ? row : 0),
        column(!blocks_apart && p.halves ? column : 0),
        add(!blocks_apart && (block > 0 || p.accumulate)) {}

  GM_INLINE T* at(int64_t i, int64_t j) const { return c + (i - row) * c_row + (j - column); }
};

/// C = or += the blocks' sums, in order.
template <class T>
void add_blocks(const Product<T>& p, int64_t blocks, const T* apart) {
  parallel_for(p.m, p.m * p.n * blocks / 4, [&](int64_t i) {
    const Scratch sums(p.halves ? static_cast<size_t>(p.n) * sizeof(T) : 0);
    T* c = p.halves ? static_cast<T*>(sums.data) : p.c + i * p.c_row;
    for (int64_t j = 0; j < p.n; j += Vec<T>::N) {
      const int lanes = static_cast<int>(least(Vec<T>::N, p.n - j));
      const T* from = apart + i * p.n + j;
      Vec<T> sum = Vec<T>::load(from, lanes);
      if (p.accumulate) sum += Vec<T>::load(c + j, lanes);
      for (int64_t block = 1; block < blocks; ++block)
        sum += Vec<T>::load(from + block * p.m * p.n, lanes);
      sum.store(c + j, lanes);
    }
    p.finish_part(c, p.n, i, 0, 1, p.n);
  });
}

}  // namespace
}  // namespace gm::GM_ISA
