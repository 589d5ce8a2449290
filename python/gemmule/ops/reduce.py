"""Reductions over axes: functions after the array API standard, Tensor methods after PyTorch."""

from collections import namedtuple

from gemmule import _C
from gemmule.autograd import track, track_many
from gemmule.dtypes import as_dtype
from gemmule.errors import of_pytorch, one_axis, one_of
from gemmule.ops.binary import maximum, minimum
from gemmule.ops.out import moved
from gemmule.tensor import Tensor, methods, raw, wrap

__all__ = [
    "all",
    "amax",
    "amin",
    "any",
    "argmax",
    "argmin",
    "count_nonzero",
    "logsumexp",
    "max",
    "mean",
    "min",
    "norm",
    "prod",
    "std",
    "std_mean",
    "sum",
    "var",
    "var_mean",
]

_sum, _mean, _spread = _C.sum, _C.mean, _C.spread
_uint64 = _C.uint64
# Named as they print.
_Max = namedtuple("max", ["values", "indices"])  # type: ignore[name-match]
_Min = namedtuple("min", ["values", "indices"])  # type: ignore[name-match]


def _array(x):
    """The Array of x, numbers included."""
    array = raw(x)
    if isinstance(array, (int, float)):
        array = _C.full((), array)
    return array


def _dtype(dtype):
    return None if dtype is None else as_dtype(dtype)


# ---- sums ---------------------------------------------------------------------------------------


def sum(x, /, *misplaced, axis=None, dtype=None, keepdims=False, out=None, dim=None, keepdim=None):
    """The sum over axes.

    Args:
        x: tensor of any dtype. Integers and bool are summed in int64, unsigned ones in uint64.
        axis: int, tuple of ints, or None for all axes.
        dtype: x is cast to it first; None keeps floats and gives int64 or uint64 for others.
        keepdims: keep the reduced axes, with size 1.

    Raises:
        IndexError: an axis is out of range.
        ValueError: an axis is repeated.

    Example:
        >>> gemmule.sum(gemmule.tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
        tensor([4., 6.])
    """
    if misplaced or dim is not None or keepdim is not None:
        raise of_pytorch("sum", misplaced, dim, keepdim)
    if out is not None:
        return moved(out, "sum", (x,), sum, x, axis=axis, dtype=dtype, keepdims=keepdims)
    a = _array(x)
    return track(_sum(a, axis, keepdims, _dtype(dtype)), (x,), _sum_vjp, (a.shape, axis))


def _sum_vjp(gs, needs, shape, axis):
    return (_spread(gs[0], shape, axis),)


def mean(x, /, *misplaced, axis=None, dtype=None, keepdims=False, out=None, dim=None, keepdim=None):
    """The arithmetic mean over axes; NaN of no elements. Integers give float32. See :func:`sum`.

    Written into `out` if given.

    Raises:
        TypeError: `dtype` is not a floating-point one.
    """
    if misplaced or dim is not None or keepdim is not None:
        raise of_pytorch("mean", misplaced, dim, keepdim)
    if out is not None:
        return moved(out, "mean", (x,), mean, x, axis=axis, dtype=dtype, keepdims=keepdims)
    a = _array(x)
    return track(_mean(a, axis, keepdims, _dtype(dtype)), (x,), _mean_vjp, (a.shape, axis))


def _mean_vjp(gs, needs, shape, axis):
    g = gs[0]
    count = 1.0
    for size in shape:
        count *= size
    # Each element has the share of one in as many as became one result.
    return (_spread(g * (g.size / count) if count else g, shape, axis),)


def prod(x, /, *misplaced, axis=None, dtype=None, keepdims=False, out=None, dim=None, keepdim=None):
    """The product over axes, 1 of no elements. See :func:`sum`. Written into `out` if given."""
    if misplaced or dim is not None or keepdim is not None:
        raise of_pytorch("prod", misplaced, dim, keepdim)
    if out is not None:
        return moved(out, "prod", (x,), prod, x, axis=axis, dtype=dtype, keepdims=keepdims)
    a = _array(x)
    return track(_C.prod(a, axis, keepdims, _dtype(dtype)), (x,), _prod_vjp, (a, axis))


def _prod_vjp(gs, needs, x, axis):
    return (_C.prod_backward(gs[0], x, axis),)


# ---- spread -------------------------------------------------------------------------------------


