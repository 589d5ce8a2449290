"""Adagrad."""

from gemmule import _C
from gemmule.optim.optimizer import _HALVES, Optimizer, check_option
from gemmule.tensor import wrap


class Adagrad(Optimizer):
    """Adagrad (Duchi, Hazan, Singer, JMLR 2011), as torch.optim.Adagrad.

    Per element, with gradient g (of ``maximize``: its negative; plus weight_decay · p) at step t:
    s ← s + g²; p ← p - lr / (1 + (t - 1) lr_decay) · g / (√s + eps). It is made of elementwise
    operations, not one kernel.

    Args:
        params: Tensors, or dicts of them with options of their own.
        lr: learning rate.
        lr_decay, weight_decay, eps: as in the formula.
        initial_accumulator_value: s at first.
        maximize: ascend.
        foreach, differentiable, fused: accepted for PyTorch's sake; there is one implementation.

    Raises:
        ValueError: an option is out of range.
    """

    def __init__(
        self,
        params,
        lr=1e-2,
        lr_decay=0,
        weight_decay=0,
        initial_accumulator_value=0,
        eps=1e-10,
        foreach=None,
        *,
        maximize=False,
        differentiable=False,
        fused=None,
    ):
        numbers = dict(
            lr=lr,
            lr_decay=lr_decay,
            eps=eps,
            weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value,
        )
        for name, value in numbers.items():
            check_option("Adagrad", name, value, value >= 0, "at least 0")
        flags = dict(foreach=foreach, maximize=maximize, differentiable=differentiable, fused=fused)
        super().__init__(params, numbers | flags)

    def add_param_group(self, param_group):
        """See :class:`Optimizer`."""
        super().add_param_group(param_group)
        self._start(self.param_groups[-1], self.param_groups[-1]["params"])

    def _start(self, group, params):
        """Make the state of parameters without, or that had no shape yet."""
        self._kept(params, "step", count=True)
        for param in params:
            kept = self.state[param].get("sum")
            if kept is None or kept.shape != param.shape:
                dtype = _C.float32 if param.dtype in _HALVES else param.dtype
                value = float(group["initial_accumulator_value"])
                self.state[param]["sum"] = wrap(_C.full(param.shape, value, dtype, param.device))

    def _update(self, group, params, grads, lr):
        self._start(group, params)
        sums, steps = self._kept(params, "sum"), self._kept(params, "step", count=True)
        for param, g, s, step in zip(params, grads, sums, steps, strict=True):
            p = param._array
            _C.add(step, 1.0, step)
            rate = group["lr"] / (1 + (_C.item(step) - 1) * group["lr_decay"])
            if group["maximize"]:
                g = -g
            if group["weight_decay"]:
                g = g + p * group["weight_decay"]
            _C.add(s, g * g, s)
            _C.subtract(p, g / (_C.sqrt(s) + group["eps"]) * rate, p)
