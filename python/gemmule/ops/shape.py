"""Views in another shape: the same memory seen with other sizes and strides."""

import math
import operator

from gemmule import _C
from gemmule.autograd import track, track_view
from gemmule.errors import one_axis
from gemmule.tensor import Tensor, as_array, methods, no_tensor, raw, wrap

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

_reshape, _flatten, _permute, _transpose = _C.reshape, _C.flatten, _C.permute, _C.transpose
_squeeze, _expand_dims, _slice, _flip = _C.squeeze, _C.expand_dims, _C.slice, _C.flip
_broadcast_to, _contiguous, _shares = _C.broadcast_to, _C.contiguous, _C.shares


def _sizes(sizes):
    """A shape given as one sequence or as one int each."""
    return sizes[0] if len(sizes) == 1 and not isinstance(sizes[0], int) else sizes


def _shaped(out, x, vjp):
    """The result of a function that gives a view where strides allow it, else a copy."""
    if not isinstance(x, Tensor):
        raise no_tensor(x, vjp.__name__[1:].removesuffix("_vjp"))
    tensor: Tensor = x
    if not tensor._tracked:
        return wrap(out)
    a = tensor._array
    if _shares(out, a):
        return track_view(out, x, vjp, (a.shape,))
    return track(out, (x,), vjp, (a.shape,))


def reshape(x, /, shape, *, copy=None):
    """The elements in row-major order in another shape: a view where strides allow it.

    Args:
        x: tensor.
        shape: sizes, of which one may be -1.
        copy: True always copies, False raises rather than copy.

    Raises:
        ValueError: the number of elements differs, or `copy` is False and a copy is needed.
    """
    a = raw(x)
    out = _reshape(a, shape)
    if copy is not None and copy == _shares(out, a):
        if not copy:
            raise ValueError(f"reshape: strides {a.strides} need a copy to get shape {out.shape}")
        return track(_C.copy(out), (x,), _reshape_vjp, (a.shape,))
    return _shaped(out, x, _reshape_vjp)


def _reshape_vjp(gs, needs, shape):
    return (_reshape(gs[0], shape),)


def flatten(x, start_dim=0, end_dim=-1):
    """Axes `start_dim` to `end_dim` made one; a view where strides allow it."""
    return _shaped(_flatten(raw(x), start_dim, end_dim), x, _flatten_vjp)


def _flatten_vjp(gs, needs, shape):
    return (_reshape(gs[0], shape),)


def ravel(x):
    """All elements in row-major order along one axis; a view where strides allow it."""
    return _shaped(_reshape(raw(x), -1), x, _reshape_vjp)


def unflatten(x, dim, sizes):
    """One axis made several, of these sizes, of which one may be -1."""
    shape = as_array(x, "unflatten", "x").shape
    dim = _axis("unflatten", dim, len(shape))
    known = math.prod([size for size in sizes if size != -1])
    if shape[dim] % known if -1 in sizes and known else shape[dim] != known:
        raise ValueError(f"unflatten: axis {dim} has size {shape[dim]}, which {sizes} is not")
    return reshape(x, (*shape[:dim], *sizes, *shape[dim + 1 :]))


def _axis(op, axis, ndim):
    try:
        axis = operator.index(axis)
    except TypeError:
        raise TypeError(f"{op}: expected an int for 'dim', got {type(axis).__name__}") from None
    if not -ndim <= axis < ndim:
        raise IndexError(
            f"{op}: axis {axis} is out of range for a tensor of {ndim} dimension{'s' * (ndim != 1)}"
        )
    return axis % ndim


def squeeze(x, /, axis=None):
    """A view without axes of size 1.

    Args:
        x: tensor.
        axis: an axis or several, which must have size 1; None drops all that have.

    Raises:
        ValueError: an axis has another size.
    """
    a = raw(x)
    return track_view(_squeeze(a, axis), x, _squeeze_vjp, (a.shape,))


def _squeeze_vjp(gs, needs, shape):
    return (_reshape(gs[0], shape),)


def expand_dims(x, /, axis=0):
    """A view with new axes of size 1, at place `axis` (an int or several) of the result."""
    a = raw(x)
    return track_view(_expand_dims(a, axis), x, _expand_dims_vjp, (a.shape,))


def unsqueeze(x, dim):
    """A view with a new axis of size 1 at place `dim` of the result."""
    a = as_array(x, "unsqueeze", "x")
    if isinstance(dim, int) and not -a.ndim - 1 <= dim <= a.ndim:
        place = f"a new axis of a tensor of {a.ndim} dimensions"
        raise IndexError(f"unsqueeze: axis {dim} is out of range for {place}")
    _axis("unsqueeze", dim, a.ndim + 1)
    return track_view(_expand_dims(a, dim), x, _expand_dims_vjp, (a.shape,))


