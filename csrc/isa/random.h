// Random numbers by counter: Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random
// numbers: as easy as 1, 2, 3", 2011), vectorised.
//
// One draw is named by a Stream, {seed, offset}. It is an endless sequence of 32-bit words, and
// word k depends on (seed, offset, k) alone:
//
//   word k = philox(counter, key)[k % 4]
//   key     = (seed low half, seed high half)
//   counter = (b low half, b high half, offset low half, offset high half), b = k / 4 the block
//
// Element i of a draw is
//
//   bits, 32      word i
//   bits, 64      z = word 2i + 2^32·word 2i+1
//   uniform, 32   (word i >> 8)·2^-24, in [0, 1)
//   uniform, 64   (z >> 11)·2^-53, in [0, 1)
//   integer       low + floor(z·(high - low)/2^64)
//   normal        Box and Muller's two from words (or z's) of one block, see `normals`
//
// Bits, uniforms and integers are the same on every ISA; normals agree to 4 ulp.
//
//   seed 0, offset 0:   word 0, 1, 2, 3 = 6627e8d5 e169c58d bc57ac4c 9b00dbd8
//                       uniform 0 (32) = 0x6627e8·2^-24 = 0.39904642
#pragma once

#include "isa/math.h"

namespace gm::GM_ISA {
namespace {

struct Stream {
  uint64_t seed, offset;
};

/// 2·Vec<T>::N neighbouring elements, in memory order: what one run of Philox makes.
template <class T>
struct Batch {
  static constexpr int64_t kSize = 2 * Vec<T>::N;
  Vec<T> first, second;

