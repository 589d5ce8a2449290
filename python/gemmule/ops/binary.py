"""Elementwise arithmetic on two operands, broadcast to one shape."""

import numpy

from gemmule import _C
from gemmule.autograd import before_write, recording, track, track_write
from gemmule.devices import filled_like
from gemmule.dtypes import result_type
from gemmule.ops.host import borrow
from gemmule.ops.out import into
from gemmule.tensor import methods, raw, tracked, wrap

__all__ = [
    "add",
    "addcdiv",
    "addcmul",
    "atan2",
    "bitwise_and",
    "bitwise_left_shift",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "copysign",
    "div",
    "divide",
    "floor_divide",
    "fmod",
    "hypot",
    "lerp",
    "logaddexp",
    "maximum",
    "minimum",
    "mul",
    "multiply",
    "nextafter",
    "pow",
    "remainder",
    "sub",
    "subtract",
    "true_divide",
]

_Array = _C.Array
_add, _subtract, _multiply, _divide = _C.add, _C.subtract, _C.multiply, _C.divide
_floor_divide, _remainder, _fmod, _pow = _C.floor_divide, _C.remainder, _C.fmod, _C.pow
_maximum, _minimum, _larger_takes = _C.maximum, _C.minimum, _C.larger_takes
_copy, _shares = _C.copy, _C.shares


def add(x1, x2, /, *, out=None):
    """x1 + x2, elementwise; of bool, or.

    Args:
        x1, x2: tensors or Python numbers whose shapes broadcast together. A Python number takes
            the tensor's dtype, but a float makes integers float32.
        out: a tensor to write into, of the result's shape; it may be an operand. No gradient is
            recorded, and where one would have to be, it is refused.

    Raises:
        ValueError: the shapes do not broadcast, or `out` has another one.
        TypeError: `out` has a dtype of another kind.
        RuntimeError: `out` is given, and an operand requires grad.
    """
    if out is not None:
        return into(out, "add", _C.add, (x1, x2))
    return track(_add(raw(x1), raw(x2)), (x1, x2), _add_vjp, ())


def _add_vjp(gs, needs):
    g = gs[0]
    return g, g


def subtract(x1, x2, /, *, out=None):
    """x1 - x2, elementwise. See :func:`add`. Written into `out` if given."""
    if out is not None:
        return into(out, "subtract", _C.subtract, (x1, x2))
    return track(_subtract(raw(x1), raw(x2)), (x1, x2), _subtract_vjp, ())


def _subtract_vjp(gs, needs):
    g = gs[0]
    return g, -g if needs[1] else None


def multiply(x1, x2, /, *, out=None):
    """x1 · x2, elementwise; of bool, and. See :func:`add`. Written into `out` if given."""
    if out is not None:
        return into(out, "multiply", _C.multiply, (x1, x2))
    a, b = raw(x1), raw(x2)
    saved = (a if tracked(x2) else None, b if tracked(x1) else None)
    return track(_multiply(a, b), (x1, x2), _multiply_vjp, saved)


def _multiply_vjp(gs, needs, a, b):
    g = gs[0]
    return g * b if needs[0] else None, g * a if needs[1] else None


def divide(x1, x2, /, *, out=None):
    """x1 / x2, elementwise; integers give float32. See :func:`add`. Written into `out` if given."""
    if out is not None:
        return into(out, "divide", _C.divide, (x1, x2))
    a, b = raw(x1), raw(x2)
    return track(_divide(a, b), (x1, x2), _divide_vjp, (a if tracked(x2) else None, b))


def _divide_vjp(gs, needs, a, b):
    # y = a/b: dy/da = 1/b, dy/db = -a/b².
    g = gs[0] / b
    return g, -(g * (a / b)) if needs[1] else None


def floor_divide(x1, x2, /, *, out=None):
    """The largest integer at most x1 / x2, elementwise; integers by 0 give 0. No gradient.

    Written into `out` if given.
    """
    if out is not None:
        return into(out, "floor_divide", _C.floor_divide, (x1, x2))
    return wrap(_floor_divide(raw(x1), raw(x2)))


def remainder(x1, x2, /, *, out=None):
    """x1 - floor(x1/x2)·x2, elementwise, with the sign of x2; integers by 0 give 0.

    Written into `out` if given.
    """
    if out is not None:
        return into(out, "remainder", _C.remainder, (x1, x2))
    a, b = raw(x1), raw(x2)
    return track(_remainder(a, b), (x1, x2), _remainder_vjp, (a, b))


