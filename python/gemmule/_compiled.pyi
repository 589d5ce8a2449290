# Written by tools/stubs.py.
import builtins
from collections.abc import Sequence
from typing import Any
from importlib.machinery import ModuleSpec as ModuleSpec
from types import ModuleType as ModuleType

EXTENSION_SUFFIXES: Any

class Finder:
    @staticmethod
    def find_spec(fullname: builtins.str, path: Sequence[builtins.str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None: ...
