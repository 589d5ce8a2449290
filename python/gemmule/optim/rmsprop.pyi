# Written by tools/stubs.py.
import builtins
from typing import Any
from gemmule.optim.optimizer import Optimizer as Optimizer, check_option as check_option

class RMSprop(Optimizer):
    def __init__(self, params: Any, lr: builtins.float = 0.01, alpha: builtins.float = 0.99, eps: builtins.float = 1e-08, weight_decay: Any = 0, momentum: Any = 0, centered: builtins.bool = False, capturable: builtins.bool = False, foreach: Any = None, maximize: builtins.bool = False, differentiable: builtins.bool = False) -> None: ...
