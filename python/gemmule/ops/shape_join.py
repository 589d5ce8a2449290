"""Tensors put together, taken apart, repeated and padded."""

import itertools
import operator

from gemmule import _C
from gemmule.autograd import track
from gemmule.ops.shape import _axis, _sizes, _slice, flip, reshape, unsqueeze
from gemmule.tensor import methods, raw

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


def concat(arrays, /, *, axis=0):
    """Tensors one behind the other along an axis, in their common dtype.

    Args:
        arrays: tensors that agree in every other axis.
        axis: where they are joined; None joins them flattened.

    Raises:
        ValueError: there are none, or another axis differs.
    """
    arrays = list(arrays)
    if axis is None:
        arrays = [reshape(x, (-1,)) for x in arrays]
        axis = 0
    sizes = [x.shape[axis] if x.ndim else 0 for x in arrays]
    return track(
        _C.concat([raw(x) for x in arrays], axis), tuple(arrays), _concat_vjp, (axis, sizes)
    )


def _concat_vjp(gs, needs, axis, sizes):
    g = gs[0]
    results = []
    at = 0
    for size, needed in zip(sizes, needs, strict=True):
        results.append(_C.slice(g, axis, at, size, 1) if needed else None)
        at += size
    return results


def cat(tensors, dim=0):
    """:func:`concat`, PyTorch's name."""
    return concat(tensors, axis=dim)


def concatenate(tensors, axis=0):
    """:func:`concat`, NumPy's name."""
    return concat(tensors, axis=axis)


def stack(arrays, dim=0, *, axis=None):
    """Tensors of one shape as the elements of a new axis."""
    arrays = list(arrays)
    axis = dim if axis is None else axis
    for x in arrays:
        if x.shape != arrays[0].shape:
            raise ValueError(f"stack: shapes {arrays[0].shape} and {x.shape} differ")
    return concat([unsqueeze(x, axis) for x in arrays], axis=axis)


def hstack(tensors):
    """Side by side: along axis 1, vectors along axis 0."""
    tensors = [reshape(x, (1,)) if x.ndim == 0 else x for x in tensors]
    return concat(tensors, axis=0 if tensors[0].ndim == 1 else 1)


def vstack(tensors):
    """One above the other along axis 0; vectors are rows."""
    return concat([x if x.ndim > 1 else reshape(x, (1, -1)) for x in tensors], axis=0)


def split(tensor, split_size_or_sections, dim=0):
    """Views of consecutive parts along an axis.

    Args:
        split_size_or_sections: the size of every part (the last may be smaller), or a list.

    Raises:
        ValueError: the listed sizes do not add up.
    """
    axis = _axis("split", dim, tensor.ndim)
    size = tensor.shape[axis]
    if isinstance(split_size_or_sections, int):
        step = split_size_or_sections
        if step <= 0:
            raise ValueError(f"split: size of a part is {step}, expected at least 1")
        sections = [min(step, size - at) for at in range(0, size, step)] or [0]
    else:
        sections = list(split_size_or_sections)
        if sum(sections) != size:
            raise ValueError(f"split: sizes {sections} do not add up to {size}, of axis {axis}")
    parts = []
    at = 0
    for length in sections:
        parts.append(_slice(tensor, axis, at, length, 1))
        at += length
    return tuple(parts)


