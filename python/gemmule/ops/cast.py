"""Conversion between dtypes. Gradients are converted back."""

from gemmule import _C
from gemmule.autograd import track
from gemmule.devices import check_device, move
from gemmule.dtypes import as_dtype
from gemmule.tensor import Tensor, as_array, methods, raw, wrap

__all__ = ["astype"]

_astype, _copy = _C.astype, _C.copy
_bool, _uint8, _int8, _int16, _int32, _int64 = (
    _C.bool_,
    _C.uint8,
    _C.int8,
    _C.int16,
    _C.int32,
    _C.int64,
)
_float16, _bfloat16, _float32, _float64 = _C.float16, _C.bfloat16, _C.float32, _C.float64


def astype(x, dtype, /, *, copy=True, device=None):
    """The elements as another dtype. Floats become integers by truncation.

    Args:
        x: tensor.
        dtype: such as ``gemmule.float64``; NumPy's dtypes and their names will do.
        copy: False gives `x` itself where it has the dtype already.
        device: ``"cpu"`` or None.
    """
    check_device("astype", device)
    as_array(x, "astype", "x")
    return _cast(x if device is None else moved(x, device), as_dtype(dtype), copy)


def _cast(x, to, copy):
    a = raw(x)
    if to is not a.dtype:
        out = _astype(a, to)
        if not to.is_floating_point:
            return wrap(out)
        return track(out, (x,), _astype_vjp, (a.dtype,))
    return track(_copy(a), (x,), _astype_vjp, (to,)) if copy else x


def moved(x, device):
    """The Tensor on a device, itself where it is there."""
    a = raw(x)
    out = move(a, device)
    return x if out.device == a.device else track(out, (x,), _moved_vjp, (a.device,))


def _moved_vjp(gs, needs, device):
    return (move(gs[0], device),)


def _astype_vjp(gs, needs, dtype):
    return (_astype(gs[0], dtype),)


# ---- methods -------------------------------------------------------------------------------------


_DEVICES = ("cpu", "cuda", "meta", "mps", "xpu")  # PyTorch's: most are refused by name


def _to(x, *args, dtype=None, device=None, non_blocking=False, copy=False):
    """The tensor as another dtype; itself where nothing changes and `copy` is False.

    Args:
        args: a dtype, a device, a device and a dtype, or a tensor to be like.
    """
    for arg in args:
        if isinstance(arg, Tensor):
            dtype, device = arg.dtype, arg.device
        elif isinstance(arg, str) and arg.split(":")[0] in _DEVICES:
            device = arg
        elif isinstance(arg, (bool, type(None))):
            pass  # non_blocking by position
        elif _is_dtype(arg):
            dtype = arg
        elif isinstance(arg, str):
            raise TypeError(f"to: {arg!r} is neither a dtype, such as 'float32', nor a device")
        else:
            device = arg
    check_device("to", device)
    if device is not None:
        there = moved(x, device)
        copy = copy and there is x
        x = there
    return _cast(x, raw(x).dtype if dtype is None else as_dtype(dtype), copy)


def _is_dtype(value):
    try:
        as_dtype(value)
    except TypeError:
        return False
    return True


def _astype_method(x, dtype, copy=True):
    """The elements as another dtype. See :func:`gemmule.astype`."""
    return _cast(x, as_dtype(dtype), copy)


def _type(x, dtype=None, non_blocking=False):
    """The tensor as another dtype; without one, the name of its own."""
    return f"gemmule.{x.dtype.name}" if dtype is None else _cast(x, as_dtype(dtype), False)


def _type_as(x, other):
    """The tensor as the dtype of another."""
    return _cast(x, as_array(other, "type_as", "other").dtype, False)


def _float(x):
    """The tensor as float32."""
    return _cast(x, _float32, False)


def _double(x):
    """The tensor as float64."""
    return _cast(x, _float64, False)


def _half(x):
    """The tensor as float16."""
    return _cast(x, _float16, False)


def _as_bfloat16(x):
    """The tensor as bfloat16."""
    return _cast(x, _bfloat16, False)


def _int(x):
    """The tensor as int32."""
    return _cast(x, _int32, False)


def _long(x):
    """The tensor as int64."""
    return _cast(x, _int64, False)


def _short(x):
    """The tensor as int16."""
    return _cast(x, _int16, False)


def _char(x):
    """The tensor as int8."""
    return _cast(x, _int8, False)


def _byte(x):
    """The tensor as uint8."""
    return _cast(x, _uint8, False)


def _as_bool(x):
    """The tensor as bool: which elements are not 0."""
    return _cast(x, _bool, False)


def _cpu(x):
    """The tensor on the CPU; itself where it is there."""
    return moved(x, "cpu")


def _cuda(x, device=None, non_blocking=False):
    """The tensor on a GPU; itself where it is there.

    Raises:
        RuntimeError: this build has no CUDA, or this machine no such device.
    """
    device = "cuda" if device is None else f"cuda:{device}" if isinstance(device, int) else device
    check_device("cuda", device)
    return moved(x, device)


methods(
    {
        "astype": _astype_method,
        "to": _to,
        "type": _type,
        "type_as": _type_as,
        "float": _float,
        "double": _double,
        "half": _half,
        "bfloat16": _as_bfloat16,
        "int": _int,
        "long": _long,
        "short": _short,
        "char": _char,
        "byte": _byte,
        "bool": _as_bool,
        "cpu": _cpu,
        "cuda": _cuda,
        "is_cuda": property(lambda x: raw(x).device != "cpu", doc="Whether it is on a GPU."),
    }
)
