import contextlib

import gemmule
import numpy as np
import pytest
import reference.matmul as reference
from check import assert_close, check_op, draw, isa, threads
from gemmule import _C

SHAPES = [
    ((3,), (3,)),
    ((1, 1), (1, 1)),
    ((2, 3), (3,)),
    ((3,), (3, 5)),
    ((7, 11), (11, 13)),
    ((0, 3), (3, 4)),
    ((3, 0), (0, 4)),
    ((17, 64), (64, 33)),
    ((5, 400), (400, 100)),
    ((70, 37), (37, 130)),
    ((2, 3, 4), (4, 5)),
    ((2, 3, 4), (2, 4, 5)),
    ((2, 1, 3, 4), (5, 4, 2)),
    ((4, 3), (2, 3, 5)),
    ((6, 3, 4), (4,)),
    ((3,), (2, 3, 5)),
]


def few_lines(left, right):
    """Whether the order of the sums may follow the layout: few rows, or few columns."""
    rows = left[-2] if len(left) > 1 else 1
    columns = right[-1] if len(right) > 1 else 1
    return left[-1] >= 64 and (rows <= 8 or columns <= 12)


@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_matmul(shapes):
    a, b = (draw(shape, seed=i) for i, shape in enumerate(shapes))
    # √k rounding errors of the terms' size, against the largest sum.
    check_op(
        gemmule.matmul,
        reference.matmul,
        a,
        b,
        bound32=2e-6,
        bound64=5e-15,
        strides="close" if few_lines(*shapes) else True,
    )


LARGE = [((5, 3), (3, 2)), ((129, 700), (700, 257)), ((300, 40, 50), (300, 50, 60))]


@pytest.mark.parametrize("shapes", LARGE, ids=str)
def test_everywhere(shapes):
    a, b = (draw(shape, seed=i) for i, shape in enumerate(shapes))
    check_op(
        gemmule.matmul,
        reference.matmul,
        a,
        b,
        bound32=2e-6,
        bound64=5e-15,
        grad=False,
        strides=False,
        everywhere=True,
    )


# Path: few rows along the rows of B; lines along K; few columns; a sum cut along K; a matrix and a
# vector, either way round; one element of more terms than a chunk; rows of B read panel by panel;
# columns of A packed once for several pieces; panels of B packed by their first tile, whose last
# row is another's.
EVERYWHERE = [
    ((8, 300), (300, 1200), "nn"),
    ((16, 520), (520, 521), "tn"),
    ((5, 700), (700, 300), "nt"),
    ((300, 700), (700, 9), "nn"),
    ((48, 3000), (3000, 40), "tn"),
    ((200, 5000), (5000, 65), "tn"),
    ((700, 900), (900,), "nn"),
    ((700, 900), (900,), "tn"),
    ((900,), (900, 700), "nn"),
    ((900,), (900, 700), "nt"),
    ((1, 140_001), (140_001, 1), "nn"),
    ((64, 600), (600, 700), "nt"),
    ((64, 600), (600, 700), "tt"),
    ((30, 20, 90), (30, 90, 1), "nn"),
    ((130, 300), (300, 1100), "tn"),
    ((20, 900), (900, 128), "nn"),
    ((61, 900), (900, 520), "nn"),
]


def lay_out(array, order):
    """The same values, with columns lying along memory where `order` is "t"."""
    return np.ascontiguousarray(array.T).T if order == "t" and array.ndim == 2 else array


@pytest.mark.parametrize(("left", "right", "layout"), EVERYWHERE, ids=str)
def test_every_path_everywhere(left, right, layout):
    operands = [
        lay_out(draw(shape, seed=i), order)
        for i, (shape, order) in enumerate(zip((left, right), layout, strict=True))
    ]
    check_op(
        gemmule.matmul,
        reference.matmul,
        *operands,
        bound32=2e-6,
        bound64=5e-15,
        grad=False,
        strides=False,
        everywhere=True,
    )


