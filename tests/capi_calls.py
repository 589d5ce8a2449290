"""One right call of every function of the C ABI that takes tensors, for the tests that go through
all of them. CALLS is complete: a function that gemmule.h declares and that is neither here nor in
PLAIN fails a test.

Arguments are made by name: `i` an argument, `o` a result; "?" behind the name where NULL will do.
"""

import re

import capi
import numpy as np
from capi import Fenced, declarations, ffi, lib

PLAIN = {  # without tensors; test_capi.py and test_capi_bad_input.py call each
    "last_error", "version", "abi_version", "require_abi", "num_threads", "set_num_threads", "isa",
    "set_isa", "set_float32_conv_precision", "empty_cache", "packed_linear_free",
}  # fmt: skip


class Tensor:
    """An argument or result of a call: memory with fences, and the struct that describes it."""

    def __init__(self, name, shape, dtype=np.float32, written=False, values=None):
        self.name, self.optional, self.written = name.rstrip("?"), name.endswith("?"), written
        self.memory = Fenced(shape, dtype)
        if not written:
            self.array[...] = (np.arange(self.array.size) % 5).reshape(shape) * 0.25 + 0.5
        if values is not None:
            self.array[...] = values
        self.before = self.memory.bytes.tobytes()
        self.c = capi.tensor(self.array, strides=False)

    @property
    def array(self):
        return self.memory.array

    def untouched(self):
        return self.memory.bytes.tobytes() == self.before


def i(name, *shape, **keywords):
    return Tensor(name, shape, **keywords)


def o(name, *shape, **keywords):
    return Tensor(name, shape, written=True, **keywords)


class Struct:
    """A parameter struct; members that are Tensors are part of the call."""

    def __init__(self, struct_name, optional=False, /, **members):
        self.optional = optional
        self.tensors = {n: m for n, m in members.items() if isinstance(m, Tensor)}
        self.c = capi.struct(struct_name, **{n: m for n, m in members.items()
                                             if n not in self.tensors})  # fmt: skip
        for name, tensor in self.tensors.items():
            setattr(self.c, name, tensor.c)


def activation(optional=False):
    return Struct("activation", optional, kind=lib.GEMMULE_SILU)


def reduction(kind):
    return Struct("reduction", kind=kind, keepdims=1)


def pool():
    return Struct("pool", axes=2, kernel=[2, 2])


def packed():
    handle = ffi.new("gemmule_packed_linear**")
    assert lib.gemmule_linear_pack(i("weight", 5, 6).c, ffi.NULL, handle) == 0
    return ffi.gc(handle[0], lib.gemmule_packed_linear_free)


def places():
    return i("indices", 2, 3, 3, 3, dtype=np.int32, values=0)


def rnn(**more):
    return Struct(
        "rnn", cell=lib.GEMMULE_LSTM, x=i("x", 3, 2, 4), h0=i("h0?", 2, 5), c0=i("c0?", 2, 5),
        w_ih=i("w_ih", 20, 4), w_hh=i("w_hh", 20, 5), b_ih=i("b_ih?", 20), b_hh=i("b_hh?", 20),
        **more,
    )  # fmt: skip


def rnn_forward():
    results = Struct("rnn_results", y=o("y", 3, 2, 5), h_n=o("h_n?", 2, 5), c_n=o("c_n?", 2, 5),
                     c=o("c?", 3, 2, 5), gates=o("gates?", 3, 2, 20))  # fmt: skip
    return rnn(), results


def rnn_backward():
    results = Struct(
        "rnn_results", y=i("y", 3, 2, 5), c=i("c", 3, 2, 5), gates=i("gates", 3, 2, 20)
    )
    gradients = Struct(
        "rnn_gradients", dy=i("dy?", 3, 2, 5), dh_n=i("dh_n?", 2, 5), dc_n=i("dc_n?", 2, 5),
        dx=o("dx?", 3, 2, 4), dh0=o("dh0?", 2, 5), dc0=o("dc0?", 2, 5), dw_ih=o("dw_ih?", 20, 4),
        dw_hh=o("dw_hh?", 20, 5), db_ih=o("db_ih?", 20), db_hh=o("db_hh?", 20),
    )  # fmt: skip
    return rnn(), results, gradients


