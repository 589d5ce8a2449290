"""torch.nn: gemmule's layers."""

from gemmule.nn import *
from gemmule.nn import functional, init, utils
