# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple

def is_built() -> Any: ...
matmul: Any
