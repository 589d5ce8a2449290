"""Convolution over the last one or two dimensions, and transposed convolution."""

from gemmule import _C
from gemmule.autograd import track
from gemmule.ops.precision import lowered
from gemmule.tensor import raw

__all__ = [
    "conv1d",
    "conv2d",
    "conv_transpose1d",
    "conv_transpose2d",
    "get_float32_conv_precision",
    "set_float32_conv_precision",
]

_conv1d, _conv2d = _C.conv1d, _C.conv2d
_conv_transpose1d, _conv_transpose2d = _C.conv_transpose1d, _C.conv_transpose2d
_conv_data_gradient, _conv_weight_gradient = _C.conv_data_gradient, _C.conv_weight_gradient
_conv_parameter_gradients, _conv_bias_gradient = _C.conv_parameter_gradients, _C.conv_bias_gradient
_conv_transpose_data_gradient = _C.conv_transpose_data_gradient


@lowered
def conv1d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Cross-correlation along the last dimension. See :func:`conv2d`.

    Args:
        input: float tensor of shape (N, C, L) or (C, L).
        weight: (O, C / groups, K), of the input's dtype.
        bias: (O,) or None.
        stride, padding, dilation: one number each; padding also "valid" or "same", or the zeros
            before and after: (dilation·(K − 1), 0) makes it causal.
        groups: as in :func:`conv2d`.

    Returns:
        (N, O, L') with L' = ⌊(L + 2·padding − dilation·(K − 1) − 1) / stride⌋ + 1.

    Raises:
        ValueError: shapes do not fit together, or the kernel does not fit the padded input.
        TypeError: dtypes differ.
    """
    x, w, b = raw(input), raw(weight), None if bias is None else raw(bias)
    if isinstance(padding, str):
        padding = _named_padding("conv1d", padding, w.shape, stride, dilation, 1)
    window = (stride, padding, dilation, groups)
    out = _conv1d(x, w, b, *window)
    return track(out, (input, weight, bias), _conv_vjp, (x, w, window, 1))


@lowered
def conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Cross-correlation over the last two dimensions.

    out[n, o, i, j] = bias[o] + Σ weight[o, c, y, x] · input[n, c, i·s − p + y·d, j·s − p + x·d]

    Args:
        input: float tensor of shape (N, C, H, W) or (C, H, W).
        weight: (O, C / groups, Ky, Kx), of the input's dtype.
        bias: (O,) or None.
        stride, dilation: numbers for rows and columns, or one for both.
        padding: zeros around the input, likewise, or before and after rows and before and after
            columns; or "valid" (none), or "same" (the output has the input's size; stride must be
            1, an odd zero goes to the end).
        groups: the o-th run of O / groups outputs reads the o-th run of C / groups channels only.

    Returns:
        (N, O, H', W'); H' = ⌊(H + 2·padding − dilation·(Ky − 1) − 1) / stride⌋ + 1, W' likewise.

    Raises:
        ValueError: shapes do not fit together, or the kernel does not fit the padded input.
        TypeError: dtypes differ.
    """
    x, w, b = raw(input), raw(weight), None if bias is None else raw(bias)
    if isinstance(padding, str):
        padding = _named_padding("conv2d", padding, w.shape, stride, dilation, 2)
    window = (stride, padding, dilation, groups)
    out = _conv2d(x, w, b, *window)
    return track(out, (input, weight, bias), _conv_vjp, (x, w, window, 2))


def _named_padding(op, padding, weight, stride, dilation, axes):
    """ "valid" and "same" as numbers: before and after each axis."""
    if padding == "valid":
        return 0
    if padding != "same":
        raise ValueError(f'{op}: padding must be numbers, "valid" or "same", got {padding!r}')
    if any(s != 1 for s in ((stride,) if isinstance(stride, int) else stride)):
        raise ValueError(f'{op}: padding "same" needs stride 1, got {stride}')
    dilations = [dilation] * axes if isinstance(dilation, int) else list(dilation)
    pads = []
    for d, kernel in zip(dilations, weight[2:], strict=False):
        total = d * (kernel - 1)
        pads += [total // 2, total - total // 2]
    return pads


def _conv_vjp(gs, needs, x, w, window, axes):
    g = gs[0]
    data = _conv_data_gradient(g, w, x.shape, *window, axes) if needs[0] else None
    if needs[1] and needs[2]:
        return data, *_conv_parameter_gradients(g, x, w.shape, *window, axes)
    return (
        data,
        _conv_weight_gradient(g, x, w.shape, *window, axes) if needs[1] else None,
        _conv_bias_gradient(g, axes) if needs[2] else None,
    )


def set_float32_conv_precision(precision):
    """Say what float32 convolution may cost in accuracy, in this process.

    Args:
        precision: "high", the default, allows Winograd's algorithm on tiles of 4×4 outputs for 3×3
            kernels at stride 1, and of 4 outputs for 1-d kernels of 3: results and gradients err by
            less than 5e-5 of the largest one. "highest" allows it on tiles of 2×2 only, as exact as
            the plain sum. An infinity or NaN reaches all outputs of its tile, and all taps of its
            channels in the weight's gradient.

    Raises:
        ValueError: it is neither.
    """
    _C.set_float32_conv_precision(precision)


def get_float32_conv_precision():
    """What :func:`set_float32_conv_precision` has set."""
    return _C.float32_conv_precision()


@lowered
def conv_transpose1d(
    input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1
):
    """The transpose of :func:`conv1d` as a linear map. See :func:`conv_transpose2d`.

    Args:
        input: float tensor of shape (N, C, L) or (C, L).
        weight: (C, O / groups, K), of the input's dtype.
        bias: (O,) or None.
        stride, padding, output_padding, dilation: one number each.
        groups: as in :func:`conv2d`.

    Returns:
        (N, O, L') with L' = (L − 1)·stride − 2·padding + dilation·(K − 1) + output_padding + 1.
    """
    x, w, b = raw(input), raw(weight), None if bias is None else raw(bias)
    out = _conv_transpose1d(x, w, b, stride, padding, output_padding, groups, dilation)
    window = (stride, padding, dilation, groups)
    return track(out, (input, weight, bias), _conv_transpose_vjp, (x, w, window, 1))


@lowered
def conv_transpose2d(
    input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1
):
    """The transpose of :func:`conv2d` as a linear map: its gradient with respect to its input.

    Args:
        input: float tensor of shape (N, C, H, W) or (C, H, W).
        weight: (C, O / groups, Ky, Kx), of the input's dtype.
        bias: (O,) or None.
        stride, padding, dilation: of the convolution that is transposed.
        output_padding: rows and columns more at the end; a stride leaves them open.
        groups: as in :func:`conv2d`.

    Returns:
        (N, O, H', W'); H' = (H − 1)·stride − 2·padding + dilation·(Ky − 1) + output_padding + 1.

    Raises:
        ValueError: shapes do not fit together, or output_padding is not smaller than the stride or
            the dilation.
        TypeError: dtypes differ.
    """
    x, w, b = raw(input), raw(weight), None if bias is None else raw(bias)
    out = _conv_transpose2d(x, w, b, stride, padding, output_padding, groups, dilation)
    window = (stride, padding, dilation, groups)
    return track(out, (input, weight, bias), _conv_transpose_vjp, (x, w, window, 2))


def _conv_transpose_vjp(gs, needs, x, w, window, axes):
    # The transpose of the transpose is the convolution; the weight's gradient is the same sum with
    # input and output exchanged.
    g = gs[0]
    return (
        _conv_transpose_data_gradient(g, w, x.shape, *window, axes) if needs[0] else None,
        _conv_weight_gradient(x, g, w.shape, *window, axes) if needs[1] else None,
        _conv_bias_gradient(g, axes) if needs[2] else None,
    )