def var(
    x, /, *misplaced, axis=None, correction=0.0, keepdims=False, out=None, dim=None, keepdim=None
):
    """The variance over axes: Σ (x - mean)² / (n - correction), computed in two passes.

    Args:
        x: floating-point tensor.
        axis, keepdims: as in :func:`sum`.
        correction: 1 gives the unbiased estimate (the default of ``x.var()``).
        out: a tensor to write the result into.

    Raises:
        TypeError: x is not floating-point.
    """
    if misplaced or dim is not None or keepdim is not None:
        raise of_pytorch("var", misplaced, dim, keepdim)
    if out is not None:
        return moved(out, "var", (x,), var, x, axis=axis, correction=correction, keepdims=keepdims)
    return _spread_of(x, axis, correction, keepdims, False)


def std(
    x, /, *misplaced, axis=None, correction=0.0, keepdims=False, out=None, dim=None, keepdim=None
):
    """The standard deviation over axes: the root of :func:`var`. Written into `out` if given."""
    if misplaced or dim is not None or keepdim is not None:
        raise of_pytorch("std", misplaced, dim, keepdim)
    if out is not None:
        return moved(out, "std", (x,), std, x, axis=axis, correction=correction, keepdims=keepdims)
    return _spread_of(x, axis, correction, keepdims, True)


def var_mean(input, dim=None, *, correction=1, keepdim=False, axis=None, keepdims=None):
    """(variance, mean) over axes; PyTorch's, so `correction` is 1 unless given."""
    if axis is not None or keepdims is not None:
        dim, keepdim = one_of("var_mean", dim, axis, keepdim, keepdims)
    return _with_mean(input, dim, correction, keepdim, False)


def std_mean(input, dim=None, *, correction=1, keepdim=False, axis=None, keepdims=None):
    """(standard deviation, mean) over axes. See :func:`var_mean`."""
    if axis is not None or keepdims is not None:
        dim, keepdim = one_of("std_mean", dim, axis, keepdim, keepdims)
    return _with_mean(input, dim, correction, keepdim, True)


def _spread_of(x, axis, correction, keepdims, root):
    a = _array(x)
    y, m = _C.var_mean(a, axis, correction, keepdims, root)
    return track(y, (x,), _var_vjp, (a, y, m, axis, float(correction), root))


def _with_mean(x, axis, correction, keepdims, root):
    a = _array(x)
    y, m = _C.var_mean(a, axis, correction, keepdims, root)
    saved = (a, y, m, axis, float(correction), root)
    spread, mean = track_many((y, m), (x,), _var_mean_vjp, saved)
    return spread, mean


def _var_vjp(gs, needs, x, y, mean, axis, correction, root):
    # v = Σ (x - m)² / d: dv/dx = 2 (x - m) / d; the way through m adds up to zero.
    # s = √v: ds/dx = (x - m) / (s d).
    divisor = x.size / y.size - correction if y.size else 1.0
    scale = 1 / divisor if divisor > 0 else float("nan")
    g = gs[0] * scale / y if root else gs[0] * (2 * scale)
    if root:  # where all are equal there is no slope: 0, as the norm of zeros has
        g = _C.where(_C.equal(y, 0.0), 0.0, g)
    return ((x - _spread(mean, x.shape, axis)) * _spread(g, x.shape, axis),)


def _var_mean_vjp(gs, needs, x, y, mean, axis, correction, root):
    g = None
    if gs[0] is not None:
        g = _var_vjp((gs[0],), needs, x, y, mean, axis, correction, root)[0]
    if gs[1] is not None:
        share = _mean_vjp((gs[1],), needs, x.shape, axis)[0]
        g = share if g is None else g + share
    return (g,)


# ---- choices ------------------------------------------------------------------------------------


def max(x, /, *misplaced, axis=None, keepdims=False, out=None, dim=None, keepdim=None):
    """The largest element over axes; NaN where there is one. Equal ones share the gradient.

    Args:
        x: tensor of any dtype.
        axis, keepdims: as in :func:`sum`.
        out: a tensor to write the result into.

    Raises:
        ValueError: there are no elements to choose from.
    """
    if misplaced or dim is not None or keepdim is not None:
        raise of_pytorch("max", misplaced, dim, keepdim)
    if out is not None:
        return moved(out, "max", (x,), max, x, axis=axis, keepdims=keepdims)
    a = _array(x)
    y = _C.max(a, axis, keepdims)
    return track(y, (x,), _max_vjp, (a, y, axis))


def _max_vjp(gs, needs, x, y, axis):
    return (_C.tied_backward(gs[0], x, y, axis),)


