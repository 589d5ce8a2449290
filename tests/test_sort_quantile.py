import gemmule
import numpy as np
import pytest
from check import check_op, draw
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


MISTAKES = [
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
