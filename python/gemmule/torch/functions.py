"""PyTorch's functions where they differ from the array API standard's of the same name.

Most are Tensor's methods, which are PyTorch's: ``torch.max(x, 1)`` is ``x.max(1)``.
"""

import numbers

from gemmule import _C
from gemmule.autograd import no_grad
from gemmule.ops import compare, create, shape_join
from gemmule.public import public as _public
from gemmule.tensor import Tensor, as_array, check_tensor

__all__ = [
    "BoolTensor",
    "ByteTensor",
    "DoubleTensor",
    "FloatTensor",
    "IntTensor",
    "LongTensor",
    "Size",
    "add",
    "all",
    "any",
    "argmax",
    "argmin",
    "argsort",
    "compile",
    "concat",
    "concatenate",
    "count_nonzero",
    "eq",
    "equal",
    "flip",
    "ge",
    "get_num_threads",
    "gt",
    "inference_mode",
    "is_floating_point",
    "is_tensor",
    "le",
    "linspace",
    "lt",
    "max",
    "mean",
    "meshgrid",
    "min",
    "ne",
    "nonzero",
    "numel",
    "prod",
    "roll",
    "round",
    "set_num_threads",
    "sort",
    "squeeze",
    "std",
    "sub",
    "sum",
    "tile",
    "topk",
    "tril",
    "triu",
    "var",
    "where",
]

Size = tuple  # type: ignore[type-arg]  # in annotations and for isinstance
inference_mode = no_grad

add, sub = Tensor.add, Tensor.sub
sum, mean, prod, var, std = Tensor.sum, Tensor.mean, Tensor.prod, Tensor.var, Tensor.std
max, min, argmax, argmin = Tensor.max, Tensor.min, Tensor.argmax, Tensor.argmin
any, all, count_nonzero = Tensor.any, Tensor.all, Tensor.count_nonzero
sort, argsort, topk = Tensor.sort, Tensor.argsort, Tensor.topk
eq, ne, lt, le, gt, ge = Tensor.eq, Tensor.ne, Tensor.lt, Tensor.le, Tensor.gt, Tensor.ge
tril, triu = Tensor.tril, Tensor.triu
equal, nonzero, round, squeeze = Tensor.equal, Tensor.nonzero, Tensor.round, Tensor.squeeze


def _of(dtype):
    def make(*data):
        """Zeros of these sizes, or a tensor of what one argument holds."""
        if len(data) == 1 and not isinstance(data[0], numbers.Integral):
            return create.tensor(data[0], dtype=dtype)
        return create.zeros(data or 0, dtype=dtype)

    return make


FloatTensor, DoubleTensor = Tensor, _of(_C.float64)
IntTensor, LongTensor = _of(_C.int32), _of(_C.int64)
BoolTensor, ByteTensor = _of(_C.bool_), _of(_C.uint8)


def compile(model=None, **options):
    """The model or function itself: there is nothing to compile, whatever the options.

    For inference ``nn.utils.prepare`` makes a faster one.
    """
    return (lambda function: function) if model is None else model


def numel(input):
    """Number of elements."""
    return as_array(input, "numel").size


def is_floating_point(input):
    """Whether the dtype is a floating-point one."""
    return as_array(input, "is_floating_point").dtype.is_floating_point


def concat(tensors, dim=0, *, out=None):
    """Tensors one behind the other along a dimension. Written into `out` if given."""
    return shape_join.cat(tensors, dim, out=out)


concatenate = concat


def flip(input, dims):
    """A view with the order of elements reversed along dimensions."""
    check_tensor(input, "flip")
    return input.flip(dims)


def roll(input, shifts, dims=None):
    """Elements moved along dimensions, those that leave one end coming in at the other."""
    check_tensor(input, "roll")
    return input.roll(shifts, dims)


def tile(input, dims):
    """Copies side by side, `dims` of them along each dimension."""
    return shape_join.tile(input, tuple(dims))


def linspace(start, end, steps, *, dtype=None, device=None, requires_grad=False):
    """`steps` numbers from `start` to `end`, both included."""
    result = create.linspace(start, end, steps, dtype=dtype, device=device)
    return result.requires_grad_(requires_grad)


def meshgrid(*tensors, indexing="ij"):
    """Coordinate grids, along whose axis i tensor i runs."""
    return create.meshgrid(*tensors, indexing=indexing)


def where(condition, input=None, other=None, *, out=None):
    """`input` where the condition is true, else `other`; with the condition alone, the positions
    where it is, one tensor per dimension. Written into `out` if given."""
    if input is None and other is None:
        check_tensor(condition, "where", "condition")
        return condition.nonzero(as_tuple=True)
    return compare.where(condition, input, other, out=out)


def is_tensor(obj):
    """Whether an object is a Tensor."""
    return isinstance(obj, Tensor)


def get_num_threads():
    """How many threads operations may use."""
    return _C.num_threads()


def set_num_threads(threads):
    """Let operations use this many threads."""
    _C.set_num_threads(threads)


_public(globals(), __name__)
