"""nn.utils.prepare: the same results from a plan, and nothing else than that."""

import re
import sys
import threading
from pathlib import Path

import gemmule
import numpy as np
import pytest
from check import isa as use_isa
from check import threads as use_threads
from gemmule import _C, nn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bench"))
import networks

F = nn.functional
ACTIVATIONS = {
    "relu": nn.ReLU(),
    "leaky_relu": nn.LeakyReLU(0.1),
    "sigmoid": nn.Sigmoid(),
    "tanh": nn.Tanh(),
    "gelu": nn.GELU(),
    "gelu_tanh": nn.GELU(approximate="tanh"),
    "silu": nn.SiLU(),
}


@pytest.fixture(autouse=True)
def _seed():
    gemmule.manual_seed(0)


def with_statistics(model):
    """Batch norms whose evaluation differs from doing nothing."""
    for module in model.modules():
        if getattr(module, "running_var", None) is not None:
            with gemmule.no_grad():
                module.running_mean.uniform_(-0.5, 0.5)
                module.running_var.uniform_(0.5, 2.0)
                module.weight.uniform_(0.5, 1.5)
                module.bias.uniform_(-0.5, 0.5)
    return model.eval()


def as_numpy(value):
    if isinstance(value, (tuple, list)):
        return [as_numpy(item) for item in value]
    return value.detach().numpy()


def check(model, *inputs, calls=None, bound=1e-5, **kwargs):
    """A prepared model gives what the model gives, from a plan of `calls`."""
    prepared = nn.utils.prepare(model)
    model.eval()
    with gemmule.no_grad():
        want = as_numpy(model(*inputs, **kwargs))
    for _ in range(2):  # when it plans, and from the plan
        got = as_numpy(prepared(*inputs, **kwargs))
        for a, b in zip(
            got if isinstance(got, list) else [got],
            want if isinstance(want, list) else [want],
            strict=True,
        ):
            assert a.shape == b.shape
            assert np.abs(a - b).max() <= bound * np.abs(b).max()
    (plan,) = prepared._plans.values()
    if calls is not None:
        assert plan.names == calls.split()
    return prepared


# ---- what is taken together ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_convolution_takes_norm_and_activation(name, norm, dtype):
    middle = [nn.BatchNorm2d(12)] if norm else []
    model = with_statistics(nn.Sequential(nn.Conv2d(5, 12, 3, padding=1), *middle))
    model.append(ACTIVATIONS[name])
    model.to(getattr(gemmule, dtype))
    x = gemmule.randn(2, 5, 9, 11).to(getattr(gemmule, dtype))
    check(model, x, calls="conv_packed", bound=5e-5 if dtype == "float32" else 1e-13)


@pytest.mark.parametrize(
    "options",
    [
        {"kernel_size": 1},
        {"kernel_size": 1, "stride": 2, "bias": False},
        {"kernel_size": 3, "stride": 2, "padding": 1},
        {"kernel_size": 3, "dilation": 2},
        {"kernel_size": 3, "padding": 1, "groups": 8},  # depthwise
        {"kernel_size": 3, "padding": 1, "groups": 2},
        {"kernel_size": 5, "padding": "same"},
        {"kernel_size": 3, "padding": 1, "padding_mode": "reflect"},
    ],
)
@pytest.mark.parametrize("size", [7, 16, 33])
@pytest.mark.parametrize("isa", _C.runnable_isas())
def test_convolutions(options, size, isa):
    model = nn.Sequential(nn.Conv2d(8, 24, **options), nn.BatchNorm2d(24), nn.ReLU())
    before = _C.isa()
    _C.set_isa(isa)
    try:
        check(with_statistics(model), gemmule.randn(3, 8, size, size), bound=5e-5)
    finally:
        _C.set_isa(before)


def test_convolution_in_one_dimension():
    model = nn.Sequential(nn.Conv1d(6, 10, 5, padding=2), nn.BatchNorm1d(10), nn.SiLU())
    check(with_statistics(model), gemmule.randn(2, 6, 30), calls="conv_packed")


