"""nn.utils.prepare: state, threads and copies, and what a plan must not take for something else."""

import copy
import pickle
import threading

import gemmule
import numpy as np
import pytest
from gemmule import _C, nn
from gemmule.nn import prepare

F = nn.functional


@pytest.fixture(autouse=True)
def _seed():
    gemmule.manual_seed(0)


def test_prepared_model_inside_another():
    prepared = nn.utils.prepare(nn.Sequential(nn.utils.prepare(nn.Linear(4, 4)), nn.ReLU()))
    x = gemmule.randn(2, 4)
    assert np.array_equal(prepared(x).numpy(), prepared(x).numpy())


class AssignsToInput(nn.Module):
    def forward(self, x):
        x[0] = 0.0
        return x * 2.0


class AssignsToListed(nn.Module):
    def __init__(self):
        super().__init__()
        self.cache = [gemmule.zeros(2)]

    def forward(self, x):
        self.cache[0][:] = x
        return self.cache[0] * 2.0


def test_assignment_to_an_input():
    prepared = nn.utils.prepare(AssignsToInput())
    for _ in range(3):
        assert prepared(gemmule.ones(2, 2)).tolist() == [[0.0, 0.0], [2.0, 2.0]]


def test_assignment_to_a_listed_tensor():
    prepared = nn.utils.prepare(AssignsToListed())
    for value in range(3):
        assert prepared(gemmule.ones(2) * value).tolist() == [2.0 * value] * 2


STATE = gemmule.zeros(2)


class AssignsToGlobal(nn.Module):
    def forward(self, x):
        STATE[:] = x
        return STATE * 2.0


def test_assignment_to_a_global_tensor():
    prepared = nn.utils.prepare(AssignsToGlobal())
    for value in range(3):
        assert prepared(gemmule.ones(2) * value).tolist() == [2.0 * value] * 2
    assert "no plan for (2,): setitem writes into an array in place" in repr(prepared)


class FillsATable(nn.Module):
    """Position encodings, for as many positions as were asked for so far."""

    def __init__(self):
        super().__init__()
        self.table = gemmule.zeros(0)

    def forward(self, x):
        if x.shape[0] > self.table.shape[0]:
            self.table = gemmule.arange(x.shape[0], dtype=x.dtype)
        return x * self.table[: x.shape[0]]


def test_state_that_settles_is_planned_for():
    prepared = nn.utils.prepare(FillsATable())
    for n in (3, 3, 5, 3, 5, 3):
        assert prepared(gemmule.ones(n)).tolist() == list(range(n))
    assert repr(prepared).count("no plan") == 0 and len(prepared._plans) == 2


def test_a_change_of_state_drops_the_plans_that_knew_the_old():
    class Scales(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = 1.0

        def forward(self, x, grow=False):
            if grow:
                self.scale += 1.0
            return x * self.scale

    prepared = nn.utils.prepare(Scales())
    x = gemmule.ones(1)
    for i in range(prepare.PATIENCE + 3):
        assert [prepared(x).item() for _ in range(3)] == [i + 1.0] * 3
        assert prepared(x, grow=True).item() == i + 2.0


def test_state_that_grows_for_long_is_planned_for_once_it_settles():
    prepared = nn.utils.prepare(FillsATable())
    for n in [*range(1, 3 * prepare.PATIENCE), 5, 6, 5, 6]:
        assert prepared(gemmule.ones(n)).tolist() == list(range(n))
    assert len(prepared._plans) == 2 and "no plan" not in repr(prepared)


def test_a_pass_without_a_plan_drops_those_that_knew_what_it_changed():
    class Sets(nn.Module):
        def __init__(self):
            super().__init__()
            self.k = 1.0

        def forward(self, x, value=None):
            if value is not None and x.sum().item() > 10:
                self.k = value
            return x * self.k

    prepared, x = nn.utils.prepare(Sets()), gemmule.ones(2)
    assert prepared(x).tolist() == [1, 1]
    prepared(x, value=5.0)  # looks at values: never planned for
    prepared(x * 100, value=5.0)
    assert prepared(x).tolist() == [5, 5]


def test_another_thread_writes_meanwhile():
    """What it allocates and writes is none of the model's."""
    writing = threading.Event()

    def write():
        other = gemmule.zeros(4)
        other += 1
        writing.set()

    class Model(nn.Module):
        def forward(self, x):
            writing.clear()
            thread = threading.Thread(target=write)
            thread.start()
            assert writing.wait(10)
            thread.join()
            return x * 2

    assert "1 call" in repr(nn.utils.prepare(Model(), gemmule.ones(2)))


def test_another_thread_asks_for_a_prepared_model_meanwhile():
    inner = nn.utils.prepare(nn.Linear(4, 4))

    class Model(nn.Module):
        def forward(self, x):
            thread = threading.Thread(target=inner, args=(x,))
            thread.start()
            thread.join(10)
            assert not thread.is_alive()
            return x * 2

    nn.utils.prepare(Model())(gemmule.ones(2, 4))


class Transposes(nn.Module):
    """A weight that the pass views and a weight that it computes."""

    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(gemmule.randn(300, 300))

    def forward(self, x):
        return F.relu(x @ self.w) @ (self.w * 2)


def test_weights_of_dropped_plans_are_dropped():
    prepared = nn.utils.prepare(Transposes())
    for n in range(1, 3 * prepare.KEPT_PLANS):
        prepared(gemmule.ones(n, 300))
    made = prepared._weights._made
    # One for all of the view, one for each plan of the computed one.
    assert len(made) == 1 + prepare.KEPT_PLANS == 1 + len(prepared._plans)


def test_last_used_plans_are_kept():
    prepared = nn.utils.prepare(nn.ReLU(), gemmule.ones(1))
    first = next(iter(prepared._plans.values()))
    for n in range(2, 3 * prepare.KEPT_PLANS):
        prepared(gemmule.ones(n))
        prepared(gemmule.ones(1))
    assert first in prepared._plans.values()


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))])
def test_copies_plan_anew(way):
    x = gemmule.randn(2, 3, 8, 8)
    prepared = nn.utils.prepare(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()), x)
    other = way(prepared)
    assert np.array_equal(other(x).numpy(), prepared(x).numpy())
    assert other._plans and other._weights is not prepared._weights


def test_bfloat16_products_are_chosen_anew():
    prepared = nn.utils.prepare(nn.Linear(64, 64).to(gemmule.bfloat16))
    x = gemmule.randn(64, 64).to(gemmule.bfloat16)
    chosen = _C.bfloat_products()
    try:
        for name in _C.runnable_bfloat_products():
            _C.set_bfloat_products(name)
            want = prepared._model.module(x).float().numpy()
            assert np.abs(prepared(x).float().numpy() - want).max() <= 2**-8 * np.abs(want).max()
    finally:
        _C.set_bfloat_products(chosen)


def test_zeros_of_either_sign():
    class Signs(nn.Module):
        def forward(self, x, sign):
            return gemmule.copysign(x, sign)

    prepared = nn.utils.prepare(Signs())
    for sign in (0.0, -0.0, 0.0):
        assert prepared(gemmule.ones(1), sign).item() == np.copysign(1, sign)
