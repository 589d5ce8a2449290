import gemmule
import numpy as np
import pytest
from gemmule import nn
from layers import peer

NAMES = ["Dropout", "Dropout1d", "Dropout2d", "AlphaDropout", "FeatureAlphaDropout"]


@pytest.mark.parametrize("name", NAMES)
def test_reads_as_in_pytorch(name):
    torch = peer()
    for args in ((), (0.2, True)):
        assert repr(getattr(nn, name)(*args)) == repr(getattr(torch.nn, name)(*args))


@pytest.mark.parametrize("name", NAMES)
def test_evaluation_changes_nothing(name):
    x = gemmule.ones(2, 3, 4, 5) if name == "Dropout2d" else gemmule.ones(2, 3, 4)
    assert getattr(nn, name)(0.9).eval()(x).tolist() == x.tolist()


@pytest.mark.parametrize("name", NAMES)
def test_probability_is_checked(name):
    with pytest.raises(ValueError, match=f"{name}: p must be within 0 and 1, got 1.5"):
        getattr(nn, name)(1.5)


def test_dropout_zeroes_and_scales():
    gemmule.manual_seed(0)
    x = gemmule.ones(100, 100).requires_grad_()
    y = nn.Dropout(0.3)(x)
    values = y.detach().numpy()
    assert set(np.unique(values.round(5))) == {0, np.float32(1 / 0.7).round(5)}
    assert abs((values == 0).mean() - 0.3) < 0.02
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), values)


@pytest.mark.parametrize(
    ("name", "shape"), [("Dropout1d", (50, 40, 7)), ("Dropout2d", (50, 40, 3, 3))]
)
def test_whole_channels_drop(name, shape):
    gemmule.manual_seed(0)
    values = getattr(nn, name)(0.4)(gemmule.ones(shape)).numpy().reshape(50, 40, -1)
    assert (values == values[..., :1]).all()
    assert abs((values == 0).mean() - 0.4) < 0.04


def test_alpha_dropout_keeps_mean_and_variance():
    gemmule.manual_seed(0)
    x = gemmule.randn(200, 500)
    y = nn.AlphaDropout(0.2)(x).numpy()
    assert abs(y.mean()) < 0.02 and abs(y.std() - 1) < 0.02
