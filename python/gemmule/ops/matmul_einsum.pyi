# Written by tools/stubs.py.
from typing import Any
from gemmule.ops.create import diagonal as diagonal
from gemmule.ops.matmul import matmul as matmul
from gemmule.tensor import Tensor as Tensor, check_tensor as check_tensor

def einsum(equation: Any, *operands: Any) -> Tensor: ...
def tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Tensor: ...