def min(x, /, *misplaced, axis=None, keepdims=False, out=None, dim=None, keepdim=None):
    """The smallest element over axes; NaN where there is one. See :func:`max`.

    Written into `out` if given.
    """
    if misplaced or dim is not None or keepdim is not None:
        raise of_pytorch("min", misplaced, dim, keepdim)
    if out is not None:
        return moved(out, "min", (x,), min, x, axis=axis, keepdims=keepdims)
    a = _array(x)
    y = _C.min(a, axis, keepdims)
    return track(y, (x,), _max_vjp, (a, y, axis))


def amax(input, dim=None, keepdim=False, *, axis=None, keepdims=None, out=None):
    """:func:`max` with PyTorch's arguments: values only, ties share the gradient.

    Written into `out` if given.
    """
    if axis is not None or keepdims is not None:
        dim, keepdim = one_of("amax", dim, axis, keepdim, keepdims)
    return max(input, axis=dim, keepdims=keepdim, out=out)


def amin(input, dim=None, keepdim=False, *, axis=None, keepdims=None, out=None):
    """:func:`min` with PyTorch's arguments: values only, ties share the gradient.

    Written into `out` if given.
    """
    if axis is not None or keepdims is not None:
        dim, keepdim = one_of("amin", dim, axis, keepdim, keepdims)
    return min(input, axis=dim, keepdims=keepdim, out=out)


def argmax(x, /, *misplaced, axis=None, keepdims=False, out=None, dim=None, keepdim=None):
    """The int64 index of the largest element along an axis, or of all elements in order.

    The first of equals wins; the first NaN wins over everything.

    Written into `out` if given.

    Raises:
        ValueError: there are no elements to choose from.
    """
    if misplaced or dim is not None or keepdim is not None:
        raise of_pytorch("argmax", misplaced, dim, keepdim)
    if out is not None:
        return moved(out, "argmax", (), argmax, x, axis=axis, keepdims=keepdims)
    return wrap(_C.argmax(_array(x), axis, keepdims))


def argmin(x, /, *misplaced, axis=None, keepdims=False, out=None, dim=None, keepdim=None):
    """The int64 index of the smallest element. See :func:`argmax`. Written into `out` if given."""
    if misplaced or dim is not None or keepdim is not None:
        raise of_pytorch("argmin", misplaced, dim, keepdim)
    if out is not None:
        return moved(out, "argmin", (), argmin, x, axis=axis, keepdims=keepdims)
    return wrap(_C.argmin(_array(x), axis, keepdims))


def _choose(x, choose, pair, dim, keepdim):
    """PyTorch's x.max(dim): (values, indices); the gradient goes to the index."""
    a = raw(x)
    values, indices = choose(a, dim, keepdim)
    return pair._make(track_many((values, indices), (x,), _index_vjp, (indices, a.shape, dim)))


def _index_vjp(gs, needs, indices, shape, dim):
    return (_C.index_backward(gs[0], indices, shape, dim),)


# ---- truth --------------------------------------------------------------------------------------


def any(x, /, *misplaced, axis=None, keepdims=False, out=None, dim=None, keepdim=None):
    """Whether some element over the axes is not zero; False of none.

    Written into `out` if given.
    """
    if misplaced or dim is not None or keepdim is not None:
        raise of_pytorch("any", misplaced, dim, keepdim)
    if out is not None:
        return moved(out, "any", (x,), any, x, axis=axis, keepdims=keepdims)
    return wrap(_C.any(_array(x), axis, keepdims))


def all(x, /, *misplaced, axis=None, keepdims=False, out=None, dim=None, keepdim=None):
    """Whether every element over the axes is not zero; True of none.

    Written into `out` if given.
    """
    if misplaced or dim is not None or keepdim is not None:
        raise of_pytorch("all", misplaced, dim, keepdim)
    if out is not None:
        return moved(out, "all", (x,), all, x, axis=axis, keepdims=keepdims)
    return wrap(_C.all(_array(x), axis, keepdims))


def count_nonzero(x, /, *misplaced, axis=None, keepdims=False, dim=None, keepdim=None):
    """How many elements over the axes are not zero, int64."""
    if misplaced or dim is not None or keepdim is not None:
        raise of_pytorch("count_nonzero", misplaced, dim, keepdim)
    return wrap(_C.count_nonzero(_array(x), axis, keepdims))


# ---- logsumexp, norm ----------------------------------------------------------------------------


