import gemmule
import numpy as np
import pytest
import reference.activation as reference
from check import check_op, draw, isa
from gemmule import _C
from gemmule.ops import activation

SHAPES = [(), (1,), (7,), (3, 5), (0, 3), (67, 19)]

#: One row an activation: its name and arguments. Errors stay below 2 ulp of the largest value (the
#: reference in float64 is no better than 4), but for tanhshrink, a difference near 0.
ACTIVATIONS = [
    ("relu", {}),
    ("relu6", {}),
    ("leaky_relu", {}),
    ("leaky_relu", {"negative_slope": 0.3}),
    ("leaky_relu", {"negative_slope": -0.3}),
    ("elu", {}),
    ("elu", {"alpha": 0.7}),
    ("elu", {"alpha": -0.7}),
    ("selu", {}),
    ("celu", {}),
    ("celu", {"alpha": 0.5}),
    ("celu", {"alpha": -0.5}),
    ("gelu", {}),
    ("gelu", {"approximate": "tanh"}),
    ("silu", {}),
    ("mish", {}),
    ("hardtanh", {}),
    ("hardtanh", {"min_val": -0.3, "max_val": 2.0}),
    ("hardswish", {}),
    ("hardsigmoid", {}),
    ("hardshrink", {}),
    ("hardshrink", {"lambd": 0.2}),
    ("softshrink", {}),
    ("softshrink", {"lambd": 0.2}),
    ("tanhshrink", {}),
    ("softsign", {}),
    ("softplus", {}),
    ("softplus", {"beta": 2.0, "threshold": 3.0}),
    ("threshold", {"threshold": 0.1, "value": -0.4}),
    ("logsigmoid", {}),
]
BOUND32, BOUND64 = 2.4e-7, 9e-16
BOUNDS = {"tanhshrink": (1e-6, 2e-15)}
IN_PLACE = [(n, k) for n, k in ACTIVATIONS
            if n in ("relu", "relu6", "leaky_relu", "selu", "celu", "silu", "mish", "hardtanh",
                     "hardswish", "hardsigmoid", "threshold")
            or (n == "elu" and k.get("alpha", 1) > 0)]  # fmt: skip


def values(shape, seed=0):
    """Normal values that stretch beyond every corner (±6) and keep off all of them."""
    x = 3 * draw(shape, seed)
    corners = [0, 6, -3, 3, -1, 1, -0.3, 2, 0.5, -0.5, 0.2, -0.2, 0.1, 1.5]
    for corner in corners:
        x = np.where(np.abs(x - corner) < 1e-3, x + 0.01, x)
    return np.asarray(x)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(("name", "arguments"), ACTIVATIONS, ids=str)
def test_values_and_gradients(name, arguments, shape):
    bound32, bound64 = BOUNDS.get(name, (BOUND32, BOUND64))
    check_op(
        getattr(gemmule, name),
        getattr(reference, name),
        values(shape),
        bound32=bound32,
        bound64=bound64,
        **arguments,
    )


@pytest.mark.parametrize("shape", [(3,), (129, 257), (1 << 18,)], ids=str)
@pytest.mark.parametrize(("name", "arguments"), ACTIVATIONS, ids=str)
def test_everywhere(name, arguments, shape):
    bound32, bound64 = BOUNDS.get(name, (BOUND32, BOUND64))
    check_op(
        getattr(gemmule, name),
        getattr(reference, name),
        values(shape),
        bound32=bound32,
        bound64=bound64,
        grad=False,
        strides=False,
        everywhere=True,
        **arguments,
    )


FAR = [row for row in ACTIVATIONS if row != ("celu", {"alpha": -0.5})]  # it grows as e^-2x


