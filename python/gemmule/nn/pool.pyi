# Written by tools/stubs.py.
import builtins
import collections.abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, overload
from typing_extensions import Self
from gemmule.nn._sizes import per_dimension as per_dimension
from gemmule.nn.module import Module as Module
from gemmule.ops.create import asarray as asarray, zeros as zeros
from gemmule.ops.index import gather as gather, scatter as scatter
from gemmule.ops.pool import (
    adaptive_avg_pool1d as adaptive_avg_pool1d,
    adaptive_avg_pool2d as adaptive_avg_pool2d,
    adaptive_max_pool1d as adaptive_max_pool1d,
    adaptive_max_pool2d as adaptive_max_pool2d,
    avg_pool1d as avg_pool1d,
    avg_pool2d as avg_pool2d,
    max_pool1d as max_pool1d,
    max_pool2d as max_pool2d,
)
from gemmule.ops.random import rand as rand
from gemmule.tensor import Tensor as Tensor, check_tensor as check_tensor

def fractional_max_pool2d(input: Tensor, kernel_size: Any, output_size: Any = None, output_ratio: Any = None, return_indices: builtins.bool = False, _random_samples: Any = None) -> Any: ...
def lp_pool1d(input: Tensor, norm_type: builtins.float, kernel_size: Any, stride: Any = None, ceil_mode: builtins.bool = False) -> Tensor: ...
def lp_pool2d(input: Tensor, norm_type: builtins.float, kernel_size: Any, stride: Any = None, ceil_mode: builtins.bool = False) -> Tensor: ...
def max_unpool1d(input: Tensor, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None) -> Tensor: ...
def max_unpool2d(input: Tensor, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None) -> Tensor: ...

class FractionalMaxPool2d(Module):
    def __init__(self, kernel_size: Any, output_size: Any = None, output_ratio: Any = None, return_indices: builtins.bool = False, _random_samples: Any = None) -> None: ...
    def forward(self, input: Tensor) -> Any: ...
    output_ratio: Any
    return_indices: builtins.bool
    kernel_size: Any
    output_size: Any

class _Adaptive(Module):
    def __init__(self, output_size: Any) -> None: ...
    def extra_repr(self) -> builtins.str: ...
    def forward(self, input: Tensor) -> Tensor: ...
    output_size: Any

class _AvgPool(Module):
    def extra_repr(self) -> builtins.str: ...
    kernel_size: builtins.int | tuple[Any, ...]
    stride: builtins.int | tuple[Any, ...]
    padding: builtins.int | tuple[Any, ...]

class _LPPool(Module):
    def __init__(self, norm_type: Any, kernel_size: Any, stride: Any = None, ceil_mode: builtins.bool = False) -> None: ...
    def extra_repr(self) -> builtins.str: ...
    def forward(self, input: Tensor) -> Tensor: ...
    norm_type: Any
    kernel_size: Any
    stride: Any
    ceil_mode: builtins.bool

class _MaxPool(Module):
    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, return_indices: builtins.bool = False, ceil_mode: builtins.bool = False) -> None: ...
    def extra_repr(self) -> builtins.str: ...
    def forward(self, input: Tensor) -> Any: ...
    kernel_size: Any
    padding: Any
    dilation: Any
    return_indices: builtins.bool
    ceil_mode: builtins.bool
    stride: Any

class _MaxUnpool(Module):
    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None: ...
    def extra_repr(self) -> builtins.str: ...
    def forward(self, input: Tensor, indices: Any, output_size: Any = None) -> Tensor: ...
    kernel_size: Any
    stride: Any
    padding: Any

class AdaptiveAvgPool1d(_Adaptive): ...

class AdaptiveAvgPool2d(_Adaptive): ...

class AvgPool1d(_AvgPool):
    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: builtins.bool = False, count_include_pad: builtins.bool = True) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    ceil_mode: builtins.bool
    count_include_pad: builtins.bool
    kernel_size: Any
    stride: Any
    padding: Any

class AvgPool2d(_AvgPool):
    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: builtins.bool = False, count_include_pad: builtins.bool = True, divisor_override: Any = None) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    kernel_size: Any
    padding: Any
    ceil_mode: builtins.bool
    count_include_pad: builtins.bool
    divisor_override: Any
    stride: Any

class LPPool1d(_LPPool): ...

class LPPool2d(_LPPool): ...

class MaxPool1d(_MaxPool): ...

class MaxPool2d(_MaxPool): ...

class MaxUnpool1d(_MaxUnpool): ...

class MaxUnpool2d(_MaxUnpool): ...

class _AdaptiveMax(_Adaptive):
    def __init__(self, output_size: Any, return_indices: builtins.bool = False) -> None: ...
    def forward(self, input: Tensor) -> Any: ...
    return_indices: builtins.bool

class AdaptiveMaxPool1d(_AdaptiveMax): ...

class AdaptiveMaxPool2d(_AdaptiveMax): ...
