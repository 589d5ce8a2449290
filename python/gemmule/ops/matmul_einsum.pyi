# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple
from gemmule.ops.create import diagonal as diagonal
from gemmule.ops.matmul import matmul as matmul
from gemmule.tensor import check_tensor as check_tensor

def einsum(equation: Any, *operands: Any) -> Any: ...
def tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any: ...
