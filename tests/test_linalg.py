"""gemmule.linalg: gradients against central differences, and what has none says so."""

import gemmule
import numpy as np
import pytest
from gemmule import linalg

STEP = 1e-6
BOUND = 1e-7  # of central differences in float64: the step squared, and eps over the step


def draw(shape, seed=0):
    values = np.random.default_rng(seed).normal(size=shape)
    if len(shape) > 1 and shape[-1] == shape[-2]:  # well away from singular
        values = values + 3 * np.eye(shape[-1])
    return values


def weighed(result, seed=7):
    """Σ w·result over all results, with fixed random weights: every element's gradient counts."""
    results = result if isinstance(result, tuple) else (result,)
    total = 0
    for part in results:
        if part.dtype.is_floating_point:
            total = total + (part * gemmule.asarray(draw((*part.shape, 1), seed)[..., 0])).sum()
    return total


def check(function, *operands):
    tensors = [gemmule.tensor(x, requires_grad=True) for x in operands]
    weighed(function(*tensors)).backward()
    for position, x in enumerate(operands):
        wanted = np.zeros_like(x)
        for at in np.ndindex(x.shape):
            values = []
            for step in (STEP, -STEP):
                moved = [y.copy() for y in operands]
                moved[position][at] += step
                values.append(weighed(function(*map(gemmule.asarray, moved))).item())
            wanted[at] = (values[0] - values[1]) / (2 * STEP)
        scale = max(1.0, np.abs(wanted).max())
        np.testing.assert_allclose(
            tensors[position].grad.numpy(), wanted, rtol=0, atol=BOUND * scale
        )


CASES = {
    "inv": (linalg.inv, (3, 3)),
    "inv of a stack": (linalg.inv, (2, 4, 4)),
    "solve": (linalg.solve, (3, 3), (3, 2)),
    "solve of a vector": (linalg.solve, (3, 3), (3,)),
    "solve of stacks that broadcast": (linalg.solve, (2, 1, 3, 3), (4, 3, 2)),
    "lstsq": (lambda a, b: linalg.lstsq(a, b).solution, (5, 3), (5, 2)),
    "lstsq of a vector": (lambda a, b: linalg.lstsq(a, b).solution, (5, 3), (5,)),
    "lstsq and its residuals": (
        lambda a, b: linalg.lstsq(a, b).residuals.sum() + linalg.lstsq(a, b).solution.sum(),
        (5, 3),
        (5, 2),
    ),
    "lstsq with residuals of a vector": (lambda a, b: linalg.lstsq(a, b).residuals, (5, 3), (5,)),
    "lstsq of a wide matrix": (lambda a, b: linalg.lstsq(a, b).solution, (3, 5), (3, 2)),
    "det": (linalg.det, (3, 3)),
    "det of a stack": (linalg.det, (2, 4, 4)),
    "slogdet": (linalg.slogdet, (2, 3, 3)),
    "matmul": (linalg.matmul, (2, 3, 4), (4, 2)),
    "vecdot": (linalg.vecdot, (2, 3), (2, 3)),
    "outer": (linalg.outer, (3,), (4,)),
    "tensordot": (lambda a, b: linalg.tensordot(a, b, axes=1), (2, 3), (3, 2)),
    "cross": (linalg.cross, (2, 3), (2, 3)),
    "cross that broadcasts": (linalg.cross, (4, 2, 3), (2, 3)),
    "trace": (lambda x: linalg.trace(x, offset=1), (2, 3, 4)),
    "diagonal": (lambda x: linalg.diagonal(x, offset=-1), (2, 4, 3)),
    "matrix_transpose": (linalg.matrix_transpose, (2, 3, 4)),
    "vector_norm": (lambda x: linalg.vector_norm(x, axis=-1), (3, 4)),
    "vector_norm of order 3": (lambda x: linalg.vector_norm(x, axis=(0, 1), ord=3), (3, 4)),
    "vector_norm of order inf": (lambda x: linalg.vector_norm(x, axis=0, ord=np.inf), (3, 4)),
    "matrix_norm": (linalg.matrix_norm, (2, 3, 4)),
}


@pytest.mark.parametrize("name", CASES)
def test_gradients(name):
    function, *shapes = CASES[name]
    check(function, *(draw(shape, seed) for seed, shape in enumerate(shapes)))


