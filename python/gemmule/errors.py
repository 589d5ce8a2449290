"""Names for errors that come up from below."""

import operator
import re


def named(op, error):
    """The same error in the name of the operation that was called.

    What checks an argument is at times another operation (zeros fills, a cell has two linear maps),
    whose name at the front of the message nobody wrote.

    Example:
        >>> named("lstm_cell", TypeError("linear: expected float32 or float64, got int64"))
        TypeError('lstm_cell: expected float32 or float64, got int64')
    """
    return type(error)(f"{op}: {re.sub('^[a-z_0-9]+: ', '', str(error))}")


def check_positive(value, op, name):
    """Raise unless an argument is an integer above 0."""
    if operator.index(value) < 1:
        raise ValueError(f"{op}: {name} must be at least 1, got {value}")
