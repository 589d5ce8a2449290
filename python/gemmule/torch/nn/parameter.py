"""torch.nn.parameter: gemmule's."""

from gemmule.nn.parameter import Parameter
