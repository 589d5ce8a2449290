"""torch.backends.mps: not built."""

__all__ = ["is_available", "is_built"]


def is_available():
    """Whether Apple's GPUs can be used."""
    return False


def is_built():
    """Whether Apple's GPUs were built for."""
    return False
