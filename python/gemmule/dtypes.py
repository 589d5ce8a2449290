"""The element types by name, and what is known of them."""

import builtins
from typing import NamedTuple

from gemmule import _C

__all__ = [
    "bfloat16",
    "bool",
    "can_cast",
    "double",
    "dtype",
    "finfo",
    "float",
    "float16",
    "float32",
    "float64",
    "half",
    "iinfo",
    "int",
    "int8",
    "int16",
    "int32",
    "int64",
    "isdtype",
    "long",
    "promote_types",
    "result_type",
    "short",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
]

dtype = _C.DType
bool = _C.bool_
uint8, uint16, uint32, uint64 = _C.uint8, _C.uint16, _C.uint32, _C.uint64
int8, int16, int32, int64 = _C.int8, _C.int16, _C.int32, _C.int64
float16, bfloat16, float32, float64 = _C.float16, _C.bfloat16, _C.float32, _C.float64
# PyTorch's other names.
half, float, double = float16, float32, float64
short, int, long = int16, int32, int64

_by_name = {
    d.name: d
    for d in (
        *(bool, uint8, uint16, uint32, uint64, int8, int16, int32, int64),
        *(float16, bfloat16, float32, float64),
    )
}
_of_python = {builtins.bool: bool, builtins.int: int64, builtins.float: float64}


def as_dtype(value):
    """The dtype that `value` names: one of ours, NumPy's, Python's, or a string.

    Python's ``float`` stands for float64, as for NumPy and PyTorch.

    Raises:
        TypeError: there is no such dtype.
    """
    if type(value) is dtype:
        return value
    if value in _of_python:
        return _of_python[value]
    name = value if isinstance(value, str) else None
    if name is None:
        import numpy

        try:
            name = numpy.dtype(value).name
        except TypeError:
            name = repr(value)
    if name not in _by_name:
        raise TypeError(f"dtype: expected a gemmule dtype such as gemmule.float32, got {value!r}")
    return _by_name[name]


def promote_types(type1, type2, /):
    """The dtype in which two dtypes meet, by the array API's table."""
    return _C.promote_types(as_dtype(type1), as_dtype(type2))


def result_type(*arrays_and_dtypes):
    """The dtype of an operation on these tensors, dtypes and Python numbers.

    A Python number takes on the dtype of the others where its kind allows it.
    """
    from gemmule.tensor import Tensor

    strong, numbers = [], []
    for item in arrays_and_dtypes:
        if isinstance(item, (builtins.bool, builtins.int, builtins.float)):
            numbers.append(type(item))
        else:
            strong.append(item.dtype if isinstance(item, Tensor) else as_dtype(item))
    if not strong and not numbers:
        raise ValueError("result_type: at least one tensor, dtype or number is needed")
    result = strong[0] if strong else bool
    for other in strong[1:]:
        result = _C.promote_types(result, other)
    for number in numbers:
        if number is builtins.float and not result.is_floating_point:
            result = float32
        elif number is builtins.int and result is bool:
            result = int64
    return result


def can_cast(from_, to, /):
    """Whether promotion would turn the first dtype (or that of a tensor) into the second."""
    from_ = as_dtype(getattr(from_, "dtype", from_))
    return _C.promote_types(from_, as_dtype(to)) is as_dtype(to)


_kinds: dict = {
    "bool": lambda d: d is bool,
    "signed integer": lambda d: d.is_integer and d.is_signed,
    "unsigned integer": lambda d: d.is_integer and not d.is_signed,
    "integral": lambda d: d.is_integer,
    "real floating": lambda d: d.is_floating_point,
    "complex floating": lambda d: False,
    "numeric": lambda d: d is not bool,
}


def isdtype(dtype, kind):
    """Whether a dtype is another, or of a kind such as ``"integral"``, or of one of a tuple."""
    if isinstance(kind, tuple):
        return any([isdtype(dtype, one) for one in kind])
    if isinstance(kind, str):
        if kind not in _kinds:
            raise ValueError(f"isdtype: kind must be one of {sorted(_kinds)}, got {kind!r}")
        return builtins.bool(_kinds[kind](as_dtype(dtype)))
    return as_dtype(dtype) is as_dtype(kind)


class FloatLimits(NamedTuple):
    """What :func:`finfo` gives."""

    bits: builtins.int
    eps: builtins.float
    max: builtins.float
    min: builtins.float
    smallest_normal: builtins.float
    dtype: dtype

    @property
    def tiny(self):
        """PyTorch's and NumPy's name of `smallest_normal`."""
        return self.smallest_normal


class IntegerLimits(NamedTuple):
    """What :func:`iinfo` gives."""

    bits: builtins.int
    max: builtins.int
    min: builtins.int
    dtype: dtype


# Exponent and fraction bits.
_float_bits = {float16: (5, 10), bfloat16: (8, 7), float32: (8, 23), float64: (11, 52)}


def finfo(type=float32, /):
    """The limits of a floating-point dtype, or that of a tensor."""
    d = as_dtype(getattr(type, "dtype", type))
    if d not in _float_bits:
        raise TypeError(f"finfo: expected a floating-point dtype, got {d.name}")
    exponent, fraction = _float_bits[d]
    top = 2 ** (exponent - 1) - 1
    largest = (2.0 - 2.0**-fraction) * 2.0**top
    return FloatLimits(8 * d.itemsize, 2.0**-fraction, largest, -largest, 2.0 ** (1 - top), d)


def iinfo(type=int64, /):
    """The limits of an integer dtype, or that of a tensor."""
    d = as_dtype(getattr(type, "dtype", type))
    if not d.is_integer:
        raise TypeError(f"iinfo: expected an integer dtype, got {d.name}")
    bits = 8 * d.itemsize
    low = -(1 << (bits - 1)) if d.is_signed else 0
    return IntegerLimits(bits, low + (1 << bits) - 1, low, d)
