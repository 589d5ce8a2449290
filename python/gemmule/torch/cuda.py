"""torch.cuda: whether there is a GPU, in a build with CUDA."""

from gemmule import _C

__all__ = ["device_count", "is_available", "manual_seed", "manual_seed_all", "synchronize"]


def is_available():
    """Whether a GPU can be used."""
    return _C.cuda_count() > 0


def device_count():
    """How many GPUs can be used."""
    return _C.cuda_count()


def synchronize(device=None):
    """Wait until all that was started on a GPU has run."""
    _C.synchronize("cuda" if device is None else str(device))


def manual_seed(seed):
    """Seed the GPU's generator; without one, nothing."""


def manual_seed_all(seed):
    """Seed every GPU's generator; without one, nothing."""
