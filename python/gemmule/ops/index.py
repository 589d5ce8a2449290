"""Indexing as NumPy does it; gather, scatter and their kin.

Integers, slices, None and Ellipsis give views; arrays of integers or bools give copies. Gradients
of what was read are added back in a fixed order; of places written twice, the last writer's counts.
"""

import numpy

from gemmule import _C
from gemmule.autograd import before_write, track, track_view, track_write
from gemmule.tensor import Tensor, as_array, methods, raw, wrap

__all__ = [
    "argwhere",
    "gather",
    "index_add",
    "index_copy",
    "index_fill",
    "index_select",
    "masked_select",
    "nonzero",
    "scatter",
    "scatter_add",
    "select",
    "take",
    "take_along_axis",
    "take_along_dim",
]

_getitem, _setitem, _getitem_backward = _C.getitem, _C.setitem, _C.getitem_backward
_take, _index_put, _gather, _scatter = _C.take, _C.index_put, _C.gather, _C.scatter
_shares, _full, _copy = _C.shares, _C.full, _C.copy
_Array = _C.Array


# ---- x[key] --------------------------------------------------------------------------------------


def _raw_key(key):
    """The key with Arrays in place of Tensors."""
    if isinstance(key, Tensor):
        return raw(key)
    if isinstance(key, tuple):
        for item in key:
            if isinstance(item, Tensor):
                return tuple([raw(k) if isinstance(k, Tensor) else k for k in key])
    return key


def _kept_key(key):
    """The key, safe from later writes that no version counts: lists and ndarrays are copied."""
    if isinstance(key, tuple):
        return tuple([_kept_key(item) for item in key])
    if isinstance(key, (list, numpy.ndarray)):
        array = numpy.array(key)
        return _C.from_buffer(array.astype(numpy.int64) if array.size == 0 else array)
    return key


def _key_arrays(key):
    """The Arrays of a key, for the tape to watch."""
    if isinstance(key, _Array):
        return (key,)
    return (
        tuple([item for item in key if isinstance(item, _Array)]) if isinstance(key, tuple) else ()
    )


def _getitem_method(x, key):
    tensor: Tensor = x
    a = tensor._array
    simple = type(key) is int or type(key) is slice
    if not simple:
        key = _raw_key(key)
    out = _getitem(a, key)
    if not tensor._tracked:
        return wrap(out)
    if simple:
        return track_view(out, tensor, _getitem_vjp, (a.shape, key))
    key = _kept_key(key)
    saved = (a.shape, key, *_key_arrays(key))
    if _shares(out, a):
        return track_view(out, tensor, _getitem_vjp, saved)
    return track(out, (tensor,), _getitem_vjp, saved)


def _getitem_vjp(gs, needs, shape, key, *arrays):
    return (_getitem_backward(gs[0], shape, key),)


def _setitem_method(x, key, value):
    before_write(x, "setitem")
    a = raw(x)
    v = raw(value)
    key = _raw_key(key)
    _setitem(a, key, v)
    if x._tracked or (isinstance(value, Tensor) and value._tracked):
        key = _kept_key(key)
        shape = v.shape if isinstance(v, _Array) else ()
        track_write(x, (x, value), _setitem_vjp, (key, shape, a.shape, *_key_arrays(key)))


def _setitem_vjp(gs, needs, key, value_shape, shape, *arrays):
    g = gs[0]
    before = None
    if needs[0]:  # what was overwritten has no influence
        before = _copy(g)
        _setitem(before, key, 0)
    if not needs[1]:
        return before, None
    written = _getitem(g, key)
    if arrays:
        numbers = _numbers(written.shape, g.device)
        owner = _full(shape, -1, _C.int64, g.device)
        _setitem(owner, key, numbers)
        written = written * _C.astype(_C.equal(_getitem(owner, key), numbers), g.dtype)
    return before, _unspread(written, value_shape)


def _numbers(shape, device):
    """0, 1, … in a shape: who wrote where."""
    return _C.reshape(_C.arange(0, 1, _size(shape), _C.int64, device), shape)


def _size(shape):
    size = 1
    for n in shape:
        size *= n
    return size


def _unspread(g, shape):
    """g summed back to the shape that was broadcast; 1s in front that were dropped come back."""
    if g.shape == shape:
        return g
    inner = shape[max(0, len(shape) - g.ndim) :]
    return _C.reshape(_C.sum_to(g, inner, g.dtype), shape)


