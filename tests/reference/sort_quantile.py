"""Quantiles in plain NumPy."""

import numpy as np


def quantile(x, q, dim=None, keepdim=False, interpolation="linear"):
    """numpy.quantile, of several q along a first axis."""
    return np.quantile(x, q, axis=dim, keepdims=keepdim, method=interpolation)