# Half the distance between neighbours of 16-bit floats, relative to them.
HALVES = [(gemmule.bfloat16, 2.0**-8), (gemmule.float16, 2.0**-11)]
HALF_PATHS = [
    *EVERYWHERE,
    ((3, 0), (0, 4), "nn"),
    ((7, 11), (11, 13), "nt"),
    ((64, 64), (64, 64), "nn"),
    ((130, 513), (513, 300), "tn"),
    ((70, 1500), (1500, 2100), "nt"),
    ((257, 300), (300, 33), "tt"),
    ((2, 1, 30, 40), (5, 40, 20), "nn"),
]


@pytest.mark.parametrize(("dtype", "step"), HALVES)
@pytest.mark.parametrize(("left", "right", "layout"), HALF_PATHS, ids=str)
def test_16_bit_floats_everywhere(left, right, layout, dtype, step):
    """Sums in float32, rounded once; any number of threads gives the same bytes."""
    a, b = (gemmule.asarray(draw(shape, seed=i)).to(dtype) for i, shape in enumerate((left, right)))
    x, y = (v.double().numpy() for v in (a, b))
    want = x @ y
    bound = step * np.abs(want) + 2e-6 * np.abs(want).max(initial=0)
    a, b = (
        v.mT.contiguous().mT if order == "t" and v.ndim == 2 else v
        for v, order in zip((a, b), layout, strict=True)
    )
    for name in _C.runnable_isas():
        with isa(name):
            choice = name == "v4" and dtype is gemmule.bfloat16
            for used in _C.runnable_bfloat_products() if choice else (None,):
                with bfloat_products(used):
                    values = [_at_threads(count, a, b, dtype) for count in (1, 2, 3, 8)]
                assert len({v.tobytes() for v in values}) == 1, (name, used)
                assert (np.abs(values[0] - want) <= bound).all(), (name, used)


def _at_threads(count, a, b, dtype):
    with threads(count):
        product = gemmule.matmul(a, b)
    assert product.dtype is dtype
    return product.float().numpy()


@contextlib.contextmanager
def bfloat_products(name):
    """Let a block multiply bfloat16 by certain instructions, if named."""
    if name is None:
        yield
        return
    before = _C.bfloat_products()
    _C.set_bfloat_products(name)
    try:
        yield
    finally:
        _C.set_bfloat_products(before)


@pytest.mark.parametrize("used", _C.runnable_bfloat_products())
@pytest.mark.parametrize("layout", ["nn", "nt", "tn"])
@pytest.mark.parametrize("k", [33, 64, 200, 1025])
def test_pairs_of_bfloat16(k, layout, used):
    a, b = draw((40, k)).astype("f4"), draw((k, 50), seed=1).astype("f4")
    a[20, k - 1] = np.nan
    b[0, 17] = np.inf
    a[0, :], b[:, 0] = 0, 1
    a[0, 0] = 2.0**-130  # a denormal bfloat16
    x, y = (
        gemmule.asarray(v).to(gemmule.bfloat16).mT.contiguous().mT
        if order == "t"
        else gemmule.asarray(v).to(gemmule.bfloat16)
        for v, order in zip((a, b), layout, strict=True)
    )
    with bfloat_products(used):
        got = gemmule.matmul(x, y).float().numpy()
        flushed = _C.bfloat_products() != "float32"
    assert np.isnan(got[20]).all()
    others = np.delete(np.arange(40), 20)
    assert np.isinf(got[others[1:], 17]).all()
    assert np.isfinite(np.delete(got[others], 17, axis=1)).all()
    assert got[0, 0] == (0 if flushed else 2.0**-130)


def test_bfloat_products_by_name():
    assert gemmule.show_config("dict")["bfloat16 products"] in _C.runnable_bfloat_products()
    with pytest.raises(ValueError, match="GEMMULE_BFLOAT16: 'avx' cannot run here"):
        _C.set_bfloat_products("avx")


