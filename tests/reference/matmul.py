"""Matrix products in plain NumPy, float64."""

import numpy as np

matmul = np.matmul


def linear(x, weight, bias=None):
    """x · weightᵀ + bias."""
    y = x @ weight.T
    return y if bias is None else y + bias
