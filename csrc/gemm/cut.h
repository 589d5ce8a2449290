// How a product is cut, from its shape and from which strides are 1.
#pragma once

#include "gemm/dots.h"
#include "gemm/product.h"
#include "gemm/stream.h"

namespace gm::GM_ISA {
namespace {

/// Pieces to hand out: 2 for each of 16 workers, where there is work for so many. Columns are cut
/// only if there are fewer row pieces than kEnoughRows: each cut packs A once more (v4, 768: 0.97
/// of the speed).
inline constexpr int64_t kEnoughPieces = 32, kEnoughRows = 10;
inline constexpr int64_t kPieceRows = 112, kPieceColumns = 1024;
/// Bytes of a block of A in a product that is cut along K.
inline constexpr int64_t kLongBlock = 400'000;
/// Terms of a product whose pieces pack what they read by themselves: up to 270³; and its pieces.
/// (320³ so: as fast by two threads, 0.93 of the speed by one. 256³ in eight pieces, not four:
/// 0.97 by one thread; in sixteen 0.94 under AVX2.)
inline constexpr int64_t kSmallTerms = 20'000'000, kSmallPieces = 4;
/// Bytes of a panel of B beside which A's rows still fit L1.
inline constexpr int64_t kDirectBytes = 40'000;
/// Bytes of packed B at a time, and of an A packed beside it.
inline constexpr int64_t kSharedBytes = int64_t(64) << 20;
/// Bytes of packed B that stay in L2 beside pieces of A and C. A larger B is packed a few blocks at
/// a time, used by all pieces before the next, if C, which each of these reads and writes, is small
/// (v4, 768: by one thread 0.98 of the time, by two 0.99; a C of 6 MB: 1.02).
inline constexpr int64_t kNearBytes = 1'250'000, kNearSums = int64_t(3) << 20;

/// Bytes of a C that is stored past the cache. With sums of few terms, writing it takes much of the
/// time, and every line would be read before.
inline constexpr int64_t kPastBytes = int64_t(16) << 20;

template <class T>
Path choose_path(const Product<T>& p) {
  if (p.a.pack || p.a.packed || p.b.pack || p.b.packed) return Path::Tiles;
  if (p.k >= kDotLeast) {
    if (p.m == 1 && p.n == 1) return Path::Dots;
    if (p.a.term == 1 && few_columns(p)) return Path::Dots;
    if (p.m <= kDotRows && p.b.term == 1 && p.b.line != 1) return Path::Dots;
  }
  const int64_t row_bytes = p.n * p.b.element_bytes(), bytes = p.k * row_bytes;
  const bool long_rows = row_bytes >= 2048;
  if (p.m <= kStreamRows && p.b.line == 1 && long_rows && bytes >= 65'536) return Path::Stream;
  return Path::Tiles;
}

/// From here on blocks of K are an even number, as each may be a piece (4096 terms times a vector,
/// two threads: 0.90 of NumPy's speed in eleven).
inline constexpr int64_t kManyBlocks = 8;

/// Blocks of K: equal, at most `most` terms, multiples of `unit` but for the last. By K alone.
inline void cut_depth(int64_t k, int64_t most, int64_t unit, Cut& cut) {
  cut.blocks = 1;
  cut.depth = k;
  if (k > most) {
    int64_t blocks = ceil_div(k, most);
    if (blocks >= kManyBlocks) blocks += blocks % 2;
    cut.depth = ceil_div(ceil_div(k, blocks), unit) * unit;
    cut.blocks = ceil_div(k, cut.depth);
  }
}

/// Fewer pieces than workers: K is cut, too, from so many blocks on and as far as their sums stay
/// small.
template <class T>
void cut_slices(const Product<T>& p, int64_t from_blocks, Cut& cut) {
  const int64_t pieces = cut.pieces(), bytes = p.m * p.n * cut.blocks * int64_t(sizeof(T));
  if (pieces >= 16 || cut.blocks < from_blocks || bytes > kSharedBytes / 2) return;
  cut.slices =
      least(ceil_div(32, pieces), least(cut.blocks, greatest(1, cut.nanoseconds / 50'000)));
  if (cut.slices > 1) cut.workspace = bytes;
}

template <class T>
void cut_stream(const Product<T>& p, bool whole, Cut& cut) {
  constexpr int64_t size = sizeof(T);
  const int64_t element = p.b.element_bytes();
  cut.nanoseconds = p.n * p.k * (p.m * size + 2 * element) / 64;
  int64_t row = kStreamMost;
  const int64_t shortest = p.n * p.k * element <= kStreamNear ? kStreamNearLeast : kStreamLeast;
  while (row > shortest && ceil_div(p.n * element, row) * cut.blocks < 8) row /= 2;
  cut.piece_columns = row / element;
  cut.column_pieces = ceil_div(p.n, cut.piece_columns);
  cut.scratch_a = p.a.term == 1 && !p.a.halves ? 0 : p.m * cut.depth * size;
  cut.scratch_b = p.m * least(p.n, cut.piece_columns) * size;
  if (p.halves) cut.scratch_c = (cut.scratch_b + 63) / 64 * 64;
  if (!whole) cut_slices(p, 2, cut);
}

/// What is read in place, and with which tiles.
template <class T>
void cut_tiles(const Product<T>& p, bool whole, Cut& cut) {
  using B = Blocking<T>;
  constexpr int64_t size = sizeof(T);
  if (cut.read_a == Layout::Pairs) {
    cut.vectors = Spread::of(ceil_div(p.n, B::kLanes), kPairPanel);
    cut.rows = Even::of(p.m, kPairRows);
    cut.pack_b = true;
    return;
  }
  // Each panel uses an element of A once. Rows of A are read to their ends: packing them pays from
  // four panels on. Of columns a tile takes 56 bytes each, one from every row of memory, which
  // costs more than packing as soon as they are not in L1 (256 × 4096 × 64: 0.7 of the speed).
  const bool dense = !p.a.pack && !p.a.halves && !p.a.packed;
  const bool near = p.a.term * cut.depth * size <= 16'384 || p.m <= B::kRows;
  cut.read_a = dense && p.a.term == 1 && p.n * size <= 1024 ? Layout::Rows
               : dense && p.a.line == 1 && near             ? Layout::Columns
                                                            : Layout::Packed;
  const bool direct = cut.read_a == Layout::Rows && !p.b.packed;
  const int64_t vectors = ceil_div(p.n, B::kLanes);
  int64_t panel = !direct                          ? B::kPanel
                  : vectors % B::kDirectUsual == 0 ? B::kDirectUsual
                                                   : B::kDirectPanel;
  // The widest direct tile is no gain once its panel leaves L1 (v4, 64 × 784 × 128: 0.97).
  if (panel * cut.depth * kVectorBytes > kDirectBytes) panel = least(panel, 3);
  cut.vectors = Spread::of(vectors, panel);
  cut.rows = Even::of(
      p.m, cut.read_a == Layout::Rows ? B::kDirectRows[cut.vectors.largest() - 1] : B::kRows);
  // B is left where it lies if it fits L1, or if one or two tiles use it. Otherwise packing is
  // cheaper than loads across cache lines (NumPy's arrays start at 16 bytes from one; 256³: 0.8),
  // the more so where B comes from further away, as in a batch (v4, 96 of 64³: 0.95 of the time).
  const bool b_rows = !p.b.pack && !p.b.halves && !p.b.packed && p.b.line == 1;
  cut.pack_b =
      !(b_rows && (cut.rows.parts <= 2 || cut.depth * p.n * size <= (whole ? 8192 : 16'384)));
}

/// Pieces of up to kPieceRows × kPieceColumns, halved until there are enough. Fewer rows use each
/// panel of B for fewer tiles, which the fetching ahead hides down to four of 14; half the columns
/// pack A twice (4 % at 512). Where one piece spans all rows, B is packed panel by panel while the
/// next panel is on its way, and rows are not cut: that would need a shared B, packed beforehand
/// (64 × 1024 × 1024: 0.3 of the time).
template <class T>
void cut_pieces(const Product<T>& p, bool whole, Cut& cut) {
  using B = Blocking<T>;
  const int64_t tall = cut.rows.largest();
  // A B that is packed panel by panel, with its columns coming one ahead or by the panel's first
  // tile, is read once only: up to more rows.
  const int64_t most_rows = p.n < 512 ? kPieceRows : p.b.packed ? 144 : 200;
  const bool all_rows = p.m <= most_rows;
  const int64_t few_tiles = all_rows ? cut.rows.parts : greatest(4, ceil_div(42, tall));
  const int64_t few_panels = (all_rows ? 256 : 512) / B::kColumns;
  cut.piece_tiles = all_rows ? cut.rows.parts : least(cut.rows.parts, ceil_div(kPieceRows, tall));
  if (!whole) cut.piece_panels = least(cut.vectors.parts, kPieceColumns / B::kColumns);
  for (;;) {
    cut.row_pieces = ceil_div(cut.rows.parts, cut.piece_tiles);
    cut.column_pieces = ceil_div(cut.vectors.parts, cut.piece_panels);
    const int64_t pieces = cut.row_pieces * cut.column_pieces;
    if (whole || pieces >= kEnoughPieces || cut.nanoseconds < 40'000 * pieces) break;
    if (cut.piece_tiles > few_tiles)
      cut.piece_tiles = greatest(few_tiles, ceil_div(cut.piece_tiles, 2));
    else if (cut.piece_panels > few_panels && (all_rows || pieces < kEnoughRows))
      cut.piece_panels = greatest(few_panels, ceil_div(cut.piece_panels, 2));
    else
      break;
  }
  // An even number, where the panels allow: the last of 13 would be waited for (v4, two threads,
  // 512: 1.05 of the time), and the last of three (128 × 768 × 768: 1.27).
  if (whole || cut.row_pieces * cut.column_pieces % 2 == 0) return;
  if (cut.row_pieces > 1) {
    --cut.row_pieces;
    cut.piece_tiles = ceil_div(cut.rows.parts, cut.row_pieces);
  } else if (cut.column_pieces > 1) {
    cut.piece_panels = ceil_div(cut.vectors.parts, cut.column_pieces + 1);
    cut.column_pieces = ceil_div(cut.vectors.parts, cut.piece_panels);
  }
}

/// A small product is cut so that every piece packs by itself what it reads: packing is short, but
/// what another core packed comes from that core's cache, and a loop for it takes 3 µs to begin
/// (v4, two threads, B shared and rows cut: 128³ took 37 µs instead of 16, 192³ 82 instead of 46).
///
/// Columns are cut first, into an even number of pieces, as A is mostly read where it lies. Cutting
/// rows packs B once for each piece (128³: 5 % of the time); where it is transposed, which takes
/// four times as long as copying, only many rows are cut. False if the product is not small, or not
/// worth it: rows of A of more than L1 holds, packed whole, cost a product of 256 10 %. Its
/// columns, which are only copied, are worth it (Aᵀ·B by two threads, 192³ 1.8 of the speed,
/// 256³ 1.2).
template <class T>
bool cut_small(const Product<T>& p, Cut& cut) {
  const bool packed = cut.read_a == Layout::Packed;
  const bool columns = packed && p.a.line == 1;
  const bool far = packed && p.m * p.k * int64_t(sizeof(T)) > 65'536;
  if (cut.nanoseconds < 25'000 || p.m * p.n * p.k > kSmallTerms || (far && p.n > 128 && !columns) ||
      p.a.pack || p.b.pack)
    return false;
  int64_t wide = p.n / 384;
  if (!packed) wide = (p.n + 32) / 64;
  if (columns && (!far || p.b.line != 1)) wide = least(2, p.n / 64);
  // A weight's gradient of few terms is cut as the optimizer's flat list is, by rows: each thread
  // reads its half out of its own cache (train MLP by two threads: 0.96 of the step).
  if (columns && p.b.line == 1 && p.m >= 128 && p.k <= 128) wide = 1;
  wide = greatest(1, wide < 2 ? 1 : least(wide + wide % 2, cut.nanoseconds / 10'000) / 2 * 2);
  const int64_t rows = p.b.line == 1 ? 60 : 256, worth = packed ? 80'000 : 40'000;
  // Five vectors of nine would be waited for longer than B takes to be packed twice.
  const int64_t vectors = cut.vectors.total();
  if (wide == 2 && vectors % 2 != 0 && vectors <= 11 && p.m >= 2 * rows && p.b.line == 1) wide = 1;
  int64_t tall = 1;
  while (p.m >= 2 * rows * tall && wide * tall <= kSmallPieces / 2 &&
         (wide * tall == 1 || cut.nanoseconds >= worth * wide * tall))
    tall *= 2;
  if (wide * tall == 1) return false;
  if (cut.read_a == Layout::Rows && !p.b.packed) cut.vectors = cut.vectors.in_multiples(wide);
  cut.piece_panels = ceil_div(cut.vectors.parts, wide);
  cut.column_pieces = ceil_div(cut.vectors.parts, cut.piece_panels);
  cut.piece_tiles = ceil_div(cut.rows.parts, tall);
  cut.row_pieces = ceil_div(cut.rows.parts, cut.piece_tiles);
  return true;
}

/// A long sum of a small C (a weight gradient) is cut along K instead, so that every row of A and B
/// is packed and read once: true if that gave enough pieces.
template <class T>
bool cut_long(const Product<T>& p, Cut& cut) {
  constexpr int64_t size = sizeof(T);
  const int64_t apart = p.m * p.n * cut.blocks * size, operands = (p.m + p.n) * p.k * size;
  if (cut.blocks < 8 || apart > operands / 4 || p.m * cut.depth * size > kLongBlock) return false;
  cut.slices = least(cut.blocks, least(32, greatest(1, cut.nanoseconds / 40'000)));
  if (cut.slices == 1) return false;
  cut.workspace = apart;
  return true;
}

/// `whole`: the product is one item of a batch and is made by one thread, without a workspace.
template <class T>
Cut cut_product(const Product<T>& p, bool whole) {
  using B = Blocking<T>;
  constexpr int64_t size = sizeof(T);
  Cut cut{};
  if (p.m == 0 || p.n == 0) return cut;
  cut.path = choose_path(p);
  cut.row_pieces = cut.column_pieces = cut.slices = 1;
  if (cut.path == Path::Dots) {
    cut_dots(Dots<T>(p, p.c_row), cut);
    return cut;
  }
  // So many terms that a packed B of words is smaller than one of floats: its size tells them
  // apart.
  const bool pairs = p.pairs && cut.path == Path::Tiles && p.k > kChunkWords;
  if (pairs) {
    cut.read_a = Layout::Pairs;
    cut_depth(p.k, kPairDepth, kChunkTerms, cut);
  } else {
    cut_depth(p.k, B::kDepth, 8, cut);
  }
  if (cut.path == Path::Stream) {
    cut_stream(p, whole, cut);
    return cut;
  }
  cut_tiles(p, whole, cut);
  cut.nanoseconds = p.m * p.n * p.k * size / (kVectorBytes * (pairs ? 16 : 4));
  cut.piece_tiles = cut.rows.parts;
  cut.piece_panels = cut.vectors.parts;
  bool small = false;
  if (cut.nanoseconds > 10'000 && (whole || !cut_long(p, cut))) {
    small = !whole && cut_small(p, cut);
    if (!small) cut_pieces(p, whole, cut);
  }
  cut.chunk_panels = cut.vectors.parts;
  cut.chunk_blocks = cut.blocks;
  cut.share_b = !small && !whole && !p.b.packed && cut.pack_b && cut.row_pieces > 1;
  if (cut.share_b) {
    const int64_t column = p.k * size,
                  columns = cut.piece_panels * cut.vectors.largest() * B::kLanes;
    const int64_t pieces = greatest(1, kSharedBytes / (column * columns));
    cut.chunk_panels = least(cut.vectors.parts, pieces * cut.piece_panels);
    const int64_t lanes =
        least(cut.vectors.total(), cut.chunk_panels * cut.vectors.largest()) * B::kLanes;
    // The sums of a C of 16-bit floats do not outlive their piece.
    if (!p.halves) {
      const int64_t block = cut.depth * lanes * size;
      const bool near =
          block <= kNearBytes && cut.column_pieces == 1 && p.m * p.n * size <= kNearSums;
      cut.chunk_blocks = least(cut.blocks, greatest(1, (near ? kNearBytes : kSharedBytes) / block));
    }
    cut.workspace = cut.chunk_blocks * cut.depth * lanes * size;
    // Short runs of columns of A come slowly: they are packed once for the pieces beside each other
    // (v4, 768 by one thread 1.05, by two 1.01). Rows are not: by two threads 0.96.
    const bool once = cut.chunk_panels == cut.vectors.parts && cut.chunk_blocks == cut.blocks;
    if (once && cut.column_pieces > 1 && cut.read_a == Layout::Packed && p.a.line == 1 &&
        !p.a.packed && p.m * p.k * size <= kSharedBytes) {
      cut.shared_a = cut.blocks * cut.rows.parts * (B::kRows * cut.depth * size + kPackSlack);
      cut.workspace = ceil_div(cut.workspace, 64) * 64 + cut.shared_a;
    }
  } else if (!small && !whole && cut.slices == 1) {
    cut_slices(p, 4, cut);
  }
  cut.past = kStoresPast && p.n * size % 64 == 0 && cut.read_a == Layout::Packed &&
             cut.blocks == 1 && !p.accumulate && !p.halves && p.m * p.n * size >= kPastBytes;
  const int64_t terms = cut.packed_terms(cut.depth);
  if ((cut.read_a == Layout::Packed || pairs) && !p.a.packed && !cut.shared_a)
    cut.scratch_a = cut.piece_tiles * ((pairs ? kPairRows : B::kRows) * terms * size + kPackSlack);
  cut.keep_b = cut.pack_b && !cut.share_b && cut.read_a != Layout::Columns && cut.piece_tiles > 1 &&
               !pairs && p.b.line == 1 && !p.b.pack && !p.b.packed && !p.b.halves;
  if (!p.b.packed && !cut.share_b) cut.scratch_b = terms * cut.vectors.largest() * kVectorBytes;
  if (p.halves)
    cut.scratch_c =
        ceil_div(cut.piece_tiles * cut.rows.largest() * cut.sums_row<T>() * size, 64) * 64;
  return cut;
}

}  // namespace
}  // namespace gm::GM_ISA
