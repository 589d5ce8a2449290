"""What of the array API's Fourier extension needs no complex dtype, of which there are none."""

import numpy

from gemmule import _C
from gemmule.devices import check_device
from gemmule.dtypes import as_dtype
from gemmule.ops.create import _finish
from gemmule.ops.shape_join import roll
from gemmule.public import public as _public
from gemmule.tensor import check_tensor

__all__ = ["fftfreq", "fftshift", "ifftshift", "rfftfreq"]


def _frequencies(op, function, n, d, dtype, device):
    check_device(op, device)
    if n < 1:
        raise ValueError(f"{op}: n must be at least 1, got {n}")
    to = _C.float32 if dtype is None else as_dtype(dtype)
    if not to.is_floating_point:
        raise TypeError(f"{op}: expected a floating-point dtype, got {to.name}")
    return _finish(_C.astype(_C.from_buffer(function(n, d)), to), False, device)


def fftfreq(n, /, *, d=1.0, dtype=None, device=None):
    """The frequencies of a discrete Fourier transform of n samples at distance d: 0, 1/(nd), …

    Args:
        n: number of samples, at least 1.
        d: distance of samples, in the unit whose inverse the frequencies have.
        dtype: floating-point; None is float32.
    """
    return _frequencies("fftfreq", numpy.fft.fftfreq, n, d, dtype, device)


def rfftfreq(n, /, *, d=1.0, dtype=None, device=None):
    """The frequencies, from 0 up, of the transform of n real samples. See :func:`fftfreq`."""
    return _frequencies("rfftfreq", numpy.fft.rfftfreq, n, d, dtype, device)


def _shifted(op, x, axes, half):
    check_tensor(x, op, "x")
    axes = tuple(range(x.ndim)) if axes is None else (axes,) if isinstance(axes, int) else axes
    return roll(x, tuple([half(x.shape[axis]) for axis in axes]), axis=tuple(axes))


def fftshift(x, /, *, axes=None):
    """x with frequency 0 moved to the middle of axes (an int, several, or None for all)."""
    return _shifted("fftshift", x, axes, lambda size: size // 2)


def ifftshift(x, /, *, axes=None):
    """x with frequency 0 moved from the middle of axes back to the front: undoes fftshift."""
    return _shifted("ifftshift", x, axes, lambda size: -(size // 2))


_public(globals(), __name__)
