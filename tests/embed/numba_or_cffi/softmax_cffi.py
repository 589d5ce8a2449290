"""gemmule's kernels from Python without its extension: cffi opens the library. Prints a softmax."""

import re
from pathlib import Path

import cffi
import gemmule_config
import numpy as np

# cffi reads C without a preprocessor: keep the declarations.
header = Path(gemmule_config.include_dir(), "gemmule", "gemmule.h").read_text()
header = re.sub(r"#ifdef DLPACK_DLPACK_H_.*?#else\n(.*?)#endif", r"\1", header, flags=re.S)
header = re.sub(r"#ifdef __cplusplus\n.*?#endif", "", header, flags=re.S)
header = re.sub(r"^#.*$", "", header, flags=re.M).replace("GEMMULE_API ", "")

ffi = cffi.FFI()
ffi.cdef(header)
library = next(Path(gemmule_config.lib_dir()).glob("libgemmule*"))
lib = ffi.dlopen(str(library))


class Tensor:
    """A gemmule_tensor over a float32 array's memory."""

    def __init__(self, array):
        self.array = array
        self.shape = ffi.new("int64_t[]", array.shape)
        self.strides = ffi.new("int64_t[]", [s // array.itemsize for s in array.strides])
        self.c = ffi.new("gemmule_tensor*")
        self.c.data = ffi.from_buffer("char[]", array)
        self.c.device.device_type = 1
        self.c.ndim = array.ndim
        self.c.dtype.code, self.c.dtype.bits, self.c.dtype.lanes = lib.GEMMULE_FLOAT, 32, 1
        self.c.shape, self.c.strides = self.shape, self.strides


def softmax(x, axis=-1):
    """e^x / Σ e^x along an axis of a float32 array."""
    given, result = Tensor(x), Tensor(np.empty_like(x))
    if lib.gemmule_softmax(given.c, axis, result.c, ffi.NULL):
        raise ValueError(ffi.string(lib.gemmule_last_error()).decode())
    return result.array


if __name__ == "__main__":
    print(softmax(np.array([[1, 2, 3], [3, 3, 3]], np.float32)).round(4).tolist())
    try:
        softmax(np.zeros((2, 3), np.float32), axis=2)
    except ValueError as error:
        print(error)
