"""Pooling layers in one and two dimensions, and the functions that are composed of others."""

import math
from collections.abc import Callable

import numpy

from gemmule import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    asarray,
    avg_pool1d,
    avg_pool2d,
    gather,
    max_pool1d,
    max_pool2d,
    rand,
    scatter,
    zeros,
)
from gemmule.nn._sizes import per_dimension
from gemmule.nn.module import Module
from gemmule.tensor import Tensor, check_tensor

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AvgPool1d",
    "AvgPool2d",
    "FractionalMaxPool2d",
    "LPPool1d",
    "LPPool2d",
    "MaxPool1d",
    "MaxPool2d",
    "MaxUnpool1d",
    "MaxUnpool2d",
]


# ---- functions -----------------------------------------------------------------------------------


def lp_pool1d(input, norm_type, kernel_size, stride=None, ceil_mode=False):
    """(Σ xᵖ)^(1/p) of each window of (N, C, L), p being `norm_type`."""
    means = avg_pool1d(input**norm_type, kernel_size, stride, 0, ceil_mode)
    return (means * float(per_dimension(kernel_size, 1)[0])) ** (1 / norm_type)


def lp_pool2d(input, norm_type, kernel_size, stride=None, ceil_mode=False):
    """(Σ xᵖ)^(1/p) of each window of (N, C, H, W), p being `norm_type`."""
    means = avg_pool2d(input**norm_type, kernel_size, stride, 0, ceil_mode)
    return (means * float(math.prod(per_dimension(kernel_size, 2)))) ** (1 / norm_type)


def max_unpool1d(input, indices, kernel_size, stride=None, padding=0, output_size=None):
    """What ``max_pool1d(return_indices=True)`` gave back in place, with zeros around.

    Args:
        output_size: the length before pooling, which the windows leave open; None takes the least.
    """
    return _unpool("max_unpool1d", input, indices, (kernel_size, stride, padding), output_size, 1)


def max_unpool2d(input, indices, kernel_size, stride=None, padding=0, output_size=None):
    """What ``max_pool2d(return_indices=True)`` gave back in place, with zeros around."""
    return _unpool("max_unpool2d", input, indices, (kernel_size, stride, padding), output_size, 2)


def _unpool(op, input, indices, window, output_size, n):
    kernel, stride, padding = window
    kernel = per_dimension(kernel, n)
    stride = kernel if stride is None else per_dimension(stride, n)
    padding = per_dimension(padding, n)
    check_tensor(input, op)
    check_tensor(indices, op, "indices")
    if indices.shape != input.shape:
        raise ValueError(
            f"{op}: indices of shape {input.shape} are expected, got shape {indices.shape}"
        )
    usual = tuple(
        (size - 1) * s - 2 * p + k
        for size, k, s, p in zip(input.shape[-n:], kernel, stride, padding, strict=True)
    )
    sizes = usual if output_size is None else tuple(output_size)[-n:]
    if any(abs(size - u) >= s for size, u, s in zip(sizes, usual, stride, strict=True)):
        raise ValueError(f"{op}: output_size {sizes} is a stride or more away from {usual}")
    count = math.prod(sizes)
    if indices.numel() and not 0 <= indices.min().item() <= indices.max().item() < count:
        raise IndexError(f"{op}: an index is out of range for an output of sizes {sizes}")
    lead = input.shape[:-n]
    flat = zeros((*lead, count), dtype=input.dtype)
    placed = scatter(flat, -1, indices.reshape((*lead, -1)), input.reshape((*lead, -1)))
    return placed.reshape((*lead, *sizes))


