import copy
import pickle

import gemmule
import numpy as np
import pytest
from check import NO_CUDA, draw
from gemmule import nn
from gemmule.nn import Parameter
from layers import as_ndarray, peer, same_form


class Scale(nn.Module):
    """A module with a parameter, one that it could have, and three kinds of buffer."""

    def __init__(self, size=3):
        super().__init__()
        self.weight = Parameter(gemmule.ones(size))
        self.register_parameter("bias", None)
        self.register_buffer("count", gemmule.zeros(()))
        self.register_buffer("scratch", gemmule.zeros(2), persistent=False)
        self.register_buffer("nothing", None)

    def forward(self, x, factor=1.0):
        return x * self.weight * factor


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = Scale(3)
        self.second = nn.Sequential(Scale(4), nn.Identity())
        self.extra = Parameter(gemmule.zeros(2, 2))

    def forward(self, x):
        return self.first(x)


def names(pairs):
    return [name for name, _ in pairs]


def test_walks():
    net = Net()
    assert names(net.named_parameters()) == ["extra", "first.weight", "second.0.weight"]
    assert names(net.named_parameters(prefix="net")) == [
        "net.extra",
        "net.first.weight",
        "net.second.0.weight",
    ]
    assert names(net.named_parameters(recurse=False)) == ["extra"]
    assert names(net.named_buffers()) == [
        "first.count",
        "first.scratch",
        "second.0.count",
        "second.0.scratch",
    ]
    assert names(net.named_modules()) == ["", "first", "second", "second.0", "second.1"]
    assert names(net.named_children()) == ["first", "second"]
    assert len(list(net.parameters())) == 3 and len(list(net.buffers())) == 4
    assert len(list(net.modules())) == 5 and len(list(net.children())) == 2


def test_state_dict_holds_parameters_then_persistent_buffers():
    assert list(Net().state_dict()) == [
        "extra",
        "first.weight",
        "first.count",
        "second.0.weight",
        "second.0.count",
    ]
    assert list(Scale().state_dict(prefix="a.")) == ["a.weight", "a.count"]
    net = Scale()
    assert net.state_dict(keep_vars=True)["weight"] is net.weight
    assert not net.state_dict()["weight"].requires_grad
    assert net.state_dict()["weight"].data_ptr() == net.weight.data_ptr()


def test_shared_parameters_and_modules_come_once():
    layer = Scale()
    net = nn.Sequential(layer, layer)
    net.tied = layer.weight
    assert names(net.named_parameters()) == ["tied"]
    assert names(net.named_modules()) == ["", "0"]
    assert names(net.named_parameters(remove_duplicate=False)) == ["tied", "0.weight", "1.weight"]
    assert list(net.state_dict()) == ["tied", "0.weight", "0.count", "1.weight", "1.count"]
    twin = copy.deepcopy(net)
    assert twin.tied is twin[0].weight and twin[0] is twin[1] and twin.tied is not net.tied


