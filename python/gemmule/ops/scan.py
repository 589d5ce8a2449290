"""Scans along one axis: running sums, products, extremes, and differences."""

from collections import namedtuple

from gemmule import _C
from gemmule.autograd import track, track_many
from gemmule.dtypes import as_dtype
from gemmule.errors import LAST, one_axis
from gemmule.ops.out import moved
from gemmule.ops.shape_join import concat
from gemmule.tensor import check_tensor, methods, raw, wrap

__all__ = [
    "cummax",
    "cummin",
    "cumprod",
    "cumsum",
    "cumulative_prod",
    "cumulative_sum",
    "diff",
]

# Named as they print.
_Cummax = namedtuple("cummax", ["values", "indices"])  # type: ignore[name-match]
_Cummin = namedtuple("cummin", ["values", "indices"])  # type: ignore[name-match]


def _dtype(dtype):
    return None if dtype is None else as_dtype(dtype)


def _axis(name, dim, axis):
    """The axis given by either name."""
    if axis is not None:
        dim = one_axis(name, dim, axis)
    if dim is None:
        raise TypeError(f"{name}: expected dim, the axis to go along, as in {name}(x, dim=0)")
    return dim


def cumsum(input, dim=None, *, dtype=None, axis=None, out=None):
    """Running sums along an axis: y_i = x_0 + … + x_i. float32 is summed in double.

    Args:
        input: tensor of any dtype.
        dim (axis): int.
        dtype: the input is cast to it first; None keeps floats and gives int64 for others.

    Raises:
        IndexError: the axis is out of range.

    Example:
        >>> gemmule.cumsum(gemmule.tensor([1, 2, 3]), 0)
        tensor([1, 3, 6])
    """
    axis = _axis("cumsum", dim, axis)
    if out is not None:
        return moved(out, "cumsum", (input,), cumsum, input, axis, dtype=dtype)
    y = _C.cumsum(raw(input), axis, False, _dtype(dtype))
    return track(y, (input,), _cumsum_vjp, (axis,))


def _cumsum_vjp(gs, needs, axis):
    # x_i is in every y_j with j ≥ i.
    return (_C.cumsum(gs[0], axis, True),)


def cumprod(input, dim=None, *, dtype=None, axis=None, out=None):
    """Running products along an axis. See :func:`cumsum`. Written into `out` if given."""
    axis = _axis("cumprod", dim, axis)
    if out is not None:
        return moved(out, "cumprod", (input,), cumprod, input, axis, dtype=dtype)
    a = raw(input)
    return track(_C.cumprod(a, axis, _dtype(dtype)), (input,), _cumprod_vjp, (a, axis))


def _cumprod_vjp(gs, needs, x, axis):
    return (_C.cumprod_backward(gs[0], x, axis),)


def cumulative_sum(x, /, *, axis=None, dtype=None, include_initial=False):
    """Running sums after the array API standard.

    Args:
        x: tensor; one-dimensional where `axis` is None.
        axis, dtype: as in :func:`cumsum`.
        include_initial: put a 0 before the first sum.

    Raises:
        ValueError: `axis` is None and x has several dimensions.
    """
    return _cumulative("cumulative_sum", cumsum, x, axis, dtype, 0 if include_initial else None)


def cumulative_prod(x, /, *, axis=None, dtype=None, include_initial=False):
    """Running products after the array API standard. See :func:`cumulative_sum`."""
    return _cumulative("cumulative_prod", cumprod, x, axis, dtype, 1 if include_initial else None)


def _cumulative(name, scan, x, axis, dtype, initial):
    check_tensor(x, name, "x")
    if axis is None:
        if x.ndim != 1:
            raise ValueError(f"{name}: expected axis= for a tensor of {x.ndim} dimensions")
        axis = 0
    if dtype is None and x.dtype.is_integer and not x.dtype.is_signed:
        dtype = _C.uint64
    y = scan(x, axis, dtype=dtype)
    if initial is None:
        return y
    shape = list(y.shape)
    shape[axis] = 1
    return concat([wrap(_C.full(shape, initial, y.dtype, y.device)), y], axis=axis)


def cummax(input, dim=None, *, axis=None):
    """(values, indices) of the largest element so far along an axis.

    NaN wins; of equals the last one's index is given, and gets the gradient.
    """
    axis = _axis("cummax", dim, axis)
    values, indices = _C.cummax(raw(input), axis)
    return _Cummax._make(
        track_many((values, indices), (input,), _cumulative_index_vjp, (indices, axis))
    )


def cummin(input, dim=None, *, axis=None):
    """(values, indices) of the smallest element so far along an axis. See :func:`cummax`."""
    axis = _axis("cummin", dim, axis)
    values, indices = _C.cummin(raw(input), axis)
    return _Cummin._make(
        track_many((values, indices), (input,), _cumulative_index_vjp, (indices, axis))
    )


def _cumulative_index_vjp(gs, needs, indices, axis):
    return (_C.cumulative_index_backward(gs[0], indices, axis),)


def diff(input, n=1, dim=LAST, prepend=None, append=None, *, axis=None):
    """Differences of neighbours along an axis: x[i+1] - x[i], taken `n` times.

    Args:
        input: tensor of at least one dimension; of bools, neighbours are compared by !=.
        n: how many times.
        dim (axis): int.
        prepend, append: tensors put before and after `input` along the axis first.

    Raises:
        ValueError: `n` is negative, or input is 0-d.
    """
    check_tensor(input, "diff")
    axis = one_axis("diff", dim, axis, LAST)
    if n < 0:
        raise ValueError(f"diff: expected n of at least 0, got {n}")
    if prepend is not None or append is not None:
        input = concat([t for t in (prepend, input, append) if t is not None], axis=axis)
    for _ in range(n):
        if input.ndim and input.shape[axis] == 0:
            break  # nothing is left to differ
        input = track(_C.diff(raw(input), axis), (input,), _diff_vjp, (input.shape, axis))
    return input


def _diff_vjp(gs, needs, shape, axis):
    # Too few elements to differ: nothing came out, nothing goes back.
    if not gs[0].size:
        return (_C.zeros(shape, gs[0].dtype, gs[0].device),)
    return (_C.diff_backward(gs[0], axis),)


methods(
    {
        "cumsum": cumsum,
        "cumprod": cumprod,
        "cummax": cummax,
        "cummin": cummin,
        "diff": diff,
    }
)
