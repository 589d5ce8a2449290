// Small transposes in registers, for elements of 1, 2, 4 and 8 bytes.
#pragma once

#include "isa/simd.h"

namespace gm::GM_ISA {
namespace {

template <int... I>
struct Indices {};
template <int N, int... I>
struct MakeIndices : MakeIndices<N - 1, N - 1, I...> {};
template <int... I>
struct MakeIndices<0, I...> {
  using type = Indices<I...>;
};

/// A register as 16-byte chunks of W elements each; a transpose works inside the chunks.
template <class U>
struct Chunks {
  static constexpr int W = 16 / static_cast<int>(sizeof(U));
  static constexpr int count = kVectorBytes / 16;
  typedef U One __attribute__((vector_size(16)));
  typedef U OneMemory __attribute__((vector_size(16), aligned(alignof(U)), may_alias));
  using All = typename Register<U>::type;

  /// Elements first, first + 1, … of a and b in turns, chunk by chunk: punpckl or punpckh.
  template <int first, int... I>
  GM_INLINE static All interleave(All a, All b, Indices<I...>) {
    return __builtin_shufflevector(a, b, (I / W * W + first + I % W / 2 + I % 2 * (W * count))...);
  }
  GM_INLINE static All low(All a, All b) {
    return interleave<0>(a, b, typename MakeIndices<W * count>::type{});
  }
  GM_INLINE static All high(All a, All b) {
    return interleave<W / 2>(a, b, typename MakeIndices<W * count>::type{});
  }

  template <class Half, int... I>
  GM_INLINE static auto join(Half a, Half b, Indices<I...>) {
    return __builtin_shufflevector(a, b, I...);
  }
  /// Chunks at p, p + step, …
  GM_INLINE static All load(const U* p, int64_t step) {
    const auto at = [&](int i) {
      return static_cast<One>(*reinterpret_cast<const OneMemory*>(p + i * step));
    };
    using Two = typename MakeIndices<2 * W>::type;
    using Four = typename MakeIndices<4 * W>::type;
    if constexpr (count == 1)
      return at(0);
    else if constexpr (count == 2)
      return join(at(0), at(1), Two{});
    else
      return join(join(at(0), at(1), Two{}), join(at(2), at(3), Two{}), Four{});
  }
};

/// Rows and columns of the block that transpose_block moves: rows fill a register when written.
template <class U>
inline constexpr int kBlockRows = kVectorBytes / static_cast<int>(sizeof(U));
template <class U>
inline constexpr int kBlockColumns = 16 / static_cast<int>(sizeof(U));

/// to[c · to_step + r] = from[r · from_step + c] for r < kBlockRows, c < kBlockColumns.
///
/// With 4-byte elements and two chunks (AVX2), rows a … h of four columns:
///
///   loaded             a0a1a2a3 e0e1e2e3   b… f…   c… g…   d… h…
///   q with q + W/2     a0c0a1c1 e0g0e1g1   a2c2a3c3 …   b0d0b1d1 …   b2d2b3d3 …
///   and once more      a0b0c0d0 e0f0g0h0   = column 0, and so on
template <class U>
GM_INLINE void transpose_block(U* to, int64_t to_step, const U* from, int64_t from_step) {
  using C = Chunks<U>;
  constexpr int W = C::W;
  typename C::All row[W], next[W];
#pragma GCC unroll 16
  for (int q = 0; q < W; ++q) row[q] = C::load(from + q * from_step, W * from_step);
#pragma GCC unroll 4
  for (int stage = 1; stage < W; stage *= 2) {
#pragma GCC unroll 8
    for (int q = 0; q < W / 2; ++q) {
      next[2 * q] = C::low(row[q], row[q + W / 2]);
      next[2 * q + 1] = C::high(row[q], row[q + W / 2]);
    }
#pragma GCC unroll 16
    for (int q = 0; q < W; ++q) row[q] = next[q];
  }
#pragma GCC unroll 16
  for (int q = 0; q < W; ++q)
    *reinterpret_cast<typename Register<U>::memory*>(to + q * to_step) = row[q];
}

}  // namespace
}  // namespace gm::GM_ISA
