"""PyTorch's activations in plain NumPy, float64, each from its definition."""

import math

import numpy as np


def _erf(x):
    return np.vectorize(math.erf, otypes=[float])(x)


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def relu(x):
    return np.maximum(x, 0)


def relu6(x):
    return np.clip(x, 0, 6)


def leaky_relu(x, negative_slope=0.01):
    return np.where(x > 0, x, negative_slope * x)


def elu(x, alpha=1.0):
    return np.where(x > 0, x, alpha * np.expm1(x))


def selu(x):
    alpha, scale = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
    return scale * np.where(x > 0, x, alpha * np.expm1(x))


def celu(x, alpha=1.0):
    return np.maximum(0, x) + np.minimum(0, alpha * np.expm1(x / alpha))


def gelu(x, approximate="none"):
    if approximate == "tanh":
        return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
    return 0.5 * x * (1 + _erf(x / np.sqrt(2)))


def silu(x):
    return x * _sigmoid(x)


def mish(x):
    return x * np.tanh(np.logaddexp(0, x))


def hardtanh(x, min_val=-1.0, max_val=1.0):
    return np.clip(x, min_val, max_val)


def hardswish(x):
    return x * np.clip(x + 3, 0, 6) / 6


def hardsigmoid(x):
    return np.clip(x + 3, 0, 6) / 6


def hardshrink(x, lambd=0.5):
    return np.where(np.abs(x) <= lambd, 0, x)


def softshrink(x, lambd=0.5):
    return np.sign(x) * np.maximum(np.abs(x) - lambd, 0)


def tanhshrink(x):
    return x - np.tanh(x)


def softsign(x):
    return x / (1 + np.abs(x))


def softplus(x, beta=1, threshold=20):
    return np.where(beta * x > threshold, x, np.logaddexp(0, beta * x) / beta)


def threshold(x, threshold, value):
    return np.where(x > threshold, x, value)


def logsigmoid(x):
    return -np.logaddexp(0, -x)


def glu(x, dim=-1):
    a, b = np.split(x, 2, axis=dim)
    return a * _sigmoid(b)


def prelu(x, weight):
    slopes = weight if weight.size == 1 else weight.reshape(-1, *[1] * (x.ndim - 2))
    return np.where(x > 0, x, slopes.reshape(()) * x if weight.size == 1 else slopes * x)
