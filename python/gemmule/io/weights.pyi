# Written by tools/stubs.py.
import builtins
import collections.abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, overload
from typing_extensions import Self
from gemmule.ops.create import asarray as asarray
from gemmule.tensor import Tensor as Tensor

def load(path: Any) -> dict[builtins.str, Tensor]: ...
def load_metadata(path: Any) -> dict[builtins.str, builtins.str]: ...
def save(path: Any, state_dict: Any, metadata: Any = None) -> None: ...
