# Written by tools/stubs.py.
from typing import Any
from gemmule.nn.attention import multi_head_attention_forward as multi_head_attention_forward
from gemmule.nn.distance import pairwise_distance as pairwise_distance
from gemmule.nn.embedding import embedding_bag as embedding_bag
from gemmule.nn.fold import fold as fold, unfold as unfold
from gemmule.nn.linear import bilinear as bilinear
from gemmule.nn.pixelshuffle import (
    channel_shuffle as channel_shuffle,
    pixel_shuffle as pixel_shuffle,
    pixel_unshuffle as pixel_unshuffle,
)
from gemmule.nn.pool import (
    fractional_max_pool2d as fractional_max_pool2d,
    lp_pool1d as lp_pool1d,
    lp_pool2d as lp_pool2d,
    max_unpool1d as max_unpool1d,
    max_unpool2d as max_unpool2d,
)
from gemmule.nn.softmax import gumbel_softmax as gumbel_softmax, softmin as softmin
from gemmule.nn.upsample import interpolate as interpolate
from gemmule.ops.activation import (
    celu as celu,
    celu_ as celu_,
    elu as elu,
    elu_ as elu_,
    gelu as gelu,
    glu as glu,
    hardshrink as hardshrink,
    hardsigmoid as hardsigmoid,
    hardswish as hardswish,
    hardtanh as hardtanh,
    hardtanh_ as hardtanh_,
    leaky_relu as leaky_relu,
    leaky_relu_ as leaky_relu_,
    logsigmoid as logsigmoid,
    mish as mish,
    prelu as prelu,
    relu as relu,
    relu6 as relu6,
    relu_ as relu_,
    rrelu as rrelu,
    rrelu_ as rrelu_,
    selu as selu,
    selu_ as selu_,
    silu as silu,
    softplus as softplus,
    softshrink as softshrink,
    softsign as softsign,
    tanhshrink as tanhshrink,
    threshold as threshold,
    threshold_ as threshold_,
)
from gemmule.ops.attention import scaled_dot_product_attention as scaled_dot_product_attention
from gemmule.ops.conv import (
    conv1d as conv1d,
    conv2d as conv2d,
    conv_transpose1d as conv_transpose1d,
    conv_transpose2d as conv_transpose2d,
)
from gemmule.ops.dropout import (
    alpha_dropout as alpha_dropout,
    dropout as dropout,
    dropout1d as dropout1d,
    dropout2d as dropout2d,
    feature_alpha_dropout as feature_alpha_dropout,
)
from gemmule.ops.embedding import embedding as embedding, one_hot as one_hot
from gemmule.ops.loss import (
    binary_cross_entropy as binary_cross_entropy,
    binary_cross_entropy_with_logits as binary_cross_entropy_with_logits,
    cosine_similarity as cosine_similarity,
    cross_entropy as cross_entropy,
    gaussian_nll_loss as gaussian_nll_loss,
    huber_loss as huber_loss,
    kl_div as kl_div,
    l1_loss as l1_loss,
    mse_loss as mse_loss,
    nll_loss as nll_loss,
    poisson_nll_loss as poisson_nll_loss,
    smooth_l1_loss as smooth_l1_loss,
    soft_margin_loss as soft_margin_loss,
)
from gemmule.ops.matmul import linear as linear
from gemmule.ops.norm import (
    batch_norm as batch_norm,
    group_norm as group_norm,
    instance_norm as instance_norm,
    layer_norm as layer_norm,
    local_response_norm as local_response_norm,
    normalize as normalize,
    rms_norm as rms_norm,
)
from gemmule.ops.pool import (
    adaptive_avg_pool1d as adaptive_avg_pool1d,
    adaptive_avg_pool2d as adaptive_avg_pool2d,
    adaptive_max_pool1d as adaptive_max_pool1d,
    adaptive_max_pool2d as adaptive_max_pool2d,
    avg_pool1d as avg_pool1d,
    avg_pool2d as avg_pool2d,
    max_pool1d as max_pool1d,
    max_pool2d as max_pool2d,
)
from gemmule.ops.shape_join import pad as pad
from gemmule.ops.softmax import log_softmax as log_softmax, softmax as softmax
from gemmule.tensor import Tensor as Tensor

def sigmoid(input: Tensor) -> Tensor: ...
def tanh(input: Tensor) -> Tensor: ...
def upsample(input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = 'nearest', align_corners: Any = None) -> Tensor: ...
