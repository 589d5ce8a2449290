import gemmule
import numpy as np
import pytest
import reference.binary as reference
from check import check_op, draw

SHAPES = [
    ((), ()),
    ((1,), (1,)),
    ((7,), (7,)),
    ((3, 5), (3, 5)),
    ((2, 1, 5), (3, 1)),
    ((0, 3), (3,)),
    ((17, 19), ()),
    ((5, 131), (131,)),
]
INTEGERS = [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64]

#: name: (bound32, bound64, range of the second operand); the float functions' errors are those of
#: isa/math, in units of float32's and float64's rounding relative to the largest value.
OPERATIONS = {
    "add": (1e-7, 2e-16, None),
    "subtract": (1e-7, 2e-16, None),
    "multiply": (1e-7, 2e-16, None),
    "divide": (1e-7, 2e-16, (0.5, 2)),
    "maximum": (0, 0, None),
    "minimum": (0, 0, None),
    "atan2": (2e-7, 4e-16, (0.5, 2)),
    "hypot": (1e-7, 4e-16, (0.5, 2)),
    "copysign": (0, 0, (0.5, 2)),
    "logaddexp": (2e-7, 4e-16, None),
}


def operands(name, shapes):
    low_high = OPERATIONS[name][2]
    a, b = (draw(shape, seed=i) for i, shape in enumerate(shapes))
    if low_high:
        b = np.asarray(draw(shapes[1], 1, *low_high) * np.where(b < 0, -1, 1))
    return a, b


@pytest.mark.parametrize("shapes", SHAPES, ids=str)
@pytest.mark.parametrize("name", OPERATIONS)
def test_values_and_gradients(name, shapes):
    bound32, bound64, _ = OPERATIONS[name]
    a, b = operands(name, shapes)
    check_op(
        getattr(gemmule, name), getattr(reference, name), a, b, bound32=bound32, bound64=bound64
    )


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("shape", [(3,), (129, 257), (1 << 18,)], ids=str)
def test_everywhere(name, shape):
    a, b = operands(name, (shape, shape))
    check_op(getattr(gemmule, name), getattr(reference, name), a, b, everywhere=True, grad=False)


@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_pow(shapes):
    a, b = draw(shapes[0], 0, 0.1, 3), draw(shapes[1], 1, -2, 2)
    check_op(gemmule.pow, reference.pow, a, b, bound32=1e-7, bound64=3e-16, everywhere=True)


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, -1, -2, 0.5, -0.5, 1.5, 2.0])
def test_pow_of_a_number(exponent):
    a = draw((5, 67), 0, 0.2, 3)
    check_op(lambda x: x**exponent, lambda x: x**exponent, a, bound32=2e-7, bound64=3e-16)
    check_op(lambda x: exponent**x if exponent > 0 else x, lambda x: exponent**x if exponent > 0
             else x, a, bound32=2e-7, bound64=3e-16)  # fmt: skip


def test_pow_of_negative_and_zero():
    a = gemmule.asarray(np.array([-2.0, 0.0, 0.0, 3.0])).requires_grad_()
    b = gemmule.asarray(np.array([3.0, 0.0, 2.0, 0.0])).requires_grad_()
    y = a**b
    y.backward(gemmule.asarray(np.ones(4)))
    np.testing.assert_array_equal(y.detach().numpy(), [-8, 1, 0, 1])
    np.testing.assert_allclose(a.grad.numpy(), [12, 0, 0, 0], rtol=1e-15)
    np.testing.assert_allclose(b.grad.numpy()[1:], [0, 0, np.log(3)], rtol=1e-15)
    assert np.isnan(b.grad.numpy()[0])


