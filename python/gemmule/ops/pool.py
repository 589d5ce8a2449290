"""Max and average pooling over the last one or two dimensions."""

from gemmule import _C
from gemmule.autograd import recording, track
from gemmule.ops.precision import halves
from gemmule.tensor import raw, wrap

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "avg_pool1d",
    "avg_pool2d",
    "max_pool1d",
    "max_pool2d",
]

_max_pool1d, _max_pool2d = _C.max_pool1d, _C.max_pool2d
_adaptive_max_pool1d, _adaptive_max_pool2d = _C.adaptive_max_pool1d, _C.adaptive_max_pool2d
_max_pool_gradient = _C.max_pool_gradient
_max_pool_window_gradient = _C.max_pool_window_gradient
_avg_pool1d, _avg_pool2d = _C.avg_pool1d, _C.avg_pool2d
_avg_pool1d_gradient, _avg_pool2d_gradient = _C.avg_pool1d_gradient, _C.avg_pool2d_gradient
_adaptive_avg_pool1d, _adaptive_avg_pool2d = _C.adaptive_avg_pool1d, _C.adaptive_avg_pool2d
_adaptive_avg_pool_gradient = _C.adaptive_avg_pool_gradient


# ---- max ----------------------------------------------------------------------------------------


def _notes(input, return_indices):
    """What is wanted beside the maxima: one of ops::MaxNotes."""
    return 1 if return_indices else 2 if recording((input,)) else 0


@halves
def max_pool1d(
    input,
    kernel_size,
    stride=None,
    padding=0,
    dilation=1,
    ceil_mode=False,
    return_indices=False,
):
    """The largest value of each window along the last dimension; NaN wins.

    Args:
        input: float tensor of shape (N, C, L) or (C, L).
        kernel_size, stride, padding, dilation: as in :func:`max_pool2d`, one number each.
        ceil_mode: whether a last window may hang over the end.
        return_indices: whether to return (values, positions along L as int64).

    Raises:
        ValueError: the padding exceeds half the kernel, the window does not fit, or (dilated) one
            lies in padding alone, where PyTorch gives −inf.
    """
    x = raw(input)
    window = (kernel_size, stride, padding, dilation, ceil_mode)
    notes = _notes(input, return_indices)
    out, where = _max_pool1d(x, *window, notes)
    return _pooled(input, x, out, where, 1, return_indices, window)


@halves
def max_pool2d(
    input,
    kernel_size,
    stride=None,
    padding=0,
    dilation=1,
    ceil_mode=False,
    return_indices=False,
):
    """The largest value of each window over the last two dimensions; NaN wins.

    Args:
        input: float tensor of shape (N, C, H, W) or (C, H, W).
        kernel_size: rows and columns of the window, or one number for both; so are the next three.
        stride: distance of neighbouring windows; the kernel size by default.
        padding: rows and columns of −inf around the input, at most half the kernel size.
        dilation: distance of neighbouring taps of a window.
        ceil_mode: whether a last window may hang over the edge.
        return_indices: whether to return (values, flat positions in the H × W plane as int64).
            The first of equal values counts.

    Raises:
        ValueError: the padding exceeds half the kernel, the window does not fit, or (dilated) one
            lies in padding alone, where PyTorch gives −inf.
    """
    x = raw(input)
    window = (kernel_size, stride, padding, dilation, ceil_mode)
    notes = _notes(input, return_indices)
    out, where = _max_pool2d(x, *window, notes)
    return _pooled(input, x, out, where, 2, return_indices, window)


@halves
def adaptive_max_pool1d(input, output_size, return_indices=False):
    """The largest value of each of `output_size` even parts of the last dimension.

    Args:
        input: float tensor of shape (N, C, L) or (C, L).
        output_size: parts; None keeps L.
        return_indices: whether to return (values, positions along L as int64).
    """
    x = raw(input)
    indexed = return_indices or recording((input,))
    out, where = _adaptive_max_pool1d(x, _kept(output_size), indexed)
    return _pooled(input, x, out, where, 1, return_indices)


