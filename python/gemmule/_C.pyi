# Written by tools/stubs.py.
from collections.abc import Callable
from typing import Any, final
from typing_extensions import disjoint_base

_Operation = Callable[..., Array]

@final
class DType:
    def __reduce__(self) -> str: ...
    @property
    def is_floating_point(self) -> bool: ...
    @property
    def is_integer(self) -> bool: ...
    @property
    def is_signed(self) -> bool: ...
    @property
    def itemsize(self) -> int: ...
    @property
    def name(self) -> str: ...

@final
class Array:
    def __add__(self, other: Array | complex, /) -> Array: ...
    def __mul__(self, other: Array | complex, /) -> Array: ...
    def __neg__(self) -> Array: ...
    def __radd__(self, other: Array | complex, /) -> Array: ...
    def __rmul__(self, other: Array | complex, /) -> Array: ...
    def __rsub__(self, other: Array | complex, /) -> Array: ...
    def __rtruediv__(self, other: Array | complex, /) -> Array: ...
    def __sub__(self, other: Array | complex, /) -> Array: ...
    def __truediv__(self, other: Array | complex, /) -> Array: ...
    @property
    def data_ptr(self) -> int: ...
    @property
    def device(self) -> str: ...
    @property
    def dtype(self) -> DType: ...
    @property
    def is_contiguous(self) -> bool: ...
    @property
    def is_readonly(self) -> bool: ...
    @property
    def is_shared(self) -> bool: ...
    @property
    def ndim(self) -> int: ...
    @property
    def owns(self) -> bool: ...
    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def size(self) -> int: ...
    @property
    def strides(self) -> tuple[int, ...]: ...

@disjoint_base
class TensorBase: ...

