# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple

def load(f: Any, map_location: Any = None, *, weights_only: Any = True) -> Any: ...
def save(obj: Any, f: Any) -> Any: ...

class _WeightsOnly:
    def find_class(self, module: Any, name: Any) -> Any: ...
