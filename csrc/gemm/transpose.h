// Lines to lanes: loads that put one line of an operand into each lane of a register.
//
// Sixteen bytes of every line go into the 16-byte chunk that its lane lies in, which costs no
// shuffle; each chunk is then transposed by itself (isa/transpose.h has the picture).
#pragma once

#include "gemm/blocking.h"
#include "isa/transpose.h"

namespace gm::GM_ISA {
namespace {

/// Terms that one transposing load covers: 16 bytes of every line.
template <class T>
inline constexpr int kTransposeTerms = Chunks<T>::W;

template <class T>
GM_INLINE void transpose_chunks(Vec<T> (&x)[kTransposeTerms<T>]) {
  constexpr int W = kTransposeTerms<T>;
  Vec<T> next[W];
#pragma GCC unroll 4
  for (int stage = 1; stage < W; stage *= 2) {
#pragma GCC unroll 8
    for (int q = 0; q < W / 2; ++q) {
      next[2 * q] = Chunks<T>::low(x[q].v, x[q + W / 2].v);
      next[2 * q + 1] = Chunks<T>::high(x[q].v, x[q + W / 2].v);
    }
#pragma GCC unroll 8
    for (int q = 0; q < W; ++q) x[q] = next[q];
  }
}

/// Sixteen bytes from each of at[0], at[W], at[2W] …, terms p on, one line per chunk.
template <class T>
GM_INLINE Vec<T> load_chunks(const T* const* at, int64_t p) {
  using C = Chunks<T>;
  using Two = typename MakeIndices<2 * C::W>::type;
  using Four = typename MakeIndices<4 * C::W>::type;
  const auto chunk = [&](int c) {
    return typename C::One(*reinterpret_cast<const typename C::OneMemory*>(at[c * C::W] + p));
  };
  if constexpr (C::count == 1)
    return {chunk(0)};
  else if constexpr (C::count == 2)
    return {C::join(chunk(0), chunk(1), Two{})};
  else
    return {
        C::join(C::join(chunk(0), chunk(1), Two{}), C::join(chunk(2), chunk(3), Two{}), Four{})};
}

/// lanes[s] = term p + s of the N lines at[0 … N).
template <class T>
GM_INLINE void load_transposed(const T* const* at, int64_t p, Vec<T> (&lanes)[kTransposeTerms<T>]) {
#pragma GCC unroll 8
  for (int s = 0; s < kTransposeTerms<T>; ++s) lanes[s] = load_chunks<T>(at + s, p);
  transpose_chunks<T>(lanes);
}

}  // namespace
}  // namespace gm::GM_ISA
