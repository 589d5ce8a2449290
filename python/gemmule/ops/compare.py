"""Elementwise questions, with results of bool, and choices between elements."""

from gemmule import _C
from gemmule.autograd import before_write, recording, track, track_write
from gemmule.dtypes import finfo
from gemmule.ops.out import check_out, copied, into
from gemmule.tensor import as_array, methods, no_tensor, raw, wrap

__all__ = [
    "allclose",
    "clamp",
    "clip",
    "equal",
    "greater",
    "greater_equal",
    "isclose",
    "isfinite",
    "isinf",
    "isnan",
    "less",
    "less_equal",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "masked_fill",
    "nan_to_num",
    "not_equal",
    "signbit",
    "where",
]

_Array = _C.Array
_equal, _not_equal, _less, _greater = _C.equal, _C.not_equal, _C.less, _C.greater
_less_equal, _greater_equal = _C.less_equal, _C.greater_equal
_where, _masked_fill, _clip = _C.where, _C.masked_fill, _C.clip
_maximum, _minimum, _copy, _shares = _C.maximum, _C.minimum, _C.copy, _C.shares
_infinity = float("inf")


# ---- comparison ---------------------------------------------------------------------------------


def equal(x1, x2, /, *, out=None):
    """Whether x1 == x2, elementwise.

    Args:
        x1, x2: tensors or Python numbers whose shapes broadcast together.
        out: a tensor to write the result into.

    Raises:
        ValueError: the shapes do not broadcast.
    """
    if out is not None:
        return copied(out, "equal", _C.equal, (x1, x2))
    return wrap(_equal(raw(x1), raw(x2)))


def not_equal(x1, x2, /, *, out=None):
    """Whether x1 != x2, elementwise. See :func:`equal`. Written into `out` if given."""
    if out is not None:
        return copied(out, "not_equal", _C.not_equal, (x1, x2))
    return wrap(_not_equal(raw(x1), raw(x2)))


def less(x1, x2, /, *, out=None):
    """Whether x1 < x2, elementwise. See :func:`equal`. Written into `out` if given."""
    if out is not None:
        return copied(out, "less", _C.less, (x1, x2))
    return wrap(_less(raw(x1), raw(x2)))


def less_equal(x1, x2, /, *, out=None):
    """Whether x1 <= x2, elementwise. See :func:`equal`. Written into `out` if given."""
    if out is not None:
        return copied(out, "less_equal", _C.less_equal, (x1, x2))
    return wrap(_less_equal(raw(x1), raw(x2)))


def greater(x1, x2, /, *, out=None):
    """Whether x1 > x2, elementwise. See :func:`equal`. Written into `out` if given."""
    if out is not None:
        return copied(out, "greater", _C.greater, (x1, x2))
    return wrap(_greater(raw(x1), raw(x2)))


def greater_equal(x1, x2, /, *, out=None):
    """Whether x1 >= x2, elementwise. See :func:`equal`. Written into `out` if given."""
    if out is not None:
        return copied(out, "greater_equal", _C.greater_equal, (x1, x2))
    return wrap(_greater_equal(raw(x1), raw(x2)))


def isclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Whether |input - other| ≤ atol + rtol·|other|, elementwise, or both are one infinity.

    Args:
        input, other: tensors or Python numbers whose shapes broadcast together.
        rtol, atol: relative and absolute tolerance, at least 0.
        equal_nan: whether NaN is close to NaN.
    """
    return wrap(_C.isclose(raw(input), raw(other), rtol, atol, equal_nan))


def allclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Whether all elements are close, as a Python bool. See :func:`isclose`."""
    close = _C.isclose(raw(input), raw(other), rtol, atol, equal_nan)
    return bool(_C.item(_C.all(close, None, False)))


# ---- logic --------------------------------------------------------------------------------------


def logical_and(x1, x2, /, *, out=None):
    """Whether both are true (not 0), elementwise. Written into `out` if given."""
    if out is not None:
        return copied(out, "logical_and", _C.logical_and, (x1, x2))
    return wrap(_C.logical_and(raw(x1), raw(x2)))


def logical_or(x1, x2, /, *, out=None):
    """Whether any of the two is true (not 0), elementwise. Written into `out` if given."""
    if out is not None:
        return copied(out, "logical_or", _C.logical_or, (x1, x2))
    return wrap(_C.logical_or(raw(x1), raw(x2)))


def logical_xor(x1, x2, /, *, out=None):
    """Whether exactly one of the two is true (not 0), elementwise. Written into `out` if given."""
    if out is not None:
        return copied(out, "logical_xor", _C.logical_xor, (x1, x2))
    return wrap(_C.logical_xor(raw(x1), raw(x2)))


