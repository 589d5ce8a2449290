"""Tensors from data and from scratch, and writing over one in place."""

import math

import numpy

from gemmule import _C
from gemmule.autograd import before_write, track, track_view, track_write
from gemmule.devices import check_device, move, name_of
from gemmule.dtypes import as_dtype
from gemmule.ops.cast import moved
from gemmule.tensor import Tensor, as_array, methods, raw, wrap

__all__ = [
    "arange",
    "as_tensor",
    "asarray",
    "clone",
    "diag",
    "diagonal",
    "empty",
    "empty_like",
    "eye",
    "from_numpy",
    "full",
    "full_like",
    "linspace",
    "meshgrid",
    "ones",
    "ones_like",
    "tensor",
    "trace",
    "tril",
    "triu",
    "zeros",
    "zeros_like",
]

_full, _empty, _copy, _astype, _fill = _C.full, _C.empty, _C.copy, _C.astype, _C.fill
_float32 = _C.float32


def _finish(array, requires_grad, device=None):
    result = wrap(move(array, device))
    return result.requires_grad_() if requires_grad else result


# ---- from data -----------------------------------------------------------------------------------


def _strong_float64(obj):
    """Whether nested lists hold a float64 that is not a plain Python float."""
    if isinstance(obj, (list, tuple)):
        for item in obj:
            if _strong_float64(item):
                return True
        return False
    return isinstance(obj, (numpy.ndarray, numpy.generic)) and obj.dtype == numpy.float64


def _plain(obj, depth=0):
    """Nested lists with ndarrays in place of Tensors."""
    if isinstance(obj, Tensor):
        return obj.detach().numpy()
    if isinstance(obj, (list, tuple)):
        if depth == 64:  # NumPy's most axes; a list may hold itself
            raise ValueError("expected lists nested at most 64 deep")
        return [_plain(item, depth + 1) for item in obj]
    return obj


def _to_array(op, obj, dtype=None):
    """(Array, whether nobody else has its memory) of whatever holds numbers.

    Python's numbers are given `dtype` at once, where a way through float32 would lose digits;
    others are left as they are.
    """
    if isinstance(obj, Tensor):
        return obj._array, False
    if isinstance(obj, (bool, int, float)) and not isinstance(obj, numpy.generic):
        if isinstance(obj, int) and obj > 0 and obj.bit_length() > 63:
            exact = dtype is not None and dtype is not _C.bfloat16
            obj = numpy.asarray(obj, dtype.name if exact else "uint64")
        else:
            return _full((), obj, dtype), True
    if isinstance(obj, (list, tuple)):
        obj = _plain(obj)
        exact = dtype is not None and dtype is not _C.bfloat16
        ndarray = numpy.asarray(obj, dtype.name if exact else None)
        _check_numbers(op, ndarray, obj)
        array = _C.from_buffer(ndarray)
        if dtype is None and ndarray.dtype == numpy.float64 and not _strong_float64(obj):
            return _astype(array, _float32), True
        return array, True
    if not isinstance(obj, numpy.ndarray):
        if hasattr(obj, "__dlpack__") and not hasattr(obj, "__array__"):
            from gemmule.ops.dlpack import from_dlpack

            return from_dlpack(obj)._array, False
        given, obj = obj, numpy.asarray(obj)
        _check_numbers(op, obj, given)
    if obj.dtype.name == "bfloat16":  # of ml_dtypes: PEP 3118 has no code for it
        return _C.reinterpret(_C.from_buffer(obj.view(numpy.uint16)), _C.bfloat16), False
    if not obj.flags.aligned or not obj.dtype.isnative:
        return _C.from_buffer(numpy.array(obj, obj.dtype.newbyteorder("="))), True
    _check_numbers(op, obj, obj)
    return _C.from_buffer(obj), False


def _check_numbers(op, ndarray, given):
    """Raise where what NumPy made of an argument holds no real numbers."""
    if ndarray.dtype.kind in "OSUVmMc" and ndarray.dtype.name != "bfloat16":
        kind = type(given).__name__
        if ndarray.dtype.kind == "c":
            what = "complex numbers, for which there is no dtype"
        else:
            what = "no numbers" if ndarray.ndim else f"{given!r:.40}, no number"
        raise TypeError(f"{op}: expected numbers or arrays of them, got {kind}: {what}")


def tensor(data, *, dtype=None, device=None, requires_grad=False):
    """A Tensor with a copy of `data`.

    Args:
        data: a Tensor, an ndarray, a number, or nested sequences of these.
        dtype: element type; None keeps that of arrays, and makes Python floats float32 and
            Python ints int64.
        device: ``"cpu"`` or None.
        requires_grad: whether backward shall compute a gradient for it.

    Example:
        >>> gemmule.tensor([[1.0, 2.0], [3.0, 4.0]]).shape
        (2, 2)
    """
    check_device("tensor", device)
    to = None if dtype is None else as_dtype(dtype)
    array, fresh = _to_array("tensor", data, to)
    if to is not None and to is not array.dtype:
        array = _astype(array, to)
    elif not fresh or array.is_shared:
        array = _copy(array)
    return _finish(array, requires_grad, device)


