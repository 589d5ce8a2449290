// Which of two elements is taken where an index goes with it; also by CUDA's kernels.
#pragma once

#include "isa/simd.h"

namespace gm::GM_ISA {
namespace {

struct Larger {
  template <class V>
  GM_INLINE auto operator()(V x, V best) const {
    return x > best;
  }
};
struct Smaller {
  template <class V>
  GM_INLINE auto operator()(V x, V best) const {
    return x < best;
  }
};

}  // namespace
}  // namespace gm::GM_ISA
