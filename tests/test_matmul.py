import gemmule
import numpy as np
import pytest
import reference.matmul as reference
from check import check_op, draw

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


@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_matmul(shapes):
    a, b = (draw(shape, seed=i) for i, shape in enumerate(shapes))
    # √k rounding errors of the terms' size, against the largest sum.
    check_op(gemmule.matmul, reference.matmul, a, b, bound32=2e-6, bound64=5e-15)


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


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("shape", [(5,), (7, 5), (0, 5), (2, 3, 5), (100, 5)], ids=str)
def test_linear(shape, bias):
    args = [draw(shape), draw((19, 5), seed=1)]
    if bias:
        args.append(draw((19,), seed=2))
    check_op(gemmule.linear, reference.linear, *args, bound32=2e-6, bound64=5e-15)


@pytest.mark.parametrize("n", [1, 31, 64, 200])
def test_a_row_does_not_depend_on_its_batch(n):
    a, b = draw((130, 300)).astype("f4"), draw((300, n), seed=1).astype("f4")
    x, w = gemmule.asarray(a), gemmule.asarray(b)
    whole = gemmule.matmul(x, w).numpy()
    for rows in (1, 2, 5, 17, 64):
        part = gemmule.matmul(gemmule.asarray(a[:rows]), w).numpy()
        assert part.tobytes() == whole[:rows].tobytes(), rows


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
