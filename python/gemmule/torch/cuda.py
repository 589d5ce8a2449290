"""torch.cuda: says that there is no GPU."""

__all__ = ["device_count", "is_available", "manual_seed", "manual_seed_all"]


def is_available():
    """Whether a GPU can be used."""
    return False


def device_count():
    """How many GPUs can be used."""
    return 0


def manual_seed(seed):
    """Seed the GPU's generator; without one, nothing."""


def manual_seed_all(seed):
    """Seed every GPU's generator; without one, nothing."""