def _remainder_vjp(gs, needs, a, b):
    g = gs[0]
    return g, -(g * _floor_divide(a, b)) if needs[1] else None


def fmod(x1, x2, /, *, out=None):
    """x1 - trunc(x1/x2)·x2, elementwise, with the sign of x1; integers by 0 give 0.

    Written into `out` if given.
    """
    if out is not None:
        return into(out, "fmod", _C.fmod, (x1, x2))
    a, b = raw(x1), raw(x2)
    y = _fmod(a, b)
    return track(y, (x1, x2), _fmod_vjp, (a, b, y))


def _fmod_vjp(gs, needs, a, b, y):
    g = gs[0]
    return g, g * (_subtract(y, a) / b) if needs[1] else None


def pow(x1, x2, /, *, out=None):
    """x1 to the power of x2, elementwise. See :func:`add`.

    Written into `out` if given.

    Raises:
        ValueError: x1 is of integers and x2 a negative Python int.
    """
    if out is not None:
        return into(out, "pow", _C.pow, (x1, x2))
    a, b = raw(x1), raw(x2)
    y = _pow(a, b)
    if isinstance(b, (int, float)):
        return track(y, (x1,), _power_vjp, (y if b in _ROOTS else a, b))
    return track(y, (x1, x2), _pow_vjp, (a, b, y if tracked(x2) else None))


_ROOTS = (0.5, -0.5, -1)  # whose gradient is read off the result


def _power_vjp(gs, needs, saved, n):
    # y = x^n: dy/dx = n·x^(n-1), 0 for n = 0.
    return (_C.power_backward(gs[0], saved, n),)


def _pow_vjp(gs, needs, a, b, y):
    # y = a^b: dy/da as above; dy/db = y·log a, 0 where a is 0 (and b ≥ 0).
    g = gs[0]
    da = _C.power_base(g, a, b) if needs[0] else None
    return da, _C.power_exponent(g, y, a, b) if needs[1] else None


def maximum(x1, x2, /, *, out=None):
    """The larger of the two, elementwise; NaN where either is. Ties share the gradient.

    Written into `out` if given.
    """
    if out is not None:
        return into(out, "maximum", _C.maximum, (x1, x2))
    a, b = raw(x1), raw(x2)
    return track(_maximum(a, b), (x1, x2), _maximum_vjp, (a, b))


def _maximum_vjp(gs, needs, a, b):
    g = gs[0]
    da = _larger_takes(g, a, b) if needs[0] else None
    return da, _larger_takes(g, b, a) if needs[1] else None


def minimum(x1, x2, /, *, out=None):
    """The smaller of the two, elementwise; NaN where either is. Ties share the gradient.

    Written into `out` if given.
    """
    if out is not None:
        return into(out, "minimum", _C.minimum, (x1, x2))
    a, b = raw(x1), raw(x2)
    return track(_minimum(a, b), (x1, x2), _minimum_vjp, (a, b))


def _minimum_vjp(gs, needs, a, b):
    g = gs[0]
    da = _larger_takes(g, b, a) if needs[0] else None
    return da, _larger_takes(g, a, b) if needs[1] else None


def atan2(x1, x2, /, *, out=None):
    """The angle of the point (x2, x1), in [-π, π], elementwise. Written into `out` if given."""
    if out is not None:
        return into(out, "atan2", _C.atan2, (x1, x2))
    a, b = raw(x1), raw(x2)
    return track(_C.atan2(a, b), (x1, x2), _atan2_vjp, (a, b))


def _atan2_vjp(gs, needs, a, b):
    # dy/da = b/(a² + b²), dy/db = -a/(a² + b²).
    g = gs[0] / _add(_multiply(a, a), _multiply(b, b))
    return g * b if needs[0] else None, -(g * a) if needs[1] else None


def hypot(x1, x2, /, *, out=None):
    """√(x1² + x2²), elementwise, without overflow on the way. Written into `out` if given."""
    if out is not None:
        return into(out, "hypot", _C.hypot, (x1, x2))
    a, b = raw(x1), raw(x2)
    y = _C.hypot(a, b)
    return track(y, (x1, x2), _hypot_vjp, (a, b, y))


def _hypot_vjp(gs, needs, a, b, y):
    g = gs[0] / y
    return g * a if needs[0] else None, g * b if needs[1] else None


