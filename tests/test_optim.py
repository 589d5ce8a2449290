import copy
import math

import gemmule
import numpy as np
import pytest
import reference.optim as reference
from check import DEVICE, THREADS, assert_close, draw, isa, threads
from gemmule import _C, optim
from gemmule.nn import utils
from gemmule.optim import lr_scheduler

# Alone, the fourth is cut into several pieces; together they share pieces.
SHAPES = [(3, 5), (7,), (), (40_000,), (0,), (64, 33), (1,)]

RULES = [
    ("SGD", reference.sgd, {}),
    ("SGD", reference.sgd, {"lr": 0.1, "momentum": 0.9}),
    ("SGD", reference.sgd, {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ("SGD", reference.sgd, {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "maximize": True}),
    ("Adam", reference.adam, {}),
    ("Adam", reference.adam, {"lr": 0.1, "betas": (0.8, 0.9), "eps": 1e-3, "weight_decay": 0.1}),
    ("Adam", reference.adam, {"lr": 0.1, "amsgrad": True, "maximize": True}),
    ("AdamW", reference.adamw, {"lr": 0.01}),
    ("RMSprop", reference.rmsprop, {}),
    ("RMSprop", reference.rmsprop, {"momentum": 0.9, "maximize": True}),
    ("RMSprop", reference.rmsprop, {"centered": True, "eps": 1e-3}),
    ("RMSprop", reference.rmsprop, {"centered": True, "momentum": 0.5, "weight_decay": 0.1,
                                    "eps": 1e-3}),
    ("Adagrad", reference.adagrad, {}),
    ("Adagrad", reference.adagrad, {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.1, "eps": 1e-3,
                                    "initial_accumulator_value": 0.5, "maximize": True}),
]  # fmt: skip
IDS = [f"{name}-{'-'.join(options)}" for name, _, options in RULES]


def values(dtype, seed, shapes=SHAPES):
    return [draw(shape, seed=seed).astype(dtype) for shape in shapes]


def parameters(dtype=np.float32, seed=0, shapes=SHAPES, device="cpu"):
    return [gemmule.tensor(v).to(device).requires_grad_() for v in values(dtype, seed, shapes)]


def give_gradients(params, seed, dtype=np.float32):
    for param, grad in zip(params, values(dtype, seed, [p.shape for p in params]), strict=True):
        param.grad = gemmule.tensor(grad).to(param.device)


def arrays(params):
    return [p.detach().cpu().numpy() for p in params]


@pytest.mark.parametrize(("dtype", "bound"), [(np.float32, 5e-6), (np.float64, 1e-13)])
@pytest.mark.parametrize(("name", "rule", "options"), RULES, ids=IDS)
def test_steps(name, rule, options, dtype, bound):
    params = parameters(dtype, device=DEVICE)
    optimizer = getattr(optim, name)(params, **options)
    want = [v.astype(np.float64) for v in arrays(params)]
    states = [{} for _ in params]
    for step in range(4):
        give_gradients(params, 1 + step, dtype)
        optimizer.step()
        for i, param in enumerate(params):
            grad = param.grad.cpu().numpy().astype(np.float64)
            want[i] = rule(want[i], grad, states[i], **options)
    for i, got in enumerate(arrays(params)):
        assert_close(got, want[i], bound, f"parameter {i}")


@pytest.mark.parametrize(("dtype", "bound"), [(np.float32, 5e-6), (np.float64, 1e-13)])
@pytest.mark.parametrize(("name", "rule", "options"), RULES, ids=IDS)
def test_steps_like_torch(name, rule, options, dtype, bound):
    torch = pytest.importorskip("torch")
    params = parameters(dtype)
    theirs = [torch.tensor(v, requires_grad=True) for v in arrays(params)]
    optimizer, other = (
        getattr(optim, name)(params, **options),
        getattr(torch.optim, name)(theirs, **options),
    )
    for step in range(4):
        give_gradients(params, 1 + step, dtype)
        for param, their in zip(params, theirs, strict=True):
            their.grad = torch.tensor(param.grad.numpy())
        optimizer.step()
        other.step()
        for i, (param, their) in enumerate(zip(params, theirs, strict=True)):
            got, want = param.detach().numpy(), their.detach().numpy().astype(np.float64)
            assert_close(got, want, bound, f"step {step}, parameter {i}")


@pytest.mark.parametrize(("name", "rule", "options"), RULES, ids=IDS)
def test_everywhere(name, rule, options):
    for which in _C.runnable_isas():
        before = None
        for count in THREADS:
            with isa(which), threads(count):
                params = parameters(shapes=[(5,), (300_007,), (3, 7)])
                optimizer = getattr(optim, name)(params, **options)
                for step in range(2):
                    give_gradients(params, 1 + step)
                    optimizer.step()
            got = b"".join(v.tobytes() for v in arrays(params))
            assert before is None or before == got, f"{which}, {count} threads: other bytes"
            before = got
        want, state = draw((300_007,)).astype(np.float32).astype(np.float64), {}
        for step in range(2):
            grad = draw((300_007,), seed=1 + step).astype(np.float32).astype(np.float64)
            want = rule(want, grad, state, **options)
        assert_close(params[1].detach().numpy(), want, 5e-6, which)


def test_any_strides():
    plain = parameters(shapes=[(6, 8), (9,)])
    memory = [np.ascontiguousarray(v.T).T for v in arrays(plain)]
    strided = [gemmule.asarray(m).requires_grad_() for m in memory]
    for params in (plain, strided):
        optimizer = optim.Adam(params, lr=0.1)
        for step in range(3):
            give_gradients(params, 1 + step)
            if params is strided:
                grad = np.ascontiguousarray(params[0].grad.numpy().T).T
                params[0].grad = gemmule.asarray(grad)
            optimizer.step()
    for a, b in zip(arrays(plain), memory, strict=True):
        assert a.tobytes() == b.tobytes()


def test_a_parameter_without_gradient_waits():
    params = parameters(shapes=[(3,), (4,)])
    before = params[1].detach().numpy().copy()
    optimizer = optim.Adam(params, lr=0.1)
    for step in range(2):
        give_gradients(params, 1 + step)
        params[1].grad = None
        optimizer.step()
    np.testing.assert_array_equal(params[1].detach().numpy(), before)
    assert params[1] not in optimizer.state
    give_gradients(params, 3)
    optimizer.step()
    assert [optimizer.state[p]["step"].item() for p in params] == [3, 1]


def test_momentum_starts_with_the_gradient_for_each_parameter():
    params = parameters(np.float64, shapes=[(3,), (4,)])
    start = [v.copy() for v in arrays(params)]
    optimizer = optim.SGD(params, lr=1.0, momentum=0.5, dampening=0.25)
    give_gradients(params, 1, np.float64)
    first = [p.grad.numpy().copy() for p in params]
    params[1].grad = None
    optimizer.step()
    give_gradients(params, 2, np.float64)
    second = [p.grad.numpy().copy() for p in params]
    optimizer.step()
    buffer = 0.5 * first[0] + 0.75 * second[0]
    assert_close(params[0].detach().numpy(), start[0] - first[0] - buffer, 1e-15, "the old one")
    assert_close(params[1].detach().numpy(), start[1] - second[1], 1e-15, "the new one")


def test_a_step_between_forward_and_backward_is_noticed():
    w = gemmule.tensor(np.ones(3, np.float32)).requires_grad_()
    loss = gemmule.multiply(w, w)
    w.grad = gemmule.tensor(np.ones(3, np.float32))
    optim.SGD([w], lr=0.1).step()
    with pytest.raises(RuntimeError, match=r"multiply.*written in place by sgd"):
        gemmule.autograd.backward([loss], [gemmule.tensor(np.ones(3, np.float32))])


def test_infinity_stays_infinite_without_decay():
    params = [gemmule.tensor(np.array([np.inf, -np.inf, np.nan, 1], np.float32)).requires_grad_()]
    params[0].grad = gemmule.tensor(np.array([1, 1, 1, np.nan], np.float32))
    optim.SGD(params, lr=1.0).step()
    np.testing.assert_array_equal(params[0].detach().numpy(), [np.inf, -np.inf, np.nan, np.nan])


def test_closure():
    params = parameters(shapes=[(3,)])
    optimizer = optim.SGD(params, lr=0.1)

    def closure():
        assert gemmule.is_grad_enabled()
        give_gradients(params, 1)
        return 5.0

    with gemmule.no_grad():
        assert optimizer.step(closure) == 5.0


def test_zero_grad():
    params = parameters(shapes=[(3,), (2, 2)])
    optimizer = optim.SGD(params, lr=0.1)
    give_gradients(params, 1)
    optimizer.zero_grad(set_to_none=False)
    assert params[1].grad.tolist() == [[0, 0], [0, 0]]
    optimizer.zero_grad()
    assert params[0].grad is None


def test_groups():
    a, b, c = parameters(np.float64, shapes=[(2,), (3,), (4,)])
    start = [v.copy() for v in arrays([a, b, c])]
    optimizer = optim.SGD([{"params": [a]}, {"params": b, "lr": 0.5}], lr=0.1)
    optimizer.add_param_group({"params": [c], "lr": 0.25, "maximize": True})
    give_gradients([a, b, c], 1, np.float64)
    optimizer.param_groups[0]["lr"] = 1.0
    optimizer.step()
    for param, old, rate in zip([a, b, c], start, [1.0, 0.5, -0.25], strict=True):
        assert_close(param.detach().numpy(), old - rate * param.grad.numpy(), 1e-15, "parameter")
    assert "lr: 0.5" in repr(optimizer)


# ---- state dicts --------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "rule", "options"), RULES, ids=IDS)
def test_state_dict_goes_on(name, rule, options):
    params = parameters()
    twins = [copy.deepcopy(p) for p in params]
    kind = getattr(optim, name)
    optimizer, twin = kind(params, **options), kind(twins, lr=7.0)
    give_gradients(params, 1)
    optimizer.step()
    for param, other in zip(params, twins, strict=True):
        other.data = copy.deepcopy(param.detach())
    twin.load_state_dict(optimizer.state_dict())
    for params_of, who in ((params, optimizer), (twins, twin)):
        give_gradients(params_of, 2)
        who.step()
    for a, b in zip(arrays(params), arrays(twins), strict=True):
        assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize(("name", "rule", "options"), RULES, ids=IDS)
def test_state_dict_travels_to_torch_and_back(name, rule, options):
    torch = pytest.importorskip("torch")
    params = parameters()
    optimizer = getattr(optim, name)(params, **options)
    give_gradients(params, 1)
    optimizer.step()
    theirs = [torch.tensor(v, requires_grad=True) for v in arrays(params)]
    other = getattr(torch.optim, name)(theirs, lr=7.0)
    mine = optimizer.state_dict()
    for param, their in zip(params, theirs, strict=True):
        their.grad = torch.tensor(param.grad.numpy())
    other.step()  # makes its state
    assert other.state_dict()["param_groups"][0].keys() == mine["param_groups"][0].keys()
    as_torch = {
        i: {k: torch.tensor(v.numpy()) for k, v in kept.items()}
        for i, kept in mine["state"].items()
    }
    other.load_state_dict({"state": as_torch, "param_groups": mine["param_groups"]})
    with torch.no_grad():
        for param, their in zip(params, theirs, strict=True):
            their.copy_(torch.tensor(param.detach().numpy()))
    twins = [copy.deepcopy(p) for p in params]
    twin = getattr(optim, name)(twins, lr=7.0)
    twin.load_state_dict(other.state_dict())
    give_gradients(twins, 2)
    for param, their in zip(twins, theirs, strict=True):
        their.grad = torch.tensor(param.grad.numpy())
    other.step()
    twin.step()
    for mine, their in zip(arrays(twins), theirs, strict=True):
        assert_close(mine, their.detach().numpy().astype(np.float64), 5e-6, "after the journey")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_adagrad_has_its_state_before_a_step_like_torch(dtype):
    torch = pytest.importorskip("torch")
    mine = optim.Adagrad(parameters(dtype), initial_accumulator_value=0.5)
    theirs = torch.optim.Adagrad(
        [torch.tensor(v, requires_grad=True) for v in values(dtype, 0)],
        initial_accumulator_value=0.5,
    )
    got, want = mine.state_dict()["state"], theirs.state_dict()["state"]
    assert got.keys() == want.keys()
    for i, kept in want.items():
        assert got[i].keys() == kept.keys()
        for name, value in kept.items():
            assert f"torch.{got[i][name].dtype.name}" == str(value.dtype)
            np.testing.assert_array_equal(got[i][name].numpy(), value.numpy())
    (late,) = parameters(shapes=[(2,)], seed=1)
    mine.add_param_group({"params": late, "initial_accumulator_value": 2.0})
    assert mine.state[late]["sum"].tolist() == [2, 2]
    half = gemmule.ones(2, dtype=gemmule.bfloat16, requires_grad=True)
    assert optim.Adagrad([half]).state[half]["sum"].dtype is gemmule.float32
    lazy = gemmule.nn.LazyLinear(2)  # whose parameters have no shape yet
    optimizer = optim.Adagrad(lazy.parameters(), initial_accumulator_value=1.0)
    lazy(gemmule.ones(1, 3)).sum().backward()
    optimizer.step()
    assert optimizer.state[lazy.weight]["sum"].tolist() == [[2] * 3] * 2


def test_state_dict_errors():
    a, b = parameters(shapes=[(2,), (3,)])
    optimizer = optim.Adam([a])
    give_gradients([a, b], 1)
    optimizer.step()
    with pytest.raises(ValueError, match=r"Adam: the state has groups of \[1\] .* expected \[2\]"):
        optim.Adam([a, b]).load_state_dict(optimizer.state_dict())
    with pytest.raises(
        ValueError, match=r"Adam: exp_avg of shape \(2,\) for a parameter of .*\(3,"
    ):
        optim.Adam([b]).load_state_dict(optimizer.state_dict())
    with pytest.raises(ValueError, match=r"SGD: group 0 of the state has no 'momentum'; .*'betas'"):
        optim.SGD([a]).load_state_dict(optimizer.state_dict())
    with pytest.raises(ValueError, match=r"Adam: group 0 of the state has no 'betas'"):
        optim.Adam([a]).load_state_dict(optim.SGD([a]).state_dict())
    with pytest.raises(ValueError, match=r"SGD: the state dict has no 'state', its keys are \[\]"):
        optim.SGD([a]).load_state_dict({})
    with pytest.raises(TypeError, match="SGD: expected a state dict, got list"):
        optim.SGD([a]).load_state_dict([])
    older = optimizer.state_dict()
    for flag in ("decoupled_weight_decay", "fused"):  # which older PyTorch has not
        del older["param_groups"][0][flag]
    twin = optim.AdamW([a])
    twin.load_state_dict(older)
    assert twin.param_groups[0]["decoupled_weight_decay"] is True


# ---- errors -------------------------------------------------------------------------------------


def test_errors():
    (a,) = parameters(shapes=[(2,)])
    made = gemmule.multiply(a, a)
    with pytest.raises(TypeError, match="SGD: params must be an iterable"):
        optim.SGD(a)
    with pytest.raises(ValueError, match=r"SGD: got no parameters; .* nn\.ModuleList"):
        optim.SGD([])
    with pytest.raises(ValueError, match="SGD: lr -1, expected at least 0"):
        optim.SGD([a], lr=-1)
    with pytest.raises(ValueError, match="nesterov needs momentum"):
        optim.SGD([a], nesterov=True)
    with pytest.raises(ValueError, match=r"AdamW: betas\[1\] 1.0, expected in \[0, 1\)"):
        optim.AdamW([a], betas=(0.9, 1.0))
    with pytest.raises(ValueError, match=r"RMSprop: alpha -0\.5"):
        optim.RMSprop([a], alpha=-0.5)
    with pytest.raises(ValueError, match=r"Adagrad: lr_decay -1, expected at least 0"):
        optim.Adagrad([a], lr_decay=-1)
    with pytest.raises(TypeError, match="parameter 1 is a int, no Tensor"):
        optim.SGD([a, 3])
    with pytest.raises(ValueError, match="parameter 0 is no leaf"):
        optim.SGD([made])
    with pytest.raises(ValueError, match=r"parameter 1 of shape \(2,\) is given twice"):
        optim.SGD([a, a])
    a.grad = gemmule.tensor(np.ones(2, np.float32))
    a.data = gemmule.ones(3)
    with pytest.raises(ValueError, match=r"adam: gradient 0 of shape \(2,\) has another size"):
        optim.Adam([a]).step()
    a.data = gemmule.ones(2, dtype=gemmule.float64)
    with pytest.raises(TypeError, match="gradient 0 is float32, its parameter is float64"):
        optim.SGD([a]).step()


# ---- clipping -----------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [1, 2, 3.5, math.inf])
@pytest.mark.parametrize(("dtype", "bound"), [(np.float32, 1e-6), (np.float64, 1e-13)])
def test_clip_grad_norm(p, dtype, bound):
    params = parameters(dtype, device=DEVICE)
    give_gradients(params, 1, dtype)
    grads = [param.grad.cpu().numpy().astype(np.float64) for param in params]
    norm = reference.total_norm(grads, p)
    assert utils.clip_grad_norm_(params, 2 * norm, p).item() == pytest.approx(norm, rel=bound)
    for param, grad in zip(params, grads, strict=True):
        np.testing.assert_array_equal(param.grad.cpu().numpy(), grad)
    got = utils.clip_grad_norm_(params, norm / 3, p)
    assert got.shape == () and got.dtype == params[0].dtype
    for param, grad in zip(params, grads, strict=True):
        assert_close(param.grad.cpu().numpy(), grad / 3, 2e-6, "clipped")
    assert utils.get_total_norm([q.grad for q in params], p).item() == pytest.approx(
        norm / 3, rel=1e-5
    )


def test_clip_everywhere():
    for which in _C.runnable_isas():
        before = None
        for count in THREADS:
            with isa(which), threads(count):
                params = parameters(shapes=[(5,), (300_007,), (3, 7)])
                give_gradients(params, 1)
                norm = utils.clip_grad_norm_(params, 1.0)
                utils.clip_grad_value_(params, 1e-3)
            got = norm.numpy().tobytes() + b"".join(p.grad.numpy().tobytes() for p in params)
            assert before is None or before == got, f"{which}, {count} threads: other bytes"
            before = got


def test_clip_like_torch():
    torch = pytest.importorskip("torch")
    for poison in (1.0, math.nan, math.inf):
        params = parameters(shapes=[(5,), (6, 7)])
        give_gradients(params, 1)
        params[0].grad.numpy()[2] = poison
        theirs = [torch.tensor(v, requires_grad=True) for v in arrays(params)]
        for param, their in zip(params, theirs, strict=True):
            their.grad = torch.tensor(param.grad.numpy())
        got = utils.clip_grad_norm_(params, 0.5)
        want = torch.nn.utils.clip_grad_norm_(theirs, 0.5)
        np.testing.assert_allclose(got.numpy(), want.numpy(), rtol=1e-6)
        for param, their in zip(params, theirs, strict=True):
            np.testing.assert_allclose(param.grad.numpy(), their.grad.numpy(), rtol=1e-6)
        if poison != 1.0:
            with pytest.raises(RuntimeError, match=r"clip_grad_norm_: the norm .* is (nan|inf)"):
                utils.clip_grad_norm_(params, 0.5, error_if_nonfinite=True)


def test_clip_grad_value():
    params = parameters()
    give_gradients(params, 1)
    params[0].grad.numpy()[0, 0] = math.nan
    want = [np.clip(p.grad.numpy(), -0.25, 0.25) for p in params]
    utils.clip_grad_value_(params, 0.25)
    for param, expected in zip(params, want, strict=True):
        np.testing.assert_array_equal(param.grad.numpy(), expected)


def test_clip_nothing():
    (param,) = parameters(shapes=[(3,)])
    assert utils.clip_grad_norm_([param], 1.0).item() == 0
    with pytest.raises(ValueError, match=r"^clip_grad_norm_: norm_type 0"):
        utils.clip_grad_norm_([param], 1.0, 0)


# ---- schedules ----------------------------------------------------------------------------------

SCHEDULES = [
    ("StepLR", {"step_size": 3, "gamma": 0.5}),
    ("MultiStepLR", {"milestones": [2, 5, 5], "gamma": 0.5}),
    ("ExponentialLR", {"gamma": 0.9}),
    ("CosineAnnealingLR", {"T_max": 4, "eta_min": 0.01}),
    ("LinearLR", {"start_factor": 0.25, "total_iters": 4}),
    ("LambdaLR", {"lr_lambda": lambda epoch: 1 / (1 + epoch)}),
    ("CosineAnnealingWarmRestarts", {"T_0": 4, "eta_min": 0.01}),
    ("CosineAnnealingWarmRestarts", {"T_0": 1, "T_mult": 3}),
    ("OneCycleLR", {"max_lr": [0.5, 1.0], "total_steps": 13, "cycle_momentum": False}),
    ("OneCycleLR", {"max_lr": 0.5, "epochs": 3, "steps_per_epoch": 5, "cycle_momentum": False,
                    "anneal_strategy": "linear", "three_phase": True, "pct_start": 0.4}),
]  # fmt: skip


def two_groups(library=optim, make=None):
    a, b = parameters(shapes=[(2,), (3,)]) if make is None else make()
    return library.SGD([{"params": [a]}, {"params": [b], "lr": 0.2}], lr=0.1)


def two_groups_of(torch):
    return two_groups(torch.optim, lambda: [torch.zeros(n, requires_grad=True) for n in (2, 3)])


@pytest.mark.parametrize(("name", "options"), SCHEDULES, ids=str)
def test_schedules_like_torch(name, options):
    torch = pytest.importorskip("torch")
    optimizer = two_groups()
    other = two_groups_of(torch)
    mine = getattr(lr_scheduler, name)(optimizer, **options)
    theirs = getattr(torch.optim.lr_scheduler, name)(other, **options)
    other.step()
    for _ in range(12):
        assert mine.get_last_lr() == pytest.approx(theirs.get_last_lr(), rel=1e-12)
        assert [g["lr"] for g in optimizer.param_groups] == mine.get_last_lr()
        mine.step()
        theirs.step()


@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_one_cycle_of_momentum_like_torch(name):
    torch = pytest.importorskip("torch")
    options = {"momentum": 0.5} if name == "SGD" else {}
    optimizers = (
        getattr(optim, name)(parameters(shapes=[(2,)]), lr=0.1, **options),
        getattr(torch.optim, name)([torch.zeros(2, requires_grad=True)], lr=0.1, **options),
    )
    spaces = (lr_scheduler, torch.optim.lr_scheduler)
    mine, theirs = (
        space.OneCycleLR(o, 1.0, 8, base_momentum=0.7, max_momentum=0.9, final_div_factor=10)
        for space, o in zip(spaces, optimizers, strict=True)
    )
    optimizers[1].step()
    for _ in range(8):
        groups = [o.param_groups[0] for o in optimizers]
        for key in ("lr", "momentum") if name == "SGD" else ("lr", "betas"):
            assert groups[0][key] == pytest.approx(groups[1][key], rel=1e-12), key
        mine.step()
        theirs.step()
    with pytest.raises(ValueError, match="OneCycleLR: step 9 of a cycle of 8 steps"):
        mine.step()


def test_one_cycle_with_one_step_up_begins_at_the_top():
    schedule = lr_scheduler.OneCycleLR(two_groups(), 0.5, 4, pct_start=0.25, cycle_momentum=False)
    assert schedule.get_last_lr() == [0.5, 0.5]
    for _ in range(4):
        schedule.step()
    with pytest.raises(ValueError, match="OneCycleLR: step 5 of a cycle of 4 steps"):
        schedule.step()
    counts = [np.int64(3), np.int32(5)]
    schedule = lr_scheduler.OneCycleLR(two_groups(), 0.5, None, *counts, cycle_momentum=False)
    assert schedule.total_steps == 15


def test_warm_restarts_at_any_epoch_like_torch():
    torch = pytest.importorskip("torch")
    other = torch.optim.SGD([torch.zeros(2, requires_grad=True)], lr=0.1)
    other.step()
    for mult in (1, 2):
        mine = lr_scheduler.CosineAnnealingWarmRestarts(two_groups(), 3, mult)
        theirs = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(other, 3, mult)
        for epoch in (0.25, 2.75, 3, None, 8.5, 9.25, 1, None):
            for schedule in (mine, theirs):
                schedule.step(epoch)
            if epoch is not None:  # PyTorch goes on from a fraction, but calls it the next epoch
                assert mine.get_last_lr()[0] == pytest.approx(theirs.get_last_lr()[0], rel=1e-12)
            assert mine.last_epoch == theirs.last_epoch
    for arguments, message in (((0,), "T_0 0"), ((2, 0.5), "T_mult 0.5")):
        with pytest.raises(ValueError, match=f"^CosineAnnealingWarmRestarts: {message}, expected"):
            lr_scheduler.CosineAnnealingWarmRestarts(two_groups(), *arguments)


SEQUENCES = [
    ([("LinearLR", {"total_iters": 3}), ("CosineAnnealingLR", {"T_max": 4})], [3]),
    ([("LinearLR", {"total_iters": 4}), ("StepLR", {"step_size": 2}),
      ("ExponentialLR", {"gamma": 0.5})], [2, 7]),
    ([("LambdaLR", {"lr_lambda": lambda epoch: 1 / (1 + epoch)}),
      ("CosineAnnealingWarmRestarts", {"T_0": 2}),
      ("MultiStepLR", {"milestones": [1, 3]})], [1, 6]),
    ([("StepLR", {"step_size": 2}), ("StepLR", {"step_size": 1})], [0]),
    ([("ExponentialLR", {"gamma": 0.9})], []),
]  # fmt: skip


def in_sequence(space, optimizer, kinds, milestones):
    schedules = [getattr(space, name)(optimizer, **options) for name, options in kinds]
    return space.SequentialLR(optimizer, schedules, milestones)


@pytest.mark.parametrize(("kinds", "milestones"), SEQUENCES, ids=str)
def test_sequences_like_torch(kinds, milestones):
    torch = pytest.importorskip("torch")
    optimizer = two_groups()
    other = two_groups_of(torch)
    mine = in_sequence(lr_scheduler, optimizer, kinds, milestones)
    theirs = in_sequence(torch.optim.lr_scheduler, other, kinds, milestones)
    other.step()
    for _ in range(12):
        assert mine.get_last_lr() == pytest.approx(theirs.get_last_lr(), rel=1e-12)
        assert [g["lr"] for g in optimizer.param_groups] == mine.get_last_lr()
        mine.step()
        theirs.step()


@pytest.mark.parametrize("steps", [0, 2, 5])
@pytest.mark.parametrize(("kinds", "milestones"), SEQUENCES, ids=str)
def test_sequence_state_goes_on(kinds, milestones, steps):
    optimizer, twin = two_groups(), two_groups()
    schedule = in_sequence(lr_scheduler, optimizer, kinds, milestones)
    for _ in range(steps):
        schedule.step()
    saved = copy.deepcopy(schedule.state_dict())
    other = in_sequence(lr_scheduler, twin, kinds, milestones)
    other.load_state_dict(saved)
    assert all(isinstance(state, dict) for state in saved["_schedulers"])
    twin.load_state_dict(optimizer.state_dict())
    for _ in range(6):
        schedule.step()
        other.step()
        assert schedule.get_last_lr() == other.get_last_lr()


def test_sequences_in_a_sequence():
    optimizer = two_groups()
    inner = in_sequence(lr_scheduler, optimizer, [("StepLR", {"step_size": 1})] * 2, [2])
    rising = lr_scheduler.LinearLR(optimizer, 0.5, total_iters=1)
    schedule = lr_scheduler.SequentialLR(optimizer, [rising, inner], [1])
    rates = []
    for _ in range(5):
        rates.append(schedule.get_last_lr()[0])
        schedule.step()
    assert rates == pytest.approx([0.05, 0.1, 0.01, 0.1, 0.01], rel=1e-12)


def test_sequence_errors():
    optimizer = two_groups()
    steps = lr_scheduler.StepLR(optimizer, 1)
    for schedules, milestones, message in (
        ([steps], [1], "expected 0 milestones between 1 schedules, got 1"),
        ([], [], "of schedules none is given"),
        ([steps, lr_scheduler.StepLR(two_groups(), 1)], [1], "StepLR, schedule 1, is none of this"),
        ([lr_scheduler.ReduceLROnPlateau(optimizer)], [], "ReduceLROnPlateau, schedule 0, is none"),
    ):
        with pytest.raises(ValueError, match=f"^SequentialLR: {message}"):
            lr_scheduler.SequentialLR(optimizer, schedules, milestones)


def test_schedules_by_formula():
    optimizer = two_groups()
    schedule = lr_scheduler.CosineAnnealingLR(optimizer, 5, 0.01)
    for epoch in range(10):
        want = [reference.cosine(epoch, lr, 5, 0.01) for lr in (0.1, 0.2)]
        assert schedule.get_last_lr() == pytest.approx(want, rel=1e-12)
        schedule.step()
    optimizer = two_groups()
    schedule = lr_scheduler.LinearLR(optimizer)
    for epoch in range(8):
        want = [reference.linear(epoch, lr) for lr in (0.1, 0.2)]
        assert schedule.get_last_lr() == pytest.approx(want, rel=1e-12)
        schedule.step()


@pytest.mark.parametrize(("name", "options"), SCHEDULES, ids=str)
def test_schedule_state_goes_on(name, options):
    kind = getattr(lr_scheduler, name)
    optimizer = two_groups()
    schedule = kind(optimizer, **options)
    for _ in range(3):
        schedule.step()
    twin = two_groups()
    other = kind(twin, **options)
    other.load_state_dict(copy.deepcopy(schedule.state_dict()))
    twin.load_state_dict(optimizer.state_dict())
    for _ in range(5):
        schedule.step()
        other.step()
        assert schedule.get_last_lr() == other.get_last_lr()


@pytest.mark.parametrize("mode", ["min", "max"])
@pytest.mark.parametrize("threshold_mode", ["rel", "abs"])
def test_reduce_on_plateau_like_torch(mode, threshold_mode):
    torch = pytest.importorskip("torch")
    options = {"mode": mode, "factor": 0.5, "patience": 1, "threshold": 0.1, "cooldown": 1,
               "threshold_mode": threshold_mode, "min_lr": [0.02, 0.01]}  # fmt: skip
    optimizer = two_groups()
    other = two_groups_of(torch)
    mine = lr_scheduler.ReduceLROnPlateau(optimizer, **options)
    theirs = torch.optim.lr_scheduler.ReduceLROnPlateau(other, **options)
    for metric in [3, 2, 2, 2.05, 1.9, 2, 2, 2, 2, 5, 5, 1, 1, 1, math.nan, 1, 1, 1, 1]:
        mine.step(metric)
        theirs.step(metric)
        assert mine.get_last_lr() == pytest.approx(theirs.get_last_lr(), rel=1e-12)
        assert mine.num_bad_epochs == theirs.num_bad_epochs
    state = mine.state_dict()
    fresh = lr_scheduler.ReduceLROnPlateau(two_groups())
    fresh.load_state_dict(state)
    assert fresh.best == mine.best and fresh.patience == 1


def test_schedule_errors():
    optimizer = two_groups()
    with pytest.raises(ValueError, match="initial_lr"):
        lr_scheduler.StepLR(optimizer, 3, last_epoch=4)
    with pytest.raises(ValueError, match="LambdaLR: 1 functions for 2 groups"):
        lr_scheduler.LambdaLR(optimizer, [lambda epoch: 1.0])
    with pytest.raises(ValueError, match=r"LinearLR: start_factor 0, expected in \(0, 1\]"):
        lr_scheduler.LinearLR(optimizer, start_factor=0)
    with pytest.raises(ValueError, match=r"ReduceLROnPlateau: factor 1\.0, expected below 1"):
        lr_scheduler.ReduceLROnPlateau(optimizer, factor=1.0)
    for arguments, message in (
        ((1.0,), "give total_steps, or epochs and steps_per_epoch"),
        ((1.0, 0), "total_steps 0, expected an int from 1"),
        ((1.0, None, 2.5, 2), "epochs 2.5, expected an int from 1"),
        ((1.0, None, 2, 0), "steps_per_epoch 0, expected an int from 1"),
        (([1.0], 5), "1 values of max_lr for 2 groups"),
        ((1.0, 5, None, None, 2), "pct_start 2, expected within 0 and 1"),
        ((1.0, 5, None, None, 0.3, "cosine"), "anneal_strategy 'cosine', expected \"cos\" or"),
    ):
        with pytest.raises(ValueError, match=f"^OneCycleLR: {message}"):
            lr_scheduler.OneCycleLR(optimizer, *arguments)
    without = optim.Adagrad(parameters(shapes=[(2,)]))
    with pytest.raises(ValueError, match="has no momentum; pass cycle_momentum=False"):
        lr_scheduler.OneCycleLR(without, 1.0, 5)


HALVES = [gemmule.bfloat16, gemmule.float16]


@pytest.mark.parametrize("dtype", HALVES, ids=str)
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("SGD", {"lr": 0.1, "momentum": 0.9}),
        ("SGD", {"lr": 0.1}),
        ("Adam", {"lr": 0.1}),
        ("AdamW", {"lr": 0.1, "weight_decay": 0.1}),
        ("RMSprop", {"lr": 0.01}),
        ("Adagrad", {"lr": 0.1}),
    ],
)
def test_steps_of_16_bit_parameters(name, options, dtype):
    """Each step is the float32 one from the rounded values, rounded; the state is float32's."""
    start = gemmule.asarray(np.linspace(-3, 3, 11), dtype=dtype).to(DEVICE)
    half = start.clone().requires_grad_()
    beside = gemmule.ones(2, device=DEVICE, requires_grad=True)
    full = start.float().requires_grad_()
    steps = getattr(optim, name)([half, beside], **options)
    wanted = getattr(optim, name)([full], **options)
    for _ in range(5):
        half.grad = (half * 2).detach()
        beside.grad = gemmule.ones(2, device=DEVICE)
        full.grad = half.grad.float()
        with gemmule.no_grad():
            full.copy_(half.float())
        steps.step()
        wanted.step()
        assert half.dtype is dtype and half.tolist() == full.astype(dtype).tolist()
    assert set(steps.state) <= {half, beside}
    for key, value in wanted.state.get(full, {}).items():
        if isinstance(value, gemmule.Tensor):
            assert steps.state[half][key].dtype is gemmule.float32
            assert steps.state[half][key].tolist() == value.tolist()
    assert beside.tolist() != [1.0, 1.0]


def test_a_16_bit_state_is_taken_over():
    half = gemmule.ones(3, dtype=gemmule.bfloat16).requires_grad_()
    half.grad = gemmule.ones(3, dtype=gemmule.bfloat16)
    steps = optim.SGD([half], lr=0.5, momentum=0.5)
    steps.step()
    saved = steps.state_dict()
    saved["state"][0]["momentum_buffer"] = saved["state"][0]["momentum_buffer"].bfloat16()
    again = optim.SGD([half], lr=0.5, momentum=0.5)
    again.load_state_dict(saved)
    again.step()  # 1 - 0.5, then - 0.5 · (1 + 0.5)
    assert half.tolist() == [-0.25] * 3
