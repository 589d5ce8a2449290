import gemmule
import numpy as np
import pytest
import reference.sort as reference
from check import check_op, draw

EXACT = {"bound32": 0.0, "bound64": 0.0, "grad_bound32": 1e-6}


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(("shape", "axis"), [((7,), 0), ((3, 5), 0), ((3, 5), -1), ((2, 0), 1)])
def test_sort(shape, axis, descending):
    check_op(
        lambda x: gemmule.sort(x, axis=axis, descending=descending),
        lambda x: reference.sort(x, axis, descending),
        draw(shape),
        **EXACT,
    )


@pytest.mark.parametrize("largest", [True, False])
@pytest.mark.parametrize(("k", "axis"), [(0, 0), (1, 1), (3, 0), (5, 1)])
def test_topk(k, axis, largest):
    check_op(
        lambda x: gemmule.topk(x, k, axis, largest),
        lambda x: reference.topk(x, k, axis, largest),
        draw((4, 6)),
        **EXACT,
    )


def test_equal_elements_keep_their_order():
    x = gemmule.tensor([2, 1, 2, 1, 2])
    assert gemmule.argsort(x).tolist() == [1, 3, 0, 2, 4]
    assert gemmule.argsort(x, descending=True).tolist() == [0, 2, 4, 1, 3]
    values, indices = x.sort(descending=True)
    assert values.tolist() == [2, 2, 2, 1, 1]
    assert indices.tolist() == [0, 2, 4, 1, 3]


def test_median_and_kthvalue():
    x = gemmule.tensor([[3.0, 1.0, 2.0, 4.0], [8.0, 6.0, 5.0, 7.0]])
    values, indices = x.median(1)
    assert values.tolist() == [2.0, 6.0]
    assert indices.tolist() == [2, 1]
    assert x.median().item() == 4.0
    assert x.kthvalue(1, 1, keepdim=True).values.tolist() == [[1.0], [5.0]]


def test_median_is_nan_where_there_is_one():
    x = gemmule.tensor([[float("nan"), 1.0, 2.0], [3.0, 1.0, 2.0]]).requires_grad_()
    values, indices = x.median(1)
    assert str(values.tolist()) == "[nan, 2.0]"
    assert indices.tolist() == [0, 2]
    assert np.isnan(x.median().item())
    values.sum().backward()
    assert x.grad.tolist() == [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]


def test_unique():
    x = gemmule.tensor([[3, 1], [1, 2]])
    values, indices, inverse, counts = gemmule.unique_all(x)
    assert values.tolist() == [1, 2, 3]
    assert indices.tolist() == [1, 3, 0]
    assert inverse.tolist() == [[2, 0], [0, 1]]
    assert counts.tolist() == [2, 1, 1]
    values, counts = gemmule.unique(x, return_counts=True)
    assert counts.tolist() == [2, 1, 1]
    rows = gemmule.unique(gemmule.tensor([[1, 2], [1, 2], [0, 5]]), dim=0)
    assert rows.tolist() == [[0, 5], [1, 2]]


def test_searchsorted_isin_bincount():
    edges = gemmule.tensor([1.0, 2.0, 4.0])
    assert gemmule.searchsorted(edges, gemmule.tensor([0.0, 2.0, 9.0])).tolist() == [0, 1, 3]
    assert gemmule.searchsorted(edges, gemmule.tensor([2.0]), side="right").tolist() == [2]
    assert gemmule.isin(gemmule.tensor([1, 2, 3]), gemmule.tensor([2])).tolist() == [
        False,
        True,
        False,
    ]
    assert gemmule.bincount(gemmule.tensor([1, 1, 3])).tolist() == [0, 2, 0, 1]


def test_nan_comes_last():
    x = gemmule.tensor([float("nan"), 1.0, -1.0])
    assert gemmule.argsort(x).tolist() == [2, 1, 0]
    assert np.isnan(gemmule.sort(x).numpy()[-1])


def test_errors():
    x = gemmule.zeros(2, 3)
    with pytest.raises(ValueError, match=r"topk: k is 4, but axis 1 of shape \(2, 3\) has 3"):
        x.topk(4, 1)
    with pytest.raises(IndexError, match="sort: axis 2 is out of range for a tensor of 2 dim"):
        gemmule.sort(x, axis=2)
    with pytest.raises(ValueError, match="kthvalue: k is 0"):
        x.kthvalue(0)
    with pytest.raises(IndexError, match="kthvalue: axis 2 is out of range"):
        x.kthvalue(1, 2)
    with pytest.raises(IndexError, match="median: axis -3 is out of range"):
        x.median(-3)
    with pytest.raises(ValueError, match=r"median: axis 0 of shape \(0, 3\) has no elements"):
        gemmule.zeros(0, 3).median(0)
    with pytest.raises(ValueError, match=r"median: axis 0 of shape \(0,\) has no elements"):
        gemmule.zeros(0).median()


def test_one_element_without_dimensions():
    x = gemmule.tensor(3.0)
    assert x.median().item() == x.median(0).values.item() == x.kthvalue(1).values.item() == 3.0
    assert x.kthvalue(1).indices.shape == ()
