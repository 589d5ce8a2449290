# Written by tools/stubs.py.
from typing import Any
from gemmule.tensor import (
    Tensor as Tensor,
    as_array as as_array,
    check_tensor as check_tensor,
    raw as raw,
    tracked as tracked,
)

def check_out(out: Tensor, op: Any, operands: Any) -> None: ...
def copied(out: Tensor, op: Any, function: Any, operands: Any) -> Tensor: ...
def into(out: Tensor, op: Any, function: Any, operands: Any, *options: Any) -> Tensor: ...
def moved(out: Tensor, op: Any, operands: Any, function: Any, *arguments: Any, **options: Any) -> Tensor: ...
