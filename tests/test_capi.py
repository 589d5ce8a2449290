"""The C ABI gives the bits that Python gives, in the caller's memory alone."""

import threading

import capi
import gemmule as gm
import gemmule.nn.functional as F
import numpy as np
import pytest
from capi import Fenced, call, query, run, struct

pytestmark = pytest.mark.filterwarnings("error")
rng = np.random.default_rng(5)


def normal(*shape, dtype=np.float32):
    return rng.standard_normal(shape).astype(dtype)


def python(function, *arrays, backward=None):
    """Result(s) of a Python function, and the gradients of the float arrays."""
    tensors = [None if a is None else _leaf(a) for a in arrays]
    result = function(*tensors)
    if backward is None:
        return result
    result.backward(gm.asarray(backward))
    return [None if t is None or t.grad is None else t.grad.numpy() for t in tensors]


def _leaf(array):
    t = gm.tensor(array)
    if array.dtype.kind == "f":
        t.requires_grad_()
    return t


def arrays_of(result):
    results = result if isinstance(result, tuple) else (result,)
    return [np.asarray(r.detach().numpy()) for r in results]


def same(name, before, expected, after=()):
    """gemmule_<name>(before…, results…, after…) writes `expected` (None: not asked for), whatever
    the workspace and the strides of arguments and results."""
    expected = [None if e is None else np.asarray(e) for e in expected]
    for strided in (False, True):
        given = [spread(a) if strided and isinstance(a, np.ndarray) else a for a in before]
        for workspace in ("exact", "cache"):
            outs = [e if e is None else Fenced(e.shape, e.dtype) for e in expected]
            if strided:
                results = [None if o is None else o.array.copy("F") for o in outs]
            else:
                results = [None if o is None else o.array for o in outs]
            (run if workspace == "exact" else call)(name, *given, *results, *after)
            for want, got, out in zip(expected, results, outs, strict=True):
                if want is not None:
                    np.testing.assert_array_equal(got, want, err_msg=f"{name}, {workspace}")
                    assert out.intact()
        # Too small a workspace: nothing is written.
        size = query(name, *given, *results, *after)
        if size:
            outs = [e if e is None else Fenced(e.shape, e.dtype) for e in expected]
            memory = np.empty(size, np.uint8)
            small = struct("workspace", bytes=size - 1)
            small.data = capi.ffi.cast("void*", memory.__array_interface__["data"][0])
            results = [None if o is None else o.array for o in outs]
            if query(name, *given, *results, *after) == size:
                with pytest.raises(capi.Error, match=f"{size} are needed") as error:
                    call(name, *given, *results, *after, workspace=small)
                assert error.value.status == "WORKSPACE"
                assert all(o is None or o.untouched() for o in outs)


def spread(array):
    """The same values with gaps between them."""
    if array.ndim == 0:
        return array
    wide = np.zeros((*array.shape[:-1], array.shape[-1] * 2), array.dtype)
    view = wide[..., ::2]
    view[...] = array
    return view


DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def activation(kind, *parameters):
    return struct(
        "activation",
        kind=getattr(capi.lib, f"GEMMULE_{kind}"),
        **dict(zip(("p0", "p1", "p2"), parameters, strict=False)),
    )


ACTIVATIONS = {
    "RELU": (F.relu, (), "y"),
    "LEAKY_RELU": (lambda x: F.leaky_relu(x, 0.1), (0.1,), "y"),
    "ELU": (lambda x: F.elu(x, 1.5), (1.5, 1, 1), "y"),
    "HARDTANH": (lambda x: F.hardtanh(x, -0.5, 0.75), (-0.5, 0.75), "y"),
    "HARDSIGMOID": (F.hardsigmoid, (), "y"),
    "SIGMOID": (F.sigmoid, (), "y"),
    "TANH": (F.tanh, (), "y"),
    "GELU": (F.gelu, (), "x"),
    "GELU_TANH": (lambda x: F.gelu(x, approximate="tanh"), (), "x"),
    "SILU": (F.silu, (), "x"),
    "MISH": (F.mish, (), "x"),
    "HARDSWISH": (F.hardswish, (), "x"),
    "HARDSHRINK": (lambda x: F.hardshrink(x, 0.4), (0.4,), "x"),
    "SOFTSHRINK": (lambda x: F.softshrink(x, 0.4), (0.4,), "x"),
    "TANHSHRINK": (F.tanhshrink, (), "x"),
    "SOFTSIGN": (F.softsign, (), "x"),
    "SOFTPLUS": (lambda x: F.softplus(x, 2.0, 10.0), (2.0, 10.0), "x"),
    "THRESHOLD": (lambda x: F.threshold(x, 0.2, -3.0), (0.2, -3.0), "x"),
    "LOGSIGMOID": (F.logsigmoid, (), "x"),
}


