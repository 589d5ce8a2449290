# Written by tools/stubs.py.
import builtins
from typing import Any, NamedTuple
from gemmule._C import DType, DType as _DType
dtype = _DType

def as_dtype(value: Any) -> DType: ...
bfloat16: DType
bool: DType
def can_cast(from_: Any, to: Any, /) -> builtins.bool: ...
double: DType
def finfo(type: Any = ..., /) -> FloatLimits: ...
float: DType
float16: DType
float32: DType
float64: DType
half: DType
def iinfo(type: Any = ..., /) -> IntegerLimits: ...
int: DType
int16: DType
int32: DType
int64: DType
int8: DType
def isdtype(dtype: Any, kind: Any) -> builtins.bool: ...
long: DType
def promote_types(type1: Any, type2: Any, /) -> DType: ...
def result_type(*arrays_and_dtypes: Any) -> DType: ...
short: DType
uint16: DType
uint32: DType
uint64: DType
uint8: DType

class FloatLimits(NamedTuple):
    bits: builtins.int
    eps: builtins.float
    max: builtins.float
    min: builtins.float
    smallest_normal: builtins.float
    dtype: DType
    @property
    def tiny(self) -> builtins.float: ...

class IntegerLimits(NamedTuple):
    bits: builtins.int
    max: builtins.int
    min: builtins.int
    dtype: DType
