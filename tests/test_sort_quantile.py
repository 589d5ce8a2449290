import gemmule
import numpy as np
import pytest
from check import check_op, draw
from gemmule.autograd import gradcheck
from reference import sort_quantile as reference

KINDS = ["linear", "lower", "higher", "nearest", "midpoint"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dim", [None, 0, -1])
@pytest.mark.parametrize("q", [0, 0.37, 1, [0.1, 0.5, 0.9]])
def test_quantile(q, dim, kind):
    x = draw((6, 5))
    for keepdim in (False, True):
        check_op(
            lambda a, keepdim=keepdim: gemmule.quantile(a, q, dim, keepdim, interpolation=kind),
            lambda a, keepdim=keepdim: reference.quantile(a, q, dim, keepdim, kind),
            x,
            bound32=1e-6,
        )


def test_quantile_of_few():
    check_op(lambda x: gemmule.quantile(x, 0.3), lambda x: np.quantile(x, 0.3), draw((1,)))
    one = gemmule.tensor(2.0)
    assert one.quantile(0.5).item() == 2 and one.quantile([0.5], 0).tolist() == [2]
    assert gemmule.quantile(one, 0.5, keepdim=True).shape == ()
    shares = gemmule.tensor([0.25, 0.75])
    assert gemmule.quantile(gemmule.tensor([4.0, 2.0]), shares).tolist() == [2.5, 3.5]


def test_quantile_of_nan_and_infinity():
    nan, inf = float("nan"), float("inf")
    rows = gemmule.tensor([[1.0, nan, 2.0], [1.0, inf, inf], [-inf, -inf, 0.0]])
    got = gemmule.quantile(rows, 0.75, 1).numpy()
    assert np.isnan(got[0]) and got[1] == inf and got[2] == -inf
    assert gemmule.quantile(rows, 0.0, 1).tolist()[1:] == [1, -inf]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_quantiles_stay_in_range_and_order(dtype):
    shares = np.linspace(0, 1, 50)
    equal = gemmule.full((7,), 0.1, dtype=dtype)
    assert (equal.quantile(shares) == equal[0]).all()
    x = gemmule.asarray(draw((9, 400))).to(dtype)
    got = x.quantile(shares, 0).numpy()
    assert (got >= x.numpy().min(0)).all() and (got <= x.numpy().max(0)).all()
    assert (np.diff(got, axis=0) >= 0).all()


def test_quantile_of_a_difference_that_overflows():
    ends = gemmule.tensor([-3e38, 3e38])
    np.testing.assert_allclose(ends.quantile([0.0, 0.5, 0.75, 1]).numpy(), [-3e38, 0, 1.5e38, 3e38])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_quantile_has_a_gradient_for_q(dtype):
    x = gemmule.arange(5.0, dtype="float64", requires_grad=True)
    q = gemmule.tensor(0.3, dtype=dtype, requires_grad=True)
    gemmule.quantile(x**2, q).backward()
    assert q.grad.dtype is q.dtype and q.grad.item() == 12
    np.testing.assert_allclose(x.grad.numpy(), [0, 1.6, 0.8, 0, 0], rtol=3e-7)
    rows, several = gemmule.asarray(draw((6, 3))), gemmule.tensor([0.13, 0.5, 0.9]).double()
    for leaf in (rows, several):
        leaf.requires_grad = True
    assert gradcheck(lambda a, q: a.quantile(q, 0), (rows, several))
    assert not rows.detach().quantile(several, 0, interpolation="lower").requires_grad


def test_quantile_is_pytorchs():
    torch = pytest.importorskip("torch", reason="needs PyTorch to compare with")
    x = draw((3, 4, 5))
    for kind in KINDS:
        for dim in (None, 1):
            for keepdim in (False, True):
                q = torch.tensor([0.2, 0.5], dtype=torch.float64)
                wanted = torch.quantile(torch.tensor(x), q, dim, keepdim, interpolation=kind)
                got = gemmule.asarray(x).quantile(q.numpy(), dim, keepdim, interpolation=kind)
                assert got.shape == tuple(wanted.shape)
                np.testing.assert_allclose(got.numpy(), wanted.numpy(), rtol=1e-14)


@pytest.mark.parametrize("density", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("options", [{}, {"bins": 4}, {"bins": 7, "range": (-1.0, 0.5)}])
def test_histogram(options, weighted, density):
    x, weight = draw((40, 3)), draw((40, 3), 1) ** 2 if weighted else None
    wanted = np.histogram(x, weights=weight, density=density, **options)
    weight = None if weight is None else gemmule.asarray(weight)
    got = gemmule.histogram(gemmule.asarray(x), weight=weight, density=density, **options)
    for one, other in zip(got, wanted, strict=True):
        assert one.dtype is gemmule.float64
        np.testing.assert_allclose(one.numpy(), other, rtol=1e-14)


def test_histogram_of_edges():
    x = gemmule.tensor([0.0, 0.5, 1.0, 2.0, 7.0])
    for edges in ([0, 1, 2], gemmule.tensor([0.0, 1.0, 2.0])):
        got = x.histogram(edges)
        assert got.hist.tolist() == [2, 2] and got.bin_edges.tolist() == [0, 1, 2]


def counted(x, edges):
    """How many of x lie in each bin, the last with both its edges, by comparing."""
    above = (x[:, None] >= edges).sum(0)
    above[-1] = (x > edges[-1]).sum()
    return (above[:-1] - above[1:]).tolist()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("bins", [10, 7, [0, 0.1, 0.3, 0.7, 1]])
def test_histogram_counts_by_the_edges_it_gives(bins, dtype):
    x = np.concatenate([np.arange(11) / 10, np.arange(8) / 7]).astype(dtype)
    options = {} if isinstance(bins, list) else {"range": (0, 1)}
    hist, edges = gemmule.histogram(gemmule.asarray(x), bins, **options)
    assert hist.tolist() == counted(x, edges.numpy())
    assert gemmule.tensor([0.7]).histogram(10, range=(0, 1)).hist[7].item() == 1


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_histogram_of_halves(dtype):
    x = gemmule.arange(8.0).to(dtype)
    got = x.histogram(2, weight=gemmule.full((8,), 0.5).to(dtype))
    assert got.hist.tolist() == [2, 2] and got.bin_edges.tolist() == [0, 3.5, 7]
    assert got.hist.dtype is got.bin_edges.dtype is x.dtype
    edges = gemmule.tensor([0.0, 2, 8]).to(dtype)
    assert x.histogram(edges).hist.tolist() == x.histogram([0, 2, 8]).hist.tolist() == [2, 6]


MISTAKES = [
    (
        lambda x: gemmule.quantile(x, 0.5, (0, 1)),
        TypeError,
        "quantile: expected an int for 'dim', got tuple",
    ),
    (lambda x: x.quantile(1.5), ValueError, "quantile: q must be .* within 0 and 1, got 1.5"),
    (lambda x: x.quantile([[0.5]]), ValueError, "quantile: q must be one or a row"),
    (lambda x: x.quantile(float("nan")), ValueError, "quantile: q must be .*, got nan"),
    (lambda x: x.quantile(0.5, 2), IndexError, "quantile: axis 2 is out of range for a tensor"),
    (lambda x: x.quantile(0.5, dim=2), IndexError, "quantile: dim 2 is out of range"),
    (lambda x: x.long().quantile(0.5), TypeError, "quantile: expected float32 or float64, got i"),
    (lambda x: x[:0].quantile(0.5), ValueError, "quantile: axis 0 of shape .* has no elements"),
    (
        lambda x: x.quantile(0.5, interpolation="near"),
        ValueError,
        r"quantile: interpolation must be in \(.*\), got 'near'",
    ),
    (lambda x: x.long().histogram(3), TypeError, "histogram: expected a floating-point .*bincount"),
    (lambda x: x.histogram(0), ValueError, "histogram: .*`bins` must be positive"),
    (lambda x: x.histogram([2, 1]), ValueError, "histogram: .*`bins` must increase monoton"),
    (lambda x: x.histogram(3, weight=x[0]), ValueError, r"histogram: weight has shape \(3,\), in"),
]


@pytest.mark.parametrize(("call", "error", "message"), MISTAKES)
def test_mistakes(call, error, message):
    with pytest.raises(error, match=f"^{message}"):
        call(gemmule.ones(2, 3))
