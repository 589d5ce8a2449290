# Written by tools/stubs.py.
import builtins
import collections.abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, overload
from typing_extensions import Self
from gemmule.tensor import Tensor as Tensor
from gemmule.tensor import methods as methods
from gemmule.tensor import raw as raw
from gemmule.tensor import wrap as wrap

def from_dlpack(x: Any, /, *, device: Any = None, copy: Any = None) -> Tensor: ...
