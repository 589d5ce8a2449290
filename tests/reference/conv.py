"""Convolution in plain NumPy, float64: one sum per kernel tap."""

import numpy as np


def pair(value, axes):
    return (value,) * axes if isinstance(value, int) else tuple(value)


def ends(padding, axes, kernel, dilation):
    """(before, after) of each axis."""
    if padding == "valid":
        padding = 0
    if padding == "same":
        total = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
        return [(t // 2, t - t // 2) for t in total]
    if not isinstance(padding, int) and len(padding) == 2 * axes:
        return list(zip(padding[::2], padding[1::2], strict=True))
    return [(p, p) for p in pair(padding, axes)]


def conv(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Of x (…, C, *sizes), for any number of axes."""
    axes = weight.ndim - 2
    if x.ndim == axes + 1:
        return conv(x[None], weight, bias, stride, padding, dilation, groups)[0]
    stride, dilation = pair(stride, axes), pair(dilation, axes)
    kernel = weight.shape[2:]
    x = np.pad(x, [(0, 0), (0, 0), *ends(padding, axes, kernel, dilation)])
    sizes = [
        (n - d * (k - 1) - 1) // s + 1
        for n, d, k, s in zip(x.shape[2:], dilation, kernel, stride, strict=True)
    ]
    images, filters = x.shape[0], weight.shape[0]
    x = x.reshape(images, groups, x.shape[1] // groups, *x.shape[2:])
    w = weight.reshape(groups, filters // groups, -1, *kernel)
    out = np.zeros((images, groups, filters // groups, *sizes))
    for tap in np.ndindex(*kernel):
        window = tuple(
            slice(t * d, t * d + (n - 1) * s + 1, s)
            for t, d, n, s in zip(tap, dilation, sizes, stride, strict=True)
        )
        out += np.einsum("ngc...,gfc->ngf...", x[(..., *window)], w[(..., *tap)])
    out = out.reshape(images, filters, *sizes)
    return out if bias is None else out + bias.reshape(-1, *[1] * axes)


def conv_transpose(
    x, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1
):
    """Every input adds its multiple of the kernel to the output."""
    axes = weight.ndim - 2
    if x.ndim == axes + 1:
        return conv_transpose(
            x[None], weight, bias, stride, padding, output_padding, groups, dilation
        )[0]
    stride, dilation, padding, extra = (
        pair(v, axes) for v in (stride, dilation, padding, output_padding)
    )
    kernel = weight.shape[2:]
    sizes = [
        (n - 1) * s + d * (k - 1) + 1 + e
        for n, s, d, k, e in zip(x.shape[2:], stride, dilation, kernel, extra, strict=True)
    ]
    images, channels = x.shape[:2]
    v = x.reshape(images, groups, channels // groups, *x.shape[2:])
    w = weight.reshape(groups, channels // groups, -1, *kernel)
    out = np.zeros((images, groups, w.shape[2], *sizes))
    for tap in np.ndindex(*kernel):
        window = tuple(
            slice(t * d, t * d + (n - 1) * s + 1, s)
            for t, d, n, s in zip(tap, dilation, x.shape[2:], stride, strict=True)
        )
        out[(..., *window)] += np.einsum("ngc...,gcf->ngf...", v, w[(..., *tap)])
    crop = tuple(slice(p, n - p) for p, n in zip(padding, sizes, strict=True))
    out = out.reshape(images, groups * w.shape[2], *sizes)[(..., *crop)]
    return out if bias is None else out + bias.reshape(-1, *[1] * axes)
