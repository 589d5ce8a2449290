# Written by tools/stubs.py.
import builtins
from typing import Any, NamedTuple, overload
from gemmule.autograd import track_many as track_many
from gemmule.errors import one_axis as one_axis
from gemmule.ops.host import own as own, view as view
from gemmule.tensor import (
    Tensor as Tensor,
    check_tensor as check_tensor,
    methods as methods,
    raw as raw,
    wrap as wrap,
)

LAST: Any
def argsort(x: Tensor, /, *, axis: builtins.int = -1, descending: builtins.bool = False, stable: builtins.bool = True) -> Tensor: ...
def bincount(input: Tensor, weights: Any = None, minlength: builtins.int = 0) -> Tensor: ...
def isin(x1: Any, x2: Any, /, *, assume_unique: builtins.bool = False, invert: builtins.bool = False) -> Tensor: ...
def kthvalue(input: Tensor, k: Any, dim: builtins.int = -1, keepdim: builtins.bool = False) -> SortResult: ...
@overload
def median(input: Tensor, dim: None = None, keepdim: builtins.bool = False) -> Tensor: ...
@overload
def median(input: Tensor, dim: builtins.int, keepdim: builtins.bool = False) -> SortResult: ...
def msort(input: Tensor) -> Tensor: ...
def searchsorted(x1: Any, x2: Any, /, *, side: builtins.str = 'left', sorter: Any = None, right: builtins.bool = False) -> Tensor: ...
def sort(x: Tensor, /, *, axis: builtins.int = -1, descending: builtins.bool = False, stable: builtins.bool = True) -> Tensor: ...
def topk(input: Tensor, k: Any, dim: builtins.int = -1, largest: builtins.bool = True, sorted: builtins.bool = True) -> SortResult: ...
def unique(input: Tensor, sorted: builtins.bool = True, return_inverse: builtins.bool = False, return_counts: builtins.bool = False, dim: Any = None) -> Any: ...
def unique_all(x: Tensor, /) -> UniqueAll: ...
def unique_counts(x: Tensor, /) -> UniqueCounts: ...
def unique_inverse(x: Tensor, /) -> UniqueInverse: ...
def unique_values(x: Tensor, /) -> Tensor: ...

class SortResult(NamedTuple):
    values: Tensor
    indices: Tensor

class UniqueAll(NamedTuple):
    values: Tensor
    indices: Tensor
    inverse_indices: Tensor
    counts: Tensor

class UniqueCounts(NamedTuple):
    values: Tensor
    counts: Tensor

class UniqueInverse(NamedTuple):
    values: Tensor
    inverse_indices: Tensor
