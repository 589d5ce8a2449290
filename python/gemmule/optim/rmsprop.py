"""RMSprop."""

from gemmule import _C
from gemmule.optim.optimizer import Optimizer, check_option


class RMSprop(Optimizer):
    """RMSprop (Hinton's lecture notes, 2012), as torch.optim.RMSprop.

    Per element, with gradient g (of ``maximize``: its negative; plus weight_decay · p):
    v ← α v + (1 - α) g²; p ← p - lr · g / (√v + eps). Centered (Graves, arXiv:1308.0850), with
    a ← α a + (1 - α) g, it divides by √(v - a²) + eps. With momentum the quotient goes into
    b ← momentum · b + quotient, and p ← p - lr · b.

    Args:
        params: Tensors, or dicts of them with options of their own.
        lr: learning rate.
        alpha, eps, weight_decay, momentum, centered: as in the formula.
        maximize: ascend.
        foreach, capturable, differentiable: accepted for PyTorch's sake; there is one
            implementation.

    Raises:
        ValueError: an option is out of range.
    """

    def __init__(
        self,
        params,
        lr=1e-2,
        alpha=0.99,
        eps=1e-8,
        weight_decay=0,
        momentum=0,
        centered=False,
        capturable=False,
        foreach=None,
        maximize=False,
        differentiable=False,
    ):
        check_option("RMSprop", "lr", lr, lr >= 0, "at least 0")
        check_option("RMSprop", "alpha", alpha, alpha >= 0, "at least 0")
        check_option("RMSprop", "eps", eps, eps >= 0, "at least 0")
        check_option("RMSprop", "weight_decay", weight_decay, weight_decay >= 0, "at least 0")
        check_option("RMSprop", "momentum", momentum, momentum >= 0, "at least 0")
        super().__init__(
            params,
            dict(
                lr=lr,
                momentum=momentum,
                alpha=alpha,
                eps=eps,
                centered=centered,
                weight_decay=weight_decay,
                capturable=capturable,
                foreach=foreach,
                maximize=maximize,
                differentiable=differentiable,
            ),
        )

    def _update(self, group, params, grads, lr):
        momentum, centered = group["momentum"], group["centered"]
        _C.rmsprop(
            [p._array for p in params],
            grads,
            self._kept(params, "square_avg"),
            self._kept(params, "momentum_buffer") if momentum else (),
            self._kept(params, "grad_avg") if centered else (),
            self._kept(params, "step", count=True),
            lr,
            group["alpha"],
            group["eps"],
            group["weight_decay"],
            momentum,
            centered,
            group["maximize"],
        )
