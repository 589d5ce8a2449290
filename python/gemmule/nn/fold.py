"""Sliding blocks of an image as columns, and back."""

import math

import numpy

from gemmule import asarray, conv_transpose2d, index_select, pad
from gemmule.nn._sizes import per_dimension
from gemmule.nn.module import Module
from gemmule.tensor import check_tensor

__all__ = ["Fold", "Unfold"]


def unfold(input, kernel_size, dilation=1, padding=0, stride=1):
    """The blocks of images (N, C, H, W) as columns (N, C·∏kernel_size, L)."""
    _check_rank("unfold", input, (3, 4), "(N, C, H, W) or (C, H, W)")
    if input.ndim == 3:
        return unfold(input.unsqueeze(0), kernel_size, dilation, padding, stride).squeeze(0)
    kernel, dilation, padding, stride = _windows(kernel_size, dilation, padding, stride)
    counts = _counts("unfold", input.shape[2:], kernel, dilation, padding, stride)
    n, channels = input.shape[:2]
    blocks = pad(input, (padding[1], padding[1], padding[0], padding[0]))
    for i in range(2):
        taps = numpy.arange(kernel[i])[:, None] * dilation[i] + numpy.arange(counts[i]) * stride[i]
        blocks = index_select(blocks, 2 + i, asarray(taps.ravel()))
    blocks = blocks.reshape((n, channels, kernel[0], counts[0], kernel[1], counts[1]))
    columns = blocks.permute(0, 1, 2, 4, 3, 5)
    return columns.reshape((n, channels * math.prod(kernel), math.prod(counts)))


def fold(input, output_size, kernel_size, dilation=1, padding=0, stride=1):
    """Blocks (N, C·∏kernel_size, L) summed into the images (N, C, *output_size) they slid over."""
    _check_rank("fold", input, (2, 3), "(N, C·∏kernel_size, L) or (C·∏kernel_size, L)")
    if input.ndim == 2:
        args = (output_size, kernel_size, dilation, padding, stride)
        return fold(input.unsqueeze(0), *args).squeeze(0)
    kernel, dilation, padding, stride = _windows(kernel_size, dilation, padding, stride)
    sizes = per_dimension(output_size, 2)
    counts = _counts("fold", sizes, kernel, dilation, padding, stride)
    taps = math.prod(kernel)
    n, rows, columns = input.shape
    if rows % taps or columns != math.prod(counts):
        raise ValueError(
            f"fold: an input of shape (N, C·{taps}, {math.prod(counts)}) is expected for an output "
            f"of sizes {sizes}, got {input.shape}"
        )
    # The sum of shifted blocks is a transposed convolution whose kernels are single ones.
    channels = rows // taps
    ones = numpy.tile(numpy.eye(taps).reshape(taps, 1, *kernel), (channels, 1, 1, 1))
    extra = [
        size + 2 * p - d * (k - 1) - 1 - (count - 1) * s
        for size, p, d, k, count, s in zip(
            sizes, padding, dilation, kernel, counts, stride, strict=True
        )
    ]
    blocks = input.reshape((n, rows, *counts))
    weight = asarray(ones, dtype=input.dtype)
    return conv_transpose2d(blocks, weight, None, stride, padding, tuple(extra), channels, dilation)


def _check_rank(op, input, ranks, expected):
    check_tensor(input, op)
    if input.ndim not in ranks:
        raise ValueError(f"{op}: an input of shape {expected} is expected, got {input.shape}")


def _windows(*sizes):
    return [per_dimension(size, 2) for size in sizes]


def _counts(op, sizes, kernel, dilation, padding, stride):
    counts = tuple(
        (size + 2 * p - d * (k - 1) - 1) // s + 1
        for size, k, d, p, s in zip(sizes, kernel, dilation, padding, stride, strict=True)
    )
    if min(counts) < 1:
        raise ValueError(f"{op}: blocks of {kernel} do not fit into an image of sizes {sizes}")
    return counts


class Fold(Module):
    """Sums blocks (N, C·∏kernel_size, L) into the images (N, C, *output_size) they slid over.

    Args:
        output_size: the image's sizes, a number or a pair; so are the others.
        kernel_size, dilation, padding, stride: how the blocks lie, as for a convolution.
    """

    def __init__(self, output_size, kernel_size, dilation=1, padding=0, stride=1):
        super().__init__()
        self.output_size = output_size
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input):
        return fold(
            input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride
        )

    def extra_repr(self):
        return (
            f"output_size={self.output_size}, kernel_size={self.kernel_size}, "
            f"dilation={self.dilation}, padding={self.padding}, stride={self.stride}"
        )


class Unfold(Module):
    """The blocks of images (N, C, H, W) as columns (N, C·∏kernel_size, L). See :class:`Fold`."""

    def __init__(self, kernel_size, dilation=1, padding=0, stride=1):
        super().__init__()
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input):
        return unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self):
        return (
            f"kernel_size={self.kernel_size}, dilation={self.dilation}, padding={self.padding}, "
            f"stride={self.stride}"
        )
