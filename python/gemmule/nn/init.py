"""Initial values of parameters, written in place. Names and formulas are those of torch.nn.init.

Every function takes ``generator=``; None draws from the default generator (``manual_seed``).
"""

import math

import numpy

from gemmule import asarray, empty_like, where
from gemmule.autograd import no_grad
from gemmule.public import public as _public
from gemmule.tensor import check_tensor

__all__ = [
    "calculate_gain",
    "constant_",
    "dirac_",
    "eye_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "orthogonal_",
    "sparse_",
    "trunc_normal_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]

_GAINS = {"tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4, "sigmoid": 1} | {
    name: 1
    for name in (
        *("linear", "conv1d", "conv2d", "conv3d"),
        *("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"),
    )
}


def calculate_gain(nonlinearity, param=None):
    """The factor by which initial values make up for what a non-linearity takes from the variance.

    Args:
        nonlinearity: name of a function of ``nn.functional``.
        param: the negative slope of ``"leaky_relu"``; None is 0.01.

    Raises:
        ValueError: the name is none that has a gain, or `param` is no number.
    """
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, (int, float)):
            raise ValueError(f"calculate_gain: negative slope {slope} is not a number")
        return math.sqrt(2 / (1 + slope**2))
    if nonlinearity not in _GAINS:
        raise ValueError(f"calculate_gain: unsupported nonlinearity {nonlinearity!r}")
    return _GAINS[nonlinearity]


def _fans(op, tensor):
    """(inputs, outputs) of one unit of a weight of shape (out, in, *kernel)."""
    check_tensor(tensor, op, "tensor")
    shape = tensor.shape
    if len(shape) < 2:
        raise ValueError(f"{op}: fan in and fan out need 2 dimensions or more, got shape {shape}")
    field = math.prod(shape[2:])
    return shape[1] * field, shape[0] * field


def uniform_(tensor, a=0.0, b=1.0, generator=None):
    """Fill with values uniform in [a, b)."""
    check_tensor(tensor, "uniform_", "tensor")
    with no_grad():
        return tensor.uniform_(a, b, generator=generator)


def normal_(tensor, mean=0.0, std=1.0, generator=None):
    """Fill with normal values."""
    check_tensor(tensor, "normal_", "tensor")
    with no_grad():
        return tensor.normal_(mean, std, generator=generator)


def constant_(tensor, val):
    """Fill with one value."""
    check_tensor(tensor, "constant_", "tensor")
    with no_grad():
        return tensor.fill_(val)


def ones_(tensor):
    """Fill with 1."""
    check_tensor(tensor, "ones_", "tensor")
    return constant_(tensor, 1.0)


def zeros_(tensor):
    """Fill with 0."""
    check_tensor(tensor, "zeros_", "tensor")
    return constant_(tensor, 0.0)


def eye_(tensor):
    """Fill a matrix with the identity, as far as it goes."""
    check_tensor(tensor, "eye_", "tensor")
    if tensor.ndim != 2:
        raise ValueError(f"eye_: a matrix is expected, got shape {tensor.shape}")
    rows, columns = tensor.shape
    return _put(tensor, numpy.eye(rows, columns))


def dirac_(tensor, groups=1):
    """Fill a convolution's weight (out, in/groups, *kernel) with the identity: each output channel
    passes one input channel on, per group."""
    check_tensor(tensor, "dirac_", "tensor")
    shape = tensor.shape
    if not 3 <= len(shape) <= 5:
        raise ValueError(f"dirac_: a weight of 3 to 5 dimensions is expected, got shape {shape}")
    if shape[0] % groups:
        raise ValueError(f"dirac_: {shape[0]} output channels do not divide into {groups} groups")
    values = numpy.zeros(shape)
    centre = tuple(size // 2 for size in shape[2:])
    outputs = shape[0] // groups
    for group in range(groups):
        for channel in range(min(outputs, shape[1])):
            values[(group * outputs + channel, channel, *centre)] = 1
    return _put(tensor, values)


def xavier_uniform_(tensor, gain=1.0, generator=None):
    """Uniform with bound gain·√(6 / (fan_in + fan_out)): Glorot and Bengio, 2010."""
    bound = gain * math.sqrt(6 / max(1, sum(_fans("xavier_uniform_", tensor))))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor, gain=1.0, generator=None):
    """Normal with deviation gain·√(2 / (fan_in + fan_out)): Glorot and Bengio, 2010."""
    std = gain * math.sqrt(2 / max(1, sum(_fans("xavier_normal_", tensor))))
    return normal_(tensor, 0.0, std, generator)


