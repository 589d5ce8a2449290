# Written by tools/stubs.py.
import builtins
import collections.abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, overload
from typing_extensions import Self
from gemmule.nn.module import Module as Module
from gemmule.tensor import Tensor as Tensor

class Flatten(Module):
    def __init__(self, start_dim: builtins.int = 1, end_dim: builtins.int = -1) -> None: ...
    def extra_repr(self) -> builtins.str: ...
    def forward(self, input: Tensor) -> Tensor: ...
    start_dim: builtins.int
    end_dim: builtins.int

class Unflatten(Module):
    def __init__(self, dim: Any, unflattened_size: Any) -> None: ...
    def extra_repr(self) -> builtins.str: ...
    def forward(self, input: Tensor) -> Tensor: ...
    dim: Any
    unflattened_size: Any
