"""Softmax layers: activations along a dimension."""

from collections.abc import Callable

from gemmule import arange, log_softmax, rand_like, softmax
from gemmule.nn.module import Module
from gemmule.tensor import Tensor

__all__ = ["LogSoftmax", "Softmax", "Softmax2d", "Softmin"]


def softmin(input, dim=None, dtype=None):
    """softmax(−x) along a dimension."""
    return softmax(-input, dim, dtype=dtype)


def gumbel_softmax(logits, tau=1, hard=False, eps=1e-10, dim=-1):
    """softmax((logits + Gumbel noise) / tau): Jang and others, 2016.

    Args:
        hard: whether the result is one-hot; its gradient is that of the soft one.
        eps: accepted for PyTorch's sake.
    """
    # −log(1 − u) is exponential for u uniform in [0, 1); kept above 0, its logarithm is finite.
    exponential = -(-rand_like(logits)).log1p()
    soft = softmax((logits - exponential.clip(min=1e-30).log()) / tau, dim)
    if not hard:
        return soft
    shape = [1] * soft.ndim
    shape[dim] = soft.shape[dim]
    chosen = soft.argmax(dim, keepdim=True) == arange(soft.shape[dim]).reshape(shape)
    return chosen.to(soft.dtype) - soft.detach() + soft


class Softmax(Module):
    """exp(x) / Σ exp(x) along a dimension.

    Args:
        dim: the dimension; None guesses: 1 for inputs of 2 or 4 dimensions, else 0.
    """

    _function: Callable[..., Tensor] = staticmethod(softmax)

    def __init__(self, dim=None):
        super().__init__()
        self.dim = dim

    def forward(self, input):
        return self._function(input, self.dim)

    def extra_repr(self):
        return f"dim={self.dim}"


class LogSoftmax(Softmax):
    """x − log Σ exp(x) along a dimension. See :class:`Softmax`."""

    _function = staticmethod(log_softmax)


class Softmin(Softmax):
    """exp(−x) / Σ exp(−x) along a dimension. See :class:`Softmax`."""

    _function = staticmethod(softmin)


class Softmax2d(Module):
    """Softmax over the channels of (N, C, H, W) or (C, H, W)."""

    def forward(self, input):
        if input.ndim not in (3, 4):
            raise ValueError(f"Softmax2d: expected 3 or 4 dimensions, got shape {input.shape}")
        return softmax(input, -3)
