"""Sorting, with gradients; and searching: NumPy on the tensors' own memory."""

from typing import NamedTuple

import numpy

from gemmule import _C
from gemmule.autograd import track_many
from gemmule.errors import LAST, one_axis
from gemmule.ops.host import own, view
from gemmule.tensor import Tensor, check_tensor, methods, raw, wrap

__all__ = [
    "argsort",
    "bincount",
    "isin",
    "kthvalue",
    "median",
    "msort",
    "searchsorted",
    "sort",
    "topk",
    "unique",
    "unique_all",
    "unique_counts",
    "unique_inverse",
    "unique_values",
]


class SortResult(NamedTuple):
    """Values and where they were along the axis."""

    values: Tensor
    indices: Tensor


def _order(op, x, axis, count):
    """Where the first `count` elements are, in ascending order; NaN comes last."""
    return numpy.asarray(_C.sort(op, raw(x), axis, count, False)[1])


def _check_axis(op, x, axis):
    check_tensor(x, op)
    if not hasattr(axis, "__index__"):
        raise TypeError(f"{op}: expected an int for 'axis', got {type(axis).__name__}")
    if not -max(x.ndim, 1) <= axis < max(x.ndim, 1):
        raise IndexError(
            f"{op}: axis {axis} is out of range for a tensor of {x.ndim} "
            f"dimension{'' if x.ndim == 1 else 's'}"
        )


def _size(x, axis):
    return x.shape[axis] if x.ndim else 1


def _leading(op, x, axis, count, descending):
    """The first `count` elements in order along an axis, and where they were."""
    values, indices = _C.sort(op, raw(x), axis, count, descending)
    return _tracked(x, axis, values, indices)


def _picked(x, order, axis):
    """x's elements at `order` along an axis."""
    indices = own(order)
    return _tracked(x, axis, _C.gather(raw(x), axis, indices), indices)


def _tracked(x, axis, values, indices):
    """The gradient goes back to where the values were."""
    if not x._tracked:
        return SortResult(wrap(values), wrap(indices))
    outputs = track_many((values, indices), (x,), _picked_vjp, (indices, axis, x.shape))
    return SortResult(*outputs)


def _picked_vjp(gs, needs, indices, axis, shape):
    # Every element was taken at most once, so the gradient is a plain assignment.
    zeros = _C.full(shape, 0, gs[0].dtype, gs[0].device)
    return (_C.scatter("sort", zeros, axis, indices, gs[0], False, True),)


def _sorted(op, x, axis, descending):
    _check_axis(op, x, axis)
    return _leading(op, x, axis, _size(x, axis), descending)


def sort(x, /, *, axis=-1, descending=False, stable=True):
    """The elements in order along an axis; equal ones keep their order, NaN comes last."""
    return _sorted("sort", x, axis, descending).values


def argsort(x, /, *, axis=-1, descending=False, stable=True):
    """The indices (int64) that put an axis in order; equal elements keep theirs."""
    _check_axis("argsort", x, axis)
    return wrap(_C.sort("argsort", raw(x), axis, _size(x, axis), descending)[1])


def topk(input, k, dim=-1, largest=True, sorted=True):
    """The k largest (or smallest) elements along an axis, in order.

    Args:
        k: how many.
        dim: along which axis; the last one.
        largest: False takes the smallest.
        sorted: they are in order either way. Of equal elements the first ones come first; NaN is
            larger than any number.

    Returns:
        (values, indices), a named tuple.

    Raises:
        ValueError: the axis has fewer than k elements.
    """
    _check_axis("topk", input, dim)
    size = _size(input, dim)
    if not 0 <= k <= size:
        raise ValueError(f"topk: k is {k}, but axis {dim} of shape {input.shape} has {size}")
    return _leading("topk", input, dim, k, largest)


def msort(input):
    """The rows in order: :func:`sort` along axis 0."""
    return sort(input, axis=0)


def kthvalue(input, k, dim=-1, keepdim=False):
    """The k-th smallest element along an axis (k from 1), and its index."""
    _check_axis("kthvalue", input, dim)
    if input.ndim == 0:
        return SortResult(*(part.reshape(()) for part in kthvalue(input.reshape((1,)), k, 0)))
    size = input.shape[dim]
    if not 1 <= k <= size:
        raise ValueError(f"kthvalue: k is {k}, but axis {dim} of shape {input.shape} has {size}")
    return _one(
        input, numpy.take(_order("kthvalue", input, dim, k), [k - 1], axis=dim), dim, keepdim
    )


def _one(x, order, dim, keepdim):
    """x's elements at `order`, which has size 1 along `dim`."""
    picked = _picked(x, order, dim)
    if keepdim:
        return picked
    return SortResult(*(part.squeeze(dim) for part in picked))