def test_attributes_go_where_they_belong():
    net = Net()
    net.first = nn.Identity()  # another module in the same place
    assert names(net.named_children()) == ["first", "second"]
    net.extra = None
    assert names(net.named_parameters()) == ["second.0.weight"]
    net.extra = Parameter(gemmule.ones(1))
    assert names(net.named_parameters()) == ["extra", "second.0.weight"]
    del net.extra
    assert not hasattr(net, "extra") and "extra" not in names(net.named_parameters())
    net.note = "plain"
    net.note = Parameter(gemmule.ones(1))  # a plain attribute becomes a parameter
    assert "note" in names(net.named_parameters())
    net.note = nn.Identity()  # and then a module
    assert "note" not in names(net.named_parameters()) and "note" in names(net.named_children())
    layer = Scale()
    layer.count = gemmule.ones(())
    assert names(layer.named_buffers()) == ["count", "scratch"]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda m: setattr(m, "weight", 3), TypeError, "as parameter 'weight'"),
        (lambda m: setattr(m, "count", "x"), TypeError, "as buffer 'count'"),
        (lambda m: m.register_parameter("a.b", None), KeyError, "cannot contain a dot: a.b"),
        (lambda m: m.register_parameter("", None), KeyError, "cannot be empty"),
        (lambda m: m.register_parameter("p", gemmule.ones(1)), TypeError, "Parameter or None"),
        (lambda m: m.register_buffer("forward", None), KeyError, "'forward' already exists"),
        (lambda m: m.register_buffer("b", 1), TypeError, "cannot assign int as buffer 'b'"),
        (lambda m: m.add_module("weight", nn.Identity()), KeyError, "'weight' already exists"),
        (lambda m: m.add_module("a", 3), TypeError, "int is not a Module subclass"),
        (lambda m: m.get_submodule("x.y"), AttributeError, "no submodule `x`"),
        (lambda m: m.get_parameter("none"), AttributeError, "no parameter `none`"),
        (lambda m: m.get_buffer("weight"), AttributeError, "no buffer `weight`"),
        (lambda m: m.train("yes"), ValueError, "mode should be a bool, got str"),
        (lambda m: m.to(gemmule.int64), TypeError, "must be a floating-point one, got int64"),
        (lambda m: nn.Module()(1), NotImplementedError, "Module has no forward method"),
    ],
)
def test_mistakes(change, error, message):
    with pytest.raises(error, match=message):
        change(Scale())


def test_assigning_before_init_says_so():
    class Hasty(nn.Module):
        def __init__(self):
            self.layer = nn.Identity()

    with pytest.raises(AttributeError, match=r"before Module.__init__\(\) call"):
        Hasty()


def test_calling_before_init_says_so():
    class Hasty(nn.Module):
        def __init__(self):
            self.scale = 2

        def forward(self, x):
            return x * self.scale

    with pytest.raises(
        AttributeError, match=r"Hasty before Module.__init__\(\) call: its __init__"
    ):
        Hasty()(gemmule.ones(2))


def test_computed_parameter_is_refused():
    with pytest.raises(TypeError, match="cannot assign Tensor as parameter 'weight'"):
        Scale().weight = Parameter(gemmule.ones(3)) * 2


def test_paths():
    net = Net()
    assert net.get_submodule("second.0") is net.second[0]
    assert net.get_submodule("") is net
    assert net.get_parameter("second.0.weight") is net.second[0].weight
    assert net.get_buffer("first.count") is net.first.count
    net.set_submodule("second.1", Scale())
    assert isinstance(net.second[1], Scale)


def test_modes():
    class Frozen(nn.Identity):
        def train(self, mode=True):
            return super().train(False)

    net = nn.Sequential(Scale(), nn.Sequential(Frozen(), nn.Identity()))
    assert net.train() is net and net[1][1].training and not net[1][0].training
    assert not any(module.training for module in net.eval().modules())


def test_apply_goes_children_first():
    order = []
    Net().apply(lambda module: order.append(type(module).__name__))
    assert order == ["Scale", "Scale", "Identity", "Sequential", "Net"]


def test_gradient_switches():
    net = Net()
    net(gemmule.ones(3)).sum().backward()
    assert net.first.weight.grad.tolist() == [1, 1, 1]
    net.zero_grad(set_to_none=False)
    assert net.first.weight.grad.tolist() == [0, 0, 0]
    net.zero_grad()
    assert net.first.weight.grad is None
    net.requires_grad_(False)
    assert not net(gemmule.ones(3)).requires_grad


def test_casts():
    net = Scale()
    net.register_buffer("steps", gemmule.tensor(3))
    net(gemmule.ones(3)).sum().backward()
    weight = net.weight
    assert net.double() is net and net.weight is weight
    assert weight.dtype == gemmule.float64 and weight.grad.dtype == gemmule.float64
    assert net.count.dtype == gemmule.float64 and net.steps.dtype == gemmule.int64
    assert net.to(gemmule.float32).weight.dtype == gemmule.float32
    assert net.to("cpu", gemmule.float64).weight.dtype == gemmule.float64
    assert net.to(gemmule.ones(1)).weight.dtype == gemmule.float32
    assert net.float().weight.dtype == gemmule.float32
    with pytest.raises(RuntimeError, match=f"cuda: {NO_CUDA}"):
        net.cuda(255)


