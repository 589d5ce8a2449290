"""Views in another shape: the same memory seen with other sizes and strides."""

import numpy

from gemmule import _C
from gemmule.autograd import track, track_view
from gemmule.tensor import methods, raw, wrap

__all__ = [
    "atleast_1d",
    "atleast_2d",
    "broadcast_arrays",
    "broadcast_shapes",
    "broadcast_tensors",
    "broadcast_to",
    "contiguous",
    "expand_dims",
    "flatten",
    "flip",
    "fliplr",
    "flipud",
    "matrix_transpose",
    "moveaxis",
    "movedim",
    "narrow",
    "permute",
    "permute_dims",
    "ravel",
    "reshape",
    "rot90",
    "squeeze",
    "swapaxes",
    "swapdims",
    "t",
    "transpose",
    "unflatten",
    "unsqueeze",
]

_reshape, _permute, _transpose = _C.reshape, _C.permute, _C.transpose
_broadcast_to = _C.broadcast_to
_shares = _C.shares


def _sizes(sizes):
    """A shape given as one sequence or as one int each."""
    return sizes[0] if len(sizes) == 1 and not isinstance(sizes[0], int) else sizes


def reshape(x, /, shape):
    """The elements in row-major order in another shape: a view where strides allow it.

    Args:
        x: tensor.
        shape: sizes, of which one may be -1.

    Raises:
        ValueError: the number of elements differs.
    """
    a = raw(x)
    out = _reshape(a, shape)
    if not x._tracked:
        return wrap(out)
    if _shares(out, a):
        return track_view(out, x, _reshape_vjp, (a.shape,))
    return track(out, (x,), _reshape_vjp, (a.shape,))


def _reshape_vjp(gs, needs, shape):
    return (_reshape(gs[0], shape),)


def permute_dims(x, /, axes):
    """A view with the axes in another order."""
    return track_view(_permute(raw(x), axes), x, _permute_dims_vjp, (tuple(axes),))


def _permute_dims_vjp(gs, needs, axes):
    inverse = [0] * len(axes)
    for i, axis in enumerate(axes):
        inverse[axis % len(axes)] = i
    return (_permute(gs[0], inverse),)


permute = permute_dims


def transpose(x, dim0, dim1):
    """A view with two axes swapped."""
    return track_view(_transpose(raw(x), dim0, dim1), x, _transpose_vjp, (dim0, dim1))


def _transpose_vjp(gs, needs, dim0, dim1):
    return (_transpose(gs[0], dim0, dim1),)


swapaxes = transpose


def broadcast_to(x, /, shape):
    """A view in which axes of size 1, and missing ones, repeat."""
    return track_view(_broadcast_to(raw(x), shape), x, _broadcast_to_vjp, ())


def _broadcast_to_vjp(gs, needs):
    return gs  # summed back by the walk


swapdims = swapaxes


def matrix_transpose(x, /):
    """A view with the last two axes swapped."""
    return transpose(x, -2, -1)


def t(x, /):
    """The transpose of a matrix; a vector or scalar as it is."""
    if x.ndim > 2:
        raise ValueError(f"t: expected at most 2 dimensions, got {x.ndim}; use mT or transpose")
    return x if x.ndim < 2 else transpose(x, 0, 1)


def moveaxis(x, source, destination, /):
    """A view with axes moved to other positions, the rest in order.

    Args:
        source, destination: an int each, or sequences of as many.
    """
    sources = (source,) if isinstance(source, int) else tuple(source)
    targets = (destination,) if isinstance(destination, int) else tuple(destination)
    if len(sources) != len(targets):
        raise ValueError(f"moveaxis: {len(sources)} axes cannot go to {len(targets)} positions")
    sources = [_axis("moveaxis", axis, x.ndim) for axis in sources]
    targets = [_axis("moveaxis", axis, x.ndim) for axis in targets]
    order = [axis for axis in range(x.ndim) if axis not in sources]
    for target, axis in sorted(zip(targets, sources, strict=True)):
        order.insert(target, axis)
    return permute_dims(x, order)


movedim = moveaxis


