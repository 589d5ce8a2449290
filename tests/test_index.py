import gemmule
import hypothesis.extra.numpy as numpy_strategies
import numpy as np
import pytest
import reference.index as reference
from check import check_op, draw, threads
from gemmule import _C
from hypothesis import given, settings
from hypothesis import strategies as st

X = draw((4, 5, 6))
I = np.array([3, 0, -1, 3])
M = np.arange(20).reshape(4, 5) % 3 == 0
EXACT = {"bound32": 0.0, "bound64": 0.0, "grad_bound32": 1e-6}

KEYS = {
    "int": 2,
    "negative int": -1,
    "slice": slice(1, 3),
    "step": (slice(None, None, 2), slice(None, None, -1)),
    "backwards": (slice(3, 0, -2), Ellipsis, slice(-1, -7, -3)),
    "empty": slice(2, 2),
    "new axis": (None, 1, None, Ellipsis, None),
    "ellipsis": (Ellipsis, 3),
    "nothing": (),
    "rows": I,
    "columns": (slice(None), I),
    "inner": (Ellipsis, I),
    "grid": (I[:, None], I[:3]),
    "apart": (I, slice(None), I),
    "int and array": (1, slice(None), I),
    "array and int": (slice(None), I, 2),
    "two-dimensional": np.array([[0, 1], [3, -2]]),
    "mask": M,
    "whole mask": X > 0,
    "mask of an axis": (slice(None), np.array([True, False, True, True, False])),
    "mask and int": (M, 2),
    "mask and array": (np.array([True, False, True, True]), I[:3]),
    "true": (True, 1),
    "false": False,
    "list": [0, 2, 2],
    "empty list": [],
    "bool list": [True, False, False, True],
}


@pytest.mark.parametrize("name", KEYS)
def test_getitem(name):
    key = KEYS[name]
    check_op(lambda x: x[key], lambda x: np.array(x[key]), X, **EXACT)


@pytest.mark.parametrize("name", KEYS)
def test_setitem(name):
    key = KEYS[name]
    value = draw(np.shape(X[key]), seed=1)
    for v in (value, value[..., :1], 0.25):

        def op(x, v):
            out = x.clone()
            out[key] = v
            return out

        check_op(op, lambda x, v: reference.put(x, key, v), X, np.array(v), **EXACT)


