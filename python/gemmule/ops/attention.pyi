# Written by tools/stubs.py.
from typing import Any
from gemmule.tensor import Tensor

def scaled_dot_product_attention(query: Tensor, key: Any, value: Any, attn_mask: Any = None, dropout_p: float = 0.0, is_causal: bool = False, scale: Any = None, enable_gqa: bool = False) -> Tensor: ...