@pytest.mark.parametrize(("dtype", "step"), HALVES)
@pytest.mark.parametrize("rows", [1, 8, 20, 100])
def test_linear_of_16_bit_floats(rows, dtype, step):
    arrays = [draw((rows, 300)), draw((130, 300), seed=1), draw((130,), seed=2)]
    x, w, b = (gemmule.asarray(v).to(dtype).requires_grad_() for v in arrays)
    y = gemmule.linear(x, w, b)
    assert y.dtype is dtype
    g = gemmule.asarray(draw((rows, 130), seed=3)).to(dtype)
    y.backward(g)
    wide = [v.detach().double().numpy() for v in (x, w, b, g)]
    want = [
        reference.linear(*wide[:3]),
        wide[3] @ wide[1],
        wide[3].T @ wide[0],
        wide[3].sum(0),
    ]
    for got, right in zip((y.detach(), x.grad, w.grad, b.grad), want, strict=True):
        assert got.dtype is dtype
        bound = step * np.abs(right) + 2e-6 * np.abs(right).max()
        assert (np.abs(got.double().numpy() - right) <= bound).all()


@pytest.mark.parametrize("layout", ["nn", "nt", "tn", "tt"])
@pytest.mark.parametrize("m", [*range(1, 21), 33])
def test_few_rows(m, layout):
    """Every tile size and tail, of operands that begin anywhere, by rows and by columns."""
    for k in (1, 63, 66, 301):
        for n in (1, 2, 12, 15, 33, 129, 1031):
            a, b = draw((m + 1, k + 3)).astype("f4"), draw((k + 2, n + 5), seed=1).astype("f4")
            a, b = lay_out(a, layout[0])[1:, 3:], lay_out(b, layout[1])[2:, 5:]
            got = gemmule.matmul(gemmule.asarray(a), gemmule.asarray(b)).numpy()
            want = a.astype("f8") @ b.astype("f8")
            assert_close(got, want, 2e-6, f"{m}x{k}x{n}")
            if k == 66:
                got = gemmule.matmul(gemmule.asarray(a.T[::-1].T), gemmule.asarray(b[::-1]))
                assert_close(got.numpy(), want, 2e-6, f"{m}x{k}x{n} reversed")


