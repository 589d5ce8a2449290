import gemmule
import numpy as np
import pytest
from check import check_op, draw

EQUATIONS = [
    ("ij,jk->ik", [(3, 4), (4, 5)]),
    ("ij,jk", [(3, 4), (4, 5)]),
    ("bij,bjk->bik", [(2, 3, 4), (2, 4, 5)]),
    ("bhqd,bhkd->bhqk", [(2, 3, 4, 5), (2, 3, 6, 5)]),
    ("ij->ji", [(3, 4)]),
    ("ij->", [(3, 4)]),
    ("ij->j", [(3, 4)]),
    ("ii->i", [(4, 4)]),
    ("ii", [(4, 4)]),
    ("iji->ij", [(4, 3, 4)]),
    ("iii->i", [(3, 3, 3)]),
    ("i,j->ij", [(3,), (4,)]),
    ("i,i->", [(5,), (5,)]),
    ("ij,ij->ij", [(3, 4), (3, 4)]),
    ("ijk,k->ij", [(2, 3, 4), (4,)]),
    ("ij,jk,kl->il", [(3, 4), (4, 5), (5, 2)]),
    ("a,ab,bc,c->", [(3,), (3, 4), (4, 2), (2,)]),
    ("...ij,...jk->...ik", [(2, 3, 4), (4, 5)]),
    ("...i->...", [(2, 3, 4)]),
    ("ij,kj->ik", [(3, 4), (5, 4)]),
    ("abc,cd->dab", [(2, 3, 4), (4, 5)]),
    ("ab,cd->ab", [(2, 3), (4, 5)]),
    ("ij,jk->ik", [(0, 4), (4, 5)]),
]


@pytest.mark.parametrize(("equation", "shapes"), EQUATIONS, ids=str)
def test_einsum(equation, shapes):
    operands = [draw(shape, seed=i) for i, shape in enumerate(shapes)]
    check_op(
        lambda *xs: gemmule.einsum(equation, *xs),
        lambda *xs: np.einsum(equation, *xs),
        *operands,
        bound32=2e-6,
    )


@pytest.mark.parametrize("axes", [0, 1, 2, ([0, 2], [1, 0]), (-1, 0)], ids=str)
def test_tensordot(axes):
    shapes = [(4, 3, 5), (5, 4, 2)] if axes == ([0, 2], [1, 0]) else [(2, 4, 5), (5, 3)]
    if axes == 2:
        shapes = [(2, 4, 5), (4, 5, 3)]
    operands = [draw(shape, seed=i) for i, shape in enumerate(shapes)]
    check_op(
        lambda a, b: gemmule.tensordot(a, b, axes=axes),
        lambda a, b: np.tensordot(a, b, axes=axes),
        *operands,
        bound32=2e-6,
    )


def test_a_diagonal_reads_nothing_beside_it():
    x = gemmule.tensor([[1.0, float("inf")], [float("nan"), 2.0]])
    assert gemmule.einsum("ii->i", x).tolist() == [1.0, 2.0]
    assert gemmule.einsum("ii", x).item() == 3.0


def test_nothing_meets_a_size_of_one():
    result = gemmule.einsum("ij,ij->ij", gemmule.ones(0, 3), gemmule.ones(1, 3))
    assert result.shape == (0, 3)


@pytest.mark.parametrize("axes", [3, -1, ([0], [2]), ([-3], [0])], ids=str)
def test_tensordot_has_such_axes(axes):
    with pytest.raises(IndexError, match=r"tensordot: .* out of range for shape"):
        gemmule.tensordot(gemmule.ones(2, 2), gemmule.ones(2, 2), axes=axes)


@pytest.mark.parametrize(
    "shapes", [((2, 3), (4, 5)), ((3,), (2, 2)), ((2, 1, 3), (4,)), ((), (3, 2)), ((0, 2), (3, 2))]
)
def test_kron(shapes):
    check_op(gemmule.kron, np.kron, *(draw(shape, i) for i, shape in enumerate(shapes)))


def test_kron_of_many_axes():
    assert gemmule.kron(gemmule.ones(1, 1, 1, 1, 1, 1, 1, 2), gemmule.ones(3)).shape[-1] == 6
    with pytest.raises(ValueError, match=r"^kron: expected at most 8 dimensions .* shapes \(1,"):
        gemmule.kron(gemmule.ones(*[1] * 9), gemmule.ones(2))


def test_trace():
    check_op(gemmule.trace, np.trace, draw((4, 6)), bound32=2e-6)
    assert gemmule.trace(gemmule.tensor([[1, 2], [3, 4]])).item() == 5


ERRORS = [
    ("ij,jk->ik", [(3, 4)], "names 2 operands, but 1 are given"),
    ("ij,jk->ik", [(3, 4), (5, 6)], "letter 'j' has size 4, but size 5 in operand 1"),
    ("ijk->i", [(3, 4)], r"operand 0 has shape \(3, 4\), but 'ijk' names 3 axes"),
    ("ij->ik", [(3, 4)], "letter 'k' of the result"),
    ("ij->ii", [(3, 4)], "letter 'i' of the result"),
    ("i1->i", [(3, 4)], "is no sequence of letters"),
    ("...i...->i", [(3, 4, 5)], "is no sequence of letters"),
    ("ii->i", [(1, 3)], r"letter 'i' stands for sizes 1 and 3 of operand 0, shape \(1, 3\)"),
]


@pytest.mark.parametrize(("equation", "shapes", "message"), ERRORS)
def test_errors(equation, shapes, message):
    with pytest.raises(ValueError, match=message):
        gemmule.einsum(equation, *[gemmule.zeros(shape) for shape in shapes])
    with pytest.raises(TypeError, match=r"einsum: expected a Tensor for 'operands\[0\]', got list"):
        gemmule.einsum("i,i", [1.0], gemmule.zeros(1))
