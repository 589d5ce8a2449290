# Written by tools/stubs.py.
import builtins
import collections.abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, overload
from typing_extensions import Self
from gemmule.autograd import backward as backward
from gemmule.tensor import methods as methods

class HookHandle:
    def __init__(self, hooks: Any, entry: Any) -> None: ...
    def remove(self) -> None: ...

class _Hook:
    def __call__(self, gradient: Any) -> Any: ...
    def __init__(self, function: Any) -> None: ...

class _Retain:
    def __call__(self, gradient: Any) -> Any: ...
    def __init__(self, tensor: Any) -> None: ...