@DTYPES
@pytest.mark.parametrize("kind", ACTIVATIONS)
def test_activation(kind, dtype):
    function, parameters, saved = ACTIVATIONS[kind]
    x, g = normal(5, 33, dtype=dtype), normal(5, 33, dtype=dtype)
    f = activation(kind, *parameters)
    (y,) = arrays_of(python(function, x))
    same("activate", (x, f), [y])
    (dx,) = python(function, x, backward=g)
    same("activate_backward", (g, y if saved == "y" else x, f), [dx])
    here = x.copy()
    run("activate", here, f, here)  # in place
    np.testing.assert_array_equal(here, y)


def test_identity_and_glu():
    x, g = normal(4, 6), normal(4, 3)
    same("activate", (x, activation("IDENTITY")), [x])
    same("glu", (x, 1), arrays_of(python(F.glu, x)))
    same("glu_backward", (g, x, -1), python(F.glu, x, backward=g))


@DTYPES
@pytest.mark.parametrize(
    "shapes", [((7, 5), (5, 9)), ((3, 1, 4, 6), (2, 6, 5)), ((70, 300), (300, 90))]
)
def test_matmul(shapes, dtype):
    a, b = (normal(*s, dtype=dtype) for s in shapes)
    (c,) = arrays_of(python(gm.matmul, a, b))
    same("matmul", (a, b), [c])
    g = normal(*c.shape, dtype=dtype)
    da, db = python(gm.matmul, a, b, backward=g)
    same("matmul_backward", (g, a, b), [da, db])
    same("matmul_backward", (g, a, b), [None, db])


def test_matmul_of_vectors():
    a, b = normal(5), normal(5, 3)
    same("matmul", (a, b), arrays_of(python(gm.matmul, a, b)))
    same("matmul", (b.T, a), arrays_of(python(gm.matmul, b.T, a)))
    same("matmul", (a, a), arrays_of(python(gm.matmul, a, a)))


@DTYPES
@pytest.mark.parametrize("kind", [None, *ACTIVATIONS])
def test_linear_with_activation(kind, dtype):
    x, w, b = normal(3, 11, 40, dtype=dtype), normal(50, 40, dtype=dtype), normal(50, dtype=dtype)
    function, parameters, _ = ACTIVATIONS[kind] if kind else (lambda y: y, (), "y")
    f = activation(kind, *parameters) if kind else capi.ffi.NULL
    packed = capi.ffi.new("gemmule_packed_linear**")
    for bias in (b, None):
        want = arrays_of(python(lambda x, w, b: function(F.linear(x, w, b)), x, w, bias))
        same("linear", (x, w, bias, f), want)
        capi.check(capi.lib.gemmule_linear_pack(capi.tensor(w), capi.tensor(bias), packed))
        close = np.empty_like(want[0])
        run("linear_packed", x, packed[0], f, close)
        np.testing.assert_allclose(
            close, want[0], rtol=1e-5 if dtype == np.float32 else 1e-12, atol=1e-5
        )
        same("linear_packed", (x, packed[0], f), [close])
        capi.lib.gemmule_packed_linear_free(packed[0])


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 300, 700), (5, 8, 1000), (200, 2000, 17)])
def test_packed_linear_of_many_shapes(shape):
    m, k, n = shape
    x, w, b = normal(m, k), normal(n, k), normal(n)
    packed = capi.ffi.new("gemmule_packed_linear**")
    capi.check(capi.lib.gemmule_linear_pack(capi.tensor(w), capi.tensor(b), packed))
    y = np.empty((m, n), np.float32)
    run("linear_packed", x, packed[0], capi.ffi.NULL, y)
    exact = x.astype(float) @ w.T.astype(float) + b
    assert np.abs(y - exact).max() <= 1e-5 * np.abs(exact).max() * np.sqrt(k)
    with pytest.raises(capi.Error, match="input features, but input of shape"):
        run("linear_packed", normal(m, k + 1), packed[0], capi.ffi.NULL, y)
    capi.lib.gemmule_packed_linear_free(packed[0])


