import math

import gemmule
import numpy as np
import pytest
import reference.reduce as reference
from check import check_op, draw
from gemmule import _C

# (shape, axis): every pattern of kept and reduced axes, primes, sizes of 1, no dimension at all.
CASES = [
    ((), None),
    ((1,), 0),
    ((7,), None),
    ((3, 5), 0),
    ((3, 5), -1),
    ((3, 5), None),
    ((3, 5), (0, 1)),
    ((2, 1, 5), 1),
    ((257, 3), 0),
    ((13, 67), 0),
    ((2, 3, 4, 5), (0, 2)),
    ((2, 3, 4, 5), (0, 2, 3)),
    ((2, 3, 4, 5), (1, 3)),
    ((2, 3, 4, 5), (1, 2)),
]
#: Pairwise blocks: a float32 sum of these errs by a few units in the last place of Σ|x|.
SUM = {"bound32": 1e-6, "bound64": 1e-14}


@pytest.mark.parametrize(("shape", "axis"), CASES, ids=str)
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("name", ["sum", "mean", "max", "min", "logsumexp"])
def test_folds(name, shape, axis, keepdims):
    x = draw(shape)
    check_op(
        getattr(gemmule, name), getattr(reference, name), x, axis=axis, keepdims=keepdims, **SUM
    )


@pytest.mark.parametrize(("shape", "axis"), CASES, ids=str)
def test_prod(shape, axis):
    x = draw(shape, low=0.7, high=1.4)
    check_op(gemmule.prod, reference.prod, x, axis=axis, bound32=2e-5, grad_bound32=4e-5)


@pytest.mark.parametrize("zeros", [0, 1, 2])
def test_prod_gradient_at_zeros(zeros):
    x = draw((4, 5), low=0.5, high=1.5)
    x[1, :zeros] = 0
    check_op(gemmule.prod, reference.prod, x, axis=1, bound32=4e-6)


@pytest.mark.parametrize(("shape", "axis"), [c for c in CASES if np.prod(c[0]) > 1], ids=str)
@pytest.mark.parametrize("correction", [0, 1])
@pytest.mark.parametrize("name", ["var", "std"])
def test_var(name, shape, axis, correction):
    x = draw(shape) + 3
    count = np.prod([shape[a] for a in np.atleast_1d(range(len(shape)) if axis is None else axis)])
    if count > 1:
        check_op(
            getattr(gemmule, name),
            getattr(reference, name),
            *(x,),
            axis=axis,
            correction=correction,
            bound32=2e-6,
            grad_bound32=1e-5,
        )


@pytest.mark.parametrize("p", [0, 1, 2, 3, 0.5, -1, math.inf, -math.inf])
@pytest.mark.parametrize(("shape", "axis"), [((7,), None), ((3, 5), 0), ((2, 3, 4), (0, 2))])
def test_norm(p, shape, axis):
    x = draw(shape)
    x += 0.3 * np.sign(x)
    check_op(lambda x, p, axis: gemmule.norm(x, p, axis), reference.norm, x, p, axis, bound32=4e-6)


def test_std_of_equal_numbers_has_gradient_zero():
    x = gemmule.tensor([[2.0, 2.0, 2.0], [1.0, 2.0, 3.0]]).requires_grad_()
    x.std(1).sum().backward()
    assert x.grad.tolist() == [[0.0, 0.0, 0.0], [-0.5, 0.0, 0.5]]
    x.grad = None
    sum(part.sum() for part in gemmule.std_mean(x, 1)).backward()
    np.testing.assert_allclose(x.grad.numpy()[0], 1 / 3, rtol=1e-6)


def test_norm_of_zeros_has_gradient_zero():
    x = gemmule.zeros((3,), dtype=gemmule.float32).requires_grad_()
    gemmule.autograd.backward(gemmule.norm(x))
    np.testing.assert_array_equal(x.grad.numpy(), [0, 0, 0])


