"""Plans: the calls that a forward pass makes into the kernels, as a flat list that runs again.

:func:`trace` runs a function once and notes every call of ``gemmule._C``: its name, its arguments,
its results. What does not depend on the inputs is a constant of the plan; the rest are
:class:`Node` s on numbered slots. ``gemmule.nn.fusion`` rewrites them, and :class:`Plan` runs them,
dropping each slot after its last use.

The list is one path through the Python code, so :func:`trace` refuses what would make it wrong:
calls that look at values (``item``, NumPy's view of memory), draw random numbers, write into
memory in ways it does not know, or give arrays that were not seen coming.
"""

from gemmule import _C
from gemmule.tensor import Tensor, wrap

_Array = _C.Array

#: Activations that may be asked to write into their input: the last argument.
IN_PLACE = frozenset(
    [
        "relu",
        "leaky_relu",
        "elu",
        "hardtanh",
        "hardsigmoid",
        "gelu",
        "gelu_tanh",
        "silu",
        "mish",
        "hardswish",
        "hardshrink",
        "softshrink",
        "threshold",
        "sigmoid",
        "tanh",
        "add",
    ]
)
#: Calls whose results follow from their arguments alone.
PURE = IN_PLACE | frozenset(
    [
        "tanhshrink",
        "softsign",
        "softplus",
        "logsigmoid",
        "glu",
        "prelu",
        "attention",
        "subtract",
        "multiply",
        "divide",
        "floor_divide",
        "remainder",
        "fmod",
        "pow",
        "maximum",
        "minimum",
        "atan2",
        "hypot",
        "copysign",
        "logaddexp",
        "bitwise_and",
        "bitwise_or",
        "bitwise_xor",
        "bitwise_left_shift",
        "bitwise_right_shift",
        "add_scaled",
        "addcmul",
        "addcdiv",
        "lerp",
        "equal",
        "not_equal",
        "less",
        "less_equal",
        "greater",
        "greater_equal",
        "logical_and",
        "logical_or",
        "logical_xor",
        "logical_not",
        "isnan",
        "isinf",
        "isfinite",
        "signbit",
        "isclose",
        "where",
        "masked_fill",
        "clip",
        "conv1d",
        "conv2d",
        "conv_transpose1d",
        "conv_transpose2d",
        "matmul",
        "linear",
        "reinterpret",
        "alias",
        "copy",
        "astype",
        "contiguous",
        "zeros",
        "full",
        "arange",
        "diagonal",
        "triangle",
        "embedding",
        "one_hot",
        "take",
        "gather",
        "getitem",
        "layer_norm",
        "group_norm",
        "batch_norm",
        "max_pool1d",
        "max_pool2d",
        "adaptive_max_pool1d",
        "adaptive_max_pool2d",
        "avg_pool1d",
        "avg_pool2d",
        "adaptive_avg_pool1d",
        "adaptive_avg_pool2d",
        "sum",
        "prod",
        "mean",
        "var_mean",
        "max",
        "min",
        "argmax",
        "argmin",
        "max_index",
        "min_index",
        "any",
        "all",
        "count_nonzero",
        "logsumexp",
        "norm",
        "sum_to",
        "rnn",
        "rnn_step",
        "cumsum",
        "cumprod",
        "cummax",
        "cummin",
        "diff",
        "reshape",
        "flatten",
        "permute",
        "transpose",
        "squeeze",
        "expand_dims",
        "broadcast_to",
        "slice",
        "split",
        "unbind",
        "concat",
        "stack",
        "flip",
        "roll",
        "tile",
        "repeat",
        "pad",
        "softmax",
        "log_softmax",
        "negative",
        "abs",
        "sign",
        "square",
        "cube",
        "bitwise_invert",
        "floor",
        "ceil",
        "round",
        "trunc",
        "exp",
        "exp2",
        "expm1",
        "log",
        "log1p",
        "log2",
        "log10",
        "sqrt",
        "rsqrt",
        "reciprocal",
        "sin",
        "cos",
        "tan",
        "asin",
        "acos",
        "atan",
        "sinh",
        "cosh",
        "asinh",
        "acosh",
        "atanh",
        "erf",
        "erfc",
    ]
)
#: Calls that ask about shapes and dtypes, or are of no effect on results.
HARMLESS = frozenset(["alike", "promote_types", "attention_check", "last_writer", "shares"])


