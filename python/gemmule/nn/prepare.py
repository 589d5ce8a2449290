"""prepare: an inference copy of a model that runs from a plan."""

import copy
import threading
import warnings
from collections import OrderedDict
from contextlib import suppress

import numpy

from gemmule import _C
from gemmule.autograd import no_grad
from gemmule.nn.fusion import Weights, fuse
from gemmule.nn.module import Module
from gemmule.nn.plan import CannotPlan, Plan, arrays_of, signature, trace
from gemmule.ops.precision import lower_dtype
from gemmule.tensor import Tensor

__all__ = ["Prepared", "prepare"]

#: Plans that a prepared model keeps, the last used ones.
KEPT_PLANS = 16
#: Passes one after the other that may change the module's attributes, as those do that fill a table
#: when a longer input comes, before none is recorded until one changes nothing.
PATIENCE = 8
_recording = threading.Lock()  # one at a time in a process
_recorder = threading.local()  # .busy: this thread records now


def prepare(model, *example):
    """An inference copy of a model, faster than the model in evaluation mode.

    For inputs of each shape that it meets, the copy runs the model's forward pass once and notes
    the calls into the kernels. From then on it makes these calls from a list, rewritten: batch
    norm folded into the convolution or linear layer before it, weights packed once, bias, added
    residual and activation (relu, leaky relu, sigmoid, tanh, gelu, silu) computed while a product's
    result is in the cache, and all that depends on no input computed beforehand.

    What this asks of the model: that its forward pass depends on its inputs' values through tensors
    alone. Python code runs only when a shape is new, so branches may depend on shapes, dtypes and
    plain arguments, which are told apart, but not on state kept elsewhere. A pass that looks at
    values (``item``, ``numpy()``, ``if x.sum() > 0``), draws random numbers, changes the module's
    attributes or writes into tensors (other than by activations in place and ``x += y``) is found
    out, and runs as the model would, without a plan; ``print`` says so and why. (A change of an
    attribute drops all plans; the next pass is planned for if it changes none.) A global variable
    that it reads is not found out. Each value of a plain argument gets a plan of its own, and the
    last used 16 plans are kept: pass what changes from call to call as a tensor.

    Args:
        model: a Module; its mode is of no effect, the copy evaluates.
        example: inputs to plan for at once, as the model is called with them; a RuntimeWarning
            says why where that cannot be. Others are planned for when they first come.

    Returns:
        A :class:`Prepared`: a Module that shares nothing with `model`. Its results differ from the
        model's by rounding, as folding and other orders of sums do: by less than 1e-4 of the
        largest value on the networks of the benchmarks, in float32. They are the same bits on any
        number of threads.

    Raises:
        TypeError: `model` is no Module.
        ValueError: a module in it has forward hooks, which a plan would not call.

    Example:
        >>> from gemmule import nn
        >>> model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU())
        >>> x = gemmule.ones(1, 3, 16, 16)
        >>> nn.utils.prepare(model, x)
        Prepared(1 call for (1, 3, 16, 16): conv_packed)
    """
    if not isinstance(model, Module):
        raise TypeError(f"prepare: expected a Module, got {type(model).__name__}")
    for name, module in model.named_modules():
        if module._forward_hooks or module._forward_pre_hooks:
            raise ValueError(
                f"prepare: module '{name}' ({type(module).__name__}) has forward hooks, which a "
                "prepared model would not call; remove them first"
            )
    prepared = Prepared(model)
    if example:
        prepared(*example)
        plans = list(prepared._plans.values())
        if not any(isinstance(plan, Plan) for plan in plans):
            why = plans[0] if plans else "it cannot be told from others, or another is being made"
            for i, argument in enumerate(example):
                if isinstance(argument, numpy.ndarray):
                    why = f"argument {i} is a NumPy array; pass a tensor"
            warnings.warn(f"prepare: no plan for the example: {why}", RuntimeWarning, stacklevel=2)
    return prepared


