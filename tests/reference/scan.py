"""Scans in plain NumPy, float64."""

import numpy as np

cumsum = np.cumsum
cumprod = np.cumprod
diff = np.diff


def _extreme(x, axis, better):
    x = np.moveaxis(x, axis, 0)
    values, indices = x.copy(), np.zeros(x.shape, np.int64)
    for i in range(1, len(x)):
        take = better(x[i], values[i - 1]) | np.isnan(x[i])
        values[i] = np.where(take, x[i], values[i - 1])
        indices[i] = np.where(take, i, indices[i - 1])
    return np.moveaxis(values, 0, axis), np.moveaxis(indices, 0, axis)


def cummax(x, axis):
    return _extreme(x, axis, np.greater_equal)


def cummin(x, axis):
    return _extreme(x, axis, np.less_equal)
