"""Work borrowed from NumPy: functions of ndarrays on the tensors' own memory."""

import numpy

from gemmule import _C
from gemmule.tensor import Tensor, no_tensor, raw, wrap

_Array = _C.Array


def view(x, op, name="x"):
    """An ndarray to read: a tensor's own memory; of bfloat16, which NumPy lacks, as float32.

    Raises:
        TypeError: no Tensor or number; it names the operation and the argument.
        RuntimeError: it is on another device.
    """
    a = raw(x)
    if type(a) is _Array:
        if a.device != "cpu":
            raise RuntimeError(f"{op}: no CUDA kernel for {op}; copy its operands with .cpu()")
        if a.dtype is _C.bool_:  # from outside it may hold other bytes than 0 and 1
            return numpy.asarray(a).view(numpy.uint8) != 0
        return numpy.asarray(_C.astype(a, _C.float32) if a.dtype is _C.bfloat16 else a)
    if not isinstance(a, (int, float)):
        raise no_tensor(x, op, name)
    return numpy.asarray(a)


def own(ndarray):
    """An Array of its own from what NumPy gave."""
    return _C.copy(_C.from_buffer(numpy.asarray(ndarray)))


def borrow(name, function, *arguments):
    """function(*arguments) with ndarrays in place of Tensors, its ndarray made a Tensor.

    No gradient is recorded: what requires one is refused, not cut off in silence.

    Args:
        name: the operation's, for messages and whoever stands in the launch door.
        function: of NumPy, positional.
        arguments: Tensors, and whatever else it takes.

    Raises:
        RuntimeError: a Tensor requires grad and gradients are being recorded.
    """
    return wrap(own(_borrowed(name, function, arguments)))


def borrow_all(name, function, *arguments):
    """:func:`borrow` for a function that returns a tuple."""
    return tuple([wrap(own(part)) for part in _borrowed(name, function, arguments)])


def _borrowed(name, function, arguments):
    if _C.grad_enabled():
        for x in arguments:
            if isinstance(x, Tensor) and x._tracked:
                raise RuntimeError(
                    f"{name}: NumPy computes this, without a gradient; use x.detach() or no_grad()"
                )
    ndarrays = [view(x, name) if isinstance(x, Tensor) else x for x in arguments]
    return _C.host_op(name, function, *ndarrays)
