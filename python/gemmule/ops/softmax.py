"""Softmax along one axis, and its logarithm."""

from gemmule import _C
from gemmule.autograd import track
from gemmule.dtypes import as_dtype
from gemmule.errors import one_axis
from gemmule.ops.binary import multiply
from gemmule.tensor import methods, raw

__all__ = ["log_softmax", "softmax", "softmin"]

_softmax, _log_softmax = _C.softmax, _C.log_softmax
_softmax_backward, _log_softmax_backward = _C.softmax_backward, _C.log_softmax_backward


def _arguments(name, dim, axis, dtype):
    """(axis, dtype), checked."""
    axis = one_axis(name, dim, axis)
    if axis is None:
        raise TypeError(f"{name}: expected dim, the axis to go along, as in {name}(x, dim=-1)")
    return axis, None if dtype is None else as_dtype(dtype)


def softmax(input, dim=None, dtype=None, *, axis=None):
    """e^x / Σ e^x along an axis: positive numbers that add up to one.

    Args:
        input: floating-point tensor of any shape. Entries of -inf get 0; a row of them alone NaN.
        dim (axis): int, the axis to add along.
        dtype: the input is cast to it first.

    Raises:
        IndexError: the axis is out of range.
        TypeError: there is no axis, or the dtype is not a floating-point one.

    Example:
        >>> gemmule.softmax(gemmule.tensor([0.0, 0.0]), 0)
        tensor([0.5, 0.5])
    """
    axis, dtype = _arguments("softmax", dim, axis, dtype)
    y = _softmax(raw(input), axis, dtype)
    return track(y, (input,), _softmax_vjp, (y, axis))


def _softmax_vjp(gs, needs, y, axis):
    # dx_i = y_i (g_i - Σ_j g_j y_j)
    return (_softmax_backward(gs[0], y, axis),)


def log_softmax(input, dim=None, dtype=None, *, axis=None):
    """x - log Σ e^x along an axis: log(softmax(x)), exact where that would round to zero.

    See :func:`softmax`.
    """
    axis, dtype = _arguments("log_softmax", dim, axis, dtype)
    y = _log_softmax(raw(input), axis, dtype)
    return track(y, (input,), _log_softmax_vjp, (y, axis))


def _log_softmax_vjp(gs, needs, y, axis):
    # dx_i = g_i - e^(y_i) Σ_j g_j
    return (_log_softmax_backward(gs[0], y, axis),)


def softmin(input, dim=None, dtype=None, *, axis=None):
    """softmax(-x). See :func:`softmax`."""
    axis, dtype = _arguments("softmin", dim, axis, dtype)
    return softmax(multiply(input, -1), axis, dtype)


methods(
    {
        "softmax": softmax,
        "log_softmax": log_softmax,
    }
)
