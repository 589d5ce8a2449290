"""The C ABI through cffi, for tests: arrays become tensors, results are NumPy arrays.

The library and its header are those of the package; GEMMULE_TEST_LIBRARY and GEMMULE_TEST_INCLUDE
name others, such as a build with sanitizers.
"""

import os
import re
import weakref
from pathlib import Path

import gemmule_config
import numpy as np
import pytest

cffi = pytest.importorskip("cffi", reason="needs cffi: pip install cffi")

CODES = {"i": 0, "u": 1, "f": 2, "b": 6}
ERRORS = {1: "VALUE", 2: "TYPE", 3: "INDEX", 4: "MEMORY", 5: "OVERFLOW", 6: "WORKSPACE"}
ERRORS |= {7: "VERSION", 8: "RUNTIME"}
FENCE = 64  # bytes on either side of results and workspaces that nobody may write


def declarations():
    """What cffi reads of gemmule.h."""
    folder = os.environ.get("GEMMULE_TEST_INCLUDE") or gemmule_config.include_dir()
    text = Path(folder, "gemmule", "gemmule.h").read_text()
    text = re.sub(r"#ifdef DLPACK_DLPACK_H_.*?#else\n(.*?)#endif", r"\1", text, flags=re.S)
    text = re.sub(r"#ifdef __cplusplus\n.*?#endif", "", text, flags=re.S)
    return re.sub(r"^#.*$", "", text, flags=re.M).replace("GEMMULE_API ", "")


ffi = cffi.FFI()
ffi.cdef(declarations())


def library():
    given = os.environ.get("GEMMULE_TEST_LIBRARY")
    return given or next(Path(gemmule_config.lib_dir()).glob("libgemmule*"))


lib = ffi.dlopen(str(library()))


class Fenced:
    """Memory for a result, with a fence on either side that `intact` looks at."""

    def __init__(self, shape, dtype, fill=0xA5):
        dtype = np.dtype(dtype)
        size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
        self.fill = fill
        self.bytes = np.full(size + 2 * FENCE, fill, np.uint8)
        self.array = self.bytes[FENCE : FENCE + size].view(dtype).reshape(shape)

    def intact(self):
        ends = np.concatenate([self.bytes[:FENCE], self.bytes[len(self.bytes) - FENCE :]])
        return bool((ends == self.fill).all())

    def untouched(self):
        return bool((self.bytes == self.fill).all())


class Error(Exception):
    def __init__(self, status, message):
        super().__init__(message)
        self.status = ERRORS[status]


def tensor(array, strides=True):
    """A gemmule_tensor on the memory of a NumPy array; None stays."""
    if array is None:
        return ffi.NULL
    shape = ffi.new("int64_t[]", list(array.shape) or [0])
    steps = ffi.new("int64_t[]", [s // array.itemsize for s in array.strides] or [0])
    t = ffi.new("gemmule_tensor*")
    t.data = ffi.cast("void*", array.__array_interface__["data"][0])
    t.device.device_type = 1
    t.ndim = array.ndim
    t.dtype.code, t.dtype.bits, t.dtype.lanes = CODES[array.dtype.kind], array.itemsize * 8, 1
    t.shape = shape
    t.strides = steps if strides else ffi.NULL
    _kept[t] = (array, shape, steps)
    return t


_kept = weakref.WeakKeyDictionary()


def struct(struct_name, /, **members):
    """A parameter struct with its size set."""
    made = ffi.new(f"gemmule_{struct_name}*")
    made.size = ffi.sizeof(f"gemmule_{struct_name}")
    keep = []
    for name, value in members.items():
        if isinstance(value, np.ndarray):
            value = tensor(value)
            keep.append(value)
        setattr(made, name, value)
    _kept[made] = keep
    return made


def check(status):
    if status:
        raise Error(status, ffi.string(lib.gemmule_last_error()).decode())


def call(name, *arguments, workspace=None):
    """gemmule_<name>(arguments…, workspace); arrays and None become tensors. Raises Error."""
    function = getattr(lib, f"gemmule_{name}")
    given = [tensor(a) if a is None or isinstance(a, np.ndarray) else a for a in arguments]
    check(function(*given, ffi.NULL if workspace is None else workspace))


def query(name, *arguments):
    """Bytes of workspace."""
    ws = struct("workspace")
    call(name, *arguments, workspace=ws)
    return ws.bytes


def run(name, *arguments):
    """Calls with exactly the queried workspace, its fences checked."""
    size = query(name, *arguments)
    memory = Fenced((size,), np.uint8)
    ws = struct("workspace", bytes=size)
    ws.data = ffi.cast("void*", memory.array.__array_interface__["data"][0])
    call(name, *arguments, workspace=ws)
    assert memory.intact(), "wrote beyond the workspace"
