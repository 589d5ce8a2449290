# Written by tools/stubs.py.
import builtins
from typing import Any
from gemmule.autograd import (
    before_write as before_write,
    track as track,
    track_write as track_write,
)
from gemmule.ops.precision import halves as halves
from gemmule.tensor import Tensor as Tensor, check_tensor as check_tensor, raw as raw, wrap as wrap

def alpha_dropout(input: Tensor, p: builtins.float = 0.5, training: builtins.bool = False, inplace: builtins.bool = False) -> Tensor: ...
default_generator: Any
def dropout(input: Tensor, p: builtins.float = 0.5, training: builtins.bool = True, inplace: builtins.bool = False) -> Tensor: ...
def dropout1d(input: Tensor, p: builtins.float = 0.5, training: builtins.bool = True, inplace: builtins.bool = False) -> Tensor: ...
def dropout2d(input: Tensor, p: builtins.float = 0.5, training: builtins.bool = True, inplace: builtins.bool = False) -> Tensor: ...
def feature_alpha_dropout(input: Tensor, p: builtins.float = 0.5, training: builtins.bool = False, inplace: builtins.bool = False) -> Tensor: ...
