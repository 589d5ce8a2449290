# Written by tools/stubs.py.
import collections
from collections.abc import Iterator
from typing import Any

def ahead(iterator: Any, depth: Any, timeout: Any = 0, worker_init_fn: Any = None) -> Iterator[Any]: ...
def made_ahead(make: Any, keys: Any, workers: Any, depth: Any, timeout: Any = 0, worker_init_fn: Any = None) -> collections.abc.Generator[Any, None, None]: ...
