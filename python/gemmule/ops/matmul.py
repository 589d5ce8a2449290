"""Matrix products."""

import math

import numpy

from gemmule import _C
from gemmule.autograd import track
from gemmule.ops.cast import _cast
from gemmule.ops.out import moved
from gemmule.ops.precision import _HALVES, lower_dtype
from gemmule.tensor import Tensor, as_array, check_tensor, methods, raw

__all__ = [
    "addmm",
    "baddbmm",
    "bmm",
    "dot",
    "inner",
    "linear",
    "matmul",
    "mm",
    "mv",
    "outer",
    "vecdot",
]

_matmul, _linear, _linear_backward = _C.matmul, _C.linear, _C.linear_backward
_transpose = _C.transpose
_float32, _float64 = _C.float32, _C.float64
_LOWERED = (_float32, *_HALVES)  # the dtypes that autocast makes its own of


def _product(a, b):
    """a·b of Arrays of any dtypes."""
    dtype = a.dtype
    if dtype is b.dtype and (dtype is _float32 or dtype is _float64 or dtype in _HALVES):
        return _matmul(a, b)
    dtype = _C.promote_types(dtype, b.dtype)
    if dtype.is_floating_point:
        return _matmul(_C.astype(a, dtype), _C.astype(b, dtype))
    # Integers are no network's hot path: NumPy, on the same memory.
    c = numpy.matmul(numpy.asarray(_C.astype(a, dtype)), numpy.asarray(_C.astype(b, dtype)))
    return _C.from_buffer(numpy.asarray(c))


def matmul(x1, x2, /, *, out=None):
    """The matrix product.

    Args:
        x1: shape (…, m, k), or (k,), a row.
        x2: shape (…, k, n), or (k,), a column.

    Returns:
        Shape (…, m, n), the leading axes broadcast; a vector's axis is left out. Of 16-bit floats,
        products are added in float32 and rounded once. Where `show_config` says that bfloat16 is
        multiplied by AMX or AVX512-BF16, denormal numbers (below 1.2e-38) count as zero.

    Raises:
        ValueError: k differs, the leading axes do not broadcast, or an operand has no axes.
    """
    if out is not None:
        return moved(out, "matmul", (x1, x2), matmul, x1, x2)
    a, b = as_array(x1, "matmul", "x1"), as_array(x2, "matmul", "x2")
    lower = lower_dtype()
    if lower is not None and a.dtype in _LOWERED and b.dtype in _LOWERED:
        x1, x2 = _cast(x1, lower, False), _cast(x2, lower, False)
        a, b = raw(x1), raw(x2)
    return track(_product(a, b), (x1, x2), _matmul_vjp, (a, b))


def _matmul_vjp(gs, needs, a, b):
    # C = A·B: dA = G·Bᵀ, dB = Aᵀ·G. Axes of a batch that were broadcast are summed by the walk.
    g = gs[0]
    rows = a.ndim == 1
    columns = b.ndim == 1
    if columns:
        g = _C.reshape(g, (*g.shape, 1))
        b = _C.reshape(b, (b.shape[0], 1))
    if rows:
        g = _C.reshape(g, (*g.shape[:-1], 1, g.shape[-1]))
        a = _C.reshape(a, (1, a.shape[0]))
    da = db = None
    if needs[0]:
        da = _product(g, _transpose(b))
        if rows:
            da = _C.reshape(da, (*da.shape[:-2], da.shape[-1]))
    if needs[1]:
        if b.ndim == 2 and a.ndim > 2:
            # One matrix for the whole batch: its gradient is one product over all rows.
            a, g = _as_matrix(a), _as_matrix(g)
        db = _product(_transpose(a), g)
        if columns:
            db = _C.reshape(db, db.shape[:-1])
    return da, db


def _as_matrix(x):
    """All rows of an Array one below the other; counted, as -1 says nothing of no columns."""
    shape = x.shape
    return x if len(shape) == 2 else _C.reshape(x, (math.prod(shape[:-1]), shape[-1]))


def linear(input, weight, bias=None):
    """input · weightᵀ + bias.

    Args:
        input: shape (…, in), floating-point; 16-bit floats are multiplied and added in float32.
        weight: shape (out, in), of the same dtype.
        bias: shape (out,), or None.

    Returns:
        Shape (…, out).

    Raises:
        ValueError: the number of features differs.
        TypeError: the dtypes differ.
    """
    x, w = as_array(input, "linear"), as_array(weight, "linear", "weight")
    lower = lower_dtype()
    if lower is not None:
        input, weight, bias = (
            x
            if x is None or as_array(x, "linear", "bias").dtype not in _LOWERED
            else _cast(x, lower, False)
            for x in (input, weight, bias)
        )
        x, w = raw(input), raw(weight)
    y = _linear(x, w, None if bias is None else raw(bias))
    return track(y, (input, weight, bias), _linear_vjp, (x, w))


