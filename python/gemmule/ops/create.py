"""Tensors from data and from scratch."""

import numpy

from gemmule import _C
from gemmule.dtypes import as_dtype
from gemmule.tensor import Tensor, wrap

__all__ = ["asarray", "from_numpy", "ones", "tensor", "zeros"]

_full = _C.full
_float32 = _C.float32


def _check_device(op, device):
    if device is not None and str(device) != "cpu":
        raise ValueError(f"{op}: device 'cpu' is the only one of this build, got {str(device)!r}")


def _finish(array, requires_grad):
    result = wrap(array)
    return result.requires_grad_() if requires_grad else result


def _strong_float64(obj):
    """Whether nested lists hold a float64 that is not a plain Python float."""
    if isinstance(obj, (list, tuple)):
        return any([_strong_float64(item) for item in obj])
    return isinstance(obj, (numpy.ndarray, numpy.generic)) and obj.dtype == numpy.float64


def _plain(obj):
    """Nested lists with ndarrays in place of Tensors."""
    if isinstance(obj, Tensor):
        return obj.detach().numpy()
    if isinstance(obj, (list, tuple)):
        return [_plain(item) for item in obj]
    return obj


def _to_array(obj):
    """(Array, whether nobody else has its memory) of whatever holds numbers."""
    if isinstance(obj, Tensor):
        return obj._array, False
    if isinstance(obj, (bool, int, float)) and not isinstance(obj, numpy.generic):
        return _full((), obj), True
    if isinstance(obj, numpy.ndarray):
        return _C.from_buffer(obj), False
    if isinstance(obj, (list, tuple)):
        obj = _plain(obj)
        ndarray = numpy.asarray(obj)
        array = _C.from_buffer(ndarray)
        if ndarray.dtype == numpy.float64 and not _strong_float64(obj):
            return _C.astype(array, _float32), True
        return array, True
    return _C.from_buffer(numpy.asarray(obj)), False


def tensor(data, *, dtype=None, device=None, requires_grad=False):
    """A Tensor with a copy of `data`.

    Args:
        data: a Tensor, an ndarray, a number, or nested sequences of these.
        dtype: element type; None keeps that of arrays, and makes Python floats float32 and
            Python ints int64.
        device: ``"cpu"`` or None.
        requires_grad: whether backward shall compute a gradient for it.

    Example:
        >>> gemmule.tensor([[1.0, 2.0], [3.0, 4.0]]).shape
        (2, 2)
    """
    _check_device("tensor", device)
    array, fresh = _to_array(data)
    if dtype is not None and as_dtype(dtype) is not array.dtype:
        array = _C.astype(array, as_dtype(dtype))
    elif not fresh or array.is_shared:
        array = _C.copy(array)
    return _finish(array, requires_grad)


def asarray(obj, /, *, dtype=None, device=None, copy=None):
    """A Tensor of `obj`'s data, sharing memory where it can.

    Args:
        obj: a Tensor, an object with the buffer protocol, a number or nested sequences of numbers.
        dtype: element type; None keeps that of the data (float32 and int64 for Python numbers).
        device: ``"cpu"`` or None.
        copy: True always copies, False raises rather than copy, None copies where it must.

    Raises:
        ValueError: `copy` is False and a copy is needed.
    """
    _check_device("asarray", device)
    array, fresh = _to_array(obj)
    to = array.dtype if dtype is None else as_dtype(dtype)
    if copy is False and (fresh or to is not array.dtype):
        raise ValueError("asarray: this data cannot be shared without a copy")
    if to is not array.dtype:
        array = _C.astype(array, to)
    elif copy and not fresh:
        array = _C.copy(array)
    elif isinstance(obj, Tensor):
        return obj
    return wrap(array)


def from_numpy(ndarray, /):
    """A Tensor that shares an ndarray's memory."""
    return asarray(ndarray, copy=False)


def _sizes(sizes):
    """A shape given as one sequence or as one int each."""
    return sizes[0] if len(sizes) == 1 and not isinstance(sizes[0], int) else sizes


def zeros(*shape, dtype=None, device=None, requires_grad=False):
    """A Tensor of zeros, float32 unless `dtype` says otherwise."""
    _check_device("zeros", device)
    dtype = _float32 if dtype is None else as_dtype(dtype)
    return _finish(_full(_sizes(shape), 0, dtype), requires_grad)


def ones(*shape, dtype=None, device=None, requires_grad=False):
    """A Tensor of ones, float32 unless `dtype` says otherwise."""
    _check_device("ones", device)
    dtype = _float32 if dtype is None else as_dtype(dtype)
    return _finish(_full(_sizes(shape), 1, dtype), requires_grad)
