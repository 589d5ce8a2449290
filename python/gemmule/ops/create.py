"""Tensors from data and from scratch."""

import numpy

from gemmule import _C
from gemmule.tensor import Tensor, raw, wrap

__all__ = ["asarray"]


def asarray(obj, /, *, dtype=None, copy=None):
    """A Tensor of `obj`'s data, sharing memory where it can.

    Args:
        obj: a Tensor, an object with the buffer protocol, a number or nested sequences of numbers.
        dtype: element type; None keeps that of the data (float32 and int64 for Python numbers).
        copy: True always copies, False raises rather than copy, None copies where it must.
    """
    if isinstance(obj, Tensor):
        array = obj._array
    elif isinstance(obj, numpy.ndarray):
        array = _C.from_buffer(obj)
    else:
        array = _C.from_buffer(numpy.asarray(obj))
    return wrap(array)