def conv(transposed, backward):
    weight = (4, 6, 3, 3) if transposed else (6, 4, 3, 3)
    out = (2, 6, 7, 7) if transposed else (2, 6, 3, 3)
    params = Struct("conv", True, groups=1)
    if not backward:
        return (i("x", 2, 4, 5, 5), i("weight", *weight), i("bias?", 6), params, o("out", *out))
    return (i("dout", *out), i("x", 2, 4, 5, 5), i("weight", *weight), params,
            o("dx?", 2, 4, 5, 5), o("dweight?", *weight), o("dbias?", 6))  # fmt: skip


def attention(*more):
    return (i("q", 2, 3, 4, 8), i("k", 2, 3, 5, 8), i("v", 2, 3, 5, 6), i("mask?", 4, 5),
            Struct("attention", True, causal=1), *more)  # fmt: skip


CALLS = {
    "activate": lambda: (i("x", 4, 6), activation(True), o("y", 4, 6)),
    "activate_backward": lambda: (i("dy", 4, 6), i("saved", 4, 6), activation(True), o("dx", 4, 6)),
    "glu": lambda: (i("x", 4, 6), 1, o("y", 4, 3)),
    "glu_backward": lambda: (i("dy", 4, 3), i("x", 4, 6), 1, o("dx", 4, 6)),
    "matmul": lambda: (i("a", 2, 4, 6), i("b", 6, 5), o("c", 2, 4, 5)),
    "matmul_backward": lambda: (i("dc", 2, 4, 5), i("a", 2, 4, 6), i("b", 6, 5),
                                o("da?", 2, 4, 6), o("db?", 6, 5)),
    "linear": lambda: (i("x", 4, 6), i("weight", 5, 6), i("bias?", 5), activation(True),
                       o("y", 4, 5)),
    "linear_backward": lambda: (i("dy", 4, 5), i("x", 4, 6), i("weight", 5, 6), o("dx?", 4, 6),
                                o("dweight?", 5, 6), o("dbias?", 5)),
    "linear_pack": lambda: (i("weight", 5, 6), i("bias?", 5), ffi.new("gemmule_packed_linear**")),
    "linear_packed": lambda: (i("x", 4, 6), packed(), activation(True), o("y", 4, 5)),
    "conv_forward": lambda: conv(False, False),
    "conv_backward": lambda: conv(False, True),
    "conv_transpose_forward": lambda: conv(True, False),
    "conv_transpose_backward": lambda: conv(True, True),
    "max_pool": lambda: (i("x", 2, 3, 6, 6), pool(), o("y", 2, 3, 3, 3),
                         o("indices?", 2, 3, 3, 3, dtype=np.int32)),
    "avg_pool": lambda: (i("x", 2, 3, 6, 6), pool(), o("y", 2, 3, 3, 3)),
    "avg_pool_backward": lambda: (i("dy", 2, 3, 3, 3), pool(), o("dx", 2, 3, 6, 6)),
    "adaptive_max_pool": lambda: (i("x", 2, 3, 6, 6), 2, o("y", 2, 3, 3, 3),
                                  o("indices?", 2, 3, 3, 3, dtype=np.int32)),
    "adaptive_avg_pool": lambda: (i("x", 2, 3, 6, 6), 2, o("y", 2, 3, 3, 3)),
    "adaptive_avg_pool_backward": lambda: (i("dy", 2, 3, 3, 3), 2, o("dx", 2, 3, 6, 6)),
    "max_pool_backward": lambda: (i("dy", 2, 3, 3, 3), places(), 2, o("dx", 2, 3, 6, 6)),
    "softmax": lambda: (i("x", 4, 6), 1, o("y", 4, 6)),
    "log_softmax": lambda: (i("x", 4, 6), 1, o("y", 4, 6)),
    "softmax_backward": lambda: (i("dy", 4, 6), i("y", 4, 6), 1, o("dx", 4, 6)),
    "log_softmax_backward": lambda: (i("dy", 4, 6), i("y", 4, 6), 1, o("dx", 4, 6)),
    "attention_forward": lambda: attention(o("out", 2, 3, 4, 6), o("rows?", 2, 3, 2, 4)),
    "attention_backward": lambda: (
        i("dout", 2, 3, 4, 6),
        *attention(i("out", 2, 3, 4, 6), i("rows", 2, 3, 2, 4), o("dq?", 2, 3, 4, 8),
                   o("dk?", 2, 3, 5, 8), o("dv?", 2, 3, 5, 6))),
    "rnn_forward": rnn_forward,
    "rnn_backward": rnn_backward,
    "layer_norm": lambda: (i("x", 4, 6), 1, i("weight?", 6), i("bias?", 6), 1e-5, o("y", 4, 6),
                           o("mean?", 4), o("rstd?", 4)),
    "layer_norm_backward": lambda: (i("dy", 4, 6), i("x", 4, 6), 1, i("weight?", 6), i("mean", 4),
                                    i("rstd", 4), o("dx?", 4, 6), o("dweight?", 6),
                                    o("dbias?", 6)),
    "rms_norm": lambda: (i("x", 4, 6), 1, i("weight?", 6), 1e-5, o("y", 4, 6), o("rstd?", 4)),
    "rms_norm_backward": lambda: (i("dy", 4, 6), i("x", 4, 6), 1, i("weight?", 6), i("rstd", 4),
                                  o("dx?", 4, 6), o("dweight?", 6)),
    "group_norm": lambda: (i("x", 2, 6, 3), 2, i("weight?", 6), i("bias?", 6), 1e-5,
                           o("y", 2, 6, 3), o("mean?", 4), o("rstd?", 4)),
    "group_norm_backward": lambda: (i("dy", 2, 6, 3), i("x", 2, 6, 3), 2, i("weight?", 6),
                                    i("mean", 4), i("rstd", 4), o("dx?", 2, 6, 3),
                                    o("dweight?", 6), o("dbias?", 6)),
    "batch_norm": lambda: (i("x", 4, 6, 3), o("running_mean?", 6, values=0),
                           o("running_var?", 6, values=1), i("weight?", 6), i("bias?", 6), 1, 0.1,
                           1e-5, o("y", 4, 6, 3), o("mean?", 6), o("rstd?", 6)),
    "batch_norm_backward": lambda: (i("dy", 4, 6, 3), i("x", 4, 6, 3), i("weight?", 6),
                                    i("mean", 6), i("rstd", 6), 1, o("dx?", 4, 6, 3),
                                    o("dweight?", 6), o("dbias?", 6)),
    "reduce": lambda: (i("x", 4, 6), reduction(lib.GEMMULE_VAR), o("y", 1, 1)),
    "reduce_backward": lambda: (i("dy", 1, 1), i("x", 4, 6), i("y?", 1, 1),
                                reduction(lib.GEMMULE_VAR), o("dx", 4, 6)),
}  # fmt: skip


