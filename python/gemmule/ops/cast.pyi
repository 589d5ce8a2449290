# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple
from gemmule.autograd import track as track
from gemmule.dtypes import as_dtype as as_dtype
from gemmule.tensor import Tensor as Tensor
from gemmule.tensor import as_array as as_array
from gemmule.tensor import methods as methods
from gemmule.tensor import raw as raw
from gemmule.tensor import wrap as wrap

def astype(x: Any, dtype: Any, /, *, copy: Any = True, device: Any = None) -> Tensor: ...
