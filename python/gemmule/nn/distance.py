"""Distances between vectors."""

from gemmule import norm
from gemmule.nn.module import Module
from gemmule.ops.loss import cosine_similarity

__all__ = ["CosineSimilarity", "PairwiseDistance"]


def pairwise_distance(x1, x2, p=2.0, eps=1e-6, keepdim=False):
    """The p-norm of x₁ − x₂ + eps along the last dimension."""
    return norm(x1 - x2 + eps, p, dim=-1, keepdim=keepdim)


class CosineSimilarity(Module):
    """x₁·x₂ / (|x₁| |x₂|) along a dimension, each norm being `eps` at least."""

    def __init__(self, dim=1, eps=1e-8):
        super().__init__()
        self.dim = dim
        self.eps = eps

    def forward(self, x1, x2):
        return cosine_similarity(x1, x2, self.dim, self.eps)


class PairwiseDistance(Module):
    """The p-norm of x₁ − x₂ + eps along the last dimension."""

    def __init__(self, p=2.0, eps=1e-6, keepdim=False):
        super().__init__()
        self.norm = p
        self.eps = eps
        self.keepdim = keepdim

    def forward(self, x1, x2):
        return pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)
