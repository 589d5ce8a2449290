"""Each way to be wrong, for each tensor of each function of the C ABI: a status and a message that
names the function, and nothing written."""

import re

import numpy as np
import pytest
from capi import ERRORS, Fenced, ffi, struct
from capi_calls import CALLS, PLAIN, Call, Tensor, declared, message

EVERY = pytest.mark.parametrize("name", CALLS)


def workspaces():
    """None, a query, and far more than any of these calls needs."""
    block = Fenced((1 << 16,), np.uint8)
    data = ffi.cast("void*", block.array.ctypes.data)
    return block, (ffi.NULL, struct("workspace"), struct("workspace", data=data, bytes=1 << 16))


def refused(call, *expected, op=r"\w+: "):
    """With every kind of workspace. What Python would refuse too is said in Python's words, with
    its function's name."""
    block, kinds = workspaces()
    for workspace in kinds if call.has_workspace else kinds[:1]:
        status = call(workspace)
        said = message()
        assert ERRORS.get(status) in expected, (status, said)
        assert re.match(op, said), said
        assert call.untouched() and block.untouched(), f"wrote, and then said {said}"


def test_every_function_is_here():
    assert set(CALLS) | PLAIN == declared()
    assert not set(CALLS) & PLAIN


@EVERY
def test_right(name):
    """The calls that the others spoil are right: all results are written, and no argument."""
    call = Call(name)
    if call.has_workspace:
        assert call(struct("workspace")) == 0, message()
        assert call.untouched()
    assert call() == 0, message()
    for tensor in call.tensors:
        assert tensor.untouched() != tensor.written, tensor.name
        assert tensor.memory.intact(), tensor.name


def row(*sizes):
    return ffi.new("int64_t[]", sizes)


def set_shape(t, index, value):
    t.keep = row(*[value if i == index else s for i, s in enumerate(t.array.shape)])
    t.c.shape = t.keep


def set_strides(t, value):
    t.keep = row(*[value] * t.array.ndim)
    t.c.strides = t.keep


WRONG = {
    "null data": (lambda t: setattr(t.c, "data", ffi.NULL), "VALUE"),
    "null shape": (lambda t: setattr(t.c, "shape", ffi.NULL), "VALUE"),
    "negative size": (lambda t: set_shape(t, 0, -2), "VALUE"),
    "negative last size": (lambda t: set_shape(t, t.array.ndim - 1, -(2**63)), "VALUE"),
    "overflowing size": (lambda t: set_shape(t, 0, 2**62), "OVERFLOW"),
    "negative rank": (lambda t: setattr(t.c, "ndim", -1), "VALUE"),
    "too many dimensions": (lambda t: setattr(t.c, "ndim", 17), "VALUE"),
    "an unknown dtype": (lambda t: setattr(t.c.dtype, "code", 9), "TYPE"),
    "odd bits": (lambda t: setattr(t.c.dtype, "bits", 24), "TYPE"),
    "lanes": (lambda t: setattr(t.c.dtype, "lanes", 2), "TYPE"),
    "another device": (lambda t: setattr(t.c.device, "device_type", 2), "TYPE"),
    "misaligned data": (lambda t: setattr(t.c, "data", t.c.data + 1), "VALUE"),
    "misaligned offset": (lambda t: setattr(t.c, "byte_offset", 2), "VALUE"),
}


@pytest.mark.parametrize("way", WRONG)
@EVERY
def test_wrong_tensors(name, way):
    spoil, status = WRONG[way]
    for tensor in Call(name).tensors:
        call = Call(name)
        spoil(call.tensor(tensor.name))
        refused(call, status, op=f"{name}: {tensor.name}( |'s|: )")


@EVERY
def test_strides_beyond_the_address_space(name):
    for tensor in Call(name).tensors:
        if tensor.array.size > 1:
            call = Call(name)
            set_strides(call.tensor(tensor.name), 2**60)
            refused(call, "OVERFLOW", op=f"{name}: {tensor.name}")


