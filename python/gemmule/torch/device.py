"""Devices by PyTorch's names."""

__all__ = ["device"]


class device:
    """A place for tensors: ``"cpu"`` is the one there is.

    Args:
        type: the kind, such as ``"cpu"``, ``"cuda"`` or ``"cuda:0"``.
        index: which of the kind, or None.
    """

    def __init__(self, type, index=None):
        given = type
        if isinstance(given, device):
            index = given.index
            given = given.type
        kind, _, number = str(given).partition(":")
        self.type: str = kind
        self.index: int | None = int(number) if number else index

    def __str__(self):
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self):
        index = "" if self.index is None else f", index={self.index}"
        return f"device(type='{self.type}'{index})"

    def __eq__(self, other):
        return str(self) == str(other) if isinstance(other, (device, str)) else NotImplemented

    def __hash__(self):
        return hash(str(self))
