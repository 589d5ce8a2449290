"""Operations of the user's own, with gradients of their own."""

from typing import Any

from gemmule import _C
from gemmule.autograd import no_grad, track_many
from gemmule.tensor import Tensor, as_array, check_tensor, raw, wrap

__all__ = ["Function"]


class Context:
    """What a :class:`Function` hands from forward to backward, in attributes of any name;
    ``saved_tensors`` are what was saved, ``needs_input_grad`` says which gradients are wanted."""

    needs_input_grad: tuple
    saved_tensors: tuple = ()

    def __init__(self, arguments):
        self.needs_input_grad = tuple(isinstance(a, Tensor) and a._tracked for a in arguments)
        self._arguments = [(a.shape, a.dtype) if isinstance(a, Tensor) else None for a in arguments]
        self._saved: tuple = ()
        self._constant: tuple = ()
        self._filled = True
        self._outputs: list = []

    def save_for_backward(self, *tensors):
        """Keep Tensors, or None: a write into one before backward is noticed, and raises there.

        Raises:
            TypeError: something else is given, which an attribute of ctx would keep.
        """
        for x in tensors:
            if x is not None and not isinstance(x, Tensor):
                raise TypeError(
                    f"save_for_backward: expected Tensors or None, got {type(x).__name__} {x!r}; "
                    "keep it as an attribute of ctx"
                )
        self._saved = tuple(None if x is None else raw(x) for x in tensors)

    def mark_non_differentiable(self, *outputs):
        """Outputs that have no gradient."""
        self._constant = outputs

    def set_materialize_grads(self, value):
        """False gives backward None, not zeros, for an output that nothing came of."""
        self._filled = bool(value)


class Function:
    """An operation with a gradient of its own: a subclass defines two static methods, and is called
    by ``apply``.

    ``forward(ctx, *args)`` computes a Tensor or a tuple of them, and keeps in `ctx` what backward
    needs: Tensors by ``ctx.save_for_backward``, all else as attributes. Or it is ``forward(*args)``
    and ``setup_context(ctx, inputs, output)`` keeps it.

    ``backward(ctx, *grads)`` takes each output's gradient and gives each argument's: a Tensor of
    its shape, or None. It is not recorded. The gradients it takes may be others' as well: it writes
    into copies. ``ctx.needs_input_grad`` says which arguments need one.

    In forward or setup_context, ``ctx.mark_non_differentiable(*outputs)`` names outputs without a
    gradient, and ``ctx.set_materialize_grads(False)`` makes backward take None, not zeros, for an
    output that nothing came of.

    Raises:
        RuntimeError: in backward, a saved Tensor was written in place since, or backward writes
            into a gradient that it takes.
        TypeError, ValueError: forward or backward gives no Tensors, another number, other shapes.

    Example:
        >>> class Clamp(gemmule.autograd.Function):
        ...     @staticmethod
        ...     def forward(ctx, x):
        ...         return x.clip(-1, 1)
        ...
        ...     @staticmethod
        ...     def backward(ctx, g):  # straight through
        ...         return g
        >>> x = gemmule.tensor([0.5, 3.0], requires_grad=True)
        >>> Clamp.apply(x).sum().backward()
        >>> x.grad
        tensor([1., 1.])
    """

    setup_context: Any = None

    @staticmethod
    def forward(*args, **kwargs):
        """What the operation computes."""
        raise NotImplementedError("a Function defines forward(ctx, *args)")

    @staticmethod
    def backward(ctx, *grad_outputs):
        """Its gradient."""
        raise NotImplementedError("a Function defines backward(ctx, *grads)")

    @classmethod
    def apply(cls, *args):
        """Run forward on the arguments, and record it where one of them needs a gradient."""
        ctx = Context(args)
        with no_grad():
            if cls.setup_context is None:
                given = cls.forward(ctx, *args)
            else:
                given = cls.forward(*args)
                cls.setup_context(ctx, args, given)
        outputs = given if isinstance(given, tuple) else (given,)
        for x in outputs:
            check_tensor(x, f"{cls.__name__}.forward", "its result")
        ctx._outputs = [(x.shape, x.dtype, x.device) for x in outputs]
        # Other names for the same memory, so that an argument can be given back as it came.
        arrays = tuple(_C.alias(x._array) for x in outputs)
        tracked = track_many(arrays, args, _Function_vjp, (cls, ctx, *ctx._saved))
        results = tuple(
            y.detach() if any(x is c for c in ctx._constant) else y
            for x, y in zip(outputs, tracked, strict=True)
        )
        return results if isinstance(given, tuple) else results[0]


def _Function_vjp(gs, needs, cls, ctx, *saved):
    ctx.saved_tensors = tuple(None if a is None else wrap(a) for a in saved)
    flows = []
    for g, (shape, dtype, device) in zip(gs, ctx._outputs, strict=True):
        if g is None and ctx._filled:
            g = _C.full(shape, 0.0, dtype, device)
        flows.append(None if g is None else wrap(_C.alias(g)))
    taken = [x._array for x in flows if x is not None]
    before = _C.version(*taken) if taken else 0
    with no_grad():
        given = cls.backward(ctx, *flows)
    if taken and _C.version(*taken) != before:
        # Another operation, or who called backward, may hold the same memory.
        raise RuntimeError(
            f"{cls.__name__}.backward: a gradient that it was given was written in place; write "
            "into a copy, as of g.clone()"
        )
    given = given if isinstance(given, (tuple, list)) else (given,)
    expected = len(ctx._arguments)
    if len(given) < expected or any(x is not None for x in given[expected:]):
        raise ValueError(
            f"{cls.__name__}.backward: expected {expected} gradients, one for each argument of "
            f"forward, got {len(given)}"
        )
    results: list = [None] * expected
    for i, needed in enumerate(needs):
        if needed and given[i] is not None:
            gradient = as_array(given[i], f"{cls.__name__}.backward", f"gradient {i}")
            shape, dtype = ctx._arguments[i]
            if gradient.shape != shape:
                raise ValueError(
                    f"{cls.__name__}.backward: gradient {i} has shape {gradient.shape}, its "
                    f"argument {shape}"
                )
            results[i] = _C.alias(_C.astype(gradient, dtype))
    return results
