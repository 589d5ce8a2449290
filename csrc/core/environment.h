// What the process may use: memory and processors as the cgroup and the affinity mask allow,
// and the GEMMULE_* environment variables.
#pragma once

#include <cstdint>

namespace gm {

/// The cgroup's memory limit, else the machine's memory, in bytes.
int64_t memory_limit();
/// min(affinity mask, cgroup quota rounded up), at least 1.
int cpu_limit();
/// An environment variable as an integer, or `fallback` if it is unset. ValueError if it is not
/// an integer ≥ `least`.
int64_t environment_integer(const char* name, int64_t fallback, int64_t least);

}  // namespace gm
