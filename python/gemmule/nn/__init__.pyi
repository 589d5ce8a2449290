# Written by tools/stubs.py.
from gemmule.nn import functional as functional, init as init, utils as utils
from gemmule.nn.activation import *
from gemmule.nn.adaptive import AdaptiveLogSoftmaxWithLoss as AdaptiveLogSoftmaxWithLoss
from gemmule.nn.attention import MultiheadAttention as MultiheadAttention
from gemmule.nn.container import *
from gemmule.nn.conv import *
from gemmule.nn.distance import (
  CosineSimilarity as CosineSimilarity, PairwiseDistance as PairwiseDistance
)
from gemmule.nn.dropout import *
from gemmule.nn.embedding import Embedding as Embedding, EmbeddingBag as EmbeddingBag
from gemmule.nn.flatten import *
from gemmule.nn.fold import Fold as Fold, Unfold as Unfold
from gemmule.nn.lazy import *
from gemmule.nn.linear import Bilinear as Bilinear, Identity as Identity, Linear as Linear
from gemmule.nn.loss import *
from gemmule.nn.module import Module as Module
from gemmule.nn.norm import *
from gemmule.nn.padding import *
from gemmule.nn.parameter import (
  Parameter as Parameter, UninitializedParameter as UninitializedParameter
)
from gemmule.nn.pixelshuffle import (
  ChannelShuffle as ChannelShuffle, PixelShuffle as PixelShuffle, PixelUnshuffle as PixelUnshuffle
)
from gemmule.nn.pool import (
  AdaptiveAvgPool1d as AdaptiveAvgPool1d, AdaptiveAvgPool2d as AdaptiveAvgPool2d,
  AdaptiveMaxPool1d as AdaptiveMaxPool1d, AdaptiveMaxPool2d as AdaptiveMaxPool2d,
  AvgPool1d as AvgPool1d, AvgPool2d as AvgPool2d, FractionalMaxPool2d as FractionalMaxPool2d,
  LPPool1d as LPPool1d, LPPool2d as LPPool2d, MaxPool1d as MaxPool1d, MaxPool2d as MaxPool2d,
  MaxUnpool1d as MaxUnpool1d, MaxUnpool2d as MaxUnpool2d
)
from gemmule.nn.rnn import *
from gemmule.nn.softmax import (
  LogSoftmax as LogSoftmax, Softmax as Softmax, Softmax2d as Softmax2d, Softmin as Softmin
)
from gemmule.nn.transformer import *
from gemmule.nn.upsample import (
  Upsample as Upsample, UpsamplingBilinear2d as UpsamplingBilinear2d,
  UpsamplingNearest2d as UpsamplingNearest2d
)


