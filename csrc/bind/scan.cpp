#include "ops/scan.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef scan_methods[] = {
    def<ops::cumsum, "cumsum(input, dim, reverse, dtype)">(),
    def<ops::cumprod, "cumprod(input, dim, dtype)">(),
    def<ops::cummax, "cummax(input, dim)">(),
    def<ops::cummin, "cummin(input, dim)">(),
    def<ops::diff, "diff(input, dim)">(),
    def<ops::diff_backward, "diff_backward">(),
    def<ops::cumprod_backward, "cumprod_backward">(),
    def<ops::cumulative_index_backward, "cumulative_index_backward">(),
    {},
};

}  // namespace gm::bind