def test_packed_linear_of_another_isa():
    others = [isa for isa in gm._C.runnable_isas() if isa != gm._C.isa()]
    if not others:
        pytest.skip("needs a second instruction set: build with GEMMULE_ISAS of two or more")
    w, x, y = normal(8, 4), normal(2, 4), np.empty((2, 8), np.float32)
    packed = capi.ffi.new("gemmule_packed_linear**")
    capi.check(capi.lib.gemmule_linear_pack(capi.tensor(w), capi.ffi.NULL, packed))
    now = gm._C.isa()
    try:
        capi.check(capi.lib.gemmule_set_isa(others[0].encode()))
        with pytest.raises(capi.Error, match=f"packed for {now}, but {others[0]} runs now"):
            run("linear_packed", x, packed[0], capi.ffi.NULL, y)
    finally:
        capi.check(capi.lib.gemmule_set_isa(now.encode()))
    capi.lib.gemmule_packed_linear_free(packed[0])


@DTYPES
def test_linear_backward(dtype):
    x, w, b = normal(4, 6, 20, dtype=dtype), normal(30, 20, dtype=dtype), normal(30, dtype=dtype)
    g = normal(4, 6, 30, dtype=dtype)
    same("linear_backward", (g, x, w), python(F.linear, x, w, b, backward=g))


CONVS = {
    "plain": ((2, 3, 9, 8), (5, 3, 3, 2), {}),
    "winograd": ((2, 16, 12, 12), (16, 16, 3, 3), {"padding": 1}),
    "strided": (
        (2, 4, 11, 9),
        (6, 2, 3, 3),
        {"stride": (2, 1), "padding": (1, 0), "dilation": (1, 2), "groups": 2},
    ),
    "depthwise": ((1, 8, 9, 9), (8, 1, 3, 3), {"groups": 8}),
    "line": ((2, 3, 30), (4, 3, 5), {"stride": 2, "padding": 2}),
    "single": ((3, 8, 8), (2, 3, 3, 3), {}),
}


def conv_params(axes, stride=1, padding=0, dilation=1, groups=1, output_padding=0):
    def pair(v):
        return [v] * axes if isinstance(v, int) else list(v)

    return struct(
        "conv",
        stride=pair(stride),
        dilation=pair(dilation),
        groups=groups,
        padding=[p for p in pair(padding) for _ in range(2)],
        output_padding=pair(output_padding),
    )


@DTYPES
@pytest.mark.parametrize("name", CONVS)
def test_conv(name, dtype):
    x_shape, w_shape, params = CONVS[name]
    axes = len(w_shape) - 2
    x, w, b = (
        normal(*x_shape, dtype=dtype),
        normal(*w_shape, dtype=dtype),
        normal(w_shape[0], dtype=dtype),
    )
    conv = F.conv1d if axes == 1 else F.conv2d
    p = conv_params(axes, **params)

    def function(x, w, b):
        return conv(x, w, b, **params)

    (y,) = arrays_of(python(function, x, w, b))
    same("conv_forward", (x, w, b, p), [y])
    g = normal(*y.shape, dtype=dtype)
    same("conv_backward", (g, x, w, p), python(function, x, w, b, backward=g))
    same("conv_backward", (g, x, w, p), [None, python(function, x, w, b, backward=g)[1], None])


@pytest.mark.parametrize("axes", [1, 2])
def test_conv_transpose(axes):
    x, w, b = normal(2, 4, *[6, 5][:axes]), normal(4, 3, *[3, 2][:axes]), normal(6)
    params = {"stride": 2, "padding": 1, "output_padding": 1, "groups": 2}
    conv = F.conv_transpose1d if axes == 1 else F.conv_transpose2d

    def function(x, w, b):
        return conv(x, w, b, **params)

    p = conv_params(axes, **params)
    (y,) = arrays_of(python(function, x, w, b))
    same("conv_transpose_forward", (x, w, b, p), [y])
    g = normal(*y.shape)
    same("conv_transpose_backward", (g, x, w, p), python(function, x, w, b, backward=g))


