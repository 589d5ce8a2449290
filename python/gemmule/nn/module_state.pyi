# Written by tools/stubs.py.
import builtins
import collections.abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, overload
from typing_extensions import Self
from gemmule.autograd import no_grad as no_grad
from gemmule.hooks import HookHandle as HookHandle
from gemmule.nn.parameter import (
    Parameter as Parameter,
    UninitializedParameter as UninitializedParameter,
)
from gemmule.ops.create import asarray as asarray
from gemmule.tensor import Tensor as Tensor

EXTRA: builtins.str

class ModuleState:
    def get_extra_state(self) -> Any: ...
    def load_state_dict(self, state_dict: Any, strict: builtins.bool = True, assign: builtins.bool = False) -> IncompatibleKeys: ...
    def register_load_state_dict_post_hook(self, hook: Any) -> HookHandle: ...
    def register_load_state_dict_pre_hook(self, hook: Any) -> HookHandle: ...
    def register_state_dict_post_hook(self, hook: Any) -> HookHandle: ...
    def register_state_dict_pre_hook(self, hook: Any) -> HookHandle: ...
    def set_extra_state(self, state: Any) -> None: ...
    def state_dict(self, *, destination: Any = None, prefix: builtins.str = '', keep_vars: builtins.bool = False) -> Any: ...

class IncompatibleKeys(NamedTuple):
    missing_keys: Tensor
    unexpected_keys: Tensor

class StateDictError(builtins.RuntimeError, builtins.ValueError): ...