@EVERY
def test_wrong_dtypes(name):
    """Of int64, and of the other float. Memory for half as many: nothing may be read."""
    for tensor in Call(name).tensors:
        for code in (0, 2):
            call = Call(name)
            spoiled = call.tensor(tensor.name)
            spoiled.c.dtype.code, spoiled.c.dtype.bits = code, 64
            refused(call, "TYPE", "VALUE")


# Whose last size may be another one: it is what says it, or windows of stride 2 leave one over.
ANY_SIZE = {
    ("linear_pack", "weight"), ("max_pool", "x"), ("avg_pool", "x"), ("avg_pool_backward", "dx"),
    ("adaptive_max_pool", "x"), ("adaptive_avg_pool", "x"), ("adaptive_avg_pool", "y"),
    ("adaptive_avg_pool_backward", "dy"), ("adaptive_avg_pool_backward", "dx"),
    ("max_pool_backward", "dx"), ("reduce", "x"),
}  # fmt: skip


@EVERY
def test_wrong_shapes(name):
    """One element more along the last axis, and one axis less."""
    for tensor in Call(name).tensors:
        call = Call(name)
        spoiled = call.tensor(tensor.name)
        if (name, tensor.name) not in ANY_SIZE:
            set_shape(spoiled, spoiled.array.ndim - 1, spoiled.array.shape[-1] + 1)
            refused(call, "VALUE")
        call = Call(name)
        call.tensor(tensor.name).c.ndim -= 1
        refused(call, "VALUE", "INDEX")


@EVERY
def test_null_tensors_and_structs(name):
    for tensor in Call(name).tensors:
        call = Call(name)
        call.leave_out(call.tensor(tensor.name))
        if tensor.optional:
            assert call(struct("workspace")) == 0, (tensor.name, message())
        else:
            refused(call, "VALUE")
    for index, argument in enumerate(Call(name).arguments):
        call = Call(name)
        if isinstance(argument, Tensor | int | float):
            continue
        optional = getattr(argument, "optional", False)
        call.leave_out(call.arguments[index])
        if optional:
            assert call(struct("workspace")) == 0, message()
        else:
            refused(call, "VALUE")


@EVERY
def test_struct_versions(name):
    for index in range(len(Call(name).structs)):
        for change in (-8, 8, 2**40):
            call = Call(name)
            call.structs[index].c.size += change
            refused(call, "VERSION")
        call = Call(name)
        call.structs[index].c.size = 0
        refused(call, "VERSION")


@EVERY
def test_overlaps(name):
    """A result one element into each other tensor; and its own elements on each other."""
    call = Call(name)
    for written in (t for t in call.tensors if t.written):
        for other in call.tensors:
            if other.name == written.name:
                continue
            call = Call(name)
            target, source = call.tensor(written.name), call.tensor(other.name)
            wide = max(target.array.nbytes, source.array.nbytes) + 64
            target.shared = np.zeros(wide, np.uint8)
            base = ffi.cast("char*", target.shared.ctypes.data)
            start = (-target.shared.ctypes.data) % 8
            target.c.data = base + start + target.array.itemsize
            source.c.data = base + start
            if source.array.size == 1:
                target.c.data = base + start
            refused(call, "VALUE")
            assert not target.shared.any()
        if written.array.size > 1:
            call = Call(name)
            set_strides(call.tensor(written.name), 0)
            refused(call, "VALUE")


@EVERY
def test_workspaces(name):
    call = Call(name)
    if not call.has_workspace:
        return
    for size in (0, 8, 2**40):
        ws = struct("workspace")
        ws.size = size
        assert ERRORS[call(ws)] == "VERSION" and call.untouched()
    for tensor in call.tensors:
        ws = struct("workspace", data=tensor.c.data, bytes=1 << 16)
        assert ERRORS[call(ws)] == "VALUE" and "overlaps the workspace" in message()
        assert call.untouched()
    query = struct("workspace")
    assert call(query) == 0
    if query.bytes:
        block = Fenced((query.bytes,), np.uint8)
        data = ffi.cast("void*", block.array.ctypes.data)
        assert ERRORS[call(struct("workspace", data=data, bytes=query.bytes - 1))] == "WORKSPACE"
        assert call.untouched() and block.untouched()
