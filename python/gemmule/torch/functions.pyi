# Written by tools/stubs.py.
from typing import Any
from gemmule.autograd import no_grad as _no_grad
inference_mode = _no_grad
from gemmule.ops.binary import sub as sub
from gemmule.ops.compare import (
  equal as _equal, greater as _greater, greater_equal as _greater_equal, less as _less,
  less_equal as _less_equal, not_equal as _not_equal
)
eq = _equal
gt = _greater
ge = _greater_equal
lt = _less
le = _less_equal
ne = _not_equal
from gemmule.ops.sort import topk as topk
from gemmule.tensor import Tensor

add: Any
all: Any
any: Any
argmax: Any
argmin: Any
argsort: Any
def concat(tensors: Any, dim: int = 0, *, out: Tensor | None = None) -> Tensor: ...
count_nonzero: Any
equal: Any
def flip(input: Tensor, dims: Any) -> Tensor: ...
def get_num_threads() -> int: ...
def is_floating_point(input: Tensor) -> bool: ...
def is_tensor(obj: Any) -> bool: ...
def linspace(start: Any, end: Any, steps: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor: ...
max: Any
mean: Any
def meshgrid(*tensors: Any, indexing: str = 'ij') -> tuple[Tensor, ...]: ...
min: Any
nonzero: Any
def numel(input: Tensor) -> int: ...
prod: Any
def roll(input: Tensor, shifts: Any, dims: Any = None) -> Tensor: ...
round: Any
def set_num_threads(threads: Any) -> None: ...
sort: Any
squeeze: Any
std: Any
sum: Any
def tile(input: Tensor, dims: Any) -> Tensor: ...
tril: Any
triu: Any
var: Any
def where(condition: Any, input: Any = None, other: Any = None, *, out: Tensor | None = None) -> Any: ...
concatenate = concat
