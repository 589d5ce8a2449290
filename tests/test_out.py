"""out=: the same numbers, where the caller wants them."""

import gemmule
import numpy as np
import pytest
from gemmule.ops import binary, unary

UNARY = sorted(set(unary.__all__) - {"conj", "imag", "real"})
ALIASES = {"div", "mul", "sub", "true_divide", "lerp", "addcmul", "addcdiv", "nextafter"}
BINARY = sorted(set(binary.__all__) - ALIASES)
COMPARE = ["equal", "not_equal", "less", "less_equal", "greater", "greater_equal"]
TRUTH = ["isnan", "isinf", "isfinite", "signbit", "logical_not"]


def numbers(name, shape=(4, 5)):
    values = np.linspace(0.1, 0.9, 20).reshape(shape)
    if name.startswith("bitwise"):
        return gemmule.asarray((values * 10).astype(np.int32))
    return gemmule.asarray(values + (1 if name == "acosh" else 0), dtype=gemmule.float32)


def same(got, wanted):
    assert got.dtype is wanted.dtype
    np.testing.assert_array_equal(got.numpy(), wanted.numpy())


@pytest.mark.parametrize("name", UNARY + TRUTH)
def test_one_operand(name):
    function, x = getattr(gemmule, name), numbers(name)
    wanted = function(x)
    out = gemmule.zeros_like(wanted)
    assert function(x, out=out) is out
    same(out, wanted)
    if wanted.dtype is x.dtype:  # over itself
        same(function(x, out=x), wanted)


@pytest.mark.parametrize("name", BINARY + COMPARE + ["logical_and", "logical_or", "logical_xor"])
def test_two_operands(name):
    function, x = getattr(gemmule, name), numbers(name)
    y = numbers(name, (5, 4)).mT
    wanted = function(x, y)
    out = gemmule.zeros_like(wanted)
    assert function(x, y, out=out) is out
    same(out, wanted)
    with pytest.raises(ValueError, match=rf"{name}|shift"):
        function(x, y, out=gemmule.zeros((5, 4), dtype=wanted.dtype))
    if wanted.dtype is x.dtype:
        same(function(x, y, out=y), wanted)  # over an operand of other strides
        assert (y == wanted).all()


def lines():
    return gemmule.arange(12, dtype=gemmule.float32)


X = gemmule.asarray(np.arange(6.0).reshape(2, 3))
OTHERS = [
    lambda **o: gemmule.add(X, 2, **o),
    lambda **o: gemmule.torch.add(X, X, alpha=3, **o),
    lambda **o: gemmule.sub(X, X[0], alpha=2, **o),
    lambda **o: gemmule.div(X, 4, **o),
    lambda **o: gemmule.div(X, 4, rounding_mode="floor", **o),
    lambda **o: gemmule.lerp(X, X + 1, 0.25, **o),
    lambda **o: gemmule.addcmul(X, X, X, value=2, **o),
    lambda **o: gemmule.addcdiv(X, X, X + 1, value=2, **o),
    lambda **o: gemmule.clip(X, 1, 4, **o),
    lambda **o: gemmule.clip(X, None, X.T[0].sum(), **o),
    lambda **o: gemmule.round(X * 1.234, decimals=1, **o),
    lambda **o: gemmule.matmul(X, X.mT, **o),
    lambda **o: gemmule.mm(X.mT, X, **o),
    lambda **o: gemmule.bmm(X[None], X.mT[None], **o),
    lambda **o: gemmule.mv(X, X[0], **o),
    lambda **o: gemmule.dot(X[0], X[1], **o),
    lambda **o: gemmule.sum(X, axis=1, **o),
    lambda **o: gemmule.mean(X, keepdims=True, **o),
    lambda **o: gemmule.prod(X, axis=0, **o),
    lambda **o: gemmule.max(X, axis=0, **o),
    lambda **o: gemmule.min(X, axis=0, **o),
    lambda **o: gemmule.var(X, axis=0, correction=1, **o),
    lambda **o: gemmule.std(X, axis=0, **o),
    lambda **o: gemmule.any(X, axis=0, **o),
    lambda **o: gemmule.all(X, axis=0, **o),
    lambda **o: gemmule.argmax(X, axis=0, **o),
    lambda **o: gemmule.argmin(X, **o),
    lambda **o: gemmule.amax(X, 0, **o),
    lambda **o: gemmule.amin(X, (0, 1), **o),
    lambda **o: gemmule.logsumexp(X, 1, **o),
    lambda **o: gemmule.norm(X, 1, 0, **o),
    lambda **o: gemmule.cumsum(X, 1, **o),
    lambda **o: gemmule.cumprod(X, axis=0, **o),
    lambda **o: gemmule.where(X > 2, X, 0, **o),
    lambda **o: gemmule.where(True, X, X[0], **o),
    lambda **o: gemmule.clip(X, **o),
    lambda **o: gemmule.concatenate([X, X], 1, **o),
    lambda **o: gemmule.torch.concat([X, X], 1, **o),
    lambda **o: gemmule.torch.where(X > 2, X, 0, **o),
    lambda **o: gemmule.torch.sum(X, 1, **o),
    lambda **o: gemmule.torch.mean(X, 1, True, **o),
    lambda **o: X.prod(0, **o),
    lambda **o: X.var(0, **o),
    lambda **o: X.std(axis=0, keepdims=True, **o),
    lambda **o: X.any(0, **o),
    lambda **o: X.all(**o),
    lambda **o: X.argmax(1, **o),
    lambda **o: X.argmin(1, keepdim=True, **o),
    lambda **o: gemmule.cat([X, X], 1, **o),
    lambda **o: gemmule.concat([X, X], axis=None, **o),
    lambda **o: gemmule.stack([X, X], 1, **o),
]


