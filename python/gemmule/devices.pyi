# Written by tools/stubs.py.
import builtins
import collections.abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, overload
from typing_extensions import Self

def check_device(op: Any, device: Any) -> Any: ...
def filled_like(array: Any, value: Any) -> Any: ...
def move(array: Any, device: Any) -> Any: ...
