// Random draws. A draw is named by (seed, offset): element i of its result depends on them and i
// alone, so the same numbers come for any number of threads.
#pragma once

#include "core/array.h"

namespace gm::ops {

// On any device, with the same bits on all but for the last ones of normals.

/// Uniform in [low, high), of any float dtype; 16-bit ones are drawn in float32.
Array uniform(const Shape& shape, DType dtype, int64_t seed, int64_t offset, double low,
              double high, Device device = {});
/// Normal with this mean and standard deviation; float32 or float64.
Array normal(const Shape& shape, DType dtype, int64_t seed, int64_t offset, double mean,
             double deviation, Device device = {});
/// int64 in [low, high).
Array integers(const Shape& shape, int64_t seed, int64_t offset, int64_t low, int64_t high,
               Device device = {});

/// x / (1 - p) where the draw keeps an element, 0 elsewhere; p in [0, 1]. Its gradient is the same
/// function of the gradient.
Array dropout(const Array& x, double p, int64_t seed, int64_t offset);

}  // namespace gm::ops