def copysign(x1, x2, /, *, out=None):
    """|x1| with the sign of x2, elementwise. Written into `out` if given."""
    if out is not None:
        return into(out, "copysign", _C.copysign, (x1, x2))
    a, b = raw(x1), raw(x2)
    return track(_C.copysign(a, b), (x1, x2), _copysign_vjp, (a, b))


def _copysign_vjp(gs, needs, a, b):
    g = gs[0]
    da = g * _C.copysign(1.0, a) * _C.copysign(1.0, b) if needs[0] else None
    return da, filled_like(g, 0) if needs[1] else None


def logaddexp(x1, x2, /, *, out=None):
    """log(e^x1 + e^x2), elementwise, without overflow on the way. Written into `out` if given."""
    if out is not None:
        return into(out, "logaddexp", _C.logaddexp, (x1, x2))
    a, b = raw(x1), raw(x2)
    return track(_C.logaddexp(a, b), (x1, x2), _logaddexp_vjp, (a, b))


def _logaddexp_vjp(gs, needs, a, b):
    # dy/da = e^a/(e^a + e^b) = 1/(1 + e^(b-a)).
    g = gs[0]
    da = g * _C.sigmoid(_subtract(a, b)) if needs[0] else None
    return da, g * _C.sigmoid(_subtract(b, a)) if needs[1] else None


def nextafter(x1, x2, /):
    """The representable value after x1 towards x2, elementwise; of floating point. No gradient.

    Raises:
        TypeError: an operand is no floating-point tensor or number.
    """
    dtype = result_type(x1, x2)
    if dtype is not _C.float32 and dtype is not _C.float64:
        raise TypeError(f"nextafter: expected float32 or float64, got {dtype.name}")
    a, b = [_C.astype(x, dtype) if type(x) is _Array else x for x in (raw(x1), raw(x2))]
    a, b = [_C.full((), x, dtype) if type(x) is not _Array else x for x in (a, b)]
    return borrow("nextafter", numpy.nextafter, wrap(a), wrap(b))


def bitwise_and(x1, x2, /, *, out=None):
    """x1 & x2 of integers or bool, elementwise. Written into `out` if given."""
    if out is not None:
        return into(out, "bitwise_and", _C.bitwise_and, (x1, x2))
    return wrap(_C.bitwise_and(raw(x1), raw(x2)))


def bitwise_or(x1, x2, /, *, out=None):
    """x1 | x2 of integers or bool, elementwise. Written into `out` if given."""
    if out is not None:
        return into(out, "bitwise_or", _C.bitwise_or, (x1, x2))
    return wrap(_C.bitwise_or(raw(x1), raw(x2)))


def bitwise_xor(x1, x2, /, *, out=None):
    """x1 ^ x2 of integers or bool, elementwise. Written into `out` if given."""
    if out is not None:
        return into(out, "bitwise_xor", _C.bitwise_xor, (x1, x2))
    return wrap(_C.bitwise_xor(raw(x1), raw(x2)))


def bitwise_left_shift(x1, x2, /, *, out=None):
    """x1 << x2 of integers, elementwise; a shift by the width or more gives 0.

    Written into `out` if given.
    """
    if out is not None:
        return into(out, "bitwise_left_shift", _C.bitwise_left_shift, (x1, x2))
    return wrap(_C.bitwise_left_shift(raw(x1), raw(x2)))


def bitwise_right_shift(x1, x2, /, *, out=None):
    """x1 >> x2 of integers, elementwise; a shift by the width or more leaves the sign.

    Written into `out` if given.
    """
    if out is not None:
        return into(out, "bitwise_right_shift", _C.bitwise_right_shift, (x1, x2))
    return wrap(_C.bitwise_right_shift(raw(x1), raw(x2)))


# ---- PyTorch's names and combinations -----------------------------------------------------------

true_divide = divide
mul = multiply


def _add_scaled(input, other, *, alpha=1, out=None):
    """input + alpha·other, elementwise. Written into `out` if given."""
    if out is not None:
        return into(out, "add", _scaled_into, (input, other), alpha)
    if type(alpha) is int and alpha == 1:
        return add(input, other)
    y = _C.add_scaled(raw(input), raw(other), alpha)
    return track(y, (input, other), _add_scaled_vjp, (alpha,))


def _scaled_into(a, b, alpha, target):
    return _C.add_scaled(a, b, alpha, target)


def _divided_into(a, b, rounding_mode, target):
    if rounding_mode is None:
        return _divide(a, b, target)
    return _rounded_divide(a, b, rounding_mode, target)


