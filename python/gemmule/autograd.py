"""The tape: one Node per recorded operation, walked backward by descending sequence number.

A rule (``vjp``) stands beside its operation in ``gemmule.ops`` and is called as
``vjp(gs, needs, *saved)``: ``gs`` holds one Array or None per output, ``needs`` one bool per
parent, ``saved`` what the operation kept (Arrays, numbers, shapes). It returns one Array or None
per parent; a gradient may still have the broadcast shape, the walk sums it back. Rules see raw
Arrays, so nothing is recorded inside them and no reference cycle can form. First-order only.
"""

import functools
import heapq

import cython

from gemmule import _C
from gemmule.devices import filled_like
from gemmule.tensor import Tensor, as_array, check_tensor, no_tensor, wrap

_grad_enabled = _C.grad_enabled
_set_grad_enabled = _C.set_grad_enabled
_version = _C.version
_alike = _C.alike
_alias = _C.alias
_sequence = cython.declare(cython.longlong, 0)


class Node:
    """A recorded operation: its rule, what the rule reads, and where the gradients go."""

    @property
    def name(self):
        """The operation's name, for messages."""
        return "released" if self.vjp is None else _name(self.vjp)

    def __repr__(self):
        return f"<{self.name}>"


def _name(vjp):
    """The operation whose rule this is."""
    return vjp.__name__[1:].removesuffix("_vjp")


# ---- recording ----------------------------------------------------------------------------------


def _recording(parents):
    for parent in parents:
        if isinstance(parent, Tensor) and cython.cast(Tensor, parent)._tracked:
            return _grad_enabled()
    return False


def recording(parents):
    """Whether an operation on these parents will be recorded: a rule may then need more saved."""
    return _recording(parents)


def _node(first, parents, vjp, saved):
    """A Node for an operation whose first output is `first`."""
    global _sequence
    _sequence += 1
    node: Node = Node.__new__(Node)
    node.sequence = _sequence
    node.vjp = vjp
    node.saved = saved
    node.version = _version(*saved) if saved else 0
    node.outputs = 1
    node.grads = node.hooks = None
    edges: list = []
    for parent in parents:
        if not isinstance(parent, Tensor) or not cython.cast(Tensor, parent)._tracked:
            edges.append(None)
            continue
        tensor: Tensor = parent
        if tensor._view >= 0 and tensor._view != _version(tensor._array):
            raise RuntimeError(
                f"{node.name}: an operand is a view whose base was written in place by "
                f"{_C.last_writer(tensor._array)} after the view was taken; take it again"
            )
        target = tensor if tensor._node is None else tensor._node
        if _alike(tensor._array, first):
            edges.append((target, tensor._index, None, None))
        else:
            edges.append((target, tensor._index, tensor._array.shape, tensor._array.dtype))
    node.edges = edges
    return node


def track(output, parents, vjp, saved):
    """Wrap an operation's one result, recording the operation if a parent needs a gradient.

    Args:
        output: the Array it gave.
        parents: what it was given, in order: Tensors; anything else has no gradient.
        vjp: its gradient rule, a module-level function ``_<name>_vjp``.
        saved: what the rule reads: Arrays, numbers, shapes.
    """
    result: Tensor = wrap(output)
    if _recording(parents):
        result._node = _node(output, parents, vjp, saved)
        result._tracked = True
    return result


def track_view(output, parent, vjp, saved):
    """:func:`track` for a result that shares its parent's memory."""
    if not isinstance(parent, Tensor):
        raise no_tensor(parent, _name(vjp))
    result: Tensor = wrap(output)
    if cython.cast(Tensor, parent)._tracked and _grad_enabled():
        result._node = _node(output, (parent,), vjp, saved)
        result._tracked = True
        result._view = _version(output)
    return result


def track_many(outputs, parents, vjp, saved):
    """:func:`track` for several results of one operation: one Node for all of them."""
    node: Node = None
    if _recording(parents):
        node = _node(outputs[0], parents, vjp, saved)
        node.outputs = len(outputs)
    results: list = []
    for i, array in enumerate(outputs):
        result: Tensor = wrap(array)
        if node is not None and array.dtype.is_floating_point:
            result._node = node
            result._index = i
            result._tracked = True
        results.append(result)
    return tuple(results)


def track_views(outputs, parent, vjp, saved):
    """:func:`track_many` for results that share their one parent's memory."""
    if not isinstance(parent, Tensor):
        raise no_tensor(parent, _name(vjp))
    results = track_many(outputs, (parent,), vjp, saved)
    for i in range(len(results)):
        result: Tensor = results[i]
        if result._tracked:
            result._view = _version(result._array)
    return results


