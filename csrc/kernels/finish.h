// What becomes of a result once its sums are complete, while it is in the cache.
#pragma once

#include <cstdint>

namespace gm {

/// The activation after the bias and the residual.
enum class Finish : uint8_t { None, Relu, LeakyRelu, Sigmoid, Tanh, Gelu, GeluTanh, Silu };

}  // namespace gm
