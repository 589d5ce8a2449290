#include "isa/bfloat.h"

#include <atomic>
#include <cstdlib>
#include <string_view>

#include "core/error.h"
#include "isa/cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#if defined(__x86_64__) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace gm {

namespace {

constexpr BFloatPairs kAll[] = {BFloatPairs::None, BFloatPairs::Avx512, BFloatPairs::Amx};

struct Cpu {
  bool intel = false, avx512_bf16 = false, avx512_fp16 = false, amx = false;
};

Cpu probe() {
  Cpu cpu;
#if defined(__x86_64__)
  unsigned a, b, c, d;
  if (!can_run(Isa::V4) || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return cpu;
  cpu.avx512_fp16 = d >> 23 & 1;
  const bool amx_bf16 = d >> 22 & 1, amx_tile = d >> 24 & 1;
  if (__get_cpuid_count(7, 1, &a, &b, &c, &d)) cpu.avx512_bf16 = a >> 5 & 1;
  if (__get_cpuid(0, &a, &b, &c, &d)) cpu.intel = b == signature_INTEL_ebx;
#if defined(__linux__)
  // A process has to ask for the tiles' 8 KB of state, once for all of its threads.
  constexpr int kRequestPermission = 0x1023, kTileData = 18;
  cpu.amx = amx_bf16 && amx_tile && syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#endif
#endif
  return cpu;
}

const Cpu& cpu() {
  static const Cpu once = probe();
  return once;
}

BFloatPairs parse(std::string_view text) {
  for (BFloatPairs pairs : kAll)
    if (text == name(pairs) && can_run(pairs)) return pairs;
  std::string runnable;
  for (BFloatPairs pairs : kAll)
    if (can_run(pairs)) runnable += (runnable.empty() ? "" : ", ") + std::string(name(pairs));
  fail(ErrorKind::Value, "GEMMULE_BFLOAT16: '", text,
       "' cannot run here; this CPU can run: ", runnable);
}

BFloatPairs choose() {
  if (const char* asked = std::getenv("GEMMULE_BFLOAT16"); asked && *asked) return parse(asked);
  if (can_run(BFloatPairs::Amx)) return BFloatPairs::Amx;
  // Intel's processors from Sapphire Rapids on (which have FP16) begin a vdpbf16ps every second
  // cycle, but two FMAs of float32 in each: 117 GFLOP/s where float32 gives 235.
  const bool slow = cpu().intel && cpu().avx512_fp16;
  return can_run(BFloatPairs::Avx512) && !slow ? BFloatPairs::Avx512 : BFloatPairs::None;
}

constexpr int kNotChosen = -1;
std::atomic<int> chosen{kNotChosen};

}  // namespace

BFloatPairs bfloat_pairs() {
  if (running_isa() != Isa::V4) return BFloatPairs::None;
  int pairs = chosen.load(std::memory_order_relaxed);
  if (pairs == kNotChosen) {
    const int first = static_cast<int>(choose());
    // A choice that was set meanwhile stands.
    if (chosen.compare_exchange_strong(pairs, first, std::memory_order_relaxed)) pairs = first;
  }
  return static_cast<BFloatPairs>(pairs);
}

const char* name(BFloatPairs pairs) {
  switch (pairs) {
    case BFloatPairs::Avx512:
      return "avx512";
    case BFloatPairs::Amx:
      return "amx";
    case BFloatPairs::None:
      break;
  }
  return "float32";
}

bool can_run(BFloatPairs pairs) {
  switch (pairs) {
    case BFloatPairs::Avx512:
      return cpu().avx512_bf16;
    case BFloatPairs::Amx:
      return cpu().amx;
    case BFloatPairs::None:
      break;
  }
  return true;
}

void set_bfloat_pairs(const char* name) {
  chosen.store(static_cast<int>(parse(name)), std::memory_order_relaxed);
}

}  // namespace gm