def test_hooks():
    seen = []
    layer = Scale()
    first = layer.register_forward_pre_hook(lambda module, args: seen.append("pre"))
    second = layer.register_forward_hook(lambda module, args, output: seen.append("post"))
    layer(gemmule.ones(3))
    assert seen == ["pre", "post"]
    first.remove()
    second.remove()
    second.remove()  # a second time does nothing
    layer(gemmule.ones(3))
    assert seen == ["pre", "post"]

    layer.register_forward_pre_hook(lambda module, args: args[0] + 1)
    layer.register_forward_hook(lambda module, args, output: output * 10)
    assert layer(gemmule.ones(3)).tolist() == [20, 20, 20]
    layer.register_forward_hook(lambda module, args, output: output + 1, prepend=True)
    assert layer(gemmule.ones(3)).tolist() == [30, 30, 30]


def test_hooks_with_keyword_arguments():
    layer = Scale()
    layer.register_forward_pre_hook(
        lambda module, args, kwargs: (args, {"factor": kwargs["factor"] * 2}), with_kwargs=True
    )
    seen = []
    layer.register_forward_hook(
        lambda module, args, kwargs, output: seen.append(kwargs["factor"]), with_kwargs=True
    )
    assert layer(gemmule.ones(3), factor=3).tolist() == [6, 6, 6]
    assert seen == [6]


class Pair(nn.Module):
    def forward(self, a, b):
        return a * 2, a * b


def test_backward_hooks():
    seen = []
    layer = Pair()
    layer.register_full_backward_pre_hook(lambda module, grads: seen.append(("pre", grads)))
    handle = layer.register_full_backward_hook(lambda *call: seen.append(call[1:]))
    a, b = gemmule.tensor([1.0, 2.0]).requires_grad_(), gemmule.tensor([3.0, 4.0])
    y, z = layer(a, b)
    (y.sum() + (z * z).sum()).backward()
    (kind, before), (grad_input, grad_output) = seen
    assert kind == "pre" and [g.tolist() for g in before] == [[1.0, 1.0], [6.0, 16.0]]
    assert [g.tolist() for g in grad_output] == [[1.0, 1.0], [6.0, 16.0]]
    assert grad_input[0].tolist() == [20.0, 66.0] and grad_input[1] is None
    assert a.grad.tolist() == [20.0, 66.0]

    handle.remove()
    seen.clear()
    layer(a, a)[1].sum().backward()
    assert len(seen) == 1


def test_backward_hooks_replace_gradients():
    layer = Pair()
    layer.register_full_backward_hook(lambda module, grads, _: (grads[0] * 10, grads[1]))
    layer.register_full_backward_pre_hook(lambda module, grads: (grads[0] * 3, grads[1]))
    a, b = (gemmule.tensor([v]).requires_grad_() for v in (1.0, 5.0))
    gemmule.add(*layer(a, b)).backward()
    assert a.grad.tolist() == [(3 * 2 + 5) * 10] and b.grad.tolist() == [1.0]
    with gemmule.no_grad():
        assert layer(a, b)[0].tolist() == [2.0]

    layer.register_full_backward_hook(lambda module, grads, _: grads[:1])
    message = r"the hook gave gradients of shapes \[\(1,\)\], expected shapes \[\(1,\), \(1,\)\]"
    with pytest.raises(ValueError, match=message):
        gemmule.add(*layer(a, b)).backward()


def test_backward_hook_without_gradients_of_inputs():
    seen = []
    layer = nn.Linear(2, 1)
    layer.register_full_backward_hook(lambda module, grads, _: seen.append(grads))
    layer(gemmule.ones(3, 2)).sum().backward()
    assert seen == [(None,)] and layer.weight.grad.tolist() == [[3.0, 3.0]]


