// Arrays from nothing and from scalars; writing over an array; the triangles and diagonals of
// matrices.
#pragma once

#include <optional>

#include "ops/operand.h"

namespace gm::ops {

/// Uninitialised, row-major.
Array empty(const Shape& shape, DType dtype, Device device = {});
Array zeros(const Shape& shape, DType dtype, Device device = {});
/// Every element is `value`, a scalar or a 0-d array; `dtype` is its own where not given.
Array full(const Shape& shape, const Operand& value, const std::optional<DType>& dtype,
           Device device = {});
/// Element i is start + i·step, computed on the host, in float64, or int64 where both are integers.
Array arange(const Operand& start, const Operand& step, int64_t count, DType dtype,
             Device device = {});

/// Writes `value`, a scalar or an array that broadcasts to it, over `target` in place; `op` names
/// the operation in messages.
void fill(const Array& target, const Operand& value, const char* op);
/// The same for a target that is known to be writable, without raising its version.
void write_over(const char* op, const Array& target, const Operand& value);

/// A view of the elements on a diagonal of axes i and j; it becomes the last axis.
Array diagonal(const Array& a, int64_t offset, int i, int j);
/// A copy with zeros above the diagonal (or below it, where `upper`) of the last two axes.
Array triangle(const Array& a, int64_t offset, bool upper);

}  // namespace gm::ops