@pytest.mark.parametrize(
    ("shape", "axis"),
    [((7,), 0), ((3, 5), 0), ((3, 5), 1), ((3, 70, 5), 1), ((9000,), 0), ((2, 3, 200), -1)],
)
@pytest.mark.parametrize("keepdims", [False, True])
def test_max_method(shape, axis, keepdims):
    x = draw(shape)
    check_op(lambda x, dim, keepdim: x.max(dim, keepdim), reference.max_along, x, axis, keepdims)


def test_max_method_gives_a_named_pair():
    x = gemmule.tensor([[1.0, 5.0, 5.0], [7.0, 2.0, 7.0]])
    result = x.max(1)
    assert result.values.tolist() == [5, 7]
    assert result.indices.tolist() == [1, 0]
    assert x.min(0).indices.tolist() == [0, 1, 0]
    assert x.max().item() == 7
    assert x.max(gemmule.tensor(5.0)).tolist() == [[5, 5, 5], [7, 5, 7]]


LARGE = [((3, 70001), 1), ((70001, 3), 0), ((300, 1030), 0), ((6, 5, 4001), (0, 2))]


@pytest.mark.parametrize(("shape", "axis"), LARGE, ids=str)
@pytest.mark.parametrize("name", ["sum", "mean", "max", "var", "logsumexp", "prod"])
def test_everywhere(name, shape, axis):
    x = draw(shape) if name != "prod" else 1 + 1e-3 * draw(shape)
    bound = 2e-5 if name == "prod" else 1e-6
    check_op(
        getattr(gemmule, name),
        getattr(reference, name),
        x,
        axis=axis,
        everywhere=True,
        grad=False,
        bound32=bound,
        bound64=1e-12,
    )


@pytest.mark.parametrize(("shape", "axis"), [((3, 70001), 1), ((70001, 3), 0), ((300, 1030), 0)])
@pytest.mark.parametrize("name", ["argmax", "argmin"])
def test_arg_everywhere(name, shape, axis):
    x = draw(shape, low=0, high=100, integers=True).astype(np.float64)  # full of ties
    check_op(getattr(gemmule, name), getattr(np, name), x, axis=axis, everywhere=True, grad=False)


@pytest.mark.parametrize("rows", [7, 29, 1003])
@pytest.mark.parametrize("name", ["argmax", "argmin"])
def test_arg_of_narrow_columns(name, rows):
    """The first of equals, the first NaN: several rows are read as one."""
    for width in range(1, 41):
        x = draw((2, rows, width), low=-9, high=10, integers=True).astype(np.float64)
        x[1][x[1] > 7], x[1][x[1] < -7] = np.inf, -np.inf
        x[1, rows // 2 :, 0] = np.nan
        check_op(getattr(gemmule, name), getattr(np, name), x[1], axis=0, everywhere=True,
                 grad=False, strides=False)  # fmt: skip
        got = getattr(gemmule, name)(gemmule.asarray(x.astype(np.float32)), axis=1).numpy()
        np.testing.assert_array_equal(got, getattr(np, name)(x, axis=1))
        values, _ = getattr(gemmule.asarray(x), name[3:])(1)
        np.testing.assert_array_equal(values.numpy(), getattr(np, name[3:])(x, axis=1))


@pytest.mark.parametrize("axis", [None, 0, 1, 2, -1])
@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.int64, np.uint64, np.float32])
def test_arg(axis, dtype):
    x = draw((3, 40, 5), low=0, high=9, integers=True).astype(dtype)
    for name in ("argmax", "argmin"):
        got = getattr(gemmule, name)(gemmule.asarray(x), axis=axis).numpy()
        np.testing.assert_array_equal(got, getattr(np, name)(x, axis=axis))


@pytest.mark.parametrize("where", [(0, 3), (2, 0), (1, 69)])
@pytest.mark.parametrize("axis", [0, 1])
def test_nan_wins(where, axis):
    x = draw((3, 70)).astype(np.float32)
    x[where] = np.nan
    t = gemmule.asarray(x)
    np.testing.assert_array_equal(gemmule.max(t, axis=axis).numpy(), np.max(x, axis))
    np.testing.assert_array_equal(gemmule.min(t, axis=axis).numpy(), np.min(x, axis))
    np.testing.assert_array_equal(gemmule.argmax(t, axis=axis).numpy(), np.argmax(x, axis))
    np.testing.assert_array_equal(gemmule.argmin(t, axis=axis).numpy(), np.argmin(x, axis))


