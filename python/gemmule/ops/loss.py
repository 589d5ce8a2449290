"""Losses, under torch.nn.functional's names and signatures.

``reduction`` is ``"none"``, ``"mean"`` or ``"sum"``; `size_average` and `reduce` are PyTorch's
older way to say it.
"""

import math
import types
import warnings

from gemmule import _C
from gemmule.autograd import recording, track
from gemmule.ops.binary import divide, maximum, multiply, subtract
from gemmule.ops.compare import where
from gemmule.ops.precision import raised
from gemmule.ops.reduce import any as any_of
from gemmule.ops.reduce import mean as mean_of
from gemmule.ops.reduce import sum as sum_of
from gemmule.ops.unary import exp, log, log1p, sqrt, square
from gemmule.tensor import Tensor, as_array, check_tensor, raw, wrap

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cosine_similarity",
    "cross_entropy",
    "gaussian_nll_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "mse_loss",
    "nll_loss",
    "poisson_nll_loss",
    "smooth_l1_loss",
    "soft_margin_loss",
]

_cross_entropy, _cross_entropy_backward = _C.cross_entropy, _C.cross_entropy_backward
_pair_loss, _pair_loss_backward = _C.pair_loss, _C.pair_loss_backward


def _older(reduction, size_average, reduce):
    """The reduction that PyTorch's older arguments stand for, where they are given."""
    if size_average is None and reduce is None:
        return reduction
    if reduce is not None and not reduce:
        return "none"
    return "mean" if size_average is None or size_average else "sum"


def _reduced(name, losses, reduction):
    """Losses that are composed of other operations, reduced."""
    if reduction == "mean":
        return mean_of(losses)
    if reduction == "sum":
        return sum_of(losses)
    if reduction == "none":
        return losses
    raise ValueError(f"{name}: expected reduction 'none', 'mean' or 'sum', got {reduction!r}")


def _maybe(value):
    return None if value is None else raw(value)


# ---- classes ------------------------------------------------------------------------------------


@raised
def cross_entropy(
    input,
    target,
    weight=None,
    size_average=None,
    ignore_index=-100,
    reduce=None,
    reduction="mean",
    label_smoothing=0.0,
):
    """-log softmax(input) at the target's class, or averaged over its probabilities.

    Args:
        input: scores before softmax, shape (C), (N, C) or (N, C, d…), floating-point.
        target: integer labels in [0, C), shape (), (N) or (N, d…); or probabilities of input's
            shape and dtype.
        weight: shape (C), how much each class counts; the mean divides by the labels' weights.
        ignore_index: a label whose loss and gradient are 0 and which the mean does not count.
        reduction: "none", "mean" or "sum".
        label_smoothing: ε in [0, 1]; the target becomes (1 - ε)·target + ε/C.

    Raises:
        IndexError: a label is not in [0, C).
        ValueError: shapes do not fit.
        TypeError: dtypes differ, or labels are not integers.

    A mean or sum of labels whose input needs a gradient takes that along, and keeps it until
    ``backward``; under ``no_grad`` nothing is kept.

    Source of smoothing: Szegedy et al., Rethinking the Inception Architecture, 2016.

    Example:
        >>> gemmule.cross_entropy(gemmule.tensor([[0.0, 0.0]]), gemmule.tensor([1]))
        tensor(0.6931472)
    """
    reduction = _older(reduction, size_average, reduce)
    x, t = as_array(input, "cross_entropy"), as_array(target, "cross_entropy", "target")
    w = _maybe(weight)
    smoothing = float(label_smoothing)
    if t.dtype.is_floating_point:
        if t.ndim != x.ndim:
            raise ValueError(
                f"cross_entropy: a target of {t.dtype.name} holds probabilities and needs the "
                f"input's shape {x.shape}, got {t.shape}; class labels are integers: target.long()"
            )
        y, *rest = _C.cross_entropy_probability(x, t, w, smoothing, reduction)
        kept = (x, t, w, smoothing, reduction, *rest)
        return track(y, (input, target), _cross_entropy_probability_vjp, kept)
    recorded = recording((input,))
    results = _cross_entropy(x, t, w, ignore_index, smoothing, reduction, recorded)
    if not recorded:
        return wrap(results[0])
    y, shift, exp_sum, divisor, dx = results
    # The gradient is given away once, for it becomes somebody's .grad; a graph that is retained
    # takes it anew.
    once = [dx]
    saved = (once, x, t, w, ignore_index, smoothing, reduction, shift, exp_sum, divisor)
    return track(y, (input,), _cross_entropy_vjp, saved)