# ---- rows along an axis --------------------------------------------------------------------------


def _index(op, value):
    """An index as an Array, of a Tensor, an ndarray or a list of ints."""
    if isinstance(value, int):
        return _full((), value, _C.int64)
    return as_array(value, op, "index")


def _axis(op, axis, ndim):
    ndim = max(ndim, 1)
    if not -ndim <= axis < ndim:
        raise IndexError(
            f"{op}: axis {axis} is out of range for a tensor of {ndim} dimension{'s' * (ndim != 1)}"
        )
    return axis % ndim


def take(x, indices, /, *, axis=None):
    """Rows of an axis; the indices' shape takes the axis' place.

    Args:
        x: tensor.
        indices: integers of any shape, negative ones from the end.
        axis: None takes from the flattened elements.

    Raises:
        IndexError: an index is out of range.
    """
    if axis is None:
        from gemmule.ops.shape import ravel

        x, axis = ravel(x), 0
    a, index = as_array(x, "take", "x"), _index("take", indices)
    axis = _axis("take", axis, a.ndim)
    return track(_take("take", a, index, axis, True), (x,), _take_vjp, (a.shape, axis, index))


def _take_vjp(gs, needs, shape, axis, index):
    g = gs[0]
    rows = (*shape[:axis], index.size, *shape[axis + 1 :])
    zeros = _full(shape, 0, g.dtype, g.device)
    flat = _C.reshape(index, -1)
    return (_index_put("take", zeros, axis, flat, _C.reshape(g, rows), True, True),)


def index_select(x, dim, index):
    """Rows of an axis by a 1-d index. See :func:`take`."""
    a, i = as_array(x, "index_select", "x"), _C.reshape(_index("index_select", index), -1)
    dim = _axis("index_select", dim, a.ndim)
    out = _take("index_select", a, i, dim, False)
    return track(out, (x,), _take_vjp, (a.shape, dim, i))


def select(x, dim, index):
    """A view of one position of an axis, without that axis."""
    dim = _axis("select", dim, as_array(x, "select", "x").ndim)
    return x[(*(slice(None),) * dim, index)]


def index_add(x, dim, index, source, *, alpha=1):
    """x with alpha · source added to rows of an axis; a row named twice gets both.

    Args:
        x: tensor.
        dim: the axis.
        index: 1-d integers.
        source: as many rows as the index has.
    """
    return _put_rows("index_add", x, dim, index, source, alpha, True, False)


def index_copy(x, dim, index, source):
    """x with rows of an axis replaced by those of `source`."""
    return _put_rows("index_copy", x, dim, index, source, 1, False, False)


def index_fill(x, dim, index, value):
    """x with rows of an axis replaced by one value."""
    return _put_rows("index_fill", x, dim, index, value, 1, False, False)


def _put_rows(op, x, dim, index, source, alpha, add, in_place):
    if in_place:
        before_write(x, op)
    a, i, s = as_array(x, op, "x"), _C.reshape(_index(op, index), -1), raw(source)
    dim = _axis(op, dim, a.ndim)
    out = _index_put(op, a, dim, i, s if alpha == 1 else _C.multiply(s, alpha), add, in_place)
    shape = s.shape if isinstance(s, _Array) else ()
    saved = (a.shape, dim, i, shape, alpha)
    vjp = _index_add_vjp if add else _index_copy_vjp
    if in_place:
        return track_write(x, (x, source), vjp, saved)
    return track(out, (x, source), vjp, saved)


def _index_add_vjp(gs, needs, shape, dim, index, source_shape, alpha):
    g = gs[0]
    if not needs[1]:
        return g, None
    rows = _take("index_add", g, index, dim, False)
    return g, _unspread(rows if alpha == 1 else rows * alpha, source_shape)


def _index_copy_vjp(gs, needs, shape, dim, index, source_shape, alpha):
    g = gs[0]
    before = _index_put("index_copy", g, dim, index, 0, False, False) if needs[0] else None
    if not needs[1]:
        return before, None
    # Of rows named twice the last is there in the end.
    numbers = _numbers((index.size,), g.device)
    owner = _full((shape[dim],), -1, _C.int64, g.device)
    _index_put("index_copy", owner, 0, index, numbers, False, True)
    stays = _C.equal(_take("index_copy", owner, index, 0, False), numbers)
    stays = _C.reshape(_C.astype(stays, g.dtype), (-1, *[1] * (len(shape) - dim - 1)))
    rows = _take("index_copy", g, index, dim, False) * stays
    return before, _unspread(rows, source_shape)


