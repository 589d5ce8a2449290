import gemmule
import numpy as np
import pytest
from check import NO_CUDA, check_op, draw

EXACT = {"bound32": 0.0, "bound64": 0.0, "grad_bound32": 1e-6}


# ---- from data -----------------------------------------------------------------------------------

DEFAULT_DTYPES = [
    (1.5, "float32"),
    (3, "int64"),
    (True, "bool"),
    ([1.0, 2], "float32"),
    ([[1, 2], [3, 4]], "int64"),
    ([True, False], "bool"),
    ((1.0, 2.0), "float32"),
    ([], "float32"),
    (range(3), "int64"),
    (2**63, "uint64"),
    (-(2**63), "int64"),
    (np.float64(1.5), "float64"),
    (np.float32(1.5), "float32"),
    (np.int8(3), "int8"),
    (np.zeros(2), "float64"),
    (np.zeros(2, "f4"), "float32"),
    ([np.float64(1.0), 2.0], "float64"),
    ([np.zeros(2, "f4")], "float32"),
    ([gemmule.tensor(1.0), 2.0], "float32"),
    ([gemmule.tensor([1.0, 2.0]), gemmule.tensor([3.0, 4.0])], "float32"),
    ([gemmule.tensor(1.0, dtype=gemmule.float64)], "float64"),
    (gemmule.tensor([1], dtype=gemmule.int16), "int16"),
]


@pytest.mark.parametrize("value", [-(2**63), 2**63 - 1, 2**63, 2**64 - 1])
@pytest.mark.parametrize("dtype", ["int64", "uint64", "float32", "float64"])
def test_large_integers(value, dtype):
    """As NumPy has them, or refused."""
    try:
        expected = np.asarray(value, dtype)
    except OverflowError:
        with pytest.raises(OverflowError):
            gemmule.asarray(value, dtype=getattr(gemmule, dtype))
        return
    got = gemmule.asarray(value, dtype=getattr(gemmule, dtype))
    np.testing.assert_array_equal(got.numpy(), expected)


@pytest.mark.parametrize(("data", "dtype"), DEFAULT_DTYPES)
def test_tensor_and_asarray(data, dtype):
    for make in (gemmule.tensor, gemmule.asarray, gemmule.as_tensor):
        got = make(data)
        assert got.dtype is getattr(gemmule, dtype)
        plain = data
        if isinstance(data, list):
            plain = [x.numpy() if isinstance(x, gemmule.Tensor) else x for x in data]
        if isinstance(data, gemmule.Tensor):
            plain = data.numpy()
        np.testing.assert_array_equal(got.numpy(), np.asarray(plain).astype(dtype))


def test_asked_dtypes():
    for name in (gemmule.float64, "float64", np.float64, np.dtype("f8"), gemmule.double):
        assert gemmule.tensor([1, 2], dtype=name).dtype is gemmule.float64
    assert gemmule.tensor([1.7], dtype=int).tolist() == [1]
    assert gemmule.tensor([1], dtype=float).dtype is gemmule.float64
    assert gemmule.tensor([2, 0], dtype=bool).tolist() == [True, False]
    assert gemmule.asarray(np.zeros(2), dtype=gemmule.float32).dtype is gemmule.float32
    with pytest.raises(TypeError, match=r"dtype: expected a gemmule dtype .* got 'float99'"):
        gemmule.zeros(2, dtype="float99")
    with pytest.raises(TypeError, match="dtype: expected a gemmule dtype"):
        gemmule.zeros(2, dtype=np.complex64)


def test_asarray_copy():
    ndarray = draw((3,))
    assert np.shares_memory(gemmule.asarray(ndarray).numpy(), ndarray)
    assert not np.shares_memory(gemmule.asarray(ndarray, copy=True).numpy(), ndarray)
    assert np.shares_memory(gemmule.asarray(ndarray, copy=False).numpy(), ndarray)
    with pytest.raises(ValueError, match="asarray: this data cannot be shared without a copy"):
        gemmule.asarray([1.0], copy=False)
    with pytest.raises(ValueError, match="asarray: this data cannot be shared without a copy"):
        gemmule.asarray(ndarray, dtype=gemmule.float32, copy=False)
    x = gemmule.tensor(ndarray)
    assert gemmule.asarray(x) is x
    assert gemmule.asarray(x, copy=True) is not x


def test_devices():
    assert gemmule.zeros(2, device="cpu").device == "cpu"
    with pytest.raises(RuntimeError, match=f"zeros: {NO_CUDA}"):
        gemmule.zeros(2, device="cuda:255")
    for name in ("gpu", "cuda:", "cuda:x", "cuda:256", "cuda1", "CPU", ""):
        with pytest.raises(ValueError, match=f"ones: expected device .*, got '{name}'$"):
            gemmule.ones(2, device=name)


