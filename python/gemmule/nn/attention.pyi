# Written by tools/stubs.py.
import builtins
from typing import Any
from gemmule.nn import init as init
from gemmule.nn._sizes import check_sizes as check_sizes
from gemmule.nn.linear import NonDynamicallyQuantizableLinear as NonDynamicallyQuantizableLinear
from gemmule.nn.module import Module as Module
from gemmule.nn.parameter import Parameter as Parameter, new_parameter as new_parameter
from gemmule.ops.attention import scaled_dot_product_attention as scaled_dot_product_attention
from gemmule.ops.compare import logical_not as logical_not, where as where
from gemmule.ops.create import ones as ones, triu as triu, zeros as zeros
from gemmule.ops.dropout import dropout as dropout
from gemmule.ops.matmul import linear as linear, matmul as matmul
from gemmule.ops.shape_join import concat as concat
from gemmule.ops.softmax import softmax as softmax
from gemmule.tensor import Tensor as Tensor, check_tensor as check_tensor

def multi_head_attention_forward(query: Tensor, key: Any, value: Any, embed_dim_to_check: Any, num_heads: builtins.int, in_proj_weight: Any, in_proj_bias: Any, bias_k: Any, bias_v: Any, add_zero_attn: Any, dropout_p: Any, out_proj_weight: Any, out_proj_bias: Any, training: builtins.bool = True, key_padding_mask: Any = None, need_weights: builtins.bool = True, attn_mask: Any = None, use_separate_proj_weight: builtins.bool = False, q_proj_weight: Any = None, k_proj_weight: Any = None, v_proj_weight: Any = None, static_k: Any = None, static_v: Any = None, average_attn_weights: builtins.bool = True, is_causal: builtins.bool = False) -> tuple[Tensor, Tensor | None]: ...

class MultiheadAttention(Module):
    def __init__(self, embed_dim: builtins.int, num_heads: builtins.int, dropout: builtins.float = 0.0, bias: builtins.bool = True, add_bias_kv: builtins.bool = False, add_zero_attn: builtins.bool = False, kdim: Any = None, vdim: Any = None, batch_first: builtins.bool = False, device: Any = None, dtype: Any = None) -> None: ...
    def forward(self, query: Tensor, key: Any, value: Any, key_padding_mask: Any = None, need_weights: builtins.bool = True, attn_mask: Any = None, average_attn_weights: builtins.bool = True, is_causal: builtins.bool = False) -> tuple[Tensor, Tensor | None]: ...
    in_proj_bias: Parameter | None
    bias_k: Parameter | None
    bias_v: Parameter | None
    embed_dim: builtins.int
    num_heads: builtins.int
    dropout: builtins.float
    batch_first: builtins.bool
    add_zero_attn: builtins.bool
    kdim: Any
    vdim: Any
    head_dim: Any
    out_proj: Any
    in_proj_weight: Any
    q_proj_weight: Any
    k_proj_weight: Any
    v_proj_weight: Any
