#include "ops/binary.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef binary_methods[] = {
    def<ops::add, "add">(),
    def<ops::subtract, "subtract">(),
    def<ops::multiply, "multiply">(),
    def<ops::divide, "divide">(),
    def<ops::floor_divide, "floor_divide">(),
    def<ops::remainder, "remainder">(),
    def<ops::fmod, "fmod">(),
    def<ops::power, "pow">(),
    def<ops::maximum, "maximum">(),
    def<ops::minimum, "minimum">(),
    def<ops::atan2, "atan2">(),
    def<ops::hypot, "hypot">(),
    def<ops::copysign, "copysign">(),
    def<ops::logaddexp, "logaddexp">(),
    def<ops::bitwise_and, "bitwise_and">(),
    def<ops::bitwise_or, "bitwise_or">(),
    def<ops::bitwise_xor, "bitwise_xor">(),
    def<ops::left_shift, "bitwise_left_shift">(),
    def<ops::right_shift, "bitwise_right_shift">(),
    def<ops::add_scaled, "add_scaled">(),
    def<ops::addcmul, "addcmul">(),
    def<ops::addcdiv, "addcdiv">(),
    def<ops::lerp, "lerp">(),
    def<ops::larger_takes, "larger_takes">(),
    def<ops::power_backward, "power_backward">(),
    def<ops::power_base, "power_base">(),
    def<ops::power_exponent, "power_exponent">(),
    {},
};

}  // namespace gm::bind
