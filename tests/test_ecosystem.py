"""Libraries that know nothing of gemmule, and take its tensors all the same."""

import copy
import pickle

import gemmule
import numpy as np
import pytest
from check import draw


def tensor(*shape):
    return gemmule.asarray(draw(shape)).requires_grad_()


# ---- einops --------------------------------------------------------------------------------------

REARRANGED = ["b c h w -> b (h w) c", "b c (h a) w -> (b a) c h w", "b c h w -> w h c b"]


@pytest.mark.parametrize("pattern", REARRANGED)
def test_einops_rearrange(pattern):
    einops = pytest.importorskip("einops")
    x = tensor(2, 3, 4, 5)
    sizes = {"a": 2} if "a" in pattern else {}
    y = einops.rearrange(x, pattern, **sizes)
    want = einops.rearrange(draw((2, 3, 4, 5)), pattern, **sizes)
    np.testing.assert_array_equal(y.detach().numpy(), want)
    weights = draw(want.shape, seed=1)
    (y * gemmule.asarray(weights)).sum().backward()
    (grad,) = gemmule.autograd.grad((einops.rearrange(x, pattern, **sizes) ** 2).sum(), x)
    np.testing.assert_allclose(grad.numpy(), 2 * draw((2, 3, 4, 5)))


@pytest.mark.parametrize("how", ["sum", "mean", "max", "min", "prod"])
def test_einops_reduce(how):
    einops = pytest.importorskip("einops")
    x = tensor(2, 3, 4, 4)
    y = einops.reduce(x, "b c (h a) (w e) -> b h w", how, a=2, e=2)
    want = einops.reduce(draw((2, 3, 4, 4)), "b c (h a) (w e) -> b h w", how, a=2, e=2)
    np.testing.assert_allclose(y.detach().numpy(), want, rtol=1e-12)
    y.sum().backward()
    assert x.grad.shape == x.shape


def test_einops_einsum_and_repeat():
    einops = pytest.importorskip("einops")
    x, w = tensor(2, 3, 4), tensor(5, 4)
    y = einops.einsum(x, w, "b i k, o k -> b i o")
    want = draw((2, 3, 4)) @ draw((5, 4)).T
    np.testing.assert_allclose(y.detach().numpy(), want, rtol=1e-12)
    y.sum().backward()
    np.testing.assert_allclose(w.grad.numpy()[0], draw((2, 3, 4)).sum((0, 1)), rtol=1e-12)
    assert einops.repeat(w, "o k -> o k r", r=3).shape == (5, 4, 3)


# ---- array-api-compat ----------------------------------------------------------------------------


def test_array_api_compat():
    compat = pytest.importorskip("array_api_compat")
    x = gemmule.ones((2, 3))
    assert compat.array_namespace(x) is gemmule
    assert compat.is_array_api_obj(x)
    assert compat.device(x) == "cpu"
    assert compat.to_device(x, "cpu") is x
    assert compat.size(x) == 6


# ---- scikit-learn --------------------------------------------------------------------------------


def test_scikit_learn():
    linear_model = pytest.importorskip("sklearn.linear_model")
    metrics = pytest.importorskip("sklearn.metrics")
    x = gemmule.asarray(draw((50, 3)))
    y = x @ gemmule.asarray(np.array([1.0, -2.0, 0.5]))
    model = linear_model.LinearRegression().fit(x, y)
    np.testing.assert_allclose(model.coef_, [1.0, -2.0, 0.5])
    predicted = gemmule.asarray(model.predict(x))
    assert metrics.r2_score(y, predicted) > 0.999999


# ---- NumPy and Python ----------------------------------------------------------------------------


def test_an_ndarray_on_the_left_is_ours():
    ndarray, x = np.arange(3.0), tensor(3)
    for result in (ndarray + x, ndarray * x, ndarray - x, ndarray / x, ndarray @ x, ndarray**x):
        assert isinstance(result, gemmule.Tensor)
        assert result.requires_grad
    assert isinstance(ndarray < x, gemmule.Tensor)


def test_buffer_protocol():
    x = gemmule.asarray(draw((2, 3)))
    view = memoryview(x.mT)
    assert (view.shape, view.strides, view.format) == ((3, 2), (8, 24), "d")
    assert np.shares_memory(np.asarray(x), np.asarray(view))
    assert np.asarray(x, dtype=np.float32).dtype == np.float32
    assert not np.shares_memory(np.array(x), np.asarray(x))
    with pytest.raises(BufferError, match=r"requires grad: .* use detach\(\)"):
        memoryview(tensor(2))
    with pytest.raises(RuntimeError, match=r"use .detach\(\).numpy\(\)"):
        np.asarray(tensor(2))
    parameter = gemmule.nn.Parameter(gemmule.ones(2), requires_grad=False)
    assert memoryview(parameter).tolist() == [1.0, 1.0]


def test_conversions_to_python():
    assert (int(gemmule.asarray(2.7)), float(gemmule.asarray([3]))) == (2, 3.0)
    assert complex(gemmule.asarray(1.5)) == 1.5 + 0j
    assert [0, 1, 2][gemmule.asarray(1)] == 1
    assert bool(gemmule.asarray([[0.0]])) is False
    with pytest.raises(ValueError, match=r"truth of a tensor of shape \(2,\) is ambiguous"):
        bool(gemmule.ones(2))
    with pytest.raises(TypeError, match="a float32 tensor is no integer"):
        range(gemmule.ones(()))


@pytest.mark.parametrize("dtype", ["bool", "uint64", "bfloat16", "float16", "float32"])
def test_copies_keep_everything(dtype):
    x = gemmule.asarray(np.arange(6).reshape(2, 3)).to(getattr(gemmule, dtype)).mT
    for back in (pickle.loads(pickle.dumps(x)), copy.deepcopy(x), copy.copy(x)):
        assert back.dtype is x.dtype
        assert back.tolist() == x.tolist()


# ---- in place ------------------------------------------------------------------------------------


def test_assignment_where_source_and_target_overlap():
    for key, source in [
        (np.s_[1:], np.s_[:-1]),
        (np.s_[:-1], np.s_[1:]),
        (np.s_[::-1], np.s_[:]),
        (np.s_[[3, 1, 0]], np.s_[[0, 1, 3]]),
        (np.s_[2:5], np.s_[4:1:-1]),
    ]:
        want = np.arange(12.0).reshape(6, 2)
        want[key] = want[source].copy()
        x = gemmule.asarray(np.arange(12.0).reshape(6, 2))
        x[key] = x[source]
        np.testing.assert_array_equal(x.numpy(), want)
    x = gemmule.asarray(np.arange(9.0).reshape(3, 3))
    x += x.mT
    np.testing.assert_array_equal(x.numpy(), x.numpy().T)


def test_memory_is_described():
    x = gemmule.zeros((2, 3, 4))
    assert x.strides == x.stride() == (12, 4, 1)
    assert x.is_contiguous() and not x.mT.is_contiguous()
    assert x[1].data_ptr() - x.data_ptr() == 48
    assert x.numpy().ctypes.data == x.data_ptr()
