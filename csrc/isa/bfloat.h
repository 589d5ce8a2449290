// Instructions that multiply pairs of bfloat16, beyond what the ISAs v2, v3, v4 say of a CPU.
#pragma once

#include <cstdint>

namespace gm {

/// None: bfloat16 is converted to float32 and multiplied as such.
enum class BFloatPairs : uint8_t { None, Avx512, Amx };

/// What products of bfloat16 use under the running ISA: AMX where the CPU has it and the system
/// lets us, else AVX512-BF16 where that is faster than float32, else None. GEMMULE_BFLOAT16 forces
/// one: "float32", "avx512" or "amx"; ValueError if it cannot run.
BFloatPairs bfloat_pairs();
/// "float32", "avx512", "amx".
const char* name(BFloatPairs pairs);
/// Whether this CPU can, under v4.
bool can_run(BFloatPairs pairs);
/// Switches every later call in the process (tests). ValueError if it cannot run.
void set_bfloat_pairs(const char* name);

}  // namespace gm
