# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple
from gemmule.autograd import recording as recording
from gemmule.autograd import track as track
from gemmule.ops.compare import where as where
from gemmule.ops.create import arange as arange
from gemmule.ops.dropout import dropout as dropout
from gemmule.ops.matmul import matmul as matmul
from gemmule.ops.precision import lowered as lowered
from gemmule.ops.reduce import amax as amax
from gemmule.ops.shape import matrix_transpose as matrix_transpose
from gemmule.ops.shape_join import repeat_interleave as repeat_interleave
from gemmule.ops.softmax import softmax as softmax
from gemmule.tensor import as_array as as_array
from gemmule.tensor import raw as raw

def scaled_dot_product_attention(query: Any, key: Any, value: Any, attn_mask: Any = None, dropout_p: Any = 0.0, is_causal: Any = False, scale: Any = None, enable_gqa: Any = False) -> Any: ...
