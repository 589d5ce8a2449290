# Written by tools/stubs.py.
import builtins
import collections.abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, overload
from typing_extensions import Self
from gemmule.nn import init as init
from gemmule.nn._sizes import check_sizes as check_sizes
from gemmule.nn.module import Module as Module
from gemmule.nn.parameter import new_parameter as new_parameter
from gemmule.ops.matmul import linear as linear, matmul as matmul
from gemmule.tensor import Tensor as Tensor, check_tensor as check_tensor

def bilinear(input1: Tensor, input2: Tensor, weight: Any, bias: Any = None) -> Tensor: ...

class Bilinear(Module):
    def __init__(self, in1_features: builtins.int, in2_features: builtins.int, out_features: builtins.int, bias: builtins.bool = True, device: Any = None, dtype: Any = None) -> None: ...
    def extra_repr(self) -> builtins.str: ...
    def forward(self, input1: Tensor, input2: Tensor) -> Tensor: ...
    def reset_parameters(self) -> None: ...
    in1_features: builtins.int
    in2_features: builtins.int
    out_features: builtins.int
    weight: Any
    bias: Any

class Identity(Module):
    def __init__(self, *args: Any, **kwargs: Any) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...

class Linear(Module):
    def __init__(self, in_features: builtins.int, out_features: builtins.int, bias: builtins.bool = True, device: Any = None, dtype: Any = None) -> None: ...
    def extra_repr(self) -> builtins.str: ...
    def forward(self, input: Tensor) -> Tensor: ...
    def reset_parameters(self) -> None: ...
    in_features: builtins.int
    out_features: builtins.int
    weight: Any
    bias: Any

class NonDynamicallyQuantizableLinear(Linear): ...
