#include "ops/scan.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef scan_methods[] = {
    def<ops::cumsum, "cumsum">(),
    def<ops::cumprod, "cumprod">(),
    def<ops::cummax, "cummax">(),
    def<ops::cummin, "cummin">(),
    def<ops::diff, "diff">(),
    def<ops::diff_backward, "diff_backward">(),
    def<ops::cumprod_backward, "cumprod_backward">(),
    def<ops::cumulative_index_backward, "cumulative_index_backward">(),
    {},
};

}  // namespace gm::bind