def _cross_entropy_vjp(gs, needs, once, *saved):
    # dx = (softmax(x) - target)·g
    return (_cross_entropy_backward(gs[0], *saved, once.pop() if once else None),)


def _cross_entropy_probability_vjp(gs, needs, *saved):
    backward = _C.cross_entropy_probability_backward
    return (
        backward(gs[0], *saved, False) if needs[0] else None,
        backward(gs[0], *saved, True) if needs[1] else None,
    )


@raised
def nll_loss(
    input,
    target,
    weight=None,
    size_average=None,
    ignore_index=-100,
    reduce=None,
    reduction="mean",
):
    """-input at the target's class, for an input of logarithms of probabilities.

    See :func:`cross_entropy`, which takes scores and labels and does both steps in one.
    """
    reduction = _older(reduction, size_average, reduce)
    x, t, w = raw(input), raw(target), _maybe(weight)
    y, divisor = _C.nll_loss(x, t, w, ignore_index, reduction)
    return track(y, (input,), _nll_loss_vjp, (x, t, w, ignore_index, reduction, divisor))


def _nll_loss_vjp(gs, needs, *saved):
    return (_C.nll_loss_backward(gs[0], *saved),)


# ---- pairs of numbers ---------------------------------------------------------------------------


def _warn_of_broadcast(name, input, target):
    a, b = as_array(input, name).shape, as_array(target, name, "target").shape
    # Shapes that do not broadcast are refused below.
    fit = all(m == n or 1 in (m, n) for m, n in zip(reversed(a), reversed(b), strict=False))
    if a != b and fit:
        warnings.warn(
            f"{name}: target of shape {b} is broadcast with input of shape {a}, which is seldom "
            "meant; make the shapes equal",
            # This, the loss, and its decorator, which has no frame where it is compiled.
            stacklevel=3 + isinstance(raised, types.FunctionType),
        )


def _pair(name, input, target, reduction, parameter=0.0, pos_weight=None):
    x, t = as_array(input, name), as_array(target, name, "target")
    y = _pair_loss(name, x, t, pos_weight, parameter, reduction)
    saved = (name, x, t, pos_weight, parameter, reduction)
    return track(y, (input, target), _pair_vjp, saved)


def _pair_vjp(gs, needs, name, *saved):
    return (
        _pair_loss_backward(name, gs[0], *saved, False) if needs[0] else None,
        _pair_loss_backward(name, gs[0], *saved, True) if needs[1] else None,
    )


def _weighted(name, losses, weight, reduction, by_weight):
    """losses · weight, reduced; the mean divides by Σ weight or by the number of losses."""
    losses = multiply(losses, weight)
    if by_weight and reduction == "mean":
        return divide(sum_of(losses), sum_of(weight))
    return _reduced(name, losses, reduction)


def _check_weight(name, input, weight):
    check_tensor(input, name)
    check_tensor(weight, name, "weight")
    if weight.shape != input.shape:
        raise ValueError(
            f"{name}: weight of shape {weight.shape} does not fit input of shape {input.shape}"
        )


@raised
def mse_loss(input, target, size_average=None, reduce=None, reduction="mean", weight=None):
    """(input - target)².

    Args:
        input: floating-point tensor.
        target: tensor that broadcasts with it; integers are cast.
        reduction: "none", "mean" or "sum".
        weight: of input's shape; each loss is multiplied by it, and the mean divides by its sum.

    Raises:
        TypeError: input and target have different floating-point dtypes.
        ValueError: shapes do not fit, or the reduction is unknown.
    """
    reduction = _older(reduction, size_average, reduce)
    _warn_of_broadcast("mse_loss", input, target)
    if weight is None:
        return _pair("mse_loss", input, target, reduction)
    _check_weight("mse_loss", input, weight)
    losses = _pair("mse_loss", input, target, "none")
    return _weighted("mse_loss", losses, weight, reduction, True)


@raised
def l1_loss(input, target, size_average=None, reduce=None, reduction="mean", weight=None):
    """|input - target|. See :func:`mse_loss`."""
    reduction = _older(reduction, size_average, reduce)
    _warn_of_broadcast("l1_loss", input, target)
    if weight is None:
        return _pair("l1_loss", input, target, reduction)
    _check_weight("l1_loss", input, weight)
    losses = _pair("l1_loss", input, target, "none")
    return _weighted("l1_loss", losses, weight, reduction, True)


