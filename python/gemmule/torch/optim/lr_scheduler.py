"""torch.optim.lr_scheduler: gemmule's schedules."""

from gemmule.optim.lr_scheduler import *
