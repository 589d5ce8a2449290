// Arrays from nothing and from a scalar; writing a scalar over an array.
#pragma once

#include <optional>

#include "ops/operand.h"

namespace gm::ops {

/// Uninitialised, row-major.
Array empty(const Shape& shape, DType dtype);
Array zeros(const Shape& shape, DType dtype);
/// Every element is `value`, a scalar or a 0-d array; `dtype` is its own where not given.
Array full(const Shape& shape, const Operand& value, const std::optional<DType>& dtype);
/// Writes `value`, a scalar or an array that broadcasts to it, over `target`. The caller has
/// checked that `target` may be written.
void fill(const Array& target, const Operand& value);

}  // namespace gm::ops
