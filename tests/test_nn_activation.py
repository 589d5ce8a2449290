import gemmule
import numpy as np
import pytest
from check import draw
from gemmule import nn
from layers import check_layer, peer

CASES = [
    ("ReLU", ()),
    ("ReLU6", ()),
    ("Sigmoid", ()),
    ("Tanh", ()),
    ("SELU", ()),
    ("SiLU", ()),
    ("Mish", ()),
    ("Hardswish", ()),
    ("Hardsigmoid", ()),
    ("LogSigmoid", ()),
    ("Softsign", ()),
    ("Tanhshrink", ()),
    ("Hardtanh", ()),
    ("Hardtanh", (-0.5, 2)),
    ("ELU", (0.7,)),
    ("CELU", (0.7,)),
    ("LeakyReLU", (0.2,)),
    ("Threshold", (0.1, 2)),
    ("GELU", ()),
    ("GELU", ("tanh",)),
    ("GLU", ()),
    ("GLU", (0,)),
    ("Hardshrink", (0.3,)),
    ("Softshrink", (0.3,)),
    ("Softplus", ()),
    ("Softplus", (2, 1.5)),
    ("PReLU", ()),
    ("PReLU", (6,)),
]


@pytest.mark.parametrize(("name", "args"), CASES, ids=str)
def test_against_pytorch(name, args):
    # PyTorch takes 1/6 and 1/alpha in float32 here, even for float64.
    bound = 1e-7 if name in ("CELU", "Hardsigmoid") else 1e-10
    check_layer(name, *args, inputs=[draw((4, 6)) * 3], bound=bound)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        *((name, ()) for name in ("ReLU", "ReLU6", "SELU", "SiLU", "Mish", "ELU", "CELU")),
        *((name, ()) for name in ("Hardswish", "Hardsigmoid", "Hardtanh", "LeakyReLU", "RReLU")),
        ("Threshold", (0.1, 2)),
    ],
)
def test_inplace(name, args):
    torch = peer()
    layer = getattr(nn, name)(*args, inplace=True).eval()
    assert repr(layer) == repr(getattr(torch.nn, name)(*args, inplace=True))
    x = draw((4, 6)).astype(np.float32)
    want = getattr(nn, name)(*args).eval()(gemmule.tensor(x)).numpy()
    given = gemmule.tensor(x)
    got = layer(given)
    np.testing.assert_array_equal(got.numpy(), want)
    np.testing.assert_array_equal(given.numpy(), want)


def test_prelu_per_channel():
    check_layer("PReLU", 3, inputs=[draw((2, 3, 4, 5))])
    assert nn.PReLU(2, init=0.5).weight.tolist() == [0.5, 0.5]


def test_rrelu():
    check_layer("RReLU", 0.2, 0.4, inputs=[draw((4, 6))], train=False)
    x = -gemmule.ones(1000)
    slopes = -nn.RReLU(0.2, 0.4)(x).numpy()
    assert slopes.min() >= 0.2 and slopes.max() < 0.4
    assert abs(slopes.mean() - 0.3) < 0.01 and slopes.std() > 0.05
    positive = gemmule.asarray(np.abs(draw((50,))).astype(np.float32))
    assert nn.RReLU()(positive).tolist() == positive.tolist()


def test_hardtanh_mistake():
    with pytest.raises(ValueError, match="max_val -1 must exceed min_val 1"):
        nn.Hardtanh(1, -1)
