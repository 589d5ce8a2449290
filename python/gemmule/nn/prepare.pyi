# Written by tools/stubs.py.
import builtins
from typing import Any
from typing_extensions import Self
from gemmule.autograd import no_grad as no_grad
from gemmule.nn.fusion import Weights as Weights, fuse as fuse
from gemmule.nn.module import Module as Module
from gemmule.nn.plan import (
    CannotPlan as CannotPlan,
    Plan as Plan,
    arrays_of as arrays_of,
    signature as signature,
    trace as trace,
)
from gemmule.ops.precision import lower_dtype as lower_dtype
from gemmule.tensor import Tensor as Tensor

KEPT_PLANS: builtins.int
PATIENCE: builtins.int
def prepare(model: Any, *example: Any) -> Prepared: ...

class _Hidden:
    def __init__(self, module: Module) -> None: ...
    module: Any

class Prepared(Module):
    def __init__(self, model: Any) -> None: ...
    def __reduce__(self) -> tuple[Any, ...]: ...
    def __repr__(self) -> builtins.str: ...
    def forward(self, *args: Any, **kwargs: Any) -> Any: ...
    def load_state_dict(self, *args: Any, **kwargs: Any) -> Any: ...
    def state_dict(self, *args: Any, **kwargs: Any) -> Any: ...
    def train(self, mode: builtins.bool = True) -> Self: ...

class _Changes(CannotPlan): ...
