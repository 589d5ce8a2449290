"""Layers and losses, with PyTorch's names, signatures, initial values and state-dict keys."""

from gemmule.nn import functional, init, utils
from gemmule.nn.activation import *
from gemmule.nn.adaptive import *
from gemmule.nn.attention import *
from gemmule.nn.container import *
from gemmule.nn.conv import *
from gemmule.nn.distance import *
from gemmule.nn.dropout import *
from gemmule.nn.embedding import *
from gemmule.nn.flatten import *
from gemmule.nn.fold import *
from gemmule.nn.lazy import *
from gemmule.nn.linear import *
from gemmule.nn.loss import *
from gemmule.nn.module import Module
from gemmule.nn.norm import *
from gemmule.nn.padding import *
from gemmule.nn.parameter import Parameter, UninitializedParameter
from gemmule.nn.pixelshuffle import *
from gemmule.nn.pool import *
from gemmule.nn.rnn import *
from gemmule.nn.softmax import *
from gemmule.nn.transformer import *
from gemmule.nn.upsample import *