def fractional_max_pool2d(
    input,
    kernel_size,
    output_size=None,
    output_ratio=None,
    return_indices=False,
    _random_samples=None,
):
    """Maxima over windows at random steps. See :class:`FractionalMaxPool2d`."""
    check_tensor(input, "fractional_max_pool2d")
    if input.ndim not in (3, 4):
        raise ValueError(
            "fractional_max_pool2d: an input of shape (N, C, H, W) or (C, H, W) is expected, "
            f"got {input.shape}"
        )
    if (output_size is None) == (output_ratio is None):
        raise ValueError("fractional_max_pool2d: give output_size or output_ratio, one of them")
    if input.ndim == 3:
        result = fractional_max_pool2d(
            input.unsqueeze(0), kernel_size, output_size, output_ratio, True, _random_samples
        )
        values, places = (part.squeeze(0) for part in result)
        return (values, places) if return_indices else values
    n, c, height, width = input.shape
    kernel = per_dimension(kernel_size, 2)
    if output_size is None:
        ratios = per_dimension(output_ratio, 2)
        output_size = int(height * ratios[0]), int(width * ratios[1])
    out = per_dimension(output_size, 2)
    for size, k, o in zip((height, width), kernel, out, strict=True):
        if o + k - 1 > size:
            raise ValueError(
                f"fractional_max_pool2d: {o} windows of {k} do not fit into an input of shape "
                f"{input.shape}"
            )
    if _random_samples is None:
        _random_samples = rand((n, c, 2), dtype=input.dtype)
    check_tensor(_random_samples, "fractional_max_pool2d", "_random_samples")
    samples = _random_samples.numpy()
    columns = _starts(samples[:, :, 0], width, kernel[1], out[1])[..., None]
    rows = _starts(samples[:, :, 1], height, kernel[0], out[0])[..., None]
    columns = columns + numpy.arange(kernel[1])
    rows = rows + numpy.arange(kernel[0])
    # (N, C, rows, columns of the output; rows, columns of the window): where each element lies.
    places = rows[:, :, :, None, :, None] * width + columns[:, :, None, :, None, :]
    places = asarray(places.reshape(n, c, -1))
    windows = gather(input.reshape((n, c, height * width)), -1, places)
    values, which = windows.reshape((n, c, *out, -1)).max(-1)
    if not return_indices:
        return values
    places = places.reshape((n, c, *out, -1))
    return values, gather(places, -1, which.unsqueeze(-1)).squeeze(-1)


def _starts(sample, size, kernel, out):
    """First positions of `out` windows: steps of alpha from a random fraction, the last at the
    end."""
    starts = numpy.empty((*sample.shape, out), numpy.int64)
    if out > 1:
        alpha = sample.dtype.type((size - kernel) / (out - 1))
        steps = (numpy.arange(out, dtype=sample.dtype) + sample[..., None]) * alpha
        starts[:] = steps.astype(numpy.int64) - (sample * alpha).astype(numpy.int64)[..., None]
    starts[..., -1] = size - kernel
    return starts


# ---- layers --------------------------------------------------------------------------------------


class _MaxPool(Module):
    _pool: Callable

    def __init__(
        self,
        kernel_size,
        stride=None,
        padding=0,
        dilation=1,
        return_indices=False,
        ceil_mode=False,
    ):
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, input):
        return self._pool(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            ceil_mode=self.ceil_mode,
            return_indices=self.return_indices,
        )

    def extra_repr(self):
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPool):
    """The largest of each window of (N, C, L).

    Args:
        kernel_size: the window.
        stride: step of the window; None is `kernel_size`.
        padding: -∞ added on both ends, at most half the window.
        dilation: step inside the window.
        return_indices: whether to give the position of each maximum too.
        ceil_mode: whether a window that only begins inside counts.
    """

    _pool = staticmethod(max_pool1d)


class MaxPool2d(_MaxPool):
    """The largest of each window of (N, C, H, W). See :class:`MaxPool1d`."""

    _pool = staticmethod(max_pool2d)


class _AvgPool(Module):
    kernel_size: int | tuple
    stride: int | tuple
    padding: int | tuple

    def extra_repr(self):
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool1d(_AvgPool):
    """The mean of each window of (N, C, L).

    Args:
        kernel_size, stride, padding, ceil_mode: as in :class:`MaxPool1d`, with zeros around.
        count_include_pad: whether those zeros count in the mean.
    """

    def __init__(
        self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True
    ):
        super().__init__()
        self.kernel_size = per_dimension(kernel_size, 1)
        self.stride = self.kernel_size if stride is None else per_dimension(stride, 1)
        self.padding = per_dimension(padding, 1)
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, input):
        return avg_pool1d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
        )


class AvgPool2d(_AvgPool):
    """The mean of each window of (N, C, H, W). See :class:`AvgPool1d`.

    Args:
        divisor_override: divide by this instead of the window's size.
    """

    def __init__(
        self,
        kernel_size,
        stride=None,
        padding=0,
        ceil_mode=False,
        count_include_pad=True,
        divisor_override=None,
    ):
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input):
        return avg_pool2d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            self.divisor_override,
        )


