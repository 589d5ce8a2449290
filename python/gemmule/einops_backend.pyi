# Written by tools/stubs.py.
from collections.abc import Sequence
from typing import Any
from importlib.machinery import ModuleSpec as ModuleSpec
from types import ModuleType as ModuleType

def register(backends: Any) -> None: ...
def watch() -> None: ...

class _Watch:
    def find_spec(self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None: ...
