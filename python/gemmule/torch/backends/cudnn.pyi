# Written by tools/stubs.py.
import builtins
import collections.abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, overload
from typing_extensions import Self

allow_tf32: Any
benchmark: Any
deterministic: Any
enabled: Any
def is_available() -> builtins.bool: ...
