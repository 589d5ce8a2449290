"""Layers that resize images and sequences."""

import math

import numpy

from gemmule import asarray, index_select
from gemmule.nn._sizes import per_dimension
from gemmule.nn.module import Module
from gemmule.ops.pool import adaptive_avg_pool1d, adaptive_avg_pool2d
from gemmule.tensor import check_tensor

__all__ = ["Upsample", "UpsamplingBilinear2d", "UpsamplingNearest2d"]


def interpolate(
    input,
    size=None,
    scale_factor=None,
    mode="nearest",
    align_corners=None,
    recompute_scale_factor=None,
    antialias=False,
):
    """(N, C, L) or (N, C, H, W) at another size. See :class:`Upsample`.

    Raises:
        ValueError: the mode does not suit the input, a size is missing or less than 1.
    """
    check_tensor(input, "interpolate")
    n = input.ndim - 2
    _check(input, size, scale_factor, mode, align_corners, antialias)
    sizes = input.shape[2:]
    if size is not None:
        new, factors = per_dimension(size, n), None
    else:
        factors = per_dimension(scale_factor, n)
        new = tuple(math.floor(s * factor) for s, factor in zip(sizes, factors, strict=True))
    if min(*sizes, *new) < 1:
        raise ValueError(
            f"interpolate: from size {sizes} to {new}: sizes are expected to be at least 1"
        )
    if mode == "area":
        return adaptive_avg_pool1d(input, new) if n == 1 else adaptive_avg_pool2d(input, new)
    if recompute_scale_factor:
        factors = None
    between = _cubic if mode == "bicubic" else _linear
    for i in range(n):
        ratio = sizes[i] / new[i] if factors is None else 1 / factors[i]
        if mode.startswith("nearest"):
            input = _nearest(input, 2 + i, new[i], ratio, mode == "nearest-exact")
        elif align_corners:
            ratio = (sizes[i] - 1) / (new[i] - 1) if new[i] > 1 else 0.0
            input = between(input, 2 + i, numpy.arange(new[i]) * ratio)
        else:
            centres = (numpy.arange(new[i]) + 0.5) * ratio - 0.5
            input = between(input, 2 + i, centres)
    return input


def _check(input, size, scale_factor, mode, align_corners, antialias):
    modes = {
        1: ("nearest", "nearest-exact", "area", "linear"),
        2: ("nearest", "nearest-exact", "area", "bilinear", "bicubic"),
    }
    n = input.ndim - 2
    if n not in modes:
        raise ValueError(
            f"interpolate: an input of shape (N, C, L) or (N, C, H, W) is expected, "
            f"got {input.shape}"
        )
    if mode not in modes[n]:
        raise ValueError(
            f"interpolate: mode for an input of {input.ndim} dimensions is one of {modes[n]}, "
            f"got {mode!r}"
        )
    if (size is None) == (scale_factor is None):
        raise ValueError("interpolate: give size or scale_factor, one of them")
    if align_corners is not None and not mode.endswith(("linear", "cubic")):
        raise ValueError(f"interpolate: align_corners has no meaning for mode {mode!r}")
    if antialias:
        raise ValueError("interpolate: antialias is not supported")


def _nearest(input, dim, size, ratio, exact):
    """Each new position takes the old one that it falls on; `exact` goes by the centres."""
    positions = numpy.arange(size, dtype=numpy.float32) + numpy.float32(0.5 if exact else 0)
    index = numpy.floor(positions * numpy.float32(ratio)).astype(numpy.int64)
    return index_select(input, dim, asarray(index.clip(max=input.shape[dim] - 1)))


def _linear(input, dim, positions):
    """Between the two neighbours of each position, in proportion to their nearness."""
    last = input.shape[dim] - 1
    positions = positions.clip(min=0)
    below = numpy.floor(positions).astype(numpy.int64).clip(max=last)
    shape = [1] * input.ndim
    shape[dim] = len(positions)
    share = asarray((positions - below).reshape(shape), dtype=input.dtype)
    low = index_select(input, dim, asarray(below))
    high = index_select(input, dim, asarray((below + 1).clip(max=last)))
    return low + (high - low) * share


def _cubic(input, dim, positions):
    """Between the four neighbours of each position, by Keys' convolution with a = -0.75.

    Source: Keys, "Cubic convolution interpolation for digital image processing", 1981.
    """
    a, last = -0.75, input.shape[dim] - 1
    below = numpy.floor(positions).astype(numpy.int64)
    shape = [1] * input.ndim
    shape[dim] = len(positions)

    def part(step):
        d = abs(positions - below - step)
        near = ((a + 2) * d - (a + 3)) * d * d + 1
        far = ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
        share = asarray(numpy.where(d <= 1, near, far).reshape(shape), dtype=input.dtype)
        return index_select(input, dim, asarray((below + step).clip(0, last))) * share

    return part(-1) + part(0) + part(1) + part(2)


class Upsample(Module):
    """(N, C, L) or (N, C, H, W) at another size.

    Args:
        size: the new sizes, a number or a tuple; or else
        scale_factor: their ratios to the old ones.
        mode: ``"nearest"``, ``"nearest-exact"``, ``"area"`` (adaptive average pooling), for
            sequences ``"linear"``, for images ``"bilinear"`` or ``"bicubic"``.
        align_corners: whether the outermost samples, rather than their outer edges, stay in place.
        recompute_scale_factor: whether the ratio of the rounded sizes is used.
    """

    def __init__(
        self,
        size=None,
        scale_factor=None,
        mode="nearest",
        align_corners=None,
        recompute_scale_factor=None,
    ):
        super().__init__()
        self.name = type(self).__name__
        self.size = size
        self.scale_factor: float | tuple[float, ...] | None
        if isinstance(scale_factor, tuple):
            self.scale_factor = tuple(float(factor) for factor in scale_factor)
        else:
            self.scale_factor = float(scale_factor) if scale_factor else None
        self.mode = mode
        self.align_corners = align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input):
        return interpolate(
            input,
            self.size,
            self.scale_factor,
            self.mode,
            self.align_corners,
            self.recompute_scale_factor,
        )

    def extra_repr(self):
        if self.scale_factor is not None:
            return f"scale_factor={self.scale_factor!r}, mode={self.mode!r}"
        return f"size={self.size!r}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """Images resized by repeating the nearest pixel."""

    def __init__(self, size=None, scale_factor=None):
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    """Images resized by bilinear interpolation, corners aligned."""

    def __init__(self, size=None, scale_factor=None):
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)
