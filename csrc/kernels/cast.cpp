// Copies and conversions walk planes of two dimensions: `i`, along which the target is written, and
// `j`, along which the source is best read (its stride is smallest there).
//
//   target stride of i   source stride of i   source stride of j
//   1                    1                    any                  rows are moved whole
//   1                    0                    any                  rows are filled
//   1                    any                  1                    transposed through registers
//   otherwise                                                      element by element
#include "kernels/cast.h"

#include "core/lines.h"
#include "isa/half.h"
#include "isa/parallel.h"
#include "isa/past.h"
#include "isa/transpose.h"

namespace gm::GM_ISA {
namespace {

/// A part of a plane: element 0 of both sides and the steps between elements, in elements.
struct Tile {
  char* to;
  const char* from;
  int64_t to_i, to_j, from_i, from_j;
  int64_t ni, nj;
};

// ---- moving bytes
// --------------------------------------------------------------------------------

template <class U>
void move_rows(const Tile& t) {
  for (int64_t j = 0; j < t.nj; ++j)
    __builtin_memcpy(t.to + j * t.to_j * sizeof(U), t.from + j * t.from_j * sizeof(U),
                     static_cast<size_t>(t.ni) * sizeof(U));
}

template <class U>
void fill_rows(const Tile& t) {
  constexpr int N = Vec<U>::N;
  for (int64_t j = 0; j < t.nj; ++j) {
    U* to = reinterpret_cast<U*>(t.to) + j * t.to_j;
    const Vec<U> value(reinterpret_cast<const U*>(t.from)[j * t.from_j]);
    int64_t i = 0;
    for (; i + N <= t.ni; i += N) value.store(to + i);
    if (i < t.ni) value.store(to + i, static_cast<int>(t.ni - i));
  }
}

template <class U>
void move_elements(const Tile& t) {
  const U* from = reinterpret_cast<const U*>(t.from);
  U* to = reinterpret_cast<U*>(t.to);
  for (int64_t j = 0; j < t.nj; ++j)
    for (int64_t i = 0; i < t.ni; ++i)
      to[i * t.to_i + j * t.to_j] = from[i * t.from_i + j * t.from_j];
}

template <class U>
GM_INLINE void transpose_tile(U* to, int64_t to_j, const U* from, int64_t from_i, int64_t ni,
                              int64_t nj) {
  constexpr int R = kBlockRows<U>, C = kBlockColumns<U>;
  if (nj < C) {
    for (int64_t j = 0; j < nj; ++j)
      for (int64_t i = 0; i < ni; ++i) to[j * to_j + i] = from[i * from_i + j];
    return;
  }
  if (ni < R) {
    for (int64_t i = 0; i < ni; ++i)
      for (int64_t j = 0; j < nj; ++j) to[j * to_j + i] = from[i * from_i + j];
    return;
  }
  // The last block along each ends with it, over the one before.
  for (int64_t i = 0; i < ni; i += R) {
    const int64_t row = i + R <= ni ? i : ni - R;
    for (int64_t j = 0; j < nj; j += C) {
      const int64_t column = j + C <= nj ? j : nj - C;
      transpose_block(to + column * to_j + row, to_j, from + row * from_i + column, from_i);
    }
  }
}

// A large result bypasses the cache. Measured on 4096², float32, against memcpy: plain stores reach
// 0.25 of its speed (every written line is read first, and rows 16 KiB apart share cache sets),
// streamed ones 0.95. They must be whole lines, so a tile is transposed into a buffer first: runs
// of a page are read (2 KiB: 1.05 of the time under AVX-512) and runs of 128 bytes written (256:
// 1.00, 64: 1.4). Without streaming the buffer reached 0.45.
//
// Rows of the result that are no whole lines begin anywhere in one: longer runs, of which the first
// and the last line are written in part (3001²: 0.3 of the time that plain stores take).
constexpr int64_t kStreamBytes = int64_t(8) << 20;
template <bool aligned>
struct StreamedRuns {
  static constexpr int64_t write = aligned ? 128 : 512, read = aligned ? 4096 : 1024;
};

/// What registers of elements are moved as.
template <class U>
struct MovedAs {
  using type = float;
};
template <>
struct MovedAs<uint64_t> {
  using type = double;
};

/// Aligned: rows of the result start at multiples of a line (of a register, if elements are shorter
/// than 4 bytes), and are as many whole ones long. Else for elements of 4 or 8 bytes.
template <class U, bool aligned>
void transpose_streamed(const Tile& t) {
  using Runs = StreamedRuns<aligned>;
  constexpr int64_t kSize = sizeof(U), kRegister = kVectorBytes / kSize, kLine = 64 / kSize;
  // Not a power of two, so that rows spread in L1; and slack for whole registers.
  constexpr int64_t kRow = (Runs::write + 64) / kSize;
  const Scratch scratch(static_cast<size_t>((Runs::read / kSize * kRow + kRegister) * kSize));
  U* const buffer = static_cast<U*>(scratch.data);
  constexpr int64_t I = Runs::write / kSize, J = Runs::read / kSize;
  using Moved = typename MovedAs<U>::type;
  const auto load = [](const U* from) {
    return Vec<Moved>::load(reinterpret_cast<const Moved*>(from));
  };
  for (int64_t j0 = 0; j0 < t.nj; j0 += J) {
    const int64_t nj = t.nj - j0 < J ? t.nj - j0 : J;
    for (int64_t i0 = 0; i0 < t.ni; i0 += I) {
      const int64_t ni = t.ni - i0 < I ? t.ni - i0 : I;
      transpose_tile(buffer, kRow, reinterpret_cast<const U*>(t.from) + i0 * t.from_i + j0,
                     t.from_i, ni, nj);
      for (int64_t j = 0; j < nj; ++j) {
        U* to = reinterpret_cast<U*>(t.to) + (j0 + j) * t.to_j + i0;
        const U* from = buffer + j * kRow;
        if constexpr (aligned) {
          for (int64_t i = 0; i < ni; i += kRegister) store_past(load(from + i), to + i);
          continue;
        }
        const auto store = [&](int64_t i, int64_t end) {
          for (; i < end; i += kRegister) {
            const int n = static_cast<int>(end - i < kRegister ? end - i : kRegister);
            load(from + i).store(reinterpret_cast<Moved*>(to + i), n);
          }
        };
        const int64_t first = -(reinterpret_cast<intptr_t>(to) / kSize) & (kLine - 1);
        int64_t i = first < ni ? first : ni;
        store(0, i);
        for (; i + kLine <= ni; i += kLine)
          for (int64_t l = i; l < i + kLine; l += kRegister) store_past(load(from + l), to + l);
        store(i, ni);
      }
    }
  }
  end_past();
}

template <class U>
void transpose_plain(const Tile& t) {
  transpose_tile(reinterpret_cast<U*>(t.to), t.to_j, reinterpret_cast<const U*>(t.from), t.from_i,
                 t.ni, t.nj);
}

// ---- converting
// ----------------------------------------------------------------------------------

using ConvertFn = void (*)(const char* from, char* to, int64_t n);

template <class To, class From>
void convert_line(const char* source, char* target, int64_t n) {
  const From* from = reinterpret_cast<const From*>(source);
  To* to = reinterpret_cast<To*>(target);
  for (int64_t i = 0; i < n; ++i) to[i] = static_cast<To>(from[i]);
}
/// Through Via, as core/lines.h says for small integers.
template <class To, class Via, class From>
void convert_via(const char* source, char* target, int64_t n) {
  const From* from = reinterpret_cast<const From*>(source);
  To* to = reinterpret_cast<To*>(target);
  for (int64_t i = 0; i < n; ++i) to[i] = static_cast<To>(static_cast<Via>(from[i]));
}
template <class From>
void convert_to_bool(const char* source, char* target, int64_t n) {
  const From* from = reinterpret_cast<const From*>(source);
  for (int64_t i = 0; i < n; ++i) target[i] = from[i] != From(0);
}

/// From bool: any byte but 0 is true.
template <class To>
void convert_truth(const char* source, char* target, int64_t n) {
  To* to = reinterpret_cast<To*>(target);
  for (int64_t i = 0; i < n; ++i) to[i] = static_cast<To>(source[i] != 0);
}

// Small integers go through int32, uint32 through int64: the conversions that processors have.
template <class F>
constexpr ConvertFn kToFloat[kDTypes] = {
    convert_truth<F>,
    convert_line<F, uint8_t>,
    convert_line<F, uint16_t>,
    convert_line<F, uint32_t>,
    convert_line<F, uint64_t>,
    convert_line<F, int8_t>,
    convert_line<F, int16_t>,
    convert_line<F, int32_t>,
    convert_line<F, int64_t>,
    nullptr,
    nullptr,
    convert_line<F, float>,
    convert_line<F, double>,
};
template <class F>
constexpr ConvertFn kFromFloat[kDTypes] = {
    convert_to_bool<F>,
    convert_via<uint8_t, int32_t, F>,
    convert_via<uint16_t, int32_t, F>,
    convert_via<uint32_t, int64_t, F>,
    nullptr,
    convert_via<int8_t, int32_t, F>,
    convert_via<int16_t, int32_t, F>,
    convert_line<int32_t, F>,
    convert_line<int64_t, F>,
    nullptr,
    nullptr,
    convert_line<float, F>,
    convert_line<double, F>,
};

/// Null where core's copy_line must do: integers among themselves, and floats to uint64.
ConvertFn find_convert(DType to, DType from) {
  if (from == DType::Float32 && to == DType::Float16) return float_to_half;
  if (from == DType::Float32 && to == DType::BFloat16) return float_to_bfloat;
  if (from == DType::Float16 && to == DType::Float32) return half_to_float;
  if (from == DType::BFloat16 && to == DType::Float32) return bfloat_to_float;
  if (to == DType::Float32) return kToFloat<float>[int(from)];
  if (to == DType::Float64) return kToFloat<double>[int(from)];
  if (from == DType::Float32) return kFromFloat<float>[int(to)];
  if (from == DType::Float64) return kFromFloat<double>[int(to)];
  return nullptr;
}

bool small_float(DType dtype) { return dtype == DType::Float16 || dtype == DType::BFloat16; }

/// From one dtype to another, in one or, around 16-bit floats, two steps; `first` is null where
/// copy_line does it all.
struct Converter {
  DType from, to;
  ConvertFn first, second;