def _add_scaled_vjp(gs, needs, alpha):
    g = gs[0]
    return g, g * alpha if needs[1] else None


def sub(input, other, *, alpha=1, out=None):
    """input - alpha·other, elementwise: PyTorch's :func:`subtract`. Written into `out` if given."""
    if out is not None:
        return into(out, "sub", _scaled_into, (input, other), -alpha)
    if type(alpha) is int and alpha == 1:
        return subtract(input, other)
    return _add_scaled(input, other, alpha=-alpha)


def div(input, other, *, rounding_mode=None, out=None):
    """input / other, elementwise: PyTorch's :func:`divide`.

    Args:
        input, other: tensors or Python numbers whose shapes broadcast together.
        rounding_mode: None; "floor", as ``//``; "trunc", towards zero. Rounded, it has no gradient.
        out: a tensor to write the result into.
    """
    if out is not None:
        return into(out, "div", _divided_into, (input, other), rounding_mode)
    if rounding_mode is None:
        return divide(input, other)
    return wrap(_rounded_divide(raw(input), raw(other), rounding_mode))


def _rounded_divide(a, b, rounding_mode, out=None):
    if rounding_mode == "floor":
        return _floor_divide(a, b, out)
    if rounding_mode != "trunc":
        raise ValueError(f"div: rounding_mode is None, 'floor' or 'trunc', got {rounding_mode!r}")
    if _real(a) or _real(b):
        return _C.trunc(_divide(a, b), out)
    # What is left of an integer without its remainder divides exactly.
    return _floor_divide(_subtract(a, _fmod(a, b)), b, out)


def _real(value):
    return value.dtype.is_floating_point if type(value) is _Array else isinstance(value, float)


def addcmul(input, tensor1, tensor2, *, value=1, out=None):
    """input + value · tensor1 · tensor2, elementwise, in floating point.

    Written into `out` if given.
    """
    if out is not None:
        return into(out, "addcmul", _C.addcmul, (input, tensor1, tensor2), value)
    a, b, c = raw(input), raw(tensor1), raw(tensor2)
    return track(_C.addcmul(a, b, c, value), (input, tensor1, tensor2), _addcmul_vjp, (b, c, value))


def _addcmul_vjp(gs, needs, b, c, value):
    g = gs[0]
    db = g * c * value if needs[1] else None
    return g, db, g * b * value if needs[2] else None


def addcdiv(input, tensor1, tensor2, *, value=1, out=None):
    """input + value · tensor1 / tensor2, elementwise, in floating point.

    Written into `out` if given.
    """
    if out is not None:
        return into(out, "addcdiv", _C.addcdiv, (input, tensor1, tensor2), value)
    a, b, c = raw(input), raw(tensor1), raw(tensor2)
    return track(_C.addcdiv(a, b, c, value), (input, tensor1, tensor2), _addcdiv_vjp, (b, c, value))


def _addcdiv_vjp(gs, needs, b, c, value):
    g = gs[0]
    scaled = g * value / c
    return g, scaled, -(scaled * _divide(b, c)) if needs[2] else None


def lerp(input, end, weight, *, out=None):
    """input + weight · (end - input), elementwise, in floating point.

    Written into `out` if given.
    """
    if out is not None:
        return into(out, "lerp", _C.lerp, (input, end, weight))
    a, b, w = raw(input), raw(end), raw(weight)
    return track(_C.lerp(a, b, w), (input, end, weight), _lerp_vjp, (a, b, w))


def _lerp_vjp(gs, needs, a, b, w):
    g = gs[0]
    da = g * (1 - w) if needs[0] else None
    db = g * w if needs[1] else None
    return da, db, g * _subtract(b, a) if needs[2] else None


# ---- in place -----------------------------------------------------------------------------------


def _apart(value, target):
    """`value`, or a copy of it if a write to the Array `target` would change it."""
    return _copy(value) if type(value) is _Array and _shares(value, target) else value


def _write(name, op, x, other, vjp):
    """op(x, other) into x's own memory, for a rule that reads neither."""
    before_write(x, name)
    a = raw(x)
    op(a, raw(other), a)
    return track_write(x, (x, other), vjp, ())


def _write_saving(name, op, x, other, vjp):
    """The same for a rule that reads both operands: x as it was before."""
    before_write(x, name)
    a, b = raw(x), raw(other)
    if not recording((x, other)):
        op(a, b, a)
        return x
    saved = (_copy(a), _apart(b, a))
    op(a, b, a)
    return track_write(x, (x, other), vjp, saved)


