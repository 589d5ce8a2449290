# Written by tools/stubs.py.
import builtins
import collections.abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, overload
from typing_extensions import Self

def check_sizes(layer: Any, **sizes: Any) -> Any: ...
def padding_of(padding: Any, dimensions: builtins.int) -> tuple[Any, ...]: ...
def per_dimension(value: Any, dimensions: builtins.int) -> tuple[Any, ...]: ...
