import gemmule
import numpy as np
import pytest
import reference.compare as reference
from check import check_op, draw

PAIRS = ["equal", "not_equal", "less", "less_equal", "greater", "greater_equal",
         "logical_and", "logical_or", "logical_xor"]  # fmt: skip
SINGLES = ["isnan", "isinf", "isfinite", "signbit", "logical_not"]
SHAPES = [((), ()), ((1,), (1,)), ((7,), (7,)), ((2, 1, 5), (3, 1)), ((0, 3), (3,)), ((67, 19), ())]
DTYPES = [
    np.bool_,
    np.int8,
    np.int16,
    np.int32,
    np.int64,
    np.uint8,
    np.uint16,
    np.uint32,
    np.uint64,
]
SPECIAL = np.array([0.0, -0.0, 1, -1, np.inf, -np.inf, np.nan, 1e-310, 5e-324, 1e30, -2.5])


def small(shape, seed=0):
    """Values that are often equal and often 0."""
    return np.asarray(draw(shape, seed, -2, 3, integers=True) / 2)


@pytest.mark.parametrize("shapes", SHAPES, ids=str)
@pytest.mark.parametrize("name", PAIRS)
def test_pairs(name, shapes):
    a, b = (small(shape, i) for i, shape in enumerate(shapes))
    check_op(getattr(gemmule, name), getattr(reference, name), a, b, grad=False)


@pytest.mark.parametrize("shapes", SHAPES, ids=str)
@pytest.mark.parametrize("name", SINGLES)
def test_singles(name, shapes):
    check_op(getattr(gemmule, name), getattr(reference, name), small(shapes[0]), grad=False)


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("shape", [(3,), (129, 257), (1 << 18,)], ids=str)
def test_everywhere(name, shape):
    a, b = small(shape), small(shape, 1)
    check_op(getattr(gemmule, name), getattr(reference, name), a, b, grad=False, everywhere=True)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_special_values(dtype):
    a = np.repeat(SPECIAL, len(SPECIAL)).astype(dtype)
    b = np.tile(SPECIAL, len(SPECIAL)).astype(dtype)
    for name in PAIRS:
        got = getattr(gemmule, name)(gemmule.asarray(a), gemmule.asarray(b))
        assert got.dtype is gemmule.bool
        np.testing.assert_array_equal(got.numpy(), getattr(reference, name)(a, b), err_msg=name)
    for name in SINGLES:
        got = getattr(gemmule, name)(gemmule.asarray(a)).numpy()
        np.testing.assert_array_equal(got, getattr(reference, name)(a), err_msg=name)


@pytest.mark.parametrize("dtype", DTYPES)
def test_integers_and_bool(dtype):
    ends = (0, 1) if dtype is np.bool_ else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    edge = np.array([0, 1, *ends], dtype)
    a, b = np.tile(np.repeat(edge, 4), 5), np.tile(edge, 20)
    for name in PAIRS:
        got = getattr(gemmule, name)(gemmule.asarray(a), gemmule.asarray(b)).numpy()
        np.testing.assert_array_equal(got, getattr(reference, name)(a, b), err_msg=name)
    for name in SINGLES:
        if name == "signbit":
            want = a < dtype(0)
        elif name == "logical_not":
            want = a == dtype(0)
        else:
            want = getattr(reference, name)(a)
        np.testing.assert_array_equal(getattr(gemmule, name)(gemmule.asarray(a)).numpy(), want)


def test_mixed_dtypes_meet_where_both_fit():
    big = gemmule.asarray(np.array([2**24 + 1, 2**53 + 1, -1]))
    np.testing.assert_array_equal((big == 2.0**24).numpy(), [False, False, False])
    floats = gemmule.asarray(np.array([2**24, 0, -1], np.float32))
    np.testing.assert_array_equal((big == floats).numpy(), [False, False, True])
    u8 = gemmule.asarray(np.array([0, 1, 255], np.uint8))
    np.testing.assert_array_equal((u8 < 300).numpy(), [True] * 3)
    np.testing.assert_array_equal((u8 == -1).numpy(), [False] * 3)
    np.testing.assert_array_equal((u8 > -1).numpy(), [True] * 3)
    u64 = gemmule.asarray(np.array([0, 2**63], np.uint64))
    np.testing.assert_array_equal((u64 > -1).numpy(), [True, True])
    mask = gemmule.asarray(np.array([True, False]))
    np.testing.assert_array_equal((mask == 1).numpy(), [True, False])


