"""16-bit floats through layers, and autocast with float32 masters."""

import gemmule
import gemmule.nn.functional as F
import numpy as np
import pytest
from check import draw
from gemmule import nn

HALVES = [(gemmule.bfloat16, 2.0**-7), (gemmule.float16, 2.0**-9)]


class Net(nn.Module):
    """One of everything that has kernels of its own."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.pool = nn.MaxPool2d(2)
        self.lstm = nn.LSTM(8, 8, batch_first=True)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.layer_norm = nn.LayerNorm(8)
        self.drop = nn.Dropout(0.1)
        self.out = nn.Linear(8, 5)

    def forward(self, x):
        x = self.pool(F.relu(self.norm(self.conv(x))))
        x = x.flatten(2).mT
        x = self.lstm(x)[0]
        x = x + self.attention(x, x, x)[0]
        return self.out(self.drop(self.layer_norm(x)).mean(1))


def network():
    gemmule.manual_seed(3)
    return Net().eval()


@pytest.mark.parametrize(("dtype", "step"), HALVES)
def test_a_module_in_16_bits(dtype, step):
    x = gemmule.asarray(draw((2, 3, 8, 8)).astype(np.float32))
    want = network()(x).detach().numpy()
    model = network().to(dtype)
    assert {p.dtype for p in model.parameters()} == {dtype}
    y = model(x.to(dtype))
    assert y.dtype is dtype
    np.testing.assert_allclose(y.detach().float().numpy(), want, atol=8 * step)
    y.float().sum().backward()
    assert {p.grad.dtype for p in model.parameters()} == {dtype}


@pytest.mark.parametrize(("dtype", "step"), HALVES)
def test_products_sum_in_float32(dtype, step):
    # 4,096 ones beside 1 would stop at 256 (bfloat16) or 2,048 (float16) in 16-bit sums.
    x = gemmule.ones((1, 4096), dtype=dtype)
    for y in (x @ x.mT, F.linear(x, x), (x * 1).sum()):
        assert y.dtype is dtype
        assert y.item() == 4096
    image = gemmule.ones((1, 64, 8, 8), dtype=dtype)
    assert F.conv2d(image, image).item() == 4096


@pytest.mark.parametrize(("dtype", "step"), HALVES)
def test_arithmetic_is_of_float32(dtype, step):
    a, b = (gemmule.asarray(draw((3, 5), seed=i)).to(dtype) for i in range(2))
    x, y = a.float(), b.float()
    for got, want in [(a + b, x + y), (a * b, x * y), (a.exp(), x.exp()), (a.mean(0), x.mean(0))]:
        assert got.dtype is dtype
        assert got.tolist() == want.to(dtype).tolist()


def test_running_statistics_in_16_bits():
    norm = nn.BatchNorm2d(3).to(gemmule.bfloat16)
    norm(gemmule.asarray(draw((4, 3, 5, 5)) + 10).to(gemmule.bfloat16))
    assert norm.running_mean.dtype is gemmule.bfloat16
    np.testing.assert_allclose(norm.running_mean.float().numpy(), 1.0, atol=0.1)


def test_mixed_dtypes_are_refused():
    x, w = gemmule.ones((2, 3), dtype=gemmule.bfloat16), gemmule.ones((4, 3))
    with pytest.raises(TypeError, match=r"linear: .* bfloat16"):
        F.linear(x, w)
    with pytest.raises(TypeError, match=r"layer_norm: .* bfloat16"):
        F.layer_norm(x, (3,), gemmule.ones(3))


def test_autocast_rounds_products_and_nothing_else():
    x = gemmule.asarray(draw((4, 6)).astype(np.float32))
    w = gemmule.asarray(draw((5, 6), seed=1).astype(np.float32)).requires_grad_()
    with gemmule.autocast("cpu", dtype=gemmule.bfloat16):
        assert gemmule.is_autocast_enabled()
        y = F.linear(x, w)
        assert (x @ w.mT).dtype is gemmule.bfloat16
        assert (x + 1).dtype is F.softmax(x, 1).dtype is gemmule.float32
        assert F.layer_norm(y, (5,), gemmule.ones(5)).dtype is gemmule.bfloat16
        loss = F.mse_loss(y, gemmule.zeros((4, 5)))
        assert loss.dtype is gemmule.float32
        with gemmule.autocast(enabled=False):
            assert F.linear(x, w).dtype is gemmule.float32
    assert not gemmule.is_autocast_enabled()
    lower = gemmule.bfloat16
    want = (x.to(lower).float() @ w.detach().to(lower).float().mT).to(lower)
    assert y.tolist() == want.tolist()
    loss.backward()
    assert w.grad.dtype is gemmule.float32
    assert F.linear(x, w).dtype is gemmule.float32


@pytest.mark.parametrize("make", [nn.LSTMCell, nn.GRUCell, nn.RNNCell, nn.LSTM])
def test_autocast_leaves_recurrent_layers_in_their_dtype(make):
    layer = make(3, 4, **({"proj_size": 2} if make is nn.LSTM else {}))
    x = gemmule.asarray(draw((5, 3)).astype(np.float32))
    want = layer(x)
    with gemmule.autocast(dtype=gemmule.bfloat16):
        got, lower = layer(x), layer.to(gemmule.bfloat16)(x.to(gemmule.bfloat16))
    while isinstance(want, tuple):
        got, want, lower = got[0], want[0], lower[0]
    assert got.dtype is gemmule.float32 and got.tolist() == want.tolist()
    assert lower.dtype is gemmule.bfloat16


def train(enabled):
    gemmule.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 2))
    optimizer = gemmule.optim.SGD(model.parameters(), lr=0.1)
    x = gemmule.asarray(draw((32, 1, 8, 8)).astype(np.float32))
    labels = (x.sum((1, 2, 3)) > 0).long()
    losses = []
    for _ in range(30):
        with gemmule.autocast(dtype=gemmule.bfloat16, enabled=enabled):
            loss = F.cross_entropy(model(x), labels)
        assert loss.dtype is gemmule.float32
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert {p.dtype for p in model.parameters()} == {gemmule.float32}
    return losses


def test_autocast_trains_float32_masters():
    exact, lower = train(False), train(True)
    assert lower != exact
    assert lower[-1] < 0.5 * lower[0]
    np.testing.assert_allclose(lower, exact, atol=0.01)


def test_autocast_decorates_and_checks():
    @gemmule.autocast(dtype=gemmule.float16)
    def product(a, b):
        return a @ b

    assert product(gemmule.ones((2, 2)), gemmule.ones((2, 2))).dtype is gemmule.float16
    with pytest.raises(ValueError, match=r"dtype must be .* got gemmule\.float32"):
        gemmule.autocast(dtype=gemmule.float32)
    with pytest.raises(ValueError, match="device_type must be 'cpu', got 'cuda'"):
        gemmule.autocast("cuda")
