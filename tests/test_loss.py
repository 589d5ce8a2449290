import gemmule
import numpy as np
import pytest
import reference.loss as reference
from check import check_op, draw, isa, threads
from gemmule import _C

REDUCTIONS = ["none", "mean", "sum"]
# (shape of scores, shape of labels)
CLASSES = [((4,), ()), ((3, 1), (3,)), ((5, 7), (5,)), ((37, 10), (37,)), ((2, 5, 3), (2, 3)),
           ((2, 19, 3, 5), (2, 3, 5)), ((3, 200), (3,)), ((2, 3, 600), (2, 600))]  # fmt: skip


def labels(shape, classes, ignored=None):
    t = draw(shape, seed=3, low=0, high=classes, integers=True)
    if ignored is not None and t.size > 1:
        t.reshape(-1)[:: max(2, t.size // 3)] = ignored
    return np.asarray(t)


def with_weight(name, weight):
    """The loss with a weight of the input's dtype, which is no argument of the check."""

    def ours(x, *args, **kwargs):
        w = None if weight is None else gemmule.asarray(weight).astype(x.dtype)
        return getattr(gemmule, name)(x, *args, weight=w, **kwargs)

    def plain(x, *args, **kwargs):
        return getattr(reference, name)(x, *args, weight=weight, **kwargs)

    return ours, plain


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(("shape", "target"), CLASSES, ids=str)
@pytest.mark.parametrize("name", ["cross_entropy", "nll_loss"])
def test_labels(name, shape, target, reduction):
    t = labels(target, shape[min(1, len(shape) - 1)])
    check_op(getattr(gemmule, name), getattr(reference, name), draw(shape), t, reduction=reduction,
             bound32=2e-6)  # fmt: skip


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(("shape", "target"), CLASSES[2:6], ids=str)
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("weighted", [False, True])
def test_cross_entropy_with_everything(shape, target, reduction, smoothing, weighted):
    classes = shape[1]
    weight = draw((classes,), low=0.5, high=2) if weighted else None
    ours, plain = with_weight("cross_entropy", weight)
    check_op(ours, plain, draw(shape), labels(target, classes, ignored=-7), reduction=reduction,
             ignore_index=-7, label_smoothing=smoothing, bound32=2e-6)  # fmt: skip


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(("shape", "target"), CLASSES[2:6], ids=str)
def test_nll_with_everything(shape, target, reduction):
    ours, plain = with_weight("nll_loss", draw((shape[1],), low=0.5, high=2))
    check_op(ours, plain, draw(shape), labels(target, shape[1], ignored=2), reduction=reduction,
             ignore_index=2, bound32=2e-6)  # fmt: skip


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", [(4,), (5, 7), (2, 19, 3), (3, 200)], ids=str)
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_probabilities(shape, reduction, smoothing):
    classes = shape[min(1, len(shape) - 1)]
    ours, plain = with_weight("cross_entropy", draw((classes,), low=0.5, high=2))
    check_op(ours, plain, draw(shape), draw(shape, seed=1, low=0, high=1), reduction=reduction,
             label_smoothing=smoothing, bound32=2e-6)  # fmt: skip


LARGE = [((300, 1030), (300,)), ((2, 21, 63, 65), (2, 63, 65)), ((3001, 10), (3001,))]


@pytest.mark.parametrize(("shape", "target"), LARGE, ids=str)
def test_everywhere(shape, target):
    t = labels(target, shape[1], ignored=-100)
    check_op(gemmule.cross_entropy, reference.cross_entropy, draw(shape), t, everywhere=True,
             grad=False, bound32=2e-6)  # fmt: skip


@pytest.mark.parametrize("shape", [(300, 1030), (3001, 10), (2, 21, 63, 65)], ids=str)
def test_gradient_has_the_same_bits_on_any_number_of_threads(shape):
    x = draw(shape).astype(np.float32)
    t = gemmule.asarray(labels((shape[0], *shape[2:]), shape[1]))
    seen = set()
    for count in (1, 2, 3, 8):
        with threads(count):
            a = gemmule.asarray(x).requires_grad_()
            loss = gemmule.cross_entropy(a, t, label_smoothing=0.1)
            gemmule.autograd.backward(loss)
            seen.add((a.grad.numpy().tobytes(), loss.item()))
    assert len(seen) == 1


def test_extreme_scores():
    x = gemmule.tensor([[1000.0, 0, -1000], [-np.inf, 0, -np.inf]], requires_grad=True)
    loss = gemmule.cross_entropy(x, gemmule.tensor([1, 1]), reduction="none")
    np.testing.assert_array_equal(loss.detach().numpy(), [1000, 0])
    gemmule.autograd.backward(loss, gemmule.tensor([1.0, 1.0]))
    np.testing.assert_array_equal(x.grad.numpy(), [[1, -1, 0], [0, 0, 0]])


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64])
def test_any_integer_labels(dtype):
    x, t = draw((4, 3)), np.array([0, 2, 1, 2], dtype)
    check_op(gemmule.cross_entropy, reference.cross_entropy, x, t, bound32=2e-6)