def _axis(op, axis, ndim):
    """An axis counted from the front; IndexError out of range."""
    if not -ndim <= axis < ndim:
        raise IndexError(
            f"{op}: axis {axis} is out of range for a tensor of {ndim} "
            f"dimension{'' if ndim == 1 else 's'}"
        )
    return axis % ndim


def expand_dims(x, /, *, axis=0):
    """A view with one more axis, of size 1, at `axis`."""
    return unsqueeze(x, axis)


def unsqueeze(x, dim):
    """A view with one more axis, of size 1, at `dim`."""
    shape = list(x.shape)
    shape.insert(_axis("unsqueeze", dim, x.ndim + 1), 1)
    return reshape(x, shape)


def squeeze(x, /, axis=None):
    """A view without axes of size 1: the given ones, or all.

    Raises:
        ValueError: a given axis has another size.
    """
    shape = x.shape
    if axis is None:
        return reshape(x, [size for size in shape if size != 1])
    axes = (axis,) if isinstance(axis, int) else axis
    axes = [_axis("squeeze", a, x.ndim) for a in axes]
    for a in axes:
        if shape[a] != 1:
            raise ValueError(f"squeeze: axis {a} has size {shape[a]}, expected 1")
    return reshape(x, [size for a, size in enumerate(shape) if a not in axes])


def flatten(x, start_dim=0, end_dim=-1):
    """The axes from `start_dim` to `end_dim` as one.

    Raises:
        ValueError: the first comes after the last.
    """
    shape = x.shape
    if not shape:
        return reshape(x, (1,))
    first = _axis("flatten", start_dim, x.ndim)
    last = _axis("flatten", end_dim, x.ndim)
    if first > last:
        raise ValueError(f"flatten: start_dim {start_dim} comes after end_dim {end_dim}")
    size = 1
    for s in shape[first : last + 1]:
        size *= s
    return reshape(x, (*shape[:first], size, *shape[last + 1 :]))


def ravel(x):
    """All elements as one axis: a view where memory allows it."""
    return reshape(x, (-1,)) if x.ndim != 1 else x


def unflatten(x, dim, sizes):
    """One axis as several; one of `sizes` may be -1."""
    axis = _axis("unflatten", dim, x.ndim)
    shape = x.shape
    sizes = list(sizes)
    known = 1
    for size in sizes:
        known *= 1 if size == -1 else size
    if -1 in sizes and known:
        sizes[sizes.index(-1)] = shape[axis] // known
        known *= shape[axis] // known
    if known != shape[axis]:
        raise ValueError(f"unflatten: axis {axis} has size {shape[axis]}, which {sizes} is not")
    return reshape(x, (*shape[:axis], *sizes, *shape[axis + 1 :]))


def narrow(x, dim, start, length):
    """A view of `length` elements from `start` along one axis."""
    if start < 0:
        start += x.shape[dim]
    return _slice(x, _axis("narrow", dim, x.ndim), start, length, 1)


def _slice(x, axis, start, length, step):
    a = raw(x)
    saved = (a.shape, axis, start, step)
    return track_view(_C.slice(a, axis, start, length, step), x, _slice_vjp, saved)


def _slice_vjp(gs, needs, shape, axis, start, step):
    return (_C.slice_backward(gs[0], shape, axis, start, step),)


def flip(x, /, *, axis=None):
    """A view with the order of elements reversed along the given axes (all if None)."""
    if axis is None:
        axis = range(x.ndim)
    axes = (axis,) if isinstance(axis, int) else axis
    seen = set()
    for a in axes:
        a = _axis("flip", a, x.ndim)
        if a in seen:
            raise ValueError(f"flip: axis {a} is given twice")
        seen.add(a)
        size = x.shape[a]
        if size > 0:
            x = _slice(x, a, size - 1, size, -1)
    return x


def fliplr(x):
    """:func:`flip` along axis 1."""
    return flip(x, axis=1)


def flipud(x):
    """:func:`flip` along axis 0."""
    return flip(x, axis=0)