@DTYPES
@pytest.mark.parametrize("axes", [1, 2])
def test_pool(axes, dtype):
    x = normal(2, 3, *[9, 11][:axes], dtype=dtype)
    kernel, stride, padding = [3, 2][:axes], [2, 2][:axes], [1, 1][:axes]
    p = struct(
        "pool",
        axes=axes,
        kernel=kernel,
        stride=stride,
        padding=padding,
        ceil_mode=1,
        count_include_pad=1,
    )
    top = getattr(F, f"max_pool{axes}d")
    y, indices = arrays_of(
        top(gm.tensor(x), kernel, stride, padding, ceil_mode=True, return_indices=True)
    )
    same("max_pool", (x, p), [y, indices.astype(np.int32)])
    same("max_pool", (x, p), [y, None])
    g = normal(*y.shape, dtype=dtype)
    (dx,) = python(lambda x: top(x, kernel, stride, padding, ceil_mode=True), x, backward=g)
    same("max_pool_backward", (g, indices.astype(np.int32), axes), [dx])
    average = getattr(F, f"avg_pool{axes}d")
    (y,) = arrays_of(average(gm.tensor(x), kernel, stride, padding, ceil_mode=True))
    same("avg_pool", (x, p), [y])
    (dx,) = python(lambda x: average(x, kernel, stride, padding, ceil_mode=True), x, backward=g)
    same("avg_pool_backward", (g, p), [dx])


@pytest.mark.parametrize("axes", [1, 2])
def test_adaptive_pool(axes):
    x, size = normal(2, 3, *[9, 11][:axes]), [4, 5][:axes]
    top, average = (getattr(F, f"adaptive_{kind}_pool{axes}d") for kind in ("max", "avg"))
    y, indices = arrays_of(top(gm.tensor(x), size, return_indices=True))
    same("adaptive_max_pool", (x, axes), [y, indices.astype(np.int32)])
    same("adaptive_avg_pool", (x, axes), arrays_of(average(gm.tensor(x), size)))
    g = normal(*y.shape)
    same("adaptive_avg_pool_backward", (g, axes), python(lambda x: average(x, size), x, backward=g))
    same(
        "max_pool_backward",
        (g, indices.astype(np.int32), axes),
        python(lambda x: top(x, size), x, backward=g),
    )


@DTYPES
@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax(name, axis, dtype):
    x, g = normal(4, 5, 17, dtype=dtype), normal(4, 5, 17, dtype=dtype)
    function = getattr(F, name)
    (y,) = arrays_of(python(lambda x: function(x, axis), x))
    same(name, (x, axis), [y])
    same(f"{name}_backward", (g, y, axis), python(lambda x: function(x, axis), x, backward=g))


def test_half_precision():
    x = normal(4, 9).astype(np.float16)
    same("softmax", (x, 1), arrays_of(F.softmax(gm.tensor(x), 1)))
    same("activate", (x, activation("GELU")), arrays_of(F.gelu(gm.tensor(x))))


@DTYPES
@pytest.mark.parametrize("case", ["plain", "causal", "mask", "grouped"])
def test_attention(case, dtype):
    q, k, v = (
        normal(2, h, n, d, dtype=dtype)
        for h, n, d in (
            (4, 7, 16),
            (2 if case == "grouped" else 4, 9, 16),
            (2 if case == "grouped" else 4, 9, 12),
        )
    )
    mask = rng.random((7, 9)) < 0.7 if case == "mask" else None
    if mask is not None:
        mask[:, 0] = True
    params = {"is_causal": case == "causal", "enable_gqa": case == "grouped"}
    p = struct("attention", causal=case == "causal", grouped=case == "grouped")

    def function(q, k, v):
        attn_mask = None if mask is None else gm.tensor(mask)
        return F.scaled_dot_product_attention(q, k, v, attn_mask, **params)

    (out,) = arrays_of(python(function, q, k, v))
    same("attention_forward", (q, k, v, mask, p), [out, None])
    rows = np.empty((*out.shape[:-2], 2, out.shape[-2]), dtype)
    run("attention_forward", q, k, v, mask, p, np.empty_like(out), rows)
    g = normal(*out.shape, dtype=dtype)
    same(
        "attention_backward",
        (g, q, k, v, mask, p, out, rows),
        python(function, q, k, v, backward=g),
    )


