"""Losses in plain NumPy, float64. Classes are on axis 1 (0 of a single row)."""

import numpy as np

from reference.softmax import log_softmax


def reduced(losses, reduction, divisor=None):
    if reduction == "none":
        return losses
    total = losses.sum()
    if reduction == "sum":
        return total
    return np.divide(
        total,
        losses.size if divisor is None else divisor,
        where=losses.size > 0,
        out=np.array(np.nan),
    )


def _last(x):
    return np.moveaxis(x, min(1, x.ndim - 1), -1)


def cross_entropy(x, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    logs = _last(log_softmax(x, min(1, x.ndim - 1)))
    classes = logs.shape[-1]
    w = np.ones(classes) if weight is None else weight.astype(np.float64)
    if target.dtype.kind == "f":
        q = (1 - label_smoothing) * _last(target) + label_smoothing / classes
        return reduced(-(w * q * logs).sum(-1), reduction)
    counted = target != ignore_index
    label = np.where(counted, target, 0)
    own = -w[label] * np.take_along_axis(logs, label[..., None], -1)[..., 0]
    losses = (1 - label_smoothing) * own - label_smoothing / classes * (w * logs).sum(-1)
    return reduced(np.where(counted, losses, 0), reduction, np.where(counted, w[label], 0).sum())


def nll_loss(x, target, weight=None, ignore_index=-100, reduction="mean"):
    logs = _last(x)
    w = np.ones(logs.shape[-1]) if weight is None else weight.astype(np.float64)
    counted = target != ignore_index
    label = np.where(counted, target, 0)
    losses = -w[label] * np.take_along_axis(logs, label[..., None], -1)[..., 0]
    return reduced(np.where(counted, losses, 0), reduction, np.where(counted, w[label], 0).sum())


def mse_loss(x, t, reduction="mean"):
    return reduced((x - t) ** 2, reduction)


def l1_loss(x, t, reduction="mean"):
    return reduced(np.abs(x - t), reduction)


def smooth_l1_loss(x, t, reduction="mean", beta=1.0):
    d = np.abs(x - t)
    return reduced(np.where(d < beta, d**2 / (2 * max(beta, 1e-300)), d - beta / 2), reduction)


def huber_loss(x, t, reduction="mean", delta=1.0):
    d = np.abs(x - t)
    return reduced(np.where(d <= delta, d**2 / 2, delta * (d - delta / 2)), reduction)


def binary_cross_entropy(x, t, weight=None, reduction="mean"):
    with np.errstate(divide="ignore"):
        losses = -(t * np.maximum(np.log(x), -100) + (1 - t) * np.maximum(np.log1p(-x), -100))
    return reduced(losses if weight is None else losses * weight, reduction)


def binary_cross_entropy_with_logits(z, t, weight=None, reduction="mean", pos_weight=1.0):
    softplus = np.logaddexp(0, -z)
    losses = (1 - t) * z + (1 + (pos_weight - 1) * t) * softplus
    return reduced(losses if weight is None else losses * weight, reduction)


def kl_div(x, t, reduction="mean", log_target=False):
    if log_target:
        losses = np.exp(t) * (t - x)
    else:
        losses = np.where(t > 0, t * (np.log(np.where(t > 0, t, 1)) - x), 0)
    if reduction == "batchmean":
        return losses.sum() / len(x)
    return reduced(losses, reduction)


def cosine_similarity(a, b, dim=1):
    dot = (a * b).sum(dim)
    a, b = np.broadcast_arrays(a, b)
    return dot / (np.sqrt((a**2).sum(dim)) * np.sqrt((b**2).sum(dim)))


def poisson_nll_loss(x, t, log_input=True, full=False, eps=1e-8, reduction="mean"):
    losses = np.exp(x) - t * x if log_input else x - t * np.log(x + eps)
    if full:
        c = np.maximum(t, 1)
        losses = losses + np.where(t > 1, c * np.log(c) - c + 0.5 * np.log(2 * np.pi * c), 0)
    return reduced(losses, reduction)


def gaussian_nll_loss(x, t, var, full=False, eps=1e-6, reduction="mean"):
    var = np.maximum(var, eps)
    losses = 0.5 * (np.log(var) + (x - t) ** 2 / var) + (0.5 * np.log(2 * np.pi) if full else 0)
    return reduced(losses, reduction)


def soft_margin_loss(x, t, reduction="mean"):
    return reduced(np.log1p(np.exp(-t * x)), reduction)
