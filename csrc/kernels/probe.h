// What the machine can reach at most, by the smallest loops that get there: the floor that
// benchmarks are held against. No operation uses these.
#pragma once

#include "kernels/table.h"

namespace gm {

enum class Traffic { Copy, Triad, Update, Read };

/// Passes over float32 arrays of n elements, 64-byte-aligned, n a multiple of kProbeStep:
///
///   Copy    to = a             Update  to = -to
///   Triad   to = a + s·b       Read    the sum of a
struct StreamProbe {
  Traffic traffic;
  float* to;
  const float *a, *b;  ///< nullptr where not read
  int64_t n, passes;
  bool streaming;  ///< whether Copy and Triad store past the cache
};
/// Elements of one step of a pass: four registers of the widest ISA.
inline constexpr int64_t kProbeStep = 64;

struct ProbeKernels {
  /// `rounds` rounds of multiply-adds between registers on each of `threads` threads; all their
  /// floating-point operations.
  int64_t (*multiply_add)(int64_t rounds, int threads);
  /// All passes, each of `threads` threads on its own part of the arrays.
  void (*stream)(const StreamProbe& probe, int threads);
};
GM_KERNEL_TABLE(ProbeKernels, probe)

}  // namespace gm
