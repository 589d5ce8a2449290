"""torch.nn.functional: gemmule's functions behind the layers."""

from gemmule.nn.functional import *