def test_all_ignored_is_nan():
    x = gemmule.zeros((2, 3))
    t = gemmule.tensor([-100, -100])
    assert np.isnan(gemmule.cross_entropy(x, t).item())
    assert gemmule.cross_entropy(x, t, reduction="sum").item() == 0


# ---- the gradient that forward takes ------------------------------------------------------------


def class_gradient(x, target, weight=None, ignored=-100, reduction="mean", smoothing=0.0):
    """The gradient of the mean's or the sum's cross_entropy, in float64."""
    rows, classes = x.shape
    w = np.ones(classes) if weight is None else weight.astype(np.float64)
    counted = target != ignored
    label = np.where(counted, target, 0)
    p = np.exp(reference.log_softmax(x.astype(np.float64), 1))
    own = p.copy()
    own[np.arange(rows), label] -= 1
    dx = (1 - smoothing) * w[label, None] * own + smoothing / classes * (p * w.sum() - w)
    divisor = w[label[counted]].sum() if reduction == "mean" else 1
    return np.where(counted[:, None], dx, 0) / divisor


def gradient_of(x, target, times=1.0, **kwargs):
    x = gemmule.asarray(x).requires_grad_()
    (gemmule.cross_entropy(x, gemmule.asarray(target), **kwargs) * times).backward()
    return x.grad.numpy()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("classes", [1, 3, 17, 128, 129, 1000, 1024, 5000, (1 << 18) + 3])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_gradient_of_one_number(classes, reduction, dtype):
    rows = 37 if classes < 9999 else 2
    x = (3 * draw((rows, classes))).astype(dtype)
    t = draw((rows,), seed=3, low=0, high=classes, integers=True)
    t[1::5] = -7
    weight = draw((classes,), low=0.5, high=2).astype(dtype)
    bound = 4e-7 if dtype == np.float32 else 1e-15
    kwargs = {"ignore_index": -7, "reduction": reduction}
    for w in (None, weight):
        for smoothing in (0.0, 0.1):
            want = class_gradient(x, t, w, -7, reduction, smoothing)
            tensor = None if w is None else gemmule.asarray(w)
            got = gradient_of(x, t, weight=tensor, label_smoothing=smoothing, **kwargs)
            # Against what is subtracted: the classes' own gradients may cancel to nothing.
            scale = 2 if reduction == "sum" else 2 / np.count_nonzero(t != -7)
            np.testing.assert_allclose(got, want, rtol=2e-6, atol=bound * scale)


