import gemmule
import numpy as np
import pytest
import reference.attention as reference
from check import assert_close, check_op, draw, layouts, threads

attention = gemmule.scaled_dot_product_attention

# query, key, value
CASES = [
    ((1, 1), (1, 1), (1, 1)),
    ((5, 3), (7, 3), (7, 4)),
    ((2, 3, 17, 8), (2, 3, 33, 8), (2, 3, 33, 16)),
    ((3, 70, 19), (3, 131, 19), (3, 131, 5)),
    ((2, 1, 64, 16), (1, 3, 20, 16), (2, 3, 20, 16)),
    ((2, 0, 4), (2, 3, 4), (2, 3, 4)),
    ((2, 3, 4), (2, 0, 4), (2, 0, 4)),
    ((0, 3, 4), (0, 5, 4), (0, 5, 4)),
    ((2, 3, 4), (2, 5, 4), (2, 5, 0)),
    ((3, 0), (5, 0), (5, 2)),
]
BIG = [
    ((2, 3, 150, 64), (2, 3, 300, 64), (2, 3, 300, 64)),
    ((1, 4, 301, 40), (1, 4, 301, 40), (1, 4, 301, 24)),
    ((1, 2, 517, 8), (1, 2, 129, 8), (1, 2, 129, 80)),
]


# The float32 kernel's error, relative to the largest value.
BOUND32 = 2e-6


def operands(case, seed=0):
    return [draw(shape, seed=seed + i) for i, shape in enumerate(case)]


def check(case, mask=None, **options):
    check_op(
        lambda q, k, v, m, **o: attention(q, k, v, m, **o),
        reference.scaled_dot_product_attention,
        *operands(case),
        mask,
        bound32=BOUND32,
        **options,
    )


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_values_and_gradients(case, causal):
    check(case, is_causal=causal)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("case", BIG, ids=str)
def test_everywhere(case, causal):
    check(case, is_causal=causal, everywhere=True, strides=False, grad=False)


