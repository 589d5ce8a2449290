# Written by tools/stubs.py.
from typing import Any

allow_tf32: Any
benchmark: Any
deterministic: Any
enabled: Any
def is_available() -> bool: ...