@pytest.mark.parametrize("name", _C.runnable_isas())
@pytest.mark.parametrize("dtype", [gemmule.float32, gemmule.float64, gemmule.bfloat16])
@pytest.mark.parametrize("shape", [(37, 5), (20, 17), (7, 130), (5, 5000)], ids=str)
@pytest.mark.parametrize(
    "kwargs", [{}, {"reduction": "sum"}, {"label_smoothing": 0.2}, {"weight": True}], ids=str
)
def test_backward_again_gives_the_same_bits(kwargs, shape, dtype, name):
    kwargs = dict(kwargs)
    if kwargs.pop("weight", False):
        weight = gemmule.asarray(draw(shape[1:], low=0.5, high=2)).astype(dtype)
        kwargs |= {"weight": weight, "label_smoothing": 0.3}
    t = gemmule.asarray(labels(shape[:1], shape[1], ignored=-100))
    with isa(name):
        x = gemmule.asarray(draw(shape)).astype(dtype).requires_grad_()
        seen = {}
        for first in (1.0, 3.0):
            loss = gemmule.cross_entropy(x, t, **kwargs)
            with gemmule.no_grad():
                assert gemmule.cross_entropy(x, t, **kwargs).item() == loss.item()
            for g in (first, 1.0, 3.0, 1.0):
                (got,) = gemmule.autograd.grad(
                    loss, x, gemmule.tensor(g, dtype=dtype), retain_graph=True
                )
                held = got.float().numpy().tobytes()
                assert seen.setdefault(g, held) == held
                with gemmule.no_grad():
                    got.fill_(7)  # nobody else's
    assert seen[1.0] != seen[3.0]


def test_gradient_is_nobody_elses():
    x = gemmule.asarray(draw((9, 33))).requires_grad_()
    t = gemmule.asarray(labels((9,), 33))
    loss = gemmule.cross_entropy(x, t)
    loss.backward(retain_graph=True)
    once = x.grad.numpy().copy()
    x.grad.zero_()
    loss.backward(retain_graph=True)
    np.testing.assert_array_equal(x.grad.numpy(), once)
    first, x.grad = x.grad, None
    loss.backward()
    first.zero_()
    np.testing.assert_array_equal(x.grad.numpy(), once)
    np.testing.assert_array_equal(x.detach().numpy(), draw((9, 33)))


def test_gradient_adds_to_what_is_there():
    x = gemmule.asarray(draw((9, 33))).requires_grad_()
    x.grad = gemmule.ones((9, 33), dtype=gemmule.float64)
    held = x.grad
    t = labels((9,), 33)
    for _ in range(2):
        (gemmule.cross_entropy(x, gemmule.asarray(t), reduction="sum") * 0.5).backward()
    assert x.grad is held
    want = 1 + class_gradient(draw((9, 33)), t, reduction="sum")
    np.testing.assert_allclose(held.numpy(), want, rtol=0, atol=1e-15)
    # Twice the same scores: what came first is added into, or what came from the second.
    x.grad = None
    y = x * 1
    ts = gemmule.asarray(t)
    (gemmule.cross_entropy(y, ts) + gemmule.cross_entropy(y, ts, reduction="sum")).backward()
    want = class_gradient(draw((9, 33)), t) + class_gradient(draw((9, 33)), t, reduction="sum")
    np.testing.assert_allclose(x.grad.numpy(), want, rtol=0, atol=1e-15)


def test_gradient_of_scores_of_other_strides():
    x, t = draw((33, 9)), labels((9,), 33)
    a = gemmule.asarray(x).requires_grad_()
    gemmule.cross_entropy(a.T, gemmule.asarray(t)).backward()
    np.testing.assert_allclose(a.grad.numpy().T, class_gradient(x.T, t), rtol=0, atol=1e-15)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_scores_written_in_place_before_backward(reduction):
    x = gemmule.ones((3, 4), requires_grad=True)
    scores = x * 2
    loss = gemmule.cross_entropy(scores, gemmule.tensor([0, 1, 2]), reduction=reduction)
    scores += 1
    with pytest.raises(RuntimeError, match="backward of cross_entropy: a tensor that it saved was"):
        loss.backward(gemmule.ones(loss.shape))
    assert x.grad is None


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_all_ignored_has_no_gradient(reduction):
    np.testing.assert_array_equal(
        gradient_of(draw((4, 5)), np.full(4, -100), reduction=reduction), np.zeros((4, 5))
    )


def test_gradient_of_what_is_no_number():
    x = draw((5, 40)).astype(np.float32)
    x[1, 3], x[2], x[3, 5] = np.nan, -np.inf, np.inf
    t = np.array([0, 1, 2, 3, 4])
    got = gradient_of(x, t, reduction="sum")
    assert np.isnan(got[1:4]).all()
    np.testing.assert_allclose(
        got[::4], class_gradient(x[::4], t[::4], reduction="sum"), rtol=2e-6, atol=4e-7
    )


