"""Hooks on a module's backward pass: two recorded operations around its forward that do nothing.

The one over the inputs is recorded first and walked last, when the gradients of all inputs are
known; the one over the outputs is recorded last and walked first.
"""

from gemmule import _C
from gemmule.autograd import is_grad_enabled, track_many
from gemmule.tensor import Tensor, wrap

__all__ = ["BackwardHooks"]


class BackwardHooks:
    """The hooks of one call of a module, between its inputs' gradients and its outputs'."""

    def __init__(self, module):
        self._module = module
        # Per Tensor given: its place among those that need a gradient, or None.
        self._inputs: list = []
        self._grad_output = None

    def enter(self, args):
        """The arguments, to be given to forward."""
        args, self._inputs = _around(args, _module_input_vjp, self)
        return args

    def leave(self, result):
        """The result, to be given to the caller."""
        if isinstance(result, Tensor):
            return _around((result,), _module_output_vjp, self)[0][0]
        if not isinstance(result, (tuple, list)):
            raise TypeError(
                "register_full_backward_hook: forward gives a Tensor or a tuple of them, not "
                f"{type(result).__name__}"
            )
        parts = _around(result, _module_output_vjp, self)[0]
        if isinstance(result, tuple) and hasattr(result, "_fields"):
            return type(result)(*parts)
        return parts if isinstance(result, tuple) else list(parts)

    def outputs_known(self, gradients, places):
        """Called with the gradient of each output that needs one; returns what flows on."""
        module = self._module
        given = _spread(gradients, places)
        for (hook,) in tuple(module._backward_pre_hooks):
            given = _replaced("register_full_backward_pre_hook", hook(module, given), given)
        self._grad_output = given
        if all(place is None for place in self._inputs):
            nothing = (None,) * len(self._inputs)
            for (hook,) in tuple(module._backward_hooks):
                hook(module, nothing, given)
        return _gathered(given, places)

    def inputs_known(self, gradients, places):
        """Called with the gradient of each input that needs one; returns what flows on."""
        module = self._module
        given = _spread(gradients, places)
        for (hook,) in tuple(module._backward_hooks):
            result = hook(module, given, self._grad_output)
            given = _replaced("register_full_backward_hook", result, given)
        self._grad_output = None
        return _gathered(given, places)


def _around(values, vjp, hooks):
    """(values, those that need a gradient recorded anew; the place of each Tensor's gradient)."""
    values = list(values)
    tensors = [i for i, value in enumerate(values) if isinstance(value, Tensor)]
    tracked = [i for i in tensors if values[i].requires_grad] if is_grad_enabled() else []
    places = tuple(tracked.index(i) if i in tracked else None for i in tensors)
    if tracked:
        parents = tuple(values[i] for i in tracked)
        arrays = tuple(parent._array for parent in parents)
        for i, again in zip(
            tracked, track_many(arrays, parents, vjp, (hooks, places)), strict=True
        ):
            # A view of the whole: a write through it would not be recorded as one into the parent.
            again._view = _C.version(again._array)
            values[i] = again
    return tuple(values), places


def _module_input_vjp(gs, needs, hooks, places):
    return hooks.inputs_known(gs, places)


def _module_output_vjp(gs, needs, hooks, places):
    return hooks.outputs_known(gs, places)


def _spread(gradients, places):
    """For each Tensor its gradient as a Tensor, or None."""
    found = [None if place is None else gradients[place] for place in places]
    return tuple(None if array is None else wrap(_C.alias(array)) for array in found)


def _gathered(given, places):
    """The gradients of those that need one, in order, as Arrays."""
    pairs = zip(given, places, strict=True)
    return [None if g is None else _C.alias(g._array) for g, place in pairs if place is not None]


def _replaced(op, result, given):
    """What a hook gave instead of the gradients `given`, checked; None leaves them."""
    if result is None:
        return given
    result = tuple(result) if isinstance(result, (tuple, list)) else (result,)
    shapes = [None if g is None else g.shape for g in result]
    expected = [None if g is None else g.shape for g in given]
    if len(result) != len(given) or any(
        s is not None and e is not None and s != e for s, e in zip(shapes, expected, strict=True)
    ):
        raise ValueError(
            f"{op}: the hook gave gradients of shapes {shapes}, expected shapes {expected}"
        )
    return result
