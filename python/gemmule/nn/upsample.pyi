# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple
from gemmule.nn._sizes import per_dimension as per_dimension
from gemmule.nn.module import Module as Module
from gemmule.ops.create import asarray as asarray
from gemmule.ops.index import index_select as index_select
from gemmule.ops.pool import adaptive_avg_pool1d as adaptive_avg_pool1d
from gemmule.ops.pool import adaptive_avg_pool2d as adaptive_avg_pool2d
from gemmule.tensor import check_tensor as check_tensor

def interpolate(input: Any, size: Any = None, scale_factor: Any = None, mode: builtins.str = 'nearest', align_corners: Any = None, recompute_scale_factor: Any = None, antialias: Any = False) -> Any: ...

class Upsample(Module):
    def __init__(self, size: Any = None, scale_factor: Any = None, mode: builtins.str = 'nearest', align_corners: Any = None, recompute_scale_factor: Any = None) -> None: ...
    def extra_repr(self) -> builtins.str: ...
    def forward(self, input: Any) -> Any: ...
    name: Any
    size: Any
    mode: Any
    align_corners: Any
    recompute_scale_factor: Any
    scale_factor: Any

class UpsamplingBilinear2d(Upsample):
    def __init__(self, size: Any = None, scale_factor: Any = None) -> None: ...

class UpsamplingNearest2d(Upsample):
    def __init__(self, size: Any = None, scale_factor: Any = None) -> None: ...