def test_backward_hook_forbids_writing_in_place():
    layer = nn.ReLU(inplace=True)
    layer.register_full_backward_hook(lambda *call: None)
    with pytest.raises(RuntimeError, match="relu_: a view of a tensor with history"):
        layer(gemmule.ones(2).requires_grad_() * 2)
    layer = nn.LSTM(2, 3)
    layer.register_full_backward_hook(lambda *call: None)
    assert layer(gemmule.ones(1, 1, 2))[0].shape == (1, 1, 3)
    layer = nn.Identity()
    layer.register_full_backward_hook(lambda *call: None)
    with pytest.raises(TypeError, match="forward gives a Tensor or a tuple of them, not dict"):
        layer({})


def test_modules_and_submodules():
    shared = nn.Identity()
    net = nn.Sequential(shared, shared)
    assert len(list(net.modules())) == 2
    assert len(list(net.modules(remove_duplicate=False))) == 3
    net.set_submodule("1", nn.Tanh(), strict=True)
    assert isinstance(net[1], nn.Tanh)
    with pytest.raises(AttributeError, match="Sequential has no submodule `7`"):
        net.set_submodule("7", nn.Tanh(), strict=True)
    with pytest.raises(ValueError, match="set_submodule: int is no Module"):
        net.set_submodule("1", 3)


def test_state_dict_into_a_dict():
    state = {"own": 1}
    assert Scale().state_dict(destination=state, prefix="a.") is state
    assert list(state) == ["own", "a.weight", "a.count"]


def test_load_state_dict_copies():
    net, other = Net(), Net()
    other.first.weight.data = gemmule.tensor([1.0, 2.0, 3.0])
    weight = net.first.weight
    result = net.load_state_dict(other.state_dict())
    assert repr(result) == "<All keys matched successfully>"
    assert net.first.weight is weight and weight.tolist() == [1, 2, 3]
    other.first.weight.data[0] = 9
    assert weight.tolist() == [1, 2, 3]
    # ndarrays are as good; the module's dtype stays
    net.load_state_dict({**net.state_dict(), "first.weight": np.arange(3.0)})
    assert weight.tolist() == [0, 1, 2] and weight.dtype == gemmule.float32


def test_load_state_dict_reports_everything_and_writes_nothing():
    net = Net()
    state = net.state_dict()
    del state["extra"]
    state["more"] = gemmule.ones(1)
    state["first.weight"] = gemmule.ones(5)
    state["second.0.weight"] = gemmule.ones(4) * 7
    with pytest.raises(RuntimeError, match=r"loading state_dict for Net") as caught:
        net.load_state_dict(state)
    assert isinstance(caught.value, ValueError)
    text = str(caught.value)
    assert 'Missing key(s) in state_dict: "extra".' in text
    assert 'Unexpected key(s) in state_dict: "more".' in text
    assert "size mismatch for first.weight: the state dict has shape (5,), the module (3,)." in text
    assert net.second[0].weight.tolist() == [1, 1, 1, 1]
    del state["first.weight"]
    result = net.load_state_dict(state, strict=False)
    assert result.missing_keys == ["extra", "first.weight"]
    assert result.unexpected_keys == ["more"]
    assert net.second[0].weight.tolist() == [7, 7, 7, 7]


def test_load_state_dict_assign():
    net = Scale()
    value = gemmule.tensor([1.0, 2.0, 3.0], dtype=gemmule.float64)
    net.load_state_dict({"weight": value, "count": gemmule.tensor(4.0)}, assign=True)
    assert isinstance(net.weight, Parameter) and net.weight.dtype == gemmule.float64
    assert net.weight.data_ptr() == value.data_ptr() and net.count.item() == 4


def test_load_state_dict_takes_pytorchs():
    torch = peer()
    theirs, ours = torch.nn.Linear(3, 2), nn.Linear(3, 2)
    ours.load_state_dict(theirs.state_dict())
    np.testing.assert_array_equal(as_ndarray(ours.weight), as_ndarray(theirs.weight))


class Counting(Scale):
    """With extra state."""

    steps = 0

    def get_extra_state(self):
        return {"steps": self.steps}

    def set_extra_state(self, state):
        self.steps = state["steps"]