def asarray(obj, /, *, dtype=None, device=None, copy=None):
    """A Tensor of `obj`'s data, sharing memory where it can.

    Args:
        obj: a Tensor, an object with the buffer protocol, a number or nested sequences of numbers.
        dtype: element type; None keeps that of the data (float32 and int64 for Python numbers).
        device: ``"cpu"`` or None.
        copy: True always copies, False raises rather than copy, None copies where it must.

    Raises:
        ValueError: `copy` is False and a copy is needed.
    """
    check_device("asarray", device)
    to = None if dtype is None else as_dtype(dtype)
    array, fresh = _to_array("asarray", obj, to)
    if to is None:
        to = array.dtype
    if copy is False and (fresh or to is not array.dtype):
        raise ValueError("asarray: this data cannot be shared without a copy")
    if to is not array.dtype:
        array = _astype(array, to)
    elif copy and not fresh:
        array = _copy(array)
    elif isinstance(obj, Tensor):
        return obj if device is None else moved(obj, device)
    return wrap(move(array, device))


def as_tensor(data, dtype=None, device=None):
    """PyTorch's name of :func:`asarray`."""
    return asarray(data, dtype=dtype, device=device)


def from_numpy(ndarray, /):
    """A Tensor that shares an ndarray's memory."""
    return asarray(ndarray, copy=False)


# ---- of one value --------------------------------------------------------------------------------


def _sizes(sizes):
    """A shape given as one sequence or as one int each."""
    return sizes[0] if len(sizes) == 1 and not isinstance(sizes[0], int) else sizes


def _shape(first, more):
    """The same where the first is an argument of its own, ``shape``, as the standard has it."""
    return (first, *more) if more or isinstance(first, int) else first


def _dtype(dtype, otherwise=_float32):
    return otherwise if dtype is None else as_dtype(dtype)


def zeros(shape, *sizes, dtype=None, device=None, requires_grad=False):
    """A Tensor of zeros, float32 unless `dtype` says otherwise."""
    check_device("zeros", device)
    return _finish(_full(_shape(shape, sizes), 0, _dtype(dtype), name_of(device)), requires_grad)


def ones(shape, *sizes, dtype=None, device=None, requires_grad=False):
    """A Tensor of ones, float32 unless `dtype` says otherwise."""
    check_device("ones", device)
    return _finish(_full(_shape(shape, sizes), 1, _dtype(dtype), name_of(device)), requires_grad)


def empty(shape, *sizes, dtype=None, device=None, requires_grad=False):
    """A Tensor of unspecified values, float32 unless `dtype` says otherwise."""
    check_device("empty", device)
    return _finish(_empty(_shape(shape, sizes), _dtype(dtype), name_of(device)), requires_grad)


def full(shape, fill_value, *, dtype=None, device=None, requires_grad=False):
    """A Tensor of one value. None as `dtype` is that of the value: float32, int64 or bool."""
    check_device("full", device)
    array = _full(shape, raw(fill_value), _dtype(dtype, None), name_of(device))
    return _finish(array, requires_grad)


def zeros_like(x, /, *, dtype=None, device=None, requires_grad=False):
    """Zeros of another tensor's shape and dtype."""
    return _like("zeros_like", x, 0, dtype, device, requires_grad)


def ones_like(x, /, *, dtype=None, device=None, requires_grad=False):
    """Ones of another tensor's shape and dtype."""
    return _like("ones_like", x, 1, dtype, device, requires_grad)


def empty_like(x, /, *, dtype=None, device=None, requires_grad=False):
    """Unspecified values of another tensor's shape and dtype."""
    check_device("empty_like", device)
    a = as_array(x, "empty_like", "x")
    return _finish(_empty(a.shape, _dtype(dtype, a.dtype), str(device or a.device)), requires_grad)


def full_like(x, /, fill_value, *, dtype=None, device=None, requires_grad=False):
    """One value in another tensor's shape and dtype."""
    return _like("full_like", x, fill_value, dtype, device, requires_grad)


def _like(op, x, fill_value, dtype, device, requires_grad):
    check_device(op, device)
    a = as_array(x, op, "x")
    array = _full(a.shape, raw(fill_value), _dtype(dtype, a.dtype), str(device or a.device))
    return _finish(array, requires_grad)


# ---- of several ----------------------------------------------------------------------------------


