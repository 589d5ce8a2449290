import gemmule
import numpy as np
import pytest
import reference.scan as reference
from check import check_op, draw

CASES = [((1,), 0), ((7,), 0), ((37,), -1), ((3, 5), 0), ((3, 5), 1), ((2, 41, 3), 1), ((0, 3), 0),
         ((5, 19), 1), ((2, 3, 18), -1)]  # fmt: skip


@pytest.mark.parametrize(("shape", "axis"), CASES, ids=str)
def test_cumsum(shape, axis):
    check_op(gemmule.cumsum, reference.cumsum, draw(shape), axis)


@pytest.mark.parametrize(("shape", "axis"), CASES, ids=str)
def test_cumprod(shape, axis):
    x = draw(shape, low=0.7, high=1.4)
    check_op(gemmule.cumprod, reference.cumprod, x, axis, bound32=1e-5, bound64=1e-13)


@pytest.mark.parametrize("zeros", [(0,), (3,), (2, 4), (0, 6)])
def test_cumprod_gradient_at_zeros(zeros):
    x = draw((7, 3), low=0.5, high=1.5)
    for i in zeros:
        x[i] = 0
    check_op(gemmule.cumprod, reference.cumprod, x, 0, bound32=1e-6)


@pytest.mark.parametrize(("shape", "axis"), CASES, ids=str)
@pytest.mark.parametrize("name", ["cummax", "cummin"])
def test_extremes(name, shape, axis):
    check_op(getattr(gemmule, name), getattr(reference, name), draw(shape), axis)


@pytest.mark.parametrize(("shape", "axis"), [((3, 70001), 1), ((700, 301), 0), ((200001,), 0)])
@pytest.mark.parametrize("name", ["cumsum", "cumprod"])
def test_everywhere(name, shape, axis):
    x = draw(shape) if name == "cumsum" else 1 + 1e-3 * draw(shape)
    # float32 inputs of a product are rounded: that stays in all later results.
    bound = 1e-6 if name == "cumsum" else 1e-5
    check_op(getattr(gemmule, name), getattr(reference, name), x, axis, everywhere=True,
             bound32=bound, bound64=1e-11, grad=False)  # fmt: skip


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("name", ["cumsum", "cumprod"])
def test_few_elements_or_columns(name, axis):
    """Several rows of few elements in a register, and few columns in one; their gradients scan the
    other way."""
    for n in range(1, 41):
        x = draw((37, n)) if name == "cumsum" else draw((37, n), low=0.9, high=1.1)
        check_op(getattr(gemmule, name), getattr(reference, name), x, axis, everywhere=True,
                 bound32=1e-5 if name == "cumprod" else 1e-6, bound64=1e-13, grad=n % 8 == 1,
                 strides=False)  # fmt: skip


@pytest.mark.parametrize("axis", [0, 1])
def test_nothing_of_one_row_is_in_another(axis):
    for n in range(1, 41):
        x = draw((19, n)).astype(np.float32)
        x[3, n // 2], x[7, n // 3], x[-1, -1] = np.nan, np.inf, -np.inf
        got = gemmule.cumsum(gemmule.asarray(x), axis).numpy()
        want = reference.cumsum(x.astype(np.float64), axis)
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5)
        np.testing.assert_array_equal(np.isnan(got), np.isnan(want))


def test_cumsum_gradient_of_long_rows():
    x = gemmule.asarray(draw((2, 70001))).requires_grad_()
    g = draw((2, 70001), seed=1)
    gemmule.autograd.backward(gemmule.cumsum(x, 1), gemmule.asarray(g))
    np.testing.assert_allclose(
        x.grad.numpy(), np.cumsum(g[:, ::-1], 1)[:, ::-1], rtol=1e-9, atol=1e-9
    )


def test_extremes_keep_nan_and_the_last_of_equals():
    x = gemmule.tensor([1.0, 3.0, 3.0, float("nan"), 5.0])
    values, indices = x.cummax(0)
    np.testing.assert_array_equal(values.numpy(), [1, 3, 3, np.nan, np.nan])
    assert indices.tolist() == [0, 1, 2, 3, 3]


