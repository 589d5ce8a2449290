"""Elementwise functions of one array in plain NumPy, float64."""

import math

import numpy as np

negative = np.negative
positive = np.positive
abs = np.abs
sign = np.sign
square = np.square
bitwise_invert = np.invert
floor = np.floor
ceil = np.ceil
trunc = np.trunc
exp = np.exp
exp2 = np.exp2
expm1 = np.expm1
log = np.log
log1p = np.log1p
log2 = np.log2
log10 = np.log10
sqrt = np.sqrt
reciprocal = np.reciprocal
sin = np.sin
cos = np.cos
tan = np.tan
asin = np.arcsin
acos = np.arccos
atan = np.arctan
sinh = np.sinh
cosh = np.cosh
tanh = np.tanh
asinh = np.arcsinh
acosh = np.arccosh
atanh = np.arctanh


def round(x, decimals=0):
    return np.round(x, decimals)


def rsqrt(x):
    return 1 / np.sqrt(x)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def erf(x):
    return np.vectorize(math.erf, otypes=[float])(x)


def erfc(x):
    return np.vectorize(math.erfc, otypes=[float])(x)
