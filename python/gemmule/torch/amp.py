"""torch.amp: autocast. Losses are not scaled: there is no GradScaler."""

from gemmule.ops.precision import autocast
