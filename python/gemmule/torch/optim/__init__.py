"""torch.optim: gemmule's optimizers."""

from gemmule.optim import *