def masks(shape):
    """Bool masks: dense, the same for all queries, for all keys, a gapped view, with empty rows."""
    dense = draw(shape, seed=5) > -0.5
    empty = dense.copy()
    empty[..., shape[-2] // 2, :] = False
    wide = np.repeat(dense, 2, axis=-1)
    return {
        "dense": dense,
        "keys": dense[..., :1, :],
        "queries": dense[..., :1],
        "all heads": dense[:1, :1],
        "matrix": dense[0, 0],
        "gapped": wide[..., ::2],
        "transposed": np.ascontiguousarray(dense.T).T,
        "empty rows": empty,
        "nothing": np.zeros_like(dense),
    }


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("name", masks((1, 1, 1, 1)))
def test_bool_masks(name, causal):
    case = (2, 3, 67, 8), (2, 3, 261, 8), (2, 3, 261, 8)
    check(case, masks((2, 3, 67, 261))[name], is_causal=causal, strides=False)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", masks((1, 1, 1, 1)))
def test_added_masks(name, dtype):
    truth = masks((2, 3, 67, 261))[name]
    q, k, v = (draw((2, 3, n, 8), seed=n).astype(dtype) for n in (67, 261, 261))
    for outside in (-np.inf, -3.0):
        mask = np.where(truth, draw(truth.shape), outside).astype(dtype)
        for other in (mask, *(m for _, m in layouts(mask))):
            got = attention(*map(gemmule.asarray, (q, k, v, other))).numpy()
            want = reference.scaled_dot_product_attention(
                *(x.astype(np.float64) for x in (q, k, v, mask))
            )
            assert_close(got, want, 3e-6 if dtype == np.float32 else 1e-14, name)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("number", [-1e4, -1e9, -3e38, "lowest", "largest"])
@pytest.mark.parametrize("where", ["two queries", "all queries", "all scores"])
def test_finite_numbers_added_to_every_key(where, number, dtype):
    """Were it the lowest float, which models' masks have, it hides a key from others alone."""
    limits = np.finfo(dtype)
    number = dtype({"lowest": limits.min, "largest": limits.max}.get(number, number))
    mask = np.zeros((1 if where == "all queries" else 70, 300), dtype)
    mask[{"two queries": [0, 69], "all queries": 0, "all scores": slice(None)}[where]] = number
    mask[-1, 3:7] = 0  # four keys of the last row alone take part, or do not
    q, k, v, g = (draw((2, n, 8), seed=s).astype(dtype) for s, n in enumerate((70, 300, 300, 70)))
    q_, k_, v_, g_ = (x.astype(np.float64) for x in (q, k, v, g))
    scale = 8**-0.5
    scores = ((q_ @ k_.swapaxes(1, 2) * scale).astype(dtype) + mask).astype(np.float64)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    out = weights @ v_
    ds = weights * (g_ @ v_.swapaxes(1, 2) - (g_ * out).sum(-1, keepdims=True)) * scale
    want = [out, ds @ k_, ds.swapaxes(1, 2) @ q_, weights.swapaxes(1, 2) @ g_]

    inputs = [gemmule.asarray(x).requires_grad_() for x in (q, k, v)]
    got = attention(*inputs, gemmule.asarray(mask))
    got.backward(gemmule.asarray(g))
    # What of a score the number rounds away differs between units, unless it is all.
    noise = limits.eps * abs(float(number))
    bound = (3e-6 if dtype == np.float32 else 1e-14) + (noise if noise < 1 else 0)
    for x, w, name in zip([got.detach(), *(x.grad for x in inputs)], want, "oqkv", strict=True):
        assert_close(x.numpy(), w, bound, name)


def test_the_gradient_of_an_added_mask():
    case = (2, 3, 7, 8), (2, 3, 11, 8), (2, 3, 11, 8)
    check(case, draw((3, 1, 11)))
    check(case, draw((2, 1, 7, 11)), is_causal=True)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("heads", [(6, 2), (4, 1), (3, 3)])
def test_fewer_key_value_heads(heads, causal):
    many, few = heads
    case = (2, many, 130, 16), (2, few, 75, 16), (2, few, 75, 24)
    mask = draw((2, many, 1, 75), seed=3) > -1
    for m in (None, mask):
        check(case, m, enable_gqa=True, is_causal=causal, strides=False)
    check(case, enable_gqa=True, everywhere=True, strides=False, grad=False)


def test_runs_of_units_are_added_in_order():
    # One head, so that its queries are cut into several sums of dk and dv.
    case = (1, 1, 700, 20), (1, 1, 300, 20), (1, 1, 300, 12)
    check(case, is_causal=True, strides=False)
    check(case, strides=False)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("shape", [(2, 3, 333, 40), (1, 1, 700, 64)])
def test_gradients_have_the_same_bits_on_any_number_of_threads(shape, causal):
    arrays = [draw(shape, seed=s).astype(np.float32) for s in range(4)]
    seen = set()
    for count in (1, 2, 3, 8):
        with threads(count):
            q, k, v = (gemmule.asarray(x).requires_grad_() for x in arrays[:3])
            gemmule.autograd.backward(
                attention(q, k, v, is_causal=causal), gemmule.asarray(arrays[3])
            )
            seen.add(b"".join(x.grad.numpy().tobytes() for x in (q, k, v)))
    assert len(seen) == 1


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("length", [70, 700, 0])  # of 700, runs of units have sums of their own
@pytest.mark.parametrize("heads", [(3, 3), (4, 2), (4, 1), (1, 1)])
def test_heads_side_by_side_in_memory(length, heads, causal):
    """(batch, length, heads, features), as a projection leaves them: so are the results."""
    arrays = [draw((2, length, h, 18), seed=h).astype("f4") for h in (heads[0], *heads[1:] * 2)]
    g = gemmule.asarray(draw((2, heads[0], length, 18), seed=9).astype("f4"))

    def run(operands):
        operands = [x.requires_grad_() for x in operands]
        got = attention(*operands, is_causal=causal, enable_gqa=True)
        return got, gemmule.autograd.grad(got, operands, g)

    got, grads = run([gemmule.asarray(x).transpose(1, 2) for x in arrays])
    want, wanted = run([gemmule.asarray(x.swapaxes(1, 2).copy()) for x in arrays])
    for x, y in zip((got, *grads), (want, *wanted), strict=True):
        assert x.detach().numpy().tobytes() == y.detach().numpy().tobytes()
        if length:
            assert x.transpose(1, 2).is_contiguous() and y.is_contiguous()


def test_scale():
    for scale in (0.5, -1.0, 0.0, 3):
        check(CASES[1], scale=scale)


def test_large_scores():
    q, k = (1e4 * draw((40, 16), seed=s) for s in range(2))
    v = draw((40, 16))
    got = attention(*(gemmule.asarray(x.astype(np.float32)) for x in (q, k, v))).numpy()
    best = np.argmax(q.astype(np.float32) @ k.astype(np.float32).T, axis=1)
    np.testing.assert_allclose(got, v[best], rtol=0, atol=BOUND32 * np.abs(v).max())


def test_nan_stays():
    q, k, v = (draw((40, 16), seed=s) for s in range(3))
    q[3, 2] = np.nan
    got = attention(*map(gemmule.asarray, (q, k, v))).numpy()
    assert np.isnan(got[3]).all()
    assert np.isfinite(np.delete(got, 3, axis=0)).all()


def test_dropout():
    gemmule.manual_seed(0)
    q = gemmule.ones((4, 64, 8))
    weights = attention(q, q, gemmule.eye(64).reshape((1, 64, 64)), dropout_p=0.25).numpy()
    kept = weights > 0
    np.testing.assert_allclose(weights[kept], 1 / 64 / 0.75, rtol=BOUND32)
    assert abs(kept.mean() - 0.75) < 0.02


def test_composed_agrees_with_tiles():
    """A mask that requires grad takes the composed path: the same values as without."""
    q, k, v = (gemmule.asarray(draw(s)) for s in ((2, 4, 9, 8), (2, 2, 13, 8), (2, 2, 13, 5)))
    mask = draw((9, 13))
    mask[4] = -np.inf
    for causal in (False, True):
        tiles = attention(q, k, v, gemmule.asarray(mask), is_causal=causal, enable_gqa=True)
        tracked = gemmule.asarray(mask).requires_grad_()
        whole = attention(q, k, v, tracked, is_causal=causal, enable_gqa=True)
        np.testing.assert_allclose(whole.detach().numpy(), tiles.numpy(), atol=1e-14)
        assert (tiles.numpy()[:, :, 4] == 0).all()
        whole.sum().backward()
        assert np.isfinite(tracked.grad.numpy()).all()


def test_messages():
    def call(q, k, v, mask=None, dtypes=(np.float32,) * 3, **options):
        q, k, v = (gemmule.asarray(np.zeros(s, d)) for s, d in zip((q, k, v), dtypes, strict=True))
        return attention(q, k, v, None if mask is None else gemmule.asarray(mask), **options)

    name = "scaled_dot_product_attention: "
    with pytest.raises(TypeError, match=name + "key is float64, but query is float32"):
        call((2, 3), (2, 3), (2, 3), dtypes=(np.float32, np.float64, np.float32))
    with pytest.raises(TypeError, match=name + "expected float32 or float64, got int64"):
        call((2, 3), (2, 3), (2, 3), dtypes=(np.int64,) * 3)
    with pytest.raises(ValueError, match=name + r"query of shape \(3,\) has fewer than 2"):
        call((3,), (2, 3), (2, 3))
    with pytest.raises(ValueError, match=r"query of shape \(2, 3\) has 3 features, but key of"):
        call((2, 3), (2, 4), (2, 3))
    with pytest.raises(ValueError, match=r"has 5 rows, but value of shape \(4, 3\) has 4"):
        call((2, 3), (5, 3), (4, 3))
    with pytest.raises(ValueError, match=name + r".*\(2, 3\).*\(3, 2\)|broadcast"):
        call((2, 3, 1), (3, 2, 1), (3, 2, 1))
    with pytest.raises(ValueError, match="4 heads of query are no multiple of the 3 heads of key"):
        call((4, 5, 2), (3, 5, 2), (3, 5, 2), enable_gqa=True)
    with pytest.raises(ValueError, match="with enable_gqa expected at least 3 dimensions"):
        call((5, 2), (5, 2), (5, 2), enable_gqa=True)
    with pytest.raises(TypeError, match="attn_mask of bool or float32, got float64"):
        call((2, 3), (2, 3), (2, 3), np.zeros((2, 2)))
    with pytest.raises(ValueError, match=name):
        call((2, 3), (2, 3), (2, 3), np.zeros((3, 2), np.float32))
    with pytest.raises(ValueError, match=r"^scaled_dot_product_attention: probability 2 is not in"):
        call((2, 3), (2, 3), (2, 3), dropout_p=2)
