"""Parameter: the kind of tensor that a Module counts as its own and an optimizer changes."""

import copy

from gemmule import _C, asarray, empty
from gemmule.tensor import Tensor, wrap

__all__ = ["Parameter", "UninitializedParameter"]


class Parameter(Tensor):
    """A leaf tensor that is learned: assigned to a Module, it appears in ``parameters()``.

    Unlike a plain Tensor it takes attributes of its own, and copies and pickles carry them.

    Args:
        data: a tensor, whose memory is shared, or anything ``asarray`` takes; None is no elements.
        requires_grad: whether backward computes its gradient.
    """

    def __init__(self, data=None, requires_grad=True):
        if not isinstance(data, Tensor):
            data = asarray([] if data is None else data)
        super().__init__(data, requires_grad=requires_grad)

    def __repr__(self):
        return "Parameter containing:\n" + super().__repr__()

    def __deepcopy__(self, memo):
        twin = type(self)(wrap(_C.copy(self._array)), self.requires_grad)
        memo[id(self)] = twin
        twin._grad = copy.deepcopy(self.grad, memo)
        for name, value in self.__dict__.items():
            setattr(twin, name, copy.deepcopy(value, memo))
        return twin

    def __reduce__(self):
        return type(self), (self.detach(), self.requires_grad), dict(self.__dict__)


class UninitializedParameter(Parameter):
    """A Parameter whose sizes a lazy layer learns from its first batch; no elements until then."""

    def __repr__(self):
        return "<UninitializedParameter>"


def new_parameter(shape, device=None, dtype=None):
    """A Parameter of a shape, whose values a layer's ``reset_parameters`` sets."""
    return Parameter(empty(shape, device=device, dtype=dtype))
