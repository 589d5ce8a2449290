"""Elementwise arithmetic in plain NumPy, float64."""

import numpy as np

add = np.add
subtract = np.subtract
multiply = np.multiply
divide = np.true_divide
maximum = np.maximum
minimum = np.minimum
