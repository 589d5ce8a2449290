# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple
from gemmule.autograd import track as track
from gemmule.tensor import Tensor as Tensor
from gemmule.tensor import as_array as as_array
from gemmule.tensor import raw as raw
from gemmule.tensor import wrap as wrap

def embedding(input: Any, weight: Any, padding_idx: Any = None, max_norm: Any = None, norm_type: Any = 2.0, scale_grad_by_freq: Any = False, sparse: Any = False) -> Tensor: ...
def one_hot(tensor: Any, num_classes: Any = -1) -> Tensor: ...
