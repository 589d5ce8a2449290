import gemmule
import numpy as np
import pytest
import reference.sort as reference
from check import check_op, draw, threads

DTYPES = ["bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"]
DTYPES += ["float16", "bfloat16", "float32", "float64"]
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


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("name", DTYPES)
def test_every_dtype_in_stable_order(name, descending):
    # Rows that are sorted at once, narrowed down and passed over; few different values and many.
    dtype = getattr(gemmule, name)
    for shape, axis in [((3, 5), 0), ((40, 9), 1), ((2, 300), 1), ((700, 3), 0), ((2, 3000), 1)]:
        for x in _hard(name, shape, axis):
            a = x.astype(gemmule.float32).numpy() if dtype is gemmule.bfloat16 else x.numpy()
            order = _stable_order(a, axis, descending)
            values = x.sort(axis, descending).values
            assert values.dtype is dtype
            np.testing.assert_array_equal(
                gemmule.argsort(x, axis=axis, descending=descending), order
            )
            for k in {0, 1, 4, 17, 60, shape[axis] // 2, shape[axis]}:
                if k > shape[axis]:
                    continue
                top, where = x.topk(k, axis, descending)
                want = np.take(order, np.arange(k), axis=axis)
                np.testing.assert_array_equal(where, want)
                # The very elements, the sign of a zero included.
                picked = gemmule.gather(x, axis, where)
                assert top.is_contiguous()
                assert _bytes(top) == _bytes(picked) == _bytes(values.narrow(axis, 0, k))


def _bytes(x):
    return (x.astype(gemmule.float32) if x.dtype is gemmule.bfloat16 else x).numpy().tobytes()


def _hard(name, shape, axis):
    rng = np.random.default_rng(sum(shape))
    few = rng.integers(0, 4, shape)
    if name == "bool":
        return [gemmule.tensor(few == 0)]
    dtype = getattr(gemmule, name)
    if not dtype.is_floating_point:
        ends = np.iinfo(name)
        wide = rng.integers(ends.min, ends.max, shape, name, endpoint=True)
        rows = [few.astype(name), wide, np.sort(wide, axis), np.flip(np.sort(wide, axis), axis)]
        return [gemmule.tensor(row) for row in rows]
    wide = rng.standard_normal(shape) * 10.0 ** rng.integers(-6, 4, shape)
    odd = rng.choice([np.nan, -np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 1e-7], shape)
    rows = [few - 1.5, wide, odd, np.sort(wide, axis), np.flip(np.sort(wide, axis), axis)]
    return [gemmule.tensor(row.astype(np.float32)).astype(dtype) for row in rows]


def _stable_order(a, axis, descending):
    if not descending:
        return np.argsort(a, axis=axis, kind="stable")
    order = np.argsort(np.flip(a, axis), axis=axis, kind="stable")
    return a.shape[axis] - 1 - np.flip(order, axis)


def test_sort_of_a_strided_view_and_its_gradient():
    x = gemmule.tensor(np.random.default_rng(3).standard_normal((40, 60))).requires_grad_()
    part = x[::3, 50:2:-2].T
    values, indices = part.topk(3, 0)
    want = np.sort(part.detach().numpy(), axis=0)[::-1][:3]
    np.testing.assert_array_equal(values.detach(), want)
    values.sum().backward()
    full = np.zeros((24, 14))
    np.put_along_axis(full, indices.numpy(), 1.0, 0)
    np.testing.assert_array_equal(x.grad[::3, 50:2:-2].T, full)
    assert x.grad.sum().item() == 3 * 14


def test_pivots_that_are_always_bad():
    # The ends hold the least two of what is left, so that a pivot takes one away: narrowing gives
    # up after some and sorts.
    pipe = np.concatenate([np.arange(0, 256, 2), np.arange(1, 256, 2)[::-1]])
    more = np.random.default_rng(0).integers(-200, 200, 3000)
    for x in (pipe, np.concatenate([pipe, more])):
        for sign in (1, -1):
            a = (sign * x).astype(np.float32)
            values, indices = gemmule.tensor(a).topk(40, largest=sign < 0)
            order = np.argsort(x, kind="stable")[:40]
            np.testing.assert_array_equal(indices, order)
            np.testing.assert_array_equal(values, a[order])


@pytest.mark.parametrize("k", [5, 50, 501])
def test_same_order_for_any_number_of_threads(k):
    x = gemmule.tensor(np.random.default_rng(5).integers(0, 99, (200, 1003)).astype(np.float32))
    found = []
    for count in (1, 2, 3, 8):
        with threads(count):
            found.append(x.topk(k).indices.numpy())
    assert all(np.array_equal(one, found[0]) for one in found)


def test_bools_from_outside():
    x = gemmule.asarray(np.array([2, 0, 1, 0, 255], np.uint8).view(bool))
    assert gemmule.argsort(x).tolist() == [1, 3, 0, 2, 4]
    assert x.topk(2).indices.tolist() == [0, 2]


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
    values, indices = x.requires_grad_().topk(1)
    assert values.item() == 3.0
    assert indices.shape == ()
    values.backward()
    assert x.grad.item() == 1.0
