# Written by tools/stubs.py.
from typing import Any
from gemmule.tensor import Tensor

def from_dlpack(x: Any, /, *, device: Any = None, copy: Any = None) -> Tensor: ...
