# Written by tools/stubs.py.
from typing import Any
from gemmule.nn.module import Module
from gemmule.nn.parameter import Parameter
from gemmule.tensor import Tensor

class _Conv(Module):
    def __init__(self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any, padding: Any, dilation: Any, output_padding: Any, groups: int, bias: Any, padding_mode: str, device: Any, dtype: Any) -> None: ...
    def extra_repr(self) -> str: ...
    def reset_parameters(self) -> None: ...
    bias: Parameter | None
    in_channels: int
    out_channels: int
    groups: int
    padding_mode: str
    kernel_size: Any
    stride: Any
    padding: Any
    dilation: Any
    transposed: Any
    output_padding: Any
    weight: Any

class _ConvTranspose(_Conv):
    def __init__(self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0, output_padding: Any = 0, groups: int = 1, bias: bool = True, dilation: Any = 1, padding_mode: str = 'zeros', device: Any = None, dtype: Any = None) -> None: ...
    def forward(self, input: Tensor, output_size: Any = None) -> Tensor: ...

class _PlainConv(_Conv):
    def __init__(self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1, bias: bool = True, padding_mode: str = 'zeros', device: Any = None, dtype: Any = None) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...

class Conv1d(_PlainConv): ...

class Conv2d(_PlainConv): ...

class ConvTranspose1d(_ConvTranspose): ...

class ConvTranspose2d(_ConvTranspose): ...
