"""Adam and AdamW."""

from gemmule import _C
from gemmule.optim.optimizer import Optimizer, check_option


class Adam(Optimizer):
    """Adam (Kingma and Ba, ICLR 2015), as torch.optim.Adam.

    Per element, with gradient g (of ``maximize``: its negative; plus weight_decay · p) in step t:
    m ← β1 m + (1 - β1) g; v ← β2 v + (1 - β2) g²;
    p ← p - lr / (1 - β1ᵗ) · m / (√v / √(1 - β2ᵗ) + eps).

    Args:
        params: Tensors, or dicts of them with options of their own.
        lr: learning rate.
        betas: (β1, β2).
        eps: added to the denominator.
        weight_decay: added to the gradient; decoupled, lr times it is taken off the parameters.
        amsgrad: divide by the largest v so far (Reddi et al., ICLR 2018).
        maximize: ascend.
        decoupled_weight_decay: as :class:`AdamW`.
        foreach, capturable, differentiable, fused: accepted for PyTorch's sake; there is one
            implementation.

    Raises:
        ValueError: an option is out of range.

    Example:
        >>> import gemmule
        >>> p = gemmule.tensor([1.0, -2.0]).requires_grad_()
        >>> optimizer = gemmule.optim.Adam([p], lr=0.25)
        >>> (p * p).sum().backward()
        >>> optimizer.step()
        >>> p.tolist()
        [0.75, -1.75]
    """

    def __init__(
        self,
        params,
        lr=1e-3,
        betas=(0.9, 0.999),
        eps=1e-8,
        weight_decay=0,
        amsgrad=False,
        *,
        foreach=None,
        maximize=False,
        capturable=False,
        differentiable=False,
        fused=None,
        decoupled_weight_decay=False,
    ):
        name = type(self).__name__
        check_option(name, "lr", lr, lr >= 0, "at least 0")
        check_option(name, "eps", eps, eps >= 0, "at least 0")
        check_option(name, "weight_decay", weight_decay, weight_decay >= 0, "at least 0")
        for i, beta in enumerate(betas):
            check_option(name, f"betas[{i}]", beta, 0 <= beta < 1, "in [0, 1)")
        super().__init__(
            params,
            dict(
                lr=lr,
                betas=betas,
                eps=eps,
                weight_decay=weight_decay,
                amsgrad=amsgrad,
                maximize=maximize,
                foreach=foreach,
                capturable=capturable,
                differentiable=differentiable,
                fused=fused,
                decoupled_weight_decay=decoupled_weight_decay,
            ),
        )

    def _update(self, group, params, grads, lr):
        amsgrad = group["amsgrad"]
        beta1, beta2 = group["betas"]
        _C.adam(
            [p._array for p in params],
            grads,
            self._kept(params, "exp_avg"),
            self._kept(params, "exp_avg_sq"),
            self._kept(params, "max_exp_avg_sq") if amsgrad else (),
            self._kept(params, "step", count=True),
            lr,
            beta1,
            beta2,
            group["eps"],
            group["weight_decay"],
            group.get("decoupled_weight_decay", False),
            amsgrad,
            group["maximize"],
        )


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter, ICLR 2019), as torch.optim.AdamW.

    Before Adam's step, without weight decay in the gradient: p ← p - lr · weight_decay · p.
    Arguments as :class:`Adam`; weight_decay is 0.01 if not given.
    """

    def __init__(
        self,
        params,
        lr=1e-3,
        betas=(0.9, 0.999),
        eps=1e-8,
        weight_decay=1e-2,
        amsgrad=False,
        *,
        maximize=False,
        foreach=None,
        capturable=False,
        differentiable=False,
        fused=None,
    ):
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=True,
        )
