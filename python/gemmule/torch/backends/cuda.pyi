# Written by tools/stubs.py.
from typing import Any

def is_built() -> bool: ...
matmul: Any
