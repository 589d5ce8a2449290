# Written by tools/stubs.py.
import builtins
from typing import Any
from gemmule.nn.module import Module as Module
from gemmule.ops.loss import cosine_similarity as cosine_similarity
from gemmule.ops.reduce import norm as norm
from gemmule.tensor import Tensor as Tensor

def pairwise_distance(x1: Any, x2: Any, p: builtins.float = 2.0, eps: builtins.float = 1e-06, keepdim: builtins.bool = False) -> Tensor: ...

class CosineSimilarity(Module):
    def __init__(self, dim: builtins.int = 1, eps: builtins.float = 1e-08) -> None: ...
    def forward(self, x1: Any, x2: Any) -> Tensor: ...
    dim: builtins.int
    eps: builtins.float

class PairwiseDistance(Module):
    def __init__(self, p: builtins.float = 2.0, eps: builtins.float = 1e-06, keepdim: builtins.bool = False) -> None: ...
    def forward(self, x1: Any, x2: Any) -> Tensor: ...
    norm: builtins.float
    eps: builtins.float
    keepdim: builtins.bool
