"""PyTorch's non-linear activations, elementwise, under its names and signatures.

With ``inplace=True`` the result is written into the input's own memory.
"""

from gemmule import _C
from gemmule.autograd import before_write, recording, track, track_write
from gemmule.ops.random import default_generator
from gemmule.ops.unary import expm1
from gemmule.tensor import as_array, methods, raw

__all__ = [
    "celu",
    "celu_",
    "elu",
    "elu_",
    "gelu",
    "glu",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hardtanh_",
    "leaky_relu",
    "leaky_relu_",
    "logsigmoid",
    "mish",
    "prelu",
    "relu",
    "relu6",
    "relu_",
    "rrelu",
    "rrelu_",
    "selu",
    "selu_",
    "silu",
    "softplus",
    "softshrink",
    "softsign",
    "tanhshrink",
    "threshold",
    "threshold_",
]

_copy = _C.copy
_relu, _relu_backward = _C.relu, _C.relu_backward
_gelu, _gelu_tanh, _silu = _C.gelu, _C.gelu_tanh, _C.silu


def _write(name, op, input, vjp, keeps_input, parameters):
    """op(input, *parameters) into input's own memory, for a rule that reads input or the result."""
    before_write(input, name)
    a = raw(input)
    saved = _copy(a) if keeps_input and recording((input,)) else a
    op(a, *parameters, a)
    return track_write(input, (input,), vjp, (saved, *parameters))


# ---- piecewise linear ---------------------------------------------------------------------------


def relu(input, inplace=False):
    """max(input, 0), elementwise.

    Args:
        input: tensor, floating-point (or of integers, without a gradient).
        inplace: write the result into `input`.

    Raises:
        TypeError: the input is of bool.
    """
    if inplace:
        return relu_(input)
    y = _relu(raw(input))
    return track(y, (input,), _relu_vjp, (y,))


def _relu_vjp(gs, needs, y):
    return (_relu_backward(gs[0], y),)


def relu_(input):
    """:func:`relu` in place."""
    return _write("relu_", _relu, input, _relu_vjp, False, ())


def hardtanh(input, min_val=-1.0, max_val=1.0, inplace=False):
    """input within [min_val, max_val], elementwise.

    Raises:
        ValueError: min_val exceeds max_val.
    """
    if min_val > max_val:
        raise ValueError(f"hardtanh: min_val {min_val} exceeds max_val {max_val}")
    low, high = float(min_val), float(max_val)
    if inplace:
        return _write("hardtanh_", _C.hardtanh, input, _hardtanh_vjp, False, (low, high))
    y = _C.hardtanh(raw(input), low, high)
    return track(y, (input,), _hardtanh_vjp, (y, low, high))


def _hardtanh_vjp(gs, needs, y, low, high):
    return (_C.hardtanh_backward(gs[0], y, low, high),)


def hardtanh_(input, min_val=-1.0, max_val=1.0):
    """:func:`hardtanh` in place."""
    return hardtanh(input, min_val, max_val, True)


def relu6(input, inplace=False):
    """input within [0, 6], elementwise."""
    return hardtanh(input, 0.0, 6.0, inplace)


def leaky_relu(input, negative_slope=0.01, inplace=False):
    """input above 0, negative_slope · input below, elementwise."""
    slope = float(negative_slope)
    keeps_input = slope < 0  # the result has input's sign otherwise
    if inplace:
        return _write("leaky_relu_", _C.leaky_relu, input, _leaky_relu_vjp, keeps_input, (slope,))
    a = raw(input)
    y = _C.leaky_relu(a, slope)
    return track(y, (input,), _leaky_relu_vjp, (a if keeps_input else y, slope))


def _leaky_relu_vjp(gs, needs, saved, slope):
    return (_C.leaky_relu_backward(gs[0], saved, slope),)


def leaky_relu_(input, negative_slope=0.01):
    """:func:`leaky_relu` in place."""
    return leaky_relu(input, negative_slope, True)


def hardsigmoid(input, inplace=False):
    """input/6 + 1/2 within [0, 1], elementwise."""
    if inplace:
        return _write("hardsigmoid_", _C.hardsigmoid, input, _hardsigmoid_vjp, False, ())
    y = _C.hardsigmoid(raw(input))
    return track(y, (input,), _hardsigmoid_vjp, (y,))


def _hardsigmoid_vjp(gs, needs, y):
    return (_C.hardsigmoid_backward(gs[0], y),)


def hardswish(input, inplace=False):
    """input · hardsigmoid(input), elementwise. Howard et al., 2019."""
    if inplace:
        return _write("hardswish_", _C.hardswish, input, _hardswish_vjp, True, ())
    a = raw(input)
    return track(_C.hardswish(a), (input,), _hardswish_vjp, (a,))


def _hardswish_vjp(gs, needs, x):
    return (_C.hardswish_backward(gs[0], x),)


def threshold(input, threshold, value, inplace=False):
    """input where it exceeds the threshold, else value, elementwise."""
    parameters = (float(threshold), float(value))
    if inplace:
        return _write("threshold_", _C.threshold, input, _threshold_vjp, True, parameters)
    a = raw(input)
    return track(_C.threshold(a, *parameters), (input,), _threshold_vjp, (a, *parameters))


