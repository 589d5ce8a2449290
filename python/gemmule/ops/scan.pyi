# Written by tools/stubs.py.
import builtins
from typing import Any, NamedTuple
from gemmule.autograd import track as track, track_many as track_many
from gemmule.dtypes import as_dtype as as_dtype
from gemmule.errors import one_axis as one_axis
from gemmule.ops.out import moved as moved
from gemmule.ops.shape_join import concat as concat
from gemmule.tensor import (
    Tensor as Tensor,
    check_tensor as check_tensor,
    methods as methods,
    raw as raw,
    wrap as wrap,
)

LAST: Any
def cummax(input: Tensor, dim: Any = None, *, axis: Any = None) -> _Cummax: ...
def cummin(input: Tensor, dim: Any = None, *, axis: Any = None) -> _Cummin: ...
def cumprod(input: Tensor, dim: Any = None, *, dtype: Any = None, axis: Any = None, out: Tensor | None = None) -> Tensor: ...
def cumsum(input: Tensor, dim: Any = None, *, dtype: Any = None, axis: Any = None, out: Tensor | None = None) -> Tensor: ...
def cumulative_prod(x: Tensor, /, *, axis: Any = None, dtype: Any = None, include_initial: builtins.bool = False) -> Tensor: ...
def cumulative_sum(x: Tensor, /, *, axis: Any = None, dtype: Any = None, include_initial: builtins.bool = False) -> Tensor: ...
def diff(input: Tensor, n: builtins.int = 1, dim: builtins.int = -1, prepend: Any = None, append: Any = None, *, axis: Any = None) -> Tensor: ...

class _Cummax(NamedTuple):
    values: Tensor
    indices: Tensor

class _Cummin(NamedTuple):
    values: Tensor
    indices: Tensor
