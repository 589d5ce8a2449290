"""Elementwise arithmetic in plain NumPy, float64."""

import numpy as np

add = np.add
subtract = np.subtract
multiply = np.multiply
divide = np.true_divide
floor_divide = np.floor_divide
remainder = np.remainder
fmod = np.fmod
pow = np.power
maximum = np.maximum
minimum = np.minimum
atan2 = np.arctan2
hypot = np.hypot
copysign = np.copysign
logaddexp = np.logaddexp
bitwise_and = np.bitwise_and
bitwise_or = np.bitwise_or
bitwise_xor = np.bitwise_xor
bitwise_left_shift = np.left_shift
bitwise_right_shift = np.right_shift


def add_scaled(a, b, alpha):
    return a + alpha * b


def addcmul(a, b, c, value):
    return a + value * b * c


def addcdiv(a, b, c, value):
    return a + value * b / c


def lerp(a, b, weight):
    return a + weight * (b - a)