# ---- elements along an axis ----------------------------------------------------------------------


def gather(x, dim, index):
    """``out[i][j][k] = x[i][index[i][j][k]][k]`` for dim 1, and so on.

    Args:
        x: tensor.
        dim: the axis along which the index chooses.
        index: integers; as many dimensions as x, and nowhere larger but along the axis.

    Raises:
        IndexError: an index is out of range.
    """
    a, i = raw(x), _index("gather", index)
    return track(_gather(a, dim, i), (x,), _gather_vjp, (a.shape, dim, i))


def _gather_vjp(gs, needs, shape, dim, index):
    zeros = _full(shape, 0, gs[0].dtype, gs[0].device)
    return (_scatter("gather", zeros, dim, index, gs[0], True, True),)


def take_along_axis(x, indices, /, *, axis=-1):
    """:func:`gather` after x and the indices are broadcast in the other axes."""
    return _along("take_along_axis", x, indices, axis)


def take_along_dim(x, indices, dim=None):
    """PyTorch's :func:`take_along_axis`; None as `dim` takes from the flattened elements."""
    if dim is None:
        from gemmule.ops.shape import ravel

        return gather(ravel(x), 0, _C.reshape(_index("take_along_dim", indices), -1))
    return _along("take_along_dim", x, indices, dim)


def _along(op, x, indices, axis):
    from gemmule.ops.shape import broadcast_shapes, broadcast_to

    a, index = as_array(x, op, "x"), _index(op, indices)
    if a.ndim != index.ndim:
        raise ValueError(
            f"{op}: indices of shape {index.shape} need as many dimensions as the tensor, {a.shape}"
        )
    axis = _axis(op, axis, a.ndim)
    of_x, of_index = list(a.shape), list(index.shape)
    of_x[axis] = of_index[axis] = 1
    shape = list(broadcast_shapes(of_x, of_index))
    shape[axis] = index.shape[axis]
    index = _C.broadcast_to(index, shape)
    shape[axis] = a.shape[axis]
    return gather(broadcast_to(x, shape) if tuple(shape) != a.shape else x, axis, index)


def scatter(x, dim, index, src):
    """x with ``out[i][index[i][j][k]][k] = src[i][j][k]`` for dim 1, and so on.

    Args:
        x: tensor.
        dim: the axis along which the index chooses.
        index: integers; as many dimensions as x, and nowhere larger but along the axis. Of equal
            places the last counts.
        src: a tensor nowhere smaller than the index, or a number.

    Raises:
        IndexError: an index is out of range.
    """
    return _put_along("scatter", x, dim, index, src, False, False)


def scatter_add(x, dim, index, src):
    """x with ``out[i][index[i][j][k]][k] += src[i][j][k]`` for dim 1. See :func:`scatter`."""
    return _put_along("scatter_add", x, dim, index, src, True, False)


def _put_along(op, x, dim, index, src, add, in_place):
    if in_place:
        before_write(x, op)
    a, i, s = raw(x), _index(op, index), raw(src)
    out = _scatter(op, a, dim, i, s, add, in_place)
    shape = s.shape if isinstance(s, _Array) else ()
    saved = (a.shape, dim, i, shape)
    vjp = _scatter_add_vjp if add else _scatter_vjp
    if in_place:
        return track_write(x, (x, src), vjp, saved)
    return track(out, (x, src), vjp, saved)


def _scatter_add_vjp(gs, needs, shape, dim, index, source_shape):
    g = gs[0]
    return g, _in_corner(_gather(g, dim, index), source_shape) if needs[1] else None


def _scatter_vjp(gs, needs, shape, dim, index, source_shape):
    g = gs[0]
    before = _scatter("scatter", g, dim, index, 0, False, False) if needs[0] else None
    if not needs[1]:
        return before, None
    numbers = _numbers(index.shape, g.device)
    owner = _full(shape, -1, _C.int64, g.device)
    _scatter("scatter", owner, dim, index, numbers, False, True)
    stays = _C.astype(_C.equal(_gather(owner, dim, index), numbers), g.dtype)
    return before, _in_corner(_gather(g, dim, index) * stays, source_shape)


