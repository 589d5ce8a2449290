"""Normalisation: of features, channels, groups and batches.

Sources: Ioffe and Szegedy, "Batch normalization", 2015; Ba, Kiros and Hinton, "Layer
normalization", 2016; Ulyanov, Vedaldi and Lempitsky, "Instance normalization", 2016; Wu and He,
"Group normalization", 2018; Zhang and Sennrich, "Root mean square layer normalization", 2019;
Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional neural networks",
2012.
"""

import math

from gemmule import _C
from gemmule.autograd import track
from gemmule.ops.precision import halves
from gemmule.tensor import check_tensor, raw

__all__ = [
    "batch_norm",
    "group_norm",
    "instance_norm",
    "layer_norm",
    "local_response_norm",
    "normalize",
    "rms_norm",
]


def _raw(value):
    return None if value is None else raw(value)


def _features(op, input, normalized_shape):
    """The number of features: the last axes must be `normalized_shape`."""
    check_tensor(input, op)
    if isinstance(normalized_shape, int):
        normalized_shape = (normalized_shape,)
    normalized_shape = tuple(normalized_shape)
    if not normalized_shape or input.shape[-len(normalized_shape) :] != normalized_shape:
        raise ValueError(
            f"{op}: normalized_shape {normalized_shape} is not the end of input's shape "
            f"{input.shape}"
        )
    return math.prod(normalized_shape), normalized_shape


@halves
def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    """(x - mean) / √(variance + eps) · weight + bias over the last axes.

    Args:
        input: shape (…, *normalized_shape), float32 or float64.
        normalized_shape: an int or the sizes of the last axes.
        weight, bias: shape normalized_shape, of input's dtype, or None.

    Raises:
        ValueError: shapes disagree.
        TypeError: dtypes differ.
    """
    features, shape = _features("layer_norm", input, normalized_shape)
    x, w = raw(input), _raw(weight)
    y, mean, rstd = _C.layer_norm(x, features, w, _raw(bias), eps, True)
    saved = (x, w, mean, rstd, shape)
    return track(y, (input, weight, bias), _layer_norm_vjp, saved)


def _layer_norm_vjp(gs, needs, x, w, mean, rstd, shape):
    dx, dw, db = _C.layer_norm_backward(gs[0], x, math.prod(shape), w, mean, rstd, *needs)
    if dw is not None:
        dw = _C.reshape(dw, shape)
    if db is not None:
        db = _C.reshape(db, shape)
    return dx, dw, db


@halves
def rms_norm(input, normalized_shape, weight=None, eps=None):
    """x / √(mean of x² + eps) · weight over the last axes; see :func:`layer_norm`.

    Args:
        eps: None is the dtype's machine epsilon.
    """
    features, shape = _features("rms_norm", input, normalized_shape)
    x, w = raw(input), _raw(weight)
    if eps is None:
        eps = 2.0**-52 if x.dtype is _C.float64 else 2.0**-23
    y, _, rstd = _C.layer_norm(x, features, w, None, eps, False)
    return track(y, (input, weight), _rms_norm_vjp, (x, w, rstd, shape))


def _rms_norm_vjp(gs, needs, x, w, rstd, shape):
    dx, dw, _ = _C.layer_norm_backward(
        gs[0], x, math.prod(shape), w, None, rstd, needs[0], needs[1], False
    )
    return dx, None if dw is None else _C.reshape(dw, shape)


@halves
def group_norm(input, num_groups, weight=None, bias=None, eps=1e-5):
    """:func:`layer_norm` of groups of channels, with everything behind them.

    Args:
        input: shape (N, C, …).
        num_groups: divides C.
        weight, bias: shape (C,), or None.
    """
    return _group_norm("group_norm", input, num_groups, weight, bias, eps)


def _group_norm(op, input, num_groups, weight, bias, eps):
    x, w = raw(input), _raw(weight)
    y, mean, rstd = _C.group_norm(x, num_groups, w, _raw(bias), eps, op)
    return track(y, (input, weight, bias), _group_norm_vjp, (x, w, mean, rstd, num_groups))


def _group_norm_vjp(gs, needs, x, w, mean, rstd, num_groups):
    return _C.group_norm_backward(gs[0], x, num_groups, w, mean, rstd, *needs)


