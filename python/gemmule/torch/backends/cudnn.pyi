# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple

allow_tf32: Any
benchmark: Any
deterministic: Any
enabled: Any
def is_available() -> Any: ...
