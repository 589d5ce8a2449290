# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple
from gemmule._C import DType as DType
from gemmule._C import DType as dtype

def as_dtype(value: Any) -> Any: ...
bfloat16: DType
bool: DType
def can_cast(from_: Any, to: Any, /) -> builtins.bool: ...
double: DType
def finfo(type: Any = ..., /) -> Any: ...
float: DType
float16: DType
float32: DType
float64: DType
half: DType
def iinfo(type: Any = ..., /) -> Any: ...
int: DType
int16: DType
int32: DType
int64: DType
int8: DType
def isdtype(dtype: Any, kind: Any) -> builtins.bool: ...
long: DType
def promote_types(type1: Any, type2: Any, /) -> Any: ...
def result_type(*arrays_and_dtypes: Any) -> Any: ...
short: DType
uint16: DType
uint32: DType
uint64: DType
uint8: DType

class FloatLimits(NamedTuple):
    bits: Any
    eps: Any
    max: Any
    min: Any
    smallest_normal: Any
    dtype: Any

class IntegerLimits(NamedTuple):
    bits: Any
    max: Any
    min: Any
    dtype: Any
