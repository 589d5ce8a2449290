# Written by tools/stubs.py.
from typing import Any
from gemmule.nn.module import Module
from gemmule.nn.parameter import Parameter
from gemmule.ops.dropout import dropout
from gemmule.tensor import Tensor

def multi_head_attention_forward(query: Tensor, key: Any, value: Any, embed_dim_to_check: Any, num_heads: int, in_proj_weight: Any, in_proj_bias: Any, bias_k: Any, bias_v: Any, add_zero_attn: Any, dropout_p: Any, out_proj_weight: Any, out_proj_bias: Any, training: bool = True, key_padding_mask: Any = None, need_weights: bool = True, attn_mask: Any = None, use_separate_proj_weight: bool = False, q_proj_weight: Any = None, k_proj_weight: Any = None, v_proj_weight: Any = None, static_k: Any = None, static_v: Any = None, average_attn_weights: bool = True, is_causal: bool = False) -> tuple[Tensor, Tensor | None]: ...

class MultiheadAttention(Module):
    def __init__(self, embed_dim: int, num_heads: int, dropout: float = 0.0, bias: bool = True, add_bias_kv: bool = False, add_zero_attn: bool = False, kdim: Any = None, vdim: Any = None, batch_first: bool = False, device: Any = None, dtype: Any = None) -> None: ...
    def forward(self, query: Tensor, key: Any, value: Any, key_padding_mask: Any = None, need_weights: bool = True, attn_mask: Any = None, average_attn_weights: bool = True, is_causal: bool = False) -> tuple[Tensor, Tensor | None]: ...
    in_proj_bias: Parameter | None
    bias_k: Parameter | None
    bias_v: Parameter | None
    embed_dim: int
    num_heads: int
    dropout: float
    batch_first: bool
    add_zero_attn: bool
    kdim: Any
    vdim: Any
    head_dim: Any
    out_proj: Any
    in_proj_weight: Any
    q_proj_weight: Any
    k_proj_weight: Any
    v_proj_weight: Any
