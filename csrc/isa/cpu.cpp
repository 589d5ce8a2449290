#include "isa/cpu.h"

#include <cstdlib>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "core/error.h"

namespace gm {
namespace detail {
std::atomic<Isa> isa{Isa::None};
}

namespace {

constexpr Isa kAll[] = {Isa::V4, Isa::V3, Isa::V2, Isa::Neon};  // best first

bool cpu_has(Isa isa) {
#if defined(__x86_64__)
  // libgcc's probe looks at cpuid and at the register state that the OS saves (xgetbv). The levels
  // by their parts: Clang before 18 knows no "x86-64-v3".
  __builtin_cpu_init();
  unsigned a, b, c = 0, d, extended = 0;
  __get_cpuid(1, &a, &b, &c, &d);
  __get_cpuid(0x80000001, &a, &b, &extended, &d);
  constexpr unsigned kV2 = bit_CMPXCHG16B, kV3 = bit_MOVBE | bit_F16C | bit_OSXSAVE;
  const bool v2 = (c & kV2) == kV2 && (extended & bit_LAHF_LM) &&
                  __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("ssse3") &&
                  __builtin_cpu_supports("sse4.1") && __builtin_cpu_supports("sse4.2");
  const bool v3 = v2 && (c & kV3) == kV3 && (extended & bit_LZCNT) &&
                  __builtin_cpu_supports("avx") && __builtin_cpu_supports("avx2") &&
                  __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
                  __builtin_cpu_supports("bmi2");
  const bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vl");
  return isa == Isa::V2 ? v2 : isa == Isa::V3 ? v3 : isa == Isa::V4 && v4;
#elif defined(__aarch64__)
  return isa == Isa::Neon;
#else
  (void)isa;
  return false;
#endif
}

bool built(Isa isa) {
  switch (isa) {
#if GEMMULE_HAS_V2
    case Isa::V2:
      return true;
#endif
#if GEMMULE_HAS_V3
    case Isa::V3:
      return true;
#endif
#if GEMMULE_HAS_V4
    case Isa::V4:
      return true;
#endif
#if GEMMULE_HAS_NEON
    case Isa::Neon:
      return true;
#endif
    default:
      return false;
  }
}

std::string runnable() {
  std::string out;
  for (Isa isa : kAll) {
    if (!can_run(isa)) continue;
    if (!out.empty()) out += ", ";
    out += name(isa);
  }
  return out.empty() ? "none" : out;
}

Isa parse(std::string_view text) {
  for (Isa isa : kAll)
    if (text == name(isa) && can_run(isa)) return isa;
  fail(ErrorKind::Value, "GEMMULE_ISA: '", text,
       "' cannot run here; this build on this CPU can run: ", runnable());
}

}  // namespace

const char* name(Isa isa) {
  switch (isa) {
    case Isa::V2:
      return "v2";
    case Isa::V3:
      return "v3";
    case Isa::V4:
      return "v4";
    case Isa::Neon:
      return "neon";
    case Isa::None:
      break;
  }
  return "none";
}

bool can_run(Isa isa) { return built(isa) && cpu_has(isa); }

void set_isa(std::string_view text) { detail::isa.store(parse(text), std::memory_order_relaxed); }

Isa detail::choose_isa() {
  Isa chosen = Isa::None;
  if (const char* asked = std::getenv("GEMMULE_ISA"); asked && *asked) {
    chosen = parse(asked);
  } else {
    for (Isa isa : kAll)
      if (chosen == Isa::None && can_run(isa)) chosen = isa;
  }
  check(chosen != Isa::None, "gemmule: this build has no kernels that this CPU can run");
  detail::isa.store(chosen, std::memory_order_relaxed);
  return chosen;
}

}  // namespace gm
