# Written by tools/stubs.py.
import builtins
import collections.abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, overload
from typing_extensions import Self
from gemmule._C import Array as Array
from gemmule.tensor import Tensor as Tensor
from gemmule.tensor import no_tensor as no_tensor
from gemmule.tensor import raw as raw
from gemmule.tensor import wrap as wrap

def borrow(name: Any, function: Any, *arguments: Any) -> Tensor: ...
def borrow_all(name: Any, function: Any, *arguments: Any) -> tuple[Tensor, ...]: ...
def own(ndarray: Any) -> Array: ...
def view(x: Tensor, op: Any, name: builtins.str = 'x') -> Any: ...
