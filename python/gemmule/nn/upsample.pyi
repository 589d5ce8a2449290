# Written by tools/stubs.py.
from typing import Any
from gemmule.nn.module import Module
from gemmule.tensor import Tensor

def interpolate(input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = 'nearest', align_corners: Any = None, recompute_scale_factor: Any = None, antialias: bool = False) -> Tensor: ...

class Upsample(Module):
    def __init__(self, size: Any = None, scale_factor: Any = None, mode: str = 'nearest', align_corners: Any = None, recompute_scale_factor: Any = None) -> None: ...
    def extra_repr(self) -> str: ...
    def forward(self, input: Tensor) -> Tensor: ...
    size: Any
    scale_factor: float | tuple[float, ...] | None
    mode: str
    align_corners: Any
    recompute_scale_factor: Any
    name: Any

class UpsamplingBilinear2d(Upsample):
    def __init__(self, size: Any = None, scale_factor: Any = None) -> None: ...

class UpsamplingNearest2d(Upsample):
    def __init__(self, size: Any = None, scale_factor: Any = None) -> None: ...