def before_write(tensor, op):
    """Call before writing into a tensor in place. Raises where the tape could not follow."""
    if not isinstance(tensor, Tensor):
        raise TypeError(f"{op}: expected a Tensor, got {type(tensor).__name__}")
    if not tensor._tracked or not _grad_enabled():
        return
    if tensor._node is None:
        raise RuntimeError(
            f"{op}: a leaf that requires grad cannot be written in place; use no_grad()"
        )
    if tensor._view >= 0:
        raise RuntimeError(
            f"{op}: a view of a tensor with history cannot be written in place; "
            "write to the base instead, as in base[index] = value"
        )


def track_write(tensor, parents, vjp, saved):
    """Give a tensor that was just written in place its new Node. `parents` may include itself."""
    if _recording(parents):
        tensor._node = _node(tensor._array, parents, vjp, saved)
        tensor._index = 0
        tensor._tracked = True
    return tensor


# ---- switching it off ---------------------------------------------------------------------------


class _GradMode:
    """Context manager and decorator that sets recording for this thread."""

    def __init__(self, enabled):
        self._enabled = enabled
        self._before: list = []

    def __enter__(self):
        self._before.append(_set_grad_enabled(self._enabled))
        return self

    def __exit__(self, *exc):
        _set_grad_enabled(self._before.pop())

    def __call__(self, function):
        enabled = self._enabled

        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            with _GradMode(enabled):
                return function(*args, **kwargs)

        return wrapper  # type: ignore[return-value]  # with the function's signature


class no_grad(_GradMode):
    """Record nothing in this block (or decorated function), in this thread."""

    def __init__(self):
        super().__init__(False)


class enable_grad(_GradMode):
    """Record in this block even inside :class:`no_grad`."""

    def __init__(self):
        super().__init__(True)


class set_grad_enabled(_GradMode):
    """Set recording at once, and restore it at the end of a ``with`` block."""

    def __init__(self, mode):
        super().__init__(bool(mode))
        self._before.append(_set_grad_enabled(bool(mode)))

    def __enter__(self):
        return self


def is_grad_enabled():
    """Whether operations of this thread are recorded."""
    return _grad_enabled()


# ---- walking it backward ------------------------------------------------------------------------


def backward(tensors, gradients=None, retain_graph=False, create_graph=False):
    """Add the gradients of `tensors` to the ``.grad`` of every leaf they depend on.

    Args:
        tensors: a Tensor or a sequence of them.
        gradients: what flows into each, Tensors of their shapes; None means 1, for one element.
        retain_graph: keep what was saved, so that backward can run again.
        create_graph: must be False: the tape is first-order only.

    Raises:
        RuntimeError: a tensor has no history, or its graph was released, or something saved was
            written in place since.
        ValueError: a gradient's shape is wrong, or is missing for more than one element.
    """
    _first_order("backward", create_graph)
    roots = _roots("backward", tensors, gradients)
    leaves: dict = {}
    _walk(roots, retain_graph, leaves, {})
    for tensor, gradient in leaves.values():
        _accumulate(tensor, _hooked(tensor._hooks, gradient))


def grad(
    outputs, inputs, grad_outputs=None, retain_graph=False, create_graph=False, allow_unused=False
):
    """The gradients of `outputs` with respect to `inputs`, as a tuple; ``.grad`` is left alone.

    Args:
        outputs, grad_outputs, retain_graph, create_graph: as in :func:`backward`.
        inputs: a Tensor or a sequence of them, leaves or not.
        allow_unused: give None for an input that does not influence the outputs.

    Raises:
        ValueError: an input does not influence the outputs and `allow_unused` is False.
    """
    _first_order("grad", create_graph)
    inputs = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    roots = _roots("grad", outputs, grad_outputs)
    wanted: dict = {}
    for tensor in inputs:
        if tensor._node is not None:
            wanted[(id(tensor._node), tensor._index)] = None
    leaves: dict = {}
    _walk(roots, retain_graph, leaves, wanted)
    results: list = []
    for i, tensor in enumerate(inputs):
        if tensor._node is not None:
            array = wanted[(id(tensor._node), tensor._index)]
        elif id(tensor) in leaves:
            array = _hooked(tensor._hooks, leaves[id(tensor)][1])
        else:
            array = None
        if array is None and not allow_unused:
            raise ValueError(f"grad: input {i} does not influence the outputs; see allow_unused")
        results.append(None if array is None else wrap(array))
    return tuple(results)


def _first_order(op, create_graph):
    if create_graph:
        raise RuntimeError(
            f"{op}: create_graph is not supported: gradients of gradients are not recorded"
        )


