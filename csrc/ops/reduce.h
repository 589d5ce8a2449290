// Reductions over axes. `axes` counts from either end; absent means all of them, () none.
//
// float16 and bfloat16 are computed in float32.
#pragma once

#include <optional>

#include "core/array.h"

namespace gm::ops {

/// The opposite of broadcasting: `x` summed over the axes that `shape` lacks or has as 1, as dtype.
Array sum_to(const Array& x, const Shape& shape, DType dtype);

}  // namespace gm::ops
