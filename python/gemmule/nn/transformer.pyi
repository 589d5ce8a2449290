# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple
from gemmule.nn import functional as F
from gemmule.nn import init as init
from gemmule.nn.attention import MultiheadAttention as MultiheadAttention
from gemmule.nn.container import ModuleList as ModuleList
from gemmule.nn.dropout import Dropout as Dropout
from gemmule.nn.linear import Linear as Linear
from gemmule.nn.module import Module as Module
from gemmule.nn.norm import LayerNorm as LayerNorm
from gemmule.ops.compare import equal as equal
from gemmule.ops.create import full as full
from gemmule.ops.create import triu as triu

class Transformer(Module):
    def __init__(self, d_model: Any = 512, nhead: Any = 8, num_encoder_layers: Any = 6, num_decoder_layers: Any = 6, dim_feedforward: Any = 2048, dropout: Any = 0.1, activation: Any = ..., custom_encoder: Any = None, custom_decoder: Any = None, layer_norm_eps: Any = 1e-05, batch_first: Any = False, norm_first: Any = False, bias: Any = True, device: Any = None, dtype: Any = None) -> None: ...
    def forward(self, src: Any, tgt: Any, src_mask: Any = None, tgt_mask: Any = None, memory_mask: Any = None, src_key_padding_mask: Any = None, tgt_key_padding_mask: Any = None, memory_key_padding_mask: Any = None, src_is_causal: Any = None, tgt_is_causal: Any = None, memory_is_causal: Any = False) -> Any: ...
    @staticmethod
    def generate_square_subsequent_mask(sz: Any, device: Any = None, dtype: Any = None) -> Any: ...
    d_model: Any
    nhead: Any
    batch_first: Any
    encoder: Any
    decoder: Any

class TransformerDecoder(Module):
    def __init__(self, decoder_layer: Any, num_layers: Any, norm: Any = None) -> None: ...
    def forward(self, tgt: Any, memory: Any, tgt_mask: Any = None, memory_mask: Any = None, tgt_key_padding_mask: Any = None, memory_key_padding_mask: Any = None, tgt_is_causal: Any = None, memory_is_causal: Any = False) -> Any: ...
    layers: Any
    num_layers: Any
    norm: Any

class TransformerEncoder(Module):
    def __init__(self, encoder_layer: Any, num_layers: Any, norm: Any = None, enable_nested_tensor: Any = True, mask_check: Any = True) -> None: ...
    def forward(self, src: Any, mask: Any = None, src_key_padding_mask: Any = None, is_causal: Any = None) -> Any: ...
    layers: Any
    num_layers: Any
    norm: Any
    enable_nested_tensor: Any
    mask_check: Any

class _Layer(Module):
    linear1: Any
    dropout: Any
    linear2: Any

class TransformerDecoderLayer(_Layer):
    def __init__(self, d_model: Any, nhead: Any, dim_feedforward: Any = 2048, dropout: Any = 0.1, activation: Any = ..., layer_norm_eps: Any = 1e-05, batch_first: Any = False, norm_first: Any = False, bias: Any = True, device: Any = None, dtype: Any = None) -> None: ...
    def forward(self, tgt: Any, memory: Any, tgt_mask: Any = None, memory_mask: Any = None, tgt_key_padding_mask: Any = None, memory_key_padding_mask: Any = None, tgt_is_causal: Any = False, memory_is_causal: Any = False) -> Any: ...
    self_attn: Any
    multihead_attn: Any
    norm_first: Any
    norm1: Any
    norm2: Any
    norm3: Any
    dropout1: Any
    dropout2: Any
    dropout3: Any
    activation: Any

class TransformerEncoderLayer(_Layer):
    def __init__(self, d_model: Any, nhead: Any, dim_feedforward: Any = 2048, dropout: Any = 0.1, activation: Any = ..., layer_norm_eps: Any = 1e-05, batch_first: Any = False, norm_first: Any = False, bias: Any = True, device: Any = None, dtype: Any = None) -> None: ...
    def forward(self, src: Any, src_mask: Any = None, src_key_padding_mask: Any = None, is_causal: Any = False) -> Any: ...
    self_attn: Any
    norm_first: Any
    norm1: Any
    norm2: Any
    dropout1: Any
    dropout2: Any
    activation: Any
