"""torch.backends: what scripts ask before they choose a device, and switches without effect."""

from gemmule.torch.backends import cuda, cudnn, mps

__all__ = ["cuda", "cudnn", "mps"]
