"""Sorting in plain NumPy."""

import numpy as np


def sort(x, axis=-1, descending=False):
    """Values in order."""
    ordered = np.sort(x, axis=axis)
    return np.flip(ordered, axis) if descending else ordered


def topk(x, k, axis=-1, largest=True):
    """The k largest or smallest in order, and their indices (no ties)."""
    order = np.argsort(-x if largest else x, axis=axis)
    order = np.take(order, np.arange(k), axis=axis)
    return np.take_along_axis(x, order, axis), order
