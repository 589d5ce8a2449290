# Written by tools/stubs.py.
from typing import Any
from gemmule._C import Array as Array
from gemmule.tensor import Tensor as Tensor, wrap as wrap

HARMLESS: Any
IN_PLACE: Any
PURE: Any
def arrays_of(value: Any) -> list[Array]: ...
def map_tensors(value: Any, function: Any) -> Any: ...
def signature(value: Any) -> Any: ...
def trace(function: Any, inputs: Any) -> Any: ...

class Graph:
    def __init__(self, inputs: Any, nodes: Any, result: Any) -> None: ...
    def drop_unused(self) -> None: ...
    def uses(self) -> Any: ...
    inputs: Any
    nodes: Any
    result: Any
    weights: list[Any]

class Node:
    def __init__(self, name: Any, args: Any, outs: Any, many: bool = False) -> None: ...
    args: Any
    many: Any
    name: Any
    @property
    def out(self) -> Any: ...
    outs: Any
    def reads(self) -> Any: ...

class Plan:
    def __call__(self, arrays: Any) -> Any: ...
    def __init__(self, graph: Any) -> None: ...
    names: Any

class Slot:
    def __init__(self, number: Any, array: Any) -> None: ...
    dtype: Any
    number: Any
    shape: Any

class _Tracing:
    def __init__(self, calls: Any, births: Any, inputs: Any) -> None: ...
    def graph(self, result: Any) -> Any: ...
    calls: Any
    births: Any
    written: set[int | None]
    constants: dict[int, object]
    kept: list[Any]
    slots: dict[int, Slot]
    nodes: list[Node]
    born: Any
    storage: Any
    inputs: Any

class CannotPlan(Exception): ...