def _kaiming_std(op, tensor, a, mode, nonlinearity):
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"{op}: mode is 'fan_in' or 'fan_out', got {mode!r}")
    fan = _fans(op, tensor)[mode == "fan_out"]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def kaiming_uniform_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    """Uniform with bound gain·√(3 / fan): He and others, 2015.

    Args:
        a: negative slope of the leaky relu that follows.
        mode: ``"fan_in"`` keeps the variance forward, ``"fan_out"`` backward.
    """
    check_tensor(tensor, "kaiming_uniform_", "tensor")
    if 0 in tensor.shape:
        return tensor
    bound = math.sqrt(3) * _kaiming_std("kaiming_uniform_", tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    """Normal with deviation gain / √fan. See :func:`kaiming_uniform_`."""
    check_tensor(tensor, "kaiming_normal_", "tensor")
    if 0 in tensor.shape:
        return tensor
    std = _kaiming_std("kaiming_normal_", tensor, a, mode, nonlinearity)
    return normal_(tensor, 0.0, std, generator)


def orthogonal_(tensor, gain=1, generator=None):
    """Fill with a random orthogonal matrix times `gain`; dimensions after the first count as one.

    By the QR decomposition of a normal matrix, signs made unique (Mezzadri, 2007).
    """
    check_tensor(tensor, "orthogonal_", "tensor")
    if tensor.ndim < 2:
        raise ValueError(f"orthogonal_: 2 dimensions or more are expected, got {tensor.shape}")
    if 0 in tensor.shape:
        return tensor
    rows = tensor.shape[0]
    normal = normal_(empty_like(tensor.detach()), generator=generator)
    matrix = normal.numpy().reshape(rows, -1)
    tall = matrix.T if rows < matrix.shape[1] else matrix
    q, r = numpy.linalg.qr(tall)
    q *= numpy.sign(numpy.diag(r))
    if rows < matrix.shape[1]:
        q = q.T
    return _put(tensor, gain * q.reshape(tensor.shape))


def sparse_(tensor, sparsity, std=0.01, generator=None):
    """Fill a matrix with normal values and set a fraction of each column to zero.

    Args:
        sparsity: the fraction, rounded up to whole rows.
    """
    check_tensor(tensor, "sparse_", "tensor")
    if tensor.ndim != 2:
        raise ValueError(f"sparse_: a matrix is expected, got shape {tensor.shape}")
    normal_(tensor, 0.0, std, generator)
    # In each column the rows whose uniform draws are smallest become zero.
    draws = uniform_(empty_like(tensor.detach()), generator=generator).numpy()
    zeros = math.ceil(sparsity * tensor.shape[0])
    ranks = draws.argsort(axis=0).argsort(axis=0)
    return _put(tensor, numpy.where(ranks < zeros, 0, tensor.detach().numpy()))


def trunc_normal_(tensor, mean=0.0, std=1.0, a=-2.0, b=2.0, generator=None):
    """Fill with normal values, given that they lie in [a, b].

    Args:
        a, b: the bounds themselves, not in units of `std`.

    Raises:
        ValueError: std is negative or the interval empty.
    """
    check_tensor(tensor, "trunc_normal_", "tensor")
    if std < 0 or a > b:
        raise ValueError(f"trunc_normal_: std {std} must not be negative, nor a {a} exceed b {b}")
    if std == 0 or a == b:
        return constant_(tensor, min(max(mean, a), b))
    low, high = (a - mean) / std, (b - mean) / std
    with no_grad():
        drawn = empty_like(tensor.detach())
        inside = 0.5 * (math.erf(high / math.sqrt(2)) - math.erf(low / math.sqrt(2)))
        propose = _normal_within if inside > 0.3 else _uniform_within
        pending = propose(drawn, low, high, generator)
        while pending.any():
            again = empty_like(drawn)
            rejected = propose(again, low, high, generator)
            drawn = where(pending, again, drawn)
            pending = pending & rejected
        tensor.copy_((drawn * std + mean).clip(a, b))
    return tensor


def _normal_within(out, low, high, generator):
    """Normal proposals; those outside are rejected."""
    out.normal_(0.0, 1.0, generator=generator)
    return (out < low) | (out > high)


def _uniform_within(out, low, high, generator):
    """Uniform proposals, kept with probability density(x) / density(peak): von Neumann's rejection.
    Beyond 9 deviations of the peak the density is below float32's smallest step: left out."""
    peak = min(max(0.0, low), high)
    low, high = max(low, peak - 9), min(high, peak + 9)
    out.uniform_(low, high, generator=generator)
    height = ((peak * peak - out * out) * 0.5).exp()
    keep = empty_like(out)
    keep.uniform_(0.0, 1.0, generator=generator)
    return keep >= height


def _put(tensor, values):
    with no_grad():
        return tensor.copy_(asarray(values.astype("float64")))


_public(globals(), __name__)
