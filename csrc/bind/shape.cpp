#include "ops/shape.h"

#include "bind/fastcall.h"
#include "bind/stems.h"

namespace gm::bind {

PyMethodDef shape_methods[] = {
    def<ops::reshape, "reshape(x, shape)">(),
    def<ops::flatten, "flatten(x, start_dim, end_dim)">(),
    def<ops::permute, "permute(x, axes)">(),
    def<ops::transpose, "transpose(x, dim0, dim1)">(),
    def<ops::squeeze, "squeeze(x, axis)">(),
    def<ops::expand_dims, "expand_dims(x, axis)">(),
    def<ops::broadcast_to, "broadcast_to(x, shape)">(),
    def<ops::slice, "slice(x, dim, start, length, step)">(),
    def<ops::slice_backward, "slice_backward">(),
    def<ops::split, "split(x, split_size_or_sections, dim)">(),
    def<ops::unbind, "unbind(x, dim)">(),
    def<ops::shares, "shares">(),
    def<ops::concat, "concat(arrays, axis)">(),
    def<ops::stack, "stack(arrays, axis)">(),
    def<ops::flip, "flip(x, axis)">(),
    def<ops::roll, "roll(x, shift, axis)">(),
    def<ops::tile, "tile(x, repetitions)">(),
    def<ops::repeat, "repeat(x, repeats, axis)">(),
    def<ops::pad, "pad(input, pad, pad, mode, value)">(),
    def<ops::pad_backward, "pad_backward">(),
    {},
};

}  // namespace gm::bind
