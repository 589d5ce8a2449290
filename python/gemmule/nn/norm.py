"""Normalisation layers."""

import numbers

from gemmule import _C, ones, zeros
from gemmule.autograd import no_grad
from gemmule.nn import functional as F
from gemmule.nn import init
from gemmule.nn._sizes import check_sizes
from gemmule.nn.module import Module
from gemmule.nn.parameter import Parameter, new_parameter
from gemmule.tensor import Tensor

__all__ = [
    "BatchNorm1d",
    "BatchNorm2d",
    "GroupNorm",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "LayerNorm",
    "LocalResponseNorm",
    "RMSNorm",
]


class _Affine(Module):
    """Layers with a weight that starts at 1 and a bias that starts at 0, or without."""

    weight: Parameter | None
    bias: Parameter | None

    def _add_affine(self, shape, weight, bias, device, dtype):
        for name, wanted in (("weight", weight), ("bias", weight and bias)):
            parameter = new_parameter(shape, device, dtype) if wanted else None
            self.register_parameter(name, parameter)

    def reset_parameters(self):
        """Set the weight to 1 and the bias to 0."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)


class _RunningNorm(_Affine):
    """What batch and instance norm share: running statistics of each channel."""

    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None
    _ranks: tuple
    _means: str

    def __init__(
        self,
        num_features,
        eps=1e-5,
        momentum=0.1,
        affine=True,
        track_running_stats=True,
        device=None,
        dtype=None,
        *,
        bias=True,
    ):
        super().__init__()
        check_sizes(self, num_features=num_features)
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        self._add_affine((num_features,), affine, bias, device, dtype)
        if track_running_stats:
            self.register_buffer("running_mean", zeros((num_features,), device=device, dtype=dtype))
            self.register_buffer("running_var", ones((num_features,), device=device, dtype=dtype))
            self.register_buffer("num_batches_tracked", zeros((), device=device, dtype=_C.int64))
        else:
            self.register_buffer("running_mean", None)
            self.register_buffer("running_var", None)
            self.register_buffer("num_batches_tracked", None)
        self.reset_parameters()

    def reset_running_stats(self):
        """Forget the running statistics."""
        if self.track_running_stats:
            with no_grad():
                for buffer, value in (
                    (self.running_mean, 0),
                    (self.running_var, 1),
                    (self.num_batches_tracked, 0),
                ):
                    if buffer is not None:
                        buffer.fill_(value)

    def reset_parameters(self):
        """Forget the running statistics; set the weight to 1 and the bias to 0."""
        self.reset_running_stats()
        super().reset_parameters()

    def _check_rank(self, input):
        if input.ndim not in self._ranks:
            raise ValueError(
                f"{type(self).__name__}: expected an input of {self._means} dimensions, "
                f"got shape {input.shape}"
            )

    def extra_repr(self):
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class _BatchNorm(_RunningNorm):
    def forward(self, input):
        self._check_rank(input)
        momentum = 0.0 if self.momentum is None else self.momentum
        counted = self.num_batches_tracked
        if self.training and self.track_running_stats and counted is not None:
            with no_grad():
                counted += 1
            if self.momentum is None:
                momentum = 1.0 / counted.item()
        from_batch = self.training or self.running_mean is None
        tracks = not self.training or self.track_running_stats
        return F.batch_norm(
            input,
            self.running_mean if tracks else None,
            self.running_var if tracks else None,
            self.weight,
            self.bias,
            from_batch,
            momentum,
            self.eps,
        )


class BatchNorm1d(_BatchNorm):
    """y = (x − mean) / √(var + eps) · weight + bias per channel of (N, C) or (N, C, L): Ioffe and
    Szegedy, 2015.

    In training the mean and variance are the batch's, and the running ones move towards them; in
    evaluation the running ones are used.

    Args:
        num_features: C.
        eps: added to the variance.
        momentum: how far a batch moves the running statistics; None averages all batches.
        affine: whether there are a weight and a bias.
        track_running_stats: whether there are running statistics.
        bias: whether there is a bias beside the weight.

    Attributes:
        weight, bias: (C,) or None.
        running_mean, running_var: (C,) or None, buffers.
        num_batches_tracked: int64 of no dimensions, or None.
    """

    _ranks, _means = (2, 3), "2 or 3"


class BatchNorm2d(_BatchNorm):
    """Batch norm over (N, C, H, W). See :class:`BatchNorm1d`."""

    _ranks, _means = (4,), "4"


class _InstanceNorm(_RunningNorm):
    def __init__(
        self,
        num_features,
        eps=1e-5,
        momentum=0.1,
        affine=False,
        track_running_stats=False,
        device=None,
        dtype=None,
        *,
        bias=True,
    ):
        super().__init__(
            num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias
        )

    def forward(self, input):
        self._check_rank(input)
        batched = input if input.ndim == self._ranks[1] else input.unsqueeze(0)
        if batched.shape[1] != self.num_features:
            raise ValueError(
                f"{type(self).__name__}: expected {self.num_features} channels, "
                f"got an input of shape {input.shape}"
            )
        result = F.instance_norm(
            batched,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            self.momentum if self.momentum is not None else 0.0,
            self.eps,
        )
        return result if batched is input else result.squeeze(0)


class InstanceNorm1d(_InstanceNorm):
    """Norm of each channel of each sample of (N, C, L) or (C, L) by its own mean and variance:
    Ulyanov and others, 2016. Arguments are those of :class:`BatchNorm1d`."""

    _ranks, _means = (2, 3), "2 or 3"


class InstanceNorm2d(_InstanceNorm):
    """Instance norm over (N, C, H, W) or (C, H, W). See :class:`InstanceNorm1d`."""

    _ranks, _means = (3, 4), "3 or 4"


def _as_shape(shape):
    return (shape,) if isinstance(shape, numbers.Integral) else tuple(shape)


class LayerNorm(_Affine):
    """y = (x − mean) / √(var + eps) · weight + bias over the last dimensions: Ba and others, 2016.

    Args:
        normalized_shape: the sizes of those dimensions.
        eps: added to the variance.
        elementwise_affine: whether there are a weight and a bias.
        bias: whether there is a bias beside the weight.
    """

    def __init__(
        self,
        normalized_shape,
        eps=1e-5,
        elementwise_affine=True,
        bias=True,
        device=None,
        dtype=None,
    ):
        super().__init__()
        self.normalized_shape = _as_shape(normalized_shape)
        for size in self.normalized_shape:
            check_sizes(self, normalized_shape=size)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self._add_affine(self.normalized_shape, elementwise_affine, bias, device, dtype)
        self.reset_parameters()

    def forward(self, input):
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self):
        return (
            f"{self.normalized_shape}, eps={self.eps}, "
            f"elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}"
        )


class RMSNorm(Module):
    """y = x / √(mean(x²) + eps) · weight over the last dimensions: Zhang and Sennrich, 2019.

    Args:
        normalized_shape: the sizes of those dimensions.
        eps: added to the mean square; None is the dtype's epsilon.
        elementwise_affine: whether there is a weight.
    """

    def __init__(
        self, normalized_shape, eps=None, elementwise_affine=True, device=None, dtype=None
    ):
        super().__init__()
        self.normalized_shape = _as_shape(normalized_shape)
        for size in self.normalized_shape:
            check_sizes(self, normalized_shape=size)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        if elementwise_affine:
            self.weight = new_parameter(self.normalized_shape, device, dtype)
        else:
            self.register_parameter("weight", None)
        self.reset_parameters()

    def reset_parameters(self):
        """Set the weight to 1."""
        if self.weight is not None:
            init.ones_(self.weight)

    def forward(self, x):
        return F.rms_norm(x, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self):
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
        )


class GroupNorm(_Affine):
    """Norm of each group of channels of each sample of (N, C, ...): Wu and He, 2018.

    Args:
        num_groups: how many groups the channels are cut into.
        num_channels: C, a multiple of `num_groups`.
        eps: added to the variance.
        affine: whether there are a weight and a bias, of shape (C,).
        bias: whether there is a bias beside the weight.
    """

    def __init__(
        self, num_groups, num_channels, eps=1e-5, affine=True, device=None, dtype=None, *, bias=True
    ):
        super().__init__()
        check_sizes(self, num_groups=num_groups, num_channels=num_channels)
        if num_groups == 0 or num_channels % num_groups:
            raise ValueError(
                f"GroupNorm: num_channels {num_channels} must be divisible by "
                f"num_groups {num_groups}"
            )
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        self._add_affine((num_channels,), affine, bias, device, dtype)
        self.reset_parameters()

    def forward(self, input):
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self):
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class LocalResponseNorm(Module):
    """y = x / (k + alpha · mean of x² over `size` neighbouring channels)^beta: Krizhevsky and
    others, 2012."""

    def __init__(self, size, alpha=1e-4, beta=0.75, k=1.0):
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, input):
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self):
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
