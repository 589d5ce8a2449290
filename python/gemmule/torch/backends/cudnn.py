"""torch.backends.cudnn: not built. Its switches may be set and are read by nobody; results here are
deterministic without them."""

__all__ = ["allow_tf32", "benchmark", "deterministic", "enabled", "is_available"]

enabled = False
benchmark = False
deterministic = True
allow_tf32 = False


def is_available():
    """Whether cuDNN can be used."""
    return False
