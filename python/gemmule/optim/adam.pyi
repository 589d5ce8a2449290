# Written by tools/stubs.py.
import builtins
from typing import Any
from gemmule.optim.optimizer import Optimizer as Optimizer, check_option as check_option

class Adam(Optimizer):
    def __init__(self, params: Any, lr: builtins.float = 0.001, betas: Any = ..., eps: builtins.float = 1e-08, weight_decay: Any = 0, amsgrad: builtins.bool = False, *, foreach: Any = None, maximize: builtins.bool = False, capturable: builtins.bool = False, differentiable: builtins.bool = False, fused: Any = None, decoupled_weight_decay: builtins.bool = False) -> None: ...

class AdamW(Adam):
    def __init__(self, params: Any, lr: builtins.float = 0.001, betas: Any = ..., eps: builtins.float = 1e-08, weight_decay: builtins.float = 0.01, amsgrad: builtins.bool = False, *, maximize: builtins.bool = False, foreach: Any = None, capturable: builtins.bool = False, differentiable: builtins.bool = False, fused: Any = None) -> None: ...
