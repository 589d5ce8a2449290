#include "ops/shape.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef shape_methods[] = {
    def<ops::reshape, "reshape">(),
    def<ops::permute, "permute">(),
    def<ops::broadcast_to, "broadcast_to">(),
    def<ops::transpose, "transpose">(),
    def<ops::slice, "slice">(),
    def<ops::slice_backward, "slice_backward">(),
    def<ops::concat, "concat">(),
    def<ops::pad, "pad">(),
    def<ops::shares, "shares">(),
    {},
};

}  // namespace gm::bind
