import gemmule
import numpy as np
import pytest
from check import draw
from gemmule import nn
from layers import check_layer, close, peer

REDUCTIONS = ["mean", "sum", "none"]
X, Y = draw((4, 5)), draw((4, 5), seed=1)
LABELS = np.array([0, 4, 2, 2])
WEIGHT = gemmule.asarray(draw((5,), low=0.1, high=2))


def probabilities(seed):
    return draw((4, 5), seed=seed, low=0.05, high=0.95)


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides")  # PyTorch's advice on kl_div
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(
    ("name", "options", "inputs"),
    [
        ("L1Loss", {}, [X, Y]),
        ("MSELoss", {}, [X, Y]),
        ("SmoothL1Loss", {}, [X, Y]),
        ("SmoothL1Loss", dict(beta=0.3), [X, Y]),
        ("HuberLoss", dict(delta=0.4), [X, Y]),
        ("CrossEntropyLoss", {}, [X, LABELS]),
        ("CrossEntropyLoss", dict(label_smoothing=0.2), [X, LABELS]),
        ("CrossEntropyLoss", dict(ignore_index=2), [X, LABELS]),
        ("CrossEntropyLoss", dict(weight=WEIGHT, label_smoothing=0.1), [X, LABELS]),
        ("CrossEntropyLoss", {}, [X, probabilities(2)]),
        (
            "CrossEntropyLoss",
            {},
            [draw((2, 5, 3, 4)), draw((2, 3, 4), low=0, high=5, integers=True)],
        ),
        ("CrossEntropyLoss", {}, [draw((5,)), np.array(3)]),
        ("NLLLoss", {}, [X, LABELS]),
        ("NLLLoss", dict(weight=WEIGHT, ignore_index=4), [X, LABELS]),
        ("BCELoss", {}, [probabilities(3), probabilities(4)]),
        ("BCELoss", dict(weight=WEIGHT), [probabilities(3), probabilities(4)]),
        ("BCEWithLogitsLoss", {}, [X, probabilities(4)]),
        ("BCEWithLogitsLoss", dict(weight=WEIGHT, pos_weight=WEIGHT), [X, probabilities(4)]),
        ("KLDivLoss", {}, [X, probabilities(4)]),
        ("KLDivLoss", dict(log_target=True), [X, Y]),
        ("PoissonNLLLoss", {}, [X, probabilities(4)]),
        ("PoissonNLLLoss", dict(log_input=False, full=True), [probabilities(3), np.abs(Y) * 4]),
        ("GaussianNLLLoss", {}, [X, Y, probabilities(5)]),
        ("GaussianNLLLoss", dict(full=True, eps=0.1), [X, Y, probabilities(5)]),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_against_pytorch(name, options, inputs, reduction):
    # A weighted cross entropy of a target that requires grad would compare what nobody uses.
    gradients = name not in ("CrossEntropyLoss", "GaussianNLLLoss") or inputs[1].dtype != np.float64
    check_layer(name, inputs=inputs, reduction=reduction, gradients=gradients, **options)


def test_batchmean():
    check_layer("KLDivLoss", reduction="batchmean", inputs=[X, probabilities(4)])


@pytest.mark.parametrize(
    ("options", "reduction"),
    [
        (dict(size_average=False), "sum"),
        (dict(reduce=False), "none"),
        (dict(size_average=True), "mean"),
        (dict(size_average=False, reduce=True), "sum"),
    ],
    ids=str,
)
def test_older_switches(options, reduction):
    assert nn.MSELoss(**options).reduction == reduction


def test_weights_move_with_the_module():
    loss = nn.CrossEntropyLoss(weight=gemmule.ones(3)).double()
    assert loss.weight.dtype == gemmule.float64 and list(loss.state_dict()) == ["weight"]
    assert list(nn.BCEWithLogitsLoss(pos_weight=gemmule.ones(3)).state_dict()) == ["pos_weight"]


def test_gradients_through_probabilities():
    torch = peer()
    ours = gemmule.tensor(X, requires_grad=True)
    theirs = torch.tensor(X, requires_grad=True)
    nn.CrossEntropyLoss(weight=WEIGHT)(ours, gemmule.tensor(probabilities(2))).backward()
    weight = torch.tensor(WEIGHT.numpy())
    torch.nn.CrossEntropyLoss(weight=weight)(theirs, torch.tensor(probabilities(2))).backward()
    np.testing.assert_allclose(ours.grad.numpy(), theirs.grad.numpy(), atol=1e-12)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_soft_margin(reduction):
    torch = peer()
    ours, theirs = (
        nn.SoftMarginLoss(reduction=reduction),
        torch.nn.SoftMarginLoss(reduction=reduction),
    )
    assert repr(ours) == repr(theirs)
    target = np.sign(Y)  # PyTorch's gives it no gradient
    x, other = gemmule.tensor(X).requires_grad_(), torch.tensor(X, requires_grad=True)
    got, want = ours(x, gemmule.asarray(target)), theirs(other, torch.tensor(target))
    close(got, want, "loss")
    got.sum().backward()
    want.sum().backward()
    close(x.grad, other.grad, "gradient")
