# Written by tools/stubs.py.
from typing import Any
from gemmule.optim.optimizer import Optimizer as Optimizer, check_option as check_option

class Adam(Optimizer):
    def __init__(self, params: Any, lr: float = 0.001, betas: Any = ..., eps: float = 1e-08, weight_decay: Any = 0, amsgrad: bool = False, *, foreach: Any = None, maximize: bool = False, capturable: bool = False, differentiable: bool = False, fused: Any = None, decoupled_weight_decay: bool = False) -> None: ...

class AdamW(Adam):
    def __init__(self, params: Any, lr: float = 0.001, betas: Any = ..., eps: float = 1e-08, weight_decay: float = 0.01, amsgrad: bool = False, *, maximize: bool = False, foreach: Any = None, capturable: bool = False, differentiable: bool = False, fused: Any = None) -> None: ...
