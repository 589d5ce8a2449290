"""With a workspace, no function of the C ABI allocates: every request to the C library's allocator
is counted, in a process of its own."""

import platform
import shutil
import subprocess
import sys
from pathlib import Path

import capi  # its skip, where cffi is missing
import pytest

HERE = Path(__file__).parent

PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
import ctypes
import numpy as np
from capi import ffi, lib, struct
from capi_calls import CALLS, Call, Struct, i, message, o

count = ctypes.CDLL(None).count_allocations
# Beyond what fits a tile: packed panels, Winograd's transforms, sums in several parts.
conv = lambda: Struct("conv", padding=[1] * 4)
image, weight = (2, 32, 28, 28), (32, 32, 3, 3)
LARGE = {
    "matmul": lambda: (i("a", 300, 300), i("b", 300, 300), o("c", 300, 300)),
    "linear_backward": lambda: (i("dy", 300, 200), i("x", 300, 100), i("weight", 200, 100),
                                o("dx", 300, 100), o("dweight", 200, 100), o("dbias", 200)),
    "conv_forward": lambda: (i("x", *image), i("weight", *weight), i("bias", 32), conv(),
                             o("out", *image)),
    "conv_backward": lambda: (i("dout", *image), i("x", *image), i("weight", *weight), conv(),
                              o("dx", *image), o("dweight", *weight), o("dbias", 32)),
    "reduce": lambda: (i("x", 300, 1000), Struct("reduction", kind=lib.GEMMULE_SUM), o("y")),
    "softmax": lambda: (i("x", 300, 1000), 0, o("y", 300, 1000)),
}

def allocations(call, workspace):
    for _ in range(3):  # the first ones make each thread's block of scratch
        count(1)
        status = call(workspace)
        seen = count(0)
        assert status == 0, message()
    return seen

# The large ones on one thread: which of several makes its scratch when is up to chance.
for threads, calls in ((1, CALLS), (2, CALLS), (1, LARGE)):
    assert lib.gemmule_set_num_threads(threads) == 0
    CALLS.update(calls)
    for name in calls:
        call = Call(name)
        if not call.has_workspace:
            continue
        query = struct("workspace")
        assert allocations(call, query) == 0, f"{name}: a query allocates"
        memory = np.zeros(query.bytes + 64, np.uint8)
        data = ffi.cast("void*", memory.ctypes.data)
        ws = struct("workspace", data=data, bytes=query.bytes)
        seen = allocations(call, ws if query.bytes else struct("workspace", data=data, bytes=64))
        assert seen == 0, f"{name} allocates {seen} times with {threads} threads"
        print(name, query.bytes)

# The count counts.
packed = Call("linear_pack")
count(1)
assert packed() == 0
assert count(0) > 0
"""


def test_none_but_the_workspace(tmp_path):
    if platform.libc_ver()[0] != "glibc" or not shutil.which("cc"):
        pytest.skip("needs glibc and a C compiler")
    shim = tmp_path / "count.so"
    subprocess.run(["cc", "-O1", "-fPIC", "-shared", "-fno-builtin", HERE / "count_allocations.c",
                    "-o", shim, "-ldl"], check=True)  # fmt: skip
    done = subprocess.run(
        ["env", f"LD_PRELOAD={shim}", sys.executable, "-c", PROGRAM, HERE],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(done.stdout.splitlines()) >= 2 * 35
    assert capi.lib