  Converter(DType to, DType from) : from(from), to(to) {
    const bool two =
        (small_float(from) && to != DType::Float32) || (small_float(to) && from != DType::Float32);
    first = two ? find_convert(DType::Float32, from) : find_convert(to, from);
    second = two ? find_convert(to, DType::Float32) : nullptr;
    if (two && !second) first = nullptr;
  }
};

/// Elements of a staged line: three buffers of 8-byte elements fill an eighth of L1.
constexpr int64_t kStage = 256;

/// Strided lines are gathered and scattered around the one loop that converts, so that the bits do
/// not depend on strides.
void convert_rows(const Tile& t, const Converter& c) {
  const int64_t from_bytes = int64_t(itemsize(c.from)), to_bytes = int64_t(itemsize(c.to));
  alignas(64) char in[kStage * 8], middle[kStage * 4], out[kStage * 8];
  for (int64_t j = 0; j < t.nj; ++j) {
    const char* from = t.from + j * t.from_j * from_bytes;
    char* to = t.to + j * t.to_j * to_bytes;
    if (!c.first) {
      copy_line({from, t.from_i, c.from, to, t.to_i, c.to}, t.ni);
      continue;
    }
    if (t.from_i == 1 && t.to_i == 1 && !c.second) {
      c.first(from, to, t.ni);
      continue;
    }
    for (int64_t i = 0; i < t.ni; i += kStage) {
      const int64_t n = t.ni - i < kStage ? t.ni - i : kStage;
      const char* source = from + i * t.from_i * from_bytes;
      char* target = to + i * t.to_i * to_bytes;
      if (t.from_i != 1) {
        copy_line({source, t.from_i, c.from, in, 1, c.from}, n);
        source = in;
      }
      char* result = t.to_i == 1 ? target : out;
      c.first(source, c.second ? middle : result, n);
      if (c.second) c.second(middle, result, n);
      if (t.to_i != 1) copy_line({out, 1, c.to, target, t.to_i, c.to}, n);
    }
  }
}

// ---- cutting into pieces
// -------------------------------------------------------------------------

/// Elements of a piece at least, and the most pieces there are.
constexpr int64_t kPieceElements = 32 * 1024;
constexpr int64_t kMaxPieces = 256;

struct Cut {
  int j;           ///< dimension of the loops that is the plane's j
  int64_t bi, bj;  ///< largest tile
};

/// work(tile) for every tile of every plane.
template <class Work>
void for_tiles(const Loops& loops, const Cut& cut, const Work& work) {
  const int i = loops.rank - 1, j = cut.j;
  const int64_t ni = loops.shape[i], nj = j < 0 ? 1 : loops.shape[j];
  const int64_t tiles_i = (ni + cut.bi - 1) / cut.bi, tiles_j = (nj + cut.bj - 1) / cut.bj;
  const int64_t tiles = loops.lines / nj * tiles_i * tiles_j;
  const int64_t total = loops.lines * loops.length;
  const int64_t tile_elements = (cut.bi < ni ? cut.bi : ni) * (cut.bj < nj ? cut.bj : nj);
  int64_t per_piece = kPieceElements / tile_elements;
  if (per_piece < (tiles + kMaxPieces - 1) / kMaxPieces)
    per_piece = (tiles + kMaxPieces - 1) / kMaxPieces;
  if (per_piece < 1) per_piece = 1;
  const int64_t to_bytes = int64_t(itemsize(loops.dtype[0]));
  const int64_t from_bytes = int64_t(itemsize(loops.dtype[1]));
  const int64_t nanoseconds = total * (to_bytes + from_bytes) / 16;

  parallel_for((tiles + per_piece - 1) / per_piece, nanoseconds, [&](int64_t piece) {
    const int64_t end = (piece + 1) * per_piece < tiles ? (piece + 1) * per_piece : tiles;
    for (int64_t index = piece * per_piece; index < end; ++index) {
      const int64_t i0 = index % tiles_i * cut.bi, j0 = index / tiles_i % tiles_j * cut.bj;
      int64_t rest = index / tiles_i / tiles_j, to = i0 * loops.strides[0][i],
              from = i0 * loops.strides[1][i];
      if (j >= 0) {
        to += j0 * loops.strides[0][j];
        from += j0 * loops.strides[1][j];
      }
      for (int d = i - 1; d >= 0; --d) {
        if (d == j) continue;
        to += rest % loops.shape[d] * loops.strides[0][d];
        from += rest % loops.shape[d] * loops.strides[1][d];
        rest /= loops.shape[d];
      }
      work(Tile{
          .to = loops.data[0] + to * to_bytes,
          .from = loops.data[1] + from * from_bytes,
          .to_i = loops.strides[0][i],
          .to_j = j < 0 ? 0 : loops.strides[0][j],
          .from_i = loops.strides[1][i],
          .from_j = j < 0 ? 0 : loops.strides[1][j],
          .ni = ni - i0 < cut.bi ? ni - i0 : cut.bi,
          .nj = nj - j0 < cut.bj ? nj - j0 : cut.bj,
      });
    }
  });
}

int64_t magnitude(int64_t stride) { return stride < 0 ? -stride : stride; }

/// The dimension along which the source is read best, else the innermost but one; -1 if there is
/// only the innermost.
int reading_dimension(const Loops& loops) {
  const int inner = loops.rank - 1;
  int best = inner - 1;
  for (int d = inner - 2; d >= 0; --d) {
    const int64_t stride = magnitude(loops.strides[1][d]);
    if (stride != 0 && stride < magnitude(loops.strides[1][best])) best = d;
  }
  if (best < 0) return best;
  const int64_t along_i = magnitude(loops.strides[1][inner]);
  return along_i <= 1 || magnitude(loops.strides[1][best]) >= along_i ? inner - 1 : best;
}

/// A tile of whole lines where they are long, of several where they are short.
Cut cut_lines(const Loops& loops) {
  const int64_t length = loops.length;
  return {loops.rank - 2, kPieceElements, length < kPieceElements ? kPieceElements / length : 1};
}

template <class U>
void copy_as(const Loops& loops) {
  const int i = loops.rank - 1;
  const int64_t to_i = loops.strides[0][i], from_i = loops.strides[1][i];
  if (to_i == 1 && from_i == 1)
    return for_tiles(loops, cut_lines(loops), [](const Tile& t) { move_rows<U>(t); });
  if (to_i == 1 && from_i == 0)
    return for_tiles(loops, cut_lines(loops), [](const Tile& t) { fill_rows<U>(t); });
  const int j = reading_dimension(loops);
  if (to_i != 1 || j < 0 || loops.strides[1][j] != 1)
    return for_tiles(loops, {j, 256, 64}, [](const Tile& t) { move_elements<U>(t); });

  constexpr int64_t kSize = sizeof(U);
  constexpr int64_t kUnit = kSize >= 4 ? 64 : kVectorBytes;
  bool aligned = reinterpret_cast<uintptr_t>(loops.data[0]) % kUnit == 0;
  const auto whole = [](int64_t elements) { return elements * kSize % kUnit == 0; };
  aligned &= whole(loops.length);
  for (int d = 0; d < i; ++d) aligned &= whole(loops.strides[0][d]);
  const auto streamed = [&](auto runs, const auto& body) {
    for_tiles(loops, {j, 8 * runs.write / kSize, runs.read / kSize}, body);
  };
  const bool wide = loops.shape[j] >= 16;  // else a block would hold few of its elements
  if (wide && loops.lines * loops.length * kSize >= kStreamBytes) {
    if (aligned)
      return streamed(StreamedRuns<true>(), [](const Tile& t) { transpose_streamed<U, true>(t); });
    if constexpr (kSize >= 4)
      return streamed(StreamedRuns<false>(),
                      [](const Tile& t) { transpose_streamed<U, false>(t); });
  }
  for_tiles(loops, {j, 256, 64}, [](const Tile& t) { transpose_plain<U>(t); });
}

void copy(const Loops& loops) {
  switch (itemsize(loops.dtype[0])) {
    case 1:
      return copy_as<uint8_t>(loops);
    case 2:
      return copy_as<uint16_t>(loops);
    case 4:
      return copy_as<uint32_t>(loops);
    default:
      return copy_as<uint64_t>(loops);
  }
}

void convert(const Loops& loops) {
  const Converter converter(loops.dtype[0], loops.dtype[1]);
  const int i = loops.rank - 1, j = reading_dimension(loops);
  const bool across = j >= 0 && magnitude(loops.strides[1][j]) < magnitude(loops.strides[1][i]);
  for_tiles(loops, across ? Cut{j, 256, 64} : cut_lines(loops),
            [&](const Tile& t) { convert_rows(t, converter); });
}

}  // namespace

constinit const CastKernels cast = {
    .copy = copy,
    .convert = convert,
};

}  // namespace gm::GM_ISA