@raised
def smooth_l1_loss(input, target, size_average=None, reduce=None, reduction="mean", beta=1.0):
    """d²/2β for |d| < β, |d| - β/2 beyond, of d = input - target. See :func:`mse_loss`.

    Source: Girshick, Fast R-CNN, 2015.
    """
    if beta < 0:
        raise ValueError(f"smooth_l1_loss: expected beta of at least 0, got {beta}")
    _warn_of_broadcast("smooth_l1_loss", input, target)
    return _pair(
        "smooth_l1_loss", input, target, _older(reduction, size_average, reduce), float(beta)
    )


@raised
def huber_loss(input, target, reduction="mean", delta=1.0, weight=None):
    """d²/2 for |d| ≤ δ, δ(|d| - δ/2) beyond, of d = input - target. See :func:`mse_loss`.

    With `weight`, the mean divides by the number of losses. Source: Huber, Robust Estimation of a
    Location Parameter, 1964.
    """
    if delta <= 0:
        raise ValueError(f"huber_loss: expected delta above 0, got {delta}")
    _warn_of_broadcast("huber_loss", input, target)
    if weight is None:
        return _pair("huber_loss", input, target, reduction, float(delta))
    _check_weight("huber_loss", input, weight)
    losses = _pair("huber_loss", input, target, "none", float(delta))
    return _weighted("huber_loss", losses, weight, reduction, False)


def _check_shapes(name, input, target):
    check_tensor(input, name)
    check_tensor(target, name, "target")
    if input.shape != target.shape:
        raise ValueError(
            f"{name}: target of shape {target.shape} does not fit input of shape {input.shape}"
        )


@raised
def binary_cross_entropy(
    input, target, weight=None, size_average=None, reduce=None, reduction="mean"
):
    """-(t log x + (1 - t) log(1 - x)), logarithms no smaller than -100.

    Args:
        input: probabilities in [0, 1], of target's shape.
        target: numbers in [0, 1].
        weight: broadcasts to the losses and multiplies them.
        reduction: "none", "mean" or "sum".

    Raises:
        ValueError: shapes differ, or an input is not in [0, 1].
    """
    name = "binary_cross_entropy"
    reduction = _older(reduction, size_average, reduce)
    _check_shapes(name, input, target)
    x = raw(input)
    if x.size and not (
        _C.item(_C.min(x, None, False)) >= 0 and _C.item(_C.max(x, None, False)) <= 1
    ):
        raise ValueError(f"{name}: expected probabilities in [0, 1] as input")
    if weight is None:
        return _pair(name, input, target, reduction)
    return _weighted(name, _pair(name, input, target, "none"), weight, reduction, False)


@raised
def binary_cross_entropy_with_logits(
    input,
    target,
    weight=None,
    size_average=None,
    reduce=None,
    reduction="mean",
    pos_weight=None,
):
    """:func:`binary_cross_entropy` of sigmoid(input), without the loss of rounding it.

    Args:
        input: scores, of target's shape.
        target: numbers in [0, 1].
        weight: broadcasts to the losses and multiplies them.
        reduction: "none", "mean" or "sum".
        pos_weight: broadcasts to input; how much the positive class counts.
    """
    name = "binary_cross_entropy_with_logits"
    reduction = _older(reduction, size_average, reduce)
    _check_shapes(name, input, target)
    positive = _maybe(pos_weight)
    if weight is None:
        return _pair(name, input, target, reduction, 0.0, positive)
    losses = _pair(name, input, target, "none", 0.0, positive)
    return _weighted(name, losses, weight, reduction, False)


@raised
def kl_div(input, target, size_average=None, reduce=None, reduction="mean", log_target=False):
    """The Kullback-Leibler divergence target·(log target - input), of a logarithmic input.

    Args:
        input: logarithms of probabilities.
        target: probabilities, or their logarithms with `log_target`.
        reduction: "none", "mean", "sum", or "batchmean": the sum divided by input's first size,
            which is the divergence as mathematics has it.
        log_target: whether target holds logarithms.
    """
    reduction = _older(reduction, size_average, reduce)
    name = "kl_div_log" if log_target else "kl_div"
    if reduction != "batchmean":
        return _pair(name, input, target, reduction)
    total = _pair(name, input, target, "sum")
    return divide(total, float(input.shape[0])) if input.ndim else total


