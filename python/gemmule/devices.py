"""Devices: ``"cpu"``, and in a build with CUDA ``"cuda"`` or ``"cuda:1"``."""

from gemmule import _C

__all__ = ["check_device", "filled_like", "move", "name_of"]


def check_device(op, device):
    """A device's name in full, ``"cpu"`` for None. Raise unless tensors can be there.

    Raises:
        ValueError: it is no device's name.
        RuntimeError: this build or this machine has none of that kind.
    """
    if device is None or device == "cpu":
        return "cpu"
    return _C.check_device(op, str(device))


def move(array, device):
    """The Array on a device, itself where that is None."""
    return array if device is None else _C.to(array, str(device))


def name_of(device):
    """A device's name as the bindings take it: None is the CPU."""
    return None if device is None else str(device)


def filled_like(array, value):
    """An Array of one value, of another Array's shape and dtype, on its device."""
    return _C.full(array.shape, value, array.dtype, array.device)