def _in_corner(g, shape):
    """g with zeros behind it, where the source is larger than the index."""
    if g.shape == shape:
        return g
    after = [size - n for size, n in zip(shape, g.shape, strict=True)]
    return _C.pad(g, [0] * g.ndim, after, "constant", 0)


# ---- masks ---------------------------------------------------------------------------------------


def masked_select(x, mask):
    """The elements where a mask, which broadcasts with x, is true; 1-d."""
    from gemmule.ops.shape import broadcast_shapes, broadcast_to

    a, m = as_array(x, "masked_select", "x"), as_array(mask, "masked_select", "mask")
    shape = broadcast_shapes(a.shape, m.shape)
    if shape != a.shape:
        x = broadcast_to(x, shape)
    m = _C.broadcast_to(m, shape)
    return track(_C.masked_select(raw(x), m), (x,), _masked_select_vjp, (shape, m))


def _masked_select_vjp(gs, needs, shape, mask):
    return (_getitem_backward(gs[0], shape, mask),)


def argwhere(x):
    """The index of each element that is not 0, as a row of an int64 matrix."""
    return wrap(_C.nonzero(raw(x), False))


def nonzero(x, /):
    """The indices of the elements that are not 0: a tuple of one 1-d int64 tensor per axis.

    Raises:
        ValueError: x is 0-d, which has no axis.
    """
    if as_array(x, "nonzero", "x").ndim == 0:
        raise ValueError("nonzero: a 0-d tensor has no axes to index; use atleast_1d first")
    return tuple([wrap(indices) for indices in _C.unbind(_C.nonzero(raw(x), True), 0)])


# ---- methods -------------------------------------------------------------------------------------


def _iterate(x):
    """The parts along the first axis, in order."""
    from gemmule.ops.shape_join import unbind

    if raw(x).ndim == 0:
        raise TypeError("a 0-d tensor cannot be iterated over")
    return iter(unbind(x, 0))


def _contains(x, value):
    """Whether an element equals `value`."""
    return bool(_C.item(_C.any(_C.equal(raw(x), raw(value)), None, False)))


def _nonzero_method(x, *, as_tuple=False):
    """:func:`gemmule.argwhere`, or with `as_tuple` :func:`gemmule.nonzero`."""
    return nonzero(x) if as_tuple else argwhere(x)


def _take_method(x, indices):
    """Elements of the flattened tensor."""
    return take(x, indices)


def _index_add_(x, dim, index, source, *, alpha=1):
    """:func:`gemmule.index_add` in place."""
    return _put_rows("index_add_", x, dim, index, source, alpha, True, True)


def _index_copy_(x, dim, index, source):
    """:func:`gemmule.index_copy` in place."""
    return _put_rows("index_copy_", x, dim, index, source, 1, False, True)


def _index_fill_(x, dim, index, value):
    """:func:`gemmule.index_fill` in place."""
    return _put_rows("index_fill_", x, dim, index, value, 1, False, True)


def _scatter_(x, dim, index, src=None, *, value=None):
    """:func:`gemmule.scatter` in place."""
    return _put_along("scatter_", x, dim, index, value if src is None else src, False, True)


def _scatter_add_(x, dim, index, src):
    """:func:`gemmule.scatter_add` in place."""
    return _put_along("scatter_add_", x, dim, index, src, True, True)


def _index_put_(x, indices, values):
    """``x[indices] = values`` for a tuple of index tensors."""
    _setitem_method(x, tuple(indices), values)
    return x


methods(
    {
        "__contains__": _contains,
        "__getitem__": _getitem_method,
        "__iter__": _iterate,
        "__setitem__": _setitem_method,
        "argwhere": argwhere,
        "gather": gather,
        "index_add": index_add,
        "index_add_": _index_add_,
        "index_copy": index_copy,
        "index_copy_": _index_copy_,
        "index_fill": index_fill,
        "index_fill_": _index_fill_,
        "index_put_": _index_put_,
        "index_select": index_select,
        "masked_select": masked_select,
        "nonzero": _nonzero_method,
        "scatter": scatter,
        "scatter_": _scatter_,
        "scatter_add": scatter_add,
        "scatter_add_": _scatter_add_,
        "select": select,
        "take": _take_method,
        "take_along_dim": take_along_dim,
    }
)
