# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple
from gemmule.optim.optimizer import Optimizer as Optimizer
from gemmule.optim.optimizer import check_option as check_option

class SGD(Optimizer):
    def __init__(self, params: Any, lr: builtins.float = 0.001, momentum: Any = 0, dampening: Any = 0, weight_decay: Any = 0, nesterov: Any = False, *, maximize: Any = False, foreach: Any = None, differentiable: Any = False, fused: Any = None) -> None: ...