@pytest.mark.parametrize("precision", ["high", "highest"])
@pytest.mark.parametrize("size", [7, 14, 20])
def test_winograd(precision, size):
    model = nn.Sequential(nn.Conv2d(40, 48, 3, padding=1), nn.ReLU())
    gemmule.set_float32_conv_precision(precision)
    try:
        bound = 5e-5 if precision == "high" else 2e-6
        check(model, gemmule.randn(2, 40, size, size), calls="conv_packed", bound=bound)
    finally:
        gemmule.set_float32_conv_precision("high")


def test_single_image_without_batch():
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU())
    check(model, gemmule.randn(3, 10, 12), calls="conv_packed")


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("rows", [1, 5, 130])
def test_linear_takes_activation(name, rows):
    model = nn.Sequential(nn.Linear(70, 33), ACTIVATIONS[name])
    check(model, gemmule.randn(rows, 70), calls="linear_packed")


def test_linear_takes_norm():
    model = nn.Sequential(nn.Linear(20, 30, bias=False), nn.BatchNorm1d(30), nn.Tanh())
    check(with_statistics(model), gemmule.randn(7, 20), calls="linear_packed")


class Residual(nn.Module):
    def __init__(self, inplace=False):
        super().__init__()
        self.a, self.b = nn.Conv2d(8, 8, 3, padding=1), nn.Conv2d(8, 8, 1)
        self.norm = nn.BatchNorm2d(8)
        self.relu = nn.ReLU(inplace=inplace)
        self.inplace = inplace

    def forward(self, x):
        y = self.norm(self.b(self.relu(self.a(x))))
        if self.inplace:
            y += x
        else:
            y = x + y
        return self.relu(y)


@pytest.mark.parametrize("inplace", [False, True])
def test_residual(inplace):
    model = with_statistics(Residual(inplace))
    check(model, gemmule.randn(2, 8, 6, 6), calls="conv_packed conv_packed", bound=5e-5)


def test_both_sides_of_a_residual():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(6, 9), nn.Linear(6, 9)

        def forward(self, x):
            return F.relu(self.a(x) + self.b(x))

    check(Model(), gemmule.randn(4, 6), calls="linear_packed linear_packed")


def test_residual_of_another_shape_stays():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Linear(6, 9)

        def forward(self, x, y):
            return self.a(x) + y

    check(Model(), gemmule.randn(4, 6), gemmule.randn(9), calls="linear_packed add")


def test_result_used_twice_stays():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Linear(6, 9)

        def forward(self, x):
            y = self.a(x)
            return F.relu(y), y

    check(Model(), gemmule.randn(4, 6), calls="linear_packed relu")


def test_matrix_product_with_a_parameter():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(gemmule.randn(6, 9))

        def forward(self, x):
            return F.gelu(x @ self.w)

    check(Model(), gemmule.randn(2, 4, 6), calls="linear_packed")


def test_dropout_disappears_and_constants_are_computed_once():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.place = nn.Embedding(16, 8)
            self.out = nn.Linear(8, 8)

        def forward(self, x):
            h = x + F.dropout(self.place(gemmule.arange(x.shape[1])), 0.5, self.training)
            return F.dropout(self.out(h), 0.5, self.training)

    check(Model(), gemmule.randn(3, 5, 8), calls="add linear_packed")


def test_batch_norm_by_itself_stays():
    check(with_statistics(nn.Sequential(nn.BatchNorm2d(4))), gemmule.randn(2, 4, 3, 3))


def test_batch_norm_of_a_single_image_is_not_folded():
    # (C, H, W) after a convolution of one image: the norm takes H for channels.
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 5, 1)
            self.mean, self.var = gemmule.randn(4), gemmule.rand(4) + 0.5

        def forward(self, x):
            return F.batch_norm(self.conv(x), self.mean, self.var)

    check(Model(), gemmule.randn(3, 4, 6), calls="conv_packed batch_norm")


def test_sixteen_bit_weights():
    model = nn.Sequential(nn.Linear(16, 8), nn.ReLU()).to(gemmule.bfloat16)
    prepared = nn.utils.prepare(model)
    x = gemmule.randn(4, 16).to(gemmule.bfloat16)
    want = model(x).detach().float().numpy()
    for _ in range(2):
        assert np.array_equal(prepared(x).float().numpy(), want)


# ---- whole networks ------------------------------------------------------------------------------


