// parallel_run for a callable of this floor: loops that only move bytes and need no ISA.
#pragma once

#include "core/parallel.h"

namespace gm::ops {

/// body(piece) for every piece; see gm::parallel_run for the meaning of `nanoseconds`.
template <class Body>
inline void parallel_for(int64_t pieces, int64_t nanoseconds, const Body& body) {
  parallel_run(
      pieces, nanoseconds,
      [](void* context, int64_t piece) { (*static_cast<const Body*>(context))(piece); },
      const_cast<Body*>(&body));
}

}  // namespace gm::ops