@pytest.mark.parametrize("name", PAIRS[:6])
def test_signed_with_unsigned_integers_exactly(name):
    unsigned = np.array([0, 1, 2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1], np.uint64)
    signed = np.array([-(2**63), -1, 0, 1, 2**53, 2**53 + 1, 2**63 - 1])
    ask = getattr(gemmule, name)
    for a, b in ((unsigned[:, None], signed), (signed[:, None], unsigned)):
        want = getattr(reference, name)(a.astype(object), b.astype(object)).astype(bool)
        np.testing.assert_array_equal(ask(gemmule.asarray(a), gemmule.asarray(b)).numpy(), want)
    for a in (signed, unsigned, signed[1:4].astype(np.int8), unsigned[:3].astype(np.uint8)):
        for number in (-(2**63), -1, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1):
            want = getattr(reference, name)(a.astype(object), number).astype(bool)
            np.testing.assert_array_equal(ask(gemmule.asarray(a), number).numpy(), want)


def test_operators_and_methods():
    a = np.array([1.0, 2.0, 3.0])
    x = gemmule.asarray(a)
    for got, want in [
        (x == 2, a == 2),
        (x != 2, a != 2),
        (x < 2, a < 2),
        (x <= 2, a <= 2),
        (x > 2, a > 2),
        (x >= 2, a >= 2),
        (x.eq(2), a == 2),
        (x.gt(2), a > 2),
        (2 < x, a > 2),  # noqa: SIM300
    ]:
        np.testing.assert_array_equal(got.numpy(), want)
    assert (x == None) is False  # noqa: E711
    assert x != "text"
    assert hash(x) == hash(x)
    assert len({x, x, gemmule.asarray(a)}) == 2
    assert x.equal(gemmule.asarray(a.copy())) is True
    assert x.equal(gemmule.asarray(a[:2])) is False
    assert x.equal(x + 1) is False


def test_isclose():
    a = np.array([1.0, 1.0, np.inf, np.inf, np.nan, 0.0, -np.inf, 1e8])
    b = np.array([1.0 + 9e-6, 1.1, np.inf, -np.inf, np.nan, 1e-9, 1.0, 1e8 + 1])
    x, y = gemmule.asarray(a), gemmule.asarray(b)
    for nan in (False, True):
        got = gemmule.isclose(x, y, equal_nan=nan).numpy()
        np.testing.assert_array_equal(got, np.isclose(a, b, equal_nan=nan))
    assert gemmule.allclose(x, x, equal_nan=True) is True
    assert gemmule.allclose(x, y) is False
    with pytest.raises(ValueError, match=r"tolerances are at least 0, got rtol -1 and atol 0"):
        gemmule.isclose(x, y, -1, 0)


# ---- choices ------------------------------------------------------------------------------------


def mask_of(shape, seed=9):
    return np.asarray(draw(shape, seed) > 0)


@pytest.mark.parametrize("shapes", [*SHAPES, ((5, 131), (131,)), ((1,), (9, 1))], ids=str)
def test_where(shapes):
    a, b = (draw(shape, i) for i, shape in enumerate(shapes))
    for mask in (mask_of(np.broadcast_shapes(*shapes)), mask_of(shapes[0]), mask_of(())):
        check_op(gemmule.where, reference.where, mask, a, b, bound32=0, bound64=0)
    check_op(lambda m, x: gemmule.where(m, x, 0.5), lambda m, x: reference.where(m, x, 0.5),
             mask_of(shapes[0]), a, bound32=0, bound64=0)  # fmt: skip


@pytest.mark.parametrize("shape", [(3,), (129, 257), (1 << 18,)], ids=str)
def test_choices_everywhere(shape):
    a, b = draw(shape), draw(shape, 1)
    check_op(gemmule.where, reference.where, mask_of(shape), a, b, grad=False, everywhere=True)
    check_op(gemmule.masked_fill, reference.masked_fill, a, mask_of(shape), 0.5, everywhere=True)
    check_op(gemmule.clip, reference.clip, a, min=-0.5, max=1, grad=False, everywhere=True)


@pytest.mark.parametrize("dtype", [*DTYPES, np.float16])
def test_where_moves_any_dtype(dtype):
    a, b = np.arange(99).astype(dtype), np.arange(99)[::-1].astype(dtype)
    mask = mask_of((99,))
    got = gemmule.where(*map(gemmule.asarray, (mask, a, b))).numpy()
    assert got.dtype == dtype
    np.testing.assert_array_equal(got, np.where(mask, a, b))
    counts = gemmule.asarray(mask.astype(np.int32) * 7)
    np.testing.assert_array_equal(gemmule.where(counts, *map(gemmule.asarray, (a, b))).numpy(), got)