def test_gradient_that_nobody_asks_for_is_freed():
    def held():
        return gemmule.memory_stats()["allocated"] - before

    x = gemmule.zeros((64, 1024), requires_grad=True)
    t = gemmule.zeros((64,), dtype=gemmule.int64)
    before = gemmule.memory_stats()["allocated"]
    size = 64 * 1024 * 4
    with gemmule.no_grad():
        loss = gemmule.cross_entropy(x, t)
        assert held() < size
    loss = gemmule.cross_entropy(x, t)
    assert size <= held() < 2 * size
    del loss
    assert held() == 0
    loss = gemmule.cross_entropy(x, t)
    loss.backward()
    assert size <= held() < 2 * size  # x.grad
    x.grad = None
    assert held() < size
    del loss
    assert held() == 0


def test_gradient_is_of_the_labels_that_the_loss_read():
    t = np.zeros(64, np.int64)
    x = gemmule.ones((64, 10), requires_grad=True)
    loss = gemmule.cross_entropy(x, gemmule.asarray(t))
    t[3] = 1 << 40
    loss.backward(retain_graph=True)
    want = class_gradient(np.ones((64, 10)), np.zeros(64, np.int64))
    np.testing.assert_allclose(x.grad.numpy(), want, rtol=2e-6)
    with pytest.raises(IndexError, match="cross_entropy: label 1099511627776 at position 3 is"):
        loss.backward()


# ---- pairs --------------------------------------------------------------------------------------

PAIRS = [((), ()), ((7,), (7,)), ((3, 5), (3, 5)), ((2, 3, 5), (3, 1)), ((0, 3), (0, 3)),
         ((129,), (129,))]  # fmt: skip


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shapes", PAIRS, ids=str)
@pytest.mark.parametrize(
    ("name", "parameters"),
    [("mse_loss", {}), ("l1_loss", {}), ("smooth_l1_loss", {}), ("smooth_l1_loss", {"beta": 0.3}),
     ("smooth_l1_loss", {"beta": 0.0}), ("huber_loss", {}), ("huber_loss", {"delta": 0.4})],
    ids=str,
)  # fmt: skip
def test_differences(name, parameters, shapes, reduction):
    x, t = np.asarray(draw(shapes[0])), np.asarray(draw(shapes[1], seed=1))
    check_op(getattr(gemmule, name), getattr(reference, name), x, t, reduction=reduction,
             bound32=2e-6, **parameters)  # fmt: skip


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", [(7,), (3, 5), (2, 3, 40)], ids=str)
@pytest.mark.parametrize("weighted", [False, True])
def test_binary_cross_entropy(shape, reduction, weighted):
    t = draw(shape, seed=1, low=0.05, high=0.95)
    weight = draw(shape[-1:], low=0.5, high=2) if weighted else None
    ours, plain = with_weight("binary_cross_entropy", weight)
    check_op(ours, plain, draw(shape, low=0.05, high=0.95), t, reduction=reduction, bound32=2e-6)
    ours, plain = with_weight("binary_cross_entropy_with_logits", weight)
    check_op(ours, plain, 3 * draw(shape), t, reduction=reduction, bound32=2e-6)


def test_pos_weight():
    weight = draw((5,), low=0.5, high=3)

    def ours(x, t):
        positive = gemmule.asarray(weight).astype(x.dtype)
        return gemmule.binary_cross_entropy_with_logits(x, t, pos_weight=positive)

    def plain(x, t):
        return reference.binary_cross_entropy_with_logits(x, t, pos_weight=weight)

    check_op(ours, plain, draw((4, 5)), draw((4, 5), seed=1, low=0, high=1), bound32=2e-6)