def rot90(x, k=1, dims=(0, 1)):
    """A view turned by k quarter turns in the plane of two axes, from the first to the second."""
    first, second = [_axis("rot90", d, x.ndim) for d in dims]
    k %= 4
    if k == 0:
        return x
    if k == 2:
        return flip(x, axis=(first, second))
    if k == 1:
        return flip(transpose(x, first, second), axis=first)
    return flip(transpose(x, first, second), axis=second)


def broadcast_shapes(*shapes):
    """The shape that these shapes broadcast to."""
    return numpy.broadcast_shapes(*shapes)


def broadcast_tensors(*tensors):
    """Views of all in the shape that they broadcast to, as a list."""
    shape = numpy.broadcast_shapes(*[x.shape for x in tensors])
    return [x if x.shape == shape else broadcast_to(x, shape) for x in tensors]


broadcast_arrays = broadcast_tensors


def atleast_1d(x):
    """At least one dimension."""
    return reshape(x, (1,)) if x.ndim == 0 else x


def atleast_2d(x):
    """At least two dimensions; a vector becomes a row."""
    return x if x.ndim >= 2 else reshape(x, (1, -1))


def contiguous(x):
    """Row-major memory without gaps: the tensor itself if it is, else a copy."""
    a = raw(x)
    return x if a.is_contiguous else track(_C.contiguous(a), (x,), _contiguous_vjp, ())


def _contiguous_vjp(gs, needs):
    return gs


def _reshape_method(x, *shape):
    return reshape(x, _sizes(shape))


def _view_method(x, *shape):
    out = reshape(x, _sizes(shape))
    if not _shares(raw(out), raw(x)):
        raise ValueError(
            f"view: no strides visit a tensor of shape {x.shape} and strides {x.strides} in order "
            f"as {out.shape}; use reshape"
        )
    return out


def _permute_method(x, *dims):
    return permute_dims(x, _sizes(dims))


def _reversed_axes(x):
    return permute_dims(x, tuple(range(x.ndim - 1, -1, -1)))


def _matrix_transposed(x):
    return transpose(x, -2, -1)


def _expand_method(x, *sizes):
    """A view in which axes of size 1 repeat; -1 keeps a size."""
    sizes = list(_sizes(sizes))
    missing = len(sizes) - x.ndim
    for i, size in enumerate(sizes):
        if size == -1:
            if i < missing:
                raise ValueError(f"expand: -1 stands for a new axis {i}, which has no size yet")
            sizes[i] = x.shape[i - missing]
    return broadcast_to(x, sizes)


def _expand_as_method(x, other):
    return broadcast_to(x, other.shape)


def _view_as_method(x, other):
    return _view_method(x, other.shape)


def _reshape_as_method(x, other):
    return reshape(x, other.shape)


def _squeeze_method(x, dim=None, *, axis=None):
    """A view without axes of size 1; PyTorch's: a given one of another size stays."""
    dim = axis if dim is None else dim
    if dim is None:
        return squeeze(x)
    dims = (dim,) if isinstance(dim, int) else dim
    dims = [_axis("squeeze", d, x.ndim) for d in dims]
    return reshape(x, [size for d, size in enumerate(x.shape) if d not in dims or size != 1])


def _flip_method(x, *dims, axis=None):
    return flip(x, axis=_sizes(dims) if dims else axis)


methods(
    T=property(_reversed_axes, doc="The tensor with its axes in reverse order."),
    contiguous=contiguous,
    expand=_expand_method,
    expand_as=_expand_as_method,
    flatten=flatten,
    flip=_flip_method,
    fliplr=fliplr,
    flipud=flipud,
    mT=property(_matrix_transposed, doc="The tensor with its last two axes swapped."),
    moveaxis=moveaxis,
    movedim=movedim,
    narrow=narrow,
    permute=_permute_method,
    ravel=ravel,
    reshape=_reshape_method,
    reshape_as=_reshape_as_method,
    rot90=rot90,
    squeeze=_squeeze_method,
    swapaxes=swapaxes,
    swapdims=swapaxes,
    t=t,
    transpose=transpose,
    unflatten=unflatten,
    unsqueeze=unsqueeze,
    view=_view_method,
    view_as=_view_as_method,
)
