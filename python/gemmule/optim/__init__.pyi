# Written by tools/stubs.py.
from gemmule.optim import (
    adam as adam,
    lr_scheduler as lr_scheduler,
    optimizer as optimizer,
    rmsprop as rmsprop,
    sgd as sgd,
)
from gemmule.optim.adam import Adam as Adam, AdamW as AdamW
from gemmule.optim.optimizer import Optimizer as Optimizer
from gemmule.optim.rmsprop import RMSprop as RMSprop
from gemmule.optim.sgd import SGD as SGD


