# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple

def check_positive(value: Any, op: Any, name: Any) -> Any: ...
def named(op: Any, error: Any) -> Any: ...
