# Written by tools/stubs.py.
from typing import Any
from gemmule.autograd import track as track
from gemmule.dtypes import as_dtype as as_dtype
from gemmule.errors import one_axis as one_axis
from gemmule.ops.binary import multiply as multiply
from gemmule.tensor import Tensor as Tensor, methods as methods, raw as raw

def log_softmax(input: Tensor, dim: Any = None, dtype: Any = None, *, axis: Any = None) -> Tensor: ...
def softmax(input: Tensor, dim: Any = None, dtype: Any = None, *, axis: Any = None) -> Tensor: ...
def softmin(input: Tensor, dim: Any = None, dtype: Any = None, *, axis: Any = None) -> Tensor: ...
