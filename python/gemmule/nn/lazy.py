"""Layers that learn the number of their inputs from the first batch."""

from collections.abc import Callable

from gemmule import empty
from gemmule.nn.conv import Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d
from gemmule.nn.linear import Linear
from gemmule.nn.module import Module
from gemmule.nn.norm import BatchNorm1d, BatchNorm2d, InstanceNorm1d, InstanceNorm2d
from gemmule.nn.parameter import Parameter, UninitializedParameter

__all__ = [
    "LazyBatchNorm1d",
    "LazyBatchNorm2d",
    "LazyConv1d",
    "LazyConv2d",
    "LazyConvTranspose1d",
    "LazyConvTranspose2d",
    "LazyInstanceNorm1d",
    "LazyInstanceNorm2d",
    "LazyLinear",
]


class _Lazy(Module):
    """What all share. Called for the first time, such a layer becomes one of the class
    `cls_to_become`, drawing its initial values then; its Parameters remain the same objects, so
    that an optimizer may hold them before.

    Until then its state holds Parameters without elements. Loading such a state leaves it waiting;
    loading that of a layer with sizes gives it theirs.
    """

    cls_to_become: type

    @property
    def _state_rank(self):
        """The rank of the weight (or running mean)."""
        raise NotImplementedError

    def _wait(self, *args, **kwargs):
        """Remember the constructor's arguments but the first, the number of inputs."""
        self._waiting = (args, kwargs)
        for parameter in self.parameters(recurse=False):
            parameter.data = empty((0,), dtype=parameter.dtype)
            parameter.__class__ = UninitializedParameter

    def has_uninitialized_params(self):
        """Whether the layer still waits for its first batch."""
        return True

    def initialize_parameters(self, input):
        """Become what `input` asks for, as the first call does by itself."""
        self._become(self._count(input))

    def _become(self, count):
        args, kwargs = self._waiting
        made = self.cls_to_become(count, *args, **kwargs)
        dtypes = {parameter.dtype for parameter in self.parameters(recurse=False)}
        if dtypes:  # it may have been cast since
            made.to(dtypes.pop())
        own = self.__dict__
        held = {name: own[name] for name in self._parameter_names}
        hooks = {name: own[name] for name in own if "hook" in name}
        training = self.training
        del own["_waiting"]
        own.update(made.__dict__)
        own.update(hooks, training=training)
        for name, parameter in held.items():
            if parameter is not None:
                parameter.data = own[name].data
                parameter.__class__ = Parameter
            own[name] = parameter
        self.__class__ = self.cls_to_become

    def forward(self, input, *args, **kwargs):
        self.initialize_parameters(input)
        return self.forward(input, *args, **kwargs)

    def _count(self, input):
        """The number of inputs that the first batch has."""
        raise NotImplementedError

    def _expect(self, state_dict, prefix):
        for name in ("weight", "running_mean"):
            held = state_dict.get(prefix + name)
            if held is not None and tuple(held.shape) != (0,):
                # A shape that cannot be this layer's is left for load_state_dict to complain of.
                if len(held.shape) == self._state_rank:
                    self._become(self._count_of(held.shape))
                return

    def _count_of(self, shape):
        """The number of inputs of a layer with a weight (or running mean) of this shape."""
        raise NotImplementedError


class LazyLinear(_Lazy, Linear):
    """:class:`Linear` whose in_features is the size of its first input's last dimension."""

    cls_to_become = Linear

    def __init__(self, out_features, bias=True, device=None, dtype=None):
        super().__init__(0, out_features, bias, device, dtype)
        self._wait(out_features, bias, device, dtype)

    _state_rank = 2

    def _count(self, input):
        return input.shape[-1]

    def _count_of(self, shape):
        return shape[1]


class _LazyConv(_Lazy):
    _dimensions: int

    @property
    def _state_rank(self):
        return self._dimensions + 2

    def _count(self, input):
        n = self._dimensions
        if input.ndim not in (n + 1, n + 2):
            raise ValueError(
                f"{type(self).__name__}: expected an input of {n + 1} or {n + 2} dimensions, "
                f"got shape {input.shape}"
            )
        return input.shape[-n - 1]


class _LazyPlainConv(_LazyConv):
    groups: int

    def __init__(
        self,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        bias=True,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        options = (kernel_size, stride, padding, dilation, groups, bias, padding_mode)
        # The next class in line is the layer.
        super().__init__(0, out_channels, *options, device, dtype)  # type: ignore[call-arg]
        self._wait(out_channels, *options, device, dtype)

    def _count_of(self, shape):
        return shape[1] * self.groups


class LazyConv1d(_LazyPlainConv, Conv1d):
    """:class:`Conv1d` whose in_channels are those of its first input."""

    cls_to_become = Conv1d


class LazyConv2d(_LazyPlainConv, Conv2d):
    """:class:`Conv2d` whose in_channels are those of its first input."""

    cls_to_become = Conv2d


class _LazyConvTranspose(_LazyConv):
    def __init__(
        self,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        output_padding=0,
        groups=1,
        bias=True,
        dilation=1,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        window = (kernel_size, stride, padding, output_padding)
        options = (*window, groups, bias, dilation, padding_mode, device, dtype)
        # The next class in line is the layer.
        super().__init__(0, out_channels, *options)  # type: ignore[call-arg]
        self._wait(out_channels, *options)

    def _count_of(self, shape):
        return shape[0]


class LazyConvTranspose1d(_LazyConvTranspose, ConvTranspose1d):
    """:class:`ConvTranspose1d` whose in_channels are those of its first input."""

    cls_to_become = ConvTranspose1d


class LazyConvTranspose2d(_LazyConvTranspose, ConvTranspose2d):
    """:class:`ConvTranspose2d` whose in_channels are those of its first input."""

    cls_to_become = ConvTranspose2d


class _LazyNorm(_Lazy):
    _check_rank: Callable
    _ranks: tuple

    def __init__(
        self,
        eps=1e-5,
        momentum=0.1,
        affine=True,
        track_running_stats=True,
        device=None,
        dtype=None,
        *,
        bias=True,
    ):
        options = (eps, momentum, affine, track_running_stats, device, dtype)
        super().__init__(0, *options, bias=bias)  # type: ignore[call-arg]  # the layer's
        self._wait(*options, bias=bias)

    _state_rank = 1

    def _count_of(self, shape):
        return shape[0]


class _LazyBatchNorm(_LazyNorm):
    def _count(self, input):
        self._check_rank(input)
        return input.shape[1]


class _LazyInstanceNorm(_LazyNorm):
    def _count(self, input):
        self._check_rank(input)
        return input.shape[1 if input.ndim == self._ranks[1] else 0]


class LazyBatchNorm1d(_LazyBatchNorm, BatchNorm1d):
    """:class:`BatchNorm1d` whose num_features are the channels of its first input."""

    cls_to_become = BatchNorm1d


class LazyBatchNorm2d(_LazyBatchNorm, BatchNorm2d):
    """:class:`BatchNorm2d` whose num_features are the channels of its first input."""

    cls_to_become = BatchNorm2d


class LazyInstanceNorm1d(_LazyInstanceNorm, InstanceNorm1d):
    """:class:`InstanceNorm1d` whose num_features are the channels of its first input."""

    cls_to_become = InstanceNorm1d


class LazyInstanceNorm2d(_LazyInstanceNorm, InstanceNorm2d):
    """:class:`InstanceNorm2d` whose num_features are the channels of its first input."""

    cls_to_become = InstanceNorm2d