def test_where_promotes():
    mask = gemmule.asarray(mask_of((5,)))
    assert gemmule.where(mask, gemmule.asarray(np.arange(5)), 0.5).dtype is gemmule.float32
    assert gemmule.where(mask, 1, 2).dtype is gemmule.int64
    x = gemmule.asarray(np.zeros(5, np.float32))
    assert gemmule.where(mask, x, gemmule.asarray(np.zeros(5))).dtype is gemmule.float64


@pytest.mark.parametrize("shape", [(), (7,), (3, 5), (0,)], ids=str)
def test_masked_fill(shape):
    a, value = draw(shape), draw((), 3)
    for mask in (mask_of(shape), mask_of(shape[-1:])):
        check_op(gemmule.masked_fill, reference.masked_fill, a, mask, 0.25, bound32=0, bound64=0)
        check_op(gemmule.masked_fill, reference.masked_fill, a, mask, value, bound32=0, bound64=0)


def test_masked_fill_in_place():
    a, mask = draw((3, 5)), mask_of((5,))
    leaf = gemmule.asarray(a).requires_grad_()
    x = leaf * 1
    assert x.masked_fill_(gemmule.asarray(mask), float("-inf")) is x
    np.testing.assert_array_equal(x.detach().numpy(), np.where(mask, -np.inf, a))
    x.backward(gemmule.asarray(np.ones((3, 5))))
    np.testing.assert_array_equal(leaf.grad.numpy(), np.broadcast_to(~mask, (3, 5)))
    with pytest.raises(TypeError, match=r"masked_fill: a value of float32 cannot go into .* int64"):
        gemmule.asarray(np.arange(5)).masked_fill(gemmule.asarray(mask), 0.5)
    with pytest.raises(TypeError, match="masked_fill: the mask is of bool, got int64"):
        gemmule.asarray(a).masked_fill(gemmule.asarray(np.arange(5)), 0.5)


@pytest.mark.parametrize("shape", [(), (7,), (3, 5), (0, 3), (67, 19)], ids=str)
@pytest.mark.parametrize("bounds", [(-0.5, 0.7), (None, 0.3), (-0.1, None)], ids=str)
def test_clip(shape, bounds):
    low, high = bounds
    check_op(gemmule.clip, reference.clip, draw(shape), min=low, max=high)
    check_op(gemmule.Tensor.clamp, reference.clip, draw(shape), min=low, max=high)


def test_clip_by_tensors():
    a, low = draw((4, 7)), draw((7,), 1) - 0.5
    high = low + draw((4, 1), 2, 0.2, 1)
    check_op(gemmule.clip, reference.clip, a, low, high)
    check_op(lambda x, h: gemmule.clip(x, max=h), lambda x, h: reference.clip(x, max=h), a, high)
    check_op(lambda x, h: gemmule.clip(x, h), lambda x, h: reference.clip(x, h), a, low)
    crossed = low - 0.3  # an upper bound below the lower one wins
    check_op(gemmule.clip, reference.clip, a, low, crossed)


def test_clip_edges():
    x = gemmule.asarray(np.array([1.0, 2.0, np.nan, -np.inf, np.inf])).requires_grad_()
    y = x.clip(1, 2)
    np.testing.assert_array_equal(y.detach().numpy(), [1, 2, np.nan, 1, 2])
    y.backward(gemmule.asarray(np.ones(5)))
    np.testing.assert_array_equal(x.grad.numpy(), [1, 1, 0, 0, 0])
    assert gemmule.asarray(np.arange(5)).clip(1, 3).dtype is gemmule.int64
    assert gemmule.asarray(np.arange(5)).clip(0.5, 3).dtype is gemmule.float32
    assert np.isnan(gemmule.asarray(np.zeros(3)).clip(float("nan"), 2.0).numpy()).all()
    np.testing.assert_array_equal(gemmule.clip(x).detach().numpy(), x.detach().numpy())


@pytest.mark.parametrize("name", ["clamp_", "clip_", "clamp_min_", "clamp_max_"])
def test_clip_in_place(name):
    a = draw((3, 5))
    bounds = (-0.5, 0.5) if name in ("clamp_", "clip_") else (0.1,)
    grads = []
    for method in (name[:-1], name):
        leaf = gemmule.asarray(a).requires_grad_()
        x = leaf * 1
        y = getattr(x, method)(*bounds)
        assert (y is x) == (method == name)
        y.backward(gemmule.asarray(draw((3, 5), 4)))
        grads.append((y.detach().numpy(), leaf.grad.numpy()))
    np.testing.assert_array_equal(grads[0], grads[1])