@pytest.mark.parametrize(("name", "arguments"), FAR, ids=str)
def test_far_values(name, arguments):
    """Values and gradients stay right where exponentials overflow."""
    x = np.array([-1e4, -800, -100, -89, -60, -30, -20.5, 20.5, 30, 60, 89, 100, 800, 1e4])
    with np.errstate(over="ignore"):
        want = getattr(reference, name)(x, **arguments)
    gradients = []
    for dtype, bound in ((np.float32, 1e-6), (np.float64, 1e-14)):
        t = gemmule.asarray(x.astype(dtype)).requires_grad_()
        y = getattr(gemmule, name)(t, **arguments)
        y.backward(gemmule.asarray(np.ones(14, dtype)))
        np.testing.assert_allclose(y.detach().numpy(), want, rtol=bound, atol=1e-30)
        gradients.append(t.grad.numpy())
    # elu's is read off the result, which near -1 is rounded to 6e-8.
    np.testing.assert_allclose(gradients[0], gradients[1], rtol=1e-5, atol=6e-8)
    slope = (want[-1] - want[-2]) / (x[-1] - x[-2])
    np.testing.assert_allclose(gradients[1][-1], slope, rtol=1e-9, atol=1e-5)


def test_gelu_of_minus_zero_keeps_its_sign():
    for dtype in (np.float32, np.float64):
        y = gemmule.gelu(gemmule.asarray(np.array([-0.0, 0.0] * 20, dtype))).numpy()
        np.testing.assert_array_equal(np.signbit(y), [True, False] * 20)


@pytest.mark.parametrize("name", ["mish", "silu", "gelu"])
def test_gradient_of_the_least_number_is_zero(name):
    for dtype in (np.float32, np.float64):
        x = gemmule.asarray(np.full(20, np.finfo(dtype).min)).requires_grad_()
        getattr(gemmule, name)(x).sum().backward()
        np.testing.assert_array_equal(x.grad.numpy(), 0)


@pytest.mark.parametrize(("name", "arguments"), ACTIVATIONS, ids=str)
def test_nan_stays(name, arguments):
    for dtype in (np.float32, np.float64):
        x = gemmule.asarray(np.array([1.0, np.nan] * 20, dtype))
        y = getattr(gemmule, name)(x, **arguments).numpy()
        np.testing.assert_array_equal(np.isnan(y), [False, True] * 20)


def test_gradient_of_hardswish_at_nan_and_its_corners():
    x = np.array([np.nan, -np.inf, -3, 3, np.inf, 0, 5, -5] * 5)
    want = np.array([np.nan, 0, 0, 1, 1, 0.5, 1, 0] * 5)
    for dtype in (np.float32, np.float64):
        for which in _C.runnable_isas():
            leaf = gemmule.asarray(x.astype(dtype)).requires_grad_()
            with isa(which):
                gemmule.hardswish(leaf).sum().backward()
            np.testing.assert_array_equal(leaf.grad.numpy(), want)


@pytest.mark.parametrize(("name", "arguments"), IN_PLACE, ids=str)
def test_in_place_agrees_with_out_of_place(name, arguments):
    x = values((5, 67))
    results = []
    for inplace in (False, True):
        leaf = gemmule.asarray(x).requires_grad_()
        y = leaf * 1
        z = getattr(gemmule, name)(y, **arguments, inplace=inplace)
        assert (z is y) == inplace
        z.backward(gemmule.asarray(draw((5, 67), 1)))
        results.append((z.detach().numpy(), leaf.grad.numpy()))
    np.testing.assert_array_equal(results[0], results[1])
    if hasattr(activation, name + "_"):
        y = gemmule.asarray(x.copy())
        assert getattr(activation, name + "_")(y, **arguments) is y
        np.testing.assert_array_equal(y.numpy(), results[0][0])


HALVED = [((6,), -1), ((4, 3), 0), ((3, 5, 2), 2), ((2, 8, 67), 1), ((0, 4), 1)]


@pytest.mark.parametrize(("shape", "dim"), HALVED, ids=str)
def test_glu(shape, dim):
    check_op(gemmule.glu, reference.glu, values(shape), dim=dim, bound32=BOUND32, everywhere=True)


