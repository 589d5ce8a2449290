"""Calls of the C ABI with arguments that are right, nearly right and wrong, drawn by Hypothesis.

Whatever is drawn, a call answers with a status: 0, and only results and workspace were written; or
another, with a message, and nothing was written at all. What pointers lead to is real memory of the
stated size, in blocks of its own, so that AddressSanitizer sees every step beyond one:

    python tests/fuzz_capi.py 100000
"""

import sys

import capi
import numpy as np
from capi import ffi, lib
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

HUGE = 2**62


class Tensor:
    """A tensor's memory, and the struct that describes it, which may then be spoiled."""

    def __init__(self, shape, dtype, written=False):
        self.array = np.full(shape, 0, dtype)
        if not written:
            self.array.ravel()[...] = np.arange(self.array.size) % 5
        self.before = self.array.tobytes()
        self.written = written
        self.shared = False  # with a result, which may be in place
        self.c = capi.tensor(self.array, strides=False)
        self.shape = ffi.new("int64_t[17]", list(shape) + [1] * (17 - len(shape)))
        self.strides = ffi.new("int64_t[17]", [s // self.array.itemsize for s in self.array.strides]
                               + [1] * (17 - len(shape)))  # fmt: skip
        self.c.shape = self.shape

    def untouched(self):
        return self.array.tobytes() == self.before


# Each spoils a tensor so that its memory still is as large as it says, or so that it is refused.
SPOILS = {
    "null data": lambda t, r: setattr(t.c, "data", ffi.NULL),
    "null shape": lambda t, r: setattr(t.c, "shape", ffi.NULL),
    "negative size": lambda t, r: t.shape.__setitem__(r.randrange(3), -r.randrange(1, 9)),
    "overflowing size": lambda t, r: [t.shape.__setitem__(i, HUGE) for i in range(2)],
    "smaller size": lambda t, r: t.shape.__setitem__(0, max(0, t.shape[0] - 1)),
    "fewer dimensions": lambda t, r: setattr(t.c, "ndim", max(0, t.c.ndim - 1)),
    "bad ndim": lambda t, r: setattr(t.c, "ndim", r.choice([-1, 17, 2**31 - 1, -(2**31)])),
    "more dimensions": lambda t, r: setattr(t.c, "ndim", min(16, t.c.ndim + r.randrange(1, 3))),
    "misaligned": lambda t, r: setattr(t.c, "byte_offset", int(t.array.itemsize > 1)),
    "wrong device": lambda t, r: setattr(t.c.device, "device_type", r.choice([0, 2, -1])),
    "wrong code": lambda t, r: setattr(t.c.dtype, "code", r.choice([0, 1, 3, 4, 5, 6, 255])),
    "wrong bits": lambda t, r: setattr(t.c.dtype, "bits", r.choice([0, 1, 4, 8, 16, 31])),
    "wrong lanes": lambda t, r: setattr(t.c.dtype, "lanes", r.choice([0, 2, 65535])),
    "repeated": lambda t, r: [setattr(t.c, "strides", t.strides),
                              t.strides.__setitem__(r.randrange(3), 0)],
    "reaching strides": lambda t, r: [setattr(t.c, "strides", t.strides),
                                      t.strides.__setitem__(0, r.choice([HUGE, -HUGE]))],
}  # fmt: skip


class Draw:
    """What the functions below draw from: sizes, dtypes, and tensors, which it remembers."""

    def __init__(self, r):
        self.r = r
        self.dtype = r.choice([np.float32, np.float64])
        self.tensors = []
        self.spoil = r.random() < 0.6

    def size(self, most=5):
        return self.r.randrange(0 if self.r.random() < 0.1 else 1, most + 1)

    def tensor(self, *shape, dtype=None, written=False, optional=False):
        r = self.r
        if r.random() < (0.3 if optional else 0.02 if self.spoil else 0):
            return ffi.NULL
        shape = list(shape)
        if self.spoil and r.random() < 0.1:  # real memory of another shape
            if shape and r.random() < 0.7:
                at = r.randrange(len(shape))
                shape[at] = max(0, shape[at] + r.choice([-1, 1]))
            else:
                shape = [self.size(3) for _ in range(r.randrange(5))]
        if self.spoil and r.random() < 0.05:
            dtype = r.choice([np.float16, np.float32, np.float64, np.int32, np.int64, np.bool_])
        made = Tensor(shape, dtype or self.dtype, written)
        if self.spoil and r.random() < 0.06:
            SPOILS[r.choice(sorted(SPOILS))](made, r)
        if self.spoil and self.tensors and r.random() < 0.04:  # another tensor's memory
            other = r.choice(self.tensors)
            if other.array.nbytes >= made.array.nbytes:
                made.c.data = other.c.data
                other.shared = True
        self.tensors.append(made)
        return made.c

    def out(self, *shape, **keywords):
        return self.tensor(*shape, written=True, **keywords)

    def number(self, usual):
        if self.spoil and self.r.random() < 0.05:
            return self.r.choice([-1, 0, 1, 2, 7, 2**31, 2**40, -(2**63), 2**63 - 1])
        return usual

    def struct(self, struct_name, /, **members):
        made = capi.struct(struct_name, **members)
        if self.spoil and self.r.random() < 0.03:
            made.size = self.r.choice([0, 1, made.size - 8, made.size + 8, 2**40])
        if self.spoil and self.r.random() < 0.02:
            return ffi.NULL
        return made


def activation(d):
    parameters = [d.r.choice([0.0, 0.5, 1.0, -1.0, float("nan"), 1e300]) for _ in range(3)]
    kind = d.number(d.r.randrange(20)) & 0x7FFFFFFF
    return d.struct("activation", kind=kind, p0=parameters[0], p1=parameters[1], p2=parameters[2])


def activate(d):
    shape = [d.size() for _ in range(d.r.randrange(4))]
    if d.r.random() < 0.5:
        return "activate", d.tensor(*shape), activation(d), d.out(*shape)
    return ("activate_backward", d.tensor(*shape), d.tensor(*shape), activation(d),
            d.out(*shape))  # fmt: skip


def axis_of(d, rank):
    return max(-(2**31), min(2**31 - 1, d.number(d.r.randrange(-rank, rank) if rank else 0)))


def glu(d):
    half = [d.size(), d.size()]
    whole = [half[0], 2 * half[1]]
    axis = axis_of(d, 2) if d.spoil else 1
    if d.r.random() < 0.5:
        return "glu", d.tensor(*whole), axis, d.out(*half)
    return "glu_backward", d.tensor(*half), d.tensor(*whole), axis, d.out(*whole)


def matmul(d):
    batch, m, k, n = [d.size(3) for _ in range(d.r.randrange(3))], d.size(), d.size(), d.size(40)
    a, b, c = [*batch, m, k], [*batch[1:], k, n], [*batch, m, n]
    if d.r.random() < 0.5:
        return "matmul", d.tensor(*a), d.tensor(*b), d.out(*c)
    return ("matmul_backward", d.tensor(*c), d.tensor(*a), d.tensor(*b), d.out(*a, optional=True),
            d.out(*b, optional=True))  # fmt: skip


def linear(d):
    m, k, n = d.size(), d.size(20), d.size(40)
    x, w, y = [m, k], [n, k], [m, n]
    if d.r.random() < 0.4:
        return ("linear_backward", d.tensor(*y), d.tensor(*x), d.tensor(*w),
                *(d.out(*s, optional=True) for s in (x, w, [n])))  # fmt: skip
    bias = d.tensor(n, optional=True)
    f = activation(d) if d.r.random() < 0.7 else ffi.NULL
    if d.r.random() < 0.5:
        return "linear", d.tensor(*x), d.tensor(*w), bias, f, d.out(*y)
    packed = ffi.new("gemmule_packed_linear**")
    if lib.gemmule_linear_pack(d.tensor(*w), bias, packed):
        assert packed[0] == ffi.NULL and lib.gemmule_last_error()[0] != b"\0"
    d.tensors.clear()  # nothing of it is read again
    handle = ffi.gc(packed[0], lib.gemmule_packed_linear_free) if packed[0] else ffi.NULL
    return "linear_packed", d.tensor(*x), handle, f, d.out(*y)


def conv(d):
    axes, transposed = d.r.randrange(1, 3), d.r.random() < 0.4
    groups, inner, outer = d.r.randrange(1, 3), d.size(3), d.size(3)
    stride, padding, dilation, extra = d.r.randrange(1, 3), d.r.randrange(2), d.r.randrange(1, 3), 0
    kernel = [d.r.randrange(1, 4) for _ in range(axes)]
    sizes = [d.r.randrange(1, 8) + dilation * (k - 1) for k in kernel]
    lead = [d.size(3)] if d.r.random() < 0.8 else []
    if transposed:
        outs = [(s - 1) * stride - 2 * padding + dilation * (k - 1) + extra + 1
                for s, k in zip(sizes, kernel, strict=True)]  # fmt: skip
        weight = [groups * inner, outer, *kernel]
    else:
        outs = [(s + 2 * padding - dilation * (k - 1) - 1) // stride + 1
                for s, k in zip(sizes, kernel, strict=True)]  # fmt: skip
        weight = [groups * outer, inner, *kernel]
    x = [*lead, groups * inner, *sizes]
    y = [*lead, groups * outer, *(max(0, o) for o in outs)]
    p = d.struct("conv", stride=[d.number(stride)] * 2, padding=[d.number(padding)] * 4,
                 dilation=[d.number(dilation)] * 2, output_padding=[d.number(extra)] * 2,
                 groups=d.number(groups))  # fmt: skip
    name = "conv_transpose" if transposed else "conv"
    if d.r.random() < 0.5:
        return (f"{name}_forward", d.tensor(*x), d.tensor(*weight),
                d.tensor(groups * outer, optional=True), p, d.out(*y))  # fmt: skip
    return (f"{name}_backward", d.tensor(*y), d.tensor(*x), d.tensor(*weight), p,
            *(d.out(*s, optional=True) for s in (x, weight, [groups * outer])))  # fmt: skip


def pool(d):
    axes, kernel, stride = d.r.randrange(1, 3), d.r.randrange(1, 4), d.r.randrange(1, 4)
    padding = d.r.randrange(kernel // 2 + 1)
    lead, sizes = [d.size(3), d.size(3)], [d.r.randrange(3, 9) for _ in range(axes)]
    x, y = [*lead, *sizes], [*lead, *((s + 2 * padding - kernel) // stride + 1 for s in sizes)]
    p = d.struct("pool", axes=max(0, min(9, d.number(axes))), kernel=[d.number(kernel)] * 2,
                 stride=[d.number(stride)] * 2, padding=[d.number(padding)] * 2,
                 dilation=[d.number(1)] * 2, ceil_mode=d.r.random() < 0.1,
                 count_include_pad=d.r.random() < 0.5,
                 divisor=d.number(0))  # fmt: skip
    number = max(0, min(9, d.number(axes)))
    which = d.r.randrange(7)
    if which == 0:
        return ("max_pool", d.tensor(*x), p, d.out(*y),
                d.out(*y, dtype=np.int32, optional=True))  # fmt: skip
    if which == 1:
        return "avg_pool", d.tensor(*x), p, d.out(*y)
    if which == 2:
        return "avg_pool_backward", d.tensor(*y), p, d.out(*x)
    if which == 3:
        return ("adaptive_max_pool", d.tensor(*x), number, d.out(*y),
                d.out(*y, dtype=np.int32, optional=True))  # fmt: skip
    if which == 4:
        return "adaptive_avg_pool", d.tensor(*x), number, d.out(*y)
    if which == 5:
        return "adaptive_avg_pool_backward", d.tensor(*y), number, d.out(*x)
    indices = d.tensor(*y, dtype=np.int32)
    if indices != ffi.NULL and d.tensors[-1].array.dtype == np.int32 and d.r.random() < 0.3:
        d.tensors[-1].array.ravel()[:1] = d.r.choice([-1, 10**6, 2**31 - 1])
        d.tensors[-1].before = d.tensors[-1].array.tobytes()
    return "max_pool_backward", d.tensor(*y), indices, number, d.out(*x)


def softmax(d):
    shape = [d.size(20) for _ in range(d.r.randrange(4))]
    log = d.r.choice(["", "log_"])
    if d.r.random() < 0.5:
        return f"{log}softmax", d.tensor(*shape), axis_of(d, len(shape)), d.out(*shape)
    return (f"{log}softmax_backward", d.tensor(*shape), d.tensor(*shape), axis_of(d, len(shape)),
            d.out(*shape))  # fmt: skip


def attention(d):
    batch, heads, n, m, e, v = d.size(2), d.size(2), d.size(), d.size(), d.size(20), d.size(20)
    q, k, w, o = (
        [batch, heads, n, e],
        [batch, heads, m, e],
        [batch, heads, m, v],
        [batch, heads, n, v],
    )
    p = d.struct("attention", scale=d.r.choice([0.0, 0.5]), causal=d.r.random() < 0.5,
                 grouped=d.r.random() < 0.3)  # fmt: skip
    mask = d.tensor(n, m, dtype=d.r.choice([np.bool_, d.dtype])) if d.r.random() < 0.3 else ffi.NULL
    operands = [d.tensor(*s) for s in (q, k, w)]
    if d.r.random() < 0.5:
        return ("attention_forward", *operands, mask, p, d.out(*o),
                d.out(batch, heads, 2, n, optional=True))  # fmt: skip
    saved = d.tensor(batch, heads, 2, n)
    return ("attention_backward", d.tensor(*o), *operands, mask, p, d.tensor(*o), saved,
            *(d.out(*s, optional=True) for s in (q, k, w)))  # fmt: skip


def rnn(d):
    cell, steps, batch, inputs, hidden = (
        d.r.randrange(4),
        d.size(3),
        d.size(3),
        d.size(4),
        d.size(4),
    )
    gates, single = (4, 3, 1, 1)[cell], d.r.random() < 0.3
    lead = [batch] if single else [steps, batch]

    def optional(*shape, out=False):
        return d.tensor(*shape, optional=True, written=out)

    layer = d.struct(
        "rnn", cell=d.number(cell) & 0x7FFFFFFF, reverse=d.r.random() < 0.3,
        x=d.tensor(*lead, inputs), h0=optional(batch, hidden),
        c0=optional(batch, hidden) if cell == 0 else ffi.NULL,
        w_ih=d.tensor(gates * hidden, inputs), w_hh=d.tensor(gates * hidden, hidden),
        b_ih=optional(gates * hidden), b_hh=optional(gates * hidden),
    )  # fmt: skip
    if d.r.random() < 0.5:
        results = d.struct(
            "rnn_results", y=d.out(*lead, hidden), h_n=optional(batch, hidden, out=True),
            c_n=optional(batch, hidden, out=True) if cell == 0 else ffi.NULL,
            c=optional(*lead, hidden, out=True) if cell == 0 else ffi.NULL,
            gates=optional(*lead, 4 * hidden, out=True) if cell < 2 else ffi.NULL,
        )  # fmt: skip
        return "rnn_forward", layer, results
    results = d.struct(
        "rnn_results", y=d.tensor(*lead, hidden),
        c=d.tensor(*lead, hidden) if cell == 0 else ffi.NULL,
        gates=d.tensor(*lead, 4 * hidden) if cell < 2 else ffi.NULL,
    )  # fmt: skip
    gradients = d.struct(
        "rnn_gradients", dy=optional(*lead, hidden), dh_n=optional(batch, hidden),
        dc_n=optional(batch, hidden) if cell == 0 else ffi.NULL,
        dx=optional(*lead, inputs, out=True), dh0=optional(batch, hidden, out=True),
        dc0=optional(batch, hidden, out=True) if cell == 0 else ffi.NULL,
        dw_ih=optional(gates * hidden, inputs, out=True),
        dw_hh=optional(gates * hidden, hidden, out=True),
        db_ih=optional(gates * hidden, out=True), db_hh=optional(gates * hidden, out=True),
    )  # fmt: skip
    return "rnn_backward", layer, results, gradients


def norm(d):
    n, c, rest = d.size(), d.r.choice([2, 4]), [d.size(4) for _ in range(d.r.randrange(3))]
    shape, backward = [n, c, *rest], d.r.random() < 0.5
    kind = d.r.choice(["layer_norm", "rms_norm", "group_norm", "batch_norm"])
    if kind in ("layer_norm", "rms_norm"):
        features, rows, number = int(np.prod(rest or [c])), n * (c if rest else 1), len(rest) or 1
    else:
        features, rows, number = c, (n * 2 if kind == "group_norm" else c), 2
    number = max(-(2**31), min(2**31 - 1, d.number(number)))
    w = [features] if kind not in ("layer_norm", "rms_norm") else (rest or [c])
    weight, bias = d.tensor(*w, optional=True), d.tensor(*w, optional=True)
    x = d.tensor(*shape)
    training = d.r.random() < 0.5
    center = [] if kind == "rms_norm" else [0]
    if backward:
        saved = [d.tensor(rows) for _ in [*center, 0]]
        outs = [d.out(*s, optional=True) for s in (shape, *([[features]] * (1 + len(center))))]
        if kind == "batch_norm":
            return "batch_norm_backward", d.tensor(*shape), x, weight, *saved, training, *outs
        return f"{kind}_backward", d.tensor(*shape), x, number, weight, *saved, *outs
    outs = [d.out(*shape), *(d.out(rows, optional=True) for _ in [*center, 0])]
    if kind == "batch_norm":
        running = [d.out(c, optional=True) for _ in range(2)]
        return "batch_norm", x, *running, weight, bias, training, 0.1, 1e-5, *outs
    return kind, x, number, weight, *([bias] if center else []), 1e-5, *outs


def reduce(d):
    shape = [d.size() for _ in range(d.r.randrange(4))]
    rank, kind, keep = len(shape), d.r.randrange(13), d.r.random() < 0.5
    r = d.struct("reduction", kind=d.number(kind) & 0x7FFFFFFF, keepdims=keep,
                 p=d.r.choice([0.0, 1.0, 2.0, 3.0, float("inf")]))  # fmt: skip
    axes = [d.r.randrange(-rank, rank) for _ in range(d.r.randrange(3))] if rank else []
    reduced = set(range(rank))
    if r != ffi.NULL and d.r.random() < 0.6:
        chosen = ffi.new("int64_t[]", [d.number(a) for a in axes] or [0])
        r.axes, r.axis_count = chosen, len(axes)
        capi._kept[r].append(chosen)
        reduced = {a % rank for a in axes}
    y = [1 if i in reduced else s for i, s in enumerate(shape) if keep or i not in reduced]
    result = np.int64 if kind in (9, 10) else np.bool_ if kind in (11, 12) else d.dtype
    if d.r.random() < 0.6:
        return "reduce", d.tensor(*shape), r, d.out(*y, dtype=result)
    return "reduce_backward", d.tensor(*y), d.tensor(*shape), d.tensor(*y), r, d.out(*shape)


FAMILIES = [activate, glu, matmul, linear, conv, pool, softmax, attention, rnn, norm, reduce]
counts = {}


def one_call(r):
    """Draws a call, makes it, and checks what it left."""
    d = Draw(r)
    name, *arguments = r.choice(FAMILIES)(d)
    function = getattr(lib, f"gemmule_{name}")
    ws = ffi.new("gemmule_workspace*", {"size": ffi.sizeof("gemmule_workspace")})
    status = function(*arguments, ws)
    outs = [t for t in d.tensors if t.written]
    assert all(t.untouched() for t in d.tensors), f"{name}: a query wrote"
    if status == 0:
        # Bytes of its own for the sanitizer; too few at times.
        size = ws.bytes
        short = size > 0 and r.random() < 0.1
        ws.bytes = r.randrange(size) if short else size
        memory = np.empty(ws.bytes, np.uint8)
        ws.data = ffi.cast("void*", memory.__array_interface__["data"][0])
        mode = r.choice(["workspace", "cache"]) if not short else "workspace"
        status = function(*arguments, ws if mode == "workspace" else ffi.NULL)
        assert (status != 0) == short, f"{name}: {ffi.string(lib.gemmule_last_error())}"
    counts[name, status] = counts.get((name, status), 0) + 1
    if status:
        assert 1 <= status <= 7, f"{name}: {ffi.string(lib.gemmule_last_error())}"
        message = ffi.string(lib.gemmule_last_error()).decode()
        assert message
        assert all(t.untouched() for t in outs), f"{name}: wrote, and then said {message}"
    assert all(t.untouched() for t in d.tensors if not t.written | t.shared), (
        f"{name}: an argument changed"
    )


def fuzz(calls):
    quiet = settings(
        max_examples=calls, deadline=None, database=None, phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    quiet(given(st.randoms(use_true_random=True))(one_call))()


if __name__ == "__main__":
    fuzz(int(sys.argv[1]))
    done = sum(counts.values())
    computed = sum(n for (_, status), n in counts.items() if status == 0)
    print(f"{done} calls of {len({name for name, _ in counts})} functions, {computed} computed")
