"""The functions behind the layers, with torch.nn.functional's names and signatures.

Most stand in ``gemmule.ops`` beside their gradients; those that are composed of others stand beside
their layers.
"""

from gemmule import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    alpha_dropout,
    avg_pool1d,
    avg_pool2d,
    batch_norm,
    conv1d,
    conv2d,
    conv_transpose1d,
    conv_transpose2d,
    dropout,
    dropout1d,
    dropout2d,
    embedding,
    feature_alpha_dropout,
    group_norm,
    instance_norm,
    layer_norm,
    linear,
    local_response_norm,
    log_softmax,
    max_pool1d,
    max_pool2d,
    normalize,
    one_hot,
    pad,
    rms_norm,
    scaled_dot_product_attention,
    softmax,
)
from gemmule import sigmoid as _sigmoid
from gemmule import tanh as _tanh
from gemmule.nn.attention import multi_head_attention_forward
from gemmule.nn.distance import pairwise_distance
from gemmule.nn.embedding import embedding_bag
from gemmule.nn.fold import fold, unfold
from gemmule.nn.linear import bilinear
from gemmule.nn.pixelshuffle import channel_shuffle, pixel_shuffle, pixel_unshuffle
from gemmule.nn.pool import (
    fractional_max_pool2d,
    lp_pool1d,
    lp_pool2d,
    max_unpool1d,
    max_unpool2d,
)
from gemmule.nn.softmax import gumbel_softmax, softmin
from gemmule.nn.upsample import interpolate
from gemmule.ops.activation import *
from gemmule.ops.loss import *
from gemmule.public import public as _public


def sigmoid(input):
    """1 / (1 + e^(-input)), elementwise: :func:`gemmule.sigmoid` under PyTorch's argument name."""
    return _sigmoid(input)


def tanh(input):
    """The hyperbolic tangent, elementwise: :func:`gemmule.tanh` under PyTorch's argument name."""
    return _tanh(input)


def upsample(input, size=None, scale_factor=None, mode="nearest", align_corners=None):
    """:func:`interpolate` by its older name."""
    return interpolate(input, size, scale_factor, mode, align_corners)


_public(globals(), __name__)
