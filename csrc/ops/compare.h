// Elementwise questions, with bool results, and choices between elements.
#pragma once

#include "ops/operand.h"

namespace gm::ops {

// The operands meet in their common dtype; integers beside floats in float64 where float32 could
// not tell them apart. Integers are compared exactly, signed with uint64 too.
Array equal(const Operand& a, const Operand& b);
Array not_equal(const Operand& a, const Operand& b);
Array less(const Operand& a, const Operand& b);
Array less_equal(const Operand& a, const Operand& b);
Array greater(const Operand& a, const Operand& b);
Array greater_equal(const Operand& a, const Operand& b);

// Of any dtype; what is not 0 is true.
Array logical_and(const Operand& a, const Operand& b);
Array logical_or(const Operand& a, const Operand& b);
Array logical_xor(const Operand& a, const Operand& b);
Array logical_not(const Operand& a);

Array isnan(const Operand& a);
Array isinf(const Operand& a);
Array isfinite(const Operand& a);
Array signbit(const Operand& a);
/// |a - b| ≤ absolute + relative·|b|, or both infinite alike, or both NaN and `equal_nan`.
Array isclose(const Operand& a, const Operand& b, double relative, double absolute, bool equal_nan);

/// a where `condition`, else b, in their common dtype. A condition not of bool is true where it is
/// not 0.
Array where(const Array& condition, const Operand& a, const Operand& b, const Array* out = nullptr);
/// `value` where `mask`, else x, in x's dtype. TypeError if that cannot hold the value.
Array masked_fill(const Array& x, const Array& mask, const Operand& value,
                  const Array* out = nullptr);
/// min(max(x, low), high), NaN if any is.
Array clip(const Operand& x, const Operand& low, const Operand& high, const Array* out = nullptr);
/// g where low ≤ x ≤ high, else 0.
Array clip_backward(const Array& g, const Operand& x, const Operand& low, const Operand& high);

}  // namespace gm::ops
