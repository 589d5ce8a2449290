# Written by tools/stubs.py.
from collections.abc import Sequence
from typing import Any
from importlib.machinery import ModuleSpec as ModuleSpec
from types import ModuleType as ModuleType

EXTENSION_SUFFIXES: Any

class Finder:
    @staticmethod
    def find_spec(fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None: ...
