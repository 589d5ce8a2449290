"""torch.nn.init: gemmule's initial values."""

from gemmule.nn.init import *