def test_certain_probabilities():
    x, t = gemmule.tensor([0.0, 1.0, 1.0]), gemmule.tensor([0.0, 1.0, 0.0])
    got = gemmule.binary_cross_entropy(x, t, reduction="none")
    np.testing.assert_array_equal(got.numpy(), [0, 0, 100])
    z = gemmule.tensor([1e4, -1e4])
    got = gemmule.binary_cross_entropy_with_logits(z, gemmule.tensor([1.0, 0.0]), reduction="none")
    np.testing.assert_array_equal(got.numpy(), [0, 0])


@pytest.mark.parametrize("reduction", [*REDUCTIONS, "batchmean"])
@pytest.mark.parametrize("log_target", [False, True])
def test_kl_div(reduction, log_target):
    x, t = draw((4, 7)), draw((4, 7), seed=1, low=0.05, high=1)
    if log_target:
        t = np.log(t)
    check_op(gemmule.kl_div, reference.kl_div, x, t, reduction=reduction, log_target=log_target,
             bound32=2e-6)  # fmt: skip


def test_kl_div_of_zero_probability():
    got = gemmule.kl_div(gemmule.tensor([-1.0, -2.0]), gemmule.tensor([0.0, 1.0]), reduction="none")
    np.testing.assert_array_equal(got.numpy(), [0, 2])


@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "binary_cross_entropy_with_logits"])
def test_pairs_everywhere(name):
    x, t = draw((300, 1030)), draw((300, 1030), seed=1, low=0, high=1)
    for reduction in ("mean", "none"):
        check_op(getattr(gemmule, name), getattr(reference, name), x, t, reduction=reduction,
                 everywhere=True, grad=False, bound32=2e-6)  # fmt: skip


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "huber_loss"])
def test_weighted_differences(name, reduction):
    x, t, w = (gemmule.asarray(draw((3, 4), seed=s, low=0.1, high=1)) for s in range(3))
    got = getattr(gemmule, name)(x, t, weight=w, reduction=reduction).numpy()
    losses = getattr(reference, name)(x.numpy(), t.numpy(), "none") * w.numpy()
    divisor = None if name == "huber_loss" else w.numpy().sum()
    np.testing.assert_allclose(got, reference.reduced(losses, reduction, divisor))


# ---- composed -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("shapes", "dim"), [(((4, 5), (4, 5)), 1), (((3, 4, 5), (4, 1)), 1),
                                             (((6,), (6,)), 0)], ids=str)  # fmt: skip
def test_cosine_similarity(shapes, dim):
    a, b = (draw(shape, seed=i) for i, shape in enumerate(shapes))
    check_op(gemmule.cosine_similarity, reference.cosine_similarity, a, b, dim, bound32=2e-6)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("log_input", [True, False])
@pytest.mark.parametrize("full", [True, False])
def test_poisson(reduction, log_input, full):
    x = draw((3, 5), low=0.5, high=2)
    t = draw((3, 5), seed=1, low=0, high=9, integers=True).astype(np.float64) + 0.25
    check_op(gemmule.poisson_nll_loss, reference.poisson_nll_loss, x, t, reduction=reduction,
             log_input=log_input, full=full, bound32=4e-6)  # fmt: skip


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", [(3, 5), (3, 1)], ids=str)
def test_gaussian(reduction, shape):
    x, t = draw((3, 5)), draw((3, 5), seed=1)
    var = draw(shape, seed=2, low=0.3, high=2)
    check_op(gemmule.gaussian_nll_loss, reference.gaussian_nll_loss, x, t, var, full=True,
             reduction=reduction, bound32=4e-6)  # fmt: skip


def test_gaussian_of_one_row_of_variances():
    x, t, var = draw((3, 5)), draw((3, 5), seed=1), draw((3,), seed=2, low=0.3, high=2)
    got = gemmule.gaussian_nll_loss(*map(gemmule.asarray, (x, t, var))).item()
    np.testing.assert_allclose(got, reference.gaussian_nll_loss(x, t, var[:, None]))


def test_soft_margin():
    t = np.where(draw((3, 5), seed=1) > 0, 1.0, -1.0)
    check_op(lambda x: gemmule.soft_margin_loss(x, gemmule.asarray(t).to(x)),
             lambda x: reference.soft_margin_loss(x, t), draw((3, 5)), bound32=2e-6)  # fmt: skip