@pytest.mark.parametrize("call", OTHERS)
def test_others(call):
    wanted = call()
    out = gemmule.zeros_like(wanted)
    assert call(out=out) is out
    same(out, wanted)
    if wanted.ndim:  # into every second element of something larger
        wide = gemmule.zeros((*wanted.shape[:-1], 2 * wanted.shape[-1]), dtype=wanted.dtype)
        call(out=wide[..., ::2])
        same(wide[..., ::2], wanted)
        assert not wide[..., 1::2].any()


@pytest.mark.parametrize("shift", [1, 3, -1, -4])
def test_partial_overlap(shift):
    """Each way round: a result must not be read as an operand."""
    low, high = (0, shift) if shift > 0 else (-shift, 0)
    size = 12 - abs(shift)
    for call in (
        lambda x, o: gemmule.add(x, 1, out=o),
        lambda x, o: gemmule.exp(x, out=o),
        lambda x, o: gemmule.multiply(x, x, out=o),
        lambda x, o: gemmule.clip(x, 2, 7, out=o),
    ):
        base = lines() / 4
        x, out = base[low : low + size], base[high : high + size]
        wanted = call(x.clone(), gemmule.zeros(size))
        call(x, out)
        same(base[high : high + size], wanted)


def test_matmul_over_its_operand():
    x = gemmule.asarray(np.arange(9.0).reshape(3, 3))
    wanted = gemmule.matmul(x, x)
    same(gemmule.matmul(x, x, out=x), wanted)


def test_dtypes_of_the_same_kind():
    out = gemmule.zeros(2, 3, dtype=gemmule.float64)
    gemmule.add(gemmule.ones(2, 3), 1, out=out)
    assert out.tolist() == [[2.0] * 3] * 2
    gemmule.matmul(gemmule.ones(2, 2), gemmule.ones(2, 3), out=out)
    assert out.tolist() == [[2.0] * 3] * 2
    gemmule.less(X, 3, out=out)
    assert out.tolist() == [[1.0] * 3, [0.0] * 3]
    whole = gemmule.zeros(2, 3, dtype=gemmule.int64)
    with pytest.raises(
        TypeError, match="add: cannot write a float64 result into an array of int64"
    ):
        gemmule.add(X, 1, out=whole)
    with pytest.raises(
        TypeError, match="sum: cannot write a float64 result into an array of int64"
    ):
        gemmule.sum(X, axis=0, out=whole[0])
    assert not whole.any()


# NumPy's same_kind, but for signed integers into unsigned ones.
@pytest.mark.parametrize("out", ["bool", "uint8", "int8", "int64", "float16", "float32", "float64"])
@pytest.mark.parametrize("result", ["bool", "uint8", "int8", "int64", "float32", "float64"])
def test_dtypes_that_out_takes(result, out):
    x = gemmule.tensor([1, 0]).to(getattr(gemmule, result))
    allowed = np.can_cast(result, out, "same_kind") or (result, out) in (
        ("int8", "uint8"),
        ("int64", "uint8"),
    )
    for function in (gemmule.positive, gemmule.max):  # by the kernel, and copied
        wanted = function(x)
        target = gemmule.zeros_like(wanted, dtype=getattr(gemmule, out))
        if allowed:
            assert function(x, out=target) is target
            np.testing.assert_array_equal(target.numpy(), wanted.numpy().astype(out))
        else:
            with pytest.raises(TypeError, match=f"cannot write a {result} result into .* {out}$"):
                function(x, out=target)


def test_wrong_out():
    with pytest.raises(ValueError, match=r"add: the result has shape \(2, 3\), but out has \(3,\)"):
        gemmule.add(X, 1, out=gemmule.zeros(3, dtype=gemmule.float64))
    with pytest.raises(ValueError, match=r"matmul: the result has shape \(2, 2\), but out has"):
        gemmule.matmul(X, X.mT, out=gemmule.zeros_like(X))
    with pytest.raises(TypeError, match="exp: expected a Tensor for 'out', got ndarray"):
        gemmule.exp(X, out=np.zeros((2, 3)))


def test_no_gradient_is_lost_in_silence():
    x = gemmule.ones(3, requires_grad=True)
    out = gemmule.zeros(3)
    for call in (gemmule.exp, lambda x, out: gemmule.add(1, x, out=out), gemmule.isnan):
        with pytest.raises(RuntimeError, match="out= records no gradient"):
            call(x, out=out)
    with pytest.raises(RuntimeError, match="sum: out= records no gradient"):
        gemmule.sum(x, out=out[0])
    with pytest.raises(RuntimeError, match="exp: out= records no gradient"):
        gemmule.exp(out, out=x)
    with gemmule.no_grad():
        assert gemmule.exp(x, out=out) is out and not out.requires_grad


def test_the_tape_sees_the_write():
    x = gemmule.ones(3, requires_grad=True)
    factor = gemmule.ones(3)
    y = (x * factor).sum()
    gemmule.add(factor, 1, out=factor)
    with pytest.raises(RuntimeError, match=r"multiply.*add"):
        y.backward()


def test_clip_without_bounds():
    x = gemmule.tensor([1.5, 2.7])
    out = gemmule.zeros(2)
    assert gemmule.clip(x, out=out) is out and out.tolist() == x.tolist()
    with pytest.raises(
        TypeError, match="clip: cannot write a float32 result into an array of int64"
    ):
        gemmule.clip(x, out=gemmule.zeros(2, dtype=gemmule.int64))
    with pytest.raises(
        ValueError, match=r"clip: the result has shape \(2,\), but out has \(3, 2\)"
    ):
        gemmule.clip(x, out=gemmule.zeros(3, 2))
