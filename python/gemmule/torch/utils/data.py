"""torch.utils.data: gemmule's data sets and loader."""

from gemmule.data import *
