"""Padding layers in one and two dimensions."""

from gemmule.nn import functional as F
from gemmule.nn._sizes import padding_of
from gemmule.nn.module import Module

__all__ = [
    "CircularPad1d",
    "CircularPad2d",
    "ConstantPad1d",
    "ConstantPad2d",
    "ReflectionPad1d",
    "ReflectionPad2d",
    "ReplicationPad1d",
    "ReplicationPad2d",
    "ZeroPad1d",
    "ZeroPad2d",
]


class _Pad(Module):
    """Widths (left, right) or (left, right, top, bottom), or one number for all."""

    _dimensions: int
    _mode: str

    def __init__(self, padding):
        super().__init__()
        self.padding = padding_of(padding, self._dimensions)
        if len(self.padding) != 2 * self._dimensions:
            raise ValueError(
                f"{type(self).__name__}: padding takes {2 * self._dimensions} widths, "
                f"got {self.padding}"
            )

    def forward(self, input):
        return F.pad(input, self.padding, mode=self._mode)

    def extra_repr(self):
        return str(self.padding)


class ConstantPad1d(_Pad):
    """Pads the last dimension with a value."""

    _dimensions, _mode = 1, "constant"

    def __init__(self, padding, value):
        super().__init__(padding)
        self.value = value

    def forward(self, input):
        return F.pad(input, self.padding, mode="constant", value=self.value)

    def extra_repr(self):
        return f"padding={self.padding}, value={self.value}"


class ConstantPad2d(ConstantPad1d):
    """Pads the last two dimensions with a value."""

    _dimensions = 2


class ZeroPad1d(ConstantPad1d):
    """Pads the last dimension with zeros."""

    def __init__(self, padding):
        super().__init__(padding, 0.0)

    def extra_repr(self):
        return str(self.padding)


class ZeroPad2d(ZeroPad1d):
    """Pads the last two dimensions with zeros."""

    _dimensions = 2


class ReflectionPad1d(_Pad):
    """Pads the last dimension with what mirrors in its ends, which are not repeated."""

    _dimensions, _mode = 1, "reflect"


class ReflectionPad2d(_Pad):
    """Pads the last two dimensions with what mirrors in their ends, which are not repeated."""

    _dimensions, _mode = 2, "reflect"


class ReplicationPad1d(_Pad):
    """Pads the last dimension with its ends."""

    _dimensions, _mode = 1, "replicate"


class ReplicationPad2d(_Pad):
    """Pads the last two dimensions with their ends."""

    _dimensions, _mode = 2, "replicate"


class CircularPad1d(_Pad):
    """Pads the last dimension as if it went round."""

    _dimensions, _mode = 1, "circular"


class CircularPad2d(_Pad):
    """Pads the last two dimensions as if they went round."""

    _dimensions, _mode = 2, "circular"