def arange(start, /, stop=None, step=1, *, dtype=None, device=None, requires_grad=False):
    """The numbers start, start + step, … before stop.

    Args:
        start, stop, step: ints or floats; with one argument it is `stop`, and start is 0.
        dtype: None is int64, or float32 if a float is among the arguments.

    Raises:
        ValueError: `step` is 0.
    """
    check_device("arange", device)
    if stop is None:
        start, stop = 0, start
    start, stop, step = [
        x.item() if isinstance(x, (Tensor, numpy.generic)) else x for x in (start, stop, step)
    ]
    if step == 0:
        raise ValueError("arange: step must not be 0")
    if isinstance(start, int) and isinstance(stop, int) and isinstance(step, int):
        count = max(0, -((start - stop) // step))
        dtype = _dtype(dtype, _C.int64)
    else:
        count = max(0, math.ceil((stop - start) / step))
        dtype = _dtype(dtype)
    return _finish(_C.arange(start, step, count, dtype, name_of(device)), requires_grad)


def linspace(start, stop, /, num, *, dtype=None, device=None, endpoint=True, requires_grad=False):
    """`num` numbers at equal distances from `start` to `stop`, which `endpoint` includes."""
    check_device("linspace", device)
    if num < 0:
        raise ValueError(f"linspace: num must not be negative, got {num}")
    start, stop = float(start), float(stop)
    steps = num - 1 if endpoint else num
    out = _C.arange(start, (stop - start) / steps if steps > 0 else 0.0, num, _C.float64)
    if endpoint and num > 1:
        _fill(_C.slice(out, 0, num - 1, 1, 1), stop, "linspace")
    return _finish(_astype(out, _dtype(dtype)), requires_grad, device)


def eye(n_rows, n_cols=None, /, *, k=0, dtype=None, device=None, requires_grad=False):
    """A matrix of zeros with ones on its k-th diagonal."""
    check_device("eye", device)
    n_cols = n_rows if n_cols is None else n_cols
    out = _full((n_rows, n_cols), 0, _dtype(dtype))
    _fill(_C.diagonal(out, max(-n_rows, min(k, n_cols)), 0, 1), 1, "eye")
    return _finish(out, requires_grad, device)


def meshgrid(*arrays, indexing="xy"):
    """Coordinate grids: views of 1-d tensors in the shape that they span together, as a tuple.

    Args:
        arrays: 1-d tensors, or one sequence of them.
        indexing: ``"ij"``: axis i runs along array i; ``"xy"`` swaps the first two axes.
    """
    from gemmule.ops.shape import broadcast_arrays, reshape, swapaxes

    if len(arrays) == 1 and isinstance(arrays[0], (list, tuple)):
        arrays = tuple(arrays[0])
    if indexing not in ("ij", "xy"):
        raise ValueError(f"meshgrid: indexing must be 'ij' or 'xy', got {indexing!r}")
    n = len(arrays)
    spread = []
    for i, x in enumerate(arrays):
        if as_array(x, "meshgrid", f"arrays[{i}]").ndim > 1:
            raise ValueError(f"meshgrid: array {i} has shape {raw(x).shape}, expected 1 dimension")
        spread.append(reshape(x, [-1 if j == i else 1 for j in range(n)]))
    grids = broadcast_arrays(*spread)
    return tuple([swapaxes(g, 0, 1) if indexing == "xy" and n > 1 else g for g in grids])


# ---- triangles and diagonals ---------------------------------------------------------------------


def _diagonal_of(k):
    """k within 32 bits: beyond, every diagonal is outside every matrix."""
    return max(-(1 << 31), min(k, 1 << 31))


def tril(x, /, *, k=0):
    """The elements on and below the k-th diagonal of the last two axes; zeros elsewhere."""
    k = _diagonal_of(k)
    return track(_C.triangle(raw(x), k, False), (x,), _tril_vjp, (k,))


def _tril_vjp(gs, needs, k):
    return (_C.triangle(gs[0], k, False),)


def triu(x, /, *, k=0):
    """The elements on and above the k-th diagonal of the last two axes; zeros elsewhere."""
    k = _diagonal_of(k)
    return track(_C.triangle(raw(x), k, True), (x,), _triu_vjp, (k,))


def _triu_vjp(gs, needs, k):
    return (_C.triangle(gs[0], k, True),)


def diagonal(x, offset=0, dim1=0, dim2=1):
    """A view of the elements on a diagonal of two axes, which becomes the last axis."""
    a = raw(x)
    out = _C.diagonal(a, offset, dim1, dim2)
    return track_view(out, x, _diagonal_vjp, (a.shape, offset, dim1, dim2))


def _diagonal_vjp(gs, needs, shape, offset, dim1, dim2):
    g = gs[0]
    out = _full(shape, 0, g.dtype, g.device)
    _fill(_C.diagonal(out, offset, dim1, dim2), g, "diagonal")
    return (out,)


def diag(x, diagonal=0):
    """The k-th diagonal of a matrix, copied; or the matrix that has a 1-d tensor on it."""
    a = as_array(x, "diag", "x")
    if a.ndim == 2:
        return track(
            _copy(_C.diagonal(a, diagonal, 0, 1)), (x,), _diagonal_vjp, (a.shape, diagonal, 0, 1)
        )
    if a.ndim != 1:
        raise ValueError(f"diag: expected 1 or 2 dimensions, got shape {a.shape}")
    size = a.shape[0] + abs(diagonal)
    out = _full((size, size), 0, a.dtype, a.device)
    _fill(_C.diagonal(out, diagonal, 0, 1), a, "diag")
    return track(out, (x,), _diag_vjp, (diagonal,))


def _diag_vjp(gs, needs, offset):
    return (_C.diagonal(gs[0], offset, 0, 1),)


# ---- copies, and writing in place ----------------------------------------------------------------


def clone(x):
    """A copy, through which gradients flow."""
    return track(_copy(raw(x)), (x,), _clone_vjp, ())


def _clone_vjp(gs, needs):
    return gs


def _write(x, value, name):
    """x[...] = value. What x held before gets no gradient."""
    before_write(x, name)
    _fill(raw(x), raw(value), name)
    return track_write(x, (x, value), _fill_vjp, ())


def _fill_vjp(gs, needs):
    return None, gs[0]  # summed back to the value's shape by the walk


def _zero_(x):
    """Set every element to 0, in place."""
    return _write(x, 0, "zero_")


def _fill_(x, value):
    """Set every element to one value, in place."""
    return _write(x, value, "fill_")


def _copy_(x, source, non_blocking=False):
    """Write another tensor, which broadcasts to this one's shape, over this one in place."""
    return _write(x, source, "copy_")


def _new(op, x, shape, value, dtype, device, requires_grad):
    check_device(op, device)
    a = raw(x)
    array = _full(shape, raw(value), _dtype(dtype, a.dtype), str(device or a.device))
    return _finish(array, requires_grad)


def _new_zeros(x, *size, dtype=None, device=None, requires_grad=False):
    """Zeros of a shape, of this tensor's dtype."""
    return _new("new_zeros", x, _sizes(size), 0, dtype, device, requires_grad)


def _new_ones(x, *size, dtype=None, device=None, requires_grad=False):
    """Ones of a shape, of this tensor's dtype."""
    return _new("new_ones", x, _sizes(size), 1, dtype, device, requires_grad)


def _new_full(x, size, fill_value, dtype=None, device=None, requires_grad=False):
    """One value in a shape, of this tensor's dtype."""
    return _new("new_full", x, size, fill_value, dtype, device, requires_grad)


def _new_empty(x, *size, dtype=None, device=None, requires_grad=False):
    """Unspecified values of a shape, of this tensor's dtype."""
    check_device("new_empty", device)
    a = raw(x)
    array = _empty(_sizes(size), _dtype(dtype, a.dtype), str(device or a.device))
    return _finish(array, requires_grad)


def _new_tensor(x, data, dtype=None, device=None, requires_grad=False):
    """A copy of `data`, of this tensor's dtype."""
    return tensor(
        data, dtype=_dtype(dtype, raw(x).dtype), device=device, requires_grad=requires_grad
    )


def _tril_method(x, diagonal=0):
    """The lower triangle. See :func:`gemmule.tril`."""
    return tril(x, k=diagonal)


def _triu_method(x, diagonal=0):
    """The upper triangle. See :func:`gemmule.triu`."""
    return triu(x, k=diagonal)


def trace(input):
    """The sum of a matrix's diagonal. Of stacks of them: :func:`gemmule.linalg.trace`.

    Args:
        input: matrix (m, n) of any dtype.

    Returns:
        Shape (), of the dtype that :func:`sum` has: int64 of integers and bool.

    Raises:
        TypeError: `input` is no Tensor.
        ValueError: it is no matrix.
    """
    if as_array(input, "trace").ndim != 2:
        raise ValueError(f"trace: expected a matrix, got shape {raw(input).shape}")
    return diagonal(input).sum()


methods(
    {
        "clone": clone,
        "copy_": _copy_,
        "diag": diag,
        "diagonal": diagonal,
        "fill_": _fill_,
        "new_empty": _new_empty,
        "new_full": _new_full,
        "new_ones": _new_ones,
        "new_tensor": _new_tensor,
        "new_zeros": _new_zeros,
        "trace": trace,
        "tril": _tril_method,
        "triu": _triu_method,
        "zero_": _zero_,
    }
)
