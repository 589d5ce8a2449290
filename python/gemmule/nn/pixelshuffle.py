"""Layers that trade channels for pixels, or mix channels, without arithmetic."""

from gemmule.errors import check_positive
from gemmule.nn.module import Module
from gemmule.tensor import check_tensor

__all__ = ["ChannelShuffle", "PixelShuffle", "PixelUnshuffle"]


def pixel_shuffle(input, upscale_factor):
    """(..., C·r², H, W) becomes (..., C, H·r, W·r), r being the factor."""
    r = upscale_factor
    *lead, channels, height, width = _image("pixel_shuffle", input, r)
    if channels % (r * r):
        raise ValueError(
            f"pixel_shuffle: {channels} channels must be divisible by {r}², input {input.shape}"
        )
    n = len(lead)
    split = input.reshape((*lead, channels // (r * r), r, r, height, width))
    mixed = split.permute(*range(n + 1), n + 3, n + 1, n + 4, n + 2)
    return mixed.reshape((*lead, channels // (r * r), height * r, width * r))


def pixel_unshuffle(input, downscale_factor):
    """(..., C, H·r, W·r) becomes (..., C·r², H, W), r being the factor."""
    r = downscale_factor
    *lead, channels, height, width = _image("pixel_unshuffle", input, r)
    if height % r or width % r:
        raise ValueError(
            f"pixel_unshuffle: height and width must be divisible by {r}, input {input.shape}"
        )
    n = len(lead)
    split = input.reshape((*lead, channels, height // r, r, width // r, r))
    mixed = split.permute(*range(n + 1), n + 2, n + 4, n + 1, n + 3)
    return mixed.reshape((*lead, channels * r * r, height // r, width // r))


def channel_shuffle(input, groups):
    """The channels of (N, C, ...) dealt out to `groups` in turn."""
    check_tensor(input, "channel_shuffle")
    check_positive(groups, "channel_shuffle", "groups")
    if input.ndim < 3:
        raise ValueError(
            f"channel_shuffle: an input of shape (N, C, ...) is expected, got {input.shape}"
        )
    n, channels, *rest = input.shape
    if channels % groups:
        raise ValueError(
            f"channel_shuffle: {channels} channels must be divisible by groups {groups}"
        )
    split = input.reshape((n, groups, channels // groups, *rest))
    return split.transpose(1, 2).reshape(input.shape)


def _image(op, input, factor):
    check_tensor(input, op)
    check_positive(factor, op, "factor")
    if input.ndim < 3:
        raise ValueError(f"{op}: an input of shape (..., C, H, W) is expected, got {input.shape}")
    return input.shape


class PixelShuffle(Module):
    """(..., C·r², H, W) becomes (..., C, H·r, W·r): Shi and others, 2016."""

    def __init__(self, upscale_factor):
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input):
        return pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self):
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """(..., C, H·r, W·r) becomes (..., C·r², H, W)."""

    def __init__(self, downscale_factor):
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input):
        return pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self):
        return f"downscale_factor={self.downscale_factor}"


class ChannelShuffle(Module):
    """Deals the channels of (N, C, ...) out to `groups` in turn: Zhang and others, 2018."""

    def __init__(self, groups):
        super().__init__()
        self.groups = groups

    def forward(self, input):
        return channel_shuffle(input, self.groups)

    def extra_repr(self):
        return f"groups={self.groups}"
