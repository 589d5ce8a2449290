"""Recurrent layers over whole sequences (one layer and direction), and single cells.

Not part of ``gemmule.*``: :mod:`gemmule.nn` makes its layers of them, stacked and both ways.
"""

from gemmule import _C
from gemmule.autograd import recording, track, track_many
from gemmule.ops.matmul import _linear_vjp
from gemmule.ops.precision import halves
from gemmule.tensor import as_array, raw

__all__ = []


@halves
def lstm(x, h0, c0, w_ih, w_hh, b_ih=None, b_hh=None, reverse=False):
    """A long short-term memory layer: Hochreiter and Schmidhuber, 1997, with forget gates.

    i, f, o = σ(…), g = tanh(…) of x·w_ihᵀ + b_ih + h·w_hhᵀ + b_hh; c ← f·c + i·g; h ← o·tanh(c).

    Args:
        x: tensor (steps, batch, inputs); any strides, so that x may be a view of (batch, steps, …).
        h0, c0: first states (batch, hidden), or None for zeros.
        w_ih, w_hh: weights (4·hidden, inputs) and (4·hidden, hidden), gates in the order i f g o.
        b_ih, b_hh: biases (4·hidden,), or None.
        reverse: go from the last step to the first.

    Returns:
        (y, h, c): states h of all steps (steps, batch, hidden), and the last of h and of c.

    Raises:
        TypeError: dtypes differ, or are not float32 or float64.
        ValueError: a shape does not fit.
    """
    parents = (x, h0, c0, w_ih, w_hh, b_ih, b_hh)
    arrays = [None if p is None else raw(p) for p in parents]
    keep = recording(parents)
    y, h, c, cs, saved = _C.rnn("lstm", *arrays, reverse, keep)
    return track_many((y, h, c), parents, _lstm_vjp, (*arrays[:5], y, cs, saved, reverse))


def _lstm_vjp(gs, needs, x, h0, c0, w_ih, w_hh, y, cs, saved, reverse):
    return _C.rnn_backward(
        "lstm", gs[0], gs[1], gs[2], x, h0, c0, w_ih, w_hh, y, cs, saved, reverse,
        needs[0], needs[3] or needs[4], needs[5] or needs[6],
    )  # fmt: skip


@halves
def gru(x, h0, w_ih, w_hh, b_ih=None, b_hh=None, reverse=False):
    """A layer of gated recurrent units: Cho et al., 2014, in PyTorch's form.

    r, z = σ(…) of x·w_ihᵀ + b_ih + h·w_hhᵀ + b_hh; n = tanh(x·w_inᵀ + b_in + r·(h·w_hnᵀ + b_hn));
    h ← (1 - z)·n + z·h. Weights hold r z n, (3·hidden, …); the rest is as for :func:`lstm`.

    Returns:
        (y, h): states of all steps, and the last.
    """
    return _sequence("gru", _gru_vjp, (x, h0, w_ih, w_hh, b_ih, b_hh), reverse)


def _gru_vjp(gs, needs, *saved):
    return _sequence_vjp("gru", gs, needs, *saved)


@halves
def rnn_tanh(x, h0, w_ih, w_hh, b_ih=None, b_hh=None, reverse=False):
    """Elman's layer (1990), h ← tanh(x·w_ihᵀ + b_ih + h·w_hhᵀ + b_hh); otherwise as :func:`gru`."""
    return _sequence("rnn_tanh", _rnn_tanh_vjp, (x, h0, w_ih, w_hh, b_ih, b_hh), reverse)


def _rnn_tanh_vjp(gs, needs, *saved):
    return _sequence_vjp("rnn_tanh", gs, needs, *saved)


@halves
def rnn_relu(x, h0, w_ih, w_hh, b_ih=None, b_hh=None, reverse=False):
    """h ← max(x·w_ihᵀ + b_ih + h·w_hhᵀ + b_hh, 0); otherwise as :func:`gru`."""
    return _sequence("rnn_relu", _rnn_relu_vjp, (x, h0, w_ih, w_hh, b_ih, b_hh), reverse)


def _rnn_relu_vjp(gs, needs, *saved):
    return _sequence_vjp("rnn_relu", gs, needs, *saved)


def _sequence(cell, vjp, parents, reverse):
    x, h0, w_ih, w_hh, b_ih, b_hh = [None if p is None else raw(p) for p in parents]
    keep = recording(parents)
    y, h, _, _, saved = _C.rnn(cell, x, h0, None, w_ih, w_hh, b_ih, b_hh, reverse, keep)
    return track_many((y, h), parents, vjp, (x, h0, w_ih, w_hh, y, saved, reverse))


