# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple
from gemmule.ops.create import asarray as asarray
from gemmule.tensor import Tensor as Tensor

def load(path: Any) -> Any: ...
def load_metadata(path: Any) -> Any: ...
def save(path: Any, state_dict: Any, metadata: Any = None) -> Any: ...
