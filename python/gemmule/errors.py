"""Errors that several functions raise."""

import operator


def check_positive(value, op, name):
    """Raise unless an argument is an integer above 0."""
    if operator.index(value) < 1:
        raise ValueError(f"{op}: {name} must be at least 1, got {value}")


class Default(int):
    """A default value of an argument, which is not the same object as that number given."""


FIRST, LAST = Default(0), Default(-1)


def one_axis(op, dim, axis, default=None):
    """The axis of a function that takes it by PyTorch's name and by NumPy's.

    Args:
        op: the function's name.
        dim, axis: what it was given by either name; None for `axis` is nothing.
        default: the object that `dim` is where nothing was given.

    Raises:
        TypeError: it is given by both.
    """
    if axis is None:
        return dim
    if dim is not default:
        raise _both(op, "dim", dim, "axis", axis)
    return axis


def one_of(op, dim, axis, keepdim, keepdims):
    """(axis, whether it stays with size 1), the same with keepdim and keepdims.

    Raises:
        TypeError: one is given by both names; `keepdims` is None where it is not given.
    """
    dim = one_axis(op, dim, axis)
    if keepdims is None:
        return dim, keepdim
    if keepdim:
        raise _both(op, "keepdim", keepdim, "keepdims", keepdims)
    return dim, keepdims


def _both(op, one, value, other, same):
    return TypeError(f"{op}: {one}={value} and {other}={same} are one argument; give one of them")


def of_pytorch(op, positional=(), dim=None, keepdim=None):
    """The TypeError for PyTorch's arguments where the array API standard's are expected."""
    values = [*positional, None, None]
    dim = values[0] if dim is None else dim
    keepdim = values[1] if keepdim is None else keepdim
    told = f"{op}: one positional argument, and axis= and keepdims= by name, as in the array API"
    if dim is not None and not isinstance(dim, (int, tuple, list)):
        return TypeError(f"{told} standard; got {type(dim).__name__} for the second")
    # The second of var and std is PyTorch's `unbiased`, and count_nonzero has none.
    named = isinstance(keepdim, bool) and op not in ("var", "std", "count_nonzero")
    ours = [f"axis={dim}"] * (dim is not None) + [f"keepdims={keepdim}"] * named
    theirs = [f"{dim}"] * (dim is not None) + [f"keepdim={keepdim}"] * named
    return TypeError(
        f"{told} standard; write {op}({', '.join(['x', *ours])}), or "
        f"x.{op}({', '.join(theirs)}) for PyTorch's method"
    )