@st.composite
def shapes_and_keys(draw_from):
    shape = draw_from(numpy_strategies.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
    basic = numpy_strategies.basic_indices(shape, allow_newaxis=True)
    kinds = [basic]
    if shape and 0 not in shape:
        kinds.append(numpy_strategies.integer_array_indices(shape))
        kinds.append(numpy_strategies.arrays(bool, shape))
    return shape, draw_from(st.one_of(kinds))


@settings(max_examples=300, deadline=None)
@given(shapes_and_keys())
def test_as_numpy(case):
    shape, key = case
    x = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    want = x[key]
    tensor = gemmule.tensor(x)
    assert tensor[key].shape == np.shape(want)
    np.testing.assert_array_equal(tensor[key].numpy(), want)
    value = -np.arange(np.size(want)).reshape(np.shape(want)) - 1
    tensor[key] = gemmule.asarray(value)
    np.testing.assert_array_equal(tensor.numpy(), reference.put(x, key, value))


def test_keys_of_tensors():
    x = gemmule.asarray(X)
    np.testing.assert_array_equal(x[gemmule.asarray(I)].numpy(), X[I])
    np.testing.assert_array_equal(x[1, gemmule.asarray(I)].numpy(), X[1, I])
    np.testing.assert_array_equal(x[x > 0].numpy(), X[X > 0])
    np.testing.assert_array_equal(x[gemmule.tensor(2), gemmule.tensor(1) :].numpy(), X[2, 1:])
    np.testing.assert_array_equal(x[[gemmule.tensor(2), 0]].numpy(), X[[2, 0]])
    np.testing.assert_array_equal(x[np.int64(2), np.uint8(1)].numpy(), X[2, 1])
    np.testing.assert_array_equal(x[gemmule.tensor([1, 0], dtype=gemmule.uint8)].numpy(), X[[1, 0]])


def test_views_share_and_copies_do_not():
    x = gemmule.zeros(4, 5)
    for key in (1, slice(1, 3), (slice(None), -1), (Ellipsis, None)):
        view = x[key]
        view += 1.0
    assert x.numpy().sum() == 5 + 10 + 4 + 20
    before = x.numpy().copy()
    for key in (I, M[:, 0], [0, 1]):
        x[key].fill_(7.0)
    np.testing.assert_array_equal(x.numpy(), before)


def test_overlapping_assignment():
    x = np.arange(10.0)
    t = gemmule.tensor(x)
    t[1:] = t[:-1]
    x[1:] = x[:-1].copy()
    np.testing.assert_array_equal(t.numpy(), x)
    t[[3, 2, 1]] = t[1:4]
    x[[3, 2, 1]] = x[1:4].copy()
    np.testing.assert_array_equal(t.numpy(), x)


def test_an_index_that_is_the_target():
    x = np.array([2, 0, 1])
    t = gemmule.asarray(x.copy())
    t[t] = gemmule.tensor([50, 60, 70])
    assert t.tolist() == [60, 70, 50]
    t = gemmule.asarray(x.copy())
    t.scatter_(0, t, gemmule.tensor([50, 60, 70]))
    assert t.tolist() == [60, 70, 50]


def test_assignment_converts():
    t = gemmule.tensor([1, 2, 3])
    t[0] = 2.9
    t[1:] = gemmule.tensor([5.5, 6.5])
    assert t.tolist() == [2, 5, 6]
    t[t > 4] = -1.5
    assert t.tolist() == [2, -1, -1]


ALONG = [
    ((5,), 0, (7,)),
    ((4, 5), 0, (3, 5)),
    ((4, 5), 1, (4, 9)),
    ((4, 5), -1, (2, 3)),
    ((3, 4, 5), 1, (3, 6, 5)),
    ((3, 4, 5), 2, (2, 4, 1)),
    ((3, 0, 5), 2, (3, 0, 2)),
]


@pytest.mark.parametrize(("shape", "dim", "index_shape"), ALONG, ids=str)
def test_along_an_axis(shape, dim, index_shape):
    size = shape[dim]
    index = draw(index_shape, seed=2, low=-size, high=size, integers=True)
    x, src = draw(shape), draw(index_shape, seed=3)
    check_op(gemmule.gather, reference.gather, x, dim, index, **EXACT)
    check_op(gemmule.scatter, reference.scatter, x, dim, index, src, **EXACT)
    check_op(
        gemmule.scatter_add, reference.scatter_add, x, dim, index, src, bound32=1e-6, bound64=1e-15
    )
    check_op(
        lambda x: gemmule.scatter(x, dim, gemmule.asarray(index), 2.5),
        lambda x: reference.scatter(x, dim, index, 2.5),
        x,
        **EXACT,
    )


def test_a_source_larger_than_the_index():
    index = np.array([[0, 2], [1, 1]])
    check_op(gemmule.scatter, reference.scatter, draw((4, 3)), 0, index, draw((3, 3)), **EXACT)
    check_op(gemmule.scatter_add, reference.scatter_add, draw((4, 3)), 1, index, draw((5, 2)))


@pytest.mark.parametrize("shape", [(7,), (7, 3), (2, 7, 3), (3, 2, 7), (2, 7, 600)], ids=str)
def test_rows_of_an_axis(shape):
    dim = shape.index(7)
    x = draw(shape)
    index = np.array([6, 0, 2, 2, -7])
    source = draw((*shape[:dim], 5, *shape[dim + 1 :]), seed=1)
    check_op(gemmule.index_select, reference.index_select, x, dim, index, **EXACT)
    check_op(gemmule.index_add, reference.index_add, x, dim, index, source, alpha=1.5, bound32=1e-6)
    check_op(gemmule.index_copy, reference.index_copy, x, dim, index, source, **EXACT)
    check_op(
        lambda x: gemmule.index_fill(x, dim, gemmule.asarray(index), 4.0),
        lambda x: reference.index_copy(x, dim, index, np.full_like(source, 4)),
        x,
        **EXACT,
    )
    two = np.array([[1, -1], [0, 1]])
    check_op(
        lambda x, i: gemmule.take(x, i, axis=dim), lambda x, i: np.take(x, i, dim), x, two, **EXACT
    )


def test_take_and_masks():
    check_op(gemmule.take, lambda x, i: np.take(x, i), X, np.array([[5, -1], [0, 119]]), **EXACT)
    order = np.argsort(X, axis=1)
    along = lambda x, i: np.take_along_axis(x, i, 1)  # noqa: E731
    check_op(lambda x, i: gemmule.take_along_axis(x, i, axis=1), along, X, order, **EXACT)
    check_op(lambda x, i: gemmule.take_along_dim(x, i, 1), along, X[:, :, :1], order, **EXACT)
    check_op(gemmule.masked_select, lambda x, m: x[m], X, X > 0.3, **EXACT)
    check_op(
        gemmule.masked_select,
        lambda x, m: np.broadcast_to(x, m.shape)[m],
        draw((1, 5)),
        M,
        **EXACT,
    )


@pytest.mark.parametrize("shape", [(), (7,), (0,), (40, 41), (3, 4, 5), (70_001,)], ids=str)
def test_nonzero(shape):
    x = draw(shape, low=0, high=3, integers=True)
    got = gemmule.tensor(x).nonzero()
    np.testing.assert_array_equal(got.numpy(), np.argwhere(x))
    if shape:
        for g, w in zip(gemmule.nonzero(gemmule.tensor(x)), np.nonzero(x), strict=True):
            np.testing.assert_array_equal(g.numpy(), w)


@pytest.mark.parametrize("name", ["bool", "int16", "float32", "float64"])
@pytest.mark.parametrize("shape", [(3, 700), (200, 67), (2, 5, 256), (1, 1), (9000,)], ids=str)
def test_gather_of_whole_lines(name, shape):
    rng = np.random.default_rng(0)
    x, size = rng.integers(0, 2, shape).astype(name), shape[-1]
    for count in (1, 40, size):
        i = rng.integers(-size, size, (*shape[:-1], count))
        want = np.take_along_axis(x, i, -1)
        for threads_used in (1, 3):
            with threads(threads_used):
                got = gemmule.gather(gemmule.tensor(x), -1, gemmule.tensor(i))
                np.testing.assert_array_equal(got, want)
        for wrong in (size, -size - 1, 2**63 - 1, -(2**63)):
            bad = i.copy()
            bad[..., -1] = wrong
            with pytest.raises(IndexError, match=f"gather: index {wrong} is out of range for axis"):
                gemmule.gather(gemmule.tensor(x), -1, gemmule.tensor(bad))


# More than a piece of 32,768; lines of one element, of few and of many.
@pytest.mark.parametrize("shape", [(301, 303), (70000, 1), (1, 70000), (150, 300, 2), (40000, 3)])
@pytest.mark.parametrize("share", [0.0003, 0.5, 1.0])
def test_nonzero_of_many(shape, share):
    x = np.random.default_rng(0).random(shape) < share
    for count in (1, 3):
        with threads(count):
            np.testing.assert_array_equal(gemmule.argwhere(gemmule.tensor(x)), np.argwhere(x))
            for g, w in zip(gemmule.nonzero(gemmule.tensor(x)), np.nonzero(x), strict=True):
                np.testing.assert_array_equal(g, w)
                assert g.is_contiguous()
    np.testing.assert_array_equal(gemmule.tensor(x).mT.nonzero(), np.argwhere(x.swapaxes(-1, -2)))


BIG = [((5,), 9), ((37, 53), 40), ((60_000, 17), 70_000)]


@pytest.mark.parametrize(("shape", "count"), BIG, ids=str)
def test_everywhere(shape, count):
    x = draw(shape)
    index = draw((count,), seed=1, low=0, high=shape[0], integers=True)
    options = {"everywhere": True, "grad": False, "strides": False}
    check_op(lambda x, i: x[i], lambda x, i: x[i], x, index, **options, bound32=0.0)
    source = draw((count, *shape[1:]), seed=2)

    def add(x, i, s):
        out = np.array(x)
        np.add.at(out, i, s)
        return out

    check_op(
        lambda x, i, s: gemmule.index_add(x, 0, i, s),
        add,
        x,
        index,
        source,
        **options,
        bound32=1e-5,
    )
    mask = draw(shape, seed=3) > 0
    check_op(lambda x, m: x[m], lambda x, m: x[m], x, mask, **options, bound32=0.0)
    along = draw(shape, seed=4, low=0, high=shape[0], integers=True)
    check_op(
        lambda x, i: gemmule.gather(x, 0, i),
        lambda x, i: np.take_along_axis(x, i, 0),
        *(x, along),
        **options,
        bound32=0.0,
    )

    def add_along(x, i, s):
        out = np.array(x)
        np.add.at(out, (i, *np.ogrid[: shape[0], : x.shape[1]][1:]) if x.ndim > 1 else i, s)
        return out

    check_op(
        lambda x, i, s: gemmule.scatter_add(x, 0, i, s),
        add_along,
        *(x, along, draw(shape, seed=5)),
        **options,
        bound32=1e-5,
    )


def test_gradients_of_rows_have_the_same_bits_for_any_threads():
    from check import THREADS, isa, threads

    x = gemmule.tensor(draw((3000, 48)), dtype=gemmule.float32, requires_grad=True)
    index = draw((20_000,), low=0, high=3000, integers=True)
    g = gemmule.tensor(draw((20_000, 48), seed=1), dtype=gemmule.float32)
    for name in _C.runnable_isas():
        seen = set()
        for count in THREADS:
            with isa(name), threads(count):
                x.grad = None
                x[gemmule.asarray(index)].backward(g)
                seen.add(x.grad.numpy().tobytes())
        assert len(seen) == 1


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_16_bit_sums_are_made_in_float32(dtype):
    d = getattr(gemmule, dtype)
    x = gemmule.ones(2, dtype=d)
    many = gemmule.zeros(1000, dtype=gemmule.int64)
    out = gemmule.index_add(x, 0, many, gemmule.ones(1000, dtype=d))
    assert out.dtype is d
    assert out.float().tolist() == [gemmule.tensor(1001.0).to(d).float().item(), 1.0]


def test_in_place():
    x = gemmule.zeros(3, 4)
    x.index_add_(0, [0, 0, 2], gemmule.ones(3, 4))
    x.index_copy_(1, [1], gemmule.full((3, 1), 5.0))
    x.index_fill_(0, gemmule.tensor([1]), -1.0)
    x.scatter_(1, gemmule.tensor([[3], [3], [3]]), 9.0)
    x.scatter_add_(1, gemmule.tensor([[0, 0]]), gemmule.ones(1, 2))
    x.index_put_((gemmule.tensor([2]), gemmule.tensor([0])), 0.5)
    assert x.tolist() == [[4, 5, 2, 9], [-1, -1, -1, 9], [0.5, 5, 1, 9]]


def test_iteration():
    x = gemmule.tensor(X, requires_grad=True)
    rows = list(x)
    assert len(rows) == len(x) == 4
    sum((row * (i + 1) for i, row in enumerate(rows)), gemmule.tensor(0.0)).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy()[:, 0, 0], [1, 2, 3, 4])
    assert 3 in gemmule.tensor([1, 2, 3])
    assert 4 not in gemmule.tensor([1, 2, 3])
    with pytest.raises(TypeError, match="0-d tensor cannot be iterated"):
        iter(gemmule.tensor(1.0))