abs: _Operation
abs_backward: _Operation
acos: _Operation
acos_backward: _Operation
acosh: _Operation
acosh_backward: _Operation
def adam(*arguments: Any) -> None: ...
adaptive_avg_pool1d: _Operation
adaptive_avg_pool2d: _Operation
adaptive_avg_pool_gradient: _Operation
def adaptive_max_pool1d(*arguments: Any) -> tuple[Array, Array | None]: ...
def adaptive_max_pool2d(*arguments: Any) -> tuple[Array, Array | None]: ...
add: _Operation
add_scaled: _Operation
addcdiv: _Operation
addcmul: _Operation
def adopt(*arguments: Any) -> None: ...
alias: _Operation
def alike(*arguments: Any) -> bool: ...
all: _Operation
any: _Operation
arange: _Operation
argmax: _Operation
argmin: _Operation
asin: _Operation
asin_backward: _Operation
asinh: _Operation
asinh_backward: _Operation
astype: _Operation
atan: _Operation
atan2: _Operation
atan_backward: _Operation
atanh: _Operation
atanh_backward: _Operation
def attention(*arguments: Any) -> tuple[Array, Array | None]: ...
def attention_backward(*arguments: Any) -> tuple[Array | None, ...]: ...
def attention_check(*arguments: Any) -> None: ...
avg_pool1d: _Operation
avg_pool1d_gradient: _Operation
avg_pool2d: _Operation
avg_pool2d_gradient: _Operation
def batch_norm(*arguments: Any) -> tuple[Array, Array | None, Array | None]: ...
def batch_norm_backward(*arguments: Any) -> tuple[Array | None, ...]: ...
bfloat16: DType
def bfloat_products(*arguments: Any) -> str: ...
bitwise_and: _Operation
bitwise_invert: _Operation
bitwise_left_shift: _Operation
bitwise_or: _Operation
bitwise_right_shift: _Operation
bitwise_xor: _Operation
bool_: DType
broadcast_to: _Operation
ceil: _Operation
def check_device(*arguments: Any) -> str: ...
clip: _Operation
clip_backward: _Operation
def clip_to_norm(*arguments: Any) -> None: ...
def clip_to_range(*arguments: Any) -> None: ...
def compiler(*arguments: Any) -> str: ...
concat: _Operation
contiguous: _Operation
conv1d: _Operation
conv2d: _Operation
conv_bias_gradient: _Operation
conv_data_gradient: _Operation
conv_packed: _Operation
def conv_parameter_gradients(*arguments: Any) -> tuple[Array, Array]: ...
def conv_plan(*arguments: Any) -> int: ...
conv_transpose1d: _Operation
conv_transpose2d: _Operation
conv_transpose_data_gradient: _Operation
conv_weight_gradient: _Operation
copy: _Operation
def copy_into(*arguments: Any) -> None: ...
copysign: _Operation
cos: _Operation
cos_backward: _Operation
cosh: _Operation
cosh_backward: _Operation
count_nonzero: _Operation
def cross_entropy(*arguments: Any) -> tuple[Array, Array, Array, Array, Array | None]: ...
cross_entropy_backward: _Operation
def cross_entropy_probability(*arguments: Any) -> tuple[Array, Array, Array, Array]: ...
cross_entropy_probability_backward: _Operation
cube: _Operation
cube_backward: _Operation
def cuda_count(*arguments: Any) -> int: ...
def cummax(*arguments: Any) -> tuple[Array, Array]: ...
def cummin(*arguments: Any) -> tuple[Array, Array]: ...
cumprod: _Operation
cumprod_backward: _Operation
cumsum: _Operation
cumulative_index_backward: _Operation
diagonal: _Operation
diff: _Operation
diff_backward: _Operation
divide: _Operation
dropout: _Operation
elu: _Operation
elu_backward: _Operation
embedding: _Operation
embedding_backward: _Operation
def embedding_renorm(*arguments: Any) -> None: ...
empty: _Operation
def empty_cache(*arguments: Any) -> None: ...
equal: _Operation
erf: _Operation
erf_backward: _Operation
erfc: _Operation
erfc_backward: _Operation
exp: _Operation
exp2: _Operation
exp2_backward: _Operation
expand_dims: _Operation
expm1: _Operation
expm1_backward: _Operation
def fill(*arguments: Any) -> None: ...
def flags(*arguments: Any) -> str: ...
flatten: _Operation
flip: _Operation
float16: DType
float32: DType
def float32_conv_precision(*arguments: Any) -> str: ...
float64: DType
floor: _Operation
floor_divide: _Operation
fmod: _Operation
from_buffer: _Operation
def from_dlpack(*arguments: Any) -> tuple[Array, bool]: ...
full: _Operation
def function(*arguments: Any) -> Any: ...
gather: _Operation
gelu: _Operation
gelu_backward: _Operation
gelu_tanh: _Operation
gelu_tanh_backward: _Operation
getitem: _Operation
getitem_backward: _Operation
glu: _Operation
glu_backward: _Operation
def grad_enabled(*arguments: Any) -> bool: ...
greater: _Operation
greater_equal: _Operation
def group_norm(*arguments: Any) -> tuple[Array, Array | None, Array | None]: ...
def group_norm_backward(*arguments: Any) -> tuple[Array | None, ...]: ...
hardshrink: _Operation
hardshrink_backward: _Operation
hardsigmoid: _Operation
hardsigmoid_backward: _Operation
hardswish: _Operation
hardswish_backward: _Operation
hardtanh: _Operation
hardtanh_backward: _Operation
def hasten(*arguments: Any) -> None: ...
def hold_shortcuts(*arguments: Any) -> None: ...
def host_op(*arguments: Any) -> Any: ...
hypot: _Operation
index_backward: _Operation
index_put: _Operation
int16: DType
int32: DType
int64: DType
int8: DType
integers: _Operation
def isa(*arguments: Any) -> str: ...
isclose: _Operation
isfinite: _Operation
isinf: _Operation
isnan: _Operation
def item(*arguments: Any) -> Any: ...
larger_takes: _Operation
def last_writer(*arguments: Any) -> str | None: ...
def layer_norm(*arguments: Any) -> tuple[Array, Array | None, Array | None]: ...
def layer_norm_backward(*arguments: Any) -> tuple[Array | None, ...]: ...
leaky_relu: _Operation
leaky_relu_backward: _Operation
lerp: _Operation
less: _Operation
less_equal: _Operation
linear: _Operation
def linear_backward(*arguments: Any) -> tuple[Array | None, ...]: ...
linear_packed: _Operation
log: _Operation
log10: _Operation
log10_backward: _Operation
log1p: _Operation
log1p_backward: _Operation
log2: _Operation
log2_backward: _Operation
log_softmax: _Operation
log_softmax_backward: _Operation
logaddexp: _Operation
logical_and: _Operation
logical_not: _Operation
logical_or: _Operation
logical_xor: _Operation
logsigmoid: _Operation
logsigmoid_backward: _Operation
logsumexp: _Operation
logsumexp_backward: _Operation
def mark_written(*arguments: Any) -> None: ...
masked_fill: _Operation
masked_select: _Operation
matmul: _Operation
max: _Operation
def max_index(*arguments: Any) -> tuple[Array, Array]: ...
def max_pool1d(*arguments: Any) -> tuple[Array, Array | None]: ...
def max_pool2d(*arguments: Any) -> tuple[Array, Array | None]: ...
max_pool_gradient: _Operation
max_pool_window_gradient: _Operation
maximum: _Operation
mean: _Operation
def memory_stats(*arguments: Any) -> tuple[int, int, int, int]: ...
min: _Operation
def min_index(*arguments: Any) -> tuple[Array, Array]: ...
minimum: _Operation
mish: _Operation
mish_backward: _Operation
multiply: _Operation
negative: _Operation
def nll_loss(*arguments: Any) -> tuple[Array, Array]: ...
nll_loss_backward: _Operation
nonzero: _Operation
norm: _Operation
norm_backward: _Operation
normal: _Operation
not_equal: _Operation
def num_threads(*arguments: Any) -> int: ...
one_hot: _Operation
pack_conv: _Operation
pack_linear: _Operation
pad: _Operation
pad_backward: _Operation
pair_loss: _Operation
pair_loss_backward: _Operation
permute: _Operation
pow: _Operation
power_backward: _Operation
power_base: _Operation
power_exponent: _Operation
prelu: _Operation
prelu_backward: _Operation
prelu_slope_backward: _Operation
def probe_multiply_add(*arguments: Any) -> int: ...
def probe_stream(*arguments: Any) -> None: ...
prod: _Operation
prod_backward: _Operation
def promote_types(*arguments: Any) -> DType: ...
reciprocal: _Operation
reciprocal_backward: _Operation
def record(*arguments: Any) -> tuple[Any, list[Any], list[Any]]: ...
reinterpret: _Operation
relu: _Operation
relu_backward: _Operation
remainder: _Operation
repeat: _Operation
reshape: _Operation
def rmsprop(*arguments: Any) -> None: ...
def rnn(*arguments: Any) -> tuple[Array, Array, Any, Array | None, Array | None]: ...
def rnn_backward(*arguments: Any) -> tuple[Array | None, ...]: ...
def rnn_step(*arguments: Any) -> tuple[Array, Array, Array | None]: ...
def rnn_step_backward(*arguments: Any) -> tuple[Array | None, ...]: ...
roll: _Operation
round: _Operation
rsqrt: _Operation
rsqrt_backward: _Operation
def runnable_bfloat_products(*arguments: Any) -> tuple[str, ...]: ...
def runnable_isas(*arguments: Any) -> tuple[str, ...]: ...
scatter: _Operation
def set_bfloat_products(*arguments: Any) -> None: ...
def set_float32_conv_precision(*arguments: Any) -> None: ...
def set_grad_enabled(*arguments: Any) -> bool: ...
def set_isa(*arguments: Any) -> None: ...
def set_num_threads(*arguments: Any) -> None: ...
def setitem(*arguments: Any) -> None: ...
def sgd(*arguments: Any) -> None: ...
def shares(*arguments: Any) -> bool: ...
sigmoid: _Operation
sigmoid_backward: _Operation
sign: _Operation
signbit: _Operation
silu: _Operation
silu_backward: _Operation
sin: _Operation
sin_backward: _Operation
sinh: _Operation
sinh_backward: _Operation
slice: _Operation
slice_backward: _Operation
softmax: _Operation
softmax_backward: _Operation
softplus: _Operation
softplus_backward: _Operation
softshrink: _Operation
softshrink_backward: _Operation
softsign: _Operation
softsign_backward: _Operation
def sort(*arguments: Any) -> tuple[Array, Array]: ...
def split(*arguments: Any) -> tuple[Array, ...]: ...
spread: _Operation
sqrt: _Operation
sqrt_backward: _Operation
square: _Operation
square_backward: _Operation
squeeze: _Operation
stack: _Operation
subtract: _Operation
sum: _Operation
sum_to: _Operation
def synchronize(*arguments: Any) -> None: ...
take: _Operation
tan: _Operation
tan_backward: _Operation
tanh: _Operation
tanh_backward: _Operation
tanhshrink: _Operation
tanhshrink_backward: _Operation
def tell_errors(*arguments: Any) -> Any: ...
threshold: _Operation
threshold_backward: _Operation
tied_backward: _Operation
tile: _Operation
to: _Operation
def to_dlpack(*arguments: Any) -> Any: ...
total_norm: _Operation
transpose: _Operation
triangle: _Operation
trunc: _Operation
uint16: DType
uint32: DType
uint64: DType
uint8: DType
def unbind(*arguments: Any) -> tuple[Array, ...]: ...
uniform: _Operation
def var_mean(*arguments: Any) -> tuple[Array, Array]: ...
def version(*arguments: Any) -> int: ...
where: _Operation
zeros: _Operation