@DTYPES
@pytest.mark.parametrize("single", [False, True])
@pytest.mark.parametrize("cell", ["LSTM", "GRU", "RNN_TANH", "RNN_RELU"])
def test_rnn(cell, single, dtype):
    steps, batch, inputs, hidden = 1 if single else 5, 3, 4, 6
    gates = {"LSTM": 4, "GRU": 3}.get(cell, 1)
    a = {
        "x": normal(steps, batch, inputs, dtype=dtype),
        "w_ih": normal(gates * hidden, inputs, dtype=dtype),
        "w_hh": normal(gates * hidden, hidden, dtype=dtype),
        "b_ih": normal(gates * hidden, dtype=dtype),
        "b_hh": normal(gates * hidden, dtype=dtype),
        "h0": normal(batch, hidden, dtype=dtype),
    }
    if cell == "LSTM":
        a["c0"] = normal(batch, hidden, dtype=dtype)
    layer = {"LSTM": gm.nn.LSTM, "GRU": gm.nn.GRU}.get(cell)
    args = {"dtype": gm.float64 if dtype == np.float64 else gm.float32}
    layer = (
        layer(inputs, hidden, **args)
        if layer
        else gm.nn.RNN(inputs, hidden, nonlinearity=cell[4:].lower(), **args)
    )
    for name, value in zip(
        ("w_ih", "w_hh", "b_ih", "b_hh"),
        ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"),
        strict=True,
    ):
        with gm.no_grad():
            getattr(layer, value).copy_(gm.tensor(a[name]))
    x, h0 = _leaf(a["x"]), _leaf(a["h0"][None])
    c0 = _leaf(a["c0"][None]) if cell == "LSTM" else None
    y, last = layer(x, (h0, c0) if c0 is not None else h0)
    h_n, c_n = last if cell == "LSTM" else (last, None)
    g, gh = normal(*y.shape, dtype=dtype), normal(batch, hidden, dtype=dtype)
    loss = (y * gm.tensor(g)).sum() + (h_n[0] * gm.tensor(gh)).sum()
    loss.backward()

    def cut(array):
        return array[0] if single else array

    rnn = struct("rnn", cell=getattr(capi.lib, f"GEMMULE_{cell}"), **{**a, "x": cut(a["x"])})
    wide = (steps, batch, hidden)
    results = {
        "y": np.empty(cut(np.empty(wide)).shape, dtype),
        "h_n": np.empty((batch, hidden), dtype),
    }
    if cell == "LSTM":
        results |= {"c_n": np.empty((batch, hidden), dtype), "c": np.empty_like(results["y"])}
    if cell in ("LSTM", "GRU"):
        results["gates"] = np.empty(cut(np.empty((steps, batch, 4 * hidden))).shape, dtype)
    run("rnn_forward", rnn, struct("rnn_results", **results))
    np.testing.assert_array_equal(results["y"], cut(y.detach().numpy()))
    np.testing.assert_array_equal(results["h_n"], h_n[0].detach().numpy())
    if cell == "LSTM":
        np.testing.assert_array_equal(results["c_n"], c_n[0].detach().numpy())
    fewer = {"y": np.empty_like(results["y"])}
    run("rnn_forward", rnn, struct("rnn_results", **fewer))  # no gradient will be taken
    np.testing.assert_array_equal(fewer["y"], results["y"])

    want = {
        "dx": cut(x.grad.numpy()),
        "dh0": h0.grad.numpy()[0],
        "dw_ih": layer.weight_ih_l0.grad.numpy(),
        "dw_hh": layer.weight_hh_l0.grad.numpy(),
        "db_ih": layer.bias_ih_l0.grad.numpy(),
        "db_hh": layer.bias_hh_l0.grad.numpy(),
    }
    if cell == "LSTM":
        want["dc0"] = c0.grad.numpy()[0]
    got = {name: np.empty_like(value) for name, value in want.items()}
    run(
        "rnn_backward",
        rnn,
        struct("rnn_results", **results),
        struct("rnn_gradients", dy=cut(g), dh_n=gh, **got),
    )
    tolerance = 1e-5 if dtype == np.float32 else 1e-12
    for name, value in want.items():
        np.testing.assert_allclose(got[name], value, rtol=tolerance, atol=tolerance, err_msg=name)