@pytest.mark.parametrize("name", ["remainder", "fmod", "floor_divide"])
@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_division_with_remainder(name, shapes):
    # Quotients k + ¼ … k + ¾, so that no rounding and no small step changes k.
    divisor = draw(shapes[1], 1, 0.5, 2) * np.where(draw(shapes[1], 2) < 0, -1, 1)
    quotient = np.floor(draw(shapes[0], 3, -9, 9)) + draw(shapes[0], 4, 0.25, 0.75)
    a = quotient * (divisor if shapes[0] == shapes[1] else 1.0)
    if shapes[0] != shapes[1]:
        divisor = np.sign(divisor)
    check_op(
        getattr(gemmule, name),
        getattr(reference, name),
        np.asarray(a),
        np.asarray(divisor),
        bound32=6e-8,  # Python's remainder adds the divisor, which rounds
        bound64=2e-16,
        grad=name != "floor_divide",
        everywhere=True,
    )


def test_special_quotients():
    a = np.array([7, -7, 7, -7, 0.0, -0.0, 1, -1, np.inf, np.nan, 5, -5, 1e30, 3, 0, 1e308])
    b = np.array([3, 3, -3, -3, 2, 2, 0, 0, 2, 1, np.inf, np.inf, 7, np.nan, 0, 1e-308])
    with np.errstate(all="ignore"):
        for name in ["remainder", "fmod", "floor_divide"]:
            got = getattr(gemmule, name)(gemmule.asarray(a), gemmule.asarray(b)).numpy()
            want = getattr(np, name)(a, b)
            np.testing.assert_array_equal(got, want, err_msg=name)
            np.testing.assert_array_equal(np.signbit(got[:6]), np.signbit(want[:6]), err_msg=name)


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize(
    "name",
    ["add", "subtract", "multiply", "floor_divide", "remainder", "fmod", "maximum", "minimum",
     "bitwise_and", "bitwise_or", "bitwise_xor"],
)  # fmt: skip
def test_integers(name, dtype):
    info = np.iinfo(dtype)
    edge = np.array([0, 1, 2, info.max, info.max - 1, info.min, info.min + 1, 7], dtype)
    if info.min < 0:
        edge = np.concatenate([edge, np.array([-1, -2, -7], dtype)])
    a, b = (x.ravel() for x in np.meshgrid(edge, edge))
    a, b = np.tile(a, 3), np.tile(b, 3)
    with np.errstate(all="ignore"):
        want = getattr(reference, name)(a, b)
    got = getattr(gemmule, name)(gemmule.asarray(a), gemmule.asarray(b)).numpy()
    assert got.dtype == want.dtype
    np.testing.assert_array_equal(got, want)
    gapped = gemmule.asarray(np.stack([a, a], 1)[:, 0])
    np.testing.assert_array_equal(getattr(gemmule, name)(gapped, gemmule.asarray(b)).numpy(), want)


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integer_powers_and_shifts(dtype):
    a = np.arange(0, 7).astype(dtype)
    for n in range(5):
        want = a ** dtype(n)
        np.testing.assert_array_equal((gemmule.asarray(a) ** n).numpy(), want)
        assert (gemmule.asarray(a) ** n).numpy().dtype == dtype
    bits = np.iinfo(dtype).bits
    counts = np.array([0, 1, 2, bits - 1, bits, bits + 1, 7]).astype(dtype)
    for name in ["bitwise_left_shift", "bitwise_right_shift"]:
        want = getattr(reference, name)(a, counts)
        got = getattr(gemmule, name)(gemmule.asarray(a), gemmule.asarray(counts)).numpy()
        np.testing.assert_array_equal(got, want)
    if np.iinfo(dtype).min < 0:
        negative = gemmule.asarray(np.array([-8, 8, 1, -1, 0, 2], dtype))
        by = gemmule.asarray(np.array([bits, -1, -3, -3, -1, -2], dtype))
        np.testing.assert_array_equal((negative >> by).numpy()[:2], [-1, 0])
        np.testing.assert_array_equal((negative**by).numpy()[2:], [1, -1, 0, 0])


def test_bool():
    a = np.array([False, False, True, True] * 9)
    b = np.array([False, True] * 18)
    x, y = gemmule.asarray(a), gemmule.asarray(b)
    for got, want in [
        (x + y, a | b),
        (x * y, a & b),
        (x & y, a & b),
        (x | y, a | b),
        (x ^ y, a ^ b),
        (gemmule.maximum(x, y), a | b),
        (gemmule.minimum(x, y), a & b),
    ]:
        assert got.dtype is gemmule.bool
        np.testing.assert_array_equal(got.numpy(), want)
    np.testing.assert_array_equal((x + 1).numpy(), a + np.int64(1))
    for op in ["subtract", "floor_divide", "remainder", "pow", "bitwise_left_shift"]:
        with pytest.raises(TypeError, match=f"{op}: not defined for bool"):
            getattr(gemmule, op)(x, y)


