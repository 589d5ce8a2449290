// Elementwise arithmetic on two operands, broadcast to one shape.
//
// Result dtype: as promote() says; divide and the float functions turn integers and bool into
// float32. `out`, where given, has the result's shape and receives it.
#pragma once

#include "ops/operand.h"

namespace gm::ops {

Array add(const Operand& a, const Operand& b, const Array* out = nullptr);
Array subtract(const Operand& a, const Operand& b, const Array* out = nullptr);
Array multiply(const Operand& a, const Operand& b, const Array* out = nullptr);
Array divide(const Operand& a, const Operand& b, const Array* out = nullptr);
Array maximum(const Operand& a, const Operand& b, const Array* out = nullptr);  // NaN wins
Array minimum(const Operand& a, const Operand& b, const Array* out = nullptr);  // NaN wins

}  // namespace gm::ops
