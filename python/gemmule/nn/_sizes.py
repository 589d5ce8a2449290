"""Sizes that layers take as one number or as one per dimension."""


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