def test_ties_share_the_gradient():
    a = gemmule.asarray(np.array([1.0, 2.0, 3.0])).requires_grad_()
    b = gemmule.asarray(np.array([1.0, 5.0, 1.0])).requires_grad_()
    gemmule.maximum(a, b).backward(gemmule.asarray(np.ones(3)))
    np.testing.assert_array_equal(a.grad.numpy(), [0.5, 0, 1])
    np.testing.assert_array_equal(b.grad.numpy(), [0.5, 1, 0])
    a.grad = b.grad = None
    gemmule.minimum(a, b).backward(gemmule.asarray(np.ones(3)))
    np.testing.assert_array_equal(a.grad.numpy(), [0.5, 1, 0])
    np.testing.assert_array_equal(b.grad.numpy(), [0.5, 0, 1])


def test_nan_wins():
    a, b = np.array([np.nan, 1.0, np.nan] * 11), np.array([1.0, np.nan, np.nan] * 11)
    for dtype in (np.float32, np.float64):
        x, y = gemmule.asarray(a.astype(dtype)), gemmule.asarray(b.astype(dtype))
        assert np.isnan(gemmule.maximum(x, y).numpy()).all()
        assert np.isnan(gemmule.minimum(x, y).numpy()).all()


@pytest.mark.parametrize("alpha", [1, 2, -0.5])
def test_alpha(alpha):
    a, b = draw((3, 71)), draw((71,), 1)
    check_op(gemmule.Tensor.add, reference.add_scaled, a, b, alpha=alpha, bound32=1e-7)
    check_op(gemmule.sub, lambda x, y, alpha: x - alpha * y, a, b, alpha=alpha, bound32=1e-7)


@pytest.mark.parametrize("shapes", [((7,), (7,), (7,)), ((3, 1, 5), (4, 1), (5,)), ((0,), (), ())])
def test_combinations(shapes):
    a, b = draw(shapes[0]), draw(shapes[1], 1)
    c = draw(shapes[2], 2, 0.5, 1.5)
    for name in ["addcmul", "addcdiv"]:
        check_op(getattr(gemmule, name), getattr(reference, name), a, b, c, value=0.7, bound32=3e-7)
    check_op(gemmule.lerp, reference.lerp, a, b, c, bound32=3e-7)
    check_op(lambda x, y: gemmule.lerp(x, y, 0.3), lambda x, y: reference.lerp(x, y, 0.3), a, b)


# ---- in place -----------------------------------------------------------------------------------

IN_PLACE = {
    "iadd": (lambda x, y: x + y, "__iadd__"),
    "isub": (lambda x, y: x - y, "__isub__"),
    "imul": (lambda x, y: x * y, "__imul__"),
    "itruediv": (lambda x, y: x / y, "__itruediv__"),
    "imod": (lambda x, y: x % y, "__imod__"),
    "ipow": (lambda x, y: x**y, "__ipow__"),
    "ipow 2": (lambda x, y: x**2, lambda x, y: x.pow_(2)),
    "ipow -½": (lambda x, y: x**-0.5, lambda x, y: x.pow_(-0.5)),
    "fmod_": (lambda x, y: x.fmod(y), "fmod_"),
    "add_ alpha": (lambda x, y: x.add(y, alpha=3), lambda x, y: x.add_(y, alpha=3)),
    "sub_ alpha": (lambda x, y: x.sub(y, alpha=0.5), lambda x, y: x.sub_(y, alpha=0.5)),
    "addcmul_": (
        lambda x, y: x.addcmul(y, y, value=0.3),
        lambda x, y: x.addcmul_(y, y, value=0.3),
    ),
    "addcdiv_": (
        lambda x, y: x.addcdiv(x, y, value=0.3),
        lambda x, y: x.addcdiv_(x, y, value=0.3),
    ),
    "lerp_": (lambda x, y: x.lerp(y, y), lambda x, y: x.lerp_(y, y)),
}


