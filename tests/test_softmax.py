import gemmule
import numpy as np
import pytest
import reference.softmax as reference
from check import check_op, draw

CASES = [((1,), 0), ((7,), 0), ((3, 5), 0), ((3, 5), 1), ((2, 37, 3), 1), ((0, 3), 1),
         ((3, 0), 0), ((2, 3, 130), -1), ((4, 1, 5), 1), ((3, 70, 19), -2)]  # fmt: skip
NAMES = ["softmax", "log_softmax"]


def run(name):
    return lambda x, axis: getattr(gemmule, name)(x, axis)


@pytest.mark.parametrize(("shape", "axis"), CASES, ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_values_and_gradients(name, shape, axis):
    check_op(run(name), getattr(reference, name), 3 * draw(shape), axis, grad=shape != (3, 0))


@pytest.mark.parametrize(("shape", "axis"), [((300, 1030), 1), ((3, 129, 601), 1), ((2, 70001), 1)])
@pytest.mark.parametrize("name", NAMES)
def test_everywhere(name, shape, axis):
    check_op(run(name), getattr(reference, name), draw(shape), axis, everywhere=True, grad=False)


@pytest.mark.parametrize("name", NAMES)
def test_narrow_columns(name):
    """Several rows are read as one; the last may be shorter."""
    for width in (*range(2, 41), 63, 64, 65):
        for rows in (7, 17, 131) if width % 9 == 3 else (29,):
            x = 3 * draw((2, rows, width))
            x[1, rows // 3, 0], x[1, 0, 1:], x[1, rows // 2, 1] = np.nan, -np.inf, 1e4
            check_op(run(name), getattr(reference, name), x[0], 0, everywhere=True,
                     grad=width % 9 == 3, strides=False)  # fmt: skip
            got = getattr(gemmule, name)(gemmule.asarray(x.astype(np.float32)), 1).numpy()
            with np.errstate(invalid="ignore", divide="ignore"):
                want = getattr(reference, name)(x.astype(np.float32).astype(np.float64), 1)
            np.testing.assert_allclose(got, want, rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("name", NAMES)
def test_gradient_has_the_same_bits_on_any_number_of_threads(name):
    from check import threads

    for shape in ((300, 1030), (2, 100001)):
        x, g = (draw(shape, seed=s).astype(np.float32) for s in (0, 1))
        seen = set()
        for count in (1, 2, 3, 8):
            with threads(count):
                t = gemmule.asarray(x).requires_grad_()
                gemmule.autograd.backward(getattr(gemmule, name)(t, -1), gemmule.asarray(g))
                seen.add(t.grad.numpy().tobytes())
        assert len(seen) == 1


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_long_rows(dtype):
    """Rows that are cut into parts: one masked whole, one far below, and all of them."""
    x = 5 * draw((4, 100003)).astype(dtype)
    x[0, :40000] = -np.inf
    x[0] -= 300
    x[1, 30000:70000] -= 95  # its shares would be subnormal numbers, or nearly
    x[2] = -np.inf
    x[3, 77777] = np.nan
    t = gemmule.asarray(x).requires_grad_()
    y, logs = gemmule.softmax(t, -1), gemmule.log_softmax(t, -1)
    want = reference.softmax(x[:2].astype(np.float64), -1)
    bound = 3e-6 if dtype == np.float32 else 1e-14
    np.testing.assert_allclose(y.detach().numpy()[:2], want, rtol=bound, atol=2e-38)
    want_logs = reference.log_softmax(x[:2].astype(np.float64), -1)
    np.testing.assert_allclose(logs.detach().numpy()[:2], want_logs, rtol=bound)
    assert np.isnan(y.detach().numpy()[2:]).all() and np.isnan(logs.detach().numpy()[2:]).all()
    g = draw(x.shape, seed=1).astype(dtype)
    for out, rule in (
        (y, lambda g: want * (g - (want * g).sum(-1, keepdims=True))),
        (logs, lambda g: g - want * g.sum(-1, keepdims=True)),
    ):
        grad = gemmule.autograd.grad(out, t, gemmule.asarray(g), retain_graph=True)
        grad = (grad[0] if isinstance(grad, (tuple, list)) else grad).numpy()[:2]
        np.testing.assert_allclose(
            grad, rule(g[:2].astype(np.float64)), rtol=20 * bound, atol=bound
        )


@pytest.mark.parametrize("axis", [0, 1])
def test_large_and_masked_entries(axis):
    x = np.array([[1e30, 0, -1e30], [-np.inf, -np.inf, 5], [200, 100, -np.inf]], np.float32)
    x = x if axis else np.ascontiguousarray(x.T)
    got = gemmule.softmax(gemmule.asarray(x), axis).numpy()
    want = np.array([[1, 0, 0], [0, 0, 1], [1, 0, 0]], np.float32)
    np.testing.assert_allclose(got, want if axis else want.T, atol=1e-38)
    logs = gemmule.log_softmax(gemmule.asarray(x), axis).numpy()
    np.testing.assert_array_equal((logs if axis else logs.T)[2], [0, -100, -np.inf])


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("name", NAMES)
def test_nothing_but_minus_infinity_is_nan(name, axis):
    x = np.full((3, 5), -np.inf, np.float32)
    assert np.isnan(getattr(gemmule, name)(gemmule.asarray(x), axis).numpy()).all()
    x[1, 2] = np.nan
    x[1, 3] = 1
    got = getattr(gemmule, name)(gemmule.asarray(x), 1).numpy()
    assert np.isnan(got[1]).all()


def test_masked_entries_have_no_gradient():
    x = gemmule.tensor([[0.0, -np.inf, 1.0]], requires_grad=True)
    gemmule.autograd.backward(gemmule.softmax(x, 1), gemmule.tensor([[1.0, 2.0, 3.0]]))
    assert x.grad.numpy()[0, 1] == 0
    assert np.isfinite(x.grad.numpy()).all()


def test_dtypes():
    x = gemmule.asarray(np.arange(6).reshape(2, 3))
    assert gemmule.softmax(x, 1, dtype=gemmule.float32).dtype is gemmule.float32
    half = gemmule.asarray(draw((4, 9)).astype(np.float16))
    got = half.softmax(-1)
    assert got.dtype is gemmule.float16
    np.testing.assert_allclose(
        got.numpy(), reference.softmax(half.numpy().astype(float), 1), atol=1e-3
    )


def test_one_number():
    assert gemmule.softmax(gemmule.tensor(3.0), 0).item() == 1
    assert gemmule.log_softmax(gemmule.tensor(3.0), -1).item() == 0


def test_softmin():
    x = draw((3, 5))
    check_op(gemmule.softmin, reference.softmin, x, 1)


def test_messages():
    x = gemmule.zeros((2, 3))
    with pytest.raises(IndexError, match="log_softmax: axis 2 "):
        gemmule.log_softmax(x, 2)
    with pytest.raises(TypeError, match=r"softmax: expected dim, .* as in softmax\(x, dim=-1\)"):
        gemmule.softmax(x)
    with pytest.raises(TypeError, match="softmax: expected a floating-point array or dtype=, got"):
        gemmule.softmax(gemmule.asarray(np.arange(3)), 0)
