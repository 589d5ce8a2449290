// isa/math/normal.h for CUDA.
#pragma once

#include "isa/math.h"

namespace gm::GM_ISA {
namespace {

/// x·Φ(x).
template <class T>
GM_INLINE Vec<T> gelu(Vec<T> x) {
  return {x.v * T(::normcdf(x.v))};
}
/// (x·Φ(x))' = Φ(x) + x·φ(x).
template <class T>
GM_INLINE Vec<T> gelu_derivative(Vec<T> x) {
  constexpr T inverse_root_two_pi = T(0x1.9884533d43651p-2);
  return {T(::normcdf(x.v)) + x.v * inverse_root_two_pi * T(::exp(T(-0.5) * x.v * x.v))};
}

}  // namespace
}  // namespace gm::GM_ISA
