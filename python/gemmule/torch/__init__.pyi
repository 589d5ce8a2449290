# Written by tools/stubs.py.
import builtins
from typing import Any
from gemmule import autograd as autograd, fft as fft, linalg as linalg, nn as nn, optim as optim
from gemmule._C import DType as DType, DType as _DType
dtype = _DType
from gemmule.autograd import (
  enable_grad as enable_grad, is_grad_enabled as is_grad_enabled, no_grad as no_grad,
  set_grad_enabled as set_grad_enabled, no_grad as _no_grad
)
inference_mode = _no_grad
from gemmule.config import (
  empty_cache as empty_cache, get_cmake_dir as get_cmake_dir, get_include as get_include,
  get_library_dir as get_library_dir, memory_stats as memory_stats, show_config as show_config
)
from gemmule.devices import Device as _Device
device = _Device
from gemmule.dtypes import (
  can_cast as can_cast, finfo as finfo, iinfo as iinfo, isdtype as isdtype,
  promote_types as promote_types, result_type as result_type
)
from gemmule.ops.activation import *
from gemmule.ops.attention import scaled_dot_product_attention as scaled_dot_product_attention
from gemmule.ops.binary import (
  addcdiv as addcdiv, addcmul as addcmul, atan2 as atan2, bitwise_and as bitwise_and,
  bitwise_left_shift as bitwise_left_shift, bitwise_or as bitwise_or,
  bitwise_right_shift as bitwise_right_shift, bitwise_xor as bitwise_xor, copysign as copysign,
  div as div, divide as divide, floor_divide as floor_divide, fmod as fmod, hypot as hypot,
  lerp as lerp, logaddexp as logaddexp, maximum as maximum, minimum as minimum,
  multiply as multiply, nextafter as nextafter, pow as pow, remainder as remainder, sub as sub,
  subtract as subtract, divide as _divide, multiply as _multiply
)
true_divide = _divide
mul = _multiply
from gemmule.ops.cast import astype as astype
from gemmule.ops.compare import (
  allclose as allclose, clip as clip, greater as greater, greater_equal as greater_equal,
  isclose as isclose, isfinite as isfinite, isinf as isinf, isnan as isnan, less as less,
  less_equal as less_equal, logical_and as logical_and, logical_not as logical_not,
  logical_or as logical_or, logical_xor as logical_xor, masked_fill as masked_fill,
  nan_to_num as nan_to_num, not_equal as not_equal, signbit as signbit, clip as _clip,
  equal as _equal, greater as _greater, greater_equal as _greater_equal, less as _less,
  less_equal as _less_equal, not_equal as _not_equal
)
clamp = _clip
eq = _equal
gt = _greater
ge = _greater_equal
lt = _less
le = _less_equal
ne = _not_equal
from gemmule.ops.conv import *
from gemmule.ops.create import (
  arange as arange, as_tensor as as_tensor, asarray as asarray, clone as clone, diag as diag,
  diagonal as diagonal, empty as empty, empty_like as empty_like, eye as eye,
  from_numpy as from_numpy, full as full, full_like as full_like, ones as ones,
  ones_like as ones_like, tensor as tensor, trace as trace, zeros as zeros, zeros_like as zeros_like
)
from gemmule.ops.dlpack import from_dlpack as from_dlpack
from gemmule.ops.dropout import *
from gemmule.ops.embedding import *
from gemmule.ops.index import (
  argwhere as argwhere, gather as gather, index_add as index_add, index_copy as index_copy,
  index_fill as index_fill, index_select as index_select, masked_select as masked_select,
  scatter as scatter, scatter_add as scatter_add, select as select, take as take,
  take_along_axis as take_along_axis, take_along_dim as take_along_dim
)
from gemmule.ops.loss import *
from gemmule.ops.matmul import *
from gemmule.ops.matmul_einsum import *
from gemmule.ops.norm import *
from gemmule.ops.pool import *
from gemmule.ops.precision import autocast as autocast, is_autocast_enabled as is_autocast_enabled
from gemmule.ops.random import (
  Generator as Generator, bernoulli as bernoulli, get_rng_state as get_rng_state,
  initial_seed as initial_seed, manual_seed as manual_seed, multinomial as multinomial,
  normal as normal, rand as rand, rand_like as rand_like, randint as randint,
  randint_like as randint_like, randn as randn, randn_like as randn_like, randperm as randperm,
  seed as seed, set_rng_state as set_rng_state
)
from gemmule.ops.reduce import (
  amax as amax, amin as amin, logsumexp as logsumexp, norm as norm, std_mean as std_mean,
  var_mean as var_mean
)
from gemmule.ops.scan import *
from gemmule.ops.shape import (
  atleast_1d as atleast_1d, atleast_2d as atleast_2d, broadcast_arrays as broadcast_arrays,
  broadcast_shapes as broadcast_shapes, broadcast_tensors as broadcast_tensors,
  broadcast_to as broadcast_to, contiguous as contiguous, expand_dims as expand_dims,
  flatten as flatten, fliplr as fliplr, flipud as flipud, matrix_transpose as matrix_transpose,
  moveaxis as moveaxis, movedim as movedim, narrow as narrow, permute as permute,
  permute_dims as permute_dims, ravel as ravel, reshape as reshape, rot90 as rot90, t as t,
  transpose as transpose, unflatten as unflatten, unsqueeze as unsqueeze, transpose as _transpose
)
swapaxes = _transpose
swapdims = _transpose
from gemmule.ops.shape_join import (
  cat as cat, chunk as chunk, hstack as hstack, pad as pad, repeat as repeat,
  repeat_interleave as repeat_interleave, split as split, stack as stack,
  tensor_split as tensor_split, unbind as unbind, unstack as unstack, vstack as vstack
)
from gemmule.ops.softmax import *
from gemmule.ops.sort import (
  bincount as bincount, isin as isin, kthvalue as kthvalue, median as median, msort as msort,
  searchsorted as searchsorted, topk as topk, unique as unique, unique_all as unique_all,
  unique_counts as unique_counts, unique_inverse as unique_inverse, unique_values as unique_values
)
from gemmule.ops.sort_quantile import histogram as histogram, quantile as quantile
from gemmule.ops.unary import (
  abs as abs, acos as acos, acosh as acosh, asin as asin, asinh as asinh, atan as atan,
  atanh as atanh, bitwise_invert as bitwise_invert, ceil as ceil, conj as conj, cos as cos,
  cosh as cosh, erf as erf, erfc as erfc, exp as exp, exp2 as exp2, expm1 as expm1, floor as floor,
  imag as imag, log as log, log10 as log10, log1p as log1p, log2 as log2, negative as negative,
  positive as positive, real as real, reciprocal as reciprocal, rsqrt as rsqrt, sigmoid as sigmoid,
  sign as sign, sin as sin, sinh as sinh, sqrt as sqrt, square as square, tan as tan, tanh as tanh,
  trunc as trunc
)
from gemmule.tensor import Tensor as Tensor, Tensor as _Tensor
FloatTensor = _Tensor
from gemmule.torch import amp as amp, backends as backends, cuda as cuda, utils as utils
from gemmule.torch.functions import (
  compile as compile, concat as concat, flip as flip, get_num_threads as get_num_threads,
  is_floating_point as is_floating_point, is_tensor as is_tensor, linspace as linspace,
  meshgrid as meshgrid, numel as numel, roll as roll, set_num_threads as set_num_threads,
  tile as tile, where as where, concat as _concat
)
concatenate = _concat
from gemmule.torch.serialization import *

BoolTensor: Any
ByteTensor: Any
DoubleTensor: Any
IntTensor: Any
LongTensor: Any
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
tril: Any
triu: Any
uint16: DType
uint32: DType
uint64: DType
uint8: DType
var: Any