def test_extra_state():
    net, other = nn.Sequential(Counting()), nn.Sequential(Counting())
    net[0].steps = 5
    state = net.state_dict()
    assert list(state) == ["0.weight", "0.count", "0._extra_state"]
    other.load_state_dict(state)
    assert other[0].steps == 5
    del state["0._extra_state"]
    with pytest.raises(RuntimeError, match=r'Missing key.*: "0._extra_state"'):
        other.load_state_dict(state)
    assert other.load_state_dict(state, strict=False).missing_keys == ["0._extra_state"]
    with pytest.raises(NotImplementedError, match="set_extra_state is not defined"):
        Scale().load_state_dict({**Scale().state_dict(), "_extra_state": 1})


def test_state_dict_hooks():
    calls = []
    net = nn.Sequential(Scale())
    handles = [
        net[0].register_state_dict_pre_hook(lambda m, prefix, keep: calls.append((prefix, keep))),
        net[0].register_state_dict_post_hook(lambda m, s, prefix, meta: s.pop(prefix + "count")),
    ]
    state = net.state_dict()
    assert calls == [("0.", False)] and list(state) == ["0.weight"]
    for handle in handles:
        handle.remove()
    assert list(net.state_dict()) == ["0.weight", "0.count"] and len(calls) == 1

    def rename(module, state, prefix, metadata, strict, missing, unexpected, errors):
        state[prefix + "weight"] = state.pop(prefix + "scale")

    def forgive(module, keys):
        keys.missing_keys.remove("0.count")

    net[0].register_load_state_dict_pre_hook(rename)
    given = {"0.scale": gemmule.ones(3) * 4}
    with pytest.raises(RuntimeError, match=r'Missing key.*: "0.count"'):
        net.load_state_dict(given)
    handle = net.register_load_state_dict_post_hook(forgive)
    assert net.load_state_dict(given).missing_keys == []
    assert list(given) == ["0.scale"] and net[0].weight.tolist() == [4, 4, 4]
    handle.remove()
    with pytest.raises(RuntimeError, match=r'Missing key.*: "0.count"'):
        net.load_state_dict(given)


def test_to_empty():
    net = Net()
    kept, weight = net.second[0].weight.data_ptr(), net.first.weight
    before = weight.data_ptr()
    assert net.to_empty(device="cpu") is net
    assert net.first.weight is weight and weight.data_ptr() != before
    assert weight.shape == (3,) and weight.requires_grad
    assert net.second[0].weight.data_ptr() != kept
    kept = net.second[0].weight.data_ptr()
    net.to_empty(device="cpu", recurse=False)
    assert net.second[0].weight.data_ptr() == kept
    with pytest.raises(RuntimeError, match=NO_CUDA):
        net.to_empty(device="cuda:255")


def test_pickle_and_deepcopy():
    net = Net()
    net.first.weight.data = gemmule.tensor(draw((3,)).astype(np.float32))
    net.first.note = [1, 2]
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert list(twin.state_dict()) == list(net.state_dict())
        assert twin.first.weight.tolist() == net.first.weight.tolist()
        assert isinstance(twin.first.weight, Parameter) and twin.first.weight.requires_grad
        assert twin.first.note == [1, 2] and repr(twin) == repr(net)
        twin.first.weight.data[0] = 5
        assert net.first.weight.tolist()[0] != 5


def test_repr_of_nested_and_custom_modules():
    class Custom(nn.Module):
        def __init__(self, *lines):
            super().__init__()
            self.lines = lines

        def extra_repr(self):
            return "\n".join(self.lines)

    assert repr(Custom()) == "Custom()"
    assert repr(Custom("a=1")) == "Custom(a=1)"
    assert repr(Custom("a", "b")) == "Custom(\n  a\n  b\n)"
    net = Custom("a")
    net.child = Custom("x", "y")
    assert repr(net) == "Custom(\n  a\n  (child): Custom(\n    x\n    y\n  )\n)"


def test_same_form_as_pytorch():
    torch = peer()

    def build(nn):
        net = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(8, 4, bias=False)
        )
        net.add_module("last", nn.ModuleDict({"a": nn.Tanh(), "b": nn.BatchNorm1d(4)}))
        return net

    same_form(build(nn), build(torch.nn))
