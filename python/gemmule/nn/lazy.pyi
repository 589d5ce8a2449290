# Written by tools/stubs.py.
import builtins
from typing import Any
from gemmule.nn.conv import (
    Conv1d as Conv1d,
    Conv2d as Conv2d,
    ConvTranspose1d as ConvTranspose1d,
    ConvTranspose2d as ConvTranspose2d,
)
from gemmule.nn.linear import Linear as Linear
from gemmule.nn.module import Module as Module
from gemmule.nn.norm import (
    BatchNorm1d as BatchNorm1d,
    BatchNorm2d as BatchNorm2d,
    InstanceNorm1d as InstanceNorm1d,
    InstanceNorm2d as InstanceNorm2d,
)
from gemmule.nn.parameter import (
    Parameter as Parameter,
    UninitializedParameter as UninitializedParameter,
)
from gemmule.ops.create import empty as empty
from gemmule.tensor import Tensor as Tensor

class _Lazy(Module):
    def forward(self, input: Tensor, *args: Any, **kwargs: Any) -> Any: ...
    def has_uninitialized_params(self) -> builtins.bool: ...
    def initialize_parameters(self, input: Tensor) -> None: ...
    cls_to_become: builtins.type

class _LazyConv(_Lazy): ...

class _LazyNorm(_Lazy):
    def __init__(self, eps: builtins.float = 1e-05, momentum: builtins.float | None = 0.1, affine: builtins.bool = True, track_running_stats: builtins.bool = True, device: Any = None, dtype: Any = None, *, bias: builtins.bool = True) -> None: ...

class LazyLinear(_Lazy, Linear):
    def __init__(self, out_features: builtins.int, bias: builtins.bool = True, device: Any = None, dtype: Any = None) -> None: ...

class _LazyBatchNorm(_LazyNorm): ...

class _LazyConvTranspose(_LazyConv):
    def __init__(self, out_channels: builtins.int, kernel_size: Any, stride: Any = 1, padding: Any = 0, output_padding: Any = 0, groups: builtins.int = 1, bias: builtins.bool = True, dilation: Any = 1, padding_mode: builtins.str = 'zeros', device: Any = None, dtype: Any = None) -> None: ...

class _LazyInstanceNorm(_LazyNorm): ...

class _LazyPlainConv(_LazyConv):
    def __init__(self, out_channels: builtins.int, kernel_size: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: builtins.int = 1, bias: builtins.bool = True, padding_mode: builtins.str = 'zeros', device: Any = None, dtype: Any = None) -> None: ...
    groups: builtins.int

class LazyConv1d(_LazyPlainConv, Conv1d): ...

class LazyConv2d(_LazyPlainConv, Conv2d): ...

class LazyConvTranspose1d(_LazyConvTranspose, ConvTranspose1d): ...

class LazyConvTranspose2d(_LazyConvTranspose, ConvTranspose2d): ...

class LazyBatchNorm1d(_LazyBatchNorm, BatchNorm1d): ...

class LazyBatchNorm2d(_LazyBatchNorm, BatchNorm2d): ...

class LazyInstanceNorm1d(_LazyInstanceNorm, InstanceNorm1d): ...

class LazyInstanceNorm2d(_LazyInstanceNorm, InstanceNorm2d): ...
