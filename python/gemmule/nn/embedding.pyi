# Written by tools/stubs.py.
from typing import Any
from gemmule.nn.module import Module
from gemmule.tensor import Tensor

def embedding_bag(input: Tensor, weight: Any, offsets: Any = None, max_norm: float | None = None, norm_type: float = 2.0, scale_grad_by_freq: bool = False, mode: str = 'mean', sparse: bool = False, per_sample_weights: Any = None, include_last_offset: bool = False, padding_idx: Any = None) -> Tensor: ...

class _Table(Module):
    def reset_parameters(self) -> None: ...
    max_norm: float | None
    norm_type: float
    scale_grad_by_freq: bool
    num_embeddings: int
    embedding_dim: int
    padding_idx: Any
    weight: Any

class Embedding(_Table):
    def __init__(self, num_embeddings: int, embedding_dim: int, padding_idx: Any = None, max_norm: float | None = None, norm_type: float = 2.0, scale_grad_by_freq: bool = False, sparse: bool = False, _weight: Any = None, _freeze: bool = False, device: Any = None, dtype: Any = None) -> None: ...
    def extra_repr(self) -> str: ...
    def forward(self, input: Tensor) -> Tensor: ...
    @classmethod
    def from_pretrained(cls, embeddings: Any, freeze: bool = True, padding_idx: Any = None, max_norm: float | None = None, norm_type: float = 2.0, scale_grad_by_freq: bool = False, sparse: bool = False) -> Any: ...
    max_norm: float | None
    norm_type: float
    scale_grad_by_freq: bool
    sparse: bool

class EmbeddingBag(_Table):
    def __init__(self, num_embeddings: int, embedding_dim: int, max_norm: float | None = None, norm_type: float = 2.0, scale_grad_by_freq: bool = False, mode: str = 'mean', sparse: bool = False, _weight: Any = None, include_last_offset: bool = False, padding_idx: Any = None, device: Any = None, dtype: Any = None) -> None: ...
    def extra_repr(self) -> str: ...
    def forward(self, input: Tensor, offsets: Any = None, per_sample_weights: Any = None) -> Tensor: ...
    max_norm: float | None
    norm_type: float
    scale_grad_by_freq: bool
    mode: str
    sparse: bool
    include_last_offset: bool
