# Written by tools/stubs.py.
import builtins
from typing import Any
from gemmule.autograd import track as track
from gemmule.tensor import Tensor as Tensor, as_array as as_array, raw as raw, wrap as wrap

def embedding(input: Tensor, weight: Any, padding_idx: Any = None, max_norm: builtins.float | None = None, norm_type: builtins.float = 2.0, scale_grad_by_freq: builtins.bool = False, sparse: builtins.bool = False) -> Tensor: ...
def one_hot(tensor: Any, num_classes: Any = -1) -> Tensor: ...
