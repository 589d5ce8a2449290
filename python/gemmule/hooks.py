"""What a Tensor offers of the tape: backward, hooks on gradients, retain_grad."""

import weakref

from gemmule.autograd import _accumulate, backward
from gemmule.tensor import methods


def _backward_method(self, gradient=None, retain_graph=False, create_graph=False):
    """Add the gradients of this tensor to the ``.grad`` of every leaf it depends on.

    See :func:`backward`; `gradient` may be left out for a tensor of one element.
    """
    backward(self, gradient, bool(retain_graph), create_graph)


class HookHandle:
    """What :meth:`Tensor.register_hook` gives: :meth:`remove` takes the hook off again."""

    def __init__(self, hooks, entry):
        self._hooks, self._entry = hooks, entry

    def remove(self):
        """Take the hook off; a second time does nothing."""
        self._hooks[:] = [entry for entry in self._hooks if entry is not self._entry]


class _Hook:
    """A function in a list of hooks: an identity of its own, so that it can be removed."""

    def __init__(self, function):
        self._function = function

    def __call__(self, gradient):
        return self._function(gradient)


class _Retain:
    """The hook that keeps a gradient in ``.grad``. Weak: a node must not hold its own output."""

    def __init__(self, tensor):
        self._tensor = weakref.ref(tensor)

    def __call__(self, gradient):
        tensor = self._tensor()
        if tensor is not None:
            _accumulate(tensor, gradient._array)


def _add_hook(tensor, hook):
    if not tensor._tracked:
        raise RuntimeError("register_hook: this tensor does not require grad")
    if tensor._node is None:
        if tensor._hooks is None:
            tensor._hooks = []
        hooks, entry = tensor._hooks, hook
    else:
        node = tensor._node
        if node.hooks is None:
            node.hooks = []
        hooks, entry = node.hooks, (tensor._index, hook)
    hooks.append(entry)
    return HookHandle(hooks, entry)


def _register_hook(self, hook):
    """Call ``hook(gradient)`` when this tensor's gradient is known; what it returns replaces it.

    Raises:
        RuntimeError: the tensor does not require grad.
    """
    return _add_hook(self, _Hook(hook))


def _retain_grad(self):
    """Keep the gradient of a tensor that is no leaf in its ``.grad`` as well."""
    if self._node is None and self._tracked:
        return
    if self._node is None or not _retained(self):
        _add_hook(self, _Retain(self))


def _retained(tensor):
    for index, hook in tensor._node.hooks or ():
        if index == tensor._index and isinstance(hook, _Retain):
            return True
    return False


def _retains_grad(self):
    """Whether :meth:`retain_grad` was called on a tensor that is no leaf."""
    return self._node is not None and _retained(self)


def _grad_fn(self):
    """The recorded operation that made this tensor, or None for a leaf."""
    return self._node


methods(
    {
        "backward": _backward_method,
        "register_hook": _register_hook,
        "retain_grad": _retain_grad,
        "grad_fn": property(_grad_fn),
        "retains_grad": property(_retains_grad),
    }
)
