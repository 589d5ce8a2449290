#include "ops/binary.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef binary_methods[] = {
    def<ops::add, "add(x1, x2, out)">(),
    def<ops::subtract, "subtract(x1, x2, out)">(),
    def<ops::multiply, "multiply(x1, x2, out)">(),
    def<ops::divide, "divide(x1, x2, out)">(),
    def<ops::floor_divide, "floor_divide(x1, x2, out)">(),
    def<ops::remainder, "remainder(x1, x2, out)">(),
    def<ops::fmod, "fmod(x1, x2, out)">(),
    def<ops::power, "pow(x1, x2, out)">(),
    def<ops::maximum, "maximum(x1, x2, out)">(),
    def<ops::minimum, "minimum(x1, x2, out)">(),
    def<ops::atan2, "atan2(x1, x2, out)">(),
    def<ops::hypot, "hypot(x1, x2, out)">(),
    def<ops::copysign, "copysign(x1, x2, out)">(),
    def<ops::logaddexp, "logaddexp(x1, x2, out)">(),
    def<ops::bitwise_and, "bitwise_and(x1, x2, out)">(),
    def<ops::bitwise_or, "bitwise_or(x1, x2, out)">(),
    def<ops::bitwise_xor, "bitwise_xor(x1, x2, out)">(),
    def<ops::left_shift, "bitwise_left_shift(x1, x2, out)">(),
    def<ops::right_shift, "bitwise_right_shift(x1, x2, out)">(),
    def<ops::add_scaled, "add_scaled(input, other, alpha, out)">(),
    def<ops::addcmul, "addcmul(input, tensor1, tensor2, value, out)">(),
    def<ops::addcdiv, "addcdiv(input, tensor1, tensor2, value, out)">(),
    def<ops::lerp, "lerp(input, end, weight, out)">(),
    def<ops::larger_takes, "larger_takes">(),
    def<ops::power_backward, "power_backward">(),
    def<ops::power_base, "power_base">(),
    def<ops::power_exponent, "power_exponent">(),
    {},
};

}  // namespace gm::bind