@pytest.mark.parametrize("n", [0, 1, 2])
@pytest.mark.parametrize(("shape", "axis"), [*CASES, ((2,), 0), ((600, 70), 1)], ids=str)
def test_diff(shape, axis, n):
    check_op(gemmule.diff, lambda x, n, axis: reference.diff(x, n, axis), draw(shape), n, axis)


def test_diff_everywhere():
    check_op(gemmule.diff, reference.diff, draw((600, 700)), everywhere=True, grad=False)


def test_diff_of_nothing():
    for shape, axis in (((2, 0), 0), ((2, 0), 1), ((0, 3), 0), ((1, 3), 0)):
        x = np.ones(shape, np.float32)
        for n in (1, 2):
            assert gemmule.diff(gemmule.asarray(x), n, axis=axis).shape == np.diff(x, n, axis).shape


def test_diff_of_bools_and_ends():
    x = np.array([True, True, False])
    assert gemmule.diff(gemmule.asarray(x)).tolist() == [False, True]


@pytest.mark.parametrize("dtype", [np.bool_, np.int8, np.uint16, np.int32, np.int64])
def test_integers(dtype):
    x = draw((5, 7), low=0, high=2, integers=True).astype(dtype)
    t = gemmule.asarray(x)
    for axis in (0, 1):
        got = t.cumsum(axis)
        assert got.dtype is gemmule.int64
        np.testing.assert_array_equal(got.numpy(), np.cumsum(x, axis, dtype=np.int64))
        np.testing.assert_array_equal(
            gemmule.cumprod(t, axis).numpy(), np.cumprod(x, axis, dtype=np.int64)
        )
        np.testing.assert_array_equal(t.cummax(axis).values.numpy(), np.maximum.accumulate(x, axis))
        np.testing.assert_array_equal(t.cummin(axis).values.numpy(), np.minimum.accumulate(x, axis))


def test_dtype():
    x = gemmule.asarray(np.arange(4))
    assert gemmule.cumsum(x, 0, dtype=gemmule.float32).dtype is gemmule.float32
    assert gemmule.cumulative_sum(x, dtype=gemmule.int32).dtype is gemmule.int32


def test_initial_and_ends():
    x = gemmule.tensor([[1, 2], [3, 4]])
    assert gemmule.cumulative_sum(x, axis=1, include_initial=True).tolist() == [
        [0, 1, 3],
        [0, 3, 7],
    ]
    assert gemmule.cumulative_prod(x, axis=0, include_initial=True).tolist() == [
        [1, 1],
        [1, 2],
        [3, 8],
    ]
    ends = gemmule.diff(
        gemmule.tensor([1, 4]), prepend=gemmule.tensor([0]), append=gemmule.tensor([9])
    )
    assert ends.tolist() == [1, 3, 5]


def test_messages():
    x = gemmule.zeros((2, 3))
    with pytest.raises(IndexError, match="cumsum: axis 2 "):
        gemmule.cumsum(x, 2)
    with pytest.raises(TypeError, match="cumprod: expected dim, the axis"):
        gemmule.cumprod(x)
    with pytest.raises(ValueError, match="diff: expected n of at least 0, got -1"):
        gemmule.diff(x, -1)
    with pytest.raises(ValueError, match="diff: expected at least one dimension"):
        gemmule.diff(gemmule.tensor(1.0))
    with pytest.raises(ValueError, match="cumulative_sum: expected axis= for a tensor of 2 dim"):
        gemmule.cumulative_sum(x)


def test_indices_written_by_numpy_are_checked_by_the_gradient():
    x = gemmule.tensor(draw((64, 10)), requires_grad=True)
    values, index = gemmule.cummax(x, 1)
    index.numpy()[5] = -(1 << 40)
    with pytest.raises(IndexError, match="cummax: index -1099511627776 is out of range for axis 1"):
        values.sum().backward()