class _Adaptive(Module):
    _pool: Callable[..., Tensor]

    def __init__(self, output_size):
        super().__init__()
        self.output_size = output_size

    def forward(self, input):
        return self._pool(input, self.output_size)

    def extra_repr(self):
        return f"output_size={self.output_size}"


class _AdaptiveMax(_Adaptive):
    def __init__(self, output_size, return_indices=False):
        super().__init__(output_size)
        self.return_indices = return_indices

    def forward(self, input):
        return self._pool(input, self.output_size, self.return_indices)


class AdaptiveAvgPool1d(_Adaptive):
    """Means over windows of (N, C, L) that give `output_size` of them."""

    _pool = staticmethod(adaptive_avg_pool1d)


class AdaptiveAvgPool2d(_Adaptive):
    """Means over windows of (N, C, H, W) that give `output_size` of them.

    Args:
        output_size: one number or a pair; None keeps a dimension as it is.
    """

    _pool = staticmethod(adaptive_avg_pool2d)


class AdaptiveMaxPool1d(_AdaptiveMax):
    """Maxima over windows of (N, C, L) that give `output_size` of them."""

    _pool = staticmethod(adaptive_max_pool1d)


class AdaptiveMaxPool2d(_AdaptiveMax):
    """Maxima over windows of (N, C, H, W). See :class:`AdaptiveAvgPool2d`."""

    _pool = staticmethod(adaptive_max_pool2d)


class _LPPool(Module):
    _pool: Callable[..., Tensor]

    def __init__(self, norm_type, kernel_size, stride=None, ceil_mode=False):
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def forward(self, input):
        return self._pool(
            input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode
        )

    def extra_repr(self):
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(_LPPool):
    """(Σ xᵖ)^(1/p) of each window of (N, C, L), p being `norm_type`."""

    _pool = staticmethod(lp_pool1d)


class LPPool2d(_LPPool):
    """(Σ xᵖ)^(1/p) of each window of (N, C, H, W), p being `norm_type`."""

    _pool = staticmethod(lp_pool2d)


class _MaxUnpool(Module):
    _dimensions: int
    _unpool: Callable[..., Tensor]

    def __init__(self, kernel_size, stride=None, padding=0):
        super().__init__()
        self.kernel_size = per_dimension(kernel_size, self._dimensions)
        self.stride = per_dimension(kernel_size if stride is None else stride, self._dimensions)
        self.padding = per_dimension(padding, self._dimensions)

    def forward(self, input, indices, output_size=None):
        return self._unpool(
            input, indices, self.kernel_size, self.stride, self.padding, output_size
        )

    def extra_repr(self):
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpool):
    """Puts what ``MaxPool1d(return_indices=True)`` gave back in place, with zeros around."""

    _dimensions = 1
    _unpool = staticmethod(max_unpool1d)


class MaxUnpool2d(_MaxUnpool):
    """Puts what ``MaxPool2d(return_indices=True)`` gave back in place, with zeros around."""

    _dimensions = 2
    _unpool = staticmethod(max_unpool2d)


class FractionalMaxPool2d(Module):
    """Maxima over windows at random steps between 1 and 2 on average: Graham, 2014.

    Args:
        kernel_size: the window, a number or a pair.
        output_size: the output's size, a number or a pair; or else
        output_ratio: its ratio to the input's, between 0 and 1.
        return_indices: whether to give the position of each maximum too.
    """

    _random_samples: Tensor | None

    def __init__(
        self,
        kernel_size,
        output_size=None,
        output_ratio=None,
        return_indices=False,
        _random_samples=None,
    ):
        super().__init__()
        if (output_size is None) == (output_ratio is None):
            raise ValueError("FractionalMaxPool2d: give output_size or output_ratio, one of them")
        if output_ratio is not None:
            output_ratio = per_dimension(output_ratio, 2)
            if not all(0 < ratio < 1 for ratio in output_ratio):
                raise ValueError(
                    f"FractionalMaxPool2d: output_ratio must be within 0 and 1, got {output_ratio}"
                )
        self.kernel_size = per_dimension(kernel_size, 2)
        self.output_size = None if output_size is None else per_dimension(output_size, 2)
        self.output_ratio = output_ratio
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)

    def forward(self, input):
        return fractional_max_pool2d(
            input,
            self.kernel_size,
            self.output_size,
            self.output_ratio,
            self.return_indices,
            _random_samples=self._random_samples,
        )
