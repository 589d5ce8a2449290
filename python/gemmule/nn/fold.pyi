# Written by tools/stubs.py.
import builtins
from typing import Any
from gemmule.nn._sizes import per_dimension as per_dimension
from gemmule.nn.module import Module as Module
from gemmule.ops.conv import conv_transpose2d as conv_transpose2d
from gemmule.ops.create import asarray as asarray
from gemmule.ops.index import index_select as index_select
from gemmule.ops.shape_join import pad as pad
from gemmule.tensor import Tensor as Tensor, check_tensor as check_tensor

def fold(input: Tensor, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Tensor: ...
def unfold(input: Tensor, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Tensor: ...

class Fold(Module):
    def __init__(self, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> None: ...
    def extra_repr(self) -> builtins.str: ...
    def forward(self, input: Tensor) -> Tensor: ...
    output_size: Any
    kernel_size: Any
    dilation: Any
    padding: Any
    stride: Any

class Unfold(Module):
    def __init__(self, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> None: ...
    def extra_repr(self) -> builtins.str: ...
    def forward(self, input: Tensor) -> Tensor: ...
    kernel_size: Any
    dilation: Any
    padding: Any
    stride: Any
