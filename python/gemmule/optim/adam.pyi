# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple
from gemmule.optim.optimizer import Optimizer as Optimizer
from gemmule.optim.optimizer import check_option as check_option

class Adam(Optimizer):
    def __init__(self, params: Any, lr: builtins.float = 0.001, betas: Any = ..., eps: builtins.float = 1e-08, weight_decay: Any = 0, amsgrad: Any = False, *, foreach: Any = None, maximize: Any = False, capturable: Any = False, differentiable: Any = False, fused: Any = None, decoupled_weight_decay: Any = False) -> None: ...

class AdamW(Adam):
    def __init__(self, params: Any, lr: builtins.float = 0.001, betas: Any = ..., eps: builtins.float = 1e-08, weight_decay: builtins.float = 0.01, amsgrad: Any = False, *, maximize: Any = False, foreach: Any = None, capturable: Any = False, differentiable: Any = False, fused: Any = None) -> None: ...
