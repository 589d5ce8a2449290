# Written by tools/stubs.py.
from typing import Any
from gemmule.tensor import Tensor as Tensor, methods as methods, raw as raw, wrap as wrap

def from_dlpack(x: Any, /, *, device: Any = None, copy: Any = None) -> Tensor: ...
