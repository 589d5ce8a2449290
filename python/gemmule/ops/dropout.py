"""Dropout: zeros at random in training, nothing in evaluation.

The mask is never stored: a draw is named by (seed, offset), and the gradient draws it again.

Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting",
2014; the self-normalising kind is Klambauer et al., "Self-normalizing neural networks", 2017.
"""

from gemmule import _C
from gemmule.autograd import before_write, track, track_write
from gemmule.ops.precision import halves
from gemmule.ops.random import default_generator
from gemmule.tensor import check_tensor, raw, wrap

__all__ = [
    "alpha_dropout",
    "dropout",
    "dropout1d",
    "dropout2d",
    "feature_alpha_dropout",
]

# The value that SELU saturates to, -scale·alpha: what a dropped unit is set to.
_SATURATION = -1.7580993408473766


def _check_probability(op, p):
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"{op}: probability {p} is not in [0, 1]")


@halves
def dropout(input, p=0.5, training=True, inplace=False):
    """Zero each element with probability `p` and scale the others by 1/(1-p).

    Args:
        input: float32 or float64, any shape.
        p: probability of a zero, in [0, 1].
        training: False gives `input` back.
        inplace: write the result into `input`.

    Raises:
        ValueError: p is not in [0, 1].
        TypeError: the dtype is neither float32 nor float64.
    """
    _check_probability("dropout", p)
    if not training or p == 0.0:
        return input
    seed, offset = default_generator.next()
    y = _C.dropout(raw(input), p, seed, offset)
    result = track(y, (input,), _dropout_vjp, (p, seed, offset))
    return _written("dropout_", input, result) if inplace else result


def _dropout_vjp(gs, needs, p, seed, offset):
    return (_C.dropout(gs[0], p, seed, offset),)


def _written(op, input, result):
    """`input`, holding the result from now on."""
    before_write(input, op)
    _C.copy_into(raw(input), raw(result))
    return track_write(input, (result,), _written_vjp, ())


def _written_vjp(gs, needs):
    return (gs[0],)


def _plane_mask(input, p):
    """1/(1-p) or 0 for each of the first two dimensions, in a shape that broadcasts."""
    ones = _C.full(input.shape[:2] + (1,) * (input.ndim - 2), 1.0, input.dtype, input.device)
    return wrap(_C.dropout(ones, p, *default_generator.next()))


def _planes(op, input, p, training, inplace, ranks):
    _check_probability(op, p)
    check_tensor(input, op)
    if input.ndim not in ranks:
        raise ValueError(
            f"{op}: input has {input.ndim} dimensions, expected {ranks[0]} or {ranks[1]}"
        )
    if not training or p == 0.0:
        return input
    batched = input.ndim == ranks[1]
    x = input if batched else input.reshape((1, *input.shape))
    result = x * _plane_mask(x, p)
    result = result if batched else result.reshape(input.shape)
    return _written(f"{op}_", input, result) if inplace else result


@halves
def dropout1d(input, p=0.5, training=True, inplace=False):
    """:func:`dropout` of whole channels: input of shape (N, C, L) or (C, L)."""
    return _planes("dropout1d", input, p, training, inplace, (2, 3))


@halves
def dropout2d(input, p=0.5, training=True, inplace=False):
    """:func:`dropout` of whole channels: input of shape (N, C, H, W) or (C, H, W)."""
    return _planes("dropout2d", input, p, training, inplace, (3, 4))


def _alpha(input, p, mask):
    # With v the saturation, y = a·(kept ? x : v) + b keeps mean 0 and variance 1:
    # a = 1/√((1-p)(1 + p·v²)), b = -a·p·v.
    scale = float(((1 - p) * (1 + p * _SATURATION**2)) ** -0.5)
    kept = mask * (1 - p)  # 1 or 0
    return (input * kept + (1 - kept) * _SATURATION) * scale - scale * p * _SATURATION


@halves
def alpha_dropout(input, p=0.5, training=False, inplace=False):
    """Dropout that keeps the mean and variance of self-normalising networks (SELU)."""
    return _alpha_dropout("alpha_dropout", input, p, training, inplace, False)


@halves
def feature_alpha_dropout(input, p=0.5, training=False, inplace=False):
    """:func:`alpha_dropout` of whole channels: the first two dimensions are batch and channel."""
    return _alpha_dropout("feature_alpha_dropout", input, p, training, inplace, True)


def _alpha_dropout(op, input, p, training, inplace, planes):
    _check_probability(op, p)
    check_tensor(input, op)
    if planes and input.ndim < 2:
        raise ValueError(f"{op}: expected an input (N, C, …), got shape {input.shape}")
    if not training or p == 0.0:
        return input
    if p == 1.0:
        result = input * 0.0
    elif planes:
        result = _alpha(input, p, _plane_mask(input, p))
    else:
        ones = _C.full(input.shape, 1.0, input.dtype, input.device)
        result = _alpha(input, p, wrap(_C.dropout(ones, p, *default_generator.next())))
    return _written(f"{op}_", input, result) if inplace else result
