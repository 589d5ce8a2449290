"""Any arguments to any public function: an error that a NumPy user knows, or a result. No crash.

GEMMULE_WRONG_ARGUMENTS=2000 tries that many calls of each function, other ones on every run.
"""

import contextlib
import importlib
import inspect
import os
import random
import time
import types
import warnings

import gemmule
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("GEMMULE_WRONG_ARGUMENTS", "0"))

# Sizes whose product no 64 bits hold are an OverflowError; those that they do hold but the machine
# does not are a MemoryError, as everywhere in Python: the argument may be right on another machine.
ALLOWED = (TypeError, ValueError, IndexError, BufferError, OverflowError, MemoryError)

# Where there is no gradient to walk back, or a leaf is written to, the state is wrong, not an
# argument: a RuntimeError, as in PyTorch. So it is where there is no GPU.
OF_STATE = {"backward", "cuda", "register_hook", "retain_grad", "set_rng_state"}

# What acts on the process or on files rather than on arguments.
APART = {
    "set_num_threads",
    "set_grad_enabled",
    "set_float32_conv_precision",
    "show_config",
    "empty_cache",
    "save",
    "load",
}

PLACES = {
    "gemmule": None,
    "gemmule.nn.functional": None,
    "gemmule.linalg": "__all__",
    "gemmule.fft": "__all__",
    "gemmule.torch": None,
    "gemmule.nn.init": None,
    "gemmule.nn": None,
    "gemmule.optim": None,
    "gemmule.optim.lr_scheduler": None,
}


def functions():
    """(name, function) of everything public that takes arguments, constructors too."""
    seen = set()
    for place in PLACES:
        module = importlib.import_module(place)
        names = getattr(module, "__all__", None) or sorted(vars(module))
        for name in names:
            value = getattr(module, name)
            if name.startswith("_") or name in APART or isinstance(value, types.ModuleType):
                continue
            own = getattr(value, "__module__", None) or "gemmule"
            if callable(value) and own.startswith("gemmule") and id(value) not in seen:
                seen.add(id(value))
                yield f"{place}.{name}", value
    for name in sorted(dir(gemmule.Tensor)):
        value = getattr(gemmule.Tensor, name)
        if callable(value) and not hasattr(object, name) and id(value) not in seen:
            yield f"gemmule.Tensor.{name}", value


FUNCTIONS = dict(functions())
SHAPES = [(), (0,), (1,), (3,), (2, 3), (3, 3), (1, 2, 3), (2, 0, 3), (2, 3, 4, 4), (1, 1, 2, 3, 3)]
DTYPES = ["bool", "uint8", "int32", "int64", "uint64", "bfloat16", "float32", "float32", "float64"]


def tensor(shape, dtype, transposed, requires_grad):
    values = np.arange(np.prod(shape, dtype=int)).reshape(shape) % 4
    made = gemmule.tensor(values, dtype=getattr(gemmule, dtype))
    if transposed and made.ndim > 1:
        made = made.mT
    return made.requires_grad_() if requires_grad else made


def makers():
    """Functions that make an argument each: afresh for every call, which may write into it."""
    # Sizes are small, or such that no machine has them.
    numbers = [0, 1, 2, 3, -1, -2, 7, 2**45, -(2**31) - 1, -(2**63), 2**63, 2**70, True, False]
    reals = [0.5, 0.0, -1.5, 1e300, float("inf"), float("nan"), 1j]
    texts = ["", "mean", "sum", "none", "reflect", "ij,jk->ik", "float32", "cpu", "x", "same", "é"]
    others = [None, object(), b"ab", {}, slice(None), Ellipsis, len, range(3), np.float32(1)]
    others += [gemmule.float32, gemmule.int8, gemmule.bool, np.array(["a"]), np.ones((2, 3))]
    others += [np.arange(3), np.float64, [[1, 2], [3]], {"a": 1}]
    draw = random.Random(0)

    def some_tensor():
        dtype = draw.choice(DTYPES)
        grad = "float" in dtype and draw.random() < 0.15
        return tensor, (draw.choice(SHAPES), dtype, draw.random() < 0.4, grad)

    def constant(value):
        return (lambda value: value), (value,)

    def several():
        items = [some_tensor() if draw.random() < 0.5 else constant(draw.choice(numbers[:7]))]
        items += [constant(draw.choice(numbers[:7])) for _ in range(draw.randint(0, 3))]
        kind = draw.choice([list, tuple])
        return (lambda *items: kind(make(*given) for make, given in items)), items[
            draw.randint(0, 1) :
        ]

    table = [some_tensor() for _ in range(150)] + [several() for _ in range(60)]
    for values, times in ((numbers, 3), (reals, 2), (texts, 1), (others, 1)):
        table += [constant(value) for value in values] * times
    return table


MAKERS = makers()
arguments = st.sampled_from(range(len(MAKERS)))
tensors = st.sampled_from(range(150))
maybe = st.one_of(st.none(), arguments)


def parameters(function):
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return []


@st.composite
def calls(draw, name):
    """(positions, names) of the arguments of one call, as numbers of MAKERS."""
    taken = parameters(FUNCTIONS[name])
    positional = [p for p in taken if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    needed = len([p for p in positional if p.default is p.empty])
    most = len(positional) + 1 + any(p.kind is p.VAR_POSITIONAL for p in taken)
    count = draw(st.integers(max(0, needed - 1), min(most, needed + 4)))
    method = name.startswith("gemmule.Tensor.")
    first = [draw(tensors if method or draw(st.booleans()) else arguments)] if count else []
    given = first + [draw(arguments) for _ in range(count - 1)]
    named = {p.name: draw(maybe) for p in taken if p.kind is p.KEYWORD_ONLY}
    return given, {key: value for key, value in named.items() if value is not None}


def made(number):
    make, given = MAKERS[number]
    return make(*given)


def check(name, call):
    positions, names = call
    given = [made(number) for number in positions]
    named = {key: made(number) for key, number in names.items()}
    if any(p.name == "num_layers" for p in parameters(FUNCTIONS[name])):
        given = [min(x, 7) if isinstance(x, int) else x for x in given]  # each is built in turn
    allowed = ALLOWED
    everything = [*given, *named.values()]
    everything += [x for item in everything if isinstance(item, (list, tuple)) for x in item]
    tracked = any(isinstance(x, gemmule.Tensor) and x.requires_grad for x in everything)
    if tracked or name.rpartition(".")[2] in OF_STATE:
        allowed = (*ALLOWED, RuntimeError)
    if name.startswith("gemmule.Tensor."):
        given = given or [tensor((2, 3), "float32", False, False)]
    before = time.process_time()
    with contextlib.suppress(allowed):
        FUNCTIONS[name](*given, **named)
    assert time.process_time() - before < 5, "no call on so few elements takes so long"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_wrong_arguments(name):
    quiet = settings(
        max_examples=EXAMPLES or 12,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink] if EXAMPLES else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    with warnings.catch_warnings(), gemmule.set_grad_enabled(True):
        warnings.simplefilter("ignore")
        quiet(given(calls(name))(lambda call: check(name, call)))()
