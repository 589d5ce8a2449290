"""Normalisation in plain NumPy, float64."""

import numpy as np


def _scaled(x, weight, bias, shape):
    if weight is not None:
        x = x * weight.reshape(shape)
    return x if bias is None else x + bias.reshape(shape)


def layer_norm(x, shape, weight=None, bias=None, eps=1e-5):
    """Over the last axes."""
    axes = tuple(range(x.ndim - len(shape), x.ndim))
    y = (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)
    return _scaled(y, weight, bias, shape)


def rms_norm(x, shape, weight=None, eps=1e-5):
    """Over the last axes, about zero."""
    axes = tuple(range(x.ndim - len(shape), x.ndim))
    y = x / np.sqrt((x * x).mean(axes, keepdims=True) + eps)
    return _scaled(y, weight, None, shape)


def group_norm(x, groups, weight=None, bias=None, eps=1e-5):
    """Of groups of channels."""
    rows = x.reshape(x.shape[0] * groups, -1)
    y = (rows - rows.mean(1, keepdims=True)) / np.sqrt(rows.var(1, keepdims=True) + eps)
    return _scaled(y.reshape(x.shape), weight, bias, (1, -1) + (1,) * (x.ndim - 2))


def batch_norm(x, mean, var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5):
    """Of channels over everything else."""
    axes = (0, *range(2, x.ndim))
    shape = (1, -1) + (1,) * (x.ndim - 2)
    if training:
        mean, var = x.mean(axes), x.var(axes)
    y = (x - mean.reshape(shape)) / np.sqrt(var.reshape(shape) + eps)
    return _scaled(y, weight, bias, shape)


def instance_norm(x, weight=None, bias=None, eps=1e-5):
    """Of every channel of every item."""
    return group_norm(x, x.shape[1], weight, bias, eps)


def local_response_norm(x, size, alpha=1e-4, beta=0.75, k=1.0):
    """By the squares of neighbouring channels."""
    total = np.zeros_like(x)
    for c in range(x.shape[1]):
        low, high = max(0, c - size // 2), c + (size - 1) // 2 + 1
        total[:, c] = (x[:, low:high] ** 2).sum(1)
    return x / (k + alpha / size * total) ** beta