def test_ragged_lists():
    with pytest.raises(ValueError, match="inhomogeneous"):
        gemmule.tensor([[1, 2], [3]])


# ---- of values -----------------------------------------------------------------------------------


def test_shapes_in_both_spellings():
    for shape in ((), (3,), (2, 3), (2, 0)):
        for make, value in ((gemmule.zeros, 0), (gemmule.ones, 1)):
            for got in (make(shape), make(*shape) if shape else make(())):
                assert got.dtype is gemmule.float32
                np.testing.assert_array_equal(got.numpy(), np.full(shape, value, "f4"))
        assert gemmule.empty(shape).shape == shape
        assert gemmule.full(shape, 2.5).shape == shape
    assert gemmule.zeros(3).shape == (3,)
    assert gemmule.zeros(np.int64(3)).shape == (3,)
    assert gemmule.ones(2, requires_grad=True).requires_grad


def test_full():
    assert gemmule.full((2,), 3).dtype is gemmule.int64
    assert gemmule.full((2,), 3.0).dtype is gemmule.float32
    assert gemmule.full((2,), True).dtype is gemmule.bool
    assert gemmule.full((2,), gemmule.tensor(3, dtype=gemmule.int8)).dtype is gemmule.int8
    assert gemmule.full((2,), 3, dtype=gemmule.float16).tolist() == [3, 3]
    big = gemmule.full((300, 1000), 0.1, dtype=gemmule.float64)
    np.testing.assert_array_equal(big.numpy(), 0.1)
    with pytest.raises(OverflowError, match="full: Python integer 300 is out of range for uint8"):
        gemmule.full((2,), 300, dtype=gemmule.uint8)
    with pytest.raises(ValueError, match=r"full: the value must be a scalar, got shape \(2,\)"):
        gemmule.full((2,), gemmule.ones(2))
    with pytest.raises(ValueError, match=r"zeros: negative size -1 in shape \(2, -1\)"):
        gemmule.zeros(2, -1)
    with pytest.raises(OverflowError, match="ones: array is too large"):
        gemmule.ones(2**40, 2**40)
    with pytest.raises(ValueError, match=r"empty: negative size -1 in shape \(-1,\)"):
        gemmule.empty(-1)
    with pytest.raises(ValueError, match=r"eye: negative size -3 in shape \(2, -3\)"):
        gemmule.eye(2, -3)
    with pytest.raises(TypeError, match="zeros: expected an int or a sequence of ints for 'shape'"):
        gemmule.zeros(1.5)


def test_like():
    x = gemmule.zeros(2, 3, dtype=gemmule.int16)
    for got, value in (
        (gemmule.zeros_like(x), 0),
        (gemmule.ones_like(x), 1),
        (gemmule.full_like(x, 7), 7),
        (x.new_zeros(2, 3), 0),
        (x.new_ones((2, 3)), 1),
        (x.new_full((2, 3), 7), 7),
    ):
        assert (got.shape, got.dtype) == ((2, 3), gemmule.int16)
        assert (got.numpy() == value).all()
    assert gemmule.empty_like(x).shape == x.new_empty(2, 3).shape == (2, 3)
    assert gemmule.ones_like(x, dtype=gemmule.float32).dtype is gemmule.float32
    assert x.new_tensor([1.0, 2.0]).dtype is gemmule.int16


ARANGES = [(5,), (0,), (2, 7), (7, 2), (7, 2, -2), (0, 10, 3), (1, 2, 0.25), (0.5,), (5, 0, -0.7)]


@pytest.mark.parametrize("args", ARANGES, ids=str)
def test_arange(args):
    got, want = gemmule.arange(*args), np.arange(*args)
    assert got.dtype is (gemmule.int64 if want.dtype.kind == "i" else gemmule.float32)
    np.testing.assert_allclose(got.numpy(), want, rtol=1e-7)


def test_long_ranges():
    np.testing.assert_array_equal(gemmule.arange(100_003).numpy(), np.arange(100_003))
    got = gemmule.arange(0, 100_003, dtype=gemmule.float32)
    np.testing.assert_array_equal(got.numpy(), np.arange(100_003, dtype=np.float32))
    assert gemmule.arange(2**62, 2**62 + 2)[1].item() == 2**62 + 1
    with pytest.raises(ValueError, match="arange: step must not be 0"):
        gemmule.arange(0, 1, 0)


