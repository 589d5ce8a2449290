# Written by tools/stubs.py.
import builtins
import collections.abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, overload
from typing_extensions import Self
from gemmule.devices import check_device as check_device
from gemmule.dtypes import as_dtype as as_dtype
from gemmule.ops.shape_join import roll as roll
from gemmule.tensor import Tensor as Tensor, check_tensor as check_tensor

def fftfreq(n: Any, /, *, d: builtins.float = 1.0, dtype: Any = None, device: Any = None) -> Tensor: ...
def fftshift(x: Tensor, /, *, axes: Any = None) -> Tensor: ...
def ifftshift(x: Tensor, /, *, axes: Any = None) -> Tensor: ...
def rfftfreq(n: Any, /, *, d: builtins.float = 1.0, dtype: Any = None, device: Any = None) -> Tensor: ...
