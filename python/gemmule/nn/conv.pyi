# Written by tools/stubs.py.
import builtins
from typing import Any
from gemmule.nn import functional as F, init as init
from gemmule.nn._sizes import check_sizes as check_sizes, per_dimension as per_dimension
from gemmule.nn.module import Module as Module
from gemmule.nn.parameter import Parameter as Parameter, new_parameter as new_parameter
from gemmule.tensor import Tensor as Tensor

class _Conv(Module):
    def __init__(self, in_channels: builtins.int, out_channels: builtins.int, kernel_size: Any, stride: Any, padding: Any, dilation: Any, output_padding: Any, groups: builtins.int, bias: Any, padding_mode: builtins.str, device: Any, dtype: Any) -> None: ...
    def extra_repr(self) -> builtins.str: ...
    def reset_parameters(self) -> None: ...
    bias: Parameter | None
    in_channels: builtins.int
    out_channels: builtins.int
    groups: builtins.int
    padding_mode: builtins.str
    kernel_size: Any
    stride: Any
    padding: Any
    dilation: Any
    transposed: Any
    output_padding: Any
    weight: Any

class _ConvTranspose(_Conv):
    def __init__(self, in_channels: builtins.int, out_channels: builtins.int, kernel_size: Any, stride: Any = 1, padding: Any = 0, output_padding: Any = 0, groups: builtins.int = 1, bias: builtins.bool = True, dilation: Any = 1, padding_mode: builtins.str = 'zeros', device: Any = None, dtype: Any = None) -> None: ...
    def forward(self, input: Tensor, output_size: Any = None) -> Tensor: ...

class _PlainConv(_Conv):
    def __init__(self, in_channels: builtins.int, out_channels: builtins.int, kernel_size: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: builtins.int = 1, bias: builtins.bool = True, padding_mode: builtins.str = 'zeros', device: Any = None, dtype: Any = None) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...

class Conv1d(_PlainConv): ...

class Conv2d(_PlainConv): ...

class ConvTranspose1d(_ConvTranspose): ...

class ConvTranspose2d(_ConvTranspose): ...
