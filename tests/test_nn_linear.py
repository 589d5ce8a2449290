import gemmule
import pytest
from check import draw
from gemmule import nn
from layers import check_layer


@pytest.mark.parametrize("shape", [(4,), (3, 4), (2, 3, 4), (0, 4)], ids=str)
@pytest.mark.parametrize("bias", [True, False])
def test_linear(shape, bias):
    check_layer("Linear", 4, 5, bias=bias, inputs=[draw(shape)])


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)], ids=str)
@pytest.mark.parametrize("bias", [True, False])
def test_bilinear(shape, bias):
    inputs = [draw((*shape, 4)), draw((*shape, 5), seed=1)]
    check_layer("Bilinear", 4, 5, 6, bias=bias, inputs=inputs)


def test_identity():
    check_layer("Identity", 3, unused=True, inputs=[draw((2, 3))])


def test_no_inputs():
    layer = nn.Linear(0, 3)
    assert layer.weight.shape == (3, 0) and layer.bias.tolist() == [0, 0, 0]


def test_mistakes():
    with pytest.raises(ValueError, match=r"takes 4 input features, but .* \(2, 3\) has 3"):
        nn.Linear(4, 5)(gemmule.ones(2, 3))
    with pytest.raises(ValueError, match="in1_features must be > 0, got 0"):
        nn.Bilinear(0, 1, 1)
    with pytest.raises(
        ValueError, match=r"bilinear: inputs of shapes \(2, 3\) and \(2, 5\) do not"
    ):
        nn.Bilinear(3, 4, 1)(gemmule.ones(2, 3), gemmule.ones(2, 5))
