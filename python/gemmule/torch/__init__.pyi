# Written by tools/stubs.py.
import builtins
from typing import Any
from gemmule import (
    array_api as array_api,
    autograd as autograd,
    config as config,
    data as data,
    devices as devices,
    dtypes as dtypes,
    einops_backend as einops_backend,
    errors as errors,
    fft as fft,
    function as function,
    gradcheck as gradcheck,
    hooks as hooks,
    io as io,
    linalg as linalg,
    nn as nn,
    ops as ops,
    optim as optim,
    public as public,
)
from gemmule._C import DType as DType, DType as dtype
from gemmule.autograd import (
    enable_grad as enable_grad,
    is_grad_enabled as is_grad_enabled,
    no_grad as inference_mode,
    no_grad as no_grad,
    set_grad_enabled as set_grad_enabled,
)
from gemmule.config import (
    empty_cache as empty_cache,
    get_cmake_dir as get_cmake_dir,
    get_include as get_include,
    get_library_dir as get_library_dir,
    memory_stats as memory_stats,
    show_config as show_config,
)
from gemmule.dtypes import (
    can_cast as can_cast,
    finfo as finfo,
    iinfo as iinfo,
    isdtype as isdtype,
    promote_types as promote_types,
    result_type as result_type,
)
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
from gemmule.ops.binary import (
    addcdiv as addcdiv,
    addcmul as addcmul,
    atan2 as atan2,
    bitwise_and as bitwise_and,
    bitwise_left_shift as bitwise_left_shift,
    bitwise_or as bitwise_or,
    bitwise_right_shift as bitwise_right_shift,
    bitwise_xor as bitwise_xor,
    copysign as copysign,
    div as div,
    divide as divide,
    divide as true_divide,
    floor_divide as floor_divide,
    fmod as fmod,
    hypot as hypot,
    lerp as lerp,
    logaddexp as logaddexp,
    maximum as maximum,
    minimum as minimum,
    multiply as mul,
    multiply as multiply,
    nextafter as nextafter,
    pow as pow,
    remainder as remainder,
    sub as sub,
    subtract as subtract,
)
from gemmule.ops.cast import astype as astype
from gemmule.ops.compare import (
    allclose as allclose,
    clip as clamp,
    clip as clip,
    equal as eq,
    greater as greater,
    greater as gt,
    greater_equal as ge,
    greater_equal as greater_equal,
    isclose as isclose,
    isfinite as isfinite,
    isinf as isinf,
    isnan as isnan,
    less as less,
    less as lt,
    less_equal as le,
    less_equal as less_equal,
    logical_and as logical_and,
    logical_not as logical_not,
    logical_or as logical_or,
    logical_xor as logical_xor,
    masked_fill as masked_fill,
    nan_to_num as nan_to_num,
    not_equal as ne,
    not_equal as not_equal,
    signbit as signbit,
)
from gemmule.ops.conv import (
    conv1d as conv1d,
    conv2d as conv2d,
    conv_transpose1d as conv_transpose1d,
    conv_transpose2d as conv_transpose2d,
    get_float32_conv_precision as get_float32_conv_precision,
    set_float32_conv_precision as set_float32_conv_precision,
)
from gemmule.ops.create import (
    arange as arange,
    as_tensor as as_tensor,
    asarray as asarray,
    clone as clone,
    diag as diag,
    diagonal as diagonal,
    empty as empty,
    empty_like as empty_like,
    eye as eye,
    from_numpy as from_numpy,
    full as full,
    full_like as full_like,
    ones as ones,
    ones_like as ones_like,
    tensor as tensor,
    trace as trace,
    zeros as zeros,
    zeros_like as zeros_like,
)
from gemmule.ops.dlpack import from_dlpack as from_dlpack
from gemmule.ops.dropout import (
    alpha_dropout as alpha_dropout,
    dropout as dropout,
    dropout1d as dropout1d,
    dropout2d as dropout2d,
    feature_alpha_dropout as feature_alpha_dropout,
)
from gemmule.ops.embedding import embedding as embedding, one_hot as one_hot
from gemmule.ops.index import (
    argwhere as argwhere,
    gather as gather,
    index_add as index_add,
    index_copy as index_copy,
    index_fill as index_fill,
    index_select as index_select,
    masked_select as masked_select,
    scatter as scatter,
    scatter_add as scatter_add,
    select as select,
    take as take,
    take_along_axis as take_along_axis,
    take_along_dim as take_along_dim,
)
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
from gemmule.ops.matmul import (
    addmm as addmm,
    baddbmm as baddbmm,
    bmm as bmm,
    dot as dot,
    inner as inner,
    linear as linear,
    matmul as matmul,
    mm as mm,
    mv as mv,
    outer as outer,
    vecdot as vecdot,
)
from gemmule.ops.matmul_einsum import einsum as einsum, kron as kron, tensordot as tensordot
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
from gemmule.ops.precision import autocast as autocast, is_autocast_enabled as is_autocast_enabled
from gemmule.ops.random import (
    Generator as Generator,
    bernoulli as bernoulli,
    get_rng_state as get_rng_state,
    initial_seed as initial_seed,
    manual_seed as manual_seed,
    multinomial as multinomial,
    normal as normal,
    rand as rand,
    rand_like as rand_like,
    randint as randint,
    randint_like as randint_like,
    randn as randn,
    randn_like as randn_like,
    randperm as randperm,
    seed as seed,
    set_rng_state as set_rng_state,
)
from gemmule.ops.reduce import (
    amax as amax,
    amin as amin,
    logsumexp as logsumexp,
    norm as norm,
    std_mean as std_mean,
    var_mean as var_mean,
)
from gemmule.ops.scan import (
    cummax as cummax,
    cummin as cummin,
    cumprod as cumprod,
    cumsum as cumsum,
    cumulative_prod as cumulative_prod,
    cumulative_sum as cumulative_sum,
    diff as diff,
)
from gemmule.ops.shape import (
    atleast_1d as atleast_1d,
    atleast_2d as atleast_2d,
    broadcast_arrays as broadcast_arrays,
    broadcast_shapes as broadcast_shapes,
    broadcast_tensors as broadcast_tensors,
    broadcast_to as broadcast_to,
    contiguous as contiguous,
    expand_dims as expand_dims,
    flatten as flatten,
    fliplr as fliplr,
    flipud as flipud,
    matrix_transpose as matrix_transpose,
    moveaxis as moveaxis,
    movedim as movedim,
    narrow as narrow,
    permute as permute,
    permute_dims as permute_dims,
    ravel as ravel,
    reshape as reshape,
    rot90 as rot90,
    t as t,
    transpose as swapaxes,
    transpose as swapdims,
    transpose as transpose,
    unflatten as unflatten,
    unsqueeze as unsqueeze,
)
from gemmule.ops.shape_join import (
    cat as cat,
    chunk as chunk,
    hstack as hstack,
    pad as pad,
    repeat as repeat,
    repeat_interleave as repeat_interleave,
    split as split,
    stack as stack,
    tensor_split as tensor_split,
    unbind as unbind,
    unstack as unstack,
    vstack as vstack,
)
from gemmule.ops.softmax import log_softmax as log_softmax, softmax as softmax, softmin as softmin
from gemmule.ops.sort import (
    bincount as bincount,
    isin as isin,
    kthvalue as kthvalue,
    median as median,
    msort as msort,
    searchsorted as searchsorted,
    topk as topk,
    unique as unique,
    unique_all as unique_all,
    unique_counts as unique_counts,
    unique_inverse as unique_inverse,
    unique_values as unique_values,
)
from gemmule.ops.sort_quantile import histogram as histogram, quantile as quantile
from gemmule.ops.unary import (
    abs as abs,
    acos as acos,
    acosh as acosh,
    asin as asin,
    asinh as asinh,
    atan as atan,
    atanh as atanh,
    bitwise_invert as bitwise_invert,
    ceil as ceil,
    conj as conj,
    cos as cos,
    cosh as cosh,
    erf as erf,
    erfc as erfc,
    exp as exp,
    exp2 as exp2,
    expm1 as expm1,
    floor as floor,
    imag as imag,
    log as log,
    log10 as log10,
    log1p as log1p,
    log2 as log2,
    negative as negative,
    positive as positive,
    real as real,
    reciprocal as reciprocal,
    rsqrt as rsqrt,
    sigmoid as sigmoid,
    sign as sign,
    sin as sin,
    sinh as sinh,
    sqrt as sqrt,
    square as square,
    tan as tan,
    tanh as tanh,
    trunc as trunc,
)
from gemmule.tensor import Tensor as Tensor
from gemmule.torch import (
    backends as backends,
    cuda as cuda,
    functions as functions,
    serialization as serialization,
    utils as utils,
)
from gemmule.torch.device import device as device
from gemmule.torch.functions import (
    concat as concat,
    concat as concatenate,
    flip as flip,
    get_num_threads as get_num_threads,
    is_floating_point as is_floating_point,
    is_tensor as is_tensor,
    linspace as linspace,
    meshgrid as meshgrid,
    numel as numel,
    roll as roll,
    set_num_threads as set_num_threads,
    tile as tile,
    where as where,
)
from gemmule.torch.serialization import load as load, save as save

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
