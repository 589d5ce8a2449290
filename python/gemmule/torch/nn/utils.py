"""torch.nn.utils: gemmule's."""

from gemmule.nn.utils import *
