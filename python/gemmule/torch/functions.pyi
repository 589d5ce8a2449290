# Written by tools/stubs.py.
import builtins
from typing import Any
from gemmule.autograd import no_grad as inference_mode, no_grad as no_grad
from gemmule.ops import compare as compare, create as create, shape_join as shape_join
from gemmule.ops.binary import sub as sub
from gemmule.ops.compare import (
    equal as eq,
    greater as gt,
    greater_equal as ge,
    less as lt,
    less_equal as le,
    not_equal as ne,
)
from gemmule.ops.sort import topk as topk
from gemmule.tensor import Tensor as Tensor, as_array as as_array, check_tensor as check_tensor

add: Any
all: Any
any: Any
argmax: Any
argmin: Any
argsort: Any
def concat(tensors: Any, dim: builtins.int = 0, *, out: Tensor | None = None) -> Tensor: ...
count_nonzero: Any
equal: Any
def flip(input: Tensor, dims: Any) -> Tensor: ...
def get_num_threads() -> builtins.int: ...
def is_floating_point(input: Tensor) -> builtins.bool: ...
def is_tensor(obj: Any) -> builtins.bool: ...
def linspace(start: Any, end: Any, steps: Any, *, dtype: Any = None, device: Any = None, requires_grad: builtins.bool = False) -> Tensor: ...
max: Any
mean: Any
def meshgrid(*tensors: Any, indexing: builtins.str = 'ij') -> tuple[Tensor, ...]: ...
min: Any
nonzero: Any
def numel(input: Tensor) -> builtins.int: ...
prod: Any
def roll(input: Tensor, shifts: Any, dims: Any = None) -> Tensor: ...
round: Any
def set_num_threads(threads: Any) -> None: ...
sort: Any
squeeze: Any
std: Any
sum: Any
def tile(input: Tensor, dims: Any) -> Tensor: ...
trace: Any
tril: Any
triu: Any
var: Any
def where(condition: Any, input: Any = None, other: Any = None, *, out: Tensor | None = None) -> Any: ...
concatenate = concat
