# Written by tools/stubs.py.
from typing import Any
from gemmule.optim.optimizer import Optimizer as Optimizer, check_option as check_option

class RMSprop(Optimizer):
    def __init__(self, params: Any, lr: float = 0.01, alpha: float = 0.99, eps: float = 1e-08, weight_decay: Any = 0, momentum: Any = 0, centered: bool = False, capturable: bool = False, foreach: Any = None, maximize: bool = False, differentiable: bool = False) -> None: ...
