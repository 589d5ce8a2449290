"""Pooling in plain NumPy, float64: every window written out."""

import itertools
import math

import numpy as np


def pairs(axes, *values):
    """Each value as a tuple of one number per axis."""
    return [(v,) * axes if isinstance(v, int) else tuple(v) for v in values]


def out_size(n, kernel, stride, padding, dilation, ceil_mode):
    room = n + 2 * padding - dilation * (kernel - 1) - 1
    out = (math.ceil if ceil_mode else math.floor)(room / stride) + 1
    if ceil_mode and (out - 1) * stride >= n + padding:
        out -= 1
    return out


def windows(x, axes, kernel, stride, padding, dilation, ceil_mode):
    """(output position, the window's input positions) for all outputs, and the output's sizes."""
    stride = kernel if stride is None else stride
    kernel, stride, padding, dilation = pairs(axes, kernel, stride, padding, dilation)
    sizes = x.shape[-axes:]
    outs = [
        out_size(*parameters, ceil_mode)
        for parameters in zip(sizes, kernel, stride, padding, dilation, strict=True)
    ]
    each = []
    for at in itertools.product(*map(range, outs)):
        taps = [
            [p for p in (i * s - pad + k * d for k in range(size)) if 0 <= p < n]
            for i, s, pad, d, size, n in zip(
                at, stride, padding, dilation, kernel, sizes, strict=True
            )
        ]
        each.append((at, taps))
    return each, outs


def bins(x, axes, output_size):
    """The same for adaptive pooling."""
    sizes = x.shape[-axes:]
    output_size = (output_size,) * axes if not isinstance(output_size, tuple) else output_size
    outs = [n if o is None else o for n, o in zip(sizes, output_size, strict=True)]
    each = []
    for at in itertools.product(*map(range, outs)):
        taps = [
            list(range(i * n // o, -(-(i + 1) * n // o)))
            for i, n, o in zip(at, sizes, outs, strict=True)
        ]
        each.append((at, taps))
    return each, outs


def _max(x, axes, each, outs):
    lead = x.shape[:-axes]
    out = np.empty((*lead, *outs))
    where = np.empty((*lead, *outs), np.int64)
    for at, taps in each:
        inside = x[(..., *np.ix_(*taps))].reshape(*lead, math.prod(map(len, taps)))
        flat = np.arange(math.prod(x.shape[-axes:])).reshape(x.shape[-axes:])[np.ix_(*taps)].ravel()
        winner = inside.argmax(-1)  # the first of equals, NaN before all
        out[(..., *at)] = np.take_along_axis(inside, winner[..., None], -1)[..., 0]
        where[(..., *at)] = flat[winner]
    return out, where


def max_pool(x, axes, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    return _max(x, axes, *windows(x, axes, kernel_size, stride, padding, dilation, ceil_mode))


def adaptive_max_pool(x, axes, output_size):
    return _max(x, axes, *bins(x, axes, output_size))


def avg_pool(
    x,
    axes,
    kernel_size,
    stride=None,
    padding=0,
    ceil_mode=False,
    count_include_pad=True,
    divisor_override=None,
):
    each, outs = windows(x, axes, kernel_size, stride, padding, 1, ceil_mode)
    stride = kernel_size if stride is None else stride
    kernel, stride, padding = pairs(axes, kernel_size, stride, padding)
    out = np.empty((*x.shape[:-axes], *outs))
    for at, taps in each:
        if divisor_override:
            count = divisor_override
        elif count_include_pad:
            count = math.prod(
                min(i * s - p + k, n + p) - (i * s - p)
                for i, s, p, k, n in zip(at, stride, padding, kernel, x.shape[-axes:], strict=True)
            )
        else:
            count = math.prod(map(len, taps))
        out[(..., *at)] = x[(..., *np.ix_(*taps))].sum(tuple(range(-axes, 0))) / count
    return out


def adaptive_avg_pool(x, axes, output_size):
    each, outs = bins(x, axes, output_size)
    out = np.empty((*x.shape[:-axes], *outs))
    for at, taps in each:
        out[(..., *at)] = x[(..., *np.ix_(*taps))].mean(tuple(range(-axes, 0)))
    return out
