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
]


@pytest.mark.parametrize("shapes", SHAPES, ids=str)
@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "divide"])
def test_arithmetic(name, shapes):
    a, b = (draw(shape, seed=i) for i, shape in enumerate(shapes))
    if name == "divide":
        b = np.sign(b) * (np.abs(b) + 0.5)
    check_op(getattr(gemmule, name), getattr(reference, name), a, b)


@pytest.mark.parametrize("name", ["add", "divide"])
@pytest.mark.parametrize("shape", [(3,), (129, 257), (1 << 18,)], ids=str)
def test_everywhere(name, shape):
    a, b = draw(shape), draw(shape, seed=1, low=1, high=2)
    check_op(getattr(gemmule, name), getattr(reference, name), a, b, everywhere=True, grad=False)


def test_shapes_that_do_not_broadcast():
    with pytest.raises(ValueError, match=r"add: shapes \(2,\) and \(3,\) do not broadcast"):
        gemmule.add(gemmule.asarray(np.zeros(2)), gemmule.asarray(np.zeros(3)))
