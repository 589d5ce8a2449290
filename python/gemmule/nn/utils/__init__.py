"""Gradient clipping, as in torch.nn.utils (each function is one pass over a list of tensors), and
models prepared for inference."""

import math

from gemmule import _C
from gemmule.nn.prepare import Prepared, prepare
from gemmule.nn.utils import rnn
from gemmule.public import public as _public
from gemmule.public import public_classes as _public_classes
from gemmule.tensor import Tensor, wrap

__all__ = [
    "Prepared",
    "clip_grad_norm_",
    "clip_grad_value_",
    "clip_grads_with_norm_",
    "get_total_norm",
    "prepare",
]


def clip_grad_norm_(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False, foreach=None):
    """Scale gradients in place so that their norm, taken over all together, is at most `max_norm`.

    Args:
        parameters: a Tensor or an iterable of them; those without gradient are passed over.
        max_norm: the largest norm allowed.
        norm_type: p of the p-norm, above 0, or infinity.
        error_if_nonfinite: raise where the norm is NaN or infinite, before anything is scaled.
        foreach: accepted for PyTorch's sake.

    Returns:
        The norm before scaling, a Tensor of shape ().

    Raises:
        RuntimeError: the norm is not finite and `error_if_nonfinite` is set.
        ValueError: `norm_type` is not positive.
    """
    grads = _gradients(parameters)
    norm = _C.total_norm(grads, float(norm_type))
    if error_if_nonfinite and not math.isfinite(_C.item(norm)):
        raise RuntimeError(
            f"clip_grad_norm_: the norm of the gradients is {_C.item(norm)}; "
            "error_if_nonfinite=False scales by it all the same"
        )
    _C.clip_to_norm(grads, norm, float(max_norm))
    return wrap(norm)


def clip_grad_value_(parameters, clip_value, foreach=None):
    """Clamp every element of the gradients to [-clip_value, clip_value], in place."""
    _C.clip_to_range(_gradients(parameters), -float(clip_value), float(clip_value))


def get_total_norm(tensors, norm_type=2.0, error_if_nonfinite=False, foreach=None):
    """The p-norm of all elements of all tensors together, a Tensor of shape ()."""
    tensors = [tensors] if isinstance(tensors, Tensor) else tensors
    norm = _C.total_norm([t._array for t in tensors], float(norm_type))
    if error_if_nonfinite and not math.isfinite(_C.item(norm)):
        raise RuntimeError(f"get_total_norm: the norm is {_C.item(norm)}")
    return wrap(norm)


def clip_grads_with_norm_(parameters, max_norm, total_norm, foreach=None):
    """Scale gradients in place by min(1, max_norm / (total_norm + 1e-6)).

    Args:
        parameters: a Tensor or an iterable of them.
        max_norm: the largest norm allowed.
        total_norm: their norm, as from :func:`get_total_norm`.
    """
    _C.clip_to_norm(_gradients(parameters), total_norm._array, float(max_norm))


def _gradients(parameters):
    parameters = [parameters] if isinstance(parameters, Tensor) else parameters
    return [p.grad._array for p in parameters if p.grad is not None]


_public(globals(), __name__)
_public_classes(globals())
