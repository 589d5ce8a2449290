"""Looking up rows in plain NumPy, float64."""

import numpy as np


def embedding(indices, weight):
    return weight[indices]


def embedding_gradient(grad, indices, rows, padding_idx=None, scale_grad_by_freq=False):
    out = np.zeros((rows, grad.shape[-1]))
    count = np.zeros(rows)
    flat = grad.reshape(-1, grad.shape[-1])
    for index, row in zip(indices.ravel(), flat, strict=True):
        out[index] += row
        count[index] += 1
    if scale_grad_by_freq:
        out /= np.maximum(count, 1)[:, None]
    if padding_idx is not None:
        out[padding_idx] = 0
    return out


def renormed(weight, indices, max_norm, p=2.0):
    out = weight.copy()
    for row in set(indices.ravel().tolist()):
        norm = np.linalg.norm(weight[row], p)
        if norm > max_norm:
            out[row] = weight[row] * (max_norm / (norm + 1e-7))
    return out


def one_hot(indices, classes):
    return (indices[..., None] == np.arange(classes)).astype(np.int64)
