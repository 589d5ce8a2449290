"""Optimizer steps, norms and schedules in plain NumPy, float64.

``step(p, g, state)`` gives the new parameter; ``state`` is a dict that it changes.
"""

import math

import numpy as np


def sgd(
    p, g, state, lr=1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False, maximize=False
):
    g = (-g if maximize else g) + weight_decay * p
    if momentum:
        if "b" in state:
            state["b"] = momentum * state["b"] + (1 - dampening) * g
        else:
            state["b"] = g.copy()
        g = g + momentum * state["b"] if nesterov else state["b"]
    return p - lr * g


def adam(
    p,
    g,
    state,
    lr=1e-3,
    betas=(0.9, 0.999),
    eps=1e-8,
    weight_decay=0,
    amsgrad=False,
    maximize=False,
    decoupled=False,
):
    b1, b2 = betas
    g = -g if maximize else g
    if decoupled:
        p = p - lr * weight_decay * p
    else:
        g = g + weight_decay * p
    t = state["t"] = state.get("t", 0) + 1
    m = state["m"] = b1 * state.get("m", 0) + (1 - b1) * g
    v = state["v"] = b2 * state.get("v", 0) + (1 - b2) * g**2
    if amsgrad:
        v = state["w"] = np.maximum(state.get("w", np.zeros_like(v)), v)
    return p - lr * (m / (1 - b1**t)) / (np.sqrt(v / (1 - b2**t)) + eps)


def adamw(p, g, state, weight_decay=1e-2, **options):
    return adam(p, g, state, weight_decay=weight_decay, decoupled=True, **options)


def rmsprop(
    p,
    g,
    state,
    lr=1e-2,
    alpha=0.99,
    eps=1e-8,
    weight_decay=0,
    momentum=0,
    centered=False,
    maximize=False,
):
    g = (-g if maximize else g) + weight_decay * p
    v = state["v"] = alpha * state.get("v", 0) + (1 - alpha) * g**2
    if centered:
        a = state["a"] = alpha * state.get("a", 0) + (1 - alpha) * g
        v = v - a**2
    q = g / (np.sqrt(v) + eps)
    if momentum:
        q = state["b"] = momentum * state.get("b", 0) + q
    return p - lr * q


def adagrad(
    p, g, state, lr=1e-2, lr_decay=0, weight_decay=0, initial_accumulator_value=0, eps=1e-10,
    maximize=False,
):  # fmt: skip
    g = (-g if maximize else g) + weight_decay * p
    t = state["t"] = state.get("t", 0) + 1
    s = state["s"] = state.get("s", initial_accumulator_value) + g**2
    return p - lr / (1 + (t - 1) * lr_decay) * g / (np.sqrt(s) + eps)


def total_norm(arrays, p):
    flat = np.concatenate([np.abs(a).ravel() for a in arrays])
    if flat.size == 0:
        return 0.0
    return flat.max() if math.isinf(p) else (flat**p).sum() ** (1 / p)


def cosine(epoch, lr, T_max, eta_min=0.0):
    return eta_min + (lr - eta_min) * (1 + math.cos(math.pi * epoch / T_max)) / 2


def linear(epoch, lr, start_factor=1 / 3, end_factor=1.0, total_iters=5):
    return lr * (start_factor + (end_factor - start_factor) * min(epoch, total_iters) / total_iters)