def _roots(op, tensors, gradients):
    """[(tensor, gradient Array)], checked."""
    if isinstance(tensors, Tensor):
        tensors = (tensors,)
        gradients = gradients if isinstance(gradients, (tuple, list)) else (gradients,)
    elif gradients is None:
        gradients = (None,) * len(tensors)
    elif isinstance(gradients, Tensor):
        gradients = (gradients,)
    if len(gradients) != len(tensors):
        raise ValueError(f"{op}: {len(tensors)} tensors, but {len(gradients)} gradients")
    roots = []
    for tensor in tensors:
        check_tensor(tensor, op, "tensors")
    for tensor, gradient in zip(tensors, gradients, strict=True):
        array = tensor._array
        if not tensor._tracked:
            raise RuntimeError(f"{op}: this tensor does not require grad and has no history")
        if gradient is not None:
            given = as_array(gradient, op, "gradient")
            if given.shape != array.shape:
                raise ValueError(
                    f"{op}: gradient of shape {given.shape} for a tensor of shape {array.shape}"
                )
            roots.append((tensor, _alias(_C.astype(given, array.dtype))))
        elif array.size == 1:
            roots.append((tensor, filled_like(array, 1.0)))
        else:
            raise ValueError(
                f"{op}: a tensor of shape {array.shape} needs gradient= ; only one element has "
                "the gradient 1 by itself"
            )
    return roots


def _walk(roots, retain_graph, leaves, wanted):
    """Run the rules from the roots down; gather leaves' gradients as {id: (leaf, Array)}."""
    heap: list = []
    try:
        for tensor, gradient in roots:
            target = tensor if tensor._node is None else tensor._node
            _deliver(target, tensor._index, gradient, heap, leaves)
        _walk_heap(heap, retain_graph, leaves, wanted)
    finally:
        # After an error, gradients on their way must not meet those of a later walk.
        for _, node in heap:
            node.grads = None


def _walk_heap(heap, retain_graph, leaves, wanted):
    while heap:
        node: Node = heapq.heappop(heap)[1]
        gs: list = node.grads
        node.grads = None
        if node.vjp is None:
            raise RuntimeError(
                "backward: this graph was released by an earlier backward; "
                "pass retain_graph=True to the first one"
            )
        if node.hooks is not None:
            for index, hook in node.hooks:
                if gs[index] is not None:
                    gs[index] = _hooked([hook], gs[index])
        if wanted:
            for index in range(node.outputs):
                if (id(node), index) in wanted and gs[index] is not None:
                    wanted[(id(node), index)] = _alias(gs[index])
        saved: tuple = node.saved
        if saved and node.version != _version(*saved):
            raise RuntimeError(_moved(node))
        edges: list = node.edges
        results = node.vjp(gs, [edge is not None for edge in edges], *saved)
        for i, edge in enumerate(edges):
            if edge is None or results[i] is None:
                continue
            target, index, shape, dtype = edge
            result = results[i]
            if shape is not None:
                result = _C.sum_to(result, shape, dtype)
            if _seen(result, gs, saved, results, i):
                # Another name for the same memory: it may not be taken over or added to in place.
                result = _alias(result)
            _deliver(target, index, result, heap, leaves)
        if not retain_graph:
            node.vjp = node.edges = node.saved = None


def _seen(result, gs, saved, results, position):
    for g in gs:
        if g is result:
            return True
    for array in saved:
        if array is result:
            return True
    for i in range(position):
        if results[i] is result:
            return True
    return False


def _deliver(target, index, gradient, heap, leaves):
    """Add a gradient to a Node's output or a leaf."""
    if isinstance(target, Tensor):
        key = id(target)
        if key in leaves:
            leaves[key] = (target, _sum(leaves[key][1], gradient))
        else:
            leaves[key] = (target, gradient)
        return
    node: Node = target
    if node.grads is None:
        node.grads = [None] * node.outputs
        heapq.heappush(heap, (-node.sequence, node))
    held = node.grads[index]
    node.grads[index] = gradient if held is None else _sum(held, gradient)


def _sum(held, gradient):
    """held + gradient, into held where nobody else uses its memory."""
    if held.owns:
        return _C.add(held, gradient, held)
    return _C.add(held, gradient)


def _accumulate(tensor, gradient):
    """Add to a leaf's .grad, which owns its memory."""
    if tensor._grad is None:
        tensor._grad = wrap(gradient if gradient.owns else _C.copy(gradient))
    else:
        held = tensor._grad._array
        _C.add(held, gradient, held)


def _hooked(hooks, gradient):
    """The gradient after the hooks, each of which may replace it."""
    if hooks:
        for hook in hooks:
            replaced = hook(wrap(_alias(gradient)))
            if replaced is not None:
                if replaced.shape != gradient.shape:
                    raise ValueError(
                        f"register_hook: the hook gave a gradient of shape {replaced.shape}, "
                        f"expected shape {gradient.shape}"
                    )
                # An alias: the walk must not add into a tensor that the hook's owner keeps.
                gradient = _alias(_C.astype(replaced._array, gradient.dtype))
    return gradient


def _moved(node):
    for array in node.saved:
        if isinstance(array, _C.Array) and _C.last_writer(array):
            return (
                f"backward of {node.name}: a tensor that it saved was written in place by "
                f"{_C.last_writer(array)} after the forward pass; write to a copy instead"
            )
    return f"backward of {node.name}: a tensor that it saved was written in place"


# These import this module.
from gemmule.function import Function  # noqa: E402, F401
from gemmule.gradcheck import gradcheck  # noqa: E402, F401
