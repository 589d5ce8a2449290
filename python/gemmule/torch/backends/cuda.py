"""torch.backends.cuda: not built."""

from types import SimpleNamespace

__all__ = ["is_built", "matmul"]

# Read by nobody: scripts set it for GPUs.
matmul = SimpleNamespace(allow_tf32=False)


def is_built():
    """Whether GPUs were built for."""
    return False
