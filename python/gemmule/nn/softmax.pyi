# Written by tools/stubs.py.
import builtins
import collections.abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, overload
from typing_extensions import Self
from gemmule.nn.module import Module as Module
from gemmule.ops.create import arange as arange
from gemmule.ops.random import rand_like as rand_like
from gemmule.ops.softmax import log_softmax as log_softmax, softmax as softmax
from gemmule.tensor import Tensor as Tensor

def gumbel_softmax(logits: Any, tau: Any = 1, hard: builtins.bool = False, eps: builtins.float = 1e-10, dim: builtins.int = -1) -> Tensor: ...
def softmin(input: Tensor, dim: Any = None, dtype: Any = None) -> Tensor: ...

class Softmax(Module):
    def __init__(self, dim: Any = None) -> None: ...
    def extra_repr(self) -> builtins.str: ...
    def forward(self, input: Tensor) -> Tensor: ...
    dim: Any

class Softmax2d(Module):
    def forward(self, input: Tensor) -> Tensor: ...

class LogSoftmax(Softmax): ...

class Softmin(Softmax): ...