class CannotPlan(Exception):
    """Why a forward pass cannot be run from a plan."""


class Slot:
    """Where a value that depends on the inputs stands while a plan runs."""

    __slots__ = ("dtype", "number", "shape")

    def __init__(self, number, array):
        self.number = number
        self.shape = array.shape
        self.dtype = array.dtype


class Node:
    """A call: `args` hold Slots, also in lists; `outs` the Slots of its results, or None for
    results that are no Arrays; `many` says that it gives a tuple of them."""

    __slots__ = ("args", "many", "name", "outs")

    def __init__(self, name, args, outs, many=False):
        self.name = name
        self.args = args
        self.outs = outs
        self.many = many

    @property
    def out(self):
        """The slot of the first result."""
        return self.outs[0]

    def reads(self):
        """The slots that it reads, each as often as it does."""
        return _slots_in(self.args)


def _slots_in(args):
    for value in args:
        if isinstance(value, Slot):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from _slots_in(value)
        elif isinstance(value, dict):
            yield from _slots_in(value.values())


class Graph:
    """The nodes of a forward pass.

    Attributes:
        inputs: the slots of the input Arrays.
        nodes: in an order in which they can run.
        result: what the pass gave, with Slots and constant Arrays for Tensors.
        weights: what must live as long as its plan does.
    """

    def __init__(self, inputs, nodes, result):
        self.inputs = inputs
        self.nodes = nodes
        self.result = result
        self.weights: list = []

    def uses(self):
        """{slot: nodes that read it, as often as they do}; the result counts as None."""
        uses: dict[Slot, list] = {}
        for node in self.nodes:
            for slot in node.reads():
                uses.setdefault(slot, []).append(node)
        for slot in _slots_in((self.result,)):
            uses.setdefault(slot, []).append(None)
        return uses

    def drop_unused(self):
        """Leave out nodes that nothing depends on."""
        wanted = set(_slots_in((self.result,)))
        kept = []
        for node in reversed(self.nodes):
            if any(out in wanted for out in node.outs):
                wanted.update(node.reads())
                kept.append(node)
        self.nodes = kept[::-1]


# ---- structures of Tensors -----------------------------------------------------------------------


