"""Reductions in plain NumPy, float64. `axis` is None, an int or a tuple."""

import numpy as np

sum = np.sum
prod = np.prod
mean = np.mean
max = np.max
min = np.min


def var(x, axis=None, correction=0, keepdims=False):
    return np.var(x, axis=axis, ddof=correction, keepdims=keepdims)


def std(x, axis=None, correction=0, keepdims=False):
    return np.std(x, axis=axis, ddof=correction, keepdims=keepdims)


def logsumexp(x, axis=None, keepdims=False):
    m = np.max(x, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    with np.errstate(divide="ignore"):
        y = np.log(np.exp(x - m).sum(axis=axis, keepdims=True)) + m
    return y if keepdims else np.squeeze(y, axis=axis)


def norm(x, p=2, axis=None, keepdims=False):
    a = np.abs(x)
    if p == np.inf:
        return a.max(axis=axis, keepdims=keepdims)
    if p == -np.inf:
        return a.min(axis=axis, keepdims=keepdims)
    if p == 0:
        return (x != 0).sum(axis=axis, keepdims=keepdims).astype(np.float64)
    return (a**p).sum(axis=axis, keepdims=keepdims) ** (1 / p)


def sum_to(x, shape):
    lead = x.ndim - len(shape)
    axes = tuple(range(lead)) + tuple(lead + i for i, n in enumerate(shape) if n == 1)
    return x.sum(axis=axes, keepdims=True).reshape(shape)


def max_along(x, axis, keepdims=False):
    """PyTorch's x.max(dim): values and indices."""
    index = np.argmax(x, axis=axis)
    value = np.max(x, axis=axis)
    if keepdims:
        return np.expand_dims(value, axis), np.expand_dims(index, axis)
    return value, index
