"""Tensors put together, taken apart, repeated and padded."""

import itertools

import numpy

from gemmule import _C
from gemmule.autograd import track, track_views
from gemmule.errors import FIRST, one_axis
from gemmule.ops.index import index_select
from gemmule.ops.out import moved
from gemmule.ops.shape import _axis, _sizes, atleast_1d, atleast_2d, narrow, ravel, reshape
from gemmule.tensor import as_array, methods, raw

__all__ = [
    "cat",
    "chunk",
    "concat",
    "concatenate",
    "hstack",
    "pad",
    "repeat",
    "repeat_interleave",
    "roll",
    "split",
    "stack",
    "tensor_split",
    "tile",
    "unbind",
    "unstack",
    "vstack",
]

_reshape, _broadcast_to, _slice, _full = _C.reshape, _C.broadcast_to, _C.slice, _C.full
_split, _unbind, _concat, _stack = _C.split, _C.unbind, _C.concat, _C.stack
_roll, _tile, _repeat, _pad = _C.roll, _C.tile, _C.repeat, _C.pad


# ---- put together --------------------------------------------------------------------------------


def cat(tensors, dim=0, *, out=None):
    """Tensors joined along an axis, in which alone their shapes may differ.

    Written into `out` if given.

    Raises:
        ValueError: other sizes differ, or there are no tensors.
    """
    return _joined("cat", tensors, dim, out)


def _joined(op, tensors, dim, out=None):
    tensors = tuple(tensors)
    if out is not None:
        return moved(out, op, tensors, _joined, op, tensors, dim)
    arrays = [raw(x) for x in tensors]
    shapes = tuple([a.shape for a in arrays])
    return track(_concat(arrays, dim), tensors, _cat_vjp, (shapes, dim))


def _cat_vjp(gs, needs, shapes, dim):
    return _split(gs[0], [shape[dim] for shape in shapes], dim)


def concat(arrays, /, *, axis=0, out=None):
    """:func:`cat` along `axis`; None joins the flattened arrays. Written into `out` if given."""
    if axis is None:
        return _joined("concat", [ravel(x) for x in arrays], 0, out)
    return _joined("concat", arrays, axis, out)


def concatenate(tensors, axis=0, out=None):
    """NumPy's name of :func:`concat`. Written into `out` if given."""
    if axis is None:
        return _joined("concatenate", [ravel(x) for x in tensors], 0, out)
    return _joined("concatenate", tensors, axis, out)


def stack(arrays, dim=FIRST, *, axis=None, out=None):
    """Tensors of one shape joined along a new axis.

    Written into `out` if given.

    Raises:
        ValueError: shapes differ, or there are no tensors.
    """
    arrays = tuple(arrays)
    axis = one_axis("stack", dim, axis, FIRST)
    if out is not None:
        return moved(out, "stack", arrays, stack, arrays, axis)
    stacked = _stack([raw(x) for x in arrays], axis)
    return track(stacked, arrays, _stack_vjp, (axis,))


def _stack_vjp(gs, needs, axis):
    return _unbind(gs[0], axis)


def hstack(tensors):
    """Joined along the second axis, or the only one."""
    tensors = [atleast_1d(x) for x in tensors]
    return _joined("hstack", tensors, 0 if raw(tensors[0]).ndim == 1 else 1)


def vstack(tensors):
    """Joined along the first axis, 1-d tensors as rows."""
    return _joined("vstack", [atleast_2d(x) for x in tensors], 0)


# ---- taken apart ---------------------------------------------------------------------------------


def split(x, split_size_or_sections, dim=0):
    """Views of parts of a tensor along an axis, as a tuple.

    Args:
        x: tensor.
        split_size_or_sections: the size of each part (the last may be smaller), or all sizes.
        dim: the axis.

    Raises:
        ValueError: the sizes do not add up to that of the axis.
    """
    a = as_array(x, "split", "x")
    dim = _axis("split", dim, a.ndim)
    sizes = split_size_or_sections
    if isinstance(sizes, int):
        size, total = sizes, a.shape[dim]
        if size <= 0:
            raise ValueError(f"split: size of a part is {size}, expected at least 1")
        sizes = [min(size, total - start) for start in range(0, total, size)] or [0]
    elif sum(sizes) != a.shape[dim]:
        raise ValueError(
            f"split: sizes {list(sizes)} do not add up to {a.shape[dim]}, of axis {dim}"
        )
    return track_views(_split(a, sizes, dim), x, _split_vjp, (a.shape, a.dtype, tuple(sizes), dim))


