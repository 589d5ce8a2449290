#include "ops/shape.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef shape_methods[] = {
    def<ops::reshape, "reshape">(),
    def<ops::flatten, "flatten">(),
    def<ops::permute, "permute">(),
    def<ops::transpose, "transpose">(),
    def<ops::squeeze, "squeeze">(),
    def<ops::expand_dims, "expand_dims">(),
    def<ops::broadcast_to, "broadcast_to">(),
    def<ops::slice, "slice">(),
    def<ops::slice_backward, "slice_backward">(),
    def<ops::split, "split">(),
    def<ops::unbind, "unbind">(),
    def<ops::shares, "shares">(),
    def<ops::concat, "concat">(),
    def<ops::stack, "stack">(),
    def<ops::flip, "flip">(),
    def<ops::roll, "roll">(),
    def<ops::tile, "tile">(),
    def<ops::repeat, "repeat">(),
    def<ops::pad, "pad">(),
    def<ops::pad_backward, "pad_backward">(),
    {},
};

}  // namespace gm::bind
