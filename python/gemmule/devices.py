"""Devices: ``"cpu"``, and in a build with CUDA ``"cuda"`` or ``"cuda:1"``."""

from gemmule import _C

__all__ = ["Device", "check_device", "filled_like", "move", "name_of"]


class Device(str):
    """A place for tensors, which is its name: ``"cpu"`` is the one there is.

    Args:
        type: the kind, such as ``"cpu"``, ``"cuda"`` or ``"cuda:0"``.
        index: which of the kind, or None. A number alone is a ``"cuda"`` device's.

    Raises:
        ValueError: both tell the index.
    """

    def __new__(cls, type, index=None):
        if isinstance(type, int):
            type, index = "cuda", type
        if index is not None and ":" in str(type):
            raise ValueError(f"device: {type!r} has an index already, got {index!r} besides")
        return super().__new__(cls, type if index is None else f"{type}:{index}")

    @property
    def type(self):
        """The kind, without the number."""
        return str(self).partition(":")[0]

    @property
    def index(self):
        """Which of the kind, or None."""
        number = str(self).partition(":")[2]
        return int(number) if number else None

    def __repr__(self):
        index = "" if self.index is None else f", index={self.index}"
        return f"device(type='{self.type}'{index})"


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
