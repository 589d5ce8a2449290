"""torch.utils."""

from gemmule.torch.utils import data
