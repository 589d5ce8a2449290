#include "core/environment.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>

#include "core/error.h"

namespace gm {

namespace {

/// First word of a small file, or "" if there is none.
std::string first_word(const char* path) {
  std::ifstream in(path);
  std::string word;
  in >> word;
  return word;
}

/// A positive number from a cgroup file, or 0 where there is no limit.
int64_t limit_from(const char* path) {
  const std::string word = first_word(path);
  if (word.empty() || word == "max") return 0;
  const int64_t value = std::strtoll(word.c_str(), nullptr, 10);
  return value > 0 ? value : 0;
}

}  // namespace

int64_t memory_limit() {
  const int64_t machine = int64_t(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  int64_t limit = limit_from("/sys/fs/cgroup/memory.max");                        // v2
  if (!limit) limit = limit_from("/sys/fs/cgroup/memory/memory.limit_in_bytes");  // v1
  return limit ? std::min(limit, machine) : machine;
}

int cpu_limit() {
  int cpus = 1;
#if defined(__linux__)
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) cpus = CPU_COUNT(&set);
  // cpu.max is "quota period" or "max period", in microseconds.
  std::ifstream in("/sys/fs/cgroup/cpu.max");
  std::string quota;
  int64_t period = 0;
  if (in >> quota >> period && quota != "max" && period > 0) {
    const int64_t whole = (std::strtoll(quota.c_str(), nullptr, 10) + period - 1) / period;
    if (whole > 0) cpus = int(std::min<int64_t>(cpus, whole));
  }
#else
  cpus = int(sysconf(_SC_NPROCESSORS_ONLN));
#endif
  return std::max(cpus, 1);
}

int64_t environment_integer(const char* name, int64_t fallback, int64_t least) {
  const char* value = std::getenv(name);
  if (!value || !*value) return fallback;
  char* end = nullptr;
  const int64_t number = std::strtoll(value, &end, 10);
  check(*end == 0 && number >= least, name, ": expected an integer of at least ", (long long)least,
        ", got '", value, "'");
  return number;
}

}  // namespace gm
