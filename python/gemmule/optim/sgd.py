"""Stochastic gradient descent."""

from gemmule import _C
from gemmule.optim.optimizer import Optimizer, check_option


class SGD(Optimizer):
    """Stochastic gradient descent with momentum, as torch.optim.SGD.

    Per element, with gradient g (of ``maximize``: its negative; plus weight_decay · p):
    b ← momentum · b + (1 - dampening) · g, which starts as g; p ← p - lr · b, or with Nesterov's
    momentum p - lr · (g + momentum · b).

    Args:
        params: Tensors, or dicts of them with options of their own.
        lr: learning rate.
        momentum, dampening, weight_decay: as in the formula.
        nesterov: Nesterov's momentum (Sutskever et al., ICML 2013).
        maximize: ascend.
        foreach, differentiable, fused: accepted for PyTorch's sake; there is one implementation.

    Raises:
        ValueError: an option is out of range, or Nesterov's momentum without momentum.

    Example:
        >>> import gemmule
        >>> p = gemmule.tensor([1.0, 2.0]).requires_grad_()
        >>> optimizer = gemmule.optim.SGD([p], lr=0.5)
        >>> (p * p).sum().backward()
        >>> optimizer.step()
        >>> p.tolist()
        [0.0, 0.0]
    """

    def __init__(
        self,
        params,
        lr=1e-3,
        momentum=0,
        dampening=0,
        weight_decay=0,
        nesterov=False,
        *,
        maximize=False,
        foreach=None,
        differentiable=False,
        fused=None,
    ):
        check_option("SGD", "lr", lr, lr >= 0, "at least 0")
        check_option("SGD", "momentum", momentum, momentum >= 0, "at least 0")
        check_option("SGD", "weight_decay", weight_decay, weight_decay >= 0, "at least 0")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("SGD: nesterov needs momentum above 0 and dampening 0")
        super().__init__(
            params,
            dict(
                lr=lr,
                momentum=momentum,
                dampening=dampening,
                weight_decay=weight_decay,
                nesterov=nesterov,
                maximize=maximize,
                foreach=foreach,
                differentiable=differentiable,
                fused=fused,
            ),
        )

    def _update(self, group, params, grads, lr):
        options = (
            group["momentum"],
            group["dampening"],
            group["weight_decay"],
            group["nesterov"],
            group["maximize"],
        )
        if not group["momentum"]:
            _C.sgd([p._array for p in params], grads, (), lr, *options, False)
            return
        # A buffer starts as the gradient itself; parameters may come in later than others.
        fresh = [self.state[p].get("momentum_buffer") is None for p in params]
        for first in {*fresh}:
            chosen = [i for i, is_fresh in enumerate(fresh) if is_fresh == first]
            some = [params[i] for i in chosen]
            buffers = self._kept(some, "momentum_buffer")
            _C.sgd(
                [p._array for p in some], [grads[i] for i in chosen], buffers, lr, *options, first
            )
