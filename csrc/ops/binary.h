// Elementwise arithmetic on two operands (some take three), broadcast to one shape.
//
// Result dtype: as promote() says; divide and the float functions turn integers and bool into
// float32. `out`, where given, has the result's shape and receives it.
#pragma once

#include "ops/operand.h"

namespace gm::ops {

Array add(const Operand& a, const Operand& b, const Array* out = nullptr);       // bool: or
Array multiply(const Operand& a, const Operand& b, const Array* out = nullptr);  // bool: and
Array subtract(const Operand& a, const Operand& b, const Array* out = nullptr);
Array divide(const Operand& a, const Operand& b, const Array* out = nullptr);

// Python's // and %, C's fmod; integers by 0 give 0.
Array floor_divide(const Operand& a, const Operand& b, const Array* out = nullptr);
Array remainder(const Operand& a, const Operand& b, const Array* out = nullptr);
Array fmod(const Operand& a, const Operand& b, const Array* out = nullptr);
/// ValueError for integers to the power of a negative number; 0 where an array has one.
Array power(const Operand& a, const Operand& b, const Array* out = nullptr);

Array maximum(const Operand& a, const Operand& b, const Array* out = nullptr);  // NaN wins
Array minimum(const Operand& a, const Operand& b, const Array* out = nullptr);  // NaN wins
Array atan2(const Operand& a, const Operand& b, const Array* out = nullptr);
Array hypot(const Operand& a, const Operand& b, const Array* out = nullptr);
Array copysign(const Operand& a, const Operand& b, const Array* out = nullptr);
Array logaddexp(const Operand& a, const Operand& b, const Array* out = nullptr);

// Integers and bool; shifts by the width or more shift everything out.
Array bitwise_and(const Operand& a, const Operand& b, const Array* out = nullptr);
Array bitwise_or(const Operand& a, const Operand& b, const Array* out = nullptr);
Array bitwise_xor(const Operand& a, const Operand& b, const Array* out = nullptr);
Array left_shift(const Operand& a, const Operand& b, const Array* out = nullptr);
Array right_shift(const Operand& a, const Operand& b, const Array* out = nullptr);

/// a + scale·b.
Array add_scaled(const Operand& a, const Operand& b, const Operand& scale,
                 const Array* out = nullptr);
/// a + value·b·c and a + value·b/c.
Array addcmul(const Operand& a, const Operand& b, const Operand& c, double value,
              const Array* out = nullptr);
Array addcdiv(const Operand& a, const Operand& b, const Operand& c, double value,
              const Array* out = nullptr);
/// a + weight·(b - a).
Array lerp(const Operand& a, const Operand& b, const Operand& weight, const Array* out = nullptr);

/// g where a > b, half of it where they are equal: the gradient of a of max(a, b), and of b of
/// min(a, b).
Array larger_takes(const Array& g, const Operand& a, const Operand& b);
/// The gradient of a of y = a^n, from y where n is 0.5, -0.5 or -1, else from a.
Array power_backward(const Array& g, const Array& saved, double n);
/// The gradients of a and b of y = a^b.
Array power_base(const Array& g, const Operand& a, const Operand& b);
Array power_exponent(const Array& g, const Array& y, const Operand& a, const Operand& b);

}  // namespace gm::ops
