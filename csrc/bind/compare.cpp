#include "ops/compare.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef compare_methods[] = {
    def<ops::equal, "equal(x1, x2, out)">(),
    def<ops::not_equal, "not_equal(x1, x2, out)">(),
    def<ops::less, "less(x1, x2, out)">(),
    def<ops::less_equal, "less_equal(x1, x2, out)">(),
    def<ops::greater, "greater(x1, x2, out)">(),
    def<ops::greater_equal, "greater_equal(x1, x2, out)">(),
    def<ops::logical_and, "logical_and(x1, x2, out)">(),
    def<ops::logical_or, "logical_or(x1, x2, out)">(),
    def<ops::logical_xor, "logical_xor(x1, x2, out)">(),
    def<ops::logical_not, "logical_not(x, out)">(),
    def<ops::isnan, "isnan(x, out)">(),
    def<ops::isinf, "isinf(x, out)">(),
    def<ops::isfinite, "isfinite(x, out)">(),
    def<ops::signbit, "signbit(x, out)">(),
    def<ops::isclose, "isclose(input, other, rtol, atol, equal_nan)">(),
    def<ops::where, "where(condition, x1, x2, out)">(),
    def<ops::masked_fill, "masked_fill(input, mask, value, out)">(),
    def<ops::clip, "clip(x, min, max, out)">(),
    def<ops::clip_backward, "clip_backward">(),
    {},
};

}  // namespace gm::bind