@halves
def batch_norm(
    input,
    running_mean,
    running_var,
    weight=None,
    bias=None,
    training=False,
    momentum=0.1,
    eps=1e-5,
):
    """(x - mean) / √(variance + eps) · weight + bias for each channel over the batch.

    Args:
        input: shape (N, C) or (N, C, …), float32 or float64.
        running_mean, running_var: shape (C,); in training, where given, they move towards the
            batch's mean and unbiased variance by `momentum`, in place.
        weight, bias: shape (C,), or None.
        training: whether statistics are the batch's own.

    Raises:
        ValueError: shapes disagree, or training with one value per channel.
    """
    x, w = raw(input), _raw(weight)
    y, mean, rstd = _C.batch_norm(
        x, _raw(running_mean), _raw(running_var), w, _raw(bias), training, momentum, eps
    )
    return track(y, (input, weight, bias), _batch_norm_vjp, (x, w, mean, rstd, training))


def _batch_norm_vjp(gs, needs, x, w, mean, rstd, training):
    return _C.batch_norm_backward(gs[0], x, w, mean, rstd, training, *needs)


@halves
def instance_norm(
    input,
    running_mean=None,
    running_var=None,
    weight=None,
    bias=None,
    use_input_stats=True,
    momentum=0.1,
    eps=1e-5,
):
    """:func:`batch_norm` of each item by itself.

    Args:
        input: shape (N, C, …).
        running_mean, running_var: shape (C,); moved towards the mean over the batch of the items'
            statistics where given and `use_input_stats`.
        use_input_stats: False normalises by the running ones.
    """
    check_tensor(input, "instance_norm")
    if input.ndim < 2:
        raise ValueError(f"instance_norm: expected input (N, C, …), got shape {input.shape}")
    if not use_input_stats and (running_mean is None or running_var is None):
        raise ValueError("instance_norm: without input statistics it needs the running ones")
    if not use_input_stats:
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    if math.prod(input.shape[2:]) == 1:
        raise ValueError(
            f"instance_norm: expected more than one element per channel, got input of shape "
            f"{input.shape}"
        )
    if running_mean is not None or running_var is not None:
        _move_running(input, running_mean, running_var, momentum)
    return _group_norm("instance_norm", input, input.shape[1], weight, bias, eps)


def _move_running(input, running_mean, running_var, momentum):
    # Every item's channel as a channel of one batch: batch_norm moves statistics of its own, whose
    # mean over the items is what the caller's move towards.
    items, channels = input.shape[:2]
    x = _C.reshape(raw(input), (1, items * channels, *input.shape[2:]))
    mean, var = [_C.zeros((items * channels,), x.dtype, x.device) for _ in range(2)]
    _C.batch_norm(x, mean, var, None, None, True, 1.0, 0.0)
    for running, own in ((running_mean, mean), (running_var, var)):
        if running is not None:
            sums = _C.sum_to(_C.reshape(own, (items, channels)), (channels,), x.dtype)
            _C.copy_into(raw(running), raw(running) * (1 - momentum) + sums * (momentum / items))


@halves
def local_response_norm(input, size, alpha=1e-4, beta=0.75, k=1.0):
    """x / (k + alpha · mean of x² over `size` neighbouring channels)^beta.

    Args:
        input: shape (N, C, …) .
        size: number of channels, of which (size // 2) come before.
    """
    check_tensor(input, "local_response_norm")
    if input.ndim < 3:
        raise ValueError(
            f"local_response_norm: expected at least 3 dimensions, got shape {input.shape}"
        )
    from gemmule.ops.shape_join import pad

    squares = pad(input * input, (0, 0) * (input.ndim - 2) + (size // 2, (size - 1) // 2))
    total = squares.narrow(1, 0, input.shape[1])
    for i in range(1, size):
        total = total + squares.narrow(1, i, input.shape[1])
    return input / (total * (alpha / size) + k) ** beta


def normalize(input, p=2.0, dim=1, eps=1e-12):
    """x / max(‖x‖ₚ, eps) along an axis."""
    from gemmule.ops.compare import clip

    check_tensor(input, "normalize")
    return input / clip(input.norm(p, dim, keepdim=True), eps)
