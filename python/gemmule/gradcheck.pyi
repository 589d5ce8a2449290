# Written by tools/stubs.py.
from typing import Any
from gemmule import autograd as autograd
from gemmule.tensor import Tensor as Tensor, wrap as wrap

def gradcheck(func: Any, inputs: Any, *, eps: float = 1e-06, atol: float = 1e-05, rtol: float = 0.001, raise_exception: bool = True) -> bool: ...
