"""Views in another shape, and arrays put together or taken apart."""

from gemmule import _C
from gemmule.autograd import track, track_view
from gemmule.tensor import methods, raw, wrap

__all__ = ["broadcast_to", "permute", "permute_dims", "reshape", "swapaxes", "transpose"]

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


methods(
    reshape=_reshape_method,
    view=_view_method,
    permute=_permute_method,
    transpose=transpose,
    swapaxes=swapaxes,
    T=property(_reversed_axes, doc="The tensor with its axes in reverse order."),
    mT=property(_matrix_transposed, doc="The tensor with its last two axes swapped."),
)
