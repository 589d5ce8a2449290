import math

import gemmule
import numpy as np
import pytest
from check import draw
from gemmule import nn
from gemmule.nn import init
from layers import peer

SHAPE = (200, 100, 3)
FAN_IN, FAN_OUT = 300, 600


def filled(function, *args, shape=SHAPE, **kwargs):
    gemmule.manual_seed(1)
    tensor = nn.Parameter(gemmule.zeros(shape))
    assert function(tensor, *args, **kwargs) is tensor and tensor.requires_grad
    return tensor.detach().numpy()


def check_uniform(values, bound):
    assert np.abs(values).max() <= bound * (1 + 1e-6)
    assert np.abs(values).max() >= bound * 0.999 and abs(values.mean()) < 0.02 * bound
    assert values.std() == pytest.approx(bound / math.sqrt(3), rel=0.02)


def check_normal(values, std, mean=0.0):
    assert values.std() == pytest.approx(std, rel=0.02)
    assert abs(values.mean() - mean) < 0.02 * std
    # a share of 4.55 % lies beyond two deviations
    assert (np.abs(values - mean) > 2 * std).mean() == pytest.approx(0.0455, abs=0.005)


def test_plain():
    check_uniform(filled(init.uniform_, -2.0, 2.0), 2.0)
    assert filled(init.uniform_).min() >= 0
    check_normal(filled(init.normal_, 1.0, 3.0), 3.0, 1.0)
    assert (filled(init.constant_, 2.5) == 2.5).all()
    assert (filled(init.ones_) == 1).all() and (filled(init.zeros_) == 0).all()
    np.testing.assert_array_equal(filled(init.eye_, shape=(3, 4)), np.eye(3, 4))


def test_xavier():
    check_uniform(filled(init.xavier_uniform_), math.sqrt(6 / (FAN_IN + FAN_OUT)))
    check_uniform(filled(init.xavier_uniform_, gain=2), 2 * math.sqrt(6 / (FAN_IN + FAN_OUT)))
    check_normal(filled(init.xavier_normal_), math.sqrt(2 / (FAN_IN + FAN_OUT)))


def test_kaiming():
    check_uniform(filled(init.kaiming_uniform_), math.sqrt(6 / FAN_IN))
    check_uniform(filled(init.kaiming_uniform_, a=math.sqrt(5)), math.sqrt(1 / FAN_IN))
    check_uniform(filled(init.kaiming_uniform_, mode="fan_out"), math.sqrt(6 / FAN_OUT))
    check_normal(filled(init.kaiming_normal_), math.sqrt(2 / FAN_IN))
    check_normal(
        filled(init.kaiming_normal_, mode="fan_out", nonlinearity="tanh"), 5 / 3 / FAN_OUT**0.5
    )


@pytest.mark.parametrize("shape", [(5, 5), (3, 8), (8, 3), (4, 3, 2)], ids=str)
def test_orthogonal(shape):
    matrix = filled(init.orthogonal_, 2.0, shape=shape).reshape(shape[0], -1) / 2
    small = matrix @ matrix.T if matrix.shape[0] <= matrix.shape[1] else matrix.T @ matrix
    np.testing.assert_allclose(small, np.eye(len(small)), atol=1e-5)


@pytest.mark.parametrize("groups", [1, 2])
def test_dirac_passes_channels_on(groups):
    x = gemmule.asarray(draw((2, 4, 9)).astype(np.float32))
    layer = nn.Conv1d(4, 4, 3, padding=1, groups=groups, bias=False)
    init.dirac_(layer.weight, groups)
    np.testing.assert_array_equal(layer(x).detach().numpy(), x.numpy())


@pytest.mark.parametrize("shape", [(4, 6, 3), (6, 2, 3, 4)], ids=str)
def test_dirac_is_pytorchs(shape):
    torch = peer()
    want = torch.nn.init.dirac_(torch.zeros(shape), 2).numpy()
    np.testing.assert_array_equal(filled(init.dirac_, 2, shape=shape), want)


def test_sparse():
    values = filled(init.sparse_, 0.25, shape=(40, 30))
    assert ((values == 0).sum(axis=0) == 10).all()
    assert values[values != 0].std() == pytest.approx(0.01, rel=0.1)