def median(input, dim=None, keepdim=False):
    """The middle element, the lower of two; along an axis with its index.

    Without `dim`: of all elements, a 0-d tensor. NaN if there is a NaN.

    Raises:
        IndexError: there is no such axis.
        ValueError: there are no elements to choose from.
    """
    check_tensor(input, "median")
    if dim is None:
        return median(input.reshape((-1,)), 0).values
    _check_axis("median", input, dim)
    if input.ndim == 0:
        return SortResult(*(part.reshape(()) for part in median(input.reshape((1,)), 0)))
    size = input.shape[dim]
    if size == 0:
        raise ValueError(f"median: axis {dim} of shape {input.shape} has no elements")
    order = _order("median", input, dim, size)
    picked = numpy.take(order, [(size - 1) // 2], axis=dim)
    if input.dtype.is_floating_point:
        # NaN comes last in order: where the last one is NaN, it is the answer.
        last = numpy.take(order, [size - 1], axis=dim)
        is_nan = numpy.isnan(numpy.take_along_axis(view(input, "median"), last, dim))
        picked = numpy.where(is_nan, last, picked)
    return _one(input, picked, dim, keepdim)


def searchsorted(x1, x2, /, *, side="left", sorter=None, right=False):
    """Where elements of `x2` would be inserted into the sorted `x1` (int64).

    Args:
        side: before (``"left"``) or after (``"right"``) equal ones; `right` is PyTorch's word.
    """
    a, b = view(x1, "searchsorted", "x1"), view(x2, "searchsorted", "x2")
    order = None if sorter is None else view(sorter, "searchsorted", "sorter")
    if side not in ("left", "right"):
        raise ValueError(f"searchsorted: side must be 'left' or 'right', got {side!r}")
    after = right or side == "right"
    found = numpy.searchsorted(a, b, "right" if after else "left", order)
    return wrap(own(numpy.asarray(found, numpy.int64)))


class UniqueAll(NamedTuple):
    """What :func:`unique_all` gives."""

    values: Tensor
    indices: Tensor
    inverse_indices: Tensor
    counts: Tensor


class UniqueCounts(NamedTuple):
    """What :func:`unique_counts` gives."""

    values: Tensor
    counts: Tensor


class UniqueInverse(NamedTuple):
    """What :func:`unique_inverse` gives."""

    values: Tensor
    inverse_indices: Tensor


def unique_all(x, /):
    """Different elements in order, where each is first, where each element went, how many."""
    a = view(x, "unique_all")
    values, indices, inverse, counts = numpy.unique(
        a, return_index=True, return_inverse=True, return_counts=True, equal_nan=False
    )
    inverse = inverse.reshape(a.shape)
    return UniqueAll(*[wrap(own(part)) for part in (values, indices, inverse, counts)])


def unique_counts(x, /):
    """Different elements in order, and how many there are of each."""
    everything = unique_all(x)
    return UniqueCounts(everything.values, everything.counts)


def unique_inverse(x, /):
    """Different elements in order, and which of them each element is."""
    everything = unique_all(x)
    return UniqueInverse(everything.values, everything.inverse_indices)


def unique_values(x, /):
    """Different elements in order."""
    return unique_all(x).values


def unique(input, sorted=True, return_inverse=False, return_counts=False, dim=None):
    """Different elements in order, PyTorch's form; along `dim`, different slices."""
    a = view(input, "unique", "input")
    parts = numpy.unique(a, return_inverse=True, return_counts=True, axis=dim)
    values, inverse, counts = parts
    inverse = inverse.reshape(a.shape if dim is None else -1)
    results = [wrap(own(values))]
    if return_inverse:
        results.append(wrap(own(inverse)))
    if return_counts:
        results.append(wrap(own(counts)))
    return results[0] if len(results) == 1 else tuple(results)


def isin(x1, x2, /, *, assume_unique=False, invert=False):
    """Whether each element of `x1` is somewhere in `x2` (bool), or with `invert` nowhere."""
    a, b = view(x1, "isin", "x1"), view(x2, "isin", "x2")
    found = numpy.isin(a, b, assume_unique=assume_unique, invert=invert)
    return wrap(own(found))


def bincount(input, weights=None, minlength=0):
    """How often each value 0, 1, … occurs (int64), or the sum of its weights."""
    weights = None if weights is None else view(weights, "bincount", "weights")
    counted = numpy.bincount(view(input, "bincount", "input"), weights, minlength)
    return wrap(own(counted))


def _sort_method(self, dim=LAST, descending=False, stable=False, *, axis=None):
    """The elements in order along an axis, and where they were: (values, indices)."""
    return _sorted("sort", self, one_axis("sort", dim, axis, LAST), descending)


def _argsort_method(self, dim=LAST, descending=False, stable=False, *, axis=None):
    """The indices that put an axis in order. See :func:`gemmule.argsort`."""
    return argsort(self, axis=one_axis("argsort", dim, axis, LAST), descending=descending)


methods(
    {
        "argsort": _argsort_method,
        "bincount": bincount,
        "isin": isin,
        "kthvalue": kthvalue,
        "median": median,
        "msort": msort,
        "sort": _sort_method,
        "topk": topk,
        "unique": unique,
    }
)
