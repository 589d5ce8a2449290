# Written by tools/stubs.py.
import builtins
import collections.abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, overload
from typing_extensions import Self
from importlib.machinery import ModuleSpec as ModuleSpec
from types import ModuleType as ModuleType

def register(backends: Any) -> None: ...
def watch() -> None: ...

class _Watch:
    def find_spec(self, fullname: builtins.str, path: Sequence[builtins.str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None: ...
