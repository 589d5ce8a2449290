# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple

def ahead(iterator: Any, depth: Any, timeout: Any = 0, worker_init_fn: Any = None) -> Any: ...
def made_ahead(make: Any, keys: Any, workers: Any, depth: Any, timeout: Any = 0, worker_init_fn: Any = None) -> Any: ...
