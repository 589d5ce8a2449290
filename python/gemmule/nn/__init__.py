"""Layers and losses, with PyTorch's names, signatures, initial values and state-dict keys.

Of torch.nn's classes these are left out:

* everything in three dimensions (Conv3d, MaxPool3d, BatchNorm3d, ...);
* the losses CTCLoss, CosineEmbeddingLoss, HingeEmbeddingLoss, MarginRankingLoss, MultiMarginLoss,
  MultiLabelMarginLoss, MultiLabelSoftMarginLoss, TripletMarginLoss, TripletMarginWithDistanceLoss
  and LinearCrossEntropyLoss with its LinearCrossEntropyOptions;
* SyncBatchNorm and DataParallel: a process has one device;
* Buffer and UninitializedBuffer: ``register_buffer`` says the same;
* Container, CrossMapLRN2d and NLLLoss2d, which PyTorch keeps for older programs.

Of torch.nn.functional the functions of those classes, affine_grid, grid_sample, pdist, conv_tbc,
upsample_nearest and upsample_bilinear, and the products of scaled and grouped matrices.
Upsample has the modes nearest, nearest-exact, linear and bilinear.
"""

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
from gemmule.public import public_classes as _public_classes

_public_classes(globals())