@pytest.mark.parametrize(
    ("mean", "std", "a", "b"),
    [
        (0, 1, -2, 2),
        (1, 0.5, 0, 1.2),
        (0, 1, 3, 4),
        (0, 1, -0.1, 0.1),
        (0, 2, 5, 1000),
        (5, 0, 1, 2),
    ],
)
def test_trunc_normal(mean, std, a, b):
    values = filled(init.trunc_normal_, mean, std, a, b).astype(np.float64)
    assert values.min() >= a and values.max() <= b
    if std == 0:
        assert (values == b).all()
        return
    # mean of the truncated distribution, by a fine sum over its density
    grid = np.linspace(a, min(b, a + 40 * std), 400001)
    density = np.exp(-0.5 * ((grid - mean) / std) ** 2)
    want = (grid * density).sum() / density.sum()
    spread = math.sqrt(((grid - want) ** 2 * density).sum() / density.sum())
    assert abs(values.mean() - want) < 0.02 * spread
    assert values.std() == pytest.approx(spread, rel=0.03)


def test_generator_makes_draws_repeatable():
    draws = [
        init.normal_(gemmule.zeros(5), generator=gemmule.Generator().manual_seed(7)).tolist()
        for _ in range(2)
    ]
    assert draws[0] == draws[1]


def test_gains_are_pytorchs():
    torch = peer()
    for name in ("linear", "conv2d", "conv_transpose1d", "sigmoid", "tanh", "relu", "selu"):
        assert init.calculate_gain(name) == torch.nn.init.calculate_gain(name)
    for slope in (None, 0.2, 1):
        want = torch.nn.init.calculate_gain("leaky_relu", slope)
        assert init.calculate_gain("leaky_relu", slope) == want


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: init.calculate_gain("swish"), "unsupported nonlinearity 'swish'"),
        (lambda: init.calculate_gain("leaky_relu", True), "negative slope True is not a number"),
        (lambda: init.xavier_uniform_(gemmule.zeros(3)), "need 2 dimensions or more, got shape"),
        (lambda: init.kaiming_normal_(gemmule.zeros(3, 3), mode="in"), "'fan_in' or 'fan_out'"),
        (lambda: init.eye_(gemmule.zeros(3)), "a matrix is expected"),
        (lambda: init.dirac_(gemmule.zeros(3, 3)), "3 to 5 dimensions"),
        (lambda: init.dirac_(gemmule.zeros(3, 3, 3), 2), "3 output channels do not divide"),
        (lambda: init.orthogonal_(gemmule.zeros(3)), "2 dimensions or more are expected"),
        (lambda: init.sparse_(gemmule.zeros(3), 0.5), "a matrix is expected"),
        (lambda: init.trunc_normal_(gemmule.zeros(3), a=2, b=1), "nor a 2 exceed b 1"),
    ],
)
def test_mistakes(act, message):
    with pytest.raises(ValueError, match=message):
        act()


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("Linear", (300, 200)),
        ("Bilinear", (30, 20, 40)),
        ("Conv1d", (40, 60, 5)),
        ("Conv2d", (20, 60, 3)),
        ("ConvTranspose1d", (40, 60, 5)),
        ("ConvTranspose2d", (20, 60, 3)),
        ("LSTM", (50, 60)),
        ("GRUCell", (50, 60)),
        ("Embedding", (300, 40)),
        ("EmbeddingBag", (300, 40)),
        ("MultiheadAttention", (64, 4)),
        ("TransformerEncoderLayer", (64, 4, 100)),
        ("Transformer", (32, 4, 1, 1, 64)),
    ],
)
def test_layers_start_as_in_pytorch(name, args):
    torch = peer()
    gemmule.manual_seed(2)
    torch.manual_seed(2)
    ours = dict(getattr(nn, name)(*args).named_parameters())
    for key, theirs in getattr(torch.nn, name)(*args).named_parameters():
        want, got = theirs.detach().numpy(), ours[key].detach().numpy()
        if want.size < 2 or want.std() == 0:
            np.testing.assert_array_equal(got, want)
            continue
        # Deviations of n draws scatter by about 1/√(2n), largest values by less.
        assert got.std() == pytest.approx(want.std(), rel=6 / math.sqrt(want.size))
        assert np.abs(got).max() == pytest.approx(np.abs(want).max(), rel=0.35)
