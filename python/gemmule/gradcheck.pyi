# Written by tools/stubs.py.
import builtins
from typing import Any
from gemmule import autograd as autograd
from gemmule.tensor import Tensor as Tensor, wrap as wrap

def gradcheck(func: Any, inputs: Any, *, eps: builtins.float = 1e-06, atol: builtins.float = 1e-05, rtol: builtins.float = 0.001, raise_exception: builtins.bool = True) -> builtins.bool: ...
