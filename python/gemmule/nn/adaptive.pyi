# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple
from gemmule.nn.container import ModuleList as ModuleList
from gemmule.nn.container import Sequential as Sequential
from gemmule.nn.linear import Linear as Linear
from gemmule.nn.module import Module as Module
from gemmule.ops.create import asarray as asarray
from gemmule.ops.create import zeros as zeros
from gemmule.ops.index import gather as gather
from gemmule.ops.index import index_select as index_select
from gemmule.ops.index import scatter_add as scatter_add
from gemmule.ops.shape_join import cat as cat
from gemmule.ops.softmax import log_softmax as log_softmax

class AdaptiveLogSoftmaxWithLoss(Module):
    def __init__(self, in_features: builtins.int, n_classes: Any, cutoffs: Any, div_value: Any = 4.0, head_bias: Any = False, device: Any = None, dtype: Any = None) -> None: ...
    def forward(self, input_: Any, target_: Any) -> Any: ...
    def log_prob(self, input: Any) -> Any: ...
    def predict(self, input: Any) -> Any: ...
    def reset_parameters(self) -> Any: ...
    in_features: Any
    n_classes: Any
    cutoffs: Any
    div_value: Any
    head_bias: Any
    shortlist_size: Any
    n_clusters: Any
    head_size: Any
    head: Any
    tail: Any
