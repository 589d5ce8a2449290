"""Bad input through the C ABI: a status and a message each, and nothing written."""

import capi
import fuzz_capi
import numpy as np
import pytest
from capi import Fenced, ffi, lib, struct


def spoiled(**members):
    """A (4, 6) float32 tensor with members of its struct replaced: those of device and dtype by
    their own names."""
    t = capi.tensor(np.ones((4, 6), np.float32))
    for name, value in members.items():
        for part in (t, t.device, t.dtype):
            if name in dir(part):
                setattr(part, name, value)
    capi._kept[t] = (*capi._kept[t], *members.values())
    return t


def sizes(*values):
    return ffi.new("int64_t[]", values)


MEMORY = ffi.new("char[256]")
TENSORS = {
    "null tensor": (ffi.NULL, "VALUE", "softmax: x is a null pointer"),
    "null data": (spoiled(data=ffi.NULL), "VALUE", "softmax: x's data is a null pointer"),
    "null shape": (spoiled(shape=ffi.NULL), "VALUE", "softmax: x's shape is a null pointer"),
    "negative size": (spoiled(shape=sizes(4, -6)), "VALUE",
                      "negative size -6 in shape (4, -6)"),
    "overflowing size": (spoiled(shape=sizes(2**40, 2**40)), "OVERFLOW", "does not fit 64 bits"),
    "overflowing bytes": (spoiled(shape=sizes(2**31, 2**31)), "OVERFLOW", "does not fit 64 bits"),
    "overflowing strides": (spoiled(strides=sizes(2**61, 1)), "OVERFLOW", "does not fit 64 bits"),
    "strides too far": (spoiled(strides=sizes(2**50, 1)), "OVERFLOW",
                        "x's strides reach beyond the address space"),
    "negative rank": (spoiled(ndim=-1), "VALUE", "x has -1 dimensions, expected 0 to 16"),
    "too many dimensions": (spoiled(ndim=17), "VALUE", "x has 17 dimensions, expected 0 to 16"),
    "integers": (spoiled(code=0), "TYPE", "expected a floating-point array or dtype=, got int32"),
    "no dtype": (spoiled(code=9), "TYPE", "x has a dtype of code 9, 32 bits and 1 lanes"),
    "odd bits": (spoiled(bits=24), "TYPE", "x has a dtype of code 2, 24 bits and 1 lanes"),
    "lanes": (spoiled(lanes=4), "TYPE", "x has a dtype of code 2, 32 bits and 4 lanes"),
    "another device": (spoiled(device_type=2), "TYPE", "x is on a device of type 2"),
    "misaligned data": (spoiled(data=MEMORY + 1), "VALUE", "x's data is not aligned to its 4-byte"),
    "misaligned offset": (spoiled(byte_offset=2), "VALUE", "x's data is not aligned to its 4-byte"),
}  # fmt: skip


def refused(status, message, name, *arguments):
    """For a query, with gemmule's memory and with a workspace alike."""
    for workspace in (None, struct("workspace"), struct("workspace", data=MEMORY, bytes=256)):
        with pytest.raises(capi.Error) as error:
            capi.call(name, *arguments, workspace=workspace)
        assert error.value.status == status
        assert message in str(error.value)


@pytest.mark.parametrize("case", TENSORS)
def test_tensor(case):
    tensor, status, message = TENSORS[case]
    y = Fenced((4, 6), np.float32)
    refused(status, message, "softmax", tensor, 1, y.array)
    assert y.untouched()
    # As a result, too.
    x = np.ones((4, 6), np.float32)
    if case != "integers":
        refused(status, message.replace("x ", "y ").replace("x'", "y'"), "softmax", x, 1, tensor)


def test_results():
    x, y = np.ones((4, 6), np.float32), Fenced((4, 6), np.float32)
    refused("VALUE", "softmax: y has shape (6, 4), expected (4, 6)", "softmax", x, 1,
            y.array.reshape(6, 4))  # fmt: skip
    refused("TYPE", "softmax: y is float64, expected float32", "softmax", x, 1, np.ones((4, 6)))
    refused("VALUE", "softmax: y overlaps x", "softmax", x, 1, x)
    refused("VALUE", "activate: y overlaps x", "activate", x[:, :5],
            capi.struct("activation", kind=1), x[:, 1:])  # fmt: skip
    refused("VALUE", "elements of y share memory", "softmax", x, 1, np.broadcast_to(x[:1], (4, 6)))
    overlapping = np.lib.stride_tricks.as_strided(y.array, (4, 6), (4, 4))
    refused("VALUE", "elements of y share memory", "softmax", x, 1, overlapping)
    refused("VALUE", "linear_backward: dx overlaps dweight", "linear_backward", x, x,
            np.ones((6, 6), np.float32), y.array, y.array, None)  # fmt: skip
    assert y.untouched()
    assert (x == 1).all()


