"""Elementwise questions and choices in plain NumPy, float64."""

import numpy as np

equal = np.equal
not_equal = np.not_equal
less = np.less
less_equal = np.less_equal
greater = np.greater
greater_equal = np.greater_equal
logical_and = np.logical_and
logical_or = np.logical_or
logical_xor = np.logical_xor
logical_not = np.logical_not
isnan = np.isnan
isinf = np.isinf
isfinite = np.isfinite
signbit = np.signbit
isclose = np.isclose
where = np.where


def masked_fill(x, mask, value):
    return np.where(mask, value, x)


def clip(x, min=None, max=None):
    y = np.asarray(x)
    y = y if min is None else np.maximum(y, min)
    return y if max is None else np.minimum(y, max)
