"""gemmule: a small, fast tensor engine.

Names follow the Python array API standard; what the standard lacks follows PyTorch.
"""

import importlib as _importlib
import typing as _typing

from gemmule import _C, _compiled, autograd, hooks
from gemmule.array_api import *
from gemmule.autograd import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from gemmule.config import *
from gemmule.dtypes import *
from gemmule.einops_backend import watch as _watch_einops
from gemmule.io import load, save
from gemmule.ops.activation import *
from gemmule.ops.attention import *
from gemmule.ops.binary import *
from gemmule.ops.cast import *
from gemmule.ops.compare import *
from gemmule.ops.conv import *
from gemmule.ops.create import *
from gemmule.ops.dlpack import *
from gemmule.ops.dropout import *
from gemmule.ops.embedding import *
from gemmule.ops.index import *
from gemmule.ops.loss import *
from gemmule.ops.matmul import *
from gemmule.ops.matmul_einsum import *
from gemmule.ops.norm import *
from gemmule.ops.pool import *
from gemmule.ops.precision import *
from gemmule.ops.random import *
from gemmule.ops.reduce import *
from gemmule.ops.rnn import *
from gemmule.ops.scan import *
from gemmule.ops.shape import *
from gemmule.ops.shape_join import *
from gemmule.ops.softmax import *
from gemmule.ops.sort import *
from gemmule.ops.sort_quantile import *
from gemmule.ops.unary import *
from gemmule.public import public as _public
from gemmule.public import public_classes as _public_classes
from gemmule.public import public_methods as _public_methods
from gemmule.tensor import Tensor

__version__ = "0.1.0"

_watch_einops()
_public(globals(), __name__)
_public_classes(globals())
_public_methods(Tensor)
_C.hasten(Tensor)

if _typing.TYPE_CHECKING:
    from gemmule import data, fft, io, linalg, nn, optim, torch, train
else:
    _packages = ("data", "fft", "io", "linalg", "nn", "optim", "torch", "train")

    def __getattr__(name):
        """The packages above the operations, imported when they are first used."""
        if name not in _packages:
            there = f"; it is gemmule.{_called[name]}" if name in _called else ""
            raise AttributeError(f"module 'gemmule' has no attribute {name!r}{there}")
        return _importlib.import_module(f"gemmule.{name}")

    # What NumPy and PyTorch call what is here, or have here.
    _called = {
        "absolute": "abs",
        "arctan2": "atan2",
        "array": "tensor, or gemmule.asarray, which shares memory",
        "copy": "clone",
        "identity": "eye",
        "inverse": "linalg.inv",
        "invert": "bitwise_invert",
        "mod": "remainder",
        "percentile": "quantile",
        "power": "pow",
        "random": "rand, gemmule.randn and others",
        "seed": "manual_seed",
        **{f"arc{name}": f"a{name}" for name in ("cos", "sin", "tan", "cosh", "sinh", "tanh")},
        **{
            name: f"linalg.{name}"
            for name in ("cholesky", "cross", "det", "eigh", "inv", "lstsq", "pinv", "qr", "svd")
        },
    }

    # Modules of ours that nobody needs to look for.
    _ours = {
        "config",
        "devices",
        "dtypes",
        "einops_backend",
        "errors",
        "function",
        "hooks",
        "ops",
        "public",
    }

    def __dir__():
        return sorted({*globals(), *_packages} - _ours)
