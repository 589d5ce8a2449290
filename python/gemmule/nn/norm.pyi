# Written by tools/stubs.py.
import builtins
import collections.abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, overload
from typing_extensions import Self
from gemmule.autograd import no_grad as no_grad
from gemmule.nn import functional as F
from gemmule.nn import init as init
from gemmule.nn._sizes import check_sizes as check_sizes
from gemmule.nn.module import Module as Module
from gemmule.nn.parameter import Parameter as Parameter
from gemmule.nn.parameter import new_parameter as new_parameter
from gemmule.ops.create import ones as ones
from gemmule.ops.create import zeros as zeros
from gemmule.tensor import Tensor as Tensor

class LocalResponseNorm(Module):
    def __init__(self, size: Any, alpha: builtins.float = 0.0001, beta: builtins.float = 0.75, k: builtins.float = 1.0) -> None: ...
    def extra_repr(self) -> builtins.str: ...
    def forward(self, input: Tensor) -> Tensor: ...
    size: Any
    alpha: builtins.float
    beta: builtins.float
    k: builtins.float

class RMSNorm(Module):
    def __init__(self, normalized_shape: Any, eps: builtins.float | None = None, elementwise_affine: builtins.bool = True, device: Any = None, dtype: Any = None) -> None: ...
    def extra_repr(self) -> builtins.str: ...
    def forward(self, x: Tensor) -> Tensor: ...
    def reset_parameters(self) -> None: ...
    eps: builtins.float | None
    elementwise_affine: builtins.bool
    normalized_shape: Any
    weight: Any

class _Affine(Module):
    def reset_parameters(self) -> None: ...
    weight: Parameter | None
    bias: Parameter | None

class GroupNorm(_Affine):
    def __init__(self, num_groups: builtins.int, num_channels: Any, eps: builtins.float = 1e-05, affine: builtins.bool = True, device: Any = None, dtype: Any = None, *, bias: builtins.bool = True) -> None: ...
    def extra_repr(self) -> builtins.str: ...
    def forward(self, input: Tensor) -> Tensor: ...
    num_groups: builtins.int
    num_channels: Any
    eps: builtins.float
    affine: builtins.bool

class LayerNorm(_Affine):
    def __init__(self, normalized_shape: Any, eps: builtins.float = 1e-05, elementwise_affine: builtins.bool = True, bias: builtins.bool = True, device: Any = None, dtype: Any = None) -> None: ...
    def extra_repr(self) -> builtins.str: ...
    def forward(self, input: Tensor) -> Tensor: ...
    eps: builtins.float
    elementwise_affine: builtins.bool
    normalized_shape: Any

class _RunningNorm(_Affine):
    def __init__(self, num_features: builtins.int, eps: builtins.float = 1e-05, momentum: builtins.float | None = 0.1, affine: builtins.bool = True, track_running_stats: builtins.bool = True, device: Any = None, dtype: Any = None, *, bias: builtins.bool = True) -> None: ...
    def extra_repr(self) -> builtins.str: ...
    def reset_parameters(self) -> None: ...
    def reset_running_stats(self) -> None: ...
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None
    num_features: builtins.int
    eps: builtins.float
    momentum: builtins.float | None
    affine: builtins.bool
    track_running_stats: builtins.bool

class _BatchNorm(_RunningNorm):
    def forward(self, input: Tensor) -> Tensor: ...

class _InstanceNorm(_RunningNorm):
    def __init__(self, num_features: builtins.int, eps: builtins.float = 1e-05, momentum: builtins.float | None = 0.1, affine: builtins.bool = False, track_running_stats: builtins.bool = False, device: Any = None, dtype: Any = None, *, bias: builtins.bool = True) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...

class BatchNorm1d(_BatchNorm): ...

class BatchNorm2d(_BatchNorm): ...

class InstanceNorm1d(_InstanceNorm): ...

class InstanceNorm2d(_InstanceNorm): ...
