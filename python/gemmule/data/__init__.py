"""Data sets, and the loader that makes batches of them; names are those of torch.utils.data."""

from gemmule.data.dataset import *
from gemmule.data.loader import *
from gemmule.data.sampler import *