@pytest.mark.parametrize(
    ("shape", "slopes"),
    [
        ((7,), 1),
        ((3, 5), 1),
        ((3, 5), 5),
        ((2, 3, 5, 7), 3),
        ((2, 3, 5, 7), 1),
        ((0, 3, 2), 3),
        ((), 1),
    ],
    ids=str,
)
def test_prelu(shape, slopes):
    x, weight = values(shape), draw((slopes,), 5, 0.1, 0.9)
    check_op(gemmule.prelu, reference.prelu, x, weight, everywhere=True)


def test_rrelu():
    a = values((40, 50))
    x = gemmule.asarray(a).requires_grad_()
    still = gemmule.rrelu(x, 0.1, 0.5).detach().numpy()
    np.testing.assert_allclose(still, np.where(a > 0, a, a * 0.3), rtol=1e-14)
    gemmule.manual_seed(3)
    y = gemmule.rrelu(x, 0.1, 0.5, training=True)
    y.backward(gemmule.asarray(np.ones((40, 50))))
    slopes = x.grad.numpy()
    np.testing.assert_array_equal(slopes[a > 0], 1)
    np.testing.assert_array_equal(y.detach().numpy(), np.where(a > 0, a, a * slopes))
    below = slopes[a <= 0]
    assert below.min() >= 0.1 and below.max() < 0.5 and abs(below.mean() - 0.3) < 0.02
    gemmule.manual_seed(3)
    z = gemmule.asarray(a.copy())
    assert gemmule.rrelu_(z, 0.1, 0.5, training=True) is z
    np.testing.assert_array_equal(z.numpy(), y.detach().numpy())
    with pytest.raises(ValueError, match=r"rrelu: lower 0\.5 exceeds upper 0\.1"):
        gemmule.rrelu(x, 0.5, 0.1)


def test_integers():
    x = gemmule.asarray(np.array([-2, 0, 3]))
    assert gemmule.relu(x).tolist() == [0, 0, 3]
    assert gemmule.relu(x).dtype is gemmule.int64
    with pytest.raises(TypeError, match="gelu: expected a floating-point array, got int64"):
        gemmule.gelu(x)


def test_hardswish_at_its_corners():
    x = gemmule.tensor([-3.0, 0.0, 3.0]).requires_grad_()
    gemmule.hardswish(x).sum().backward()
    assert x.grad.tolist() == [0.0, 0.5, 1.0]  # as PyTorch has it: the outer slopes


def test_errors():
    x = gemmule.asarray(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="gelu: approximate is 'none' or 'tanh', got 'erf'"):
        gemmule.gelu(x, approximate="erf")
    with pytest.raises(
        ValueError, match=r"glu: input of shape \(2, 3\) has an odd size along axis 1"
    ):
        gemmule.glu(x)
    with pytest.raises(IndexError, match="glu: axis 2 is out of range"):
        gemmule.glu(x, 2)
    with pytest.raises(
        ValueError, match=r"prelu: weight of shape \(2,\) for input of shape \(2, 3\)"
    ):
        gemmule.prelu(x, gemmule.asarray(np.ones(2)))
    with pytest.raises(TypeError, match=r"prelu: weight is float32, but the input is float64"):
        gemmule.prelu(x, gemmule.ones(3))
    with pytest.raises(ValueError, match=r"softshrink: lambd is at least 0, got -1"):
        gemmule.softshrink(x, -1)
    with pytest.raises(ValueError, match=r"hardtanh: min_val 2 exceeds max_val 1"):
        gemmule.hardtanh(x, 2, 1)
    with pytest.raises(ValueError, match=r"celu: alpha must not be 0"):
        gemmule.celu(x, 0)
    with pytest.raises(ValueError, match=r"elu: alpha is at least 0 in place, got -1"):
        gemmule.elu(x, -1, inplace=True)


def test_a_write_after_the_forward_pass_is_noticed():
    x = gemmule.asarray(np.ones(3)).requires_grad_()
    y = gemmule.relu(x)
    y += 1
    with pytest.raises(RuntimeError, match=r"relu: .* written in place by add"):
        y.backward(gemmule.asarray(np.ones(3)))
