"""Training as a whole: it repeats bit for bit, leaves memory flat, and survives a fork."""

import os

import gemmule
import numpy as np
import pytest
from check import threads
from gemmule import nn
from gemmule.nn import functional as F


def network(seed=0):
    gemmule.manual_seed(seed)
    return nn.Sequential(
        nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)
    )


def step(model, optimizer, x, labels):
    loss = F.cross_entropy(model(x), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def batch(rng, size):
    labels = rng.integers(0, 10, size)
    x = rng.standard_normal((size, 64)).astype(np.float32)
    x[:, :10] += 3 * np.eye(10, dtype=np.float32)[labels]
    return gemmule.tensor(x), gemmule.tensor(labels)


def train(steps, model=None, seed=1, size=256):
    model = network() if model is None else model
    optimizer = gemmule.optim.Adam(model.parameters(), lr=1e-3)
    rng = np.random.default_rng(seed)
    return model, [step(model, optimizer, *batch(rng, size)) for _ in range(steps)]


def weights(model):
    return b"".join([p.detach().numpy().tobytes() for p in model.parameters()])


def test_loss_falls():
    _, losses = train(200)
    assert losses[-1] < 0.3 * losses[0]


def test_training_has_the_same_bits_on_any_number_of_threads():
    trained = []
    for count in (1, 2, 3, 8):
        with threads(count):
            trained.append(weights(train(10)[0]))
    assert all([w == trained[0] for w in trained])


def resident():
    """Resident memory of this process in bytes."""
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs Linux's /proc")
def test_memory_stays_flat():
    model = network()
    optimizer = gemmule.optim.Adam(model.parameters(), lr=1e-3)
    rng = np.random.default_rng(0)
    sizes = rng.integers(1, 513, 1000)
    for size in sizes[:200]:
        step(model, optimizer, *batch(rng, size))
    before = resident()
    for size in sizes[200:]:
        step(model, optimizer, *batch(rng, size))
    assert resident() - before < 8 << 20


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_fork_after_training_trains_on_in_both():
    with threads(2):
        model, _ = train(5, size=2048)
        state = {name: value.clone() for name, value in model.state_dict().items()}
        expected = weights(train(5, model, seed=2, size=2048)[0])
        model.load_state_dict(state)
        child = os.fork()
        if child == 0:
            same = weights(train(5, model, seed=2, size=2048)[0]) == expected
            os._exit(0 if same else 1)
        assert weights(train(5, model, seed=2, size=2048)[0]) == expected
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
