"""16-bit floats where kernels take float32 and float64 only; autocast.

A decorated operation that is given float16 or bfloat16 computes in float32, on converted operands,
and gives its result in their dtype again; gradients are converted on their way back. Under
:class:`autocast` products take their float32 operands rounded to 16 bits, so that float32 master
weights can be trained beside 16-bit activations.
"""

import functools
import threading

from gemmule import _C
from gemmule.dtypes import as_dtype
from gemmule.ops.cast import _cast
from gemmule.tensor import Tensor, raw

__all__ = ["autocast", "is_autocast_enabled"]

_float32 = _C.float32
_HALVES = (_C.float16, _C.bfloat16)
_local = threading.local()
_open = 0  # contexts open in any thread: while there are none, nobody asks further


class autocast:
    """In this block (or decorated function), in this thread: matrix products, convolutions and
    attention round float32 operands to 16 bits, sum in float32, and give 16-bit results.

    Norms and pooling compute in float32 and give the dtype of their input, losses give float32.
    LSTM, GRU and RNN stay in the dtype that they are given: wrap what is around them. Parameters
    stay float32 and so do their gradients: they are the master weights that small steps need.

    Args:
        device_type: ``"cpu"``.
        dtype: ``gemmule.bfloat16`` or ``gemmule.float16``.
        enabled: False turns an outer autocast off.

    Example:
        >>> layer = gemmule.nn.Linear(2, 3)
        >>> with gemmule.autocast(dtype=gemmule.bfloat16):
        ...     layer(gemmule.ones(1, 2)).dtype
        gemmule.bfloat16
    """

    def __init__(self, device_type="cpu", dtype=_C.bfloat16, enabled=True):
        if device_type != "cpu":
            raise ValueError(f"autocast: device_type must be 'cpu', got {device_type!r}")
        if as_dtype(dtype) not in _HALVES:
            raise ValueError(f"autocast: dtype must be bfloat16 or float16, got {dtype}")
        self._dtype = as_dtype(dtype) if enabled else None
        self._before: list = []

    def __enter__(self):
        global _open
        self._before.append(getattr(_local, "dtype", None))
        _local.dtype = self._dtype
        _open += 1
        _C.hold_shortcuts(1)
        return self

    def __exit__(self, *exc):
        global _open
        _local.dtype = self._before.pop()
        _open -= 1
        _C.hold_shortcuts(-1)

    def __call__(self, function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            with self:
                return function(*args, **kwargs)

        return wrapper  # type: ignore[return-value]  # with the function's signature


def is_autocast_enabled():
    """Whether this thread is inside :class:`autocast`."""
    return lower_dtype() is not None


def lower_dtype():
    """The dtype of this thread's autocast, or None."""
    return getattr(_local, "dtype", None) if _open else None


# ---- operations ----------------------------------------------------------------------------------


def _first_float(items):
    """The dtype of the first floating-point Tensor, in nested lists too; None without one."""
    for item in items:
        if isinstance(item, Tensor):
            dtype = raw(item).dtype
            if dtype.is_floating_point:
                return dtype
        elif isinstance(item, (list, tuple)):
            dtype = _first_float(item)
            if dtype is not None:
                return dtype
    return None


def _in_float32(value, rounded, copies):
    """`value` with 16-bit Tensors in float32, and float32 ones rounded to dtype `rounded` first."""
    if isinstance(value, Tensor):
        dtype = raw(value).dtype
        if dtype in _HALVES:
            out = _cast(value, _float32, False)
            if not value._tracked:
                copies.append((value, out, _C.version(raw(out))))
            return out
        if rounded is not None and dtype is _float32:
            return _cast(_cast(value, rounded, False), _float32, False)
        return value
    if isinstance(value, (list, tuple)):
        items = [_in_float32(item, rounded, copies) for item in value]
        return items if isinstance(value, list) else tuple(items)
    return value


def _in_dtype(value, dtype):
    """The results of an operation with float32 Tensors in another dtype."""
    if isinstance(value, Tensor):
        return _cast(value, dtype, False) if raw(value).dtype is _float32 else value
    if isinstance(value, (list, tuple)):
        items = [_in_dtype(item, dtype) for item in value]
        return type(value)._make(items) if hasattr(value, "_make") else type(value)(items)
    return value


def _through_float32(function, dtype, rounded, args, kwargs):
    copies: list = []
    args = [_in_float32(value, rounded, copies) for value in args]
    kwargs = {name: _in_float32(value, rounded, copies) for name, value in kwargs.items()}
    result = function(*args, **kwargs)
    for original, copy, version in copies:
        if _C.version(raw(copy)) != version:  # running statistics, or inplace=True
            _C.copy_into(raw(original), raw(copy))
    return result if dtype is None else _in_dtype(result, dtype)


def _mixed(items, dtype):
    """Whether there are floating-point Tensors of other dtypes, which operations refuse by name."""
    for item in items:
        if isinstance(item, Tensor):
            other = raw(item).dtype
            if other is not dtype and other.is_floating_point:
                return True
        elif isinstance(item, (list, tuple)) and _mixed(item, dtype):
            return True
    return False


def halves(function):
    """Let an operation of float32 kernels take 16-bit floats, all of one dtype."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        dtype = _first_float(args)
        lower = lower_dtype() is not None
        if dtype not in _HALVES:
            if not lower or not _mixed((args, tuple(kwargs.values())), dtype):
                return function(*args, **kwargs)
        elif not lower and _mixed((args, tuple(kwargs.values())), dtype):
            return function(*args, **kwargs)
        return _through_float32(function, dtype, None, args, kwargs)

    return wrapper  # type: ignore[return-value]  # with the function's signature


def lowered(function):
    """:func:`halves`, and under autocast float32 operands rounded to its dtype as well."""
    plain = halves(function)

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        lower = lower_dtype()
        if lower is None or _first_float(args) not in (_float32, *_HALVES):
            return plain(*args, **kwargs)
        return _through_float32(function, lower, lower, args, kwargs)

    return wrapper  # type: ignore[return-value]  # with the function's signature


def raised(function):
    """Under autocast, 16-bit floats as float32, and so the result: losses."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        if lower_dtype() is None:
            return function(*args, **kwargs)
        return _through_float32(function, None, None, args, kwargs)

    return wrapper  # type: ignore[return-value]  # with the function's signature