# ---- arguments ----------------------------------------------------------------------------------


def test_older_arguments():
    x, t = gemmule.tensor([1.0, 3.0]), gemmule.tensor([0.0, 0.0])
    assert gemmule.mse_loss(x, t, reduce=False).tolist() == [1, 9]
    assert gemmule.mse_loss(x, t, size_average=False).item() == 10
    assert gemmule.mse_loss(x, t, size_average=True).item() == 5


def test_nothing():
    x = gemmule.zeros((0, 3)).requires_grad_()
    loss = gemmule.cross_entropy(x, gemmule.zeros((0,), dtype=gemmule.int64))
    assert np.isnan(loss.item())
    gemmule.autograd.backward(loss)
    assert x.grad.shape == (0, 3)
    assert np.isnan(gemmule.mse_loss(gemmule.zeros((0,)), gemmule.zeros((0,))).item())


def test_messages():
    x, y = gemmule.zeros((4, 10)), gemmule.zeros((4, 9))
    with pytest.raises(
        IndexError, match=r"cross_entropy: label 12 at position 3 is not in \[0, 10\)"
    ):
        gemmule.cross_entropy(x, gemmule.tensor([0, 9, -100, 12]))
    with pytest.raises(IndexError, match=r"nll_loss: label -1 at position 0 is not in \[0, 10\)"):
        gemmule.nll_loss(x, gemmule.tensor([-1, 9, 1, 1]))
    with pytest.raises(
        ValueError, match=r"cross_entropy: labels of shape \(3,\) do not fit input of"
    ):
        gemmule.cross_entropy(x, gemmule.tensor([0, 9, 1]))
    with pytest.raises(TypeError, match="nll_loss: expected integer labels, got float32"):
        gemmule.nll_loss(x, gemmule.zeros((4,)))
    with pytest.raises(TypeError, match="cross_entropy: input is float32, but target is float64"):
        gemmule.cross_entropy(x, gemmule.zeros((4, 10), dtype=gemmule.float64))
    with pytest.raises(
        ValueError, match=r"cross_entropy: probabilities of shape \(4, 9\) do not fit"
    ):
        gemmule.cross_entropy(x, y)
    with pytest.raises(
        ValueError, match=r"cross_entropy: expected weight of shape \(10,\), got \(9,\)"
    ):
        gemmule.cross_entropy(x, gemmule.tensor([0, 9, 1, 1]), weight=gemmule.zeros((9,)))
    with pytest.raises(
        ValueError, match="mse_loss: expected reduction 'none', 'mean' or 'sum', got 'a'"
    ):
        gemmule.mse_loss(x, x, reduction="a")
    with pytest.raises(
        ValueError, match=r"l1_loss: shapes \(4, 10\) and \(4, 9\) do not broadcast"
    ):
        gemmule.l1_loss(x, y)
    with pytest.raises(TypeError, match="mse_loss: input is float32, but target is float64"):
        gemmule.mse_loss(x, gemmule.zeros((4, 10), dtype=gemmule.float64))
    with pytest.raises(
        ValueError, match=r"binary_cross_entropy: target of shape \(4, 9\) does not fit"
    ):
        gemmule.binary_cross_entropy(x, y)
    with pytest.raises(
        ValueError, match=r"binary_cross_entropy: expected probabilities in \[0, 1\]"
    ):
        gemmule.binary_cross_entropy(x + 2, x)
    with pytest.raises(ValueError, match="gaussian_nll_loss: expected variances of at least 0"):
        gemmule.gaussian_nll_loss(x, x, -1.0)


@pytest.mark.parametrize("name", ["cross_entropy", "nll_loss"])
def test_shared_labels_are_checked_again_by_the_gradient(name):
    labels = np.zeros(64, np.int64)
    x = gemmule.ones((64, 10), requires_grad=True)
    # cross_entropy's mean has its gradient already.
    loss = getattr(gemmule, name)(x, gemmule.asarray(labels), reduction="none")
    labels[3] = 1 << 40
    with pytest.raises(IndexError, match=f"{name}: label 1099511627776 at position 3 is not in"):
        loss.backward(gemmule.ones(64))
