// Which instruction set runs: cpuid and OS state, limited by GEMMULE_ISA and by what was built.
#pragma once

#include <atomic>
#include <string_view>

namespace gm {

enum class Isa : int { None, V2, V3, V4, Neon };

namespace detail {
extern std::atomic<Isa> isa;  // None until the first use
Isa choose_isa();             // reads GEMMULE_ISA; ValueError if it names none that can run
}  // namespace detail

/// One atomic read per call.
inline Isa running_isa() {
  const Isa isa = detail::isa.load(std::memory_order_relaxed);
  if (isa == Isa::None) [[unlikely]]
    return detail::choose_isa();
  return isa;
}

const char* name(Isa isa);  // "v2", "v3", "v4", "neon"
/// Whether this build has the ISA's kernels and this CPU can run them.
bool can_run(Isa isa);
/// Switches every later call in the process (tests). ValueError if it cannot run.
void set_isa(std::string_view name);

}  // namespace gm
