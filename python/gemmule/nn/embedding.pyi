# Written by tools/stubs.py.
import builtins
from typing import Any
from gemmule.nn import init as init
from gemmule.nn._sizes import check_sizes as check_sizes
from gemmule.nn.module import Module as Module
from gemmule.nn.parameter import Parameter as Parameter, new_parameter as new_parameter
from gemmule.ops.compare import where as where
from gemmule.ops.create import asarray as asarray, zeros as zeros
from gemmule.ops.embedding import embedding as embedding
from gemmule.ops.index import gather as gather, scatter_add as scatter_add
from gemmule.tensor import Tensor as Tensor, check_tensor as check_tensor

def embedding_bag(input: Tensor, weight: Any, offsets: Any = None, max_norm: builtins.float | None = None, norm_type: builtins.float = 2.0, scale_grad_by_freq: builtins.bool = False, mode: builtins.str = 'mean', sparse: builtins.bool = False, per_sample_weights: Any = None, include_last_offset: builtins.bool = False, padding_idx: Any = None) -> Tensor: ...

class _Table(Module):
    def reset_parameters(self) -> None: ...
    max_norm: builtins.float | None
    norm_type: builtins.float
    scale_grad_by_freq: builtins.bool
    num_embeddings: builtins.int
    embedding_dim: builtins.int
    padding_idx: Any
    weight: Any

class Embedding(_Table):
    def __init__(self, num_embeddings: builtins.int, embedding_dim: builtins.int, padding_idx: Any = None, max_norm: builtins.float | None = None, norm_type: builtins.float = 2.0, scale_grad_by_freq: builtins.bool = False, sparse: builtins.bool = False, _weight: Any = None, _freeze: builtins.bool = False, device: Any = None, dtype: Any = None) -> None: ...
    def extra_repr(self) -> builtins.str: ...
    def forward(self, input: Tensor) -> Tensor: ...
    @classmethod
    def from_pretrained(cls, embeddings: Any, freeze: builtins.bool = True, padding_idx: Any = None, max_norm: builtins.float | None = None, norm_type: builtins.float = 2.0, scale_grad_by_freq: builtins.bool = False, sparse: builtins.bool = False) -> Any: ...
    max_norm: builtins.float | None
    norm_type: builtins.float
    scale_grad_by_freq: builtins.bool
    sparse: builtins.bool

class EmbeddingBag(_Table):
    def __init__(self, num_embeddings: builtins.int, embedding_dim: builtins.int, max_norm: builtins.float | None = None, norm_type: builtins.float = 2.0, scale_grad_by_freq: builtins.bool = False, mode: builtins.str = 'mean', sparse: builtins.bool = False, _weight: Any = None, include_last_offset: builtins.bool = False, padding_idx: Any = None, device: Any = None, dtype: Any = None) -> None: ...
    def extra_repr(self) -> builtins.str: ...
    def forward(self, input: Tensor, offsets: Any = None, per_sample_weights: Any = None) -> Tensor: ...
    max_norm: builtins.float | None
    norm_type: builtins.float
    scale_grad_by_freq: builtins.bool
    mode: builtins.str
    sparse: builtins.bool
    include_last_offset: builtins.bool
