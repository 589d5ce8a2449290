"""torch.nn.utils: gemmule's."""

from gemmule.nn.utils import *
from gemmule.nn.utils import rnn