@pytest.mark.parametrize(
    "args", [(0, 1, 5), (3, -2, 1001), (1, 1, 3), (2, 5, 1), (0, 1, 0)], ids=str
)
@pytest.mark.parametrize("endpoint", [True, False])
def test_linspace(args, endpoint):
    got = gemmule.linspace(*args, dtype=gemmule.float64, endpoint=endpoint).numpy()
    np.testing.assert_allclose(got, np.linspace(*args, endpoint=endpoint), rtol=1e-14, atol=1e-15)
    if endpoint and args[2] > 1:
        assert got[-1] == args[1]
    assert gemmule.linspace(*args).dtype is gemmule.float32


def test_eye():
    for args, k in (((3,), 0), ((3, 5), 1), ((4, 2), -2), ((2, 2), 5), ((0,), 0)):
        np.testing.assert_array_equal(gemmule.eye(*args, k=k).numpy(), np.eye(*args, k=k))


def test_meshgrid():
    arrays = [gemmule.arange(3), gemmule.arange(2), gemmule.arange(4)]
    for n in (1, 2, 3):
        for indexing in ("xy", "ij"):
            got = gemmule.meshgrid(*arrays[:n], indexing=indexing)
            want = np.meshgrid(*[a.numpy() for a in arrays[:n]], indexing=indexing)
            for g, w in zip(got, want, strict=True):
                np.testing.assert_array_equal(g.numpy(), w)
    with pytest.raises(ValueError, match="meshgrid: indexing must be 'ij' or 'xy', got 'yx'"):
        gemmule.meshgrid(*arrays, indexing="yx")


# ---- triangles and diagonals ---------------------------------------------------------------------


@pytest.mark.parametrize("k", [-6, -1, 0, 2, 9])
@pytest.mark.parametrize("shape", [(4, 6), (5, 3), (2, 3, 4), (0, 3), (1, 1)], ids=str)
def test_triangles_and_diagonals(shape, k):
    x = draw(shape)
    check_op(lambda x: gemmule.tril(x, k=k), lambda x: np.tril(x, k), x, **EXACT)
    check_op(lambda x: gemmule.triu(x, k=k), lambda x: np.triu(x, k), x, **EXACT)
    check_op(lambda x: x.diagonal(k), lambda x: np.diagonal(x, k).copy(), x, **EXACT)
    check_op(
        lambda x: gemmule.diagonal(x, k, -2, -1),
        lambda x: np.diagonal(x, k, -2, -1).copy(),
        x,
        **EXACT,
    )


def test_diag():
    check_op(lambda x: gemmule.diag(x, 1), lambda x: np.diag(x, 1), draw((3,)), **EXACT)
    check_op(lambda x: x.diag(-1), lambda x: np.diag(x, -1), draw((3, 4)), **EXACT)
    x = gemmule.zeros(2, 3)
    x.diagonal().fill_(1.0)
    np.testing.assert_array_equal(x.numpy(), np.eye(2, 3))
    for call, message in (
        (lambda: gemmule.diag(gemmule.zeros(1, 1, 1)), "diag: expected 1 or 2 dimensions"),
        (lambda: gemmule.tril(gemmule.zeros(3)), r"tril: needs at least 2 .* got shape \(3,\)"),
        (lambda: gemmule.diagonal(x, 0, 1, -1), "diagonal: both axes are 1"),
    ):
        with pytest.raises(ValueError, match=message):
            call()


# ---- in place ------------------------------------------------------------------------------------


def test_clone():
    check_op(gemmule.clone, np.array, draw((3, 4)), **EXACT)
    x = gemmule.ones(2)
    x.clone().zero_()
    assert x.tolist() == [1, 1]


def test_writing():
    x = gemmule.ones(2, 3)
    assert x.zero_() is x
    assert x.fill_(2).tolist() == [[2, 2, 2]] * 2
    assert x.copy_(gemmule.tensor([1, 2, 3])).tolist() == [[1, 2, 3]] * 2
    x.T.copy_(x.T.clone() * 2.0)
    assert x.tolist() == [[2, 4, 6]] * 2
    x[0].copy_(x[1] + 1.0)
    assert x.tolist() == [[3, 5, 7], [2, 4, 6]]
    with pytest.raises(ValueError, match=r"copy_: shape \(2,\) does not broadcast to \(2, 3\)"):
        x.copy_(gemmule.ones(2))
    with pytest.raises(ValueError, match="fill_: cannot write into a broadcast view"):
        x[:1].expand(4, 3).fill_(0.0)


# ---- dtypes --------------------------------------------------------------------------------------


