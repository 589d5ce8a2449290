"""torch.nn.utils.rnn: gemmule's."""

from gemmule.nn.utils.rnn import *
