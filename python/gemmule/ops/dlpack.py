"""DLPack 1.x: tensors shared with other libraries, both ways, without a copy."""

from gemmule import _C
from gemmule.tensor import Tensor, methods, raw, wrap

__all__ = ["from_dlpack"]

_CPU = (1, 0)


def from_dlpack(x, /, *, device=None, copy=None):
    """A Tensor on the memory of another library's tensor, which is kept alive.

    Args:
        x: an object with ``__dlpack__``: of NumPy, PyTorch, JAX, CuPy, … If it is read-only, so is
            the Tensor.
        device: ``"cpu"`` asks the other library to bring its data there; None takes it as it is.
        copy: True always copies, False raises rather than copy, None copies where it must.

    Raises:
        BufferError: the data cannot be shared: its dtype, its device, or `copy` is False and its
            library copied.
        TypeError: `x` has no ``__dlpack__``.

    Example:
        >>> import numpy
        >>> gemmule.from_dlpack(numpy.arange(3))
        tensor([0, 1, 2])
    """
    if device is not None and str(device) != "cpu":
        raise ValueError(f"from_dlpack: device must be 'cpu' or None, got {str(device)!r}")
    if isinstance(x, Tensor):
        return wrap(_C.copy(raw(x)) if copy else _C.alias(raw(x)))
    export = getattr(x, "__dlpack__", None)
    if export is None:
        raise TypeError(f"from_dlpack: expected an object with __dlpack__, got {type(x).__name__}")
    try:
        capsule = export(max_version=(1, 1), dl_device=None if device is None else _CPU, copy=copy)
    except TypeError:  # a library from before DLPack 1.0
        capsule = export()
    array, copied = _C.from_dlpack(capsule)
    if copied and copy is False:
        raise BufferError("from_dlpack: the other library made a copy, which copy=False forbids")
    return wrap(_C.copy(array) if copy and not copied else array)


def _dlpack_method(self, /, *, stream=None, max_version=None, dl_device=None, copy=None):
    """A DLPack capsule of this tensor's memory, for another library's ``from_dlpack``.

    Args:
        stream: must be None: the CPU has none.
        max_version: the newest (major, minor) that the consumer reads; None is before 1.0.
        dl_device: None or (1, 0), the CPU.
        copy: True always copies; nothing ever needs one.

    Raises:
        BufferError: the tensor requires grad, or is read-only and the consumer's version cannot
            say so, or another device is asked for.
    """
    if stream is not None:
        raise ValueError(f"__dlpack__: the CPU has no streams, got stream={stream!r}")
    if dl_device is not None and (int(dl_device[0]), int(dl_device[1])) != _CPU:
        raise BufferError(
            f"__dlpack__: the data is on {_CPU}, the CPU; cannot bring it to {dl_device}"
        )
    if self._tracked:
        raise BufferError("__dlpack__: this tensor requires grad; use .detach()")
    versioned = max_version is not None and max_version[0] >= 1
    return _C.to_dlpack(raw(self), versioned, bool(copy))


def _dlpack_device(self, /):
    """(device type, number) in DLPack's terms: (1, 0), the CPU."""
    return _CPU


methods(
    {
        "__dlpack__": _dlpack_method,
        "__dlpack_device__": _dlpack_device,
    }
)