def _threshold_vjp(gs, needs, x, limit, value):
    return (_C.threshold_backward(gs[0], x, limit, value),)


def threshold_(input, threshold, value):
    """:func:`threshold` in place."""
    parameters = (float(threshold), float(value))
    return _write("threshold_", _C.threshold, input, _threshold_vjp, True, parameters)


def hardshrink(input, lambd=0.5):
    """0 where |input| ≤ lambd, else input, elementwise."""
    a, limit = raw(input), float(lambd)
    return track(_C.hardshrink(a, limit), (input,), _hardshrink_vjp, (a, limit))


def _hardshrink_vjp(gs, needs, x, limit):
    return (_C.hardshrink_backward(gs[0], x, limit),)


def softshrink(input, lambd=0.5):
    """input moved towards 0 by lambd, at most to it, elementwise.

    Raises:
        ValueError: lambd is negative.
    """
    if lambd < 0:
        raise ValueError(f"softshrink: lambd is at least 0, got {lambd}")
    a, limit = raw(input), float(lambd)
    return track(_C.softshrink(a, limit), (input,), _softshrink_vjp, (a, limit))


def _softshrink_vjp(gs, needs, x, limit):
    return (_C.softshrink_backward(gs[0], x, limit),)


def softsign(input):
    """input / (1 + |input|), elementwise."""
    a = raw(input)
    return track(_C.softsign(a), (input,), _softsign_vjp, (a,))


def _softsign_vjp(gs, needs, x):
    return (_C.softsign_backward(gs[0], x),)


# ---- with exponentials --------------------------------------------------------------------------


def elu(input, alpha=1.0, inplace=False):
    """input above 0, alpha · (e^input - 1) below, elementwise. Clevert et al., 2015."""
    if alpha < 0:  # the fused gradient takes the result's sign for input's
        if inplace:
            raise ValueError(f"elu: alpha is at least 0 in place, got {alpha}")
        return relu(input) + expm1(-relu(-input)) * float(alpha)
    return _elu("elu_", input, float(alpha), 1.0, 1.0, inplace)


def selu(input, inplace=False):
    """1.0507 · elu(input, 1.6733): keeps mean 0 and variance 1. Klambauer et al., 2017."""
    return _elu("selu_", input, 1.6732632423543772, 1.0507009873554805, 1.0, inplace)


def celu(input, alpha=1.0, inplace=False):
    """max(0, input) + min(0, alpha · (e^(input/alpha) - 1)), elementwise. Barron, 2017.

    Raises:
        ValueError: alpha is 0.
    """
    if alpha == 0:
        raise ValueError("celu: alpha must not be 0")
    return _elu("celu_", input, float(alpha), 1.0, 1.0 / alpha, inplace)


def _elu(name, input, alpha, scale, inner, inplace):
    parameters = (alpha, scale, inner)
    if inplace:
        return _write(name, _C.elu, input, _elu_vjp, False, parameters)
    y = _C.elu(raw(input), *parameters)
    return track(y, (input,), _elu_vjp, (y, *parameters))


def _elu_vjp(gs, needs, y, alpha, scale, inner):
    return (_C.elu_backward(gs[0], y, alpha, scale, inner),)


def elu_(input, alpha=1.0):
    """:func:`elu` in place; alpha ≥ 0."""
    return elu(input, alpha, True)


def selu_(input):
    """:func:`selu` in place."""
    return selu(input, True)


def celu_(input, alpha=1.0):
    """:func:`celu` in place."""
    return celu(input, alpha, True)


def gelu(input, approximate="none"):
    """input · Φ(input), Φ the normal distribution's, elementwise. Hendrycks and Gimpel, 2016.

    Args:
        input: tensor, floating-point.
        approximate: "none", by erf; "tanh", 0.5·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))).

    Raises:
        ValueError: `approximate` is neither.
    """
    a = raw(input)
    if approximate == "none":
        return track(_gelu(a), (input,), _gelu_vjp, (a,))
    if approximate == "tanh":
        return track(_gelu_tanh(a), (input,), _gelu_tanh_vjp, (a,))
    raise ValueError(f"gelu: approximate is 'none' or 'tanh', got {approximate!r}")


def _gelu_vjp(gs, needs, x):
    return (_C.gelu_backward(gs[0], x),)


def _gelu_tanh_vjp(gs, needs, x):
    return (_C.gelu_tanh_backward(gs[0], x),)


def silu(input, inplace=False):
    """input · sigmoid(input), elementwise; also called swish. Ramachandran et al., 2017."""
    if inplace:
        return _write("silu_", _C.silu, input, _silu_vjp, True, ())
    a = raw(input)
    return track(_silu(a), (input,), _silu_vjp, (a,))


def _silu_vjp(gs, needs, x):
    return (_C.silu_backward(gs[0], x),)


