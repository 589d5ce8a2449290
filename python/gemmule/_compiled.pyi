# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple

EXTENSION_SUFFIXES: Any

class Finder:
    @staticmethod
    def find_spec(name: Any, path: Any = None, target: Any = None) -> Any: ...