@pytest.mark.parametrize("layout", ["nn", "nt", "tn"])
@pytest.mark.parametrize(("m", "k", "n"), [(1, 200, 700), (6, 200, 700), (9, 100, 5), (90, 90, 90)])
def test_nan_and_infinity_stay_in_their_row_and_column(m, k, n, layout):
    a, b = draw((m, k)).astype("f4"), draw((k, n), seed=1).astype("f4")
    a[m // 2, k - 1] = np.nan
    b[0, n // 3] = np.inf
    x, y = (gemmule.asarray(lay_out(v, o)) for v, o in zip((a, b), layout, strict=True))
    got = gemmule.matmul(x, y).numpy()
    assert np.isnan(got[m // 2]).all()
    others = np.delete(np.arange(m), m // 2)
    np.testing.assert_array_equal(got[others, n // 3], np.sign(a[others, 0]) * np.inf)
    assert np.isfinite(np.delete(got[others], n // 3, axis=1)).all()


@pytest.mark.parametrize("shapes", [((0, 5), (5,)), ((5,), (5, 0)), ((3, 0), (0,)), ((0,), (0, 3))])
def test_nothing_to_add(shapes):
    a, b = (np.ones(shape, "f4") for shape in shapes)
    got = gemmule.matmul(gemmule.asarray(a), gemmule.asarray(b)).numpy()
    np.testing.assert_array_equal(got, a @ b)


@pytest.mark.parametrize("rows", [1, 2, 8, 9, 16, 20, 32, 64])
@pytest.mark.parametrize(("inputs", "outputs"), [(784, 128), (200, 1030)])
def test_linear_of_a_batch(rows, inputs, outputs):
    args = [draw((rows, inputs)), draw((outputs, inputs), seed=1), draw((outputs,), seed=2)]
    check_op(
        gemmule.linear,
        reference.linear,
        *args,
        bound32=2e-6,
        bound64=5e-15,
        grad=False,
        strides="close" if rows <= 8 else True,
        everywhere=rows in (1, 20),
    )


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("shape", [(5,), (7, 5), (0, 5), (2, 3, 5), (100, 5)], ids=str)
def test_linear(shape, bias):
    args = [draw(shape), draw((19, 5), seed=1)]
    if bias:
        args.append(draw((19,), seed=2))
    # The weight's gradient of 100 rows has few columns and a long sum.
    strides = "close" if shape[0] == 100 else True
    check_op(gemmule.linear, reference.linear, *args, bound32=2e-6, bound64=5e-15, strides=strides)


@pytest.mark.parametrize("n", [1, 31, 64, 200, 520])
def test_a_row_does_not_depend_on_its_batch(n):
    a, b = draw((130, 500)).astype("f4"), draw((500, n), seed=1).astype("f4")
    x, w = gemmule.asarray(a), gemmule.asarray(b)
    whole = gemmule.matmul(x, w).numpy()
    for rows in (1, 2, 5, 17, 20, 23, 40, 64):
        part = gemmule.matmul(gemmule.asarray(a[:rows]), w).numpy()
        assert part.tobytes() == whole[:rows].tobytes(), rows


@pytest.mark.parametrize("name", _C.runnable_isas())
@pytest.mark.parametrize("n", [2016, 2003])
def test_a_large_result_of_few_terms(n, name):
    """Stored past the cache where rows are whole registers; small parts of it are not."""
    a, b, bias = draw((2100, 40)), draw((n, 40), seed=1), draw((n,), seed=2)
    x, w, c = (gemmule.asarray(v.astype("f4")) for v in (a, b, bias))
    with isa(name), threads(2):
        whole = gemmule.linear(x, w, c).numpy()
        part = gemmule.linear(x[-700:], w, c).numpy()
    assert_close(whole, reference.linear(a, b, bias), 2e-6, "whole")
    assert part.tobytes() == whole[-700:].tobytes()


def test_integers():
    a, b = np.arange(6).reshape(2, 3), np.arange(12).reshape(3, 4)
    result = gemmule.asarray(a) @ gemmule.asarray(b)
    assert result.dtype is gemmule.int64
    np.testing.assert_array_equal(result.numpy(), a @ b)


def test_other_products():
    a, b = draw((4, 5)), draw((5,), seed=1)
    x, y = gemmule.asarray(a), gemmule.asarray(b)
    np.testing.assert_allclose(x.mv(y).numpy(), a @ b)
    np.testing.assert_allclose(y.dot(y).item(), b @ b)
    np.testing.assert_allclose(gemmule.outer(y, y).numpy(), np.outer(b, b))
    np.testing.assert_allclose(gemmule.inner(x, y).numpy(), np.inner(a, b))
    np.testing.assert_allclose(gemmule.addmm(x, x @ x.mT, x, alpha=2).numpy(), a + 2 * a @ a.T @ a)
    np.testing.assert_allclose((a @ y).numpy(), a @ b)


ERRORS = [
    ((2, 3), (4, 5), ValueError, r"matmul: shapes \(2, 3\) and \(4, 5\) do not match: 3 columns"),
    ((2, 3, 4), (3, 4, 5), ValueError, r"matmul: shapes \(2,\) and \(3,\) do not broadcast"),
    ((), (3,), ValueError, "matmul: expected at least one dimension"),
]


@pytest.mark.parametrize(("left", "right", "kind", "message"), ERRORS)
def test_matmul_errors(left, right, kind, message):
    with pytest.raises(kind, match=message):
        gemmule.matmul(gemmule.zeros(left), gemmule.zeros(right))


def test_linear_errors():
    x, w = gemmule.zeros(2, 3), gemmule.zeros(4, 5)
    with pytest.raises(ValueError, match=r"linear: weight of shape \(4, 5\) takes 5 input feat"):
        gemmule.linear(x, w)
    with pytest.raises(ValueError, match=r"linear: bias of shape \(3,\) does not fit 4 output"):
        gemmule.linear(gemmule.zeros(2, 5), w, gemmule.zeros(3))
    with pytest.raises(TypeError, match="linear: weight is float64, but the input is float32"):
        gemmule.linear(gemmule.zeros(2, 5), gemmule.zeros(4, 5, dtype=gemmule.float64))
