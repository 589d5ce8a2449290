# Written by tools/stubs.py.
from typing import Any

OF_PYTORCH: str
ZIP: Any
def load(f: Any, map_location: Any = None, *, weights_only: bool = True) -> Any: ...
def save(obj: Any, f: Any) -> None: ...

class _WeightsOnly:
    def find_class(self, module: str, name: str) -> Any: ...
