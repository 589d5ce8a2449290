// Measuring the machine, for benchmarks: see kernels/probe.h.
#pragma once

#include "core/array.h"

namespace gm::ops {

/// Runs `rounds` rounds of multiply-adds on every thread; how many floating-point operations.
int64_t probe_multiply_add(int64_t rounds);

/// `passes` passes of "copy" (to = a), "triad" (to = a + s·b), "update" (to = -to) or "read" (a)
/// over row-major float32 arrays of one size, a multiple of 64; what is not read may be anything.
void probe_stream(const char* traffic, const Array& to, const Array& a, const Array& b,
                  int64_t passes, bool streaming);

}  // namespace gm::ops
