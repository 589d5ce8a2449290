# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple

def padding_of(padding: Any, dimensions: Any) -> Any: ...
def per_dimension(value: Any, dimensions: Any) -> Any: ...