def declared():
    """The functions of gemmule.h, without the prefix."""
    text = re.sub(r"/\*.*?\*/", "", declarations(), flags=re.S)
    return set(re.findall(r"\bgemmule_(\w+)\(", text))


def is_handle(argument):
    return ffi.typeof(argument) is ffi.typeof("gemmule_packed_linear**")


class Call:
    """A right call of gemmule_<name>, whose parts a test may spoil before it makes it."""

    def __init__(self, name):
        self.name, self.arguments = name, CALLS[name]()
        self.structs = [a for a in self.arguments if isinstance(a, Struct)]
        self.tensors = [a for a in self.arguments if isinstance(a, Tensor)]
        for struct in self.structs:
            self.tensors += struct.tensors.values()
        self.has_workspace = name != "linear_pack"

    def tensor(self, name):
        return next(t for t in self.tensors if t.name == name)

    def leave_out(self, part):
        """NULL in place of a tensor or struct."""
        for struct in self.structs:
            for member, tensor in struct.tensors.items():
                if tensor is part:
                    setattr(struct.c, member, ffi.NULL)
        self.arguments = [ffi.NULL if a is part else a for a in self.arguments]

    def __call__(self, workspace=ffi.NULL):
        """The status."""
        given = [a.c if isinstance(a, Tensor | Struct) else a for a in self.arguments]
        if self.has_workspace:
            given.append(workspace)
        return getattr(lib, f"gemmule_{self.name}")(*given)

    def untouched(self):
        handles = [a for a in self.arguments if isinstance(a, ffi.CData) and a and is_handle(a)]
        return all(t.untouched() for t in self.tensors) and not any(h[0] for h in handles)


def message():
    return ffi.string(lib.gemmule_last_error()).decode()
