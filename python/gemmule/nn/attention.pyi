# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple
from gemmule.nn import init as init
from gemmule.nn.linear import NonDynamicallyQuantizableLinear as NonDynamicallyQuantizableLinear
from gemmule.nn.module import Module as Module
from gemmule.nn.parameter import new_parameter as new_parameter
from gemmule.ops.attention import scaled_dot_product_attention as scaled_dot_product_attention
from gemmule.ops.compare import logical_not as logical_not
from gemmule.ops.compare import where as where
from gemmule.ops.create import ones as ones
from gemmule.ops.create import triu as triu
from gemmule.ops.create import zeros as zeros
from gemmule.ops.dropout import dropout as dropout
from gemmule.ops.matmul import linear as linear
from gemmule.ops.matmul import matmul as matmul
from gemmule.ops.shape_join import concat as concat
from gemmule.ops.softmax import softmax as softmax
from gemmule.tensor import check_tensor as check_tensor

def multi_head_attention_forward(query: Any, key: Any, value: Any, embed_dim_to_check: Any, num_heads: builtins.int, in_proj_weight: Any, in_proj_bias: Any, bias_k: Any, bias_v: Any, add_zero_attn: Any, dropout_p: Any, out_proj_weight: Any, out_proj_bias: Any, training: builtins.bool = True, key_padding_mask: Any = None, need_weights: Any = True, attn_mask: Any = None, use_separate_proj_weight: Any = False, q_proj_weight: Any = None, k_proj_weight: Any = None, v_proj_weight: Any = None, static_k: Any = None, static_v: Any = None, average_attn_weights: Any = True, is_causal: Any = False) -> Any: ...

class MultiheadAttention(Module):
    def __init__(self, embed_dim: Any, num_heads: builtins.int, dropout: Any = 0.0, bias: Any = True, add_bias_kv: Any = False, add_zero_attn: Any = False, kdim: Any = None, vdim: Any = None, batch_first: Any = False, device: Any = None, dtype: Any = None) -> None: ...
    def forward(self, query: Any, key: Any, value: Any, key_padding_mask: Any = None, need_weights: Any = True, attn_mask: Any = None, average_attn_weights: Any = True, is_causal: Any = False) -> Any: ...
    embed_dim: Any
    kdim: Any
    vdim: Any
    num_heads: Any
    dropout: Any
    batch_first: Any
    head_dim: Any
    out_proj: Any
    add_zero_attn: Any
    in_proj_weight: Any
    q_proj_weight: Any
    k_proj_weight: Any
    v_proj_weight: Any
