"""What this build and this process are: instruction set, threads, memory, versions."""

import platform

import gemmule_config

from gemmule import _C

__all__ = [
    "empty_cache",
    "get_cmake_dir",
    "get_include",
    "get_library_dir",
    "get_num_threads",
    "memory_stats",
    "set_num_threads",
    "show_config",
]


def get_num_threads():
    """How many threads an operation may use."""
    return _C.num_threads()


def set_num_threads(threads, /):
    """Set how many threads an operation may use; more than there are cores is allowed.

    Raises:
        ValueError: fewer than 1.
    """
    _C.set_num_threads(int(threads))


def memory_stats(device="cpu"):
    """Bytes ``allocated`` to tensors, ``cached`` for reuse, the ``peak_allocated``, and the most
    that may be cached (``limit``, set by GEMMULE_CACHE_MB; a GPU's is its memory), as a dict."""
    allocated, cached, peak, limit = _C.memory_stats(str(device))
    return {"allocated": allocated, "cached": cached, "peak_allocated": peak, "limit": limit}


def empty_cache(device="cpu"):
    """Give the memory kept for reuse back to the operating system, or to the GPU's driver."""
    _C.empty_cache(str(device))


def get_include():
    """The folder of ``gemmule/gemmule.h``, for compilers."""
    return gemmule_config.include_dir()


def get_cmake_dir():
    """The folder of ``gemmuleConfig.cmake``: what ``gemmule_DIR`` is to be."""
    return gemmule_config.cmake_dir()


def get_library_dir():
    """The folder of libgemmule, for linkers and ``dlopen``."""
    return gemmule_config.lib_dir()


def show_config(mode="text"):
    """Print what this build and this process are.

    Args:
        mode: ``"text"`` prints; ``"dict"`` returns the same as a dict.
    """
    import numpy

    import gemmule

    config = {
        "gemmule": gemmule.__version__,
        "isa": _C.isa(),
        "isas this CPU can run": ", ".join(_C.runnable_isas()),
        "bfloat16 products": _C.bfloat_products(),
        "threads": _C.num_threads(),
        "compiler": _C.compiler(),
        "flags": _C.flags(),
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "cache limit": f"{_C.memory_stats()[3] >> 20} MiB",
    }
    if mode == "dict":
        return config
    if mode != "text":
        raise ValueError(f"show_config: mode must be 'text' or 'dict', got {mode!r}")
    width = max(map(len, config))
    print("\n".join(f"{key:<{width}}  {value}" for key, value in config.items()))
    return None
