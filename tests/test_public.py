"""Whatever is called wrongly, the message names it: not what it calls, nor nothing."""

import copy
import functools
import inspect
import pickle
import pydoc
import re
import time
import warnings

import gemmule
import numpy as np
import pytest
from gemmule import nn
from gemmule.nn import functional as F
from test_wrong_arguments import FUNCTIONS, parameters

X = gemmule.ones(2, 3)
WRONG = ["a", [[1, 2], [3]], None, object(), gemmule.ones(1, 2, 1, 2), float("nan")]

# What runs the operations of others, in whose names its errors are.
APART = {"backward", "prepare", "Prepared", "gradcheck", "grad", "load_state_dict"}


def told(call, *args, **kwargs):
    """The message of the error that a call ends with, or None."""
    try:
        call(*args, **kwargs)
    except (TypeError, ValueError, IndexError, OverflowError, AttributeError) as error:
        return str(error)
    except (RuntimeError, KeyError, MemoryError):
        pass  # of a state, of a table, of the machine
    return None


def wrong_calls(function):
    """(arguments by position, by name), each time with one that is wrong."""
    taken = [p for p in parameters(function) if p.kind is not p.VAR_KEYWORD]
    ordered = [p for p in taken if p.kind is not p.KEYWORD_ONLY]
    needed = [p for p in ordered if p.default is p.empty and p.kind is not p.VAR_POSITIONAL]
    for i, parameter in enumerate(taken):
        for wrong in WRONG:
            given = [gemmule.ones(2, 3) for _ in needed]
            if parameter.kind is parameter.KEYWORD_ONLY:
                yield given, {parameter.name: wrong}
            elif i < len(given):
                yield [*given[:i], wrong, *given[i + 1 :]], {}
            elif i == len(given):
                yield [*given, wrong], {}
            elif parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
                yield given, {parameter.name: wrong}


@pytest.mark.parametrize("place", sorted({name.rpartition(".")[0] for name in FUNCTIONS}))
def test_errors_name_what_was_called(place):
    unnamed = []
    for full, function in FUNCTIONS.items():
        name = full.rpartition(".")[2]
        if full.rpartition(".")[0] != place or name in APART or name.startswith("__"):
            continue  # an operator is named as its function
        for args, kwargs in wrong_calls(function):
            if place == "gemmule.Tensor" and not isinstance(args[0], gemmule.Tensor):
                continue  # Python looks the method up on what it is given
            with warnings.catch_warnings(), gemmule.set_grad_enabled(True):
                warnings.simplefilter("ignore")
                message = told(function, *args, **kwargs)
            named = message and re.search(rf"(?<!\w){name}(?!\w)", message)
            if message and (not named or re.match(r"(\w+): \1: ", message)):
                unnamed.append(f"{full}: {message}")
    assert not unnamed


AT_FAULT = [
    (lambda: X.max("a"), "max: expected an int for 'dim', got str 'a'"),
    (lambda: X.std("a"), "std: expected an int for 'dim', got str 'a'"),
    (lambda: gemmule.allclose(X, "a"), "allclose: expected a Tensor or a number for 'other', got"),
    (lambda: X.fill_("a"), "fill_: expected a Tensor or a number for 'value', got str 'a'"),
    (lambda: X.clamp_("a"), "clamp_: expected a Tensor for 'min', got str 'a'"),
    (lambda: X.add(X, alpha="a"), "add: expected a Tensor or a number for 'alpha', got str 'a'"),
    (lambda: gemmule.amax(X, "a"), "amax: expected an int for 'dim', got str 'a'"),
    (lambda: gemmule.mul(X, "a"), "mul: expected a Tensor or a number for 'x2', got str 'a'"),
    (lambda: gemmule.addmm(X, "a", X), "addmm: expected a Tensor for 'mat1', got str 'a'"),
    (lambda: F.celu_("a"), "celu_: expected a Tensor for 'input', got str"),
    (lambda: F.elu("a"), "elu: expected a Tensor for 'input', got str 'a'"),
    (lambda: gemmule.kthvalue(X, 2, dim="a"), "kthvalue: expected an int for 'dim', got str"),
    (lambda: gemmule.index_select(X, "a", X), "index_select: argument 'dim': .*'str'"),
    (lambda: gemmule.median(X, "a"), "median: expected an int for 'dim', got str"),
    (lambda: gemmule.split(X, "a"), "split: argument 'split_size_or_sections': .*'str'"),
    (lambda: gemmule.diff(X, "a"), "diff: argument 'n': .*'str'"),
    (lambda: gemmule.arange("a"), "arange: argument 'start': .*'str'"),
    (lambda: gemmule.linspace(0, "a", 3), "linspace: argument 'stop': could not convert .* 'a'"),
    (lambda: gemmule.repeat(X, "a"), "repeat: argument 'repeats': "),
    (lambda: gemmule.norm(X, "a"), "norm: argument 'p': could not convert string to float: 'a'"),
    (lambda: gemmule.set_num_threads("a"), "set_num_threads: argument 'threads': "),
    (lambda: nn.Dropout("a"), "Dropout: argument 'p': .*'str'"),
    (lambda: gemmule.add(X, [[1], [2, 3]]), "add: argument 'x2': setting an array element"),
    (lambda: gemmule.zeros(2, dtype="flot"), "zeros: dtype: expected a gemmule dtype"),
    (lambda: nn.utils.clip_grad_norm_("a", 1.0), "clip_grad_norm_: argument 'parameters': 'str'"),
    (lambda: gemmule.full((2,), 2**70), "full: the Python integer for 'fill_value' does not fit"),
    (lambda: gemmule.linalg.det("a"), "det: expected a Tensor for 'x', got str 'a'"),
    (lambda: gemmule.amax(X, dim=X), "amax: .*'dim'"),
    (lambda: gemmule.std_mean(X, dim=X), "std_mean: .*'dim'"),
    (lambda: nn.LSTM("a", 2), "LSTM: input_size must be an int"),
    (lambda: gemmule.optim.SGD([], lr=0.1), "SGD: got no parameters"),
    (lambda: X.add(1, 2), r"(Tensor\.)?add\(\) takes (exactly )?2"),
    (lambda: X.squeeze(0, 1, 2), r"(Tensor\.)?squeeze\(\) takes (at most|from 1 to) 2"),
    (lambda: X.unsqueeze(4), "unsqueeze: axis 4 is out of range for a new axis of a tensor of 2"),
    (lambda: gemmule.save("x", X), r"save: .*, got Tensor; give it a name: save\("),
    (lambda: gemmule.save({}, "x"), "save: expected .*, got str; the path comes first: save"),
    (
        lambda: gemmule.optim.Adam(nn.Linear(2, 2)),
        r"Adam: params must be an iterable of Tensors, got one Linear; pass net.parameters\(\)",
    ),
    (lambda: nn.Linear(1, 1).load_state_dict("x"), "load_state_dict: expected a dict"),
    (lambda: gemmule.torch.eq(X, "a"), "eq: expected a Tensor or a number for 'x2', got str"),
]