def test_limits():
    for name in ("float16", "float32", "float64"):
        ours, theirs = gemmule.finfo(getattr(gemmule, name)), np.finfo(name)
        for field in ("bits", "eps", "max", "min", "smallest_normal", "tiny"):
            assert getattr(ours, field) == getattr(theirs, field)
    assert gemmule.finfo(gemmule.bfloat16).eps == 2.0**-7
    for name in ("uint8", "int8", "int64", "uint64"):
        ours, theirs = gemmule.iinfo(getattr(gemmule, name)), np.iinfo(name)
        assert (ours.bits, ours.max, ours.min) == (theirs.bits, theirs.max, theirs.min)
    with pytest.raises(TypeError, match="finfo: expected a floating-point dtype, got int64"):
        gemmule.finfo(gemmule.int64)
    with pytest.raises(TypeError, match="iinfo: expected an integer dtype, got float32"):
        gemmule.iinfo(gemmule.ones(1))


PROMOTIONS = [
    ("bool", "int8", "int8"),
    ("uint8", "int8", "int16"),
    ("uint32", "int8", "int64"),
    ("uint64", "int64", "float64"),
    ("int64", "float32", "float32"),
    ("float16", "bfloat16", "float32"),
    ("float32", "float64", "float64"),
]


@pytest.mark.parametrize(("a", "b", "result"), PROMOTIONS)
def test_promotion(a, b, result):
    a, b, result = (getattr(gemmule, name) for name in (a, b, result))
    assert gemmule.promote_types(a, b) is gemmule.promote_types(b, a) is result
    assert gemmule.result_type(a, gemmule.zeros(1, dtype=b)) is result
    assert gemmule.can_cast(a, result)
    assert gemmule.can_cast(gemmule.zeros(1, dtype=b), result)


def test_weak_numbers():
    assert gemmule.result_type(gemmule.int8, 5) is gemmule.int8
    assert gemmule.result_type(gemmule.int8, 5.0) is gemmule.float32
    assert gemmule.result_type(gemmule.float64, 5.0) is gemmule.float64
    assert gemmule.result_type(gemmule.bool, 5) is gemmule.int64
    assert gemmule.result_type(1, 2.0) is gemmule.float32
    assert not gemmule.can_cast(gemmule.float64, gemmule.float32)
    with pytest.raises(ValueError, match="result_type: at least one"):
        gemmule.result_type()


def test_kinds():
    assert gemmule.isdtype(gemmule.float16, "real floating")
    assert gemmule.isdtype(gemmule.uint8, "unsigned integer")
    assert gemmule.isdtype(gemmule.int8, ("bool", "signed integer"))
    assert gemmule.isdtype(gemmule.int8, gemmule.int8)
    assert not gemmule.isdtype(gemmule.bool, "numeric")
    assert not gemmule.isdtype(gemmule.uint8, "signed integer")
    with pytest.raises(ValueError, match="isdtype: kind must be one of"):
        gemmule.isdtype(gemmule.int8, "integers")


# ---- casts of tensors ----------------------------------------------------------------------------


def test_casts_have_gradients():
    x = gemmule.tensor(draw((3,)), dtype=gemmule.float64, requires_grad=True)
    y = x.float() * 2.0
    assert y.dtype is gemmule.float32
    y.to(gemmule.float16).sum().backward()
    assert x.grad.dtype is gemmule.float64
    np.testing.assert_array_equal(x.grad.numpy(), 2)
    assert not x.long().requires_grad
    assert not x.bool().requires_grad


def test_casting_methods():
    x = gemmule.tensor([0.0, 1.5, -2.5])
    for name, dtype in (
        *(("double", "float64"), ("half", "float16"), ("bfloat16", "bfloat16"), ("int", "int32")),
        *(("long", "int64"), ("short", "int16"), ("char", "int8"), ("bool", "bool")),
    ):
        assert getattr(x, name)().dtype is getattr(gemmule, dtype)
    assert x.float() is x
    assert x.to(gemmule.float32) is x
    assert x.to("cpu") is x
    assert x.to(gemmule.float32, copy=True) is not x
    assert x.to("cpu", gemmule.int8).dtype is gemmule.int8
    assert x.to(gemmule.ones(1, dtype=gemmule.float64)).dtype is gemmule.float64
    assert x.to(dtype="int16").dtype is gemmule.int16
    assert x.type(gemmule.float64).type() == "gemmule.float64"
    assert x.type_as(gemmule.tensor(1)).dtype is gemmule.int64
    assert gemmule.astype(x, gemmule.float32) is not x
    assert gemmule.astype(x, gemmule.float32, copy=False) is x
    assert x.int().tolist() == [0, 1, -2]
    assert x.bool().tolist() == [False, True, True]
    with pytest.raises(RuntimeError, match=f"to: {NO_CUDA}"):
        x.to("cuda:255")


def test_a_list_that_holds_itself():
    itself = []
    itself.append(itself)
    with pytest.raises(ValueError, match="tensor: expected lists nested at most 64 deep"):
        gemmule.tensor(itself)