def logical_not(x, /, *, out=None):
    """Whether x is 0, elementwise. Written into `out` if given."""
    if out is not None:
        return copied(out, "logical_not", _C.logical_not, (x,))
    return wrap(_C.logical_not(raw(x)))


def isnan(x, /, *, out=None):
    """Whether x is NaN, elementwise. Written into `out` if given."""
    if out is not None:
        return copied(out, "isnan", _C.isnan, (x,))
    return wrap(_C.isnan(raw(x)))


def isinf(x, /, *, out=None):
    """Whether x is infinite, elementwise. Written into `out` if given."""
    if out is not None:
        return copied(out, "isinf", _C.isinf, (x,))
    return wrap(_C.isinf(raw(x)))


def isfinite(x, /, *, out=None):
    """Whether x is neither infinite nor NaN, elementwise. Written into `out` if given."""
    if out is not None:
        return copied(out, "isfinite", _C.isfinite, (x,))
    return wrap(_C.isfinite(raw(x)))


def signbit(x, /, *, out=None):
    """Whether the sign of x is minus, elementwise: that of -0.0 is. Written into `out` if given."""
    if out is not None:
        return copied(out, "signbit", _C.signbit, (x,))
    return wrap(_C.signbit(raw(x)))


# ---- choice -------------------------------------------------------------------------------------


def where(condition, x1, x2, /, *, out=None):
    """x1 where the condition is true, else x2, elementwise.

    Args:
        condition: bool tensor; of another dtype, true is what is not 0.
        x1, x2: tensors or Python numbers. All three shapes broadcast together.
        out: a tensor to write the result into.
    """
    c = _condition(condition, "where", "condition")
    if out is not None:
        check_out(out, "where", (x1, x2))
        _where(c, raw(x1), raw(x2), raw(out))
        return out
    return track(_where(c, raw(x1), raw(x2)), (x1, x2), _where_vjp, (c,))


def _condition(value, op, name):
    array = raw(value)
    if type(array) is _Array:
        return array
    if not isinstance(array, (int, float)):
        raise no_tensor(value, op, name)
    return _C.full((), bool(array))


def _where_vjp(gs, needs, c):
    g = gs[0]
    return _where(c, g, 0.0) if needs[0] else None, _where(c, 0.0, g) if needs[1] else None


def masked_fill(input, mask, value):
    """`value` where the mask is true, else input, in input's dtype.

    Args:
        input: tensor.
        mask: bool tensor; its shape and input's broadcast together.
        value: number or 0-d tensor.

    Raises:
        TypeError: the dtype cannot hold the value, or the mask is not of bool.
    """
    m = _condition(mask, "masked_fill", "mask")
    y = _masked_fill(raw(input), m, raw(value))
    return track(y, (input, value), _masked_fill_vjp, (m,))


def _masked_fill_vjp(gs, needs, m):
    g = gs[0]
    return _where(m, 0.0, g) if needs[0] else None, _where(m, g, 0.0) if needs[1] else None


def clip(x, /, min=None, max=None, *, out=None):
    """min(max(x, min), max), elementwise; NaN stays.

    Args:
        x: tensor.
        min, max: lower and upper bound: numbers, tensors that broadcast with x, or None for no
            bound. The gradient passes where min ≤ x ≤ max.
        out: a tensor to write the result into.

    Example:
        >>> gemmule.clip(gemmule.tensor([-2, 0, 5]), 0, 3)
        tensor([0, 0, 3])
    """
    if out is not None:
        if min is None and max is None:
            return copied(out, "clip", _C.alias, (x,))
        return into(out, "clip", _clipped, (x, min, max))
    a, low, high = raw(x), _bound(min, "min"), _bound(max, "max")
    return track(_clipped(a, low, high), (x, min, max), _clip_vjp, (a, low, high))


def _bound(value, name):
    bound = None if value is None else raw(value)
    if bound is not None and type(bound) is not _Array and not isinstance(bound, (int, float)):
        raise no_tensor(value, "clip", name)
    return bound


def _clipped(a, low, high, out=None):
    if low is None and high is None:
        return _copy(a) if out is None else out
    if high is None:
        return _maximum(low, a, out)
    if low is None:
        return _minimum(high, a, out)
    return _clip(a, low, high, out)


