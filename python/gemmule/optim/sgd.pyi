# Written by tools/stubs.py.
from typing import Any
from gemmule.optim.optimizer import Optimizer as Optimizer, check_option as check_option

class SGD(Optimizer):
    def __init__(self, params: Any, lr: float = 0.001, momentum: Any = 0, dampening: Any = 0, weight_decay: Any = 0, nesterov: bool = False, *, maximize: bool = False, foreach: Any = None, differentiable: bool = False, fused: Any = None) -> None: ...