@DTYPES
def test_layer_norm(dtype):
    x, w, b, g = (normal(*s, dtype=dtype) for s in ((4, 3, 10), (3, 10), (3, 10), (4, 3, 10)))

    def function(x, w, b):
        return F.layer_norm(x, (3, 10), w, b, 1e-5)

    (y,) = arrays_of(python(function, x, w, b))
    mean, rstd = np.empty(4, dtype), np.empty(4, dtype)
    run("layer_norm", x, 2, w, b, 1e-5, np.empty_like(y), mean, rstd)
    np.testing.assert_allclose(mean, x.reshape(4, -1).mean(1), atol=1e-6)
    same("layer_norm", (x, 2, w, b, 1e-5), [y, mean, rstd])
    dx, dw, db = python(function, x, w, b, backward=g)
    same("layer_norm_backward", (g, x, 2, w, mean, rstd), [dx, dw.ravel(), db.ravel()])
    same("layer_norm_backward", (g, x, 2, w, mean, rstd), [dx, None, None])

    def rms(x, w):
        return F.rms_norm(x, (3, 10), w, 1e-5)

    (y,) = arrays_of(python(rms, x, w))
    run("rms_norm", x, 2, w, 1e-5, np.empty_like(y), rstd)
    same("rms_norm", (x, 2, w, 1e-5), [y, rstd])
    dx, dw = python(rms, x, w, backward=g)
    same("rms_norm_backward", (g, x, 2, w, rstd), [dx, dw.ravel()])


@pytest.mark.parametrize("shape", [(4, 6, 5, 3), (8, 6)])
def test_group_and_batch_norm(shape):
    x, w, b, g = (normal(*s) for s in (shape, (6,), (6,), shape))

    def group(x, w, b):
        return F.group_norm(x, 3, w, b, 1e-5)

    (y,) = arrays_of(python(group, x, w, b))
    mean, rstd = np.empty(shape[0] * 3, np.float32), np.empty(shape[0] * 3, np.float32)
    run("group_norm", x, 3, w, b, 1e-5, np.empty_like(y), mean, rstd)
    same("group_norm", (x, 3, w, b, 1e-5), [y, mean, rstd])
    same("group_norm_backward", (g, x, 3, w, mean, rstd), python(group, x, w, b, backward=g))

    mean, rstd = np.empty(6, np.float32), np.empty(6, np.float32)
    for training in (True, False):
        running = [np.zeros(6, np.float32), np.ones(6, np.float32)]
        theirs = [gm.tensor(r) for r in running]

        def batch(x, w, b, theirs=theirs, training=training):
            return F.batch_norm(x, *theirs, w, b, training, 0.1, 1e-5)

        (y,) = arrays_of(python(batch, x, w, b))
        got = np.empty_like(y)
        run("batch_norm", x, *running, w, b, training, 0.1, 1e-5, got, mean, rstd)
        np.testing.assert_array_equal(got, y)
        for mine, their in zip(running, theirs, strict=True):
            np.testing.assert_array_equal(mine, their.numpy())
        same(
            "batch_norm_backward",
            (g, x, w, mean, rstd, training),
            python(batch, x, w, b, backward=g),
        )


REDUCTIONS = {
    "SUM": gm.sum,
    "PROD": gm.prod,
    "MEAN": gm.mean,
    "MAX": gm.max,
    "MIN": gm.min,
    "VAR": lambda x, axis, keepdims: gm.var(x, axis=axis, correction=1, keepdims=keepdims),
    "STD": lambda x, axis, keepdims: gm.std(x, axis=axis, correction=1, keepdims=keepdims),
    "LOGSUMEXP": lambda x, axis, keepdims: gm.logsumexp(x, axis, keepdims=keepdims),
    "NORM": lambda x, axis, keepdims: gm.norm(x, 1, axis, keepdims),
    "ARGMAX": gm.argmax,
    "ARGMIN": gm.argmin,
    "ANY": gm.any,
    "ALL": gm.all,
}