def test_infinities():
    x = np.array([[-np.inf, -np.inf], [np.inf, 1], [-np.inf, 2]])
    np.testing.assert_array_equal(
        gemmule.logsumexp(gemmule.asarray(x), 1).numpy(), [-np.inf, np.inf, 2]
    )
    assert gemmule.argmax(gemmule.asarray(x[0])).item() == 0


def test_ties_share_the_gradient():
    x = gemmule.tensor([[1.0, 3.0, 3.0]], requires_grad=True)
    gemmule.autograd.backward(x.max())
    assert x.grad.tolist() == [[0, 0.5, 0.5]]
    x.grad = None
    gemmule.autograd.backward(x.max(1).values, gemmule.tensor([1.0]))
    assert x.grad.tolist() == [[0, 1, 0]]


@pytest.mark.parametrize("dtype", [np.bool_, np.int8, np.uint8, np.int16, np.int32, np.int64])
@pytest.mark.parametrize("shape", [(5,), (3, 7), (2, 70001)])
def test_integers(dtype, shape):
    x = draw(shape, low=0, high=2 if dtype is np.bool_ else 100, integers=True).astype(dtype)
    t = gemmule.asarray(x)
    for axis in (None, *range(len(shape))):
        total = gemmule.sum(t, axis=axis)
        assert total.dtype is (gemmule.uint64 if dtype is np.uint8 else gemmule.int64)
        np.testing.assert_array_equal(total.numpy(), x.sum(axis, dtype=np.int64))
        assert t.sum(axis).dtype is gemmule.int64  # PyTorch's
        np.testing.assert_array_equal(gemmule.max(t, axis=axis).numpy(), x.max(axis))
        np.testing.assert_array_equal(gemmule.min(t, axis=axis).numpy(), x.min(axis))
        np.testing.assert_allclose(gemmule.mean(t, axis=axis).numpy(), x.mean(axis), rtol=1e-6)


@pytest.mark.parametrize("shape", [(), (4,), (3, 5), (0, 3), (3, 0)])
def test_truth(shape):
    x = draw(shape) > 0.3
    for axis in (None, *range(len(shape))):
        for dtype in (np.bool_, np.float32, np.int16):
            t = gemmule.asarray(x.astype(dtype))
            for name in ("any", "all", "count_nonzero"):
                got = getattr(gemmule, name)(t, axis=axis).numpy()
                want = getattr(np, name)(x, axis=axis)
                assert got.dtype == np.asarray(want).dtype
                np.testing.assert_array_equal(got, want)


def test_dtypes():
    x = gemmule.tensor([1.5, 2.5])
    assert gemmule.sum(x, dtype=gemmule.float64).dtype is gemmule.float64
    assert gemmule.sum(x, dtype=gemmule.int64).item() == 3
    half = gemmule.asarray(np.full(5000, 0.5, np.float16))
    total = gemmule.sum(half)
    assert total.dtype is gemmule.float16
    assert total.item() == 2500
    assert gemmule.max(half).dtype is gemmule.float16
    assert gemmule.asarray(np.arange(5)).sum(dtype=gemmule.float32).item() == 10


def test_methods_take_both_spellings():
    x = gemmule.asarray(draw((3, 4, 5)))
    for got in (
        x.sum((0, 2), True),
        x.sum(dim=(0, 2), keepdim=True),
        x.sum(axis=(0, 2), keepdims=True),
    ):
        np.testing.assert_array_equal(
            got.numpy(), gemmule.sum(x, axis=(0, 2), keepdims=True).numpy()
        )
    data = x.numpy()
    np.testing.assert_allclose(x.std().item(), data.std(ddof=1))
    np.testing.assert_allclose(x.var(unbiased=False).item(), data.var())
    np.testing.assert_allclose(x.var(False).item(), data.var())
    np.testing.assert_allclose(x.var(1, correction=0).numpy(), data.var(1))
    np.testing.assert_allclose(x.std(1, True, True).numpy(), data.std(1, ddof=1, keepdims=True))
    variance, mean = gemmule.var_mean(x, 1)
    np.testing.assert_allclose(variance.numpy(), data.var(1, ddof=1))
    np.testing.assert_allclose(mean.numpy(), data.mean(1))


