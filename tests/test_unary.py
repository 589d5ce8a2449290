import gemmule
import numpy as np
import pytest
import reference.unary as reference
from check import as_tensor, check_op, draw, outputs
from gemmule import _C

SHAPES = [(), (1,), (7,), (3, 5), (0, 3), (67, 19)]
INTEGERS = [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64]

#: name: the range that is drawn from. Errors are stated relative to the value and the largest one:
#: 2 ulp of it (4 for double where the reference is itself no better).
FUNCTIONS = {
    "negative": (-3, 3),
    "positive": (-3, 3),
    "abs": (-3, 3),
    "square": (-3, 3),
    "exp": (-5, 5),
    "exp2": (-5, 5),
    "expm1": (-2, 2),
    "log": (0.1, 5),
    "log1p": (-0.9, 5),
    "log2": (0.1, 5),
    "log10": (0.1, 5),
    "sqrt": (0.1, 5),
    "rsqrt": (0.1, 5),
    "reciprocal": (0.2, 5),
    "sin": (-9, 9),
    "cos": (-9, 9),
    "tan": (-1.2, 1.2),
    "asin": (-0.95, 0.95),
    "acos": (-0.95, 0.95),
    "atan": (-5, 5),
    "sinh": (-3, 3),
    "cosh": (-3, 3),
    "tanh": (-3, 3),
    "asinh": (-5, 5),
    "acosh": (1.1, 5),
    "atanh": (-0.95, 0.95),
    "erf": (-3, 3),
    "erfc": (-3, 3),
    "sigmoid": (-5, 5),
}
STEPS = ["sign", "floor", "ceil", "trunc", "round"]
BOUND32, BOUND64 = 2.4e-7, 9e-16


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_and_gradients(name, shape):
    x = draw(shape, 0, *FUNCTIONS[name])
    check_op(getattr(gemmule, name), getattr(reference, name), x, bound32=BOUND32, bound64=BOUND64)


@pytest.mark.parametrize("shape", [(3,), (129, 257), (1 << 18,)], ids=str)
@pytest.mark.parametrize("name", [*FUNCTIONS, *STEPS])
def test_everywhere(name, shape):
    x = draw(shape, 0, *FUNCTIONS.get(name, (-3, 3)))
    if name in STEPS:
        x = x.astype(np.float32).astype(np.float64)
    check_op(
        getattr(gemmule, name),
        getattr(reference, name),
        x,
        bound32=BOUND32,
        bound64=BOUND64,
        grad=False,
        strides=False,
        everywhere=True,
    )


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", STEPS)
def test_steps(name, shape):
    x = draw(shape, 0, -4, 4)
    check_op(getattr(gemmule, name), getattr(reference, name), x, bound32=0, bound64=0)
    halves = np.asarray(draw(shape, 1, -9, 9, integers=True) / 2)
    check_op(
        getattr(gemmule, name), getattr(reference, name), halves, bound32=0, bound64=0, grad=False
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", [*FUNCTIONS, *STEPS])
def test_special_values(name, dtype):
    x = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1, -1, 2, -2, 0.5, 1e-18, -1e-18] * 3, dtype)
    with np.errstate(all="ignore"):
        want = getattr(reference, name)(x.astype(np.float64))
    got = getattr(gemmule, name)(gemmule.asarray(x)).numpy()
    assert got.dtype == dtype
    np.testing.assert_allclose(got, want, rtol=4e-7 if dtype == np.float32 else 2e-15)
    zero = want == 0
    np.testing.assert_array_equal(np.signbit(got[zero]), np.signbit(want[zero]))


