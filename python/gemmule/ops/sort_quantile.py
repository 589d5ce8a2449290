"""Quantiles and histograms: what follows from the order of elements."""

from typing import NamedTuple

import numpy

from gemmule import _C
from gemmule.ops.compare import isfinite, where
from gemmule.ops.host import own, view
from gemmule.ops.sort import _check_axis, sort
from gemmule.tensor import Tensor, check_tensor, methods, wrap

__all__ = ["histogram", "quantile"]

_METHODS = ("linear", "lower", "higher", "nearest", "midpoint")


def quantile(input, q, dim=None, keepdim=False, *, interpolation="linear"):
    """The values below which given shares of the elements lie; that of 0.5 is the median.

    Args:
        input: float32 or float64 tensor, not empty along the axis.
        q: a share within 0 and 1, or several: a list, an ndarray or a Tensor of one axis. A Tensor
            has a gradient with ``"linear"``; the others make steps, and record none for it.
        dim: the axis, one; None is all elements, in one row.
        keepdim: whether the axis stays, with size 1.
        interpolation: between two elements: ``"linear"``, ``"lower"``, ``"higher"``,
            ``"nearest"`` (halfway, the one at the even place) or ``"midpoint"``.

    Returns:
        The shape of `input` without the axis; for several `q` they are a first axis. NaN where
        there is a NaN.

    Raises:
        IndexError: there is no such axis.
        TypeError: the dtype is another, or `dim` is no int.
        ValueError: a share is outside 0 and 1, or there are no elements.

    Example:
        >>> gemmule.quantile(gemmule.tensor([3.0, 1.0, 2.0, 5.0]), [0.0, 0.5])
        tensor([1. , 2.5])
    """
    check_tensor(input, "quantile")
    if input.dtype is not _C.float32 and input.dtype is not _C.float64:
        raise TypeError(f"quantile: expected float32 or float64, got {input.dtype.name}")
    if interpolation not in _METHODS:
        raise ValueError(f"quantile: interpolation must be in {_METHODS}, got {interpolation!r}")
    shares = numpy.asarray(q.detach().numpy() if isinstance(q, Tensor) else q, numpy.float64)
    if shares.ndim > 1 or not ((shares >= 0) & (shares <= 1)).all():
        raise ValueError(f"quantile: q must be one or a row of numbers within 0 and 1, got {q}")
    x = input.reshape((-1,)) if dim is None else input
    axis = 0 if dim is None else dim
    _check_axis("quantile", x, axis)
    if x.ndim == 0:
        x = x.reshape((1,))
    if x.shape[axis] == 0:
        raise ValueError(f"quantile: axis {axis} of shape {x.shape} has no elements")
    ordered = sort(x, axis=axis).movedim(axis, 0)
    result = _between(ordered, shares.reshape(-1), interpolation, q)
    if keepdim:
        sizes = [1] * input.ndim if dim is None else list(input.shape)
        if sizes:
            sizes[axis] = 1
        result = result.reshape((shares.size, *sizes))
    elif input.ndim == 0:
        result = result.reshape((shares.size,))
    return result if shares.ndim else result[0]


def _between(ordered, shares, interpolation, q):
    """Quantiles along the first axis of what is in order; `q` is where the shares came from."""
    last = ordered.shape[0] - 1
    places = shares * last
    if interpolation == "nearest":
        places = numpy.rint(places)
    below, above = numpy.floor(places), numpy.ceil(places)
    weights = {"lower": 0.0, "higher": 1.0, "midpoint": 0.5}.get(interpolation, places - below)
    weights = numpy.where(above > below, weights, 0.0)
    lower, upper = (ordered[_indices(at)] for at in (below, above))
    shape = (-1,) + (1,) * (ordered.ndim - 1)
    if interpolation == "linear" and isinstance(q, Tensor) and q._tracked:
        way = q.to(_C.float64).reshape((-1,)) * last - wrap(own(below))
        share = way.to(ordered.dtype).reshape(shape)
    else:
        share = wrap(own(weights.reshape(shape).astype(ordered.dtype.name)))
    # From the nearer end, so that rounding leads neither past an end nor back.
    difference = upper - lower
    finite = isfinite(difference)
    difference = where(finite, difference, 0.0)
    near = where(share < 0.5, lower + difference * share, upper - difference * (1 - share))
    # What has no finite difference is weighed; of two equal infinities at a share of 0, the lower.
    far = where(share > 0, lower * (1 - share) + upper * share, lower)
    between = where(finite, near, far)
    return where(ordered[last] != ordered[last], ordered[last], between)


def _indices(places):
    """Positions as a Tensor to index with."""
    return wrap(own(places.astype(numpy.int64)))


class Histogram(NamedTuple):
    """What :func:`histogram` gives."""

    hist: Tensor
    bin_edges: Tensor


def histogram(input, bins=10, *, range=None, weight=None, density=False):
    """How many elements lie in each of several bins, and the bins' edges.

    Args:
        input: floating-point tensor of any shape.
        bins: how many of one width; or their edges, ascending: a list or a Tensor, rounded to the
            dtype of `input`.
        range: (lowest, highest) edge, the latter in the last bin; None is that of the elements.
        weight: of the shape of `input`, what each element counts for; None is 1.
        density: divide by the sum and the widths, so that the integral is 1.

    Returns:
        (hist, bin_edges), of shapes (bins,) and (bins + 1,) and the dtype of `input`; no gradient.
        Edges of one width are rounded to float16 and bfloat16 after the counting.

    Raises:
        TypeError: the dtype is no floating-point one.
        ValueError: no such bins or range, or a weight of another shape.
    """
    a = view(input, "histogram", "input")
    if not isinstance(input, Tensor) or not input.dtype.is_floating_point:
        raise TypeError("histogram: expected a floating-point tensor for 'input'; see bincount")
    weights = None if weight is None else view(weight, "histogram", "weight")
    if weights is not None and weights.shape != a.shape:
        raise ValueError(f"histogram: weight has shape {weights.shape}, input has shape {a.shape}")
    if isinstance(bins, Tensor):
        bins = view(bins, "histogram", "bins")
    if numpy.ndim(bins):
        bins = view(wrap(own(numpy.asarray(bins, numpy.float64))).to(input.dtype), "histogram")
    # In the dtype of the edges that are given back: in another, what lies on one may lie beside it.
    if input.dtype is _C.float16:  # which NumPy would add up in as well
        a = a.astype(numpy.float32)
        bins = bins.astype(numpy.float32) if numpy.ndim(bins) else bins
    if weights is not None and weights.dtype == numpy.float16:
        weights = weights.astype(numpy.float32)
    found, edges = numpy.histogram(a, bins, range, weights=weights, density=density)
    kind = input.dtype.name if input.dtype is not _C.bfloat16 else "float32"
    parts = (wrap(own(part.astype(kind))).to(input.dtype) for part in (found, edges))
    return Histogram(*parts)


methods({"histogram": histogram, "quantile": quantile})
