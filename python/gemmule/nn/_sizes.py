"""Sizes that layers take as one number or as one per dimension."""

import operator


def check_sizes(layer, **sizes):
    """Raise unless each size is an int of at least 0, in the layer's name and the size's.

    Lazy layers have 0 where their first batch will say.
    """
    for name, value in sizes.items():
        try:
            size = operator.index(value)
        except TypeError:
            shown = f" {value!r}" if isinstance(value, (float, str)) else ""
            raise TypeError(
                f"{type(layer).__name__}: {name} must be an int, got {type(value).__name__}{shown}"
            ) from None
        if size < 0:
            raise ValueError(f"{type(layer).__name__}: {name} is negative, {size}")


def per_dimension(value, dimensions):
    """`value` as a tuple of one number per spatial dimension."""
    if isinstance(value, (tuple, list)):
        return tuple(value)
    return (value,) * dimensions


def padding_of(padding, dimensions):
    """Padding for ``pad``: (before, after) of each dimension, the last one first."""
    if isinstance(padding, (tuple, list)):
        return tuple(padding)
    return (padding, padding) * dimensions