WITHOUT = {
    "cholesky": linalg.cholesky,
    "eigh": linalg.eigh,
    "eigvalsh": linalg.eigvalsh,
    "matrix_norm": lambda x: linalg.matrix_norm(x, ord="nuc"),
    "matrix_power": lambda x: linalg.matrix_power(x, 2),
    "matrix_rank": linalg.matrix_rank,
    "pinv": linalg.pinv,
    "qr": linalg.qr,
    "svd": linalg.svd,
    "svdvals": linalg.svdvals,
}


@pytest.mark.parametrize("name", WITHOUT)
def test_what_has_no_gradient_says_so(name):
    x = gemmule.tensor(np.eye(3), requires_grad=True)
    with pytest.raises(RuntimeError, match=f"{name}: NumPy computes this, without a gradient"):
        WITHOUT[name](x)
    with gemmule.no_grad():
        WITHOUT[name](x)
    WITHOUT[name](x.detach())


def test_every_function_is_one_or_the_other():
    tested = {name.split()[0] for name in CASES} | set(WITHOUT)
    assert tested == set(linalg.__all__)


@pytest.mark.parametrize("shape", [(6, 3), (3, 6), (4, 4)])
@pytest.mark.parametrize("columns", [(), (2,)])
@pytest.mark.parametrize("rank", [None, 2])
def test_lstsq_is_numpys(shape, columns, rank):
    a, b = draw(shape), draw((shape[0], *columns, 1), 1)[..., 0]
    if rank:
        a = a[:, :rank] @ draw((rank, shape[1]), 2)
    wanted = np.linalg.lstsq(a, b, rcond=None)
    got = linalg.lstsq(gemmule.asarray(a), gemmule.asarray(b))
    for name, one, other in zip(got._fields, got, wanted, strict=True):
        np.testing.assert_array_equal(one.numpy(), other, err_msg=name)
    assert got.rank.dtype is gemmule.int64 and got.rank.item() == (rank or min(shape))


def test_lstsq_of_a_rank_below_full_has_a_gradient():
    # x is constant times one column: with equal columns the shortest solution shares the weight.
    a, b = gemmule.tensor([[1.0, 1.0], [2.0, 2.0]], dtype="float64"), draw((2, 1))
    right = gemmule.tensor(b, requires_grad=True)
    linalg.lstsq(a, right).solution.sum().backward()
    np.testing.assert_allclose(right.grad.numpy(), [[0.2], [0.4]], rtol=1e-12)


def test_lstsq_says_what_does_not_fit():
    a = gemmule.ones(3, 2, requires_grad=True)
    with pytest.raises(ValueError, match=r"^lstsq: .* got shapes \(3, 2\) and \(2,\)"):
        linalg.lstsq(a, gemmule.ones(2))
    with pytest.raises(
        TypeError,
        match=r"^lstsq: x1 is float32, but x2 is float64; convert one, as by x2.float\(\)",
    ):
        linalg.lstsq(a, gemmule.ones(3).double())
    for rcond in (-1.0, float("nan")):
        with pytest.raises(ValueError, match=f"^lstsq: rcond must be at least 0, or .* {rcond}$"):
            linalg.lstsq(a, gemmule.ones(3), rcond=rcond)


def test_what_lstsq_records():
    got = linalg.lstsq(gemmule.ones(3, 2, requires_grad=True), gemmule.ones(3))
    assert [part.requires_grad for part in got] == [True, True, False, False]
    # Of a rank below full the residuals are empty, and nothing comes of them.
    right = gemmule.ones(3, 2, requires_grad=True)
    empty = linalg.lstsq(gemmule.ones(3, 2), right).residuals
    assert empty.shape == (0,)
    empty.sum().backward()
    assert right.grad.tolist() == [[0, 0]] * 3


@pytest.mark.parametrize("columns", [(), (2,)])
@pytest.mark.parametrize("shape", [(3, 0), (0, 3), (0, 0)])
def test_lstsq_of_nothing_has_a_gradient(shape, columns):
    a = gemmule.zeros(*shape, requires_grad=True)
    b = gemmule.ones(shape[0], *columns, requires_grad=True)
    linalg.lstsq(a, b).solution.sum().backward()
    assert a.grad.shape == a.shape and b.grad.tolist() == gemmule.zeros(b.shape).tolist()
