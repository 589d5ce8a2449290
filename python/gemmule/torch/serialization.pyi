# Written by tools/stubs.py.
import builtins
import collections.abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, overload
from typing_extensions import Self

def load(f: Any, map_location: Any = None, *, weights_only: builtins.bool = True) -> Any: ...
def save(obj: Any, f: Any) -> None: ...

class _WeightsOnly:
    def find_class(self, module: builtins.str, name: builtins.str) -> Any: ...
