"""gemmule under PyTorch's names: ``import gemmule.torch as torch`` is the one line that changes.

What ``gemmule`` itself takes from the array API standard (``axis=``, keyword-only arguments) is
here as in PyTorch (``dim=``, ``keepdim=``, and values with indices from ``max(x, dim)``).
"""

from gemmule import *
from gemmule import __version__
from gemmule.torch import autograd, backends, cuda, nn, optim, utils
from gemmule.torch.device import device
from gemmule.torch.functions import *
from gemmule.torch.serialization import load, save