@pytest.mark.parametrize("build", ["mlp", "cifar_cnn", "lstm", "gpt", "resnet18", "small_encoder"])
def test_networks(build):
    model = with_statistics(getattr(networks, build)(gemmule))
    shapes = {"mlp": (3, 784), "lstm": (2, 100, 10)}
    if build in ("gpt", "small_encoder"):
        x = gemmule.tensor(np.random.default_rng(0).integers(0, 65, (2, 20)))
    else:
        x = gemmule.randn(*shapes.get(build, (2, 3, 32, 32)))
    prepared = check(model, x, bound=1e-4)
    (plan,) = prepared._plans.values()
    assert "batch_norm" not in plan.names and "relu" not in plan.names and "gelu" not in plan.names


def test_transformer_layer():
    layer = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True)
    check(layer, gemmule.randn(2, 7, 16))


def test_other_shapes_get_plans_of_their_own():
    model = with_statistics(nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU()))
    prepared = nn.utils.prepare(model, gemmule.randn(1, 3, 12, 12))
    for shape in ((4, 3, 12, 12), (2, 3, 9, 15), (0, 3, 12, 12), (1, 3, 12, 12)):
        x = gemmule.randn(*shape)
        with gemmule.no_grad():
            want = model(x).numpy()
        for _ in range(2):
            got = prepared(x).numpy()
            assert got.shape == want.shape
            assert np.allclose(got, want, atol=1e-5)
    assert len(prepared._plans) == 4
    with pytest.raises(ValueError, match="conv2d: weight of shape"):
        prepared(gemmule.randn(1, 4, 12, 12))


def test_strides_and_aliases_of_inputs_are_told_apart():
    class Model(nn.Module):
        def forward(self, x, y):
            return x.reshape((-1,)) - y.reshape((-1,))

    prepared = nn.utils.prepare(Model())
    x, y = gemmule.randn(3, 4), gemmule.randn(3, 4)
    assert prepared(x, x).abs().max().item() == 0
    for a, b in ((x, y), (x.T, y.T), (x, y), (x.T, y)):
        want = a.numpy().reshape(-1) - b.numpy().reshape(-1)
        assert np.array_equal(prepared(a, b).numpy(), want)


def test_arguments_by_name_and_structures():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Linear(3, 3)

        def forward(self, pair, *, scale=1.0, flip=False):
            y = self.a(pair["x"]) * scale
            return {"y": y.flip(0) if flip else y, "z": [pair["z"], None]}

    model = Model().eval()
    prepared = nn.utils.prepare(model)
    pair = {"x": gemmule.randn(2, 3), "z": gemmule.randn(1)}
    for options in ({}, {"scale": 2.0}, {"scale": 2.0, "flip": True}, {}):
        want, got = model(pair, **options), prepared(pair, **options)
        assert np.allclose(want["y"].detach().numpy(), got["y"].numpy(), atol=1e-6)
        assert got["z"][1] is None
        assert np.array_equal(got["z"][0].numpy(), pair["z"].numpy())
    assert len(prepared._plans) == 3


# ---- what it promises ----------------------------------------------------------------------------


def test_same_bits_on_any_number_of_threads():
    model = with_statistics(networks.resnet18(gemmule))
    prepared = nn.utils.prepare(model)
    x = gemmule.randn(2, 3, 32, 32)
    before = _C.num_threads()
    try:
        results = []
        for threads in (1, 2, 3, 8):
            _C.set_num_threads(threads)
            results.append(prepared(x).numpy().tobytes())
    finally:
        _C.set_num_threads(before)
    assert len(set(results)) == 1


def test_shares_nothing_with_the_model():
    model = with_statistics(nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.PReLU(4)))
    x, other = gemmule.randn(1, 3, 6, 6), gemmule.randn(1, 3, 7, 7)
    prepared = nn.utils.prepare(model, x)
    with gemmule.no_grad():
        want = [model(x).numpy(), model(other).numpy()]
        for tensor in (*model.parameters(), *model.buffers()):
            if tensor.is_floating_point():
                tensor.fill_(3.0)
    model.append(nn.Sigmoid())
    for tensor, value in zip((x, other), want, strict=True):
        assert np.allclose(prepared(tensor).numpy(), value, atol=1e-5)
    assert model.training is False and not any(p.requires_grad is False for p in model.parameters())


