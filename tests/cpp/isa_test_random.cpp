// csrc/isa/random.h: the published answers of Philox, the mapping from elements to words against a
// scalar reading of its definition, and the same bits on every ISA.
#include <cstdint>
#include <vector>

#include "isa/random.h"
#include "isa_check.h"

namespace {

using namespace gm::GM_ISA;

struct Words {
  uint32_t w[4];
};
/// Philox4x32-10 as the paper writes it.
Words philox_by_definition(Words c, uint32_t k0, uint32_t k1) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = uint64_t(0xd2511f53) * c.w[0], p1 = uint64_t(0xcd9e8d57) * c.w[2];
    c = {{static_cast<uint32_t>(p1 >> 32) ^ c.w[1] ^ k0, static_cast<uint32_t>(p1),
          static_cast<uint32_t>(p0 >> 32) ^ c.w[3] ^ k1, static_cast<uint32_t>(p0)}};
    k0 += 0x9e3779b9, k1 += 0xbb67ae85;
  }
  return c;
}
uint32_t word(Stream s, uint64_t k) {
  const uint64_t b = k / 4;
  const Words counter{{static_cast<uint32_t>(b), static_cast<uint32_t>(b >> 32),
                       static_cast<uint32_t>(s.offset), static_cast<uint32_t>(s.offset >> 32)}};
  return philox_by_definition(counter, static_cast<uint32_t>(s.seed),
                              static_cast<uint32_t>(s.seed >> 32))
      .w[k % 4];
}
uint64_t two_words(Stream s, uint64_t i) {
  return word(s, 2 * i) | uint64_t(word(s, 2 * i + 1)) << 32;
}

/// Random123's known answers (kat_vectors, philox 4x32 10).
void known_answers() {
  const struct {
    Words counter;
    uint32_t k0, k1;
    Words answer;
  } rows[] = {
      {{{0, 0, 0, 0}}, 0, 0, {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}}},
      {{{~0u, ~0u, ~0u, ~0u}}, ~0u, ~0u, {{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}}},
      {{{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}},
       0xa4093822,
       0x299f31d0,
       {{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}},
  };
  for (const auto& row : rows) {
    const Words got = philox_by_definition(row.counter, row.k0, row.k1);
    const uint32_t* c = row.counter.w;
    const Stream s{row.k0 | uint64_t(row.k1) << 32, c[2] | uint64_t(c[3]) << 32};
    const PhiloxBlocks v = philox(s, Vec<uint64_t>(c[0] | uint64_t(c[1]) << 32));
    for (int i = 0; i < 4; ++i) CHECK(got.w[i] == row.answer.w[i]);
    for (int lane = 0; lane < Vec<uint64_t>::N; ++lane) {
      CHECK(v.low[lane] == (row.answer.w[0] | uint64_t(row.answer.w[1]) << 32));
      CHECK(v.high[lane] == (row.answer.w[2] | uint64_t(row.answer.w[3]) << 32));
    }
  }
}

template <class T, class Make>
std::vector<T> fill(int64_t first, int64_t n, Make make) {
  std::vector<T> out(static_cast<size_t>(n) + 1, T(7));
  fill_random<T>(first, n, out.data(), make);
  CHECK(out.back() == T(7));  // nothing written beyond the end
  out.pop_back();
  return out;
}

/// Elements by definition, whatever part of the draw is asked for. Far out, block numbers exceed
/// 32 bits.
void mapping() {
  const Stream s{0x0123456789abcdef, 0xfedcba9876543210};
  for (const int64_t first : {int64_t(0), int64_t(1), int64_t(37), (int64_t(1) << 35) - 5})
    for (const int64_t n : {int64_t(0), int64_t(1), int64_t(5), int64_t(100)}) {
      const auto w =
          fill<uint32_t>(first, n, [&](int64_t i) { return random_bits<uint32_t>(s, i); });
      const auto z =
          fill<uint64_t>(first, n, [&](int64_t i) { return random_bits<uint64_t>(s, i); });
      const auto u = fill<float>(first, n, [&](int64_t i) { return uniforms<float>(s, i); });
      const auto d = fill<double>(first, n, [&](int64_t i) { return uniforms<double>(s, i); });
      const auto small = fill<int64_t>(first, n, [&](int64_t i) { return integers(s, i, -3, 10); });
      const uint64_t wide = (uint64_t(1) << 40) + 12345;
      const auto large =
          fill<int64_t>(first, n, [&](int64_t i) { return integers(s, i, 5, wide); });
      bool same = true;
      for (int64_t j = 0; j < n; ++j) {
        const auto k = static_cast<size_t>(j);
        const auto i = static_cast<uint64_t>(first + j);
        const uint64_t z_i = two_words(s, i);
        using Big = unsigned __int128;
        same &= w[k] == word(s, i) && z[k] == z_i;
        same &= u[k] == static_cast<float>(word(s, i) >> 8) * 0x1p-24f;
        same &= d[k] == static_cast<double>(z_i >> 11) * 0x1p-53;
        same &= small[k] == -3 + static_cast<int64_t>(Big(z_i) * 10 >> 64);
        same &= large[k] == 5 + static_cast<int64_t>(Big(z_i) * wide >> 64);
      }
      CHECK(same);
    }
}

