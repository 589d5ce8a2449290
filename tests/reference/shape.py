"""Shapes in plain NumPy."""

import numpy as np

roll = np.roll
flip = np.flip
tile = np.tile


def pad(x, pad, mode="constant", value=0.0):
    """NumPy's pad with PyTorch's pairs, the last axis first."""
    widths = [(0, 0)] * x.ndim
    for i in range(0, len(pad), 2):
        widths[x.ndim - 1 - i // 2] = (pad[i], pad[i + 1])
    for axis, (before, after) in enumerate(widths):
        index = [slice(None)] * x.ndim
        index[axis] = slice(max(0, -before), x.shape[axis] - max(0, -after))
        x = x[tuple(index)]
    widths = [(max(0, b), max(0, a)) for b, a in widths]
    names = {"replicate": "edge", "circular": "wrap"}
    extra = {"constant_values": value} if mode == "constant" else {}
    return np.pad(x, widths, names.get(mode, mode), **extra)
