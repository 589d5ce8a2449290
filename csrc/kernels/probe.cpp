#include "kernels/probe.h"

#include "isa/parallel.h"
#include "isa/past.h"

namespace gm::GM_ISA {
namespace {

using V = Vec<float>;

// Latency × units is 8 (Intel) to 10 (Zen) multiply-adds in flight; 12 chains and two operands fit
// 16 registers.
constexpr int kChains = 12;
constexpr int64_t kLong = int64_t{1} << 40;  // nanoseconds: always worth a team

/// Keeps a value that nothing reads.
GM_INLINE void keep(V x) {
  volatile float kept = x[0];
  (void)kept;
}

int64_t multiply_add(int64_t rounds, int threads) {
  parallel_for(threads, kLong, [&](int64_t) {
    volatile float one = 1.f;  // which the compiler cannot know; no chain leaves the normal numbers
    const V factor{one}, term{one};
    V chain[kChains];
    for (int i = 0; i < kChains; ++i) chain[i] = V{float(i)};
    for (int64_t round = 0; round < rounds; ++round)
// Left to itself, g++ keeps the chains of v2 in memory, at half the speed.
#pragma GCC unroll 12
      for (int i = 0; i < kChains; ++i) chain[i] = chain[i] * factor + term;
    for (int i = 1; i < kChains; ++i) chain[0] += chain[i];
    keep(chain[0]);
  });
  return rounds * threads * kChains * V::N * 2;
}

/// body(i) for every register of [0, n), kProbeStep elements a turn.
template <class Body>
GM_INLINE void each(int64_t n, const Body& body) {
  for (int64_t i = 0; i < n; i += kProbeStep)
    for (int64_t k = 0; k < kProbeStep; k += V::N) body(i + k);
}

template <bool Past>
void pass(Traffic traffic, float* to, const float* a, const float* b, int64_t n) {
  const auto put = [&](V x, int64_t i) { Past ? store_past(x, to + i) : x.store(to + i); };
  if (traffic == Traffic::Copy) each(n, [&](int64_t i) { put(V::load(a + i), i); });
  if (traffic == Traffic::Triad)
    each(n, [&](int64_t i) { put(V::load(a + i) + V{0.5f} * V::load(b + i), i); });
  if (traffic == Traffic::Update) each(n, [&](int64_t i) { (-V::load(to + i)).store(to + i); });
  if (traffic == Traffic::Read) {
    V sum[4] = {V{0.f}, V{0.f}, V{0.f}, V{0.f}};
    for (int64_t i = 0; i < n; i += 4 * V::N)
      for (int k = 0; k < 4; ++k) sum[k] += V::load(a + i + k * V::N);
    keep((sum[0] + sum[1]) + (sum[2] + sum[3]));
  }
}

void stream(const StreamProbe& p, int threads) {
  const int64_t steps = p.n / kProbeStep;
  parallel_for(threads, kLong, [&](int64_t piece) {
    const int64_t begin = steps * piece / threads * kProbeStep;
    const int64_t n = steps * (piece + 1) / threads * kProbeStep - begin;
    const auto at = [&](const float* array) { return array ? array + begin : nullptr; };
    float* to = p.to ? p.to + begin : nullptr;
    for (int64_t i = 0; i < p.passes; ++i)
      p.streaming ? pass<true>(p.traffic, to, at(p.a), at(p.b), n)
                  : pass<false>(p.traffic, to, at(p.a), at(p.b), n);
    if (p.streaming) end_past();
  });
}

}  // namespace

constinit const ProbeKernels probe{multiply_add, stream};

}  // namespace gm::GM_ISA