def setitem(x, key, value):
    x[key] = value


ERRORS = [
    (lambda x: x[4], IndexError, "getitem: index 4 is out of range for axis 0 of size 4"),
    (lambda x: x[0, -6], IndexError, "getitem: index -6 is out of range for axis 1 of size 5"),
    (lambda x: x[10**30], IndexError, "getitem: index .* is out of range for axis 0 of size 4"),
    (lambda x: x[:, [0, 5]], IndexError, "getitem: index 5 is out of range for axis 1 of size 5"),
    (lambda x: x[0, 0, 0, 0], IndexError, "too many indices: 4 for a tensor of 3 dimensions"),
    (lambda x: x[..., 0, ...], IndexError, "only one ellipsis"),
    (lambda x: x[::0], ValueError, "slice step cannot be zero"),
    (lambda x: x["a":], TypeError, "slice ends must be ints or None"),
    (lambda x: x["a"], TypeError, "getitem: an index must be an int, a slice, .* not str"),
    (lambda x: x[1.0], TypeError, "getitem: an index must be an int, a slice, .* not float"),
    (lambda x: x[[0.5]], TypeError, "an index must be of an integer dtype or bool, not float64"),
    (lambda x: x[M.T], IndexError, r"a mask of shape \(5, 4\) does not fit .* \(4, 5, 6\)"),
    (lambda x: x[[0, 1], [0, 1, 2]], ValueError, r"getitem: shapes \(2,\) and \(3,\) do not"),
    (
        lambda x: setitem(x, [0, 9], 1.0),
        IndexError,
        "setitem: index 9 is out of range for axis 0 of size 4",
    ),
    (
        lambda x: setitem(x, 0, gemmule.zeros(3)),
        ValueError,
        r"setitem: shape \(3,\) does not broadcast to \(5, 6\)",
    ),
    (
        lambda x: setitem(x.expand(2, 4, 5, 6), 0, 1.0),
        ValueError,
        "setitem: cannot write into a broadcast view",
    ),
    (
        lambda x: gemmule.gather(x, 1, [[[7]]]),
        IndexError,
        "gather: index 7 is out of range for axis 1 of size 5",
    ),
    (
        lambda x: gemmule.gather(x, 1, [[0]]),
        ValueError,
        r"gather: the index must have as many dimensions .* \(1, 1\) for \(4, 5, 6\)",
    ),
    (
        lambda x: gemmule.gather(x, 0, np.zeros((1, 6, 6), int)),
        ValueError,
        r"gather: index of shape \(1, 6, 6\) is larger than .* \(4, 5, 6\) in axis 1",
    ),
    (
        lambda x: gemmule.scatter_add(x, 0, [[[0, 1]]], gemmule.zeros(1, 1, 1)),
        ValueError,
        r"scatter_add: index of shape \(1, 1, 2\) is larger than the source",
    ),
    (
        lambda x: x.index_add_(0, [0, 4], gemmule.zeros(2, 5, 6)),
        IndexError,
        "index_add_: index 4 is out of range for axis 0 of size 4",
    ),
    (
        lambda x: gemmule.index_select(x, 3, [0]),
        IndexError,
        "index_select: axis 3 is out of range for a tensor of 3 dimensions",
    ),
    (
        lambda x: gemmule.masked_select(x, x),
        TypeError,
        "masked_select: the mask must be bool, not float64",
    ),
]


@pytest.mark.parametrize(("call", "kind", "message"), ERRORS)
def test_errors(call, kind, message):
    x = gemmule.tensor(X)
    before = x.numpy().copy()
    with pytest.raises(kind, match=message):
        call(x)
    np.testing.assert_array_equal(x.numpy(), before)


def write_rows(x, index):
    x[index] = 10**12


def write_columns(x, index):
    x[index[:, None]] = 10**12


@pytest.mark.parametrize(
    "write",
    [write_rows, write_columns, lambda x, index: x.index_fill_(0, index, 10**12)],
    ids=["rows", "columns", "index_fill_"],
)
def test_indices_inside_the_tensor_that_is_written(write):
    # The first write lands on the index that is read second: what counts is what it was.
    expected = np.array([0, 1, 2, 3, 4, 6, 7, 5, 8, 9])
    x = gemmule.tensor(expected)
    write(x, x[5:8])
    expected[5:8] = 10**12
    np.testing.assert_array_equal(x.numpy(), expected)
