# Written by tools/stubs.py.
import builtins
from collections.abc import Callable
from typing import Any
from gemmule.nn import functional as F, init as init
from gemmule.nn.attention import MultiheadAttention as MultiheadAttention
from gemmule.nn.container import ModuleList as ModuleList
from gemmule.nn.dropout import Dropout as Dropout
from gemmule.nn.linear import Linear as Linear
from gemmule.nn.module import Module as Module
from gemmule.nn.norm import LayerNorm as LayerNorm
from gemmule.ops.compare import equal as equal
from gemmule.ops.create import full as full, triu as triu
from gemmule.tensor import Tensor as Tensor

class Transformer(Module):
    def __init__(self, d_model: builtins.int = 512, nhead: builtins.int = 8, num_encoder_layers: Any = 6, num_decoder_layers: Any = 6, dim_feedforward: builtins.int = 2048, dropout: builtins.float = 0.1, activation: Any = ..., custom_encoder: Any = None, custom_decoder: Any = None, layer_norm_eps: builtins.float = 1e-05, batch_first: builtins.bool = False, norm_first: builtins.bool = False, bias: builtins.bool = True, device: Any = None, dtype: Any = None) -> None: ...
    def forward(self, src: Tensor, tgt: Tensor, src_mask: Any = None, tgt_mask: Any = None, memory_mask: Any = None, src_key_padding_mask: Any = None, tgt_key_padding_mask: Any = None, memory_key_padding_mask: Any = None, src_is_causal: Any = None, tgt_is_causal: Any = None, memory_is_causal: builtins.bool = False) -> Any: ...
    @staticmethod
    def generate_square_subsequent_mask(sz: Any, device: Any = None, dtype: Any = None) -> Tensor: ...
    d_model: builtins.int
    nhead: builtins.int
    batch_first: builtins.bool
    encoder: Any
    decoder: Any

class TransformerDecoder(Module):
    def __init__(self, decoder_layer: Any, num_layers: builtins.int, norm: Any = None) -> None: ...
    def forward(self, tgt: Tensor, memory: Any, tgt_mask: Any = None, memory_mask: Any = None, tgt_key_padding_mask: Any = None, memory_key_padding_mask: Any = None, tgt_is_causal: Any = None, memory_is_causal: builtins.bool = False) -> Any: ...
    num_layers: builtins.int
    norm: Any
    layers: Any

class TransformerEncoder(Module):
    def __init__(self, encoder_layer: Any, num_layers: builtins.int, norm: Any = None, enable_nested_tensor: builtins.bool = True, mask_check: builtins.bool = True) -> None: ...
    def forward(self, src: Tensor, mask: Any = None, src_key_padding_mask: Any = None, is_causal: Any = None) -> Any: ...
    num_layers: builtins.int
    norm: Any
    enable_nested_tensor: builtins.bool
    mask_check: builtins.bool
    layers: Any

class _Layer(Module):
    activation: Callable[[Tensor], Tensor]
    linear1: Any
    dropout: Any
    linear2: Any

class TransformerDecoderLayer(_Layer):
    def __init__(self, d_model: builtins.int, nhead: builtins.int, dim_feedforward: builtins.int = 2048, dropout: builtins.float = 0.1, activation: Any = ..., layer_norm_eps: builtins.float = 1e-05, batch_first: builtins.bool = False, norm_first: builtins.bool = False, bias: builtins.bool = True, device: Any = None, dtype: Any = None) -> None: ...
    def forward(self, tgt: Tensor, memory: Any, tgt_mask: Any = None, memory_mask: Any = None, tgt_key_padding_mask: Any = None, memory_key_padding_mask: Any = None, tgt_is_causal: builtins.bool = False, memory_is_causal: builtins.bool = False) -> Any: ...
    norm_first: builtins.bool
    self_attn: Any
    multihead_attn: Any
    norm1: Any
    norm2: Any
    norm3: Any
    dropout1: Any
    dropout2: Any
    dropout3: Any
    activation: Any

class TransformerEncoderLayer(_Layer):
    def __init__(self, d_model: builtins.int, nhead: builtins.int, dim_feedforward: builtins.int = 2048, dropout: builtins.float = 0.1, activation: Any = ..., layer_norm_eps: builtins.float = 1e-05, batch_first: builtins.bool = False, norm_first: builtins.bool = False, bias: builtins.bool = True, device: Any = None, dtype: Any = None) -> None: ...
    def forward(self, src: Tensor, src_mask: Any = None, src_key_padding_mask: Any = None, is_causal: builtins.bool = False) -> Any: ...
    norm_first: builtins.bool
    self_attn: Any
    norm1: Any
    norm2: Any
    dropout1: Any
    dropout2: Any
    activation: Any
