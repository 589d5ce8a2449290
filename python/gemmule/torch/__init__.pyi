# Written by tools/stubs.py.
import builtins
import collections.abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, overload
from typing_extensions import Self
from gemmule import array_api as array_api
from gemmule import autograd as autograd
from gemmule import config as config
from gemmule import data as data
from gemmule import devices as devices
from gemmule import dtypes as dtypes
from gemmule import einops_backend as einops_backend
from gemmule import errors as errors
from gemmule import fft as fft
from gemmule import gradcheck as gradcheck
from gemmule import hooks as hooks
from gemmule import io as io
from gemmule import linalg as linalg
from gemmule import nn as nn
from gemmule import ops as ops
from gemmule import optim as optim
from gemmule import public as public
from gemmule._C import DType as DType
from gemmule._C import DType as dtype
from gemmule.autograd import enable_grad as enable_grad
from gemmule.autograd import is_grad_enabled as is_grad_enabled
from gemmule.autograd import no_grad as inference_mode
from gemmule.autograd import no_grad as no_grad
from gemmule.autograd import set_grad_enabled as set_grad_enabled
from gemmule.config import empty_cache as empty_cache
from gemmule.config import get_cmake_dir as get_cmake_dir
from gemmule.config import get_include as get_include
from gemmule.config import get_library_dir as get_library_dir
from gemmule.config import memory_stats as memory_stats
from gemmule.config import show_config as show_config
from gemmule.dtypes import can_cast as can_cast
from gemmule.dtypes import finfo as finfo
from gemmule.dtypes import iinfo as iinfo
from gemmule.dtypes import isdtype as isdtype
from gemmule.dtypes import promote_types as promote_types
from gemmule.dtypes import result_type as result_type
from gemmule.ops.activation import celu as celu
from gemmule.ops.activation import celu_ as celu_
from gemmule.ops.activation import elu as elu
from gemmule.ops.activation import elu_ as elu_
from gemmule.ops.activation import gelu as gelu
from gemmule.ops.activation import glu as glu
from gemmule.ops.activation import hardshrink as hardshrink
from gemmule.ops.activation import hardsigmoid as hardsigmoid
from gemmule.ops.activation import hardswish as hardswish
from gemmule.ops.activation import hardtanh as hardtanh
from gemmule.ops.activation import hardtanh_ as hardtanh_
from gemmule.ops.activation import leaky_relu as leaky_relu
from gemmule.ops.activation import leaky_relu_ as leaky_relu_
from gemmule.ops.activation import logsigmoid as logsigmoid
from gemmule.ops.activation import mish as mish
from gemmule.ops.activation import prelu as prelu
from gemmule.ops.activation import relu as relu
from gemmule.ops.activation import relu6 as relu6
from gemmule.ops.activation import relu_ as relu_
from gemmule.ops.activation import rrelu as rrelu
from gemmule.ops.activation import rrelu_ as rrelu_
from gemmule.ops.activation import selu as selu
from gemmule.ops.activation import selu_ as selu_
from gemmule.ops.activation import silu as silu
from gemmule.ops.activation import softplus as softplus
from gemmule.ops.activation import softshrink as softshrink
from gemmule.ops.activation import softsign as softsign
from gemmule.ops.activation import tanhshrink as tanhshrink
from gemmule.ops.activation import threshold as threshold
from gemmule.ops.activation import threshold_ as threshold_
from gemmule.ops.attention import scaled_dot_product_attention as scaled_dot_product_attention
from gemmule.ops.binary import addcdiv as addcdiv
from gemmule.ops.binary import addcmul as addcmul
from gemmule.ops.binary import atan2 as atan2
from gemmule.ops.binary import bitwise_and as bitwise_and
from gemmule.ops.binary import bitwise_left_shift as bitwise_left_shift
from gemmule.ops.binary import bitwise_or as bitwise_or
from gemmule.ops.binary import bitwise_right_shift as bitwise_right_shift
from gemmule.ops.binary import bitwise_xor as bitwise_xor
from gemmule.ops.binary import copysign as copysign
from gemmule.ops.binary import div as div
from gemmule.ops.binary import divide as divide
from gemmule.ops.binary import divide as true_divide
from gemmule.ops.binary import floor_divide as floor_divide
from gemmule.ops.binary import fmod as fmod
from gemmule.ops.binary import hypot as hypot
from gemmule.ops.binary import lerp as lerp
from gemmule.ops.binary import logaddexp as logaddexp
from gemmule.ops.binary import maximum as maximum
from gemmule.ops.binary import minimum as minimum
from gemmule.ops.binary import multiply as mul
from gemmule.ops.binary import multiply as multiply
from gemmule.ops.binary import nextafter as nextafter
from gemmule.ops.binary import pow as pow
from gemmule.ops.binary import remainder as remainder
from gemmule.ops.binary import sub as sub
from gemmule.ops.binary import subtract as subtract
from gemmule.ops.cast import astype as astype
from gemmule.ops.compare import allclose as allclose
from gemmule.ops.compare import clip as clamp
from gemmule.ops.compare import clip as clip
from gemmule.ops.compare import equal as eq
from gemmule.ops.compare import greater as greater
from gemmule.ops.compare import greater as gt
from gemmule.ops.compare import greater_equal as ge
from gemmule.ops.compare import greater_equal as greater_equal
from gemmule.ops.compare import isclose as isclose
from gemmule.ops.compare import isfinite as isfinite
from gemmule.ops.compare import isinf as isinf
from gemmule.ops.compare import isnan as isnan
from gemmule.ops.compare import less as less
from gemmule.ops.compare import less as lt
from gemmule.ops.compare import less_equal as le
from gemmule.ops.compare import less_equal as less_equal
from gemmule.ops.compare import logical_and as logical_and
from gemmule.ops.compare import logical_not as logical_not
from gemmule.ops.compare import logical_or as logical_or
from gemmule.ops.compare import logical_xor as logical_xor
from gemmule.ops.compare import masked_fill as masked_fill
from gemmule.ops.compare import nan_to_num as nan_to_num
from gemmule.ops.compare import not_equal as ne
from gemmule.ops.compare import not_equal as not_equal
from gemmule.ops.compare import signbit as signbit
from gemmule.ops.conv import conv1d as conv1d
from gemmule.ops.conv import conv2d as conv2d
from gemmule.ops.conv import conv_transpose1d as conv_transpose1d
from gemmule.ops.conv import conv_transpose2d as conv_transpose2d
from gemmule.ops.conv import get_float32_conv_precision as get_float32_conv_precision
from gemmule.ops.conv import set_float32_conv_precision as set_float32_conv_precision
from gemmule.ops.create import arange as arange
from gemmule.ops.create import as_tensor as as_tensor
from gemmule.ops.create import asarray as asarray
from gemmule.ops.create import clone as clone
from gemmule.ops.create import diag as diag
from gemmule.ops.create import diagonal as diagonal
from gemmule.ops.create import empty as empty
from gemmule.ops.create import empty_like as empty_like
from gemmule.ops.create import eye as eye
from gemmule.ops.create import from_numpy as from_numpy
from gemmule.ops.create import full as full
from gemmule.ops.create import full_like as full_like
from gemmule.ops.create import ones as ones
from gemmule.ops.create import ones_like as ones_like
from gemmule.ops.create import tensor as tensor
from gemmule.ops.create import zeros as zeros
from gemmule.ops.create import zeros_like as zeros_like
from gemmule.ops.dlpack import from_dlpack as from_dlpack
from gemmule.ops.dropout import alpha_dropout as alpha_dropout
from gemmule.ops.dropout import dropout as dropout
from gemmule.ops.dropout import dropout1d as dropout1d
from gemmule.ops.dropout import dropout2d as dropout2d
from gemmule.ops.dropout import feature_alpha_dropout as feature_alpha_dropout
from gemmule.ops.embedding import embedding as embedding
from gemmule.ops.embedding import one_hot as one_hot
from gemmule.ops.index import argwhere as argwhere
from gemmule.ops.index import gather as gather
from gemmule.ops.index import index_add as index_add
from gemmule.ops.index import index_copy as index_copy
from gemmule.ops.index import index_fill as index_fill
from gemmule.ops.index import index_select as index_select
from gemmule.ops.index import masked_select as masked_select
from gemmule.ops.index import scatter as scatter
from gemmule.ops.index import scatter_add as scatter_add
from gemmule.ops.index import select as select
from gemmule.ops.index import take as take
from gemmule.ops.index import take_along_axis as take_along_axis
from gemmule.ops.index import take_along_dim as take_along_dim
from gemmule.ops.loss import binary_cross_entropy as binary_cross_entropy
from gemmule.ops.loss import binary_cross_entropy_with_logits as binary_cross_entropy_with_logits
from gemmule.ops.loss import cosine_similarity as cosine_similarity
from gemmule.ops.loss import cross_entropy as cross_entropy
from gemmule.ops.loss import gaussian_nll_loss as gaussian_nll_loss
from gemmule.ops.loss import huber_loss as huber_loss
from gemmule.ops.loss import kl_div as kl_div
from gemmule.ops.loss import l1_loss as l1_loss
from gemmule.ops.loss import mse_loss as mse_loss
from gemmule.ops.loss import nll_loss as nll_loss
from gemmule.ops.loss import poisson_nll_loss as poisson_nll_loss
from gemmule.ops.loss import smooth_l1_loss as smooth_l1_loss
from gemmule.ops.loss import soft_margin_loss as soft_margin_loss
from gemmule.ops.matmul import addmm as addmm
from gemmule.ops.matmul import baddbmm as baddbmm
from gemmule.ops.matmul import bmm as bmm
from gemmule.ops.matmul import dot as dot
from gemmule.ops.matmul import inner as inner
from gemmule.ops.matmul import linear as linear
from gemmule.ops.matmul import matmul as matmul
from gemmule.ops.matmul import mm as mm
from gemmule.ops.matmul import mv as mv
from gemmule.ops.matmul import outer as outer
from gemmule.ops.matmul import vecdot as vecdot
from gemmule.ops.matmul_einsum import einsum as einsum
from gemmule.ops.matmul_einsum import tensordot as tensordot
from gemmule.ops.norm import batch_norm as batch_norm
from gemmule.ops.norm import group_norm as group_norm
from gemmule.ops.norm import instance_norm as instance_norm
from gemmule.ops.norm import layer_norm as layer_norm
from gemmule.ops.norm import local_response_norm as local_response_norm
from gemmule.ops.norm import normalize as normalize
from gemmule.ops.norm import rms_norm as rms_norm
from gemmule.ops.pool import adaptive_avg_pool1d as adaptive_avg_pool1d
from gemmule.ops.pool import adaptive_avg_pool2d as adaptive_avg_pool2d
from gemmule.ops.pool import adaptive_max_pool1d as adaptive_max_pool1d
from gemmule.ops.pool import adaptive_max_pool2d as adaptive_max_pool2d
from gemmule.ops.pool import avg_pool1d as avg_pool1d
from gemmule.ops.pool import avg_pool2d as avg_pool2d
from gemmule.ops.pool import max_pool1d as max_pool1d
from gemmule.ops.pool import max_pool2d as max_pool2d
from gemmule.ops.precision import autocast as autocast
from gemmule.ops.precision import is_autocast_enabled as is_autocast_enabled
from gemmule.ops.random import Generator as Generator
from gemmule.ops.random import bernoulli as bernoulli
from gemmule.ops.random import get_rng_state as get_rng_state
from gemmule.ops.random import initial_seed as initial_seed
from gemmule.ops.random import manual_seed as manual_seed
from gemmule.ops.random import multinomial as multinomial
from gemmule.ops.random import normal as normal
from gemmule.ops.random import rand as rand
from gemmule.ops.random import rand_like as rand_like
from gemmule.ops.random import randint as randint
from gemmule.ops.random import randint_like as randint_like
from gemmule.ops.random import randn as randn
from gemmule.ops.random import randn_like as randn_like
from gemmule.ops.random import randperm as randperm
from gemmule.ops.random import seed as seed
from gemmule.ops.random import set_rng_state as set_rng_state
from gemmule.ops.reduce import amax as amax
from gemmule.ops.reduce import amin as amin
from gemmule.ops.reduce import logsumexp as logsumexp
from gemmule.ops.reduce import norm as norm
from gemmule.ops.reduce import std_mean as std_mean
from gemmule.ops.reduce import var_mean as var_mean
from gemmule.ops.scan import cummax as cummax
from gemmule.ops.scan import cummin as cummin
from gemmule.ops.scan import cumprod as cumprod
from gemmule.ops.scan import cumsum as cumsum
from gemmule.ops.scan import cumulative_prod as cumulative_prod
from gemmule.ops.scan import cumulative_sum as cumulative_sum
from gemmule.ops.scan import diff as diff
from gemmule.ops.shape import atleast_1d as atleast_1d
from gemmule.ops.shape import atleast_2d as atleast_2d
from gemmule.ops.shape import broadcast_arrays as broadcast_arrays
from gemmule.ops.shape import broadcast_shapes as broadcast_shapes
from gemmule.ops.shape import broadcast_tensors as broadcast_tensors
from gemmule.ops.shape import broadcast_to as broadcast_to
from gemmule.ops.shape import contiguous as contiguous
from gemmule.ops.shape import expand_dims as expand_dims
from gemmule.ops.shape import flatten as flatten
from gemmule.ops.shape import fliplr as fliplr
from gemmule.ops.shape import flipud as flipud
from gemmule.ops.shape import matrix_transpose as matrix_transpose
from gemmule.ops.shape import moveaxis as moveaxis
from gemmule.ops.shape import movedim as movedim
from gemmule.ops.shape import narrow as narrow
from gemmule.ops.shape import permute as permute
from gemmule.ops.shape import permute_dims as permute_dims
from gemmule.ops.shape import ravel as ravel
from gemmule.ops.shape import reshape as reshape
from gemmule.ops.shape import rot90 as rot90
from gemmule.ops.shape import t as t
from gemmule.ops.shape import transpose as swapaxes
from gemmule.ops.shape import transpose as swapdims
from gemmule.ops.shape import transpose as transpose
from gemmule.ops.shape import unflatten as unflatten
from gemmule.ops.shape import unsqueeze as unsqueeze
from gemmule.ops.shape_join import cat as cat
from gemmule.ops.shape_join import chunk as chunk
from gemmule.ops.shape_join import hstack as hstack
from gemmule.ops.shape_join import pad as pad
from gemmule.ops.shape_join import repeat as repeat
from gemmule.ops.shape_join import repeat_interleave as repeat_interleave
from gemmule.ops.shape_join import split as split
from gemmule.ops.shape_join import stack as stack
from gemmule.ops.shape_join import tensor_split as tensor_split
from gemmule.ops.shape_join import unbind as unbind
from gemmule.ops.shape_join import unstack as unstack
from gemmule.ops.shape_join import vstack as vstack
from gemmule.ops.softmax import log_softmax as log_softmax
from gemmule.ops.softmax import softmax as softmax
from gemmule.ops.softmax import softmin as softmin
from gemmule.ops.sort import bincount as bincount
from gemmule.ops.sort import isin as isin
from gemmule.ops.sort import kthvalue as kthvalue
from gemmule.ops.sort import median as median
from gemmule.ops.sort import msort as msort
from gemmule.ops.sort import searchsorted as searchsorted
from gemmule.ops.sort import topk as topk
from gemmule.ops.sort import unique as unique
from gemmule.ops.sort import unique_all as unique_all
from gemmule.ops.sort import unique_counts as unique_counts
from gemmule.ops.sort import unique_inverse as unique_inverse
from gemmule.ops.sort import unique_values as unique_values
from gemmule.ops.unary import abs as abs
from gemmule.ops.unary import acos as acos
from gemmule.ops.unary import acosh as acosh
from gemmule.ops.unary import asin as asin
from gemmule.ops.unary import asinh as asinh
from gemmule.ops.unary import atan as atan
from gemmule.ops.unary import atanh as atanh
from gemmule.ops.unary import bitwise_invert as bitwise_invert
from gemmule.ops.unary import ceil as ceil
from gemmule.ops.unary import conj as conj
from gemmule.ops.unary import cos as cos
from gemmule.ops.unary import cosh as cosh
from gemmule.ops.unary import erf as erf
from gemmule.ops.unary import erfc as erfc
from gemmule.ops.unary import exp as exp
from gemmule.ops.unary import exp2 as exp2
from gemmule.ops.unary import expm1 as expm1
from gemmule.ops.unary import floor as floor
from gemmule.ops.unary import imag as imag
from gemmule.ops.unary import log as log
from gemmule.ops.unary import log10 as log10
from gemmule.ops.unary import log1p as log1p
from gemmule.ops.unary import log2 as log2
from gemmule.ops.unary import negative as negative
from gemmule.ops.unary import positive as positive
from gemmule.ops.unary import real as real
from gemmule.ops.unary import reciprocal as reciprocal
from gemmule.ops.unary import rsqrt as rsqrt
from gemmule.ops.unary import sigmoid as sigmoid
from gemmule.ops.unary import sign as sign
from gemmule.ops.unary import sin as sin
from gemmule.ops.unary import sinh as sinh
from gemmule.ops.unary import sqrt as sqrt
from gemmule.ops.unary import square as square
from gemmule.ops.unary import tan as tan
from gemmule.ops.unary import tanh as tanh
from gemmule.ops.unary import trunc as trunc
from gemmule.tensor import Tensor as Tensor
from gemmule.torch import backends as backends
from gemmule.torch import cuda as cuda
from gemmule.torch import functions as functions
from gemmule.torch import serialization as serialization
from gemmule.torch import utils as utils
from gemmule.torch.device import device as device
from gemmule.torch.functions import concat as concat
from gemmule.torch.functions import concat as concatenate
from gemmule.torch.functions import flip as flip
from gemmule.torch.functions import get_num_threads as get_num_threads
from gemmule.torch.functions import is_floating_point as is_floating_point
from gemmule.torch.functions import is_tensor as is_tensor
from gemmule.torch.functions import linspace as linspace
from gemmule.torch.functions import meshgrid as meshgrid
from gemmule.torch.functions import numel as numel
from gemmule.torch.functions import roll as roll
from gemmule.torch.functions import set_num_threads as set_num_threads
from gemmule.torch.functions import tile as tile
from gemmule.torch.functions import where as where
from gemmule.torch.serialization import load as load
from gemmule.torch.serialization import save as save

add: Any
all: Any
any: Any
argmax: Any
argmin: Any
argsort: Any
bfloat16: DType
bool: DType
count_nonzero: Any
default_generator: Any
double: DType
e: builtins.float
equal: Any
float: DType
float16: DType
float32: DType
float64: DType
half: DType
inf: builtins.float
int: DType
int16: DType
int32: DType
int64: DType
int8: DType
long: DType
max: Any
mean: Any
min: Any
nan: builtins.float
newaxis: Any
nonzero: Any
pi: builtins.float
prod: Any
round: Any
short: DType
sort: Any
squeeze: Any
std: Any
sum: Any
trace: Any
tril: Any
triu: Any
uint16: DType
uint32: DType
uint64: DType
uint8: DType
var: Any
