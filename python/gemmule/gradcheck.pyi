# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple
from gemmule import autograd as autograd
from gemmule.tensor import Tensor as Tensor
from gemmule.tensor import wrap as wrap

def gradcheck(func: Any, inputs: Any, *, eps: builtins.float = 1e-06, atol: builtins.float = 1e-05, rtol: Any = 0.001, raise_exception: Any = True) -> Any: ...
