# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple
from gemmule.nn.plan import Node as Node
from gemmule.nn.plan import Slot as Slot

FINISHES: Any
FRESH: Any
def fuse(graph: Any, weights: Any) -> Any: ...

class Packed:
    def __init__(self, weight: Any, bias: Any, arrays: Any) -> None: ...
    arrays: Any
    bias: Any
    weight: Any

class Weights:
    def __init__(self) -> None: ...
    def get(self, key: Any, arrays: Any, make: Any) -> Any: ...

class _Taken:
    def __init__(self, node: Any, uses: Any, gone: Any) -> None: ...
    def packed(self, weights: Any) -> Any: ...
    nodes: Any
    uses: Any
    gone: Any
    norm: Any
    residual: Any
    finish: Any
    slope: Any