@pytest.mark.parametrize(("call", "message"), AT_FAULT)
def test_errors_name_the_argument(call, message):
    with pytest.raises((TypeError, ValueError, IndexError, OverflowError), match=f"^{message}"):
        call()


def test_errors_stay_what_they_were():
    with pytest.raises(np.linalg.LinAlgError, match=r"^inv: "):
        gemmule.linalg.inv(gemmule.zeros(2, 2))
    with pytest.raises(MemoryError, match="Unable to allocate"):
        gemmule.bincount(gemmule.tensor([10**14]))
    try:
        try:
            raise KeyError("before")
        except KeyError:
            gemmule.unique(X, dim=-7)
    except IndexError as error:
        before = error
        while before.__context__ is not None:
            before = before.__context__
        assert isinstance(before, KeyError)
    start = time.perf_counter()
    with pytest.raises((TypeError, ValueError), match=r"^add: "):
        gemmule.add(X, [0.0] * 100_000)
    assert time.perf_counter() - start < 0.5


class Weird:
    """Its own code fails, in its own words."""

    def __array__(self, dtype=None, copy=None):
        raise ValueError("mine: untouched")


def test_errors_of_callbacks_are_the_users_own():
    with pytest.raises(ValueError, match=r"^mine: untouched$"):
        gemmule.exp(Weird())

    def closure():
        raise TypeError("mine: untouched")

    parameter = nn.Parameter(X)
    with pytest.raises(TypeError, match=r"^mine: untouched$"):
        gemmule.optim.SGD([parameter], lr=0.1).step(closure)
    parameter.register_hook(lambda g: closure())
    with pytest.raises(TypeError, match=r"^mine: untouched$"):
        parameter.sum().backward()


def test_public_functions_are_functions_to_everybody():
    for function in (gemmule.exp, F.conv2d, gemmule.linalg.det, gemmule.torch.cat, nn.init.ones_):
        assert inspect.isroutine(function)
        assert inspect.getdoc(function)
        assert len(pydoc.render_doc(function, renderer=pydoc.plaintext).splitlines()) > 3
        assert list(inspect.signature(function).parameters)
        assert pickle.loads(pickle.dumps(function)) is function
        assert copy.deepcopy(function) is function
    assert F.relu is gemmule.relu
    assert gemmule.mul.__name__ == "mul"
    assert functools.partial(gemmule.add, 1)(2).item() == 3
    assert X.exp.__self__ is X
    assert str(inspect.signature(nn.Linear)).startswith("(in_features, out_features, bias=True")


def test_the_error_keeps_its_traceback_and_its_kind():
    with pytest.raises(IndexError, match="unique: argument 'dim': axis -7 is out of") as caught:
        gemmule.unique(X, dim=-7)
    assert type(caught.value) is IndexError
    with pytest.raises(TypeError) as caught:
        gemmule.arange("a")
    assert "create" in str(caught.traceback[-1].path)


def test_a_default_is_told_from_the_same_number():
    assert gemmule.stack([X, X], axis=1).shape == (2, 2, 3)
    for call in (
        lambda: gemmule.stack([X, X], 0, axis=1),
        lambda: X.sort(-1, axis=0),
        lambda: X.argsort(-1, axis=0),
        lambda: gemmule.diff(X, 1, -1, axis=0),
    ):
        with pytest.raises(TypeError, match="are one argument; give one of them"):
            call()


def test_data_keeps_its_dtype():
    leaf = nn.Parameter(gemmule.ones(2))
    leaf.data = [1, 2]
    assert leaf.dtype is gemmule.float32
    leaf.data = np.arange(2)
    assert leaf.dtype is gemmule.float32
    with pytest.raises(TypeError, match="data: a tensor that requires grad holds floating point"):
        leaf.data = gemmule.tensor([1, 2])
    leaf.data = leaf.data.double()
    assert leaf.dtype is gemmule.float64


def test_out_is_in_the_docstring():
    for full, function in FUNCTIONS.items():
        if any(p.name == "out" for p in parameters(function)):
            assert re.search(r"\bout\b", inspect.getdoc(function)), full


def test_dir_shows_no_module_that_is_not_documented():
    shown = {name for name in dir(gemmule) if inspect.ismodule(getattr(gemmule, name))}
    packages = {"data", "fft", "io", "linalg", "nn", "optim", "torch", "train"}
    public = {name for name in shown if not name.startswith("_")}
    assert packages <= public <= packages | {"array_api", "autograd", "gradcheck"}
