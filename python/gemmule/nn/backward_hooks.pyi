# Written by tools/stubs.py.
import builtins
import collections.abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, overload
from typing_extensions import Self
from gemmule._C import Array as Array
from gemmule.autograd import is_grad_enabled as is_grad_enabled, track_many as track_many
from gemmule.nn.module import Module as Module
from gemmule.tensor import Tensor as Tensor, wrap as wrap

class BackwardHooks:
    def __init__(self, module: Module) -> None: ...
    def enter(self, args: Any) -> Any: ...
    def inputs_known(self, gradients: Any, places: Any) -> Sequence[Array | None]: ...
    def leave(self, result: Any) -> Any: ...
    def outputs_known(self, gradients: Any, places: Any) -> Sequence[Array | None]: ...