def logsumexp(input, dim=None, keepdim=False, *, axis=None, keepdims=None, out=None):
    """log Σ e^x over axes, shifted by the largest element so that nothing overflows.

    Args:
        input: tensor; integers give float32.
        dim (axis): int, tuple of ints, or None for all.
        keepdim (keepdims): keep the reduced axes, with size 1.
        out: a tensor to write the result into.
    """
    if axis is not None or keepdims is not None:
        dim, keepdim = one_of("logsumexp", dim, axis, keepdim, keepdims)
    if out is not None:
        return moved(out, "logsumexp", (input,), logsumexp, input, dim, keepdim)
    a = _array(input)
    y = _C.logsumexp(a, dim, keepdim)
    return track(y, (input,), _logsumexp_vjp, (a, y, dim))


def _logsumexp_vjp(gs, needs, x, y, axis):
    # d/dx log Σ e^x = e^x / Σ e^x = e^(x - y).
    return (_C.logsumexp_backward(gs[0], x, y, axis),)


def norm(input, p=2, dim=None, keepdim=False, dtype=None, *, axis=None, keepdims=None, out=None):
    """The vector norm (Σ |x|^p)^(1/p) over axes.

    Args:
        input: floating-point tensor.
        p: the order: a number, ±infinity (largest, smallest magnitude), 0 (count of non-zeros), or
            ``"fro"`` for 2.
        dim (axis): int, tuple of ints, or None for all.
        keepdim (keepdims): keep the reduced axes, with size 1.
        dtype: cast to it first.
        out: a tensor to write the result into.

    Raises:
        TypeError: input is not floating-point.
    """
    if axis is not None or keepdims is not None:
        dim, keepdim = one_of("norm", dim, axis, keepdim, keepdims)
    if out is not None:
        return moved(out, "norm", (input,), norm, input, p, dim, keepdim, dtype)
    order = 2.0 if p is None or p == "fro" else float(p)
    a = _array(input)
    if dtype is not None:
        a = _C.astype(a, as_dtype(dtype))
    y = _C.norm(a, order, dim, keepdim)
    return track(y, (input,), _norm_vjp, (a, y, order, dim))


def _norm_vjp(gs, needs, x, y, p, axis):
    # y^p = Σ |x|^p: dy/dx = sign(x) (|x|/y)^(p-1).
    return (_C.norm_backward(gs[0], x, y, p, axis),)


# ---- PyTorch's methods --------------------------------------------------------------------------


def _signed(y):
    """int64, in which PyTorch sums unsigned integers; the standard's uint64 wraps below 0."""
    return wrap(_C.astype(y._array, _C.int64))