def _expand_dims_vjp(gs, needs, shape):
    return (_reshape(gs[0], shape),)


def permute_dims(x, /, axes):
    """A view with the axes in another order."""
    axes = tuple(axes)
    return track_view(_permute(raw(x), axes), x, _permute_dims_vjp, (axes,))


def _permute_dims_vjp(gs, needs, axes):
    inverse = [0] * len(axes)
    for i, axis in enumerate(axes):
        inverse[axis] = i
    return (_permute(gs[0], inverse),)


def permute(x, dims):
    """A view with the axes in another order."""
    return permute_dims(x, dims)


def transpose(x, dim0, dim1):
    """A view with two axes swapped."""
    return track_view(_transpose(raw(x), dim0, dim1), x, _transpose_vjp, (dim0, dim1))


def _transpose_vjp(gs, needs, dim0, dim1):
    return (_transpose(gs[0], dim0, dim1),)


swapaxes = swapdims = transpose


def matrix_transpose(x, /):
    """A view with the last two axes swapped."""
    return transpose(x, -2, -1)


def moveaxis(x, source, destination, /):
    """A view with axes moved to other places; the others keep their order.

    Args:
        x: tensor.
        source, destination: an axis each, or as many of both.
    """
    ndim = as_array(x, "moveaxis", "x").ndim
    source = (source,) if isinstance(source, int) else source
    destination = (destination,) if isinstance(destination, int) else destination
    source = [_axis("moveaxis", axis, ndim) for axis in source]
    destination = [_axis("moveaxis", axis, ndim) for axis in destination]
    if len(source) != len(destination) or len(set(source)) != len(source):
        raise ValueError(f"moveaxis: cannot move axes {source} to {destination}")
    order = [axis for axis in range(ndim) if axis not in source]
    for place, axis in sorted(zip(destination, source, strict=True)):
        order.insert(place, axis)
    return permute_dims(x, order)


def movedim(x, source, destination):
    """PyTorch's name of :func:`moveaxis`."""
    return moveaxis(x, source, destination)


def broadcast_to(x, /, shape):
    """A view in which axes of size 1, and missing ones, repeat.

    Raises:
        ValueError: the shape does not broadcast.
    """
    return track_view(_broadcast_to(raw(x), shape), x, _broadcast_to_vjp, ())


def _broadcast_to_vjp(gs, needs):
    return gs  # summed back by the walk


def broadcast_shapes(*shapes):
    """The shape that arrays of these shapes broadcast to."""
    tuples = [(shape,) if isinstance(shape, int) else tuple(shape) for shape in shapes]
    out = [1] * max(map(len, tuples), default=0)
    for shape in tuples:
        for i in range(1, len(shape) + 1):
            if shape[-i] != 1:
                if out[-i] not in (1, shape[-i]):
                    raise ValueError(f"broadcast_shapes: {tuples} do not broadcast together")
                out[-i] = shape[-i]
    return tuple(out)


def broadcast_arrays(*arrays):
    """Views of all arrays in the shape they broadcast to, as a tuple."""
    shapes = [as_array(x, "broadcast_arrays", "arrays").shape for x in arrays]
    shape = broadcast_shapes(*shapes)
    return tuple([broadcast_to(x, shape) for x in arrays])


def broadcast_tensors(*tensors):
    """PyTorch's name of :func:`broadcast_arrays`."""
    return broadcast_arrays(*tensors)


def atleast_1d(x):
    """`x`, or a 0-d tensor as one of 1 dimension."""
    return reshape(x, (1,)) if as_array(x, "atleast_1d", "x").ndim == 0 else x


def atleast_2d(x):
    """`x`, or one of fewer dimensions as a row of a matrix."""
    return reshape(x, (1, -1)) if as_array(x, "atleast_2d", "x").ndim < 2 else x


def narrow(x, dim, start, length):
    """A view of `length` positions of an axis from `start` on."""
    a = as_array(x, "narrow", "x")
    dim = _axis("narrow", dim, a.ndim)
    start += a.shape[dim] if start < 0 else 0
    return track_view(_slice(a, dim, start, length, 1), x, _narrow_vjp, (a.shape, dim, start))


def _narrow_vjp(gs, needs, shape, dim, start):
    return (_C.slice_backward(gs[0], shape, dim, start, 1),)


def flip(x, /, *, axis=None):
    """A view with the order of elements reversed along an axis, several, or (None) all."""
    a = as_array(x, "flip", "x")
    axes = tuple(range(a.ndim)) if axis is None else axis
    return track_view(_flip(a, axes), x, _flip_vjp, (axes,))


def _flip_vjp(gs, needs, axes):
    return (_flip(gs[0], axes),)


def fliplr(x):
    """:func:`flip` along axis 1."""
    return flip(x, axis=1)


def flipud(x):
    """:func:`flip` along axis 0."""
    return flip(x, axis=0)


