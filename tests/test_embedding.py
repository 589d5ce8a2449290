import gemmule
import numpy as np
import pytest
import reference.embedding as reference
from check import assert_close, check_op, draw, isa, threads
from gemmule import _C

# (shape of the indices, rows, width)
CASES = [
    ((), 1, 1),
    ((5,), 3, 7),
    ((2, 3), 11, 1),
    ((4, 1, 3), 5, 64),
    ((31,), 2, 131),
    ((0,), 4, 3),
    ((3, 0), 1, 2),
    ((2,), 3, 0),
]


def lookup(weight, indices, **options):
    return gemmule.embedding(indices, weight, **options)


def reference_lookup(weight, indices, **_):
    return reference.embedding(indices, weight)


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.uint8])
def test_embedding(case, dtype):
    shape, rows, width = case
    indices = draw(shape, low=0, high=rows, integers=True)
    indices = np.asarray(indices, dtype)
    check_op(lookup, reference_lookup, draw((rows, width)), indices, bound32=0, bound64=0)


@pytest.mark.parametrize("case", [((3,), 2, 5), ((17, 13), 65, 97), ((4096,), 700, 128)], ids=str)
def test_everywhere(case):
    shape, rows, width = case
    indices = draw(shape, low=0, high=rows, integers=True)
    weight = draw((rows, width)).astype(np.float32)
    grad = draw((*shape, width), seed=1).astype(np.float32)
    want = reference.embedding_gradient(grad.astype(np.float64), indices, rows)
    for name in _C.runnable_isas():
        before = None
        for count in (1, 2, 3, 8):
            with isa(name), threads(count):
                w = gemmule.tensor(weight).requires_grad_()
                out = gemmule.embedding(gemmule.asarray(indices), w)
                gemmule.autograd.backward([out], [gemmule.asarray(grad)])
            got = w.grad.numpy()
            np.testing.assert_array_equal(out.detach().numpy(), weight[indices])
            assert_close(got, want, 1e-6, name)
            assert before is None or before == got.tobytes(), f"{name}, {count} threads"
            before = got.tobytes()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "int8", "bool"])
def test_any_dtype_is_looked_up(dtype):
    weight = gemmule.tensor(np.arange(12).reshape(4, 3), dtype=getattr(gemmule, dtype))
    got = gemmule.embedding(gemmule.tensor([3, 0]), weight)
    assert got.dtype == weight.dtype
    want = weight.numpy()[[3, 0]]
    np.testing.assert_array_equal(got.numpy(), want)


def gradient(indices, rows, grad, **options):
    weight = gemmule.tensor(np.ones((rows, grad.shape[-1]))).requires_grad_()
    out = gemmule.embedding(gemmule.asarray(indices), weight, **options)
    gemmule.autograd.backward([out], [gemmule.asarray(grad)])
    return weight.grad.numpy()


@pytest.mark.parametrize("scale", [False, True])
@pytest.mark.parametrize("padding_idx", [None, 2, -1])
def test_gradient_options(padding_idx, scale):
    indices = draw((6, 5), low=0, high=7, integers=True)
    grad = draw((6, 5, 9))
    got = gradient(indices, 8, grad, padding_idx=padding_idx, scale_grad_by_freq=scale)
    want = reference.embedding_gradient(grad, indices, 8, padding_idx, scale)
    assert_close(got, want, 1e-15, "gradient")
    assert not got[7].any()  # never looked up


def test_a_long_bucket_keeps_its_precision():
    count = 300_000
    weight = gemmule.tensor(np.zeros((2, 3), np.float32)).requires_grad_()
    out = gemmule.embedding(gemmule.tensor(np.ones(count, np.int64)), weight)
    gemmule.autograd.backward([out], [gemmule.tensor(np.full((count, 3), 0.1, np.float32))])
    np.testing.assert_allclose(
        weight.grad.numpy()[1], count * np.float64(np.float32(0.1)), rtol=1e-5
    )


