// isa/random.h for CUDA: a block of Philox4x32-10 for each thread. The bits of an element are those
// that csrc/isa/random.h states.
#pragma once

#include "isa/math.h"

namespace gm::GM_ISA {
namespace {

struct Stream {
  uint64_t seed, offset;
};

/// A block's words: 4k … 4k + 3 of the stream.
struct Words {
  uint32_t word[4];

  GM_INLINE uint64_t pair(int i) const { return word[2 * i] | uint64_t(word[2 * i + 1]) << 32; }
};

GM_INLINE Words philox(Stream s, uint64_t block) {
  uint32_t c0 = uint32_t(block), c1 = uint32_t(block >> 32);
  uint32_t c2 = uint32_t(s.offset), c3 = uint32_t(s.offset >> 32);
  uint32_t k0 = uint32_t(s.seed), k1 = uint32_t(s.seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = uint64_t(c0) * 0xd2511f53u, p1 = uint64_t(c2) * 0xcd9e8d57u;
    c0 = uint32_t(p1 >> 32) ^ c1 ^ k0;
    c1 = uint32_t(p1);
    c2 = uint32_t(p0 >> 32) ^ c3 ^ k1;
    c3 = uint32_t(p0);
    k0 += 0x9e3779b9u;
    k1 += 0xbb67ae85u;
  }
  return {{c0, c1, c2, c3}};
}

/// Each rounded: nvcc would make one FMA of a product and a sum, whose bits are others.
GM_DEVICE float scaled(float x, float by, float plus) { return __fadd_rn(__fmul_rn(x, by), plus); }
GM_DEVICE double scaled(double x, double by, double plus) {
  return __dadd_rn(__dmul_rn(x, by), plus);
}

/// Element i of a block's uniforms in [0, 1).
template <class T>
GM_INLINE T uniform_of(const Words& w, int i) {
  if constexpr (sizeof(T) == 4)
    return T(w.word[i] >> 8) * T(0x1p-24);
  else
    return T(w.pair(i) >> 11) * T(0x1p-53);
}

/// Element i of a block's standard normals.
template <class T>
GM_DEVICE T normal_of(const Words& w, int i) {
  T u, turns;
  bool sine;
  if constexpr (sizeof(T) == 4) {
    u = ::fma(T(int32_t(w.word[i % 2] >> 1)), T(0x1p-31), T(0x1p-32));
    turns = uniform_of<T>(w, i % 2 + 2) - T(0.5);
    sine = i >= 2;
  } else {
    u = ::fma(T(w.pair(0) >> 11), T(0x1p-53), T(0x1p-54));
    turns = uniform_of<T>(w, 1) - T(0.5);
    sine = i == 1;
  }
  const T radius = ::sqrt(T(-2) * T(::log(u)));
  return radius * (sine ? ::sinpi(2 * turns) : ::cospi(2 * turns));
}

}  // namespace
}  // namespace gm::GM_ISA