def mish(input, inplace=False):
    """input · tanh(softplus(input)), elementwise. Misra, 2019."""
    if inplace:
        return _write("mish_", _C.mish, input, _mish_vjp, True, ())
    a = raw(input)
    return track(_C.mish(a), (input,), _mish_vjp, (a,))


def _mish_vjp(gs, needs, x):
    return (_C.mish_backward(gs[0], x),)


def tanhshrink(input):
    """input - tanh(input), elementwise."""
    a = raw(input)
    return track(_C.tanhshrink(a), (input,), _tanhshrink_vjp, (a,))


def _tanhshrink_vjp(gs, needs, x):
    return (_C.tanhshrink_backward(gs[0], x),)


def softplus(input, beta=1, threshold=20):
    """log(1 + e^(beta·input)) / beta, elementwise; input itself where beta·input > threshold."""
    a, parameters = raw(input), (float(beta), float(threshold))
    return track(_C.softplus(a, *parameters), (input,), _softplus_vjp, (a, *parameters))


def _softplus_vjp(gs, needs, x, beta, threshold):
    return (_C.softplus_backward(gs[0], x, beta, threshold),)


def logsigmoid(input):
    """log(sigmoid(input)), elementwise, without overflow on the way."""
    a = raw(input)
    return track(_C.logsigmoid(a), (input,), _logsigmoid_vjp, (a,))


def _logsigmoid_vjp(gs, needs, x):
    return (_C.logsigmoid_backward(gs[0], x),)


# ---- with a second input ------------------------------------------------------------------------


def glu(input, dim=-1):
    """a · sigmoid(b) of the two halves a, b of `input` along `dim`. Dauphin et al., 2016.

    Args:
        input: tensor, floating-point, of even size along `dim`.
        dim: the dimension to halve.

    Raises:
        ValueError: the size along `dim` is odd.
        IndexError: there is no such dimension.
    """
    a = raw(input)
    return track(_C.glu(a, dim), (input,), _glu_vjp, (a, dim))


def _glu_vjp(gs, needs, x, dim):
    return (_C.glu_backward(gs[0], x, dim),)


def prelu(input, weight):
    """input above 0, weight · input below, elementwise. He et al., 2015.

    Args:
        input: tensor (N, C, …), floating-point.
        weight: the slopes: one element, or C, one per channel.

    Raises:
        ValueError: the number of slopes is neither 1 nor C.
        TypeError: the dtypes differ.
    """
    x, slopes = as_array(input, "prelu"), as_array(weight, "prelu", "weight")
    if x.dtype is not slopes.dtype:
        raise TypeError(f"prelu: weight is {slopes.dtype.name}, but the input is {x.dtype.name}")
    channels = 1 if x.ndim == 0 else x.shape[1 if x.ndim > 1 else 0]
    if slopes.size == 1:
        aligned = _C.reshape(slopes, ())
    elif slopes.ndim == 1 and x.ndim > 1 and slopes.size == channels:
        aligned = _C.reshape(slopes, (channels,) + (1,) * (x.ndim - 2))
    else:
        raise ValueError(
            f"prelu: weight of shape {slopes.shape} for input of shape {x.shape}; "
            f"one slope or one for each of {channels} channels are expected"
        )
    kept = (x, aligned, slopes.shape, slopes.dtype)
    return track(_C.prelu(x, aligned), (input, weight), _prelu_vjp, kept)


def _prelu_vjp(gs, needs, x, slopes, shape, dtype):
    g = gs[0]
    dx = _C.prelu_backward(g, x, slopes) if needs[0] else None
    if not needs[1]:
        return dx, None
    each = _C.prelu_slope_backward(g, x)
    return dx, _C.reshape(_C.sum_to(each, slopes.shape, dtype), shape)


def rrelu(input, lower=1.0 / 8, upper=1.0 / 3, training=False, inplace=False):
    """input above 0, a random slope in [lower, upper) times input below. Xu et al., 2015.

    Args:
        input: tensor, floating-point.
        lower, upper: range of the slopes, drawn anew for every element.
        training: False takes their mean for every element.
        inplace: write the result into `input`.

    Raises:
        ValueError: lower exceeds upper.
    """
    if lower > upper:
        raise ValueError(f"rrelu: lower {lower} exceeds upper {upper}")
    if not training:
        return leaky_relu(input, (lower + upper) / 2, inplace)
    a = raw(input)
    seed, offset = default_generator.next()
    slopes = _C.uniform(a.shape, a.dtype, seed, offset, float(lower), float(upper), a.device)
    if inplace:
        return _write("rrelu_", _C.prelu, input, _rrelu_vjp, True, (slopes,))
    return track(_C.prelu(a, slopes), (input,), _rrelu_vjp, (a, slopes))


def _rrelu_vjp(gs, needs, x, slopes):
    return (_C.prelu_backward(gs[0], x, slopes),)


def rrelu_(input, lower=1.0 / 8, upper=1.0 / 3, training=False):
    """:func:`rrelu` in place."""
    return rrelu(input, lower, upper, training, True)


methods(
    {
        "relu": relu,
        "relu_": relu_,
        "prelu": prelu,
        "hardshrink": hardshrink,
    }
)
