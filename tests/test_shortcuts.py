"""Small calls that go from Python's slots straight to the operation give what the long way does."""

import contextlib
import gc
import importlib
import operator
import subprocess
import sys
import tracemalloc
import weakref

import gemmule
import numpy as np
import pytest
from gemmule import _C, nn


class Named(gemmule.Tensor):
    """A subclass: its operators are Python's."""


class Reflecting(gemmule.Tensor):
    def __radd__(self, other):
        return "reflected"

    def __getitem__(self, key):
        return "item", key


def values(kind=gemmule.Tensor, dtype=None):
    data = np.array([[1, 2, 3], [4, 5, 6]], dtype or np.float32)
    return kind(gemmule.tensor(data)), data


CALLS = {
    "x[1]": lambda x: x[1],
    "x[-2]": lambda x: x[-2],
    "x[1, 2]": lambda x: x[1, 2],
    "x[:, 1]": lambda x: x[:, 1],
    "x[1:, ::2]": lambda x: x[1:, ::2],
    "x[5:]": lambda x: x[5:],
    "x[..., None]": lambda x: x[..., None],
    "x[None, 1]": lambda x: x[None, 1],
    "x[[0, 1], [2, 0]]": lambda x: x[[0, 1], [2, 0]],
    "x + x": lambda x: x + x,
    "x - 2.0": lambda x: x - 2.0,
    "2.0 - x": lambda x: 2.0 - x,
    "x * 3": lambda x: x * 3,
    "1 / x": lambda x: 1 / x,
    "x + x[0]": lambda x: x + x[0],
    "-x": lambda x: -x,
    "x @ x.T": lambda x: x @ x.T,
    "x < 3": lambda x: x < 3,
    "3 < x": lambda x: x > 3,
    "x == x": lambda x: x == x,
    "x != 2": lambda x: x != 2,
    "x.reshape(3, 2)": lambda x: x.reshape(3, 2),
    "x.reshape((3, -1))": lambda x: x.reshape((3, -1)),
    "x.reshape([6])": lambda x: x.reshape([6]),
    "x.reshape(-1)": lambda x: x.reshape(-1),
    "x.T.reshape(6)": lambda x: x.T.reshape(6),
    "x.transpose(0, -1)": lambda x: x.transpose(0, -1),
}


@contextlib.contextmanager
def long_way():
    _C.hold_shortcuts(1)
    try:
        yield
    finally:
        _C.hold_shortcuts(-1)


@pytest.mark.parametrize("name", CALLS)
def test_alike(name):
    """A plain tensor's short way, its long one, a subclass' and the recorded one."""
    call = CALLS[name]
    want = call(values()[0])
    leaf = values()[0].requires_grad_()
    with long_way():
        results = [call(values()[0])]
    for x in (values(Named)[0], values(nn.Parameter)[0].requires_grad_(False), leaf):
        results.append(call(x))
    for got in results:
        assert type(got) is type(want) is gemmule.Tensor
        assert got.shape == want.shape and got.dtype is want.dtype
        np.testing.assert_array_equal(got.detach().numpy(), want.numpy())
    assert not want.requires_grad and want.is_leaf
    assert call(leaf).requires_grad == (want.dtype is gemmule.float32)
    with gemmule.no_grad():
        assert not call(leaf).requires_grad


def in_a_process_of_its_own(code):
    """What ends the interpreter, or changes Tensor for good, is no matter of other tests."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, (done.returncode, done.stderr)


FUNCTIONS = (
    "abs",
    "clone",
    "exp",
    "log",
    "mean",
    "sum",
    "relu",
    "sigmoid",
    "sqrt",
    "square",
    "tanh",
)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_one(name):
    function = getattr(gemmule, name, None) or getattr(nn.functional, name)
    want = function(values(Named)[0])
    for got in (function(values()[0]), getattr(values()[0], name)()):
        np.testing.assert_array_equal(got.numpy(), want.numpy())
    assert function(values()[0].requires_grad_()).requires_grad


@pytest.mark.parametrize("name", ("add", "subtract", "multiply", "divide", "maximum", "minimum"))
def test_functions_of_two(name):
    function = getattr(gemmule, name)
    x, data = values()
    np.testing.assert_array_equal(function(x, x[1]).numpy(), getattr(np, name)(data, data[1]))
    np.testing.assert_array_equal(function(2, x).numpy(), getattr(np, name)(2, data))
    assert function(x, nn.Parameter(data)).requires_grad
    out = gemmule.empty(2, 3)
    assert function(x, x, out=out) is out


def outcome(function, *arguments):
    try:
        return function(*arguments).numpy().tolist()
    except (TypeError, ValueError, IndexError) as error:
        return type(error)


@pytest.mark.parametrize(
    "name",
    (
        *FUNCTIONS,
        *("add", "sub", "subtract", "mul", "multiply", "div", "divide", "maximum", "minimum"),
        *("matmul", "reshape", "transpose"),
    ),
)
def test_any_number_of_arguments(name):
    """A function may take others than the method of its name."""
    function = getattr(gemmule, name, None) or getattr(nn.functional, name)
    for others in ((), (1,), (3, 2), (1, 0), (3, 2, 1), ((3, 2),), ((3, 2), None), (values()[0],)):
        long = outcome(function, values(Named)[0], *others)
        assert outcome(function, values()[0], *others) == long
        method = outcome(getattr(values(Named)[0], name, function), *others)
        assert outcome(getattr(values()[0], name, function), *others) == method


TAKEN = """
import sys
import gemmule
from gemmule import _C

