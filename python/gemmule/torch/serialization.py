"""torch.save and torch.load: tensors, and what holds them, to a file and back."""

import contextlib
import os
import pickle

from gemmule import _C
from gemmule.io.weights import OF_PYTORCH, ZIP

_OLD_FORMAT = 0x1950A86A20F9469CFC6C  # the number that such a file of PyTorch begins with

__all__ = ["load", "save"]

# What a file may name and still be loaded as weights only: data, not code.
_DATA = {
    "collections": {"OrderedDict", "defaultdict"},
    "gemmule._C": {name for name in dir(_C) if isinstance(getattr(_C, name), _C.DType)},
    "gemmule.devices": {"Device"},
    "gemmule.nn.parameter": {"Parameter"},
    "gemmule.tensor": {"Tensor", "_rebuild"},
    "numpy": {"dtype", "ndarray"},
    "numpy._core.multiarray": {"_reconstruct", "scalar"},
    "numpy._core.numeric": {"_frombuffer"},
    "numpy.core.multiarray": {"_reconstruct", "scalar"},
    "numpy.core.numeric": {"_frombuffer"},
}


class _WeightsOnly(pickle.Unpickler):
    def find_class(self, module, name):
        if name not in _DATA.get(module, ()):
            raise pickle.UnpicklingError(
                f"load: the file names {module}.{name}, which is no data; pass "
                "weights_only=False if you trust where the file is from: it can then run any code"
            )
        return super().find_class(module, name)


def _opened(f, mode):
    """A path opened; a file object as it is."""
    return open(f, mode) if isinstance(f, (str, os.PathLike)) else contextlib.nullcontext(f)


def save(obj, f):
    """Write an object, such as a state dict or a dict of several, to a path or file.

    ``gemmule.save`` writes a state dict in a format that other libraries read.
    """
    if not isinstance(f, (str, os.PathLike)) and not hasattr(f, "write"):
        raise TypeError(f"save: expected a path or file for 'f', got {type(f).__name__}")
    with _opened(f, "wb") as file:
        pickle.dump(obj, file)


def load(f, map_location=None, *, weights_only=True):
    """What :func:`save` wrote.

    Args:
        f: a path or file.
        map_location: accepted for PyTorch's sake; tensors are on the CPU.
        weights_only: whether to refuse anything but tensors, numbers, strings and containers.

    Raises:
        pickle.UnpicklingError: `weights_only` and the file names something else; or PyTorch wrote
            the file.
    """
    with _opened(f, "rb") as file:
        if hasattr(file, "seekable") and file.seekable():
            start = file.read(len(ZIP))
            file.seek(-len(start), os.SEEK_CUR)
            if start == ZIP:
                raise pickle.UnpicklingError(f"load: the file {OF_PYTORCH}")
        loaded = (_WeightsOnly(file) if weights_only else pickle.Unpickler(file)).load()
        if isinstance(loaded, int) and loaded == _OLD_FORMAT:
            raise pickle.UnpicklingError("load: the file is of PyTorch's older format, before zip")
        return loaded
