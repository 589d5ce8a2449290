"""Elementwise arithmetic on two operands, broadcast to one shape."""

from gemmule import _C
from gemmule.autograd import before_write, track, track_write
from gemmule.tensor import methods, raw

__all__ = ["add", "divide", "maximum", "minimum", "multiply", "subtract"]

_add, _subtract, _multiply, _divide = _C.add, _C.subtract, _C.multiply, _C.divide
_maximum, _minimum = _C.maximum, _C.minimum


def add(x1, x2, /):
    """x1 + x2, elementwise.

    Args:
        x1, x2: tensors or Python numbers whose shapes broadcast together.

    Raises:
        ValueError: the shapes do not broadcast.
    """
    return track(_add(raw(x1), raw(x2)), (x1, x2), _add_vjp, ())


def _add_vjp(gs, needs):
    g = gs[0]
    return g, g


def subtract(x1, x2, /):
    """x1 - x2, elementwise. See :func:`add`."""
    return track(_subtract(raw(x1), raw(x2)), (x1, x2), _subtract_vjp, ())


def _subtract_vjp(gs, needs):
    g = gs[0]
    return g, -g if needs[1] else None


def multiply(x1, x2, /):
    """x1 · x2, elementwise. See :func:`add`."""
    a, b = raw(x1), raw(x2)
    return track(_multiply(a, b), (x1, x2), _multiply_vjp, (a, b))


def _multiply_vjp(gs, needs, a, b):
    g = gs[0]
    return g * b if needs[0] else None, g * a if needs[1] else None


def divide(x1, x2, /):
    """x1 / x2, elementwise; integers give float32. See :func:`add`."""
    a, b = raw(x1), raw(x2)
    return track(_divide(a, b), (x1, x2), _divide_vjp, (a, b))


def _divide_vjp(gs, needs, a, b):
    # y = a/b: dy/da = 1/b, dy/db = -a/b².
    g = gs[0] / b
    return g, -(g * (a / b)) if needs[1] else None


def _written(op, name, x1, x2, vjp, saved):
    """x1 op= x2: the result goes into x1's own memory."""
    before_write(x1, name)
    op(raw(x1), raw(x2), raw(x1))
    return track_write(x1, (x1, x2), vjp, saved)


def _iadd(x1, x2):
    return _written(_add, "add_", x1, x2, _add_vjp, ())


def _radd(x2, x1):
    return add(x1, x2)


def maximum(x1, x2, /):
    """The larger of the two, elementwise; NaN where either is. Ties share the gradient."""
    a, b = raw(x1), raw(x2)
    return track(_maximum(a, b), (x1, x2), _add_vjp, (a, b))


def minimum(x1, x2, /):
    """The smaller of the two, elementwise; NaN where either is. Ties share the gradient."""
    a, b = raw(x1), raw(x2)
    return track(_minimum(a, b), (x1, x2), _add_vjp, (a, b))


methods(
    __add__=add,
    __radd__=_radd,
    __iadd__=_iadd,
    add=add,
    add_=_iadd,
)
