"""Recurrent layers in plain NumPy, float64."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm_cell(x, h, c, w_ih, w_hh, b_ih=0.0, b_hh=0.0):
    i, f, g, o = np.split(x @ w_ih.T + b_ih + h @ w_hh.T + b_hh, 4, axis=-1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def gru_cell(x, h, w_ih, w_hh, b_ih=0.0, b_hh=0.0):
    xr, xz, xn = np.split(x @ w_ih.T + b_ih, 3, axis=-1)
    hr, hz, hn = np.split(h @ w_hh.T + b_hh, 3, axis=-1)
    r, z = sigmoid(xr + hr), sigmoid(xz + hz)
    n = np.tanh(xn + r * hn)
    return (1 - z) * n + z * h


def rnn_tanh_cell(x, h, w_ih, w_hh, b_ih=0.0, b_hh=0.0):
    return np.tanh(x @ w_ih.T + b_ih + h @ w_hh.T + b_hh)


def rnn_relu_cell(x, h, w_ih, w_hh, b_ih=0.0, b_hh=0.0):
    return np.maximum(x @ w_ih.T + b_ih + h @ w_hh.T + b_hh, 0)


def lstm(x, h, c, w_ih, w_hh, b_ih=0.0, b_hh=0.0, reverse=False):
    y = np.zeros((*x.shape[:2], h.shape[-1]))
    for t in sorted(range(len(x)), reverse=reverse):
        h, c = lstm_cell(x[t], h, c, w_ih, w_hh, b_ih, b_hh)
        y[t] = h
    return y, h, c


def sequence(cell):
    def run(x, h, w_ih, w_hh, b_ih=0.0, b_hh=0.0, reverse=False):
        y = np.zeros((*x.shape[:2], h.shape[-1]))
        for t in sorted(range(len(x)), reverse=reverse):
            y[t] = h = cell(x[t], h, w_ih, w_hh, b_ih, b_hh)
        return y, h

    return run


gru, rnn_tanh, rnn_relu = map(sequence, (gru_cell, rnn_tanh_cell, rnn_relu_cell))
