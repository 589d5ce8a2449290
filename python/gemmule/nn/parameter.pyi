# Written by tools/stubs.py.
import builtins
import collections.abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, overload
from typing_extensions import Self
from gemmule.ops.create import asarray as asarray
from gemmule.ops.create import empty as empty
from gemmule.tensor import Tensor as Tensor
from gemmule.tensor import wrap as wrap

def new_parameter(shape: Any, device: Any = None, dtype: Any = None) -> Parameter: ...

class Parameter(Tensor):
    def __deepcopy__(self, memo: Any) -> Self: ...
    def __init__(self, data: Any = None, requires_grad: builtins.bool = True) -> None: ...
    def __reduce__(self) -> tuple[Any, ...]: ...
    def __repr__(self) -> builtins.str: ...

class UninitializedParameter(Parameter):
    def __repr__(self) -> builtins.str: ...