@pytest.mark.parametrize("decimals", [1, 2, -1])
def test_round_to_decimals(decimals):
    x = draw((7,), 0, -40, 40)
    got = gemmule.round(gemmule.asarray(x), decimals=decimals).numpy()
    np.testing.assert_allclose(got, np.round(x, decimals), rtol=1e-15)
    assert np.asarray(round(gemmule.asarray(x), decimals)).tolist() == got.tolist()


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers(dtype):
    info = np.iinfo(dtype)
    x = np.array([0, 1, 2, 7, info.max, info.min, info.max - 1] * 9, dtype)
    for name in ["negative", "abs", "sign", "square", "floor", "ceil", "trunc", "round",
                 "positive", "bitwise_invert"]:  # fmt: skip
        with np.errstate(all="ignore"):
            want = getattr(reference, name)(x).astype(dtype)
        got = getattr(gemmule, name)(gemmule.asarray(x)).numpy()
        assert got.dtype == dtype
        np.testing.assert_array_equal(got, want, err_msg=name)
    small = gemmule.asarray(np.arange(5).astype(dtype))
    for name in ["sqrt", "exp", "sin", "sigmoid"]:
        got = getattr(gemmule, name)(small)
        assert got.dtype is gemmule.float32
        np.testing.assert_allclose(got.numpy(), getattr(reference, name)(np.arange(5.0)), rtol=3e-7)


def test_bool():
    x = gemmule.asarray(np.array([True, False] * 20))
    np.testing.assert_array_equal((~x).numpy(), [False, True] * 20)
    assert (~x).dtype is gemmule.bool
    assert gemmule.sqrt(x).dtype is gemmule.float32
    for name in ["negative", "sign", "square"]:
        with pytest.raises(TypeError, match=f"{name}: not defined for bool"):
            getattr(gemmule, name)(x)
    with pytest.raises(TypeError, match="bitwise_invert: not defined for float32"):
        gemmule.bitwise_invert(gemmule.sqrt(x))


METHODS = [*FUNCTIONS, *STEPS]
METHODS.remove("positive")


@pytest.mark.parametrize("name", METHODS)
def test_in_place_agrees_with_out_of_place(name):
    method = "neg" if name == "negative" else name
    x = draw((3, 7), 0, *FUNCTIONS.get(name, (-3, 3)))
    results = []
    for which in (method, method + "_"):
        leaf = as_tensor(x, requires_grad=True)
        y = leaf * 1
        z = getattr(y, which)()
        assert (z is y) == (which != method)
        z.backward(as_tensor(draw((3, 7), 1)))
        results.append([*outputs(z), *outputs(leaf.grad)])
    np.testing.assert_array_equal(results[0], results[1])


def test_in_place_errors():
    with pytest.raises(
        TypeError, match="exp_: cannot write a float32 result into an array of int64"
    ):
        gemmule.asarray(np.arange(3)).exp_()
    x = gemmule.asarray(np.ones(3)).requires_grad_()
    y = x.exp()
    z = y * y
    with pytest.raises(RuntimeError, match=r"multiply: .* written in place by sqrt"):
        y.sqrt_()
        z.backward(gemmule.asarray(np.ones(3)))
    with pytest.raises(RuntimeError, match="exp_: a leaf that requires grad"):
        x.exp_()


def test_operators_and_aliases():
    a = np.array([1.5, -2.5])
    x = gemmule.asarray(a)
    np.testing.assert_array_equal((-x).numpy(), -a)
    np.testing.assert_array_equal((+x).numpy(), a)
    np.testing.assert_array_equal(abs(x).numpy(), np.abs(a))
    np.testing.assert_array_equal(round(x).numpy(), [2, -2])
    np.testing.assert_array_equal(x.arctan().numpy(), x.atan().numpy())
    np.testing.assert_array_equal((~gemmule.asarray(np.arange(3))).numpy(), [-1, -2, -3])


def test_rounding_integers_into_memory_that_overlaps():
    base = np.arange(100)[::-1].copy()
    expected = base.copy()
    expected[1:] = expected[:-1].copy()
    x = _C.from_buffer(base)
    _C.floor(_C.slice(x, 0, 0, 99, 1), _C.slice(x, 0, 1, 99, 1))
    np.testing.assert_array_equal(base, expected)
