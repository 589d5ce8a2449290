"""Optimizers with PyTorch's names, signatures and state dicts; each step is one fused kernel,
but for Adagrad's."""

from gemmule.optim import lr_scheduler
from gemmule.optim.adagrad import Adagrad
from gemmule.optim.adam import Adam, AdamW
from gemmule.optim.optimizer import Optimizer
from gemmule.optim.rmsprop import RMSprop
from gemmule.optim.sgd import SGD
from gemmule.public import public_classes as _public_classes

__all__ = ["SGD", "Adagrad", "Adam", "AdamW", "Optimizer", "RMSprop", "lr_scheduler"]

_public_classes(globals())
_public_classes(vars(lr_scheduler))
