# Written by tools/stubs.py.
import builtins
from typing import Any
from gemmule.nn._sizes import per_dimension as per_dimension
from gemmule.nn.module import Module as Module
from gemmule.ops.create import asarray as asarray
from gemmule.ops.index import index_select as index_select
from gemmule.ops.pool import (
    adaptive_avg_pool1d as adaptive_avg_pool1d,
    adaptive_avg_pool2d as adaptive_avg_pool2d,
)
from gemmule.tensor import Tensor as Tensor, check_tensor as check_tensor

def interpolate(input: Tensor, size: Any = None, scale_factor: Any = None, mode: builtins.str = 'nearest', align_corners: Any = None, recompute_scale_factor: Any = None, antialias: builtins.bool = False) -> Tensor: ...

class Upsample(Module):
    def __init__(self, size: Any = None, scale_factor: Any = None, mode: builtins.str = 'nearest', align_corners: Any = None, recompute_scale_factor: Any = None) -> None: ...
    def extra_repr(self) -> builtins.str: ...
    def forward(self, input: Tensor) -> Tensor: ...
    size: Any
    scale_factor: builtins.float | tuple[builtins.float, ...] | None
    mode: builtins.str
    align_corners: Any
    recompute_scale_factor: Any
    name: Any

class UpsamplingBilinear2d(Upsample):
    def __init__(self, size: Any = None, scale_factor: Any = None) -> None: ...

class UpsamplingNearest2d(Upsample):
    def __init__(self, size: Any = None, scale_factor: Any = None) -> None: ...
