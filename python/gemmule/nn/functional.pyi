# Written by tools/stubs.py.
from typing import Any
from gemmule.nn.attention import multi_head_attention_forward as multi_head_attention_forward
from gemmule.nn.distance import pairwise_distance as pairwise_distance
from gemmule.nn.embedding import embedding_bag as embedding_bag
from gemmule.nn.fold import fold as fold, unfold as unfold
from gemmule.nn.linear import bilinear as bilinear
from gemmule.nn.pixelshuffle import (
  channel_shuffle as channel_shuffle, pixel_shuffle as pixel_shuffle,
  pixel_unshuffle as pixel_unshuffle
)
from gemmule.nn.pool import (
  fractional_max_pool2d as fractional_max_pool2d, lp_pool1d as lp_pool1d, lp_pool2d as lp_pool2d,
  max_unpool1d as max_unpool1d, max_unpool2d as max_unpool2d
)
from gemmule.nn.softmax import gumbel_softmax as gumbel_softmax, softmin as softmin
from gemmule.nn.upsample import interpolate as interpolate
from gemmule.ops.activation import *
from gemmule.ops.attention import scaled_dot_product_attention as scaled_dot_product_attention
from gemmule.ops.conv import (
  conv1d as conv1d, conv2d as conv2d, conv_transpose1d as conv_transpose1d,
  conv_transpose2d as conv_transpose2d
)
from gemmule.ops.dropout import *
from gemmule.ops.embedding import *
from gemmule.ops.loss import *
from gemmule.ops.matmul import linear as linear
from gemmule.ops.norm import *
from gemmule.ops.pool import *
from gemmule.ops.shape_join import pad as pad
from gemmule.ops.softmax import log_softmax as log_softmax, softmax as softmax
from gemmule.tensor import Tensor as Tensor

def sigmoid(input: Tensor) -> Tensor: ...
def tanh(input: Tensor) -> Tensor: ...
def upsample(input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = 'nearest', align_corners: Any = None) -> Tensor: ...