class Prepared(Module):
    """What :func:`prepare` gives: call it as the model.

    It has no parameters and no submodules: ``state_dict()`` is a copy of the model's as it was
    prepared; to load another, load it into the model and prepare that again. Results have no
    gradient.
    """

    _model: "_Hidden"

    def __init__(self, model):
        super().__init__()
        model = copy.deepcopy(model).requires_grad_(False).eval()
        object.__setattr__(self, "_model", _Hidden(model))
        # key of a call → Plan, or a CannotPlan that says why not
        self._plans: OrderedDict[tuple, Plan | CannotPlan] = OrderedDict()
        self._weights = Weights()
        self._changed = 0  # the last so many passes changed an attribute
        object.__setattr__(self, "training", False)

    def __reduce__(self):
        """Copies and pickles plan anew: packed weights are good for one machine and process."""
        return type(self), (self._model.module,)

    def forward(self, *args, **kwargs):
        given = (args, kwargs)
        try:
            key = signature(given), *_settings()
            plan = self._plans.get(key)
        except TypeError:  # unhashable
            key, plan = None, CannotPlan("an argument cannot be told from others")
        with no_grad():
            if getattr(_recorder, "busy", False):  # inside another prepared model: part of its plan
                return self._model.module(*args, **kwargs)
            if isinstance(plan, Plan):
                self._used(key)
                return plan(arrays_of(given))
            if (plan is None or isinstance(plan, _Changes)) and self._changed < PATIENCE:
                return self._first(key, args, kwargs)
            return self._unplanned(args, kwargs)

    def _unplanned(self, args, kwargs):
        """Run the model, and see whether it changes what plans take for constant."""
        model = self._model.module
        if not self._changed and not any(
            isinstance(plan, Plan) for plan in list(self._plans.values())
        ):
            return model(*args, **kwargs)
        before = _attributes(model)
        result = model(*args, **kwargs)
        self._see(_attributes(model) != before)
        return result

    def _see(self, changed):
        self._changed = self._changed + 1 if changed else 0
        if changed:
            self._plans.clear()  # they knew the old attributes

    def _used(self, key):
        with suppress(KeyError):  # another thread's plans may have pushed it out
            self._plans.move_to_end(key)

    def _first(self, key, args, kwargs):
        """Run the model, and plan for inputs like these."""
        # Who records may be waiting for this thread.
        if not _recording.acquire(blocking=False):
            return self._unplanned(args, kwargs)
        try:
            result, self._plans[key] = self._run_and_plan(args, kwargs)
            self._used(key)
            while len(self._plans) > KEPT_PLANS:
                self._plans.popitem(last=False)
            return result
        finally:
            _recording.release()

    def _run_and_plan(self, args, kwargs):
        """What the model gives, and a Plan or CannotPlan."""
        model = self._model.module
        try:
            inputs = arrays_of((args, kwargs))
        except CannotPlan as why:
            return self._unplanned(args, kwargs), why
        before = _attributes(model)
        versions = [_C.version(array) for array in inputs]
        _recorder.busy = True
        try:
            result, graph = trace(lambda: model(*args, **kwargs), inputs)
        finally:
            _recorder.busy = False
        changed = _attributes(model) != before
        self._see(changed)
        if changed:
            return result, _Changes("it changes an attribute of a module")
        if isinstance(graph, CannotPlan):
            return result, graph
        if [_C.version(array) for array in inputs] != versions:
            return result, CannotPlan("it writes into an input")
        fuse(graph, self._weights)
        plan = Plan(graph)
        return plan(inputs), plan

    def train(self, mode=True):
        """Raise unless `mode` is False: folded weights cannot be trained."""
        if mode:
            raise RuntimeError("train: a prepared model only evaluates; train the model itself")
        return self

    def state_dict(self, *args, **kwargs):
        """A copy of the state that the model had when it was prepared."""
        state = self._model.module.state_dict(*args, **kwargs)
        return type(state)((name, value.clone()) for name, value in state.items())

    def load_state_dict(self, *args, **kwargs):
        """Raise: load into the model, and prepare it again."""
        raise RuntimeError(
            "load_state_dict: a prepared model's weights are packed; load into the model itself "
            "and prepare it again"
        )

    def _convert(self, convert, recurse=True):
        raise RuntimeError("a prepared model cannot be converted; convert the model itself")

    def __repr__(self):
        lines = []
        for key, plan in list(self._plans.items()):  # other threads may add to them
            shapes = " ".join(str(shape) for shape in _shapes(key[0]))
            if isinstance(plan, CannotPlan):
                lines.append(f"no plan for {shapes}: {plan}")
            else:
                counts: dict[str, int] = {}
                for name in plan.names:
                    counts[name] = counts.get(name, 0) + 1
                calls = ", ".join(f"{n} {name}" if n > 1 else name for name, n in counts.items())
                many = "call" if len(plan.names) == 1 else "calls"
                lines.append(f"{len(plan.names)} {many} for {shapes}: {calls}")
        if self._changed >= PATIENCE and not lines:
            lines.append("no plan: it changes an attribute of a module each time")
        if len(lines) <= 1:
            return f"Prepared({''.join(lines)})"
        return "Prepared(\n  " + "\n  ".join(lines) + "\n)"


class _Changes(CannotPlan):
    """A pass changed an attribute; the next may not."""


class _Hidden:
    """Keeps a module from being taken for a submodule."""

    def __init__(self, module):
        self.module = module


def _settings():
    """What else decides which kernels run, and how weights are packed for them."""
    return _C.isa(), _C.bfloat_products(), _C.float32_conv_precision(), lower_dtype()


def _attributes(model):
    """{(module, name): identity} of all attributes, to see whether a pass changes one."""

    def identity(value, depth=4):  # a container may hold itself
        if isinstance(value, Tensor):
            return id(value._array), _C.version(value._array)
        if isinstance(value, dict) and depth:
            value = value.values()
        elif not (isinstance(value, (list, tuple)) and depth):
            return id(value)
        return tuple(identity(item, depth - 1) for item in value)

    return {
        (id(module), name): identity(value)
        for module in model.modules()
        for name, value in module.__dict__.items()
    }


def _shapes(key):
    """The shapes in a signature."""
    if isinstance(key, tuple):
        if len(key) == 4 and isinstance(key[0], tuple) and isinstance(key[2], str):
            yield key[0]
        else:
            for item in key:
                yield from _shapes(item)