@halves
def adaptive_max_pool2d(input, output_size, return_indices=False):
    """The largest value of each cell of an even `output_size` grid over the last two dimensions.

    Args:
        input: float tensor of shape (N, C, H, W) or (C, H, W).
        output_size: rows and columns of the grid, or one number for both; None keeps the input's.
        return_indices: whether to return (values, flat positions in the H × W plane as int64).
    """
    x = raw(input)
    indexed = return_indices or recording((input,))
    out, where = _adaptive_max_pool2d(x, _kept(output_size), indexed)
    return _pooled(input, x, out, where, 2, return_indices)


def _pooled(input, x, out, where, axes, return_indices, window=None):
    result = track(out, (input,), _max_pool_vjp, (where, x.shape, axes, window))
    if return_indices:
        return result, wrap(_C.astype(where, _C.int64))
    return result


def _max_pool_vjp(gs, needs, where, shape, axes, window):
    if window is None:
        return (_max_pool_gradient(gs[0], where, shape, axes),)
    return (_max_pool_window_gradient(gs[0], where, shape, axes, *window),)


def _kept(output_size):
    """Output sizes with −1 for None, as the kernels take them."""
    if output_size is None:
        return -1
    if isinstance(output_size, (tuple, list)):
        return [-1 if size is None else size for size in output_size]
    return output_size


# ---- average ------------------------------------------------------------------------------------


@halves
def avg_pool1d(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    """The mean of each window along the last dimension.

    Args:
        input: float tensor of shape (N, C, L) or (C, L).
        kernel_size, stride, padding, ceil_mode, count_include_pad: as in :func:`avg_pool2d`, one
            number each.

    Raises:
        ValueError: the padding exceeds half the kernel, or the window does not fit.
    """
    x = raw(input)
    window = (kernel_size, stride, padding, ceil_mode, count_include_pad)
    return track(_avg_pool1d(x, *window), (input,), _avg_pool1d_vjp, (x.shape, window))


def _avg_pool1d_vjp(gs, needs, shape, window):
    return (_avg_pool1d_gradient(gs[0], shape, *window),)


@halves
def avg_pool2d(
    input,
    kernel_size,
    stride=None,
    padding=0,
    ceil_mode=False,
    count_include_pad=True,
    divisor_override=None,
):
    """The mean of each window over the last two dimensions.

    Args:
        input: float tensor of shape (N, C, H, W) or (C, H, W).
        kernel_size: rows and columns of the window, or one number for both; so are the next two.
        stride: distance of neighbouring windows; the kernel size by default.
        padding: rows and columns of zeros around the input, at most half the kernel size.
        ceil_mode: whether a last window may hang over the edge.
        count_include_pad: whether the sum is divided by the window's size with its padding, else by
            the number of inputs in it.
        divisor_override: what to divide by instead.

    Raises:
        ValueError: the padding exceeds half the kernel, the window does not fit, or
            `divisor_override` is not positive.
    """
    x = raw(input)
    if divisor_override is not None and divisor_override <= 0:
        raise ValueError(f"avg_pool2d: divisor_override must be positive, got {divisor_override}")
    window = (kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override or 0)
    return track(_avg_pool2d(x, *window), (input,), _avg_pool2d_vjp, (x.shape, window))


def _avg_pool2d_vjp(gs, needs, shape, window):
    return (_avg_pool2d_gradient(gs[0], shape, *window),)


@halves
def adaptive_avg_pool1d(input, output_size):
    """The mean of each of `output_size` even parts of the last dimension.

    Args:
        input: float tensor of shape (N, C, L) or (C, L).
        output_size: parts; None keeps L.
    """
    x = raw(input)
    out = _adaptive_avg_pool1d(x, _kept(output_size))
    return track(out, (input,), _adaptive_avg_pool_vjp, (x.shape, 1))


@halves
def adaptive_avg_pool2d(input, output_size):
    """The mean of each cell of an even `output_size` grid over the last two dimensions.

    Cell i of n along an axis of m covers [⌊i·m/n⌋, ⌈(i+1)·m/n⌉).

    Args:
        input: float tensor of shape (N, C, H, W) or (C, H, W).
        output_size: rows and columns of the grid, or one number for both; None keeps the input's.
    """
    x = raw(input)
    out = _adaptive_avg_pool2d(x, _kept(output_size))
    return track(out, (input,), _adaptive_avg_pool_vjp, (x.shape, 2))


def _adaptive_avg_pool_vjp(gs, needs, shape, axes):
    return (_adaptive_avg_pool_gradient(gs[0], shape, axes),)
