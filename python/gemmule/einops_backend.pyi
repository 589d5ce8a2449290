# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple

def register(backends: Any) -> Any: ...
def watch() -> Any: ...

class _Watch:
    def find_spec(self, name: Any, path: Any = None, target: Any = None) -> Any: ...
