# Written by tools/stubs.py.
import builtins
import collections.abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, overload
from typing_extensions import Self

def ahead(iterator: Any, depth: Any, timeout: Any = 0, worker_init_fn: Any = None) -> Iterator[Any]: ...
def made_ahead(make: Any, keys: Any, workers: Any, depth: Any, timeout: Any = 0, worker_init_fn: Any = None) -> collections.abc.Generator[Any, None, None]: ...
