# Written by tools/stubs.py.
import builtins
import collections.abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, overload
from typing_extensions import Self
from gemmule.tensor import Tensor as Tensor, methods as methods, raw as raw, wrap as wrap

def from_dlpack(x: Any, /, *, device: Any = None, copy: Any = None) -> Tensor: ...