@pytest.mark.parametrize("p", [1.0, 2.0, 3.0, np.inf])
def test_max_norm(p):
    weight = draw((6, 5)) * 3
    indices = np.array([[0, 3], [3, 5]])
    table = gemmule.tensor(weight).requires_grad_()
    got = gemmule.embedding(gemmule.asarray(indices), table, max_norm=2.0, norm_type=p)
    want = reference.renormed(weight, indices, 2.0, p)
    assert_close(table.detach().numpy(), want, 1e-12, "weight")
    assert_close(got.detach().numpy(), want[indices], 1e-12, "rows")


def test_like_torch():
    torch = pytest.importorskip("torch")
    indices = draw((7, 4), low=0, high=9, integers=True)
    weight, grad = draw((9, 6)) * 2, draw((7, 4, 6), seed=1)
    options = {"padding_idx": -3, "max_norm": 1.5, "scale_grad_by_freq": True}
    mine = gemmule.tensor(weight).requires_grad_()
    theirs = torch.tensor(weight, requires_grad=True)
    got = gemmule.embedding(gemmule.asarray(indices), mine, **options)
    want = torch.nn.functional.embedding(torch.tensor(indices), theirs.clone(), **options)
    assert_close(got.detach().numpy(), want.detach().numpy(), 1e-12, "rows")
    gemmule.autograd.backward([got], [gemmule.asarray(grad)])
    want.backward(torch.tensor(grad))
    assert_close(mine.grad.numpy(), theirs.grad.numpy(), 1e-15, "gradient")


@pytest.mark.parametrize("shape", [(), (4,), (2, 3), (0,), (100, 31)], ids=str)
def test_one_hot(shape):
    indices = draw(shape, low=0, high=6, integers=True)
    for layout in (indices, np.array(indices, order="F")):
        got = gemmule.one_hot(gemmule.asarray(np.asarray(layout)), 7)
        np.testing.assert_array_equal(got.numpy(), reference.one_hot(np.asarray(indices), 7))


def test_one_hot_counts_the_classes():
    assert gemmule.one_hot(gemmule.tensor([1, 0, 2])).shape == (3, 3)
    with pytest.raises(ValueError, match="num_classes cannot be told"):
        gemmule.one_hot(gemmule.tensor(np.zeros(0, np.int64)))


def test_errors():
    weight = gemmule.tensor(np.zeros((5, 2), np.float32))
    indices = gemmule.tensor([[0, 4, 1], [2, 5, 7]])
    with pytest.raises(
        IndexError,
        match=r"embedding: index 5 at position \(1, 1\) is outside the 5 rows of weight",
    ):
        gemmule.embedding(indices, weight)
    with pytest.raises(IndexError, match=r"index -1 at position \(\) is outside"):
        gemmule.embedding(gemmule.tensor(-1), weight)
    with pytest.raises(TypeError, match="indices are float32, expected an integer dtype"):
        gemmule.embedding(gemmule.tensor([1.0]), weight)
    with pytest.raises(ValueError, match=r"weight of shape \(3,\), expected \(rows, width\)"):
        gemmule.embedding(gemmule.tensor([1]), gemmule.tensor(np.zeros(3, np.float32)))
    with pytest.raises(ValueError, match="padding_idx 5 is outside the 5 rows"):
        gemmule.embedding(gemmule.tensor([1]), weight, padding_idx=5)
    with pytest.raises(IndexError, match=r"one_hot: index 3 at position \(1,\) is outside the 3 c"):
        gemmule.one_hot(gemmule.tensor([0, 3]), 3)
    with pytest.raises(IndexError, match="one_hot: index -2 at position"):
        gemmule.one_hot(gemmule.tensor([0, -2]))
    with pytest.raises(ValueError, match=r"^embedding: norm_type 0"):
        gemmule.embedding(gemmule.tensor([1]), weight, max_norm=1.0, norm_type=0.0)


def test_indices_written_after_the_forward_are_noticed():
    weight = gemmule.tensor(np.zeros((5, 2), np.float32)).requires_grad_()
    indices = gemmule.tensor([1, 2])
    out = gemmule.embedding(indices, weight)
    _C.mark_written(indices._array, "fill")
    with pytest.raises(RuntimeError, match=r"backward of embedding: .*written in place by fill"):
        gemmule.autograd.backward([out], [gemmule.tensor(np.ones((2, 2), np.float32))])
