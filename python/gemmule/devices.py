"""Devices: ``"cpu"``, and in a build with CUDA ``"cuda"`` or ``"cuda:1"``."""

from gemmule import _C

__all__ = ["check_device", "filled_like", "move"]


def check_device(op, device):
    """Raise unless tensors can be on a device; None is the CPU.

    Raises:
        ValueError: it is no device's name.
        RuntimeError: this build or this machine has none of that kind.
    """
    if device is not None and device != "cpu":
        _C.check_device(op, str(device))


def move(array, device):
    """The Array on a device, itself where that is None."""
    return array if device is None else _C.to_device(array, str(device))


def filled_like(array, value):
    """An Array of one value, of another Array's shape and dtype, on its device."""
    filled = _C.full(array.shape, value, array.dtype)
    return filled if array.device == "cpu" else _C.to_device(filled, array.device)
