# Written by tools/stubs.py.
from typing import Any, NamedTuple
from gemmule.tensor import Tensor

def histogram(input: Tensor, bins: Any = 10, *, range: Any = None, weight: Any = None, density: bool = False) -> Histogram: ...
def quantile(input: Tensor, q: Any, dim: Any = None, keepdim: bool = False, *, interpolation: str = 'linear') -> Tensor: ...

class Histogram(NamedTuple):
    hist: Tensor
    bin_edges: Tensor
