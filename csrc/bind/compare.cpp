#include "ops/compare.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef compare_methods[] = {
    def<ops::equal, "equal">(),
    def<ops::not_equal, "not_equal">(),
    def<ops::less, "less">(),
    def<ops::less_equal, "less_equal">(),
    def<ops::greater, "greater">(),
    def<ops::greater_equal, "greater_equal">(),
    def<ops::logical_and, "logical_and">(),
    def<ops::logical_or, "logical_or">(),
    def<ops::logical_xor, "logical_xor">(),
    def<ops::logical_not, "logical_not">(),
    def<ops::isnan, "isnan">(),
    def<ops::isinf, "isinf">(),
    def<ops::isfinite, "isfinite">(),
    def<ops::signbit, "signbit">(),
    def<ops::isclose, "isclose">(),
    def<ops::where, "where">(),
    def<ops::masked_fill, "masked_fill">(),
    def<ops::clip, "clip">(),
    def<ops::clip_backward, "clip_backward">(),
    {},
};

}  // namespace gm::bind
