"""gemmule under PyTorch's names: ``import gemmule.torch as torch`` is the one line that changes.

What ``gemmule`` itself takes from the array API standard (``axis=``, keyword-only arguments) is
here as in PyTorch (``dim=``, ``keepdim=``, and values with indices from ``max(x, dim)``).
"""

# What takes the place of gemmule's own, further down, is meant to.
from gemmule import *
from gemmule import __version__, fft, linalg
from gemmule.devices import Device as device
from gemmule.torch import amp, autograd, backends, cuda, nn, optim, utils  # type: ignore[no-redef]
from gemmule.torch.functions import *  # type: ignore[assignment]
from gemmule.torch.serialization import load, save  # type: ignore[assignment]