def test_workspaces():
    x, y = np.ones((4, 6), np.float32), Fenced((4, 6), np.float32)
    inside = struct("workspace", bytes=16)
    inside.data = capi.tensor(x).data
    with pytest.raises(capi.Error, match="softmax: x overlaps the workspace"):
        capi.call("softmax", x, 1, y.array, workspace=inside)
    with pytest.raises(capi.Error, match="of which this library knows no version") as error:
        old = struct("workspace")
        old.size = 8
        capi.call("softmax", x, 1, y.array, workspace=old)
    assert error.value.status == "VERSION"
    assert y.untouched()


def test_parameters():
    x, y = np.ones((1, 2, 6, 6), np.float32), Fenced((1, 2, 3, 3), np.float32)
    pool = struct("pool", axes=2, kernel=[2, 2])
    for member, value, message in (
        ("axes", 3, "axes must be 1 or 2, got 3"),
        ("kernel", [0, 2], "kernel_size must be positive"),
        ("stride", [-1, 1], "stride must be positive"),
        ("stride", [2**40, 1], "stride of 1099511627776 is out of bounds"),
        ("padding", [2, 0], "padding 2 must lie between 0 and half the kernel size 2"),
        ("kernel", [9, 9], "a window of 9 does not fit 6 inputs"),
    ):
        bad = struct("pool", axes=2, kernel=[2, 2])
        setattr(bad, member, value)
        refused("VALUE", message, "max_pool", x, bad, y.array, None)
    refused("VALUE", "params is a null pointer", "max_pool", x, ffi.NULL, y.array, None)
    pool.size += 1
    refused("VERSION", "params has size", "max_pool", x, pool, y.array, None)
    refused("INDEX", "axis 4 is out of range", "softmax", x, 4, x.copy())
    refused("VALUE", "activation of kind 99, expected 0 to 19", "activate", x,
            struct("activation", kind=99), x.copy())  # fmt: skip
    assert y.untouched()


def test_indices_beyond_the_plane():
    g, dx = np.ones((2, 3), np.float32), Fenced((2, 9), np.float32)
    for bad in (9, -1, 2**31 - 1):
        indices = np.array([[0, 1, 2], [3, 4, bad]], np.int32)
        refused("INDEX", f"indices holds {bad}, out of range for 9 elements",
                "max_pool_backward", g, indices, 1, dx.array)  # fmt: skip
    refused("TYPE", "indices is int64, expected int32", "max_pool_backward", g,
            np.zeros((2, 3), np.int64), 1, dx.array)  # fmt: skip
    assert dx.untouched()


def test_what_forward_left_is_checked():
    """Backward functions read what a forward function wrote: its shape and dtype are checked."""
    x, small = np.ones((4, 6), np.float32), np.ones(3, np.float32)
    refused("VALUE", "rstd has shape (3,), expected (4,)", "layer_norm_backward", x, x, 1, None,
            np.ones(4, np.float32), small, x.copy(), None, None)  # fmt: skip
    refused("TYPE", "mean is float64, expected float32", "layer_norm_backward", x, x, 1, None,
            np.ones(4), np.ones(4, np.float32), x.copy(), None, None)  # fmt: skip
    q, out, rows = (np.ones(s, np.float32) for s in ((1, 4, 8), (1, 4, 8), (1, 2, 4)))
    refused("VALUE", "rows has shape (2, 4), expected (1, 2, 4)", "attention_backward", out, q, q,
            q, None, ffi.NULL, out, rows[0], q.copy(), None, None)  # fmt: skip
    refused("VALUE", "dy has shape (3,), expected (4, 6)", "softmax_backward", small, x, 1,
            x.copy())  # fmt: skip


def test_messages_are_each_threads_own():
    import threading

    x = np.ones((4, 6), np.float32)
    with pytest.raises(capi.Error):
        capi.call("softmax", x, 9, x.copy())
    seen = []
    thread = threading.Thread(
        target=lambda: seen.append(ffi.string(lib.gemmule_last_error()).decode())
    )
    thread.start()
    thread.join()
    assert seen == [""]
    assert b"axis 9" in ffi.string(lib.gemmule_last_error())


def test_fuzz():
    """Longer, and under AddressSanitizer, in .ci/run."""
    fuzz_capi.fuzz(1000)
