"""Lazy layers against PyTorch's."""

import copy
import pickle

import gemmule
import numpy as np
import pytest
from check import draw
from gemmule import nn, optim
from layers import compare, equip, peer, same_form

CASES = [
    ("LazyLinear", (4,), (2, 3)),
    ("LazyConv1d", (4, 3), (2, 3, 7)),
    ("LazyConv2d", (4, 3), (2, 3, 7, 5)),
    ("LazyConv2d", (4, 3), (3, 7, 5)),
    ("LazyConvTranspose1d", (4, 3), (2, 3, 7)),
    ("LazyConvTranspose2d", (4, 3), (2, 3, 7, 5)),
    ("LazyBatchNorm1d", (), (5, 3)),
    ("LazyBatchNorm2d", (), (2, 3, 7, 5)),
    ("LazyInstanceNorm1d", (), (2, 3, 7)),
    ("LazyInstanceNorm2d", (), (2, 3, 7, 5)),
]


@pytest.mark.parametrize(("name", "args", "shape"), CASES)
def test_becomes_what_its_first_batch_asks_for(name, args, shape):
    torch = peer()
    ours, theirs = getattr(nn, name)(*args).double(), getattr(torch.nn, name)(*args).double()
    assert repr(ours) == repr(theirs)
    assert [repr(p) for p in ours.parameters()] == [repr(p) for p in theirs.parameters()]
    before = list(ours.parameters())
    x = draw(shape)
    ours(gemmule.asarray(x))
    theirs(torch.tensor(x))
    assert type(ours) is getattr(nn, name.removeprefix("Lazy"))
    assert all(a is b for a, b in zip(before, ours.parameters(), strict=True))
    assert all(type(p) is nn.Parameter for p in before)
    same_form(ours, theirs)
    equip(ours, theirs)
    compare(ours, theirs, [x])


def test_an_optimizer_may_come_first():
    net = nn.Sequential(nn.LazyLinear(3), nn.Tanh(), nn.LazyLinear(1))
    optimizer = optim.SGD(net.parameters(), lr=0.5)
    net(gemmule.ones(8, 5)).sum().backward()
    before = net[2].bias.item()
    optimizer.step()
    assert net[0].weight.grad.shape == (3, 5)
    assert net[2].bias.item() == pytest.approx(before - 0.5 * 8)


def test_the_first_call_takes_every_argument():
    layer = nn.LazyConvTranspose1d(2, 3, stride=2)
    assert layer(gemmule.ones(1, 4, 5), output_size=(12,)).shape == (1, 2, 12)


def test_keeps_hooks_and_mode():
    seen = []
    layer = nn.LazyBatchNorm1d().eval()
    layer.register_forward_hook(lambda *call: seen.append(type(call[0])))
    layer(gemmule.ones(2, 3))
    assert seen == [nn.BatchNorm1d] and not layer.training and layer.num_features == 3


def test_copies_wait_too():
    for twin in (copy.deepcopy(nn.LazyLinear(2)), pickle.loads(pickle.dumps(nn.LazyLinear(2)))):
        assert twin(gemmule.ones(1, 4)).shape == (1, 2)


@pytest.mark.parametrize(("name", "args", "shape"), CASES)
def test_state_before_the_first_batch(name, args, shape):
    waiting, other = (nn.Sequential(getattr(nn, name)(*args)) for _ in range(2))
    theirs = peer().nn.Sequential(getattr(peer().nn, name)(*args))
    state = waiting.state_dict()
    assert list(state) == list(theirs.state_dict())
    other.load_state_dict(state)  # nothing learned: it waits still
    assert type(other[0]) is getattr(nn, name)
    x = gemmule.asarray(draw(shape).astype("float32"))
    want = waiting(x)
    before = list(other.parameters())
    other.load_state_dict(waiting.state_dict())
    assert type(other[0]) is type(waiting[0]) or not state
    assert all(a is b for a, b in zip(before, other.parameters(), strict=True))
    np.testing.assert_array_equal(other(x).detach().numpy(), want.detach().numpy())


def test_a_grouped_convolution_learns_its_channels_from_a_state():
    layer = nn.LazyConv1d(4, 3, groups=2)
    layer.load_state_dict(nn.Conv1d(6, 4, 3, groups=2).state_dict())
    assert layer.in_channels == 6


def test_mistakes():
    layer = nn.LazyConv1d(2, 3)
    with pytest.raises(RuntimeError, match=r"size mismatch for weight.*has shape \(2, 3\)"):
        layer.load_state_dict({"weight": gemmule.ones(2, 3), "bias": gemmule.ones(2)})
    with pytest.raises(RuntimeError, match=r'Missing key.*"0.weight", "0.bias"'):
        nn.Sequential(layer).load_state_dict({})
    with pytest.raises(
        ValueError, match=r"LazyConv1d: expected an input of 2 or 3 dimensions, got"
    ):
        layer(gemmule.ones(4))
    with pytest.raises(ValueError, match="BatchNorm2d: expected an input of 4 dimensions"):
        nn.LazyBatchNorm2d()(gemmule.ones(4, 2))
