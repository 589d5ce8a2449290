# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple
from gemmule.tensor import Tensor as Tensor
from gemmule.tensor import methods as methods
from gemmule.tensor import raw as raw
from gemmule.tensor import wrap as wrap

def from_dlpack(x: Any, /, *, device: Any = None, copy: Any = None) -> Any: ...
