# Written by tools/stubs.py.
import builtins
from typing import Any
from gemmule.autograd import track as track
from gemmule.devices import check_device as check_device, move as move
from gemmule.dtypes import as_dtype as as_dtype
from gemmule.tensor import (
    Tensor as Tensor,
    as_array as as_array,
    methods as methods,
    raw as raw,
    wrap as wrap,
)

def astype(x: Tensor, dtype: Any, /, *, copy: builtins.bool = True, device: Any = None) -> Tensor: ...
def moved(x: Tensor, device: Any) -> Tensor: ...