def test_results_may_be_written():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.c = nn.Parameter(gemmule.ones(3))

        def forward(self, x):
            return self.c + 1, x * self.c

    prepared = nn.utils.prepare(Model())
    x = gemmule.ones(3)
    for _ in range(3):
        constant, product = prepared(x)
        assert constant.numpy().tolist() == [2, 2, 2] and product.numpy().tolist() == [1, 1, 1]
        constant.fill_(9.0)
        product.fill_(9.0)


def test_no_training_no_loading():
    model = nn.Sequential(nn.Linear(2, 3))
    prepared = nn.utils.prepare(model)
    with pytest.raises(RuntimeError, match="only evaluates"):
        prepared.train()
    assert prepared.eval() is prepared and prepared.training is False
    with pytest.raises(RuntimeError, match="load into the model itself"):
        prepared.load_state_dict(model.state_dict())
    with pytest.raises(RuntimeError, match="convert the model itself"):
        prepared.double()
    assert list(prepared.parameters()) == []
    state = prepared.state_dict()
    assert list(state) == ["0.weight", "0.bias"]
    state["0.weight"].fill_(0.0)
    assert prepared.state_dict()["0.weight"].abs().max().item() > 0
    assert not prepared(gemmule.ones(1, 2)).requires_grad


def test_hooks_are_refused():
    model = nn.Sequential(nn.Linear(2, 3))
    hook = model[0].register_forward_hook(lambda *args: None)
    with pytest.raises(ValueError, match=r"module '0' \(Linear\) has forward hooks"):
        nn.utils.prepare(model)
    hook.remove()
    nn.utils.prepare(model)
    with pytest.raises(TypeError, match="expected a Module, got function"):
        nn.utils.prepare(lambda x: x)


class Looks(nn.Module):
    def forward(self, x):
        return x * 2 if x.sum().item() > 0 else x * 3


class LooksByNumPy(nn.Module):
    def forward(self, x):
        return gemmule.tensor(np.sin(x.numpy()))


class Draws(nn.Module):
    def forward(self, x):
        return x + gemmule.rand(x.shape)


class Counts(nn.Module):
    def __init__(self):
        super().__init__()
        self.count = 0

    def forward(self, x):
        self.count += 1
        return x * self.count


class Keeps(nn.Module):
    def __init__(self):
        super().__init__()
        self.last = gemmule.zeros(3)

    def forward(self, x):
        self.last = self.last + x
        return self.last * 1


class Writes(nn.Module):
    def forward(self, x):
        y = x * 2
        y[0] = 1
        return y


class WritesIntoInput(nn.Module):
    def forward(self, x):
        return F.relu(x, inplace=True)


class WritesUnderAView(nn.Module):
    def forward(self, x):
        y = x * 2
        z = y.reshape((-1,))
        F.relu(y, inplace=True)
        return z


class TrainsItsNorm(nn.Module):
    def forward(self, x):
        return F.batch_norm(x.reshape((3, 1)), None, None, training=True)


class Counted(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("calls", gemmule.zeros(1))

    def forward(self, x):
        self.calls += 1
        return x * self.calls


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        (Looks, "item"),
        (LooksByNumPy, "buffer"),
        (Draws, "uniform"),
        (Counts, "changes an attribute"),
        (Keeps, "changes an attribute"),
        (Writes, "setitem writes"),
        (WritesIntoInput, "relu writes into an array"),
        (WritesUnderAView, "relu writes into an array"),
        (TrainsItsNorm, "batch_norm"),
        (Counted, "changes an attribute"),
    ],
)
def test_what_no_plan_can_hold_runs_as_before(kind, why):
    prepared = nn.utils.prepare(kind())
    model = kind()
    for i, values in enumerate(([1.0, 2.0, -1.0], [-5.0, 2.0, 1.0], [1.0, 1.0, 1.0])):
        x, y = gemmule.tensor(values), gemmule.tensor(values)
        gemmule.manual_seed(i)
        got = prepared(x)
        gemmule.manual_seed(i)
        with gemmule.no_grad():
            want = model(y)
        assert np.array_equal(got.numpy(), want.numpy())
        assert np.array_equal(x.numpy(), y.numpy())
    (plan,) = prepared._plans.values()
    assert re.search(why, str(plan)), plan
    assert "no plan" in repr(prepared)


