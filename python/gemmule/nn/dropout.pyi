# Written by tools/stubs.py.
import builtins
import collections.abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, overload
from typing_extensions import Self
from gemmule.nn import functional as F
from gemmule.nn.module import Module as Module
from gemmule.tensor import Tensor as Tensor

class Dropout(Module):
    def __init__(self, p: builtins.float = 0.5, inplace: builtins.bool = False) -> None: ...
    def extra_repr(self) -> builtins.str: ...
    def forward(self, input: Tensor) -> Tensor: ...
    p: builtins.float
    inplace: builtins.bool

class AlphaDropout(Dropout): ...

class Dropout1d(Dropout): ...

class Dropout2d(Dropout): ...

class FeatureAlphaDropout(Dropout): ...
