# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple
from gemmule.tensor import Tensor as Tensor
from gemmule.tensor import wrap as wrap

HARMLESS: Any
IN_PLACE: Any
PURE: Any
def arrays_of(value: Any) -> Any: ...
def map_tensors(value: Any, function: Any) -> Any: ...
def signature(value: Any) -> Any: ...
def trace(function: Any, inputs: Any) -> Any: ...

class Graph:
    def __init__(self, inputs: Any, nodes: Any, result: Any) -> None: ...
    def drop_unused(self) -> Any: ...
    def uses(self) -> Any: ...
    inputs: Any
    nodes: Any
    result: Any
    weights: Any

class Node:
    def __init__(self, name: Any, args: Any, outs: Any, many: Any = False) -> None: ...
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
    born: Any
    storage: Any
    written: Any
    constants: Any
    kept: Any
    slots: Any
    inputs: Any
    nodes: Any

class CannotPlan(builtins.Exception): ...
