"""What the array API standard asks of a namespace besides functions: constants and inspection.

Source: https://data-apis.org/array-api/2025.12. ``docs/array_api.md`` lists what is left out.
"""

import math

from gemmule import _C
from gemmule import dtypes as _dtypes
from gemmule.devices import check_device
from gemmule.ops.cast import moved
from gemmule.tensor import methods

__all__ = [
    "__array_api_version__",
    "__array_namespace_info__",
    "e",
    "inf",
    "nan",
    "newaxis",
    "pi",
]

__array_api_version__ = "2025.12"

e, inf, nan, pi = math.e, math.inf, math.nan, math.pi
newaxis = None

_NAMES = ("bool", *[f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)])
_NAMES += ("float32", "float64")


class Info:
    """What this namespace can do; :func:`__array_namespace_info__` gives it."""

    def capabilities(self):
        """Indexing by masks and results whose shape depends on data work; 16 dimensions at most."""
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 16}

    def default_device(self):
        """Where tensors are made: ``"cpu"``."""
        return "cpu"

    def devices(self):
        """All devices of this machine that this build can use."""
        return ("cpu", *[f"cuda:{i}" for i in range(_C.cuda_count())])

    def default_dtypes(self, *, device=None):
        """The dtypes that Python's numbers become, and that of indices. There are no complex ones.

        Args:
            device: ``"cpu"`` or None.
        """
        check_device("default_dtypes", device)
        return {
            "real floating": _dtypes.float32,
            "integral": _dtypes.int64,
            "indexing": _dtypes.int64,
        }

    def dtypes(self, *, device=None, kind=None):
        """The standard's dtypes that are supported, by name.

        Args:
            device: ``"cpu"`` or None.
            kind: only those of a kind, such as ``"integral"``, or of any of a tuple.

        Raises:
            ValueError: there is no such kind.
        """
        check_device("dtypes", device)
        every = {name: getattr(_dtypes, name) for name in _NAMES}
        if kind is None:
            return every
        return {name: dtype for name, dtype in every.items() if _dtypes.isdtype(dtype, kind)}


def __array_namespace_info__():
    """What this namespace can do: dtypes, devices, defaults.

    Example:
        >>> gemmule.__array_namespace_info__().default_dtypes()["integral"]
        gemmule.int64
    """
    return Info()


def _namespace(self, /, *, api_version=None):
    """The module whose functions take this tensor, as the array API standard names it: gemmule.

    Args:
        api_version: of the standard, such as ``"2025.12"``; older ones will do.

    Raises:
        ValueError: the version is unknown or newer.
    """
    import gemmule

    if api_version not in (None, "2021.12", "2022.12", "2023.12", "2024.12", "2025.12"):
        raise ValueError(
            f"__array_namespace__: version {__array_api_version__} of the array API is "
            f"implemented, got {api_version!r}"
        )
    return gemmule


def _to_device(self, device, /, *, stream=None):
    """The tensor on a device; itself where it is there.

    Raises:
        ValueError: no name of a device, or a stream: work of a device is in one order.
        RuntimeError: this build or this machine has no such device.
    """
    check_device("to_device", device)
    if stream is not None:
        raise ValueError(f"to_device: a device has one stream, got stream={stream!r}")
    return moved(self, device)


methods(
    {
        "__array_namespace__": _namespace,
        "to_device": _to_device,
    }
)