@pytest.mark.parametrize("other", ["tensor", "number", "itself", "a view of it"])
@pytest.mark.parametrize("name", IN_PLACE)
def test_in_place_agrees_with_out_of_place(name, other):
    """The same values and gradients, in the tensor's own memory."""
    out_of_place, in_place = IN_PLACE[name]
    if isinstance(in_place, str):
        method = in_place
        in_place = lambda x, y: getattr(x, method)(y)  # noqa: E731
    results = []
    for op, writes in [(out_of_place, False), (in_place, True)]:
        leaf = gemmule.asarray(draw((3, 5), 0, 0.5, 2)).requires_grad_()
        factor = gemmule.asarray(draw((5,), 1, 0.5, 2)).requires_grad_()
        x = leaf * 1
        y = {"tensor": factor, "number": 1.25, "itself": x, "a view of it": x.detach()}[other]
        address = x.data_ptr()
        z = op(x, y)
        assert (z is x and z.data_ptr() == address) == writes
        z.backward(gemmule.asarray(draw((3, 5), 2)))
        results.append((z.detach().numpy(), leaf.grad.numpy(),
                        0 if factor.grad is None else factor.grad.numpy()))  # fmt: skip
    for got, want in zip(results[1], results[0], strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-14)


def test_in_place_integers():
    x = gemmule.asarray(np.arange(6, dtype=np.int32))
    y = x
    x += 2
    x *= 3
    x -= 1
    x //= 2
    x %= 4
    x |= 8
    x &= 13
    x ^= 1
    x <<= 2
    x >>= 1
    assert x is y
    a = (((np.arange(6) + 2) * 3 - 1) // 2 % 4 | 8) & 13 ^ 1
    np.testing.assert_array_equal(x.numpy(), a * 2)


def test_in_place_overlapping_views():
    a = np.arange(9.0).reshape(3, 3)
    x = gemmule.asarray(a.copy())
    x += x.permute(1, 0)
    np.testing.assert_array_equal(x.numpy(), a + a.T)


def test_in_place_errors():
    x = gemmule.asarray(np.arange(3))
    with pytest.raises(
        TypeError, match="add: cannot write a float32 result into an array of int64"
    ):
        x += 0.5
    with pytest.raises(TypeError, match="divide: cannot write a float32 result"):
        x /= 2
    with pytest.raises(ValueError, match=r"add: the result has shape \(2, 3\), but out has \(3,\)"):
        x += gemmule.asarray(np.zeros((2, 3), np.int64))
    with pytest.raises(OverflowError, match=r"^add_: Python integer 300 is out of range for uint8"):
        gemmule.asarray(np.zeros(3, np.uint8)).add_(300)
    np.testing.assert_array_equal(x.numpy(), [0, 1, 2])
    leaf = gemmule.asarray(np.zeros(3)).requires_grad_()
    with pytest.raises(RuntimeError, match="mul_: a leaf that requires grad"):
        leaf *= 2
    with gemmule.no_grad():
        leaf += 1
    np.testing.assert_array_equal(leaf.detach().numpy(), [1, 1, 1])


def test_what_no_gradient_reads_is_not_saved():
    x = gemmule.asarray(np.ones(3)).requires_grad_()
    y = x * 1
    z = y * 2 + y / 2 + y
    y += 1
    z.backward(gemmule.asarray(np.ones(3)))
    np.testing.assert_array_equal(x.grad.numpy(), [3.5, 3.5, 3.5])


@pytest.mark.parametrize("mode", [None, "floor", "trunc"])
def test_rounding_mode(mode):
    a, b = draw((5, 7), 0, -9, 9), draw((7,), 1, 0.5, 2)
    integers = np.array([7, -7, 6, -6, 2**62 + 1, 0]), np.array([2, 2, 3, -3, 3, 5])
    for x, y in ((a, b), integers):
        want = x / y if mode is None else np.floor_divide(x, y) if mode == "floor" else None
        if want is None:
            want = np.trunc(x / y) if x is a else (x - np.fmod(x, y)) // y
        got = gemmule.div(gemmule.asarray(x), gemmule.asarray(y), rounding_mode=mode).numpy()
        np.testing.assert_allclose(got, want, rtol=1e-7)
        if mode is not None:
            z = gemmule.asarray(x.copy())
            z.div_(gemmule.asarray(y), rounding_mode=mode)
            np.testing.assert_array_equal(z.numpy(), want)


def test_a_write_after_the_forward_pass_is_noticed():
    x = gemmule.asarray(np.ones(3)).requires_grad_()
    b = gemmule.asarray(np.ones(3))
    y = x * b
    b += 1
    with pytest.raises(RuntimeError, match=r"multiply: .* written in place by add"):
        y.backward(gemmule.asarray(np.ones(3)))


# ---- dtypes and operators -----------------------------------------------------------------------


def test_dtypes():
    i32 = gemmule.asarray(np.ones(2, np.int32))
    i64, u8 = gemmule.asarray(np.ones(2, np.int64)), gemmule.asarray(np.ones(2, np.uint8))
    f32 = gemmule.asarray(np.ones(2, np.float32))
    f64 = gemmule.asarray(np.ones(2))
    for got, want in [
        (i32 + 1, gemmule.int32),
        (i32 + 0.5, gemmule.float32),
        (i32 + True, gemmule.int32),
        (i32 + i64, gemmule.int64),
        (u8 + i32, gemmule.int32),
        (i32 / i32, gemmule.float32),
        (f32 + 0.1, gemmule.float32),
        (f32 + np.float64(0.1), gemmule.float32),
        (i32 + np.int64(1), gemmule.int32),
        (f32 + f64, gemmule.float64),
        (i64 + f32, gemmule.float32),
        (f64 * 2, gemmule.float64),
        (i32**2, gemmule.int32),
        (i32**0.5, gemmule.float32),
    ]:
        assert got.dtype is want


def test_operators_and_their_reflections():
    a = draw((7,), 0, 0.5, 2)
    x = gemmule.asarray(a)
    for got, want in [
        (3 - x, 3 - a),
        (3 / x, 3 / a),
        (3 // x, 3 // a),
        (3 % x, 3 % a),
        (3**x, 3**a),
        (3 + x, 3 + a),
        (3 * x, 3 * a),
        (a - x, a - a),
        (a * x, a * a),
    ]:
        assert isinstance(got, gemmule.Tensor)
        np.testing.assert_allclose(got.numpy(), want, rtol=1e-15, atol=0)
    i = gemmule.asarray(np.arange(4))
    np.testing.assert_array_equal((1 << i).numpy(), [1, 2, 4, 8])
    np.testing.assert_array_equal((64 >> i).numpy(), [64, 32, 16, 8])
    np.testing.assert_array_equal((6 & i).numpy(), [0, 0, 2, 2])


def test_errors():
    x = gemmule.asarray(np.zeros(2))
    with pytest.raises(ValueError, match=r"add: shapes \(2,\) and \(3,\) do not broadcast"):
        gemmule.add(x, gemmule.asarray(np.zeros(3)))
    with pytest.raises(TypeError, match="bitwise_and: not defined for float64"):
        _ = x & x
    with pytest.raises(ValueError, match="pow: integers to the negative power -1"):
        _ = gemmule.asarray(np.arange(3)) ** -1
    with pytest.raises(ValueError, match="rounding_mode is None, 'floor' or 'trunc', got 'up'"):
        gemmule.div(x, 2, rounding_mode="up")
    with pytest.raises(TypeError, match=r"add: alpha is 0\.5, but the result is int64"):
        gemmule.asarray(np.arange(3)).add(1, alpha=0.5)


def test_in_place_on_memory_that_two_arrays_share():
    base = np.arange(1000, dtype=np.float32)
    expected = base.copy()
    expected[1:] += expected[:-1].copy()
    y = gemmule.asarray(base[1:])
    y += gemmule.asarray(base[:-1])
    np.testing.assert_array_equal(base, expected)