x = gemmule.ones(2, 3)

def assign():
    x[0] = 1

calls = {
    "x[0]": lambda: x[0],
    "x[:, 1]": lambda: x[:, 1],
    "x + x": lambda: x + x,
    "2 - x": lambda: 2 - x,
    "-x": lambda: -x,
    "x < 3": lambda: x < 3,
    "x.exp()": lambda: x.exp(),
    "exp(x)": lambda: gemmule.exp(x),
    "x.sum()": lambda: x.sum(),
    "x.reshape(6)": lambda: x.reshape(6),
    "x.reshape(3, 2)": lambda: x.reshape(3, 2),
    "reshape(x, (3, 2))": lambda: gemmule.reshape(x, (3, 2)),
    "x.transpose(0, 1)": lambda: x.transpose(0, 1),
    "x[0] = 1": assign,
}

def long(*arguments, **named):
    raise LookupError("the long way")

hold = _C.hold_shortcuts
functions = {f for f in vars(_C).values() if type(f) is type(hold)}
for name, module in list(sys.modules.items()):
    if name.partition(".")[0] == "gemmule":
        for key, value in list(vars(module).items()):
            if type(value) is type(hold) and value in functions:
                setattr(module, key, long)

for name, call in calls.items():
    call()
    hold(1)
    try:
        call()
    except LookupError:
        pass
    else:
        raise AssertionError(name + ": not what it is held against")
    hold(-1)
"""


def test_short_ways_are_taken():
    """Below Python's long way stand functions of _C: none of them is called."""
    in_a_process_of_its_own(TAKEN)


def test_views_share_memory_and_versions():
    x = values()[0]
    for view in (x[1], x[:, 1], x.reshape(6), x.transpose(0, 1)):
        assert _C.shares(view._array, x._array)
    leaf = gemmule.ones(3).requires_grad_()
    y = leaf * 2
    row = y[0]
    with gemmule.no_grad():
        y[0] = 5.0
    with pytest.raises(RuntimeError, match="written in place"):
        (row * 1).backward()


def test_writes():
    x, data = values()
    x[0] = 7
    x[1, 1:] = 8.5
    x[:, 0] = gemmule.tensor([1.0, 2.0])
    data[0], data[1, 1:], data[:, 0] = 7, 8.5, [1, 2]
    np.testing.assert_array_equal(x.numpy(), data)
    assert _C.last_writer(x._array) == "setitem"
    with pytest.raises(AttributeError, match="__delitem__"):
        del x[0]
    readonly = gemmule.asarray(np.broadcast_to(np.float32(1), (3,)))
    with pytest.raises(ValueError, match="setitem"):
        readonly[0] = 2
    source = nn.Parameter(np.float32(3))
    x[0, 0] = source
    assert x.requires_grad


@pytest.mark.parametrize(
    "call, error",
    [
        (lambda x: x[2], IndexError),
        (lambda x: x[-3], IndexError),
        (lambda x: x[2**70], IndexError),
        (lambda x: x[0, 0, 0], IndexError),
        (lambda x: x["a"], TypeError),
        (lambda x: gemmule.tensor(1.0)[0], IndexError),
        (lambda x: x[::0], ValueError),
        (lambda x: x + gemmule.ones(4), ValueError),
        (lambda x: x + "a", TypeError),
        (lambda x: None * x, TypeError),
        (lambda x: x @ x, ValueError),
        (lambda x: x @ 2, TypeError),
        (lambda x: x.reshape(4), ValueError),
        (lambda x: x.reshape(2, 2**70), OverflowError),
        (lambda x: x.transpose(0, 2), IndexError),
        (lambda x: x.transpose(2**32, 1), OverflowError),
        (lambda x: x.transpose(0, -(2**32)), OverflowError),
        (lambda x: gemmule.transpose(x, 2**32, 1), OverflowError),
        (lambda x: gemmule.reshape(x, 3, 2), TypeError),
        (lambda x: x.reshape(*[1] * 17, 6), ValueError),
    ],
)
def test_errors_are_those_of_the_long_way(call, error):
    with pytest.raises(error) as short:
        call(values()[0])
    with pytest.raises(error) as long:
        call(values(Named)[0])
    assert str(short.value).replace("Tensor", "") == str(long.value).replace("Named", "").replace(
        "Tensor", ""
    )


