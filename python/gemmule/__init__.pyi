# Written by tools/stubs.py.
import builtins
from typing import Any
from gemmule import (
  array_api as array_api, autograd as autograd, data as data, fft as fft, gradcheck as gradcheck,
  hooks as hooks, io as io, linalg as linalg, nn as nn, optim as optim, public as public,
  torch as torch, train as train
)
from gemmule._C import DType as DType, DType as _DType
dtype = _DType
from gemmule.autograd import (
  enable_grad as enable_grad, is_grad_enabled as is_grad_enabled, no_grad as no_grad,
  set_grad_enabled as set_grad_enabled
)
from gemmule.config import *
from gemmule.dtypes import (
  can_cast as can_cast, finfo as finfo, iinfo as iinfo, isdtype as isdtype,
  promote_types as promote_types, result_type as result_type
)
from gemmule.io.weights import load as load, save as save
from gemmule.ops.activation import *
from gemmule.ops.attention import scaled_dot_product_attention as scaled_dot_product_attention
from gemmule.ops.binary import *
from gemmule.ops.cast import astype as astype
from gemmule.ops.compare import *
from gemmule.ops.conv import *
from gemmule.ops.create import *
from gemmule.ops.dlpack import from_dlpack as from_dlpack
from gemmule.ops.dropout import *
from gemmule.ops.embedding import *
from gemmule.ops.index import *
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
from gemmule.ops.reduce import *
from gemmule.ops.scan import *
from gemmule.ops.shape import *
from gemmule.ops.shape_join import *
from gemmule.ops.softmax import *
from gemmule.ops.sort import (
  argsort as argsort, bincount as bincount, isin as isin, kthvalue as kthvalue, median as median,
  msort as msort, searchsorted as searchsorted, sort as sort, topk as topk, unique as unique,
  unique_all as unique_all, unique_counts as unique_counts, unique_inverse as unique_inverse,
  unique_values as unique_values
)
from gemmule.ops.sort_quantile import histogram as histogram, quantile as quantile
from gemmule.ops.unary import *
from gemmule.tensor import Tensor as Tensor

bfloat16: DType
bool: DType
default_generator: Any
double: DType
e: builtins.float
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
nan: builtins.float
newaxis: Any
pi: builtins.float
short: DType
uint16: DType
uint32: DType
uint64: DType
uint8: DType
__version__: builtins.str
__array_api_version__: builtins.str