  GM_INLINE void store(T* p) const { first.store(p), second.store(p + Vec<T>::N); }
};

/// One block a lane: words 0 and 1 of its block in `low` (1 in the upper half), 2 and 3 in `high`.
struct PhiloxBlocks {
  Vec<uint64_t> low, high;
};

/// Philox of the counters (b, offset), one b a lane.
GM_INLINE PhiloxBlocks philox(Stream s, Vec<uint64_t> b) {
  using V = Vec<uint64_t>;
  // A word stands in the lower half of its lane. What is above it is left there: the products
  // read lower halves only.
  const V m0(0xd2511f53u), m1(0xcd9e8d57u);
  V c0 = b, c1 = b >> 32, c2(s.offset), c3(s.offset >> 32);
  uint32_t k0 = static_cast<uint32_t>(s.seed), k1 = static_cast<uint32_t>(s.seed >> 32);
#pragma GCC unroll 10
  for (int round = 0; round < 10; ++round) {
    const V p0 = multiply_low_halves(c0, m0), p1 = multiply_low_halves(c2, m1);
    c0 = (p1 >> 32) ^ c1 ^ V(k0);
    c1 = p1;
    c2 = (p0 >> 32) ^ c3 ^ V(k1);
    c3 = p0;
    k0 += 0x9e3779b9u;
    k1 += 0xbb67ae85u;
  }
  const V lower(0xffffffffu);
  return {(c0 & lower) | (c1 << 32), (c2 & lower) | (c3 << 32)};
}

// A batch has the first half of its blocks in the even lanes and the second in the odd ones, so
// that one unpack of each kind puts their words in order.
#if defined(__AVX512F__)
#define GM_BLOCK_ORDER 0, 4, 1, 5, 2, 6, 3, 7
#define GM_EVEN_LANES 0, 8, 2, 10, 4, 12, 6, 14
#define GM_ODD_LANES 1, 9, 3, 11, 5, 13, 7, 15
#elif defined(__AVX2__)
#define GM_BLOCK_ORDER 0, 2, 1, 3
#define GM_EVEN_LANES 0, 4, 2, 6
#define GM_ODD_LANES 1, 5, 3, 7
#else
#define GM_BLOCK_ORDER 0, 1
#define GM_EVEN_LANES 0, 2
#define GM_ODD_LANES 1, 3
#endif
/// The blocks of batch `index`.
GM_INLINE PhiloxBlocks batch_blocks(Stream s, int64_t index) {
  const Vec<uint64_t> first(static_cast<uint64_t>(index) * Vec<uint64_t>::N);
  return philox(s, first + Vec<uint64_t>(Vec<uint64_t>::Native{GM_BLOCK_ORDER}));
}
/// Each block's a, then its b, block after block.
GM_INLINE Batch<uint64_t> interleave(Vec<uint64_t> a, Vec<uint64_t> b) {
  return {Vec<uint64_t>(__builtin_shufflevector(a.v, b.v, GM_EVEN_LANES)),
          Vec<uint64_t>(__builtin_shufflevector(a.v, b.v, GM_ODD_LANES))};
}
#undef GM_BLOCK_ORDER
#undef GM_EVEN_LANES
#undef GM_ODD_LANES

/// Elements index·kSize … of the draw's bits; U is uint32_t or uint64_t.
template <class U>
GM_INLINE Batch<U> random_bits(Stream s, int64_t index) {
  const PhiloxBlocks blocks = batch_blocks(s, index);
  const Batch<uint64_t> b = interleave(blocks.low, blocks.high);
  return {relane<U>(b.first), relane<U>(b.second)};
}

/// Integers below 2^53 as doubles. (AVX2 has no instruction for it.)
GM_INLINE Vec<double> exact_double(Vec<uint64_t> x) {
#if defined(__AVX512DQ__)
  return convert<double>(x);
#else
  // Lower half + 2^52, and upper half·2^32 + 2^84, as bit patterns.
  const Vec<double> lower =
      bits<double>((x & Vec<uint64_t>(0xffffffffu)) | ubits(Vec<double>(0x1p52)));
  const Vec<double> upper = bits<double>((x >> 32) | ubits(Vec<double>(0x1p84)));
  return (upper - Vec<double>(0x1p84 + 0x1p52)) + lower;
#endif
}

/// Bits to a uniform in [0, 1): the upper 24 (53) of them, exactly.
GM_INLINE Vec<float> to_uniform(Vec<uint32_t> word) {
  return convert<float>(bits<int32_t>(word >> 8)) * Vec<float>(0x1p-24f);
}
GM_INLINE Vec<double> to_uniform(Vec<uint64_t> z) {
  return exact_double(z >> 11) * Vec<double>(0x1p-53);
}
/// Bits to a uniform in (0, 1]: all that the format resolves near 0, so that normals reach out to
/// 6.6 (8.6) standard deviations.
GM_INLINE Vec<float> to_positive_uniform(Vec<uint32_t> word) {
  return fma(convert<float>(bits<int32_t>(word >> 1)), Vec<float>(0x1p-31f), Vec<float>(0x1p-32f));
}
GM_INLINE Vec<double> to_positive_uniform(Vec<uint64_t> z) {
  return fma(exact_double(z >> 11), Vec<double>(0x1p-53), Vec<double>(0x1p-54));
}

/// Uniforms in [0, 1), elements index·kSize ….
template <class T>
GM_INLINE Batch<T> uniforms(Stream s, int64_t index) {
  const Batch<UnsignedOf<T>> b = random_bits<UnsignedOf<T>>(s, index);
  return {to_uniform(b.first), to_uniform(b.second)};
}

/// Standard normals, elements index·kSize …. With radius(w) = √(-2 log u), u = (⌊w/2⌋ + ½)·2^-31
/// for a word, (⌊z/2^11⌋ + ½)·2^-53 for a z, and angle(w) = 2π (uniform of w - ½), a block gives
///
///   32 bits   radius(w0) cos angle(w2), radius(w1) cos angle(w3), the same two with sin
///   64 bits   radius(z0) cos angle(z1), radius(z0) sin angle(z1)
template <class T>
GM_INLINE Batch<T> normals(Stream s, int64_t index) {
  using U = UnsignedOf<T>;
  const PhiloxBlocks blocks = batch_blocks(s, index);
  const Vec<U> low = relane<U>(blocks.low), high = relane<U>(blocks.high);
  const Vec<T> radius = sqrt(Vec<T>(T(-2)) * log(to_positive_uniform(low)));
  const SinCos<T> angle = sin_cos_turns(to_uniform(high) - Vec<T>(T(0.5)));
  const Batch<uint64_t> b =
      interleave(relane<uint64_t>(radius * angle.cos), relane<uint64_t>(radius * angle.sin));
  return {relane<T>(b.first), relane<T>(b.second)};
}

/// Integers in [low, low + range), range ≥ 1, elements index·kSize …. Some values are likelier than
/// others by one part in 2^64/range: below 2^-32 for ranges below 2^32.
GM_INLINE Batch<int64_t> integers(Stream s, int64_t index, int64_t low, uint64_t range) {
  using V = Vec<uint64_t>;
  const Batch<uint64_t> z = random_bits<uint64_t>(s, index);
  const V start(static_cast<uint64_t>(low));
  if (range >> 32 == 0) {
    const V r(range);
    const auto upper = [&](V x) {
      const V middle = (multiply_low_halves(x, r) >> 32) + multiply_low_halves(x >> 32, r);
      return bits<int64_t>((middle >> 32) + start);
    };
    return {upper(z.first), upper(z.second)};
  }
  uint64_t lane[2 * V::N];
  z.store(lane);
  for (uint64_t& x : lane)
    x = static_cast<uint64_t>(static_cast<unsigned __int128>(x) * range >> 64);
  return {bits<int64_t>(V::load(lane) + start), bits<int64_t>(V::load(lane + V::N) + start)};
}

/// out[0 … n) = elements first … first + n of a draw; `batch(index)` makes one Batch<T> of it.
template <class T, class MakeBatch>
inline void fill_random(int64_t first, int64_t n, T* out, const MakeBatch& batch) {
  constexpr int64_t size = Batch<T>::kSize;
  while (n > 0) {
    const int64_t index = first / size, skip = first % size;
    const int64_t count = n < size - skip ? n : size - skip;
    if (count == size) {
      batch(index).store(out);
    } else {
      T part[size];
      batch(index).store(part);
      __builtin_memcpy(out, part + skip, static_cast<size_t>(count) * sizeof(T));
    }
    first += count, out += count, n -= count;
  }
}

}  // namespace
}  // namespace gm::GM_ISA
