// Sorting.
#pragma once

#include <tuple>

#include "core/array.h"

namespace gm::ops {

/// The first `count` elements in order along an axis, and where they were (int64). Equal elements
/// keep their order; NaN comes last, or first where the order descends. A 0-d array is one element
/// along axis 0.
std::tuple<Array, Array> sort(const char* op, const Array& x, int axis, int64_t count,
                              bool descending);

}  // namespace gm::ops