def map_tensors(value, function):
    """`value`, of tuples, lists, dicts, Tensors and plain values, with function(Tensor) for each.

    Raises:
        CannotPlan: it holds something else.
    """
    if isinstance(value, Tensor):
        return function(value)
    if value is None or isinstance(value, (bool, int, float, complex, str, _C.DType)):
        return value
    if isinstance(value, tuple):
        items = [map_tensors(item, function) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    if type(value) is list:
        return [map_tensors(item, function) for item in value]
    if type(value) is dict:
        return {key: map_tensors(item, function) for key, item in value.items()}
    raise CannotPlan(f"a {type(value).__name__} goes in or out")


def signature(value):
    """A hashable description of inputs: two that share it can share a plan."""
    seen: dict[int, int] = {}

    def describe(value):
        if isinstance(value, Tensor):
            a = value._array
            # Two names for one Array may be told apart in another call.
            place = seen.setdefault(id(a), len(seen))
            return a.shape, a.strides, a.dtype.name, place
        if isinstance(value, (tuple, list)):
            return type(value), *(describe(item) for item in value)
        if isinstance(value, dict):
            return dict, *((type(key), key, describe(item)) for key, item in value.items())
        # 0.0 == -0.0, and NaN differs from itself.
        return type(value), repr(value) if isinstance(value, (float, complex)) else value

    return describe(value)


def arrays_of(value):
    """The Arrays of all Tensors in `value`, in order."""
    arrays = []
    map_tensors(value, lambda tensor: arrays.append(tensor._array))
    return arrays


# ---- tracing -------------------------------------------------------------------------------------


def trace(function, inputs):
    """Run function(), once.

    Args:
        function: gives Tensors, or tuples, lists and dicts of them.
        inputs: the Arrays that it computes from; all others that it meets are constants.

    Returns:
        What function() gave, and its Graph, or a CannotPlan where its calls do not say all that it
        does.
    """
    result, calls, births = _C.record(function)
    try:
        return result, _Tracing(calls, births, inputs).graph(result)
    except CannotPlan as why:
        return result, why


class _Tracing:
    def __init__(self, calls, births, inputs):
        self.calls = calls
        # Arrays are known by identity; `births` and `calls` keep them all alive meanwhile.
        self.births = births
        self.born = {id(array) for array, _, _ in births}
        self.storage = {id(array): storage for array, storage, _ in births}
        self.written: set[int | None] = set()  # storages that known calls wrote into
        self.constants: dict[int, object] = {}  # id of an Array that a call gave: the Array
        self.kept: list = []
        self.slots: dict[int, Slot] = {}
        self.inputs = []
        self.nodes: list[Node] = []
        for array in inputs:
            if id(array) not in self.slots:
                self._new_slot(array)
            self.inputs.append(self.slots[id(array)])

    def _new_slot(self, array):
        slot = Slot(len(self.kept), array)
        self.kept.append(array)
        self.slots[id(array)] = slot
        return slot

    def graph(self, result):
        for name, args, given, wrote in self.calls:
            self._call(name, args, given, wrote)
        self._check_writes(result)
        outputs = map_tensors(result, lambda tensor: self._place(tensor._array, "the result"))
        return Graph(self.inputs, self.nodes, outputs)

    def _check_writes(self, result):
        """Raise CannotPlan where an unknown write went to memory that the pass uses. Other threads'
        Arrays, which were born meanwhile, are none of it."""
        used = {
            id(array) for _, args, given, _ in self.calls for array in _arrays_in((args, given))
        }
        map_tensors(result, lambda tensor: used.add(id(tensor._array)))
        storages = {storage for array, storage, _ in self.births if id(array) in used}
        storages -= self.written
        for array, storage, version in self.births:
            if storage in storages and _C.version(array) != version:
                raise CannotPlan(f"{_C.last_writer(array)} writes into an array in place")

    def _place(self, value, where):
        """What stands in a node for a value: a Slot for what depends on the inputs."""
        if isinstance(value, _Array):
            if id(value) in self.slots:
                return self.slots[id(value)]
            if id(value) in self.born and id(value) not in self.constants:
                raise CannotPlan(f"{where} uses an array that no recorded call gave")
            return value
        if isinstance(value, (list, tuple)):
            items = type(value)(self._place(item, where) for item in value)
            if any(isinstance(item, (list, tuple)) and any(_slots_in(item)) for item in items):
                raise CannotPlan(f"{where} takes arrays in lists of lists")
            return items
        return value

    def _call(self, name, args, given, wrote):
        placed = [self._place(value, name) for value in args]
        depends = any(True for _ in _slots_in(placed))
        results = [given] if isinstance(given, _Array) else []
        if isinstance(given, tuple):
            results = [value for value in given if isinstance(value, _Array)]
        touches = any(isinstance(value, _Array) for value in args) or results
        if name in HARMLESS or not touches:
            return
        if wrote:
            self._write(name, args, placed, given)
            return
        if name not in PURE or (name == "batch_norm" and args[5]):
            if not depends and not results:
                return  # a look at a constant
            raise CannotPlan(f"it calls {name}")
        if not depends:
            for array in results:
                self.constants[id(array)] = array
            return
        items = given if isinstance(given, tuple) else (given,)
        outs = [self._new_slot(item) if isinstance(item, _Array) else None for item in items]
        if not results:
            raise CannotPlan(f"it asks {name} about values")
        self.nodes.append(Node(name, placed, outs, isinstance(given, tuple)))

    def _write(self, name, args, placed, given):
        """x.relu_() and x += y of a value that has one name only: as if it had been another."""
        target = args[-1]
        alone = (
            name in IN_PLACE
            and isinstance(target, _Array)
            and isinstance(placed[-1], Slot)
            and placed[-1] not in self.inputs
            and args[0] is target
            and isinstance(given, _Array)
            and (name != "add" or _adds_alike(args))
        )
        storage = self.storage.get(id(target))
        names = {
            id(value)
            for _, others, result, _ in self.calls
            for value in (*others, *(result if isinstance(result, tuple) else (result,)))
            if isinstance(value, _Array) and self.storage.get(id(value)) == storage
        }
        if not alone or not names <= {id(target), *self._written(target)}:
            raise CannotPlan(f"{name} writes into an array in place")
        self.written.add(storage)
        self.nodes.append(Node(name, placed[:-1], [self._new_slot(target)]))

    def _written(self, target):
        """The names that calls in place gave to what they wrote into `target`."""
        return {
            id(given)
            for _, args, given, wrote in self.calls
            if wrote and args and args[-1] is target
        }


def _arrays_in(value):
    if isinstance(value, _Array):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _arrays_in(item)


def _adds_alike(args):
    x, y = args[0], args[1]
    return isinstance(y, _Array) and x.shape == y.shape and x.dtype is y.dtype


# ---- running -------------------------------------------------------------------------------------


class Plan:
    """A Graph made ready to run. It never changes: any number of threads may run it."""

    def __init__(self, graph):
        self._inputs = [slot.number for slot in graph.inputs]
        self._result = graph.result
        self._weights = graph.weights
        slots = list(graph.inputs) + [out for node in graph.nodes for out in node.outs if out]
        self._size = 1 + max((slot.number for slot in slots), default=0)
        last = {}
        for node in graph.nodes:
            for slot in (*node.reads(), *(out for out in node.outs if out)):
                last[slot] = node
        for slot in _slots_in((graph.result,)):
            last.pop(slot, None)
        drops: dict[int, list[int]] = {}
        for slot, node in last.items():
            drops.setdefault(id(node), []).append(slot.number)
        self._steps = [_step(node, drops.get(id(node), ())) for node in graph.nodes]
        self.names = [node.name for node in graph.nodes]

    def __call__(self, arrays):
        """The result for input Arrays like those it was made for."""
        slots = [None] * self._size
        for number, array in zip(self._inputs, arrays, strict=True):
            slots[number] = array
        for function, template, holes, nested, outs, many, drops in self._steps:
            args = template.copy()
            for at, number in holes:
                args[at] = slots[number]
            for at, kind, items in nested:
                args[at] = kind(
                    slots[item.number] if isinstance(item, Slot) else item for item in items
                )
            result = function(*args)
            if many:
                for at, number in outs:
                    slots[number] = result[at]
            else:
                slots[outs[0][1]] = result
            for number in drops:
                slots[number] = None
        return _filled(self._result, slots)


def _step(node, drops):
    holes = [(at, arg.number) for at, arg in enumerate(node.args) if isinstance(arg, Slot)]
    nested = []
    for at, arg in enumerate(node.args):
        if isinstance(arg, (list, tuple)) and any(True for _ in _slots_in(arg)):
            nested.append((at, type(arg), tuple(arg)))  # never deeper
    outs = [(at, out.number) for at, out in enumerate(node.outs) if out is not None]
    function = getattr(_C, node.name)
    return function, list(node.args), holes, nested, outs, node.many, tuple(drops)


def _filled(value, slots):
    if isinstance(value, Slot):
        return wrap(slots[value.number])
    if isinstance(value, _Array):
        return wrap(_C.copy(value))  # the plan's own stays as it is
    if isinstance(value, tuple):
        items = [_filled(item, slots) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    if isinstance(value, list):
        return [_filled(item, slots) for item in value]
    if isinstance(value, dict):
        return {key: _filled(item, slots) for key, item in value.items()}
    return value