def test_var_mean_gradient():
    def both(x):
        return gemmule.var_mean(x, 0)

    def plain(x):
        return np.var(x, axis=0, ddof=1), np.mean(x, axis=0)

    check_op(both, plain, draw((5, 3)), bound32=2e-6)


SUM_TO = [
    ((3, 5), (5,)),
    ((3, 5), ()),
    ((3, 5), (3, 1)),
    ((64, 10), (10,)),
    ((2, 3, 4, 5), (3, 1, 5)),
    ((8, 64, 7, 7), (64, 1, 1)),
    ((0, 3), (3,)),
    ((3, 5), (3, 5)),
    ((1, 1), ()),
]


@pytest.mark.parametrize(("shape", "target"), SUM_TO, ids=str)
def test_sum_to(shape, target):
    x = draw(shape)
    for dtype in (np.float32, np.float64):
        got = np.asarray(_C.sum_to(_C.from_buffer(x.astype(dtype)), target, _C.float32))
        np.testing.assert_allclose(got, reference.sum_to(x, target), rtol=1e-5, atol=1e-5)
        assert got.dtype == np.float32


def test_empty():
    x = gemmule.zeros((0, 3))
    assert x.sum().item() == 0
    assert x.prod().item() == 1
    assert math.isnan(x.mean().item())
    assert math.isnan(x.var().item())
    assert gemmule.sum(x, axis=0).tolist() == [0, 0, 0]
    assert gemmule.max(x, axis=1).shape == (0,)
    assert gemmule.logsumexp(x).item() == -math.inf
    y = gemmule.zeros((0, 3)).requires_grad_()
    gemmule.autograd.backward(y.mean())
    assert y.grad.shape == (0, 3)


NAMES = "sum mean prod var std max min argmax argmin any all count_nonzero logsumexp amax amin norm"


@pytest.mark.parametrize("name", NAMES.split())
def test_axis_out_of_range(name):
    for axis in (2, -3):
        message = rf"^{name}: axis {axis} is out of range for an array of 2 dimensions"
        with pytest.raises(IndexError, match=message):
            getattr(gemmule, name)(gemmule.zeros((2, 3)), axis=axis)


def test_messages():
    x = gemmule.zeros((0, 3))
    y = gemmule.zeros((2, 3))
    with pytest.raises(ValueError, match=r"max: the reduced axes of shape \(0, 3\) have no elem"):
        gemmule.max(x)
    with pytest.raises(ValueError, match="argmin: the reduced axes"):
        gemmule.argmin(x, axis=0)
    with pytest.raises(ValueError, match=r"^max: the reduced axes"):
        x.max(0)
    with pytest.raises(IndexError, match=r"^min: axis 5 is out of range"):
        y.min(5)
    with pytest.raises(ValueError, match=r"mean: .*axis"):
        gemmule.mean(y, axis=(0, -2))
    with pytest.raises(TypeError, match=r"max: .* write max\(x, axis=1\), or x.max\(1\)"):
        gemmule.max(y, 1)
    with pytest.raises(TypeError, match="var: expected a floating-point array, got int64"):
        gemmule.var(gemmule.asarray(np.arange(3)))
    with pytest.raises(TypeError, match="mean: expected a floating-point dtype, got int32"):
        gemmule.mean(y, dtype=gemmule.int32)
    with pytest.raises(ValueError, match=r"sum_to: shape \(2, 3\) does not sum to \(2, 2\)"):
        _C.sum_to(y._array, (2, 2), _C.float32)


def test_indices_written_by_numpy_are_checked_by_the_gradient():
    x = gemmule.tensor(draw((64, 10)), requires_grad=True)
    values, index = x.max(1)
    index.numpy()[5] = 1 << 40
    with pytest.raises(IndexError, match="max: index 1099511627776 is out of range for axis 1"):
        values.sum().backward()
