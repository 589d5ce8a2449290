# Written by tools/stubs.py.
from typing import Any
from gemmule.nn.plan import Node as Node, Slot as Slot

FINISHES: Any
FRESH: Any
def fuse(graph: Any, weights: Any) -> None: ...

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
    uses: Any
    gone: Any
    norm: list[Any] | None
    residual: Slot | None
    nodes: Any
    finish: Any
    slope: Any
