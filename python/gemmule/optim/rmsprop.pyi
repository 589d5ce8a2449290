# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple
from gemmule.optim.optimizer import Optimizer as Optimizer
from gemmule.optim.optimizer import check_option as check_option

class RMSprop(Optimizer):
    def __init__(self, params: Any, lr: builtins.float = 0.01, alpha: Any = 0.99, eps: builtins.float = 1e-08, weight_decay: Any = 0, momentum: Any = 0, centered: Any = False, capturable: Any = False, foreach: Any = None, maximize: Any = False, differentiable: Any = False) -> None: ...