def chunk(input, chunks, dim=0):
    """Views of at most `chunks` equal parts along an axis (the last may be smaller)."""
    if chunks < 1:
        raise ValueError(f"chunk: number of chunks is {chunks}, expected at least 1")
    size = input.shape[dim]
    return split(input, max(1, -(-size // chunks)), dim)


def tensor_split(input, indices_or_sections, dim=0):
    """Views of parts along an axis: that many of nearly equal size, or cut at the given indices."""
    size = input.shape[dim]
    if isinstance(indices_or_sections, int):
        count = indices_or_sections
        sizes = [size // count + (i < size % count) for i in range(count)]
    else:
        ends = [max(0, min(i if i >= 0 else i + size, size)) for i in indices_or_sections]
        edges = [0, *ends, size]
        sizes = [max(0, b - a) for a, b in itertools.pairwise(edges)]
    return split(input, sizes, dim)


def unbind(input, dim=0):
    """A view of each element along an axis, without that axis."""
    axis = _axis("unbind", dim, input.ndim)
    shape = input.shape[:axis] + input.shape[axis + 1 :]
    return tuple([reshape(_slice(input, axis, i, 1, 1), shape) for i in range(input.shape[axis])])


def unstack(x, /, *, axis=0):
    """:func:`unbind`, the array API's name."""
    return unbind(x, axis)


def tile(x, repetitions, /):
    """The whole tensor repeated along each axis; missing axes are added in front."""
    repetitions = (repetitions,) if isinstance(repetitions, int) else tuple(repetitions)
    rank = max(len(repetitions), x.ndim)
    repetitions = (1,) * (rank - len(repetitions)) + repetitions
    sizes = (1,) * (rank - x.ndim) + x.shape
    # (r, size) pairs of axes: repeat the first of each, then make them one.
    pairs = [n for size in sizes for n in (1, size)]
    spread = [n for r, size in zip(repetitions, sizes, strict=True) for n in (r, size)]
    whole = [r * size for r, size in zip(repetitions, sizes, strict=True)]
    return reshape(reshape(x, pairs).expand(spread), whole)


def repeat_interleave(input, repeats, dim=None):
    """Each element along an axis repeated `repeats` times in place (an int, or one for each)."""
    if dim is None:
        input = reshape(input, (-1,))
        dim = 0
    axis = _axis("repeat_interleave", dim, input.ndim)
    if not isinstance(repeats, int):
        counts = [int(r) for r in repeats]
        if len(counts) != input.shape[axis]:
            raise ValueError(
                f"repeat_interleave: {len(counts)} repeats for {input.shape[axis]} elements"
            )
        parts = [_slice(input, axis, i, 1, 1) for i, c in enumerate(counts) for _ in range(c)]
        return concat(parts, axis=axis) if parts else _slice(input, axis, 0, 0, 1)
    shape = input.shape
    spread = (*shape[: axis + 1], repeats, *shape[axis + 1 :])
    merged = (*shape[:axis], shape[axis] * repeats, *shape[axis + 1 :])
    return reshape(unsqueeze(input, axis + 1).expand(spread), merged)


def repeat(x, repeats, /, *, axis=None):
    """:func:`repeat_interleave`, the array API's name."""
    return repeat_interleave(x, repeats, axis)


def roll(x, shift, axis=None):
    """Elements moved along axes; what leaves at the end enters at the front.

    Args:
        shift: by how many places, an int or one for each axis.
        axis: an int or a sequence; None rolls the flattened tensor.
    """
    if axis is None:
        return reshape(roll(reshape(x, (-1,)), shift, 0), x.shape)
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    shifts = (shift,) * len(axes) if isinstance(shift, int) else tuple(shift)
    if len(shifts) != len(axes):
        raise ValueError(f"roll: {len(shifts)} shifts for {len(axes)} axes")
    for s, a in zip(shifts, axes, strict=True):
        a = _axis("roll", a, x.ndim)
        size = x.shape[a]
        s = s % size if size else 0
        if s:
            x = concat([_slice(x, a, size - s, s, 1), _slice(x, a, 0, size - s, 1)], axis=a)
    return x


def pad(input, pad, mode="constant", value=None):
    """Elements added around (or, for negative numbers, cut off) a tensor.

    Args:
        pad: pairs (before, after), the last axis first: ``(left, right, top, bottom)``.
        mode: ``"constant"``, ``"reflect"`` (without the edge), ``"replicate"`` or ``"circular"``.
        value: of constant elements; 0 if None.

    Raises:
        ValueError: an odd number of sizes, too many pairs, or more reflected than there is.
    """
    sizes = [operator.index(n) for n in pad]
    if len(sizes) % 2 or len(sizes) > 2 * input.ndim:
        raise ValueError(
            f"pad: expected pairs for at most {input.ndim} axes, got {len(sizes)} numbers"
        )
    if mode == "constant":
        before, after = [0] * input.ndim, [0] * input.ndim
        for i in range(0, len(sizes), 2):
            before[input.ndim - 1 - i // 2] = sizes[i]
            after[input.ndim - 1 - i // 2] = sizes[i + 1]
        out = _C.pad(raw(input), before, after, 0.0 if value is None else float(value))
        return track(out, (input,), _pad_vjp, (before, after))
    if mode not in _EDGES:
        raise ValueError(f"pad: mode {mode!r} is none of constant, reflect, replicate, circular")
    if value is not None and value != 0:
        raise ValueError(f"pad: a value is for mode 'constant', not {mode!r}")
    for i in range(0, len(sizes), 2):
        input = _pad_axis(input, input.ndim - 1 - i // 2, sizes[i], sizes[i + 1], mode)
    return input


def _pad_vjp(gs, needs, before, after):
    return (_C.pad(gs[0], [-n for n in before], [-n for n in after], 0.0),)


def _reflect(x, axis, before, after):
    size = x.shape[axis]
    if max(before, after) >= size:
        raise ValueError(
            f"pad: cannot reflect {max(before, after)} of axis {axis} of shape {x.shape}: "
            f"at most {size - 1}"
        )
    left = flip(_slice(x, axis, 1, before, 1), axis=axis)
    right = flip(_slice(x, axis, size - 1 - after, after, 1), axis=axis)
    return left, right


def _replicate(x, axis, before, after):
    size = x.shape[axis]
    if size == 0:
        raise ValueError(f"pad: axis {axis} of shape {x.shape} has no edge to replicate")
    edge = list(x.shape)
    edge[axis] = before
    left = _slice(x, axis, 0, 1, 1).expand(edge)
    edge[axis] = after
    return left, _slice(x, axis, size - 1, 1, 1).expand(edge)


def _circular(x, axis, before, after):
    size = x.shape[axis]
    if max(before, after) > size:
        raise ValueError(
            f"pad: cannot wrap {max(before, after)} of axis {axis} of shape {x.shape}: "
            f"at most {size}"
        )
    return _slice(x, axis, size - before, before, 1), _slice(x, axis, 0, after, 1)


_EDGES = {"reflect": _reflect, "replicate": _replicate, "circular": _circular}


def _pad_axis(x, axis, before, after, mode):
    low, high = max(0, -before), max(0, -after)
    if low or high:
        x = _slice(x, axis, low, x.shape[axis] - low - high, 1)
    left, right = _EDGES[mode](x, axis, max(0, before), max(0, after))
    return concat([left, x, right], axis=axis)


def _repeat_method(x, *sizes):
    """The whole tensor repeated along each axis."""
    return tile(x, _sizes(sizes))


def _roll_method(x, shifts, dims=None, *, axis=None):
    return roll(x, shifts, dims if axis is None else axis)


methods(
    chunk=chunk,
    repeat=_repeat_method,
    repeat_interleave=repeat_interleave,
    roll=_roll_method,
    split=split,
    tensor_split=tensor_split,
    tile=_repeat_method,
    unbind=unbind,
)
