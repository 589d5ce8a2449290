# Written by tools/stubs.py.
import builtins
from typing import Any, NamedTuple
from gemmule.nn.container import ModuleList as ModuleList, Sequential as Sequential
from gemmule.nn.linear import Linear as Linear
from gemmule.nn.module import Module as Module
from gemmule.ops.create import asarray as asarray, zeros as zeros
from gemmule.ops.index import (
    gather as gather,
    index_select as index_select,
    scatter_add as scatter_add,
)
from gemmule.ops.shape_join import cat as cat
from gemmule.ops.softmax import log_softmax as log_softmax
from gemmule.tensor import Tensor as Tensor

class _Output(NamedTuple):
    output: Tensor
    loss: Tensor

class AdaptiveLogSoftmaxWithLoss(Module):
    def __init__(self, in_features: builtins.int, n_classes: Any, cutoffs: Any, div_value: builtins.float = 4.0, head_bias: builtins.bool = False, device: Any = None, dtype: Any = None) -> None: ...
    def forward(self, input_: Any, target_: Any) -> Any: ...
    def log_prob(self, input: Tensor) -> Tensor: ...
    def predict(self, input: Tensor) -> Tensor: ...
    def reset_parameters(self) -> None: ...
    in_features: builtins.int
    n_classes: Any
    div_value: builtins.float
    head_bias: builtins.bool
    cutoffs: Any
    shortlist_size: Any
    n_clusters: Any
    head_size: Any
    head: Any
    tail: Any