def test_integers_that_do_not_fit_are_refused():
    x = gemmule.tensor(np.zeros(3, np.int8))
    for operation in (operator.add, operator.mul):
        with pytest.raises(OverflowError):
            operation(x, 1000)
    assert (x < 1000).numpy().all()


def test_operators_of_subclasses_come_first():
    x, other = values()[0], values(Reflecting)[0]
    assert x + other == "reflected"
    assert other[3] == ("item", 3)
    np.testing.assert_array_equal((other + x).numpy(), (x + x).numpy())
    np.testing.assert_array_equal((x - other).numpy(), np.zeros((2, 3)))


def test_methods_that_are_replaced_are_called():
    in_a_process_of_its_own("""
import importlib
import gemmule
gemmule.Tensor.__add__ = lambda x, y: "mine"
assert gemmule.ones(2) + 1 == "mine"
importlib.reload(gemmule)
assert gemmule.ones(2) + 1 == "mine"
""")


def test_autocast_is_heeded():
    x = values()[0]
    with gemmule.autocast(dtype=gemmule.bfloat16):
        assert (x @ x.T).dtype is gemmule.matmul(x, x.T).dtype is gemmule.bfloat16
    assert (x @ x.T).dtype is gemmule.float32


def test_calls_are_recorded_for_prepare():
    x = values()[0]
    _, calls, _ = _C.record(lambda: (x + x, x[0], x.exp(), x @ x.T))
    assert {"add", "getitem", "exp", "matmul"} <= {call[0] for call in calls}


def test_fields():
    x = values()[0]
    assert x._node is None and x._grad is None and x._hooks is None and x._view == -1
    del x._grad, x._hooks
    assert x._grad is None and x._hooks is None
    with pytest.raises(TypeError, match="_hooks"):
        x._hooks = 3
    assert gemmule.Tensor.__new__(gemmule.Tensor)._array is None
    with pytest.raises(TypeError):
        gemmule.Tensor.__new__(gemmule.Tensor) + 1.0


def test_cycles_are_collected():
    for kind in (gemmule.Tensor, Named):
        x = values(kind)[0].requires_grad_()
        x.register_hook(lambda g, x=x: None)
        gone = weakref.ref(x)
        del x
        gc.collect()
        assert gone() is None
    x, y = values()[0], values()[0]
    x.grad, y.grad = y, x
    gone = weakref.ref(x)
    del x, y
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("made", ("gemmule.ones(2)", "gemmule._C.TensorBase()", "Named([1.0])"))
def test_a_long_chain_of_gradients_is_let_go(made):
    in_a_process_of_its_own(f"""
import gemmule, weakref
class Named(gemmule.Tensor): pass
first = chain = {made}
gone = weakref.ref(first)
for _ in range(300_000):
    owner = {made}
    owner._grad = chain
    chain = owner
del first, owner, chain
assert gone() is None
""")


def test_loading_anew_keeps_the_long_way():
    importlib.reload(gemmule)
    np.testing.assert_array_equal(values()[0][[0, 1], [2, 0]].numpy(), [3, 4])
    with pytest.raises(IndexError):
        values()[0][2]


def test_a_tensor_may_have_a_finalizer(monkeypatch):
    seen = []
    monkeypatch.setattr(gemmule.Tensor, "__del__", lambda x: seen.append(x.shape), raising=False)
    for _ in range(3):  # one in the place of another
        gemmule.ones(3)
    assert seen.count((3,)) == 3


def test_nothing_is_leaked():
    x, leaf = values()[0], values()[0].requires_grad_()
    kept = [gemmule.ones(2) for _ in range(200)]  # more than free lists hold
    del kept

    def calls():
        for call in CALLS.values():
            call(x), call(leaf), call(Named(x))
        x[0] = 1.0
        for bad in (lambda: x[9], lambda: x + "a", lambda: x.reshape(4), lambda: x @ x):
            with pytest.raises((IndexError, TypeError, ValueError)):
                bad()

    def counts():
        gc.collect()
        objects = (None, x, leaf, x._array, gemmule.Tensor, _C.Array, Named)
        traced = tracemalloc.get_traced_memory()[0]
        return [sys.getrefcount(o) for o in objects], _C.memory_stats()[0], traced

    tracemalloc.start()
    for _ in range(20):
        calls()
    references, allocated, traced = counts()
    for _ in range(500):
        calls()
    references_now, allocated_now, traced_now = counts()
    tracemalloc.stop()
    assert np.abs(np.subtract(references_now, references)).max() < 50
    assert allocated_now == allocated
    assert traced_now - traced < 50_000  # what free lists hold