# ---- composed -----------------------------------------------------------------------------------


def cosine_similarity(x1, x2, dim=1, eps=1e-8):
    """x1·x2 / (|x1|·|x2|) along an axis, each length no smaller than `eps`.

    Args:
        x1, x2: tensors that broadcast together.
        dim: the axis of the vectors.
    """
    check_tensor(x1, "cosine_similarity", "x1")
    check_tensor(x2, "cosine_similarity", "x2")
    dot = sum_of(multiply(x1, x2), axis=dim)
    # The lengths are of the broadcast tensors: an axis of size 1 stands for many equal numbers.
    squares = [square(_stretched(x, other, dim)) for x, other in ((x1, x2), (x2, x1))]
    lengths = [sqrt(maximum(sum_of(s, axis=dim), eps * eps)) for s in squares]
    return divide(dot, multiply(lengths[0], lengths[1]))


def _stretched(x, other, dim):
    """x with the axis `dim` as long as the broadcast of both has it."""
    if x.ndim and other.ndim and x.shape[dim] == 1 and other.shape[dim] != 1:
        return multiply(x, wrap(_C.full(other.shape, 1.0, x.dtype, x.device)))
    return x


@raised
def poisson_nll_loss(
    input,
    target,
    log_input=True,
    full=False,
    size_average=None,
    eps=1e-8,
    reduce=None,
    reduction="mean",
):
    """-log of the Poisson probability of `target`, less log target!.

    Args:
        input: the expected count, or its logarithm with `log_input`.
        target: counts.
        full: add Stirling's approximation of log target! where target is above 1.
        eps: added to the expected count before its logarithm is taken.
    """
    reduction = _older(reduction, size_average, reduce)
    if log_input:
        losses = subtract(exp(input), multiply(target, input))
    else:
        losses = subtract(input, multiply(target, log(input + eps)))
    if full:
        counts = maximum(target, 1.0)
        stirling = multiply(counts, log(counts)) - counts + 0.5 * log(2 * math.pi * counts)
        losses = losses + where(target > 1, stirling, 0.0)
    return _reduced("poisson_nll_loss", losses, reduction)


@raised
def gaussian_nll_loss(input, target, var, full=False, eps=1e-6, reduction="mean"):
    """(log var + (input - target)² / var) / 2, with var no smaller than `eps`.

    Args:
        input: expected values.
        target: of a shape that broadcasts with input.
        var: variances: a number, of input's shape, or of that shape with the last size 1 or absent.
        full: add log(2π)/2.
        eps: the smallest variance; below it no gradient goes to `var`'s clamping.

    Raises:
        ValueError: a variance is negative, or var's shape does not fit.
    """
    name = "gaussian_nll_loss"
    check_tensor(input, name)
    check_tensor(target, name, "target")
    if not isinstance(var, Tensor):
        a = raw(input)
        var = wrap(_C.full(a.shape, float(var), a.dtype, a.device))
    if any_of(var < 0).item():
        raise ValueError(f"{name}: expected variances of at least 0")
    if var.shape != input.shape:
        if var.shape == input.shape[:-1]:
            var = var.reshape((*var.shape, 1))
        elif not _stretches(var.shape, input.shape):
            raise ValueError(
                f"{name}: var of shape {var.shape} does not fit input of shape {input.shape}"
            )
    # The clamp moves the value, not the gradient.
    low = maximum(var.detach(), eps) - var.detach()
    var = var + low
    losses = 0.5 * (log(var) + divide(square(subtract(input, target)), var))
    if full:
        losses = losses + 0.5 * math.log(2 * math.pi)
    return _reduced(name, losses, reduction)


def _stretches(sizes, to):
    """Whether sizes of 1 are all in which the two differ."""
    if len(sizes) != len(to):
        return False
    for size, wanted in zip(sizes, to, strict=True):
        if size not in (1, wanted):
            return False
    return True


@raised
def soft_margin_loss(input, target, size_average=None, reduce=None, reduction="mean"):
    """log(1 + e^(-target·input)) for targets of 1 and -1."""
    reduction = _older(reduction, size_average, reduce)
    return _reduced("soft_margin_loss", log1p(exp(multiply(target, input) * -1)), reduction)
