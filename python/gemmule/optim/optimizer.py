"""What all optimizers share: parameter groups, the walk over them, state dicts."""

import collections
import copy
from collections.abc import Iterable

import numpy

from gemmule import _C
from gemmule.autograd import enable_grad
from gemmule.devices import filled_like
from gemmule.tensor import Tensor, raw, wrap

_HALVES = (_C.float16, _C.bfloat16)
# Flags that states of older PyTorch do not hold: a group keeps its own.
_LATER = {"maximize", "foreach", "capturable", "differentiable", "fused", "decoupled_weight_decay"}


class Optimizer:
    """Base class: holds parameter groups and what is kept for each parameter.

    Attributes:
        param_groups: dicts with ``"params"``, a list of Tensors, and their options.
        state: {parameter: {name: Tensor}}.

    A step of 16-bit parameters is taken in float32, which their state stays in, and rounded. No
    float32 copy of them is kept: a step smaller than half their last bit (in bfloat16 1/512 of the
    value) is lost, and training stalls at small learning rates. Keep parameters in float32 then and
    compute under :class:`gemmule.autocast`.

    A subclass defines ``_update(group, params, grads, lr)``: one step for a group's parameters that
    have gradients, where ``lr`` is the learning rate in a cell.
    """

    def __init__(self, params, defaults):
        module = hasattr(params, "parameters")
        if module or isinstance(params, Tensor) or not isinstance(params, Iterable):
            has = "; pass net.parameters()" if module else ""
            raise TypeError(
                f"{type(self).__name__}: params must be an iterable of Tensors, "
                f"got one {type(params).__name__}{has}"
            )
        self.defaults = defaults
        self.state: collections.defaultdict[Tensor, dict] = collections.defaultdict(dict)
        self.param_groups: list[dict] = []
        self._cells: list = []
        groups = list(params)
        if not groups:
            raise ValueError(
                f"{type(self).__name__}: got no parameters; a module finds those of layers that "
                "are its attributes or in an nn.ModuleList, not in a plain list"
            )
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def __repr__(self):
        lines = [f"{type(self).__name__} ("]
        for i, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {i}")
            lines += [f"    {name}: {group[name]}" for name in sorted(group) if name != "params"]
        return "\n".join(lines) + "\n)"

    def add_param_group(self, param_group):
        """Add parameters with options of their own, as when layers are unfrozen later.

        Args:
            param_group: dict with ``"params"``, a Tensor or an iterable of them; what else it holds
                stands in for the defaults.

        Raises:
            TypeError: something is no Tensor.
            ValueError: a parameter is no leaf, or is in a group already.
        """
        name = type(self).__name__
        group = dict(param_group)
        params = group["params"]
        group["params"] = params = [params] if isinstance(params, Tensor) else list(params)
        seen = {id(p) for other in self.param_groups for p in other["params"]}
        for i, param in enumerate(params):
            if not isinstance(param, Tensor):
                raise TypeError(f"{name}: parameter {i} is a {type(param).__name__}, no Tensor")
            if not param.is_leaf:
                raise ValueError(f"{name}: parameter {i} is no leaf: an operation made it")
            if id(param) in seen:
                raise ValueError(f"{name}: parameter {i} of shape {param.shape} is given twice")
            seen.add(id(param))
        for option, value in self.defaults.items():
            group.setdefault(option, value)
        self.param_groups.append(group)

    def zero_grad(self, set_to_none=True):
        """Drop the gradients of all parameters, or fill them with zeros."""
        for group in self.param_groups:
            for param in group["params"]:
                if set_to_none:
                    param.grad = None
                elif param.grad is not None:
                    param.grad = wrap(filled_like(param._array, 0.0))

    def step(self, closure=None):
        """Update every parameter that has a gradient.

        Args:
            closure: recomputes the loss and its gradients first, and returns the loss.

        Returns:
            What `closure` returned, or None.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        for i, group in enumerate(self.param_groups):
            params = [p for p in group["params"] if p.grad is not None]
            if params:
                self._update_all(group, params, self._learning_rate(i, group))
        return loss

    def _update(self, group, params, grads, lr):
        raise NotImplementedError(f"{type(self).__name__} has no _update method")

    def _update_all(self, group, params, lr):
        halves = [p for p in params if p.dtype in _HALVES]
        whole = [p for p in params if p.dtype not in _HALVES] if halves else params
        if whole:
            self._update(group, whole, [p.grad._array for p in whole], lr)
        if halves:
            self._update_halves(group, halves, lr)

    def _update_halves(self, group, params, lr):
        """One step in float32, in which their state is kept as well: stand-ins take the step."""
        stands = [wrap(_C.astype(p._array, _C.float32)) for p in params]
        for param, stand in zip(params, stands, strict=True):
            self.state[stand] = self.state[param]
        try:
            grads = [_C.astype(p.grad._array, _C.float32) for p in params]
            self._update(group, stands, grads, lr)
            for param, stand in zip(params, stands, strict=True):
                _C.copy_into(param._array, stand._array)
        finally:
            for stand in stands:
                del self.state[stand]

    def _learning_rate(self, i, group):
        """The group's rate, in a cell that stays in place for a recorded step to read."""
        while len(self._cells) <= i:
            value = numpy.zeros(1)
            self._cells.append((value, _C.from_buffer(value)))
        value, cell = self._cells[i]
        value[0] = float(group["lr"])
        return cell

    def _kept(self, params, name, count=False):
        """What is kept by this name for each parameter, zeros at first; `count`: of shape ()."""
        arrays = []
        for param in params:
            state = self.state[param]
            kept = state.get(name)
            if kept is None:
                zeros = _C.full((), 0.0, _C.float32) if count else filled_like(param._array, 0.0)
                kept = state[name] = wrap(zeros)
            arrays.append(kept._array)
        return arrays

    def state_dict(self):
        """Everything but the parameters, in torch.optim's layout.

        Returns:
            ``{"state": {position: {name: Tensor}}, "param_groups": [{…, "params": [position]}]}``;
            the Tensors are the optimizer's own.
        """
        position: dict[int, int] = {}
        groups = []
        for group in self.param_groups:
            packed = {name: value for name, value in group.items() if name != "params"}
            for param in group["params"]:
                position[id(param)] = len(position)
            packed["params"] = [position[id(param)] for param in group["params"]]
            groups.append(packed)
        state = {position[id(param)]: kept for param, kept in self.state.items()}
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict):
        """Take over what :meth:`state_dict` gave, here or in PyTorch. Tensors are copied.

        Raises:
            ValueError: other groups, groups of another size, or the state of another optimizer.
            TypeError: no dict.
        """
        name = type(self).__name__
        groups = self._loaded_groups(state_dict)
        sizes = [len(group["params"]) for group in groups]
        own = [len(group["params"]) for group in self.param_groups]
        if sizes != own:
            raise ValueError(f"{name}: the state has groups of {sizes} parameters, expected {own}")
        params = [p for group in self.param_groups for p in group["params"]]
        positions = [k for group in groups for k in group["params"]]
        param_at = dict(zip(positions, params, strict=True))
        state: collections.defaultdict[Tensor, dict] = collections.defaultdict(dict)
        for position, kept in state_dict["state"].items():
            param = param_at.get(position)
            if param is None:
                raise ValueError(f"{name}: the state holds parameter {position}, no group does")
            state[param] = {key: self._loaded(param, key, value) for key, value in kept.items()}
        for group, saved in zip(self.param_groups, groups, strict=True):
            options = {k: copy.deepcopy(v) for k, v in saved.items() if k != "params"}
            group.update(options)
        self.state = state

    def _loaded_groups(self, state_dict):
        """The groups of a state dict, each checked to hold the options of this optimizer."""
        name = type(self).__name__
        if not isinstance(state_dict, dict):
            raise TypeError(f"{name}: expected a state dict, got {type(state_dict).__name__}")
        for key in ("state", "param_groups"):
            if key not in state_dict:
                raise ValueError(
                    f"{name}: the state dict has no {key!r}, its keys are {list(state_dict)}"
                )
        for i, group in enumerate(state_dict["param_groups"]):
            for key in ("params", *self.defaults):
                if key not in group and key not in _LATER:
                    raise ValueError(
                        f"{name}: group {i} of the state has no {key!r}; its options are "
                        f"{[k for k in group if k != 'params']}, another optimizer's"
                    )
        return state_dict["param_groups"]

    def _loaded(self, param, key, value):
        """A copy of something kept, in the dtype of its parameter's state; of counts in theirs."""
        if value is None or isinstance(value, (str, bytes)):
            return value
        array = raw(value)
        if isinstance(array, (int, float)):
            array = _C.full((), float(array), _C.float32)
        if key == "step":
            return wrap(_C.copy(_C.astype(array, _C.float32)))
        if array.shape != param.shape:
            raise ValueError(
                f"{type(self).__name__}: {key} of shape {array.shape} for a parameter of shape "
                f"{param.shape}"
            )
        dtype = _C.float32 if param.dtype in _HALVES else param.dtype
        return wrap(_C.copy(_C.astype(array, dtype)))


def check_option(optimizer, name, value, valid, expected):
    """ValueError unless `valid`, naming the optimizer, the option and what was expected."""
    if not valid:
        raise ValueError(f"{optimizer}: {name} {value}, expected {expected}")
