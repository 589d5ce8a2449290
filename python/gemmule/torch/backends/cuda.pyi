# Written by tools/stubs.py.
import builtins
from typing import Any

def is_built() -> builtins.bool: ...
matmul: Any
