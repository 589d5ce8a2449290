"""Names, arguments and defaults against PyTorch's. What is left out stands in nn's docstring."""

import inspect
import operator
import re

import gemmule
import pytest
from gemmule import nn, optim
from layers import peer

# Signatures that PyTorch hides behind *args, or arguments that mean nothing here.
HIDDEN = {"GRU", "LSTM", "RNN", "RNNBase", "Module", "Parameter", "UninitializedParameter"}
OTHER = {
    "log_softmax": "no _stacklevel; axis besides dim",
    "softmax": "no _stacklevel; axis besides dim",
    "softmin": "no _stacklevel",
    "normalize": "no out",
}
SCHEDULERS = (
    "StepLR MultiStepLR ExponentialLR CosineAnnealingLR LinearLR ReduceLROnPlateau LambdaLR "
    "OneCycleLR SequentialLR CosineAnnealingWarmRestarts"
)


def classes(namespace):
    return {
        name: value
        for name, value in vars(namespace).items()
        if inspect.isclass(value) and not name.startswith("_")
    }


def functions(namespace):
    return {
        name: value
        for name, value in vars(namespace).items()
        if inspect.isroutine(value) and not name.startswith("_")
    }


def arguments(function):
    """[(name, default)], or None where there is no telling."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # a builtin of PyTorch's
        return None
    if any(p.kind is p.VAR_POSITIONAL and p.name == "args" for p in parameters):
        return None
    return [
        (p.name, p.default.__name__ if inspect.isroutine(p.default) else p.default)
        for p in parameters
    ]


def same_arguments(ours, theirs, name):
    expected = arguments(theirs)
    if expected is not None and name not in OTHER:
        assert arguments(ours) == expected, name


def test_every_class_is_there_or_named():
    torch = peer()
    named = set(re.findall(r"\w+", nn.__doc__))
    missing = classes(torch.nn).keys() - classes(nn).keys()
    assert sorted(name for name in missing if "3d" not in name and name not in named) == []
    left_out = re.findall(r"^\* .*?;$|^\* .*?\.$", nn.__doc__, re.DOTALL | re.MULTILINE)
    words = {word for line in left_out for word in re.findall(r"\b[A-Z]\w+", line)}
    assert sorted(words & classes(nn).keys()) == []


def test_classes_take_pytorchs_arguments():
    torch = peer()
    ours, theirs = classes(nn), classes(torch.nn)
    common = sorted(ours.keys() & theirs.keys())
    assert len(common) > 110
    for name in common:
        if name not in HIDDEN:
            same_arguments(ours[name].__init__, theirs[name].__init__, name)
        if hasattr(theirs[name], "forward") and not name.startswith(("Lazy", "Module", "RNNBase")):
            same_arguments(ours[name].forward, theirs[name].forward, f"{name}.forward")


@pytest.mark.parametrize(
    ("space", "least"), [("functional", 50), ("init", 15), ("utils", 4), ("utils.rnn", 1)]
)
def test_functions_take_pytorchs_arguments(space, least):
    torch = peer()
    ours, theirs = (functions(operator.attrgetter(space)(place)) for place in (nn, torch.nn))
    compared = 0
    for name in sorted(ours.keys() & theirs.keys()):
        same_arguments(ours[name], theirs[name], name)
        compared += arguments(theirs[name]) is not None
    assert compared >= least


def test_optimizers_and_schedules_take_pytorchs_arguments():
    torch = peer()
    for name in ("SGD", "Adagrad", "Adam", "AdamW", "RMSprop"):
        same_arguments(getattr(optim, name).__init__, getattr(torch.optim, name).__init__, name)
    for name in SCHEDULERS.split():
        theirs = getattr(torch.optim.lr_scheduler, name)
        same_arguments(getattr(optim.lr_scheduler, name).__init__, theirs.__init__, name)


def test_loader_takes_pytorchs_arguments():
    torch = peer()
    expected = arguments(torch.utils.data.DataLoader.__init__)
    own = arguments(gemmule.data.DataLoader.__init__)
    assert own == [*expected, ("seed", None)]