def test_indexing_by_what_depends_on_the_input():
    class Model(nn.Module):
        def forward(self, x, i):
            return x[i], x[:, -1], x[i, 1], gemmule.cat([x, x[:1]])

    check(Model(), gemmule.randn(4, 3), gemmule.tensor([2, 0]))


def test_calls_in_several_threads():
    model = networks.cifar_cnn(gemmule).eval()
    prepared = nn.utils.prepare(model)
    inputs = [gemmule.randn(1 + i % 3, 3, 32, 32) for i in range(12)]
    with gemmule.no_grad():
        want = [model(x).numpy() for x in inputs]
    got = [None] * len(inputs)

    def run(first):
        for i in range(first, len(inputs), 4):
            got[i] = prepared(inputs[i]).numpy()

    threads = [threading.Thread(target=run, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for a, b in zip(got, want, strict=True):
        assert np.abs(a - b).max() <= 5e-5 * np.abs(b).max()


# ---- packed weights by themselves ----------------------------------------------------------------


def test_packed_weights_are_checked():
    x, w = gemmule.randn(2, 6)._array, gemmule.randn(5, 6)._array
    packed = _C.pack_linear(w)
    with pytest.raises(RuntimeError, match="packed weight is not one of shape"):
        _C.linear_packed(x, packed, (50, 6), None, None, "none", 0.0)
    with pytest.raises(ValueError, match='unknown activation "swish"'):
        _C.linear_packed(x, packed, (5, 6), None, None, "swish", 0.0)
    with pytest.raises(ValueError, match="residual of shape"):
        _C.linear_packed(x, packed, (5, 6), None, x, "none", 0.0)
    x, w = gemmule.randn(1, 3, 8, 8)._array, gemmule.randn(40, 3, 5, 5)._array
    packed = _C.pack_conv(w, 1, 1, 2)
    tail = (None, None, "none", 0.0, 1, 0, 1, 1, 2)
    with pytest.raises(RuntimeError, match="packed weight is not one of shape"):
        _C.conv_packed(x, w, 1, w.shape, *tail)
    with pytest.raises(ValueError, match="plan 3 is for float32, kernels of 3 by 3"):
        _C.conv_packed(x, packed, 3, w.shape, *tail)
    with pytest.raises(ValueError, match="plan 2 is for float32, kernels of 3 by 3"):
        _C.pack_conv(w, 2, 1, 2)
    packed = _C.pack_conv(gemmule.ones(64, 64, 1, 1)._array, 4, 1, 2)
    none = gemmule.zeros(0, 64, 7, 7)._array
    window = (None, None, "none", 0.0, 1, 0, 1, 1, 2)
    assert _C.conv_packed(none, packed, 4, (64, 64, 1, 1), *window).shape == (0, 64, 7, 7)
    with pytest.raises(ValueError, match="there is no plan 8"):
        _C.pack_conv(w, 8, 1, 2)
    with pytest.raises(ValueError, match="plan 4 is for float32"):
        _C.pack_conv(gemmule.zeros((5, 4, 3, 3), dtype=gemmule.float64)._array, 4, 1, 2)


@pytest.mark.parametrize(
    "x, w, window",
    [
        ((1, 256, 7, 7), (70, 256, 1, 1), (1, 0, 1, 1)),  # read in place, to the last element
        ((3, 20, 7, 7), (40, 20, 3, 3), (2, 1, 1, 1)),  # several images in a tile
        ((2, 12, 14, 14), (100, 12, 3, 3), (1, 2, 2, 1)),  # dilated
        ((2, 600, 4, 5), (33, 600, 1, 1), (1, 0, 1, 1)),  # sums in several blocks
        ((70, 9, 1, 1), (65, 9, 1, 1), (1, 0, 1, 1)),
        ((1, 16, 5, 5), (24, 8, 5, 5), (1, 2, 1, 2)),  # groups
        ((1, 3, 9, 301), (16, 3, 3, 3), (2, 1, 1, 1)),  # a row wider than a box
        ((1, 64, 1, 15), (64, 64, 1, 1), (1, 0, 1, 1)),
    ],
)
@pytest.mark.parametrize("biased", [False, True])
def test_positions_as_rows_have_the_bits_of_a_product(x, w, window, biased):
    """On every ISA and for any number of threads."""
    x, w = gemmule.randn(*x)._array, gemmule.randn(*w)._array
    bias = gemmule.randn(w.shape[0])._array if biased else None
    stride, padding, dilation, groups = window
    for isa in _C.runnable_isas():
        wanted = None
        for plan, threads in [(1, 1), (4, 1), (4, 2), (4, 3)]:
            with use_isa(isa), use_threads(threads):
                packed = _C.pack_conv(w, plan, groups, 2)
                got = _C.conv_packed(
                    *(x, packed, plan, w.shape, bias, None, "none", 0.0),
                    *(stride, padding, dilation, groups, 2),
                )
            wanted = np.asarray(got) if wanted is None else wanted
            assert np.array_equal(np.asarray(got), wanted), (isa, plan, threads)


@pytest.mark.parametrize(
    "x, filters, padding, groups",
    [
        ((1, 256, 14, 14), 256, 1, 1),  # sums in two blocks
        ((2, 30, 13, 9), 70, 1, 1),  # tiles over the edge, several images in a box
        ((3, 130, 7, 7), 33, 0, 1),
        ((1, 32, 5, 70), 80, 1, 2),  # groups
        ((2, 12, 3, 300), 40, 1, 1),  # a row of tiles wider than a box
        ((70, 3, 4, 4), 64, 2, 1),
        ((1, 7, 1, 1), 20, 1, 1),
    ],
)
@pytest.mark.parametrize("finish", ["none", "relu"])
def test_winograds_tiles_as_rows_have_the_bits_of_others(x, filters, padding, groups, finish):
    """For any number of threads; they are for AVX-512 alone."""
    w = gemmule.randn(filters, x[1] // groups, 3, 3)._array
    x, bias = gemmule.randn(*x)._array, gemmule.randn(filters)._array
    for isa in _C.runnable_isas():
        if isa != "v4":
            with use_isa(isa), pytest.raises(ValueError, match=f"plan 5 is not for {isa}"):
                _C.pack_conv(w, 5, groups, 2)
            continue
        for small, plan in [(2, 5), (3, 6)]:
            wanted = None
            for way, threads in [(small, 1), (plan, 1), (plan, 2), (plan, 3)]:
                with use_isa(isa), use_threads(threads):
                    packed = _C.pack_conv(w, way, groups, 2)
                    got = _C.conv_packed(
                        *(x, packed, way, w.shape, bias, None, finish, 0.0),
                        *(1, padding, 1, groups, 2),
                    )
                wanted = np.asarray(got) if wanted is None else wanted
                assert np.array_equal(np.asarray(got), wanted), (plan, threads)


def test_plans_of_winograds_tiles_as_rows_are_taken():
    """For 32 tiles or more of 64 channels or more, on AVX-512."""
    wide = _C.isa() == "v4"
    for size, channels, plan in [(14, 256, 5), (28, 64, 6), (28, 48, 3), (10, 64, 2)]:
        w = gemmule.zeros(channels, channels, 3, 3)._array
        got = _C.conv_plan((1, channels, size, size), w, 1, 1, 1, 1, 2)
        assert (got == plan) if wide else (got < 5), (size, channels)


LINE = 7  # the plan


@pytest.mark.parametrize("dilation", [1, 4, 8, 40])
@pytest.mark.parametrize("finish", ["none", "relu"])
def test_lines_of_three_taps(dilation, finish):
    """Packed or not, over a residual or beside it, and for any number of threads."""
    x, w = gemmule.randn(2, 140, 160), gemmule.randn(40, 140, 3) * 0.1
    b, residual = gemmule.randn(40), gemmule.randn(2, 40, 160)
    window = (1, dilation, dilation, 1, 1)
    for isa in _C.runnable_isas():
        with use_isa(isa):
            if isa == "v2":
                assert _C.conv_plan(x.shape, w._array, *window) == 1
                with pytest.raises(ValueError, match="plan 7 is not for v2"):
                    _C.pack_conv(w._array, LINE, 1, 1)
                continue
            assert _C.conv_plan(x.shape, w._array, *window) == LINE
            plain = F.conv1d(x, w, b, padding=dilation, dilation=dilation)
            want = (F.relu(plain + residual) if finish == "relu" else plain + residual).numpy()
            packed = _C.pack_conv(w._array, LINE, 1, 1)
            args = (x._array, packed, LINE, w.shape, b._array)
            assert np.array_equal(
                np.asarray(_C.conv_packed(*args, None, "none", 0.0, *window)), plain.numpy()
            )
            results = []
            for threads in (1, 2, 3):
                with use_threads(threads):
                    results.append(_C.conv_packed(*args, residual._array, finish, 0.0, *window))
            over = residual.clone()
            results.append(_C.conv_packed(*args, over._array, finish, 0.0, *window, True))
            assert results[-1].data_ptr == over._array.data_ptr
        assert np.abs(np.asarray(results[0]) - want).max() <= 1e-5 * np.abs(want).max()
        for result in results[1:]:
            assert np.array_equal(np.asarray(result), np.asarray(results[0])), isa


@pytest.mark.parametrize(
    "length, padding, dilation", [(63, 1, 1), (96, 2, 2), (97, 8, 8), (96, 7, 8), (66, 0, 1)]
)
def test_other_lines_have_other_plans(length, padding, dilation):
    """Short ones, and those that a dilation does not divide; the last one is just long enough."""
    w = gemmule.zeros(64, 64, 3)._array
    plan = _C.conv_plan((1, 64, length), w, 1, padding, dilation, 1, 1)
    assert (plan == LINE) == (length == 66 and _C.isa() != "v2")
    with pytest.raises(ValueError, match="plan 7 is for float32 and three taps of a line"):
        _C.pack_conv(gemmule.zeros(64, 64, 5)._array, LINE, 1, 1)


@pytest.mark.parametrize("plan", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("finish", ["none", "relu"])
@pytest.mark.parametrize("size", [3, 7, 20])
def test_result_over_its_residual(plan, finish, size):
    """Written where the residual was, for outputs in one run and in several, in several blocks."""
    if plan > 4 and _C.isa() != "v4":
        pytest.skip("needs AVX-512: set GEMMULE_ISA=v4 on a processor that has it")
    if plan in (2, 3) and _C.isa() == "v2":
        pytest.skip("needs AVX2: set GEMMULE_ISA=v3 on a processor that has it")
    x, w = gemmule.randn(2, 300, size, size), gemmule.randn(20, 300, 3, 3) * 0.1
    b, residual = gemmule.randn(20), gemmule.randn(2, 20, size, size)
    packed = _C.pack_conv(w._array, plan, 1, 2)
    want = F.conv2d(x, w, b, padding=1) + residual
    want = (F.relu(want) if finish == "relu" else want).numpy()
    args = (x._array, packed, plan, w.shape, b._array)
    window = (finish, 0.0, 1, 1, 1, 1, 2)
    got = _C.conv_packed(*args, residual._array, *window)
    over = residual.clone()
    same = _C.conv_packed(*args, over._array, *window, True)
    assert same.data_ptr == over._array.data_ptr
    for result in (got, same):
        assert np.abs(np.asarray(result) - want).max() <= 5e-5 * np.abs(want).max()


def test_residual_that_is_used_again_is_kept():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 1)

        def forward(self, x):
            first = self.a(x)
            second = self.b(first) + first
            third = self.b(second) + first
            return third, second.reshape((-1,)), self.b(third) + third

    check(Model(), gemmule.randn(1, 4, 5, 5), bound=5e-6)


class Picks(nn.Module):
    def forward(self, x, wanted):
        return x * len(wanted)


def test_an_example_without_a_plan_warns():
    with pytest.warns(RuntimeWarning, match="no plan for the example: it calls uniform"):
        nn.utils.prepare(Draws(), gemmule.ones(3))
    with pytest.warns(RuntimeWarning, match="no plan for the example: it cannot be told"):
        nn.utils.prepare(Picks(), gemmule.ones(3), {1, 2})
    with pytest.warns(RuntimeWarning, match="argument 0 is a NumPy array; pass a tensor"):
        nn.utils.prepare(nn.Linear(3, 2), np.ones((1, 3), np.float32))