def _iadd(x, other):
    return _write("add_", _add, x, other, _add_vjp)


def _isubtract(x, other):
    return _write("sub_", _subtract, x, other, _subtract_vjp)


def _mul_(x, other):
    before_write(x, "mul_")
    a, b = raw(x), raw(other)
    if not recording((x, other)):
        _multiply(a, b, a)
        return x
    saved = (_copy(a) if tracked(other) else None, _apart(b, a) if tracked(x) else None)
    _multiply(a, b, a)
    return track_write(x, (x, other), _multiply_vjp, saved)


def _true_divide_(x, other):
    before_write(x, "div_")
    a, b = raw(x), raw(other)
    if not recording((x, other)):
        _divide(a, b, a)
        return x
    saved = (a, _apart(b, a))
    _divide(a, b, a)
    return track_write(x, (x, other), _divide_in_place_vjp, saved)


def _divide_in_place_vjp(gs, needs, y, b):
    # By the quotient y itself: dy/db = -a/b² = -y/b.
    g = gs[0] / b
    return g, -(g * y) if needs[1] else None


def _floor_divide_(x, other):
    return _write("floor_divide_", _floor_divide, x, other, _rounded_vjp)


def _rounded_vjp(gs, needs):
    return None, None


def _remainder_(x, other):
    return _write_saving("remainder_", _remainder, x, other, _remainder_vjp)


def _fmod_(x, other):
    return _write_saving("fmod_", _fmod, x, other, _fmod_in_place_vjp)


def _fmod_in_place_vjp(gs, needs, a, b):
    return _fmod_vjp(gs, needs, a, b, _fmod(a, b))


def _pow_(x, other):
    before_write(x, "pow_")
    a, b = raw(x), raw(other)
    if not recording((x, other)):
        _pow(a, b, a)
        return x
    if isinstance(b, (int, float)):
        kept = (a if b in _ROOTS else _copy(a), b)
        _pow(a, b, a)
        return track_write(x, (x,), _power_vjp, kept)
    saved = (_copy(a), _apart(b, a), a)
    _pow(a, b, a)
    return track_write(x, (x, other), _pow_vjp, saved)


def _bitwise_and_(x, other):
    return _write("bitwise_and_", _C.bitwise_and, x, other, _rounded_vjp)


def _bitwise_or_(x, other):
    return _write("bitwise_or_", _C.bitwise_or, x, other, _rounded_vjp)


def _bitwise_xor_(x, other):
    return _write("bitwise_xor_", _C.bitwise_xor, x, other, _rounded_vjp)


def _bitwise_left_shift_(x, other):
    return _write("bitwise_left_shift_", _C.bitwise_left_shift, x, other, _rounded_vjp)


def _bitwise_right_shift_(x, other):
    return _write("bitwise_right_shift_", _C.bitwise_right_shift, x, other, _rounded_vjp)


def _add_(self, other, *, alpha=1):
    """Add alpha·other in place."""
    if type(alpha) is int and alpha == 1:
        return _iadd(self, other)
    before_write(self, "add_")
    a = raw(self)
    _C.add_scaled(a, raw(other), alpha, a)
    return track_write(self, (self, other), _add_scaled_vjp, (alpha,))


def _sub_(self, other, *, alpha=1):
    """Subtract alpha·other in place."""
    if type(alpha) is int and alpha == 1:
        return _isubtract(self, other)
    return _add_(self, other, alpha=-alpha)


def _div_(self, other, *, rounding_mode=None):
    """Divide by other in place; see :func:`div`."""
    if rounding_mode is None:
        return _true_divide_(self, other)
    before_write(self, "div_")
    a = raw(self)
    _rounded_divide(a, raw(other), rounding_mode, a)
    return track_write(self, (self, other), _rounded_vjp, ())


def _addcmul_(self, tensor1, tensor2, *, value=1):
    """Add value · tensor1 · tensor2 in place."""
    before_write(self, "addcmul_")
    a, b, c = raw(self), raw(tensor1), raw(tensor2)
    parents = (self, tensor1, tensor2)
    saved = (_apart(b, a), _apart(c, a), value) if recording(parents) else ()
    _C.addcmul(a, b, c, value, a)
    return track_write(self, parents, _addcmul_vjp, saved)


