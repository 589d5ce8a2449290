import collections

import gemmule
import pytest
from gemmule import nn
from layers import peer


def net(*sizes):
    return nn.Sequential(*(nn.Softplus(size) for size in sizes))


def betas(modules):
    return [module.beta for module in modules]


def test_sequential_is_a_list():
    layers = net(1, 2, 3, 4)
    assert len(layers) == 4 and betas(layers) == [1, 2, 3, 4]
    assert layers[1].beta == 2 and layers[-1].beta == 4
    assert betas(layers[1:3]) == [2, 3] and type(layers[1:3]) is nn.Sequential
    layers[0] = nn.Softplus(9)
    assert betas(layers) == [9, 2, 3, 4]
    del layers[1]
    assert betas(layers) == [9, 3, 4] and list(layers._modules) == ["0", "1", "2"]
    del layers[:2]
    assert betas(layers) == [4]
    layers.append(nn.Softplus(5)).extend([nn.Softplus(6)])
    layers.insert(0, nn.Softplus(0.5))
    assert betas(layers) == [0.5, 4, 5, 6] and list(layers._modules) == ["0", "1", "2", "3"]
    assert layers.pop(1).beta == 4 and betas(layers) == [0.5, 5, 6]
    assert betas(net(1) + net(2, 3)) == [1, 2, 3]
    layers += net(7)
    assert betas(layers) == [0.5, 5, 6, 7]


def test_sequential_runs_in_order():
    class Add(nn.Module):
        def forward(self, x):
            return x + 1

    class Double(nn.Module):
        def forward(self, x):
            return x * 2

    assert nn.Sequential(Add(), Double())(gemmule.ones(1)).tolist() == [4]
    assert nn.Sequential()(3) == 3


def test_sequential_with_names():
    layers = nn.Sequential(collections.OrderedDict(a=nn.ReLU(), b=nn.Tanh()))
    assert isinstance(layers.a, nn.ReLU) and isinstance(layers[1], nn.Tanh)
    assert list(layers[1:]._modules) == ["b"]


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: net(1)[3], IndexError, "index 3 is out of range for 1 modules"),
        (lambda: net(1)["a"], TypeError, "indexed by integers and slices, not str"),
        (lambda: net(1).append(3), TypeError, "a Module is expected, got int"),
        (lambda: nn.ModuleList([nn.ReLU()])[1], IndexError, "index 1 is out of range"),
        (lambda: nn.ModuleDict()["x"], KeyError, "x"),
        (lambda: nn.ModuleDict({"keys": nn.ReLU()}), KeyError, "attribute 'keys' already exists"),
        (lambda: nn.ParameterList()[0], IndexError, "out of range"),
    ],
)
def test_mistakes(act, error, message):
    with pytest.raises(error, match=message):
        act()


def test_module_list():
    layers = nn.ModuleList(nn.Linear(2, 2) for _ in range(3))
    assert len(layers) == 3 and type(layers[:2]) is nn.ModuleList and len(layers[:2]) == 2
    assert len(list(layers.parameters())) == 6
    assert len(layers + layers[:1]) == 4
    layers[0] = nn.Identity()
    assert isinstance(layers[0], nn.Identity) and len(list(layers.parameters())) == 4
    with pytest.raises(NotImplementedError, match="ModuleList has no forward"):
        layers(1)


def test_module_dict():
    layers = nn.ModuleDict([("a", nn.ReLU()), ("b", nn.Tanh())])
    assert list(layers) == ["a", "b"] and "a" in layers and len(layers) == 2
    layers["a"] = nn.ELU()
    layers.update({"c": nn.ReLU()})
    assert [type(module).__name__ for module in layers.values()] == ["ELU", "Tanh", "ReLU"]
    assert isinstance(layers.pop("b"), nn.Tanh) and layers.keys() == ["a", "c"]
    del layers["a"]
    assert [name for name, _ in layers.items()] == ["c"]
    layers.clear()
    assert len(layers) == 0


def test_parameter_list_and_dict():
    values = nn.ParameterList([gemmule.ones(2), nn.Parameter(gemmule.zeros(3))])
    values.append(gemmule.ones(1))
    assert len(values) == 3 and all(isinstance(value, nn.Parameter) for value in values)
    assert [name for name, _ in values.named_parameters()] == ["0", "1", "2"]
    values[0] = nn.Parameter(gemmule.zeros(5))
    assert values[0].shape == (5,) and values[-1].shape == (1,) and len(values[1:]) == 2
    named = nn.ParameterDict({"a": gemmule.ones(2)})
    named["b"] = gemmule.zeros(1)
    assert [name for name, _ in named.named_parameters()] == ["a", "b"]
    assert named.pop("a").shape == (2,) and "a" not in named and len(named) == 1


def build(nn, ones):
    return [
        nn.Sequential(),
        nn.ModuleList(),
        nn.ModuleDict(),
        nn.Sequential(nn.ReLU(), nn.Sequential(nn.Tanh())),
        nn.ModuleList([nn.ReLU(), nn.ReLU(), nn.Sequential(nn.Tanh()), nn.ReLU()]),
        nn.ModuleList(nn.Sequential(nn.Tanh()) for _ in range(3)),
        nn.ModuleDict({"a": nn.Tanh(), "b": nn.ModuleList([nn.ReLU()])}),
        nn.Sequential(nn.ReLU(), nn.Tanh())[1:],
    ]


def test_repr_is_pytorchs():
    torch = peer()
    ours, theirs = build(nn, gemmule.ones), build(torch.nn, torch.ones)
    assert [repr(module) for module in ours] == [repr(module) for module in theirs]


def test_repr_of_parameter_containers():
    values = nn.ParameterList([gemmule.ones(2, 3), gemmule.ones(4)])
    assert repr(values) == (
        "ParameterList(\n"
        "    (0): Parameter containing: [gemmule.float32 of size 2x3]\n"
        "    (1): Parameter containing: [gemmule.float32 of size 4]\n"
        ")"
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (nn.functional.relu, r"Sequential: argument 1 is a function relu, .*; use nn.ReLU\(\)$"),
        (nn.functional.log_softmax, r"use nn.LogSoftmax\(\)$"),
        (nn.ReLU, r"is a class ReLU, no Module; call it: ReLU\(\.\.\.\)$"),
        (lambda x: x, "put it into a Module's forward$"),
        ([nn.ReLU()], r"is a list, no Module; unpack it: Sequential\(\*layers\)$"),
        (3, "int is not a Module subclass"),
    ],
)
def test_sequential_says_what_to_give_instead(given, message):
    with pytest.raises(TypeError, match=message):
        nn.Sequential(nn.Linear(2, 3), given)