/// Normals against their definition; two ISAs were seen to differ by 3 ulp in 8 million.
template <class T>
void normals_by_definition() {
  const Stream s{42, 3};
  const int64_t n = 40000;
  const auto x = fill<T>(0, n, [&](int64_t i) { return normals<T>(s, i); });
  double error = 0, sum = 0, squares = 0, largest = 0;
  for (int64_t i = 0; i < n; ++i) {
    using R = typename check::Reference<T>::type;
    R u, turns;
    bool sine;
    if constexpr (sizeof(T) == 4) {
      const uint64_t block = static_cast<uint64_t>(i) / 4 * 4, half = static_cast<uint64_t>(i) % 2;
      u = static_cast<float>((static_cast<float>(word(s, block + half) >> 1) + R(0.5)) *
                             R(0x1p-31));
      turns = static_cast<R>(word(s, block + 2 + half) >> 8) * R(0x1p-24) - R(0.5);
      sine = i % 4 >= 2;
    } else {
      const uint64_t block = static_cast<uint64_t>(i) / 2 * 2;
      u = static_cast<double>((static_cast<R>(two_words(s, block) >> 11) + R(0.5)) * R(0x1p-53));
      turns = static_cast<R>(two_words(s, block + 1) >> 11) * R(0x1p-53) - R(0.5);
      sine = i % 2 == 1;
    }
    const check::Turn<R> angle = check::turn(turns);
    const R want = std::sqrt(-2 * std::log(u)) * (sine ? angle.sin : angle.cos);
    const T got = x[static_cast<size_t>(i)];
    error = std::max(error, check::ulps(got, want));
    sum += got, squares += double(got) * got, largest = std::max(largest, std::fabs(double(got)));
  }
  std::printf("  normals float%zu: %.3f ulp, mean %.4f, variance %.4f, largest %.3f\n",
              8 * sizeof(T), error, sum / n, squares / n, largest);
  CHECK(error < 3.5);
  CHECK(std::fabs(sum / n) < 0.02);          // 4 standard errors
  CHECK(std::fabs(squares / n - 1) < 0.03);  // likewise
  CHECK(largest > 3.7 && largest < 8.7);
}

/// FNV-1a of a draw's bytes: these constants hold on every ISA.
template <class T>
uint64_t digest(const std::vector<T>& x) {
  uint64_t h = 0xcbf29ce484222325;
  const auto* p = reinterpret_cast<const unsigned char*>(x.data());
  for (size_t i = 0; i < x.size() * sizeof(T); ++i) h = (h ^ p[i]) * 0x100000001b3;
  return h;
}
void same_bits_everywhere() {
  const Stream s{2026, 7};
  const auto u = fill<float>(3, 1001, [&](int64_t i) { return uniforms<float>(s, i); });
  const auto d = fill<double>(3, 1001, [&](int64_t i) { return uniforms<double>(s, i); });
  const auto n = fill<int64_t>(3, 1001, [&](int64_t i) { return integers(s, i, 0, 1000003); });
  std::printf("  digests %016llx %016llx %016llx\n", static_cast<unsigned long long>(digest(u)),
              static_cast<unsigned long long>(digest(d)),
              static_cast<unsigned long long>(digest(n)));
  CHECK(digest(u) == 0x4ecd2359e7f1c2a6);
  CHECK(digest(d) == 0x0ad63419d27cd91b);
  CHECK(digest(n) == 0xc5e3ffd60c39679f);
}

}  // namespace

int isa_test(int, char**) {
  std::printf("random, %s\n", check::isa);
  known_answers();
  mapping();
  normals_by_definition<float>();
  normals_by_definition<double>();
  same_bits_everywhere();
  return check::report();
}
