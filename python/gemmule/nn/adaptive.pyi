# Written by tools/stubs.py.
from typing import Any, NamedTuple
from gemmule.nn.module import Module
from gemmule.tensor import Tensor

class _Output(NamedTuple):
    output: Tensor
    loss: Tensor

class AdaptiveLogSoftmaxWithLoss(Module):
    def __init__(self, in_features: int, n_classes: Any, cutoffs: Any, div_value: float = 4.0, head_bias: bool = False, device: Any = None, dtype: Any = None) -> None: ...
    def forward(self, input_: Any, target_: Any) -> Any: ...
    def log_prob(self, input: Tensor) -> Tensor: ...
    def predict(self, input: Tensor) -> Tensor: ...
    def reset_parameters(self) -> None: ...
    in_features: int
    n_classes: Any
    div_value: float
    head_bias: bool
    cutoffs: Any
    shortlist_size: Any
    n_clusters: Any
    head_size: Any
    head: Any
    tail: Any
