# Written by tools/stubs.py.
from typing import Any
from gemmule.optim.optimizer import Optimizer as Optimizer, check_option as check_option
from gemmule.tensor import wrap as wrap

class Adagrad(Optimizer):
    def __init__(self, params: Any, lr: float = 0.01, lr_decay: Any = 0, weight_decay: Any = 0, initial_accumulator_value: Any = 0, eps: float = 1e-10, foreach: Any = None, *, maximize: bool = False, differentiable: bool = False, fused: Any = None) -> None: ...
    def add_param_group(self, param_group: Any) -> None: ...
