# Written by tools/stubs.py.
import builtins
from typing import Any
from gemmule.autograd import recording as recording, track as track
from gemmule.ops.compare import where as where
from gemmule.ops.create import arange as arange
from gemmule.ops.dropout import dropout as dropout
from gemmule.ops.matmul import matmul as matmul
from gemmule.ops.precision import lowered as lowered
from gemmule.ops.reduce import amax as amax
from gemmule.ops.shape import matrix_transpose as matrix_transpose
from gemmule.ops.shape_join import repeat_interleave as repeat_interleave
from gemmule.ops.softmax import softmax as softmax
from gemmule.tensor import Tensor as Tensor, as_array as as_array, raw as raw

def scaled_dot_product_attention(query: Tensor, key: Any, value: Any, attn_mask: Any = None, dropout_p: builtins.float = 0.0, is_causal: builtins.bool = False, scale: Any = None, enable_gqa: builtins.bool = False) -> Tensor: ...
