"""Convolution layers, plain and transposed, in one and two dimensions."""

import math
from collections.abc import Callable

from gemmule.nn import functional as F
from gemmule.nn import init
from gemmule.nn._sizes import check_sizes, per_dimension
from gemmule.nn.module import Module
from gemmule.nn.parameter import Parameter, new_parameter
from gemmule.tensor import Tensor

__all__ = ["Conv1d", "Conv2d", "ConvTranspose1d", "ConvTranspose2d"]

_MODES = ("zeros", "reflect", "replicate", "circular")


class _Conv(Module):
    """What all convolutions share: their sizes, their weights and how they read."""

    bias: Parameter | None
    _dimensions: int
    _transposed = False

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride,
        padding,
        dilation,
        output_padding,
        groups,
        bias,
        padding_mode,
        device,
        dtype,
    ):
        super().__init__()
        n = self._dimensions
        check_sizes(self, in_channels=in_channels, out_channels=out_channels, groups=groups)
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = per_dimension(kernel_size, n)
        self.stride = per_dimension(stride, n)
        self.padding = padding if isinstance(padding, str) else per_dimension(padding, n)
        self.dilation = per_dimension(dilation, n)
        self.transposed = self._transposed
        self.output_padding = per_dimension(output_padding, n)
        self.groups = groups
        self.padding_mode = padding_mode
        for size in self.kernel_size:
            check_sizes(self, kernel_size=size)
        self._check()
        inner, outer = in_channels // groups, out_channels
        if self._transposed:
            inner, outer = out_channels // groups, in_channels
        self.weight = new_parameter((outer, inner, *self.kernel_size), device, dtype)
        if bias:
            self.bias = new_parameter((out_channels,), device, dtype)
        else:
            self.register_parameter("bias", None)
        self._border = self._border_widths()
        self.reset_parameters()

    def _check(self):
        name = type(self).__name__
        if self.groups <= 0:
            raise ValueError(f"{name}: groups must be positive, got {self.groups}")
        for channels, kind in ((self.in_channels, "in"), (self.out_channels, "out")):
            if channels % self.groups:
                raise ValueError(
                    f"{name}: {kind}_channels {channels} must be divisible by groups {self.groups}"
                )
        if self.padding_mode not in _MODES:
            raise ValueError(
                f"{name}: padding_mode must be one of {_MODES}, got {self.padding_mode!r}"
            )
        if self._transposed and self.padding_mode != "zeros":
            raise ValueError(f"{name}: only padding_mode 'zeros' is possible when transposed")
        if isinstance(self.padding, str):
            if self._transposed or self.padding not in ("same", "valid"):
                raise ValueError(f"{name}: padding {self.padding!r} is not 'same' or 'valid'")
            if self.padding == "same" and any(stride != 1 for stride in self.stride):
                raise ValueError(f"{name}: padding 'same' needs stride 1, got {self.stride}")

    def _border_widths(self):
        """For ``pad``: what a padding_mode other than zeros adds on each side, last one first."""
        if self.padding == "valid":
            return (0, 0) * self._dimensions
        if self.padding == "same":
            totals = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size, strict=True)]
            return tuple(w for total in totals[::-1] for w in (total // 2, total - total // 2))
        return tuple(width for width in self.padding[::-1] for _ in range(2))

    def reset_parameters(self):
        """Draw new initial values, uniform within ±1/√(inputs of one output)."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in = math.prod(self.weight.shape[1:])
            if fan_in:
                init.uniform_(self.bias, -1 / math.sqrt(fan_in), 1 / math.sqrt(fan_in))

    def _padded(self, input):
        """(input, padding left to the convolution) under padding_mode."""
        if self.padding_mode == "zeros":
            return input, self.padding
        return F.pad(input, self._border, mode=self.padding_mode), 0

    def extra_repr(self):
        text = (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, "
            f"stride={self.stride}"
        )
        n = self._dimensions
        if self.padding != (0,) * n:
            text += f", padding={self.padding}"
        if self.dilation != (1,) * n:
            text += f", dilation={self.dilation}"
        if self.output_padding != (0,) * n:
            text += f", output_padding={self.output_padding}"
        if self.groups != 1:
            text += f", groups={self.groups}"
        if self.bias is None:
            text += ", bias=False"
        if self.padding_mode != "zeros":
            text += f", padding_mode={self.padding_mode}"
        return text


class _PlainConv(_Conv):
    _convolve: Callable[..., Tensor]

    def __init__(
        self,
        in_channels,
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
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            0,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def forward(self, input):
        input, padding = self._padded(input)
        return self._convolve(
            input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups
        )


class Conv1d(_PlainConv):
    """Convolution over (N, in_channels, L) or (in_channels, L).

    Args:
        kernel_size, stride, dilation: along L.
        padding: added on both ends, or ``"same"``, ``"valid"``.
        groups: blocks that the channels are cut into; each output sees one.
        bias: whether to add one number per output channel.
        padding_mode: ``"zeros"``, ``"reflect"``, ``"replicate"`` or ``"circular"``.

    Attributes:
        weight: (out_channels, in_channels / groups, kernel_size).
        bias: (out_channels,) or None.
    """

    _dimensions = 1
    _convolve = staticmethod(F.conv1d)


class Conv2d(_PlainConv):
    """Convolution over (N, in_channels, H, W) or (in_channels, H, W).

    Sizes are one number for both dimensions or a pair; see :class:`Conv1d`.

    Attributes:
        weight: (out_channels, in_channels / groups, *kernel_size).
        bias: (out_channels,) or None.
    """

    _dimensions = 2
    _convolve = staticmethod(F.conv2d)


class _ConvTranspose(_Conv):
    _convolve: Callable[..., Tensor]
    _transposed = True

    def __init__(
        self,
        in_channels,
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
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            output_padding,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def _extra(self, input, output_size):
        """The output padding that leads to `output_size`."""
        if output_size is None:
            return self.output_padding
        n = self._dimensions
        wanted = tuple(output_size)[-n:]
        if len(output_size) not in (n, input.ndim):
            raise ValueError(f"output_size must have {n} or {input.ndim} sizes, got {output_size}")
        least = [
            (size - 1) * s - 2 * p + d * (k - 1) + 1
            for size, s, p, d, k in zip(
                input.shape[-n:],
                self.stride,
                self.padding,
                self.dilation,
                self.kernel_size,
                strict=True,
            )
        ]
        most = [size + s - 1 for size, s in zip(least, self.stride, strict=True)]
        if any(not a <= w <= b for a, w, b in zip(least, wanted, most, strict=True)):
            raise ValueError(
                f"requested an output size of {wanted}, but valid sizes range from {least} to "
                f"{most} for an input of shape {input.shape}"
            )
        return tuple(w - a for w, a in zip(wanted, least, strict=True))

    def forward(self, input, output_size=None):
        return self._convolve(
            input,
            self.weight,
            self.bias,
            self.stride,
            self.padding,
            self._extra(input, output_size),
            self.groups,
            self.dilation,
        )


class ConvTranspose1d(_ConvTranspose):
    """Transposed convolution over (N, in_channels, L): the gradient of a convolution, as a layer.

    Args:
        output_padding: added to one end of the output's length, which `stride` leaves open.

    Attributes:
        weight: (in_channels, out_channels / groups, kernel_size).
        bias: (out_channels,) or None.
    """

    _dimensions = 1
    _convolve = staticmethod(F.conv_transpose1d)


class ConvTranspose2d(_ConvTranspose):
    """Transposed convolution over (N, in_channels, H, W). See :class:`ConvTranspose1d`.

    Attributes:
        weight: (in_channels, out_channels / groups, *kernel_size).
        bias: (out_channels,) or None.
    """

    _dimensions = 2
    _convolve = staticmethod(F.conv_transpose2d)
