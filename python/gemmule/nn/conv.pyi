# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple
from gemmule.nn import functional as F
from gemmule.nn import init as init
from gemmule.nn._sizes import per_dimension as per_dimension
from gemmule.nn.module import Module as Module
from gemmule.nn.parameter import new_parameter as new_parameter

class _Conv(Module):
    def __init__(self, in_channels: builtins.int, out_channels: builtins.int, kernel_size: Any, stride: Any, padding: Any, dilation: Any, output_padding: Any, groups: builtins.int, bias: Any, padding_mode: builtins.str, device: Any, dtype: Any) -> None: ...
    def extra_repr(self) -> builtins.str: ...
    def reset_parameters(self) -> Any: ...
    in_channels: Any
    out_channels: Any
    kernel_size: Any
    stride: Any
    padding: Any
    dilation: Any
    transposed: Any
    output_padding: Any
    groups: Any
    padding_mode: Any
    weight: Any
    bias: Any

class _ConvTranspose(_Conv):
    def __init__(self, in_channels: builtins.int, out_channels: builtins.int, kernel_size: Any, stride: Any = 1, padding: Any = 0, output_padding: Any = 0, groups: builtins.int = 1, bias: Any = True, dilation: Any = 1, padding_mode: builtins.str = 'zeros', device: Any = None, dtype: Any = None) -> None: ...
    def forward(self, input: Any, output_size: Any = None) -> Any: ...

class _PlainConv(_Conv):
    def __init__(self, in_channels: builtins.int, out_channels: builtins.int, kernel_size: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: builtins.int = 1, bias: Any = True, padding_mode: builtins.str = 'zeros', device: Any = None, dtype: Any = None) -> None: ...
    def forward(self, input: Any) -> Any: ...

class Conv1d(_PlainConv): ...

class Conv2d(_PlainConv): ...

class ConvTranspose1d(_ConvTranspose): ...

class ConvTranspose2d(_ConvTranspose): ...