def rot90(x, k=1, dims=(0, 1)):
    """A view turned by k quarter turns in the plane of two axes, from the first to the second."""
    first, second = dims
    k %= 4
    if k == 0:
        return x
    if k == 2:
        return flip(x, axis=(first, second))
    return flip(transpose(x, first, second), axis=first if k == 1 else second)


def contiguous(x):
    """The tensor itself where its elements are row-major without gaps, else a copy that is."""
    a = as_array(x, "contiguous", "x")
    return x if a.is_contiguous else track(_contiguous(a), (x,), _contiguous_vjp, ())


def _contiguous_vjp(gs, needs):
    return gs


def t(x, /):
    """A view of a matrix transposed; a vector or scalar as it is."""
    ndim = as_array(x, "t", "x").ndim
    if ndim > 2:
        raise ValueError(f"t: expected at most 2 dimensions, got {ndim}; use mT or transpose")
    return transpose(x, 0, 1) if ndim == 2 else x


# ---- methods -------------------------------------------------------------------------------------


def _reshape_method(x, *shape):
    """The elements in row-major order in another shape. See :func:`gemmule.reshape`."""
    return _shaped(_reshape(raw(x), _sizes(shape)), x, _reshape_vjp)


def _view_method(x, *shape):
    """:meth:`reshape` that raises rather than copy."""
    a = raw(x)
    out = _reshape(a, _sizes(shape))
    if not _shares(out, a):
        raise ValueError(
            f"view: no strides visit a tensor of shape {a.shape} and strides {a.strides} in order "
            f"as {out.shape}; use reshape"
        )
    return track_view(out, x, _reshape_vjp, (a.shape,))


def _reshape_as(x, other):
    """In the shape of another tensor."""
    return reshape(x, as_array(other, "reshape_as", "other").shape)


def _view_as(x, other):
    """In the shape of another tensor; raises rather than copy."""
    return _view_method(x, as_array(other, "view_as", "other").shape)


def _permute_method(x, *dims):
    """A view with the axes in another order."""
    return permute_dims(x, _sizes(dims))


def _squeeze_method(x, dim=None, *, axis=None):
    """A view without axes of size 1; PyTorch's: a given one of another size stays."""
    dim = one_axis("squeeze", dim, axis)
    if dim is None:
        return squeeze(x)
    shape = as_array(x, "squeeze", "x").shape
    dims = [_axis("squeeze", d, len(shape)) for d in ((dim,) if isinstance(dim, int) else dim)]
    return squeeze(x, [d for d in dims if shape[d] == 1])


def _expand_method(x, *sizes):
    """A view in which axes of size 1, and missing ones, repeat; -1 keeps a size."""
    shape = raw(x).shape
    sizes = tuple(_sizes(sizes))
    missing = len(sizes) - len(shape)
    if -1 in sizes[: max(0, missing)]:
        raise ValueError(f"expand: -1 stands for a new axis of {sizes}, which has no size yet")
    kept = [
        shape[i - missing] if size == -1 and i >= missing else size for i, size in enumerate(sizes)
    ]
    return broadcast_to(x, kept)


def _expand_as(x, other):
    """A view in the shape of another tensor, which it must broadcast to."""
    return broadcast_to(x, as_array(other, "expand_as", "other").shape)


def _flip_method(x, *dims, axis=None):
    """A view with the order of elements reversed along these axes."""
    return flip(x, axis=one_axis("flip", _sizes(dims) if dims else None, axis))


def _reversed_axes(x):
    """A view with the axes in reverse order."""
    ndim = raw(x).ndim
    return transpose(x, 0, 1) if ndim == 2 else permute_dims(x, range(ndim - 1, -1, -1))


def _nelement(x):
    """The number of elements; the same as ``numel()``."""
    return x._array.size


def _ndimension(x):
    """The number of axes; the same as ``dim()``."""
    return x._array.ndim


methods(
    {
        "nelement": _nelement,
        "ndimension": _ndimension,
        "reshape": _reshape_method,
        "reshape_as": _reshape_as,
        "view": _view_method,
        "view_as": _view_as,
        "flatten": flatten,
        "unflatten": unflatten,
        "ravel": ravel,
        "squeeze": _squeeze_method,
        "unsqueeze": unsqueeze,
        "expand": _expand_method,
        "expand_as": _expand_as,
        "broadcast_to": broadcast_to,
        "permute": _permute_method,
        "transpose": transpose,
        "swapaxes": transpose,
        "swapdims": transpose,
        "moveaxis": moveaxis,
        "movedim": movedim,
        "t": t,
        "T": property(_reversed_axes),
        "mT": property(matrix_transpose),
        "contiguous": contiguous,
        "narrow": narrow,
        "flip": _flip_method,
        "fliplr": fliplr,
        "flipud": flipud,
        "rot90": rot90,
    }
)
