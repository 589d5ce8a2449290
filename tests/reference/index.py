"""Indexing along an axis in plain NumPy."""

import numpy as np


def gather(x, dim, index):
    """out[i][j][k] = x[i][index[i][j][k]][k] for dim 1."""
    out = np.empty(index.shape, x.dtype)
    for place in np.ndindex(index.shape):
        source = list(place)
        source[dim] = index[place]
        out[place] = x[tuple(source)]
    return out


def scatter(x, dim, index, src, add=False):
    """out[i][index[i][j][k]][k] = or += src[i][j][k] for dim 1, in row-major order."""
    out = np.array(x)
    for place in np.ndindex(index.shape):
        target = list(place)
        target[dim] = index[place]
        value = src[place] if isinstance(src, np.ndarray) else src
        out[tuple(target)] = out[tuple(target)] + value if add else value
    return out


def scatter_add(x, dim, index, src):
    """scatter with sums."""
    return scatter(x, dim, index, src, add=True)


def index_select(x, dim, index):
    """Rows of an axis."""
    return np.take(x, index, axis=dim)


def index_add(x, dim, index, source, *, alpha=1):
    """Rows of an axis added to, one after another."""
    out = np.moveaxis(np.array(x), dim, 0)
    for i, row in zip(index, np.moveaxis(source, dim, 0), strict=True):
        out[i] = out[i] + alpha * row
    return np.moveaxis(out, 0, dim)


def index_copy(x, dim, index, source):
    """Rows of an axis replaced, one after another."""
    out = np.moveaxis(np.array(x), dim, 0)
    for i, row in zip(index, np.moveaxis(source, dim, 0), strict=True):
        out[i] = row
    return np.moveaxis(out, 0, dim)


def put(x, key, value):
    """x[key] = value on a copy."""
    out = np.array(x)
    out[key] = value
    return out
