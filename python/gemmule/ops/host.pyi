# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple
from gemmule.tensor import Tensor as Tensor
from gemmule.tensor import raw as raw
from gemmule.tensor import wrap as wrap

def borrow(name: Any, function: Any, *arguments: Any) -> Any: ...
def own(ndarray: Any) -> Any: ...
def view(x: Any) -> Any: ...
