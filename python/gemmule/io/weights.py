"""State dicts in safetensors files."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy

from gemmule import _C
from gemmule.ops.create import asarray
from gemmule.tensor import Tensor

__all__ = ["load", "load_metadata", "save"]

ZIP = b"PK\x03\x04"  # how zip archives begin
OF_PYTORCH = (
    "is a zip archive, as written by PyTorch's torch.save; there: "
    "safetensors.torch.save_file(model.state_dict(), path); here: gemmule.load(path)"
)


def _library():
    """The safetensors library; ImportError says how to get it."""
    try:
        import safetensors.numpy
    except ImportError as error:
        raise ImportError(
            "save and load need safetensors: pip install safetensors (or 'gemmule[demo]')"
        ) from error
    return safetensors


def _path(op, path):
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"{op}: the path must be a string or a Path, got {type(path).__name__}")
    return Path(path)


def save(path, state_dict, metadata=None):
    """Write a state dict to a safetensors file; one of this name is replaced once the new one is
    complete. What is no tensor, such as an optimizer's state, ``gemmule.torch.save`` pickles.

    Args:
        path: the file, by custom ending in ``.safetensors``; its folder must exist.
        state_dict: a dict of names to Tensors or ndarrays.
        metadata: a dict of strings to strings kept with them, or None.

    Raises:
        FileNotFoundError: the folder does not exist.
        TypeError: a name or value is of another type; bfloat16 values must be cast first.
        ImportError: the safetensors library is not installed.
    """
    if not isinstance(state_dict, Mapping):
        like = ", whose state_dict() is one" if hasattr(state_dict, "state_dict") else ""
        if isinstance(state_dict, (str, os.PathLike)):
            like = "; the path comes first: save(path, state_dict)"
        elif isinstance(state_dict, (Tensor, numpy.ndarray)):
            like = '; give it a name: save(path, {"name": tensor})'
        kind = type(state_dict).__name__
        raise TypeError(f"save: expected a dict of names and tensors, got {kind}{like}")
    library = _library()
    path = _path("save", path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"save: there is no folder {str(path.parent)!r}")
    for key, value in (metadata or {}).items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise TypeError(f"save: metadata are strings, got {key!r}: {value!r}")
    arrays = {name: _as_ndarray(name, value) for name, value in state_dict.items()}
    handle, temporary = tempfile.mkstemp(prefix=path.name, suffix=".part", dir=path.parent)
    os.close(handle)
    try:
        library.numpy.save_file(arrays, temporary, metadata=metadata)
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _as_ndarray(name, value):
    if not isinstance(name, str):
        raise TypeError(f"save: names are strings, got {name!r}")
    if isinstance(value, Tensor):
        if value.dtype is _C.bfloat16:
            raise TypeError(f"save: {name} is bfloat16, which NumPy lacks; cast it to float32")
        value = value.detach().numpy()
    if not isinstance(value, numpy.ndarray):
        raise TypeError(f"save: {name} must be a Tensor or ndarray, got {type(value).__name__}")
    return numpy.ascontiguousarray(value).reshape(value.shape)


def _open(op, path):
    library = _library()
    path = _path(op, path)
    if not path.is_file():
        raise FileNotFoundError(f"{op}: there is no file {str(path)!r}")
    try:
        return library.safe_open(path, framework="np")
    except library.SafetensorError as error:
        with open(path, "rb") as file:
            if file.read(len(ZIP)) == ZIP:
                raise ValueError(f"{op}: {str(path)!r} {OF_PYTORCH}") from None
        raise ValueError(f"{op}: {str(path)!r} is no safetensors file: {error}") from error


def load(path):
    """The state dict in a safetensors file, a dict of names to Tensors.

    Raises:
        FileNotFoundError: the file does not exist.
        ValueError: it is no safetensors file.
        ImportError: the safetensors library is not installed.

    Example:
        >>> import os, tempfile
        >>> net = gemmule.nn.Linear(2, 3)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "net.safetensors")
        ...     gemmule.save(path, net.state_dict())
        ...     net.load_state_dict(gemmule.load(path))
        <All keys matched successfully>
    """
    with _open("load", path) as file:
        tensors = {}
        for name in list(file.keys()):
            half = file.get_slice(name).get_dtype() == "BF16"
            tensors[name] = _bfloat16(path, name) if half else asarray(file.get_tensor(name))
        return tensors


def load_metadata(path):
    """The metadata in a safetensors file, a dict of strings to strings."""
    with _open("load_metadata", path) as file:
        return dict(file.metadata() or {})


def _bfloat16(path, name):
    """A bfloat16 tensor, which the library cannot give as an ndarray. The file is 8 bytes of the
    header's length, the header in JSON, and the data: its documented layout."""
    import json

    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        entry = json.loads(file.read(length))[name]
        start, end = entry["data_offsets"]
        file.seek(8 + length + start)
        bits = numpy.frombuffer(file.read(end - start), dtype="<u2")
    # bfloat16 is the upper half of float32.
    values = (bits.astype(numpy.uint32) << 16).view(numpy.float32).reshape(entry["shape"])
    return asarray(values, dtype=_C.bfloat16)