def _split_vjp(gs, needs, shape, dtype, sizes, dim):
    parts = []
    for g, size in zip(gs, sizes, strict=True):
        if g is None:
            g = _broadcast_to(_full((), 0, dtype), (*shape[:dim], size, *shape[dim + 1 :]))
        parts.append(g)
    return (_concat(parts, dim),)


def chunk(x, chunks, dim=0):
    """At most `chunks` views of equal parts (the last may be smaller) along an axis, as a tuple."""
    a = as_array(x, "chunk", "x")
    dim = _axis("chunk", dim, a.ndim)
    if chunks <= 0:
        raise ValueError(f"chunk: number of chunks is {chunks}, expected at least 1")
    return split(x, max(1, -(-a.shape[dim] // chunks)), dim)


def tensor_split(x, indices_or_sections, dim=0):
    """Views of parts along an axis: that many of nearly equal size, or cut at the given indices."""
    a = as_array(x, "tensor_split", "x")
    size = a.shape[_axis("tensor_split", dim, a.ndim)]
    if isinstance(indices_or_sections, int):
        count = indices_or_sections
        if count <= 0:
            raise ValueError(f"tensor_split: number of parts is {count}, expected at least 1")
        longer = size % count  # joined lists, which refuse at once what memory cannot hold
        sizes = [size // count + 1] * longer + [size // count] * (count - longer)
    else:
        ends = [max(0, min(i if i >= 0 else i + size, size)) for i in indices_or_sections]
        sizes = [max(0, b - a) for a, b in itertools.pairwise([0, *ends, size])]
    return split(x, sizes, dim)


def unbind(x, dim=0):
    """A view for every position of an axis, without that axis, as a tuple."""
    a = as_array(x, "unbind", "x")
    dim = _axis("unbind", dim, a.ndim)
    rest = (*a.shape[:dim], *a.shape[dim + 1 :])
    parts = _unbind(a, dim)
    return track_views(parts, x, _unbind_vjp, (rest, a.dtype, dim)) if parts else ()


def _unbind_vjp(gs, needs, rest, dtype, dim):
    zero = None
    parts = []
    for g in gs:
        if g is None:
            if zero is None:
                zero = _broadcast_to(_full((), 0, dtype), rest)
            g = zero
        parts.append(g)
    return (_stack(parts, dim),)


def unstack(x, /, *, axis=0):
    """A view for every position of an axis, without that axis, as a tuple."""
    return unbind(x, axis)


# ---- copies -------------------------------------------------------------------------------------


def roll(x, shift, axis=None):
    """Elements moved by `shift` positions along an axis, those beyond the end to its beginning.

    Args:
        x: tensor.
        shift: an int, or one for each axis.
        axis: an axis or several; None rolls the flattened elements.
    """
    a = as_array(x, "roll", "x")
    if axis is None:
        return reshape(roll(ravel(x), shift, axis=0), a.shape)
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    shifts = (shift,) * len(axes) if isinstance(shift, int) else tuple(shift)
    return track(_roll(a, shifts, axes), (x,), _roll_vjp, (shifts, axes))


def _roll_vjp(gs, needs, shifts, axes):
    return (_roll(gs[0], [-shift for shift in shifts], axes),)


def tile(x, repetitions, /):
    """The whole tensor several times along each axis; missing axes are put in front.

    Args:
        x: tensor.
        repetitions: how many times for each axis, the last ones if there are fewer than axes.
    """
    a = as_array(x, "tile", "x")
    repetitions = tuple(repetitions)
    return track(_tile(a, repetitions), (x,), _tile_vjp, (a.shape, a.dtype, repetitions))


def _tile_vjp(gs, needs, shape, dtype, repetitions):
    # As blocks (r0, n0, r1, n1, …): the gradient of what was repeated is the sum over the r.
    n = max(len(shape), len(repetitions))
    sizes = (*[1] * (n - len(shape)), *shape)
    repetitions = (*[1] * (n - len(repetitions)), *repetitions)
    blocks, once = [], []
    for r, size in zip(repetitions, sizes, strict=True):
        blocks += [r, size]
        once += [1, size]
    return (_reshape(_C.sum_to(_reshape(gs[0], blocks), once, dtype), shape),)


def repeat_interleave(x, repeats, dim=None):
    """Every element several times in a row.

    Args:
        x: tensor.
        repeats: how many times; an int, or one for each position of the axis.
        dim: the axis; None repeats the flattened elements.
    """
    if dim is None:
        x, dim = ravel(x), 0
    a = as_array(x, "repeat_interleave", "x")
    dim = _axis("repeat_interleave", dim, a.ndim)
    if not isinstance(repeats, int):
        counts = numpy.broadcast_to(numpy.asarray(repeats), (a.shape[dim],))
        return index_select(x, dim, numpy.repeat(numpy.arange(a.shape[dim]), counts))
    return track(_repeat(a, repeats, dim), (x,), _repeat_interleave_vjp, (repeats, dim))


def _repeat_interleave_vjp(gs, needs, repeats, dim):
    shape = gs[0].shape
    blocks = (*shape[:dim], shape[dim] // repeats if repeats else 0, repeats, *shape[dim + 1 :])
    return (_C.sum(_reshape(gs[0], blocks), dim + 1, False, None),)


def repeat(x, repeats, /, *, axis=None):
    """Every element several times in a row, as the array API names :func:`repeat_interleave`."""
    return repeat_interleave(x, repeats, axis)


def pad(input, pad, mode="constant", value=None):
    """Elements put around a tensor.

    Args:
        input: tensor.
        pad: how many before and after the last axis, then the one before it, and so on:
            ``(left, right, top, bottom, …)``. In mode constant, negative ones take away.
        mode: ``"constant"`` puts `value`; ``"reflect"`` the inside mirrored at the edge element,
            ``"replicate"`` the edge element, ``"circular"`` the other end.
        value: for mode constant; None is 0.

    Raises:
        ValueError: the padding does not fit the tensor, or there is no such mode.
    """
    x, a = input, as_array(input, "pad")
    widths = tuple(pad)
    if len(widths) % 2 or len(widths) > 2 * a.ndim:
        raise ValueError(
            f"pad: expected pairs for at most {a.ndim} axes, got {len(widths)} numbers"
        )
    if mode != "constant" and value:
        raise ValueError(f"pad: a value is for mode 'constant', not {mode!r}")
    before, after = [0] * a.ndim, [0] * a.ndim
    for i in range(len(widths) // 2):
        before[-1 - i], after[-1 - i] = widths[2 * i], widths[2 * i + 1]
    if mode != "constant":
        for axis in range(a.ndim):
            low, high = max(0, -before[axis]), max(0, -after[axis])
            if low or high:
                x = narrow(x, axis, low, max(0, a.shape[axis] - low - high))
                before[axis], after[axis] = max(0, before[axis]), max(0, after[axis])
        a = raw(x)
    out = _pad(a, before, after, mode, 0 if value is None else raw(value))
    return track(out, (x,), _pad_vjp, (a.shape, tuple(before), tuple(after), mode))


def _pad_vjp(gs, needs, shape, before, after, mode):
    g = gs[0]
    if mode != "constant":
        return (_C.pad_backward(g, shape, before, mode),)
    if min(before, default=0) < 0 or min(after, default=0) < 0:
        return (_pad(g, [-n for n in before], [-n for n in after], mode, 0),)
    for axis, size in enumerate(shape):
        g = _slice(g, axis, before[axis], size, 1)
    return (g,)


# ---- methods -------------------------------------------------------------------------------------


def _repeat_method(x, *sizes):
    """The whole tensor several times along each axis: PyTorch's repeat is :func:`tile`."""
    sizes = tuple(_sizes(sizes))
    if len(sizes) < as_array(x, "repeat").ndim:
        raise ValueError(f"repeat: {len(sizes)} numbers for a tensor of {raw(x).ndim} dimensions")
    return tile(x, sizes)


def _tile_method(x, *dims):
    """The whole tensor several times along each axis. See :func:`gemmule.tile`."""
    return tile(x, tuple(_sizes(dims)))


def _roll_method(x, shifts, dims=None, *, axis=None):
    """Elements moved along axes. See :func:`gemmule.roll`."""
    return roll(x, shifts, one_axis("roll", dims, axis))


methods(
    {
        "chunk": chunk,
        "repeat": _repeat_method,
        "repeat_interleave": repeat_interleave,
        "roll": _roll_method,
        "split": split,
        "tensor_split": tensor_split,
        "tile": _tile_method,
        "unbind": unbind,
    }
)