def _clip_vjp(gs, needs, a, low, high):
    g = gs[0]
    dx = dlow = dhigh = None
    if needs[0]:
        dx = _C.clip_backward(
            g, a, -_infinity if low is None else low, _infinity if high is None else high
        )
    # What was raised to `low` stays there unless `high` is lower still.
    if needs[1]:
        taken = _less(a, low)
        if high is not None:
            taken = _C.logical_and(taken, _less(low, high))
        dlow = _where(taken, g, 0.0)
    if needs[2]:
        taken = _greater(a, high)
        if low is not None:
            taken = _C.logical_or(taken, _less(high, low))
        dhigh = _where(taken, g, 0.0)
    return dx, dlow, dhigh


clamp = clip


# ---- methods ------------------------------------------------------------------------------------


def _apart(value, target):
    """`value`, or a copy of it if a write to the Array `target` would change it."""
    return _copy(value) if type(value) is _Array and _shares(value, target) else value


def _masked_fill_(self, mask, value):
    """Write `value` where the mask is true."""
    before_write(self, "masked_fill_")
    a, m, v = raw(self), _condition(mask, "masked_fill_", "mask"), raw(value)
    saved = (_apart(m, a),) if recording((self, value)) else ()
    _masked_fill(a, m, v, a)
    return track_write(self, (self, value), _masked_fill_vjp, saved)


def _clip_(self, min=None, max=None):
    """Clip in place; see :func:`clip`."""
    before_write(self, "clamp_")
    a, low, high = raw(self), _bound(min, "min"), _bound(max, "max")
    saved: tuple = ()
    if recording((self, min, max)):
        saved = (_copy(a), _apart(low, a), _apart(high, a))
    _clipped(a, low, high, a)
    return track_write(self, (self, min, max), _clip_vjp, saved)


def _clamp_min(self, min):
    """Elements no smaller than `min`. See :func:`gemmule.clip`."""
    return clip(self, min)


def _clamp_max(self, max):
    """Elements no larger than `max`. See :func:`gemmule.clip`."""
    return clip(self, None, max)


def _clamp_min_(self, min):
    return _clip_(self, min)


def _clamp_max_(self, max):
    return _clip_(self, None, max)


def _where_method(self, condition, other):
    """self where the condition is true, else other."""
    return where(condition, self, other)


def _equal_method(self, other):
    """Whether shape and all elements are equal, as a Python bool; see also :func:`equal`."""
    a, b = as_array(self, "equal"), as_array(other, "equal", "other")
    if a.shape != b.shape:
        return False
    return bool(_C.item(_C.all(_equal(a, b), None, False)))


def _eq(x, other):
    if other is None or isinstance(other, str):
        return NotImplemented  # type: ignore[no-any-return]  # as operators do
    return equal(x, other)


def _ne(x, other):
    if other is None or isinstance(other, str):
        return NotImplemented  # type: ignore[no-any-return]  # as operators do
    return not_equal(x, other)


def nan_to_num(input, nan=0.0, posinf=None, neginf=None):
    """NaN and infinities replaced by numbers; the gradient flows through the other elements.

    Args:
        nan: what stands for NaN.
        posinf, neginf: what stands for the infinities; None is the dtype's largest and smallest
            finite number.
    """
    a = as_array(input, "nan_to_num")
    if not a.dtype.is_floating_point:
        return wrap(_C.copy(a))
    limits = finfo(a.dtype)
    for holds, value in (
        (_not_equal(a, a), nan),
        (_equal(a, _infinity), limits.max if posinf is None else posinf),
        (_equal(a, -_infinity), limits.min if neginf is None else neginf),
    ):
        input = masked_fill(input, wrap(holds), value)
    return input


methods(
    {
        "__eq__": _eq,
        "__ne__": _ne,
        "__lt__": less,
        "__le__": less_equal,
        "__gt__": greater,
        "__ge__": greater_equal,
        "eq": equal,
        "ne": not_equal,
        "lt": less,
        "le": less_equal,
        "gt": greater,
        "ge": greater_equal,
        "equal": _equal_method,
        "not_equal": not_equal,
        "less": less,
        "less_equal": less_equal,
        "greater": greater,
        "greater_equal": greater_equal,
        "isclose": isclose,
        "allclose": allclose,
        "logical_and": logical_and,
        "logical_or": logical_or,
        "logical_xor": logical_xor,
        "logical_not": logical_not,
        "isnan": isnan,
        "isinf": isinf,
        "isfinite": isfinite,
        "signbit": signbit,
        "where": _where_method,
        "masked_fill": masked_fill,
        "nan_to_num": nan_to_num,
        "masked_fill_": _masked_fill_,
        "clip": clip,
        "clip_": _clip_,
        "clamp": clip,
        "clamp_": _clip_,
        "clamp_min": _clamp_min,
        "clamp_min_": _clamp_min_,
        "clamp_max": _clamp_max,
        "clamp_max_": _clamp_max_,
    }
)
