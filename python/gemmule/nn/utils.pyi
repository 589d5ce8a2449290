# Written by tools/stubs.py.
import builtins
import collections.abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, overload
from typing_extensions import Self
from gemmule.nn.prepare import Prepared as Prepared
from gemmule.nn.prepare import prepare as prepare
from gemmule.tensor import Tensor as Tensor
from gemmule.tensor import wrap as wrap

def clip_grad_norm_(parameters: Any, max_norm: builtins.float, norm_type: builtins.float = 2.0, error_if_nonfinite: builtins.bool = False, foreach: Any = None) -> Tensor: ...
def clip_grad_value_(parameters: Any, clip_value: Any, foreach: Any = None) -> None: ...
def clip_grads_with_norm_(parameters: Any, max_norm: builtins.float, total_norm: Any, foreach: Any = None) -> None: ...
def get_total_norm(tensors: Any, norm_type: builtins.float = 2.0, error_if_nonfinite: builtins.bool = False, foreach: Any = None) -> Tensor: ...
