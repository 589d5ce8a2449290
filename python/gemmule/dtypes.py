"""The element types by name, and what is known of them."""

from gemmule import _C

__all__ = [
    "bfloat16",
    "bool",
    "double",
    "dtype",
    "float",
    "float16",
    "float32",
    "float64",
    "half",
    "int",
    "int8",
    "int16",
    "int32",
    "int64",
    "long",
    "short",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
]

_python_bool, _python_int, _python_float = bool, int, float

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
_of_python = {_python_bool: bool, _python_int: int64, _python_float: float32}


def as_dtype(value):
    """The dtype that `value` names: one of ours, NumPy's, Python's ``float``, or a string.

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
