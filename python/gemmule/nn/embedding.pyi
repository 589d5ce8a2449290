# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple
from gemmule.nn import init as init
from gemmule.nn.module import Module as Module
from gemmule.nn.parameter import Parameter as Parameter
from gemmule.nn.parameter import new_parameter as new_parameter
from gemmule.ops.compare import where as where
from gemmule.ops.create import asarray as asarray
from gemmule.ops.create import zeros as zeros
from gemmule.ops.embedding import embedding as embedding
from gemmule.ops.index import gather as gather
from gemmule.ops.index import scatter_add as scatter_add
from gemmule.tensor import check_tensor as check_tensor

def embedding_bag(input: Any, weight: Any, offsets: Any = None, max_norm: Any = None, norm_type: Any = 2.0, scale_grad_by_freq: Any = False, mode: builtins.str = 'mean', sparse: Any = False, per_sample_weights: Any = None, include_last_offset: Any = False, padding_idx: Any = None) -> Any: ...

class _Table(Module):
    def reset_parameters(self) -> Any: ...
    num_embeddings: Any
    embedding_dim: Any
    padding_idx: Any
    weight: Any

class Embedding(_Table):
    def __init__(self, num_embeddings: builtins.int, embedding_dim: builtins.int, padding_idx: Any = None, max_norm: Any = None, norm_type: Any = 2.0, scale_grad_by_freq: Any = False, sparse: Any = False, _weight: Any = None, _freeze: Any = False, device: Any = None, dtype: Any = None) -> None: ...
    def extra_repr(self) -> builtins.str: ...
    def forward(self, input: Any) -> Any: ...
    @classmethod
    def from_pretrained(cls, embeddings: Any, freeze: Any = True, padding_idx: Any = None, max_norm: Any = None, norm_type: Any = 2.0, scale_grad_by_freq: Any = False, sparse: Any = False) -> Any: ...
    max_norm: Any
    norm_type: Any
    scale_grad_by_freq: Any
    sparse: Any

class EmbeddingBag(_Table):
    def __init__(self, num_embeddings: builtins.int, embedding_dim: builtins.int, max_norm: Any = None, norm_type: Any = 2.0, scale_grad_by_freq: Any = False, mode: builtins.str = 'mean', sparse: Any = False, _weight: Any = None, include_last_offset: Any = False, padding_idx: Any = None, device: Any = None, dtype: Any = None) -> None: ...
    def extra_repr(self) -> builtins.str: ...
    def forward(self, input: Any, offsets: Any = None, per_sample_weights: Any = None) -> Any: ...
    max_norm: Any
    norm_type: Any
    scale_grad_by_freq: Any
    mode: Any
    sparse: Any
    include_last_offset: Any
