# Written by tools/stubs.py.
from typing import Any
from gemmule.nn.module import Module
from gemmule.ops.reduce import norm
from gemmule.tensor import Tensor

def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-06, keepdim: bool = False) -> Tensor: ...

class CosineSimilarity(Module):
    def __init__(self, dim: int = 1, eps: float = 1e-08) -> None: ...
    def forward(self, x1: Any, x2: Any) -> Tensor: ...
    dim: int
    eps: float

class PairwiseDistance(Module):
    def __init__(self, p: float = 2.0, eps: float = 1e-06, keepdim: bool = False) -> None: ...
    def forward(self, x1: Any, x2: Any) -> Tensor: ...
    norm: float
    eps: float
    keepdim: bool