def _sequence_vjp(cell, gs, needs, x, h0, w_ih, w_hh, y, saved, reverse):
    dx, dh0, _, dw_ih, dw_hh, db_ih, db_hh = _C.rnn_backward(
        cell, gs[0], gs[1], None, x, h0, None, w_ih, w_hh, y, None, saved, reverse,
        needs[0], needs[2] or needs[3], needs[4] or needs[5],
    )  # fmt: skip
    return dx, dh0, dw_ih, dw_hh, db_ih, db_hh


# ---- cells --------------------------------------------------------------------------------------


def _gates(op, x, h, w_ih, w_hh, b_ih, b_hh):
    """What the input and what the state say to the gates."""
    return product(op, x, w_ih, b_ih), product(op, h, w_hh, b_hh)


def product(op, x, weight, bias=None):
    """:func:`linear` as a part of operation `op`, in the dtype that is given under autocast too."""
    a, w = as_array(x, op), as_array(weight, op, "weight")
    if a.dtype is not w.dtype:
        raise TypeError(f"{op}: expected {w.dtype}, as the weights are, got {a.dtype}")
    try:
        y = _C.linear(a, w, None if bias is None else as_array(bias, op, "bias"))
    except (TypeError, ValueError) as error:  # nobody called linear
        error.args = (f"{op}{str(error).removeprefix('linear')}",)
        raise
    return track(y, (x, weight, bias), _linear_vjp, (a, w))


@halves
def lstm_cell(x, h, c, w_ih, w_hh, b_ih=None, b_hh=None):
    """One step of :func:`lstm`: x (batch, inputs), h and c (batch, hidden).

    Returns:
        The new (h, c).
    """
    gx, gh = _gates("lstm_cell", x, h, w_ih, w_hh, b_ih, b_hh)
    parents = (gx, gh, c)
    before = raw(c)
    h1, c1, saved = _C.rnn_step("lstm", raw(gx), raw(gh), None, before, recording(parents))
    return track_many((h1, c1), parents, _lstm_cell_vjp, (before, h1, c1, saved))


def _lstm_cell_vjp(gs, needs, before, h, c, saved):
    dg, _, _, dc = _C.rnn_step_backward("lstm", gs[0], gs[1], None, before, h, c, saved)
    return dg, dg, dc


@halves
def gru_cell(x, h, w_ih, w_hh, b_ih=None, b_hh=None):
    """One step of :func:`gru`: x (batch, inputs), h (batch, hidden). Returns the new h."""
    return _cell("gru", _gru_cell_vjp, x, h, w_ih, w_hh, b_ih, b_hh)


def _gru_cell_vjp(gs, needs, before, h, saved):
    dgx, dgh, dh, _ = _C.rnn_step_backward("gru", gs[0], None, before, None, h, None, saved)
    return dgx, dgh, dh


@halves
def rnn_tanh_cell(x, h, w_ih, w_hh, b_ih=None, b_hh=None):
    """One step of :func:`rnn_tanh`: x (batch, inputs), h (batch, hidden). Returns the new h."""
    return _cell("rnn_tanh", _rnn_tanh_cell_vjp, x, h, w_ih, w_hh, b_ih, b_hh)


def _rnn_tanh_cell_vjp(gs, needs, before, h, saved):
    dg, _, _, _ = _C.rnn_step_backward("rnn_tanh", gs[0], None, before, None, h)
    return dg, dg, None


@halves
def rnn_relu_cell(x, h, w_ih, w_hh, b_ih=None, b_hh=None):
    """One step of :func:`rnn_relu`: x (batch, inputs), h (batch, hidden). Returns the new h."""
    return _cell("rnn_relu", _rnn_relu_cell_vjp, x, h, w_ih, w_hh, b_ih, b_hh)


def _rnn_relu_cell_vjp(gs, needs, before, h, saved):
    dg, _, _, _ = _C.rnn_step_backward("rnn_relu", gs[0], None, before, None, h)
    return dg, dg, None


def _cell(cell, vjp, x, h, w_ih, w_hh, b_ih, b_hh):
    gx, gh = _gates(cell + "_cell", x, h, w_ih, w_hh, b_ih, b_hh)
    # A state reaches GRU's next one directly, too.
    parents = (gx, gh, h if cell == "gru" else None)
    before = raw(h)
    h1, _, saved = _C.rnn_step(cell, raw(gx), raw(gh), before, None, recording(parents))
    return track_many((h1,), parents, vjp, (before, h1, saved))[0]