def _linear_vjp(gs, needs, x, w):
    return _linear_backward(gs[0], x, w, needs[0], needs[1], needs[2])


def _ranks(op, *pairs):
    for x, rank in pairs:
        check_tensor(x, op)
        if x.ndim != rank:
            raise ValueError(f"{op}: expected {rank} dimensions, got shape {x.shape}")


def mm(input, mat2, *, out=None):
    """The product of two matrices, (m, k) and (k, n). Written into `out` if given."""
    if out is not None:
        return moved(out, "mm", (input, mat2), mm, input, mat2)
    _ranks("mm", (input, 2), (mat2, 2))
    return matmul(input, mat2)


def bmm(input, mat2, *, out=None):
    """The products of two batches of matrices, (b, m, k) and (b, k, n).

    Written into `out` if given.
    """
    if out is not None:
        return moved(out, "bmm", (input, mat2), bmm, input, mat2)
    _ranks("bmm", (input, 3), (mat2, 3))
    return matmul(input, mat2)


def mv(input, vec, *, out=None):
    """The product of a matrix (m, k) and a vector (k,). Written into `out` if given."""
    if out is not None:
        return moved(out, "mv", (input, vec), mv, input, vec)
    _ranks("mv", (input, 2), (vec, 1))
    return matmul(input, vec)


def dot(input, tensor, *, out=None):
    """The sum of products of two vectors. Written into `out` if given."""
    if out is not None:
        return moved(out, "dot", (input, tensor), dot, input, tensor)
    _ranks("dot", (input, 1), (tensor, 1))
    return matmul(input, tensor)


def vecdot(x1, x2, /, *, axis=-1):
    """Sums of products along one axis of two tensors, which broadcast in the others.

    Raises:
        ValueError: the axis differs in size.
        IndexError: a tensor has no such axis.
    """
    check_tensor(x1, "vecdot", "x1")
    check_tensor(x2, "vecdot", "x2")
    for x in (x1, x2):
        if not -x.ndim <= axis < x.ndim:
            raise IndexError(f"vecdot: axis {axis} is out of range for shape {x.shape}")
    if x1.shape[axis] != x2.shape[axis]:
        raise ValueError(f"vecdot: axis {axis} of shapes {x1.shape} and {x2.shape} differs in size")
    products = x1 * x2
    integer = products.dtype.is_integer
    return products.sum(axis, dtype=products.dtype if integer else None)


def inner(input, other):
    """Sums of products over the last axes: shape (…, …) of both without them."""
    check_tensor(input, "inner")
    check_tensor(other, "inner", "other")
    if input.ndim == 0 or other.ndim == 0:
        return input * other
    rows, columns = (x.reshape((math.prod(x.shape[:-1]), x.shape[-1])) for x in (input, other))
    return matmul(rows, columns.mT).reshape((*input.shape[:-1], *other.shape[:-1]))


def outer(input, vec2):
    """All products of two vectors: shape (n, m)."""
    _ranks("outer", (input, 1), (vec2, 1))
    return input.reshape((-1, 1)) * vec2


def addmm(input, mat1, mat2, *, beta=1, alpha=1):
    """beta·input + alpha·(mat1·mat2)."""
    product = mm(mat1, mat2)
    return (input if beta == 1 else input * beta) + (product if alpha == 1 else product * alpha)


def baddbmm(input, batch1, batch2, *, beta=1, alpha=1):
    """beta·input + alpha·(batch1·batch2), for batches of matrices."""
    product = bmm(batch1, batch2)
    return (input if beta == 1 else input * beta) + (product if alpha == 1 else product * alpha)


def _rmatmul(x2, x1):
    return matmul(x1 if isinstance(x1, Tensor) else _tensor(x1), x2)


def _tensor(value):
    from gemmule.ops.create import asarray

    return asarray(value)


methods(
    {
        "__matmul__": matmul,
        "__rmatmul__": _rmatmul,
        "addmm": addmm,
        "baddbmm": baddbmm,
        "bmm": bmm,
        "dot": dot,
        "inner": inner,
        "matmul": matmul,
        "mm": mm,
        "mv": mv,
        "outer": outer,
    }
)
