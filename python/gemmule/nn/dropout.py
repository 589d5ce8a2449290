"""Dropout layers: random zeros in training, nothing in evaluation."""

from gemmule.nn import functional as F
from gemmule.nn.module import Module

__all__ = ["AlphaDropout", "Dropout", "Dropout1d", "Dropout2d", "FeatureAlphaDropout"]


class Dropout(Module):
    """Each element becomes zero with probability p, the others are scaled by 1 / (1 − p):
    Srivastava and others, 2014.

    Args:
        p: the probability.
        inplace: whether the input may be overwritten.
    """

    _function = staticmethod(F.dropout)

    def __init__(self, p=0.5, inplace=False):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"{type(self).__name__}: p must be within 0 and 1, got {p}")
        self.p = p
        self.inplace = inplace

    def forward(self, input):
        return self._function(input, self.p, self.training, self.inplace)

    def extra_repr(self):
        return f"p={self.p}, inplace={self.inplace}"


class Dropout1d(Dropout):
    """Whole channels of (N, C, L) become zero. See :class:`Dropout`."""

    _function = staticmethod(F.dropout1d)


class Dropout2d(Dropout):
    """Whole channels of (N, C, H, W) become zero. See :class:`Dropout`."""

    _function = staticmethod(F.dropout2d)


class AlphaDropout(Dropout):
    """Dropout that keeps SELU's mean and variance: Klambauer and others, 2017."""

    _function = staticmethod(F.alpha_dropout)


class FeatureAlphaDropout(Dropout):
    """Whole channels drop as in :class:`AlphaDropout`."""

    _function = staticmethod(F.feature_alpha_dropout)
