# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple
from gemmule.nn.module import Module as Module
from gemmule.ops.loss import cosine_similarity as cosine_similarity
from gemmule.ops.reduce import norm as norm

def pairwise_distance(x1: Any, x2: Any, p: Any = 2.0, eps: builtins.float = 1e-06, keepdim: builtins.bool = False) -> Any: ...

class CosineSimilarity(Module):
    def __init__(self, dim: Any = 1, eps: builtins.float = 1e-08) -> None: ...
    def forward(self, x1: Any, x2: Any) -> Any: ...
    dim: Any
    eps: Any

class PairwiseDistance(Module):
    def __init__(self, p: Any = 2.0, eps: builtins.float = 1e-06, keepdim: builtins.bool = False) -> None: ...
    def forward(self, x1: Any, x2: Any) -> Any: ...
    norm: Any
    eps: Any
    keepdim: Any
