// The tiles of pairs.h: by AVX512-BF16 and by AMX. Each function says what it needs beyond its ISA;
// ops asks the CPU before it chooses one.
#include "gemm/pairs.h"
#include "gemm/tiles.h"

#if defined(__AVX512F__)

namespace gm::GM_ISA {
namespace {

/// A row of C, in V vectors.
template <int V>
GM_INLINE void store_row(const Vec<float> (&sum)[V], const Tile<float>& t, int64_t i) {
  constexpr int N = Vec<float>::N;
  float* c = t.c + i * t.c_step;
#pragma GCC unroll 2
  for (int v = 0; v < V; ++v, c += N) {
    const int n = v < V - 1 ? N : t.columns - (V - 1) * N;
    const Vec<float> before = t.add ? Vec<float>::load(c, n) : Vec<float>(0.0f);
    (t.add ? before + sum[v] : sum[v]).store(c, n);
  }
}

// ---- AVX512-BF16 --------------------------------------------------------------------------------

#define GM_AVX512_BF16 __attribute__((target("avx512bf16")))

/// Eight rows by V vectors: 16 sums + 2 of B + 1 broadcast = 19 registers, and as many words of A
/// in use as there are pointers for.
template <int V>
GM_AVX512_BF16 void dot_eight(const Tile<float>& t, int64_t row) {
  constexpr int R = 8, N = Vec<float>::N;
  __m512 sum[R][V];
#pragma GCC unroll 8
  for (int i = 0; i < R; ++i)
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) sum[i][v] = __m512{};
  const float *a = t.a + row * kChunkWords, *b = t.b;
  for (int64_t p = 0; p < t.k; p += kChunkWords, a += kPairRows * kChunkWords) {
#pragma GCC unroll 1
    for (int q = 0; q < kChunkWords; ++q, b += V * N) {
      __m512bh right[V];
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) right[v] = (__m512bh)Vec<float>::load(b + v * N).v;
#pragma GCC unroll 8
      for (int i = 0; i < R; ++i) {
        Vec<float> left(a[i * kChunkWords + q]);
        asm("" : "+v"(left.v));
#pragma GCC unroll 2
        for (int v = 0; v < V; ++v)
          sum[i][v] = _mm512_dpbf16_ps(sum[i][v], (__m512bh)left.v, right[v]);
      }
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < R; ++i) {
    Vec<float> line[V];
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) line[v] = sum[i][v];
    if (row + i < t.rows) store_row<V>(line, t, row + i);
  }
}

void dot_tile(const Tile<float>& t) {
  const bool wide = t.b_step > Vec<float>::N;
  for (int64_t row = 0; row < t.rows; row += 8) wide ? dot_eight<2>(t, row) : dot_eight<1>(t, row);
}

void nothing() {}

// ---- AMX ----------------------------------------------------------------------------------------

#define GM_AMX __attribute__((target("amx-tile,amx-bf16")))

/// Tiles 0–3 are C, two by two; 4, 5 are A's rows, 6, 7 B's columns: all of 16 rows of 64 bytes.
struct alignas(64) TileConfig {
  uint8_t palette, start, reserved[14];
  uint16_t bytes[16];
  uint8_t rows[16];
};
// Not on the stack: g++'s intrinsic says that it reads eight bytes, and the rest is optimised away.
constexpr TileConfig kConfig = {
    1, 0, {}, {64, 64, 64, 64, 64, 64, 64, 64}, {16, 16, 16, 16, 16, 16, 16, 16}};

GM_AMX void amx_begin() { _tile_loadconfig(&kConfig); }
GM_AMX void amx_end() { _tile_release(); }

template <bool tall, bool wide>
GM_AMX void amx_sums(const Tile<float>& t, float* sums) {
  constexpr int N = kChunkWords, width = wide ? 2 * N : N;
  _tile_zero(0);
  if constexpr (wide) _tile_zero(1);
  if constexpr (tall) _tile_zero(2);
  if constexpr (tall && wide) _tile_zero(3);
  const float *a = t.a, *b = t.b;
#pragma GCC unroll 1
  for (int64_t p = 0; p < t.k; p += N, a += kPairRows * N, b += N * width) {
    _tile_loadd(6, b, width * 4);
    _tile_loadd(4, a, N * 4);
    _tile_dpbf16ps(0, 4, 6);
    if constexpr (wide) {
      _tile_loadd(7, b + N, width * 4);
      _tile_dpbf16ps(1, 4, 7);
    }
    if constexpr (tall) {
      _tile_loadd(5, a + N * N, N * 4);
      _tile_dpbf16ps(2, 5, 6);
    }
    if constexpr (tall && wide) _tile_dpbf16ps(3, 5, 7);
  }
  _tile_stored(0, sums, width * 4);
  if constexpr (wide) _tile_stored(1, sums + N, width * 4);
  if constexpr (tall) _tile_stored(2, sums + N * width, width * 4);
  if constexpr (tall && wide) _tile_stored(3, sums + N * width + N, width * 4);
}

void amx_tile(const Tile<float>& t) {
  constexpr int N = kChunkWords;
  alignas(64) float sums[kPairRows * 2 * N];
  const bool tall = t.rows > N;
  if (t.b_step > N) {
    tall ? amx_sums<true, true>(t, sums) : amx_sums<false, true>(t, sums);
    for (int i = 0; i < t.rows; ++i) {
      const float* from = sums + i * 2 * N;
      store_row<2>({Vec<float>::load(from), Vec<float>::load(from + N)}, t, i);
    }
  } else {
    tall ? amx_sums<true, false>(t, sums) : amx_sums<false, false>(t, sums);
    for (int i = 0; i < t.rows; ++i) store_row<1>({Vec<float>::load(sums + i * N)}, t, i);
  }
}

}  // namespace

constinit const PairTiles avx512_pairs = {nothing, dot_tile, nothing};
constinit const PairTiles amx_pairs = {amx_begin, amx_tile, amx_end};

}  // namespace gm::GM_ISA

#endif