def _correction(dim, unbiased, correction):
    """(axis, correction) of PyTorch's overloads: x.var(unbiased), x.var(dim, unbiased=…)."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if correction is None:
        correction = 1 if unbiased is None or unbiased else 0
    return dim, correction


class _Methods:
    """Tensor's, under the names that Python's messages then give."""

    def sum(self, dim=None, keepdim=False, *, dtype=None, axis=None, keepdims=None, out=None):
        """The sum along axes, or of all elements; integers give int64. See :func:`gemmule.sum`.

        Written into `out` if given.
        """
        if axis is not None or keepdims is not None:
            dim, keepdim = one_of("sum", dim, axis, keepdim, keepdims)
        y = sum(self, axis=dim, dtype=dtype, keepdims=keepdim, out=out)
        return _signed(y) if y.dtype is _uint64 and dtype is None and out is None else y

    def mean(self, dim=None, keepdim=False, *, dtype=None, axis=None, keepdims=None, out=None):
        """The mean along axes, or of all elements. See :func:`gemmule.mean`.

        Written into `out` if given.
        """
        if axis is not None or keepdims is not None:
            dim, keepdim = one_of("mean", dim, axis, keepdim, keepdims)
        return mean(self, axis=dim, dtype=dtype, keepdims=keepdim, out=out)

    def prod(self, dim=None, keepdim=False, *, dtype=None, axis=None, keepdims=None, out=None):
        """The product along axes, or of all elements; integers give int64.

        Written into `out` if given.
        """
        if axis is not None or keepdims is not None:
            dim, keepdim = one_of("prod", dim, axis, keepdim, keepdims)
        y = prod(self, axis=dim, dtype=dtype, keepdims=keepdim, out=out)
        return _signed(y) if y.dtype is _uint64 and dtype is None and out is None else y

    def var(
        self,
        dim=None,
        unbiased=None,
        keepdim=False,
        *,
        correction=None,
        axis=None,
        keepdims=None,
        out=None,
    ):
        """The variance, by default with correction 1. See :func:`gemmule.var`.

        Written into `out` if given.
        """
        dim, correction = _correction(dim, unbiased, correction)
        if axis is not None or keepdims is not None:
            dim, keepdim = one_of("var", dim, axis, keepdim, keepdims)
        if out is not None:
            return var(self, axis=dim, correction=correction, keepdims=keepdim, out=out)
        return _spread_of(self, dim, correction, keepdim, False)

    def std(
        self,
        dim=None,
        unbiased=None,
        keepdim=False,
        *,
        correction=None,
        axis=None,
        keepdims=None,
        out=None,
    ):
        """The standard deviation, by default with correction 1. See :func:`gemmule.std`.

        Written into `out` if given.
        """
        dim, correction = _correction(dim, unbiased, correction)
        if axis is not None or keepdims is not None:
            dim, keepdim = one_of("std", dim, axis, keepdim, keepdims)
        if out is not None:
            return std(self, axis=dim, correction=correction, keepdims=keepdim, out=out)
        return _spread_of(self, dim, correction, keepdim, True)

    def max(self, dim=None, keepdim=False, *, axis=None, keepdims=None):
        """The largest element; along `dim` (values, indices); with a tensor, :func:`maximum`."""
        if axis is not None or keepdims is not None:
            dim, keepdim = one_of("max", dim, axis, keepdim, keepdims)
        if isinstance(dim, Tensor):
            return maximum(self, dim)
        if dim is None:
            return max(self, keepdims=keepdim)
        return _choose(self, _C.max_index, _Max, dim, keepdim)

    def min(self, dim=None, keepdim=False, *, axis=None, keepdims=None):
        """The smallest element; along `dim` (values, indices); with a tensor, :func:`minimum`."""
        if axis is not None or keepdims is not None:
            dim, keepdim = one_of("min", dim, axis, keepdim, keepdims)
        if isinstance(dim, Tensor):
            return minimum(self, dim)
        if dim is None:
            return min(self, keepdims=keepdim)
        return _choose(self, _C.min_index, _Min, dim, keepdim)

    def argmax(self, dim=None, keepdim=False, *, axis=None, keepdims=None, out=None):
        """The index of the largest element, the first of equals. See :func:`gemmule.argmax`.

        Written into `out` if given.
        """
        if axis is not None or keepdims is not None:
            dim, keepdim = one_of("argmax", dim, axis, keepdim, keepdims)
        return argmax(self, axis=dim, keepdims=keepdim, out=out)

    def argmin(self, dim=None, keepdim=False, *, axis=None, keepdims=None, out=None):
        """The index of the smallest element, the first of equals. See :func:`gemmule.argmin`.

        Written into `out` if given.
        """
        if axis is not None or keepdims is not None:
            dim, keepdim = one_of("argmin", dim, axis, keepdim, keepdims)
        return argmin(self, axis=dim, keepdims=keepdim, out=out)

    def any(self, dim=None, keepdim=False, *, axis=None, keepdims=None, out=None):
        """Whether any element is not 0. See :func:`gemmule.any`. Written into `out` if given."""
        if axis is not None or keepdims is not None:
            dim, keepdim = one_of("any", dim, axis, keepdim, keepdims)
        return any(self, axis=dim, keepdims=keepdim, out=out)

    def all(self, dim=None, keepdim=False, *, axis=None, keepdims=None, out=None):
        """Whether all elements are not 0. See :func:`gemmule.all`. Written into `out` if given."""
        if axis is not None or keepdims is not None:
            dim, keepdim = one_of("all", dim, axis, keepdim, keepdims)
        return all(self, axis=dim, keepdims=keepdim, out=out)

    def count_nonzero(self, dim=None, *, axis=None, keepdims=False):
        """How many elements are not 0. See :func:`gemmule.count_nonzero`."""
        if axis is not None:
            dim = one_axis("count_nonzero", dim, axis)
        return count_nonzero(self, axis=dim, keepdims=keepdims)


methods(
    {
        "sum": _Methods.sum,
        "mean": _Methods.mean,
        "prod": _Methods.prod,
        "var": _Methods.var,
        "std": _Methods.std,
        "max": _Methods.max,
        "min": _Methods.min,
        "amax": amax,
        "amin": amin,
        "argmax": _Methods.argmax,
        "argmin": _Methods.argmin,
        "any": _Methods.any,
        "all": _Methods.all,
        "count_nonzero": _Methods.count_nonzero,
        "logsumexp": logsumexp,
        "norm": norm,
    }
)