def _addcdiv_(self, tensor1, tensor2, *, value=1):
    """Add value · tensor1 / tensor2 in place."""
    before_write(self, "addcdiv_")
    a, b, c = raw(self), raw(tensor1), raw(tensor2)
    parents = (self, tensor1, tensor2)
    saved = (_apart(b, a), _apart(c, a), value) if recording(parents) else ()
    _C.addcdiv(a, b, c, value, a)
    return track_write(self, parents, _addcdiv_vjp, saved)


def _lerp_(self, end, weight):
    """Move towards `end` by `weight` in place."""
    before_write(self, "lerp_")
    a, b, w = raw(self), raw(end), raw(weight)
    parents = (self, end, weight)
    saved = (_copy(a), _apart(b, a), _apart(w, a)) if recording(parents) else ()
    _C.lerp(a, b, w, a)
    return track_write(self, parents, _lerp_vjp, saved)


# ---- operators with the tensor on the right -----------------------------------------------------


def _rsubtract(x2, x1):
    return subtract(x1, x2)


def _rdivide(x2, x1):
    return divide(x1, x2)


def _rfloor_divide(x2, x1):
    return floor_divide(x1, x2)


def _rremainder(x2, x1):
    return remainder(x1, x2)


def _rpow(x2, x1):
    return pow(x1, x2)


def _rlshift(x2, x1):
    return bitwise_left_shift(x1, x2)


def _rrshift(x2, x1):
    return bitwise_right_shift(x1, x2)


methods(
    {
        "__add__": add,
        "__radd__": add,
        "__iadd__": _iadd,
        "__sub__": subtract,
        "__rsub__": _rsubtract,
        "__isub__": _isubtract,
        "__mul__": multiply,
        "__rmul__": multiply,
        "__imul__": _mul_,
        "__truediv__": divide,
        "__rtruediv__": _rdivide,
        "__itruediv__": _true_divide_,
        "__floordiv__": floor_divide,
        "__rfloordiv__": _rfloor_divide,
        "__ifloordiv__": _floor_divide_,
        "__mod__": remainder,
        "__rmod__": _rremainder,
        "__imod__": _remainder_,
        "__pow__": pow,
        "__rpow__": _rpow,
        "__ipow__": _pow_,
        "__and__": bitwise_and,
        "__rand__": bitwise_and,
        "__iand__": _bitwise_and_,
        "__or__": bitwise_or,
        "__ror__": bitwise_or,
        "__ior__": _bitwise_or_,
        "__xor__": bitwise_xor,
        "__rxor__": bitwise_xor,
        "__ixor__": _bitwise_xor_,
        "__lshift__": bitwise_left_shift,
        "__rlshift__": _rlshift,
        "__ilshift__": _bitwise_left_shift_,
        "__rshift__": bitwise_right_shift,
        "__rrshift__": _rrshift,
        "__irshift__": _bitwise_right_shift_,
        "add": _add_scaled,
        "add_": _add_,
        "sub": sub,
        "sub_": _sub_,
        "subtract": sub,
        "subtract_": _sub_,
        "mul": multiply,
        "mul_": _mul_,
        "multiply": multiply,
        "multiply_": _mul_,
        "div": div,
        "div_": _div_,
        "divide": div,
        "divide_": _div_,
        "true_divide": divide,
        "true_divide_": _true_divide_,
        "floor_divide": floor_divide,
        "floor_divide_": _floor_divide_,
        "remainder": remainder,
        "remainder_": _remainder_,
        "fmod": fmod,
        "fmod_": _fmod_,
        "pow": pow,
        "pow_": _pow_,
        "maximum": maximum,
        "minimum": minimum,
        "atan2": atan2,
        "arctan2": atan2,
        "hypot": hypot,
        "copysign": copysign,
        "logaddexp": logaddexp,
        "bitwise_and": bitwise_and,
        "bitwise_and_": _bitwise_and_,
        "bitwise_or": bitwise_or,
        "bitwise_or_": _bitwise_or_,
        "bitwise_xor": bitwise_xor,
        "bitwise_xor_": _bitwise_xor_,
        "bitwise_left_shift": bitwise_left_shift,
        "bitwise_left_shift_": _bitwise_left_shift_,
        "bitwise_right_shift": bitwise_right_shift,
        "bitwise_right_shift_": _bitwise_right_shift_,
        "addcmul": addcmul,
        "addcmul_": _addcmul_,
        "addcdiv": addcdiv,
        "addcdiv_": _addcdiv_,
        "lerp": lerp,
        "lerp_": _lerp_,
    }
)