def reduction(kind, axes, keepdims):
    r = struct("reduction", kind=getattr(capi.lib, f"GEMMULE_{kind}"), keepdims=keepdims, p=1.0)
    if axes is not None:
        chosen = capi.ffi.new("int64_t[]", axes or [0])
        r.axes, r.axis_count = chosen, len(axes)
        capi._kept[r].append(chosen)
    return r


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axes", [[1], [0, 2], [-1], None])
@pytest.mark.parametrize("kind", REDUCTIONS)
def test_reduce(kind, axes, keepdims):
    x = normal(4, 5, 6)
    if kind.startswith("ARG") and axes and len(axes) > 1:
        r = reduction(kind, axes, keepdims)
        with pytest.raises(capi.Error, match="expected one axis or all, got 2"):
            run("reduce", x, r, np.empty((5,), np.int64))
        return
    r = reduction(kind, axes, keepdims)
    axis = None if axes is None else axes[0] if len(axes) == 1 else tuple(axes)

    def function(x):
        if kind == "LOGSUMEXP" and axis is None:
            return gm.logsumexp(x, (0, 1, 2), keepdims=keepdims)
        if kind == "NORM":
            return x.abs().sum(dim=axis, keepdim=keepdims)
        return REDUCTIONS[kind](x, axis=axis, keepdims=keepdims)

    (y,) = arrays_of(function(gm.tensor(x)))
    same("reduce", (x, r), [y])
    if kind in ("ARGMAX", "ARGMIN", "ANY", "ALL"):
        with pytest.raises(capi.Error, match="has no gradient"):
            run("reduce_backward", y, x, y, r, x.copy())
        return
    g = normal(*y.shape)
    g = np.asarray(g, np.float32)
    (dx,) = python(function, x, backward=g)
    got = np.empty_like(x)
    run("reduce_backward", g, x, y, r, got)
    np.testing.assert_allclose(got, dx, rtol=2e-5, atol=2e-6)


def test_reduce_integers():
    x = rng.integers(-5, 5, (6, 7)).astype(np.int32)
    same("reduce", (x, reduction("SUM", [0], False)), [x.sum(0)])
    same("reduce", (x, reduction("MEAN", [0], False)), [x.mean(0).astype(np.float32)])
    same("reduce", (x > 0, reduction("ALL", [1], True)), [(x > 0).all(1, keepdims=True)])


def test_empty_arrays():
    same("matmul", (normal(0, 4), normal(4, 3)), [np.zeros((0, 3), np.float32)])
    same("matmul", (normal(2, 0), normal(0, 3)), [np.zeros((2, 3), np.float32)])
    same("reduce", (normal(0, 4), reduction("SUM", [0], False)), [np.zeros(4, np.float32)])
    same("reduce", (normal(0, 4), reduction("ALL", [0], False)), [np.ones(4, bool)])
    same("softmax", (normal(0, 4), 1), [np.zeros((0, 4), np.float32)])


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("kind", ["SUM", "MEAN", "PROD", "VAR"])
def test_gradient_of_no_elements_writes_none(kind, keepdims):
    """That of a mean over an empty axis is the view of an array with elements."""
    x, g = normal(3, 0), np.ones((3, 1) if keepdims else 3, np.float32)
    dx = Fenced((3, 0), np.float32)
    run("reduce_backward", g, x, g, reduction(kind, [1], keepdims), dx.array)
    assert dx.untouched()


def test_callers_on_many_threads():
    x, w = normal(64, 96), normal(128, 96)
    want = np.empty((64, 128), np.float32)
    run("linear", x, w, None, activation("GELU"), want)
    wrong = []

    def work():
        f = activation("GELU")
        for _ in range(50):
            y = np.empty_like(want)
            run("linear", x, w, None, f, y)
            try:
                run("linear", x, w[:, :5], None, f, y)
                wrong.append("no error")
            except capi.Error as error:
                if "takes 5 input features" not in str(error):
                    wrong.append(str(error))
            if y.tobytes() != want.tobytes():
                wrong.append("other bits")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


def test_versions_threads_and_isa():
    assert capi.ffi.string(capi.lib.gemmule_version()).decode() == gm.__version__
    version = capi.lib.gemmule_abi_version()
    capi.check(capi.lib.gemmule_require_abi(version))
    with pytest.raises(capi.Error, match="is not known to this library") as error:
        capi.check(capi.lib.gemmule_require_abi(version + 1))
    assert error.value.status == "VERSION"
    assert capi.ffi.string(capi.lib.gemmule_isa()).decode() == gm._C.isa()
    with pytest.raises(capi.Error, match="cannot run here"):
        capi.check(capi.lib.gemmule_set_isa(b"v9"))
    threads = capi.lib.gemmule_num_threads()
    try:
        capi.check(capi.lib.gemmule_set_num_threads(3))
        assert gm.get_num_threads() == 3  # one library, one setting
    finally:
        capi.check(capi.lib.gemmule_set_num_threads(threads))
    with pytest.raises(capi.Error, match="at least 1 thread"):
        capi.check(capi.lib.gemmule_set_num_threads(0))
    with pytest.raises(capi.Error, match='"high" or "highest"'):
        capi.check(capi.lib.gemmule_set_float32_conv_precision(b"low"))
    capi.lib.gemmule_empty_cache()
