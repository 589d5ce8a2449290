import copy
import gc
import pickle
import sys
import weakref

import gemmule
import numpy as np
import pytest
from check import draw
from gemmule import _C

DTYPES = [
    *("bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"),
    *("float16", "float32", "float64"),
]


# ---- NumPy both ways -----------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
def test_memory_is_shared_both_ways(dtype):
    ndarray = np.ones((2, 3), dtype)
    tensor = gemmule.asarray(ndarray)
    assert tensor.dtype is getattr(gemmule, dtype)
    ndarray[0, 0] = 0
    assert tensor[0, 0].item() == 0
    back = tensor.numpy()
    assert back.dtype == dtype
    assert np.shares_memory(back, ndarray)
    back[1, 1] = 0
    assert tensor[1, 1].item() == 0
    assert np.shares_memory(gemmule.from_numpy(ndarray).numpy(), ndarray)
    assert not np.shares_memory(gemmule.tensor(ndarray).numpy(), ndarray)


def test_strides_are_kept():
    ndarray = draw((4, 6))
    for view in (ndarray.T, ndarray[::2, ::-1], ndarray[1:, 3], ndarray[:, None]):
        tensor = gemmule.asarray(view)
        np.testing.assert_array_equal(tensor.numpy(), view)
        assert np.shares_memory(tensor.numpy(), ndarray)
        for size, ours, theirs in zip(view.shape, tensor.strides, view.strides, strict=True):
            assert size == 1 or 8 * ours == theirs
        assert 8 * tensor.stride(0) == view.strides[0]


def test_memory_is_kept_alive():
    class Owner(np.ndarray):
        pass

    ndarray = np.arange(1000.0).view(Owner)
    alive = weakref.ref(ndarray)
    tensor = gemmule.asarray(ndarray)[10:]
    del ndarray
    gc.collect()
    assert alive() is not None
    assert tensor[0].item() == 10.0
    del tensor
    gc.collect()
    assert alive() is None
    ours = gemmule.arange(1000).numpy()
    gc.collect()
    np.testing.assert_array_equal(ours, np.arange(1000))


def test_read_only_stays_so():
    ndarray = np.arange(3.0)
    ndarray.flags.writeable = False
    tensor = gemmule.asarray(ndarray)
    assert not tensor.numpy().flags.writeable
    for write in (tensor.zero_, lambda: tensor.add_(1.0), lambda: tensor.__setitem__(0, 1.0)):
        with pytest.raises(ValueError, match="the array is read-only"):
            write()
    assert gemmule.tensor(ndarray).zero_().tolist() == [0, 0, 0]


def test_other_exporters():
    assert gemmule.asarray(memoryview(b"\x01\x02")).tolist() == [1, 2]
    assert gemmule.asarray(bytearray(b"\x03")).dtype is gemmule.uint8


UNSUITABLE = [
    (np.array(["a"]), TypeError, "asarray: expected numbers or arrays of them, got ndarray"),
    (np.array([1j]), TypeError, "complex numbers, for which there is no dtype"),
    (np.zeros((1,) * 17), ValueError, "at most 16 dimensions are supported, got 17"),
]


@pytest.mark.parametrize(("ndarray", "kind", "message"), UNSUITABLE)
def test_what_cannot_be_shared(ndarray, kind, message):
    with pytest.raises(kind, match=message):
        gemmule.asarray(ndarray)


@pytest.mark.parametrize(
    "ndarray", [np.arange(3, dtype=">i4"), np.array([(1, 2), (3, 4)], "i1, f4")["f1"]]
)
def test_what_can_only_be_copied(ndarray):
    tensor = gemmule.asarray(ndarray)
    np.testing.assert_array_equal(tensor.numpy(), ndarray)
    assert not np.shares_memory(tensor.numpy(), ndarray)
    with pytest.raises(ValueError, match="asarray: this data cannot be shared without a copy"):
        gemmule.asarray(ndarray, copy=False)


def test_numpy_needs_no_history():
    x = gemmule.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match=r"numpy: this tensor requires grad; use .detach\(\)"):
        x.numpy()
    with pytest.raises(RuntimeError, match="requires grad"):
        np.asarray(x)
    np.testing.assert_array_equal(x.detach().numpy(), 1)


def test_numpy_functions_take_tensors():
    x = gemmule.tensor([1.0, 2.0])
    assert np.asarray(x).dtype == np.float32
    assert np.asarray(x, dtype=np.float64).dtype == np.float64
    assert np.shares_memory(np.asarray(x), x.numpy())
    assert not np.shares_memory(np.array(x), x.numpy())
    assert np.sum(np.asarray(x)) == 3
    assert isinstance(np.ones(2) + x, gemmule.Tensor)
    assert isinstance(np.float32(2) * x, gemmule.Tensor)


def test_bfloat16_goes_to_numpy_by_ml_dtypes(monkeypatch):
    x = gemmule.tensor([1.5, -2.0], dtype=gemmule.bfloat16)
    assert x.tolist() == [1.5, -2.0]
    with pytest.raises(TypeError, match=r"no buffer-protocol format .* convert with .float\(\)"):
        memoryview(x)
    with monkeypatch.context() as patch:
        patch.delitem(sys.modules, "ml_dtypes", raising=False)
        patch.setattr(sys, "meta_path", [])
        with pytest.raises(TypeError, match="NumPy has no bfloat16; install ml_dtypes"):
            x.numpy()
    ml_dtypes = pytest.importorskip("ml_dtypes")
    ndarray = x.numpy()
    assert ndarray.dtype == ml_dtypes.bfloat16
    ndarray[0] = 3.0
    assert x.tolist() == [3.0, -2.0]
    back = gemmule.asarray(ndarray)
    assert back.dtype is gemmule.bfloat16
    assert back.data_ptr() == x.data_ptr()
    assert np.asarray(x).dtype == ml_dtypes.bfloat16


# ---- Python --------------------------------------------------------------------------------------


def test_numbers():
    assert gemmule.tensor(2.5).item() == 2.5
    assert type(gemmule.tensor([[7]]).item()) is int
    assert gemmule.tensor(True).item() is True
    assert gemmule.tensor(2**64 - 1, dtype=gemmule.uint64).item() == 2**64 - 1
    assert float(gemmule.tensor(2.5)) == 2.5
    assert int(gemmule.tensor(2.5)) == 2
    assert complex(gemmule.tensor(2.5)) == 2.5
    assert [10, 20, 30][gemmule.tensor(1)] == 20
    assert f"{gemmule.tensor(2.5):.3f}" == "2.500"
    assert f"{gemmule.tensor(2.5)}" == "2.5" and f"{gemmule.ones(1)}" == "tensor([1.])"
    with pytest.raises(ValueError, match=r"item: only an array of one element .* shape \(2,\)"):
        gemmule.ones(2).item()
    with pytest.raises(TypeError, match="__index__: a float32 tensor is no integer"):
        range(gemmule.tensor(1.0))


def test_truth():
    assert gemmule.tensor(1.0)
    assert not gemmule.tensor([0])
    with pytest.raises(ValueError, match=r"the truth of a tensor of shape \(2,\) is ambiguous"):
        bool(gemmule.ones(2))


def test_len_and_tolist():
    x = gemmule.tensor([[1, 2, 3], [4, 5, 6]])
    assert len(x) == 2
    assert x.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert gemmule.tensor(3).tolist() == 3
    with pytest.raises(TypeError, match=r"len\(\) of a 0-d tensor"):
        len(gemmule.tensor(1))


def test_attributes():
    x = gemmule.zeros(2, 3, dtype=gemmule.float64)
    assert (x.shape, x.ndim, x.dim(), x.numel(), x.size) == ((2, 3), 2, 2, 6, 6)
    assert (x.itemsize, x.element_size(), x.nbytes) == (8, 8, 48)
    assert (x.device, x.is_floating_point(), x.is_contiguous()) == ("cpu", True, True)
    assert not x.T.is_contiguous()
    assert x.T.data_ptr() == x.data_ptr()


def test_hash_and_weak_references():
    x = gemmule.ones(2)
    assert len({x, x, gemmule.ones(2)}) == 2
    alive = weakref.ref(x)
    del x
    assert alive() is None


REPRESENTATIONS = [
    (gemmule.tensor([1.0, 2.5]), "tensor([1. , 2.5])"),
    (gemmule.tensor([[1, 2], [3, 4]]), "tensor([[1, 2],\n        [3, 4]])"),
    (gemmule.tensor([True]), "tensor([ True])"),
    (gemmule.tensor(2.0), "tensor(2.)"),
    (gemmule.tensor([1], dtype=gemmule.int8), "tensor([1], dtype=gemmule.int8)"),
    (gemmule.zeros(2, 0), "tensor([], shape=(2, 0))"),
    (gemmule.ones(1, requires_grad=True), "tensor([1.], requires_grad=True)"),
    (gemmule.ones(1, requires_grad=True) * 2.0, "tensor([2.], grad_fn=<multiply>)"),
]


@pytest.mark.parametrize(("tensor", "text"), REPRESENTATIONS)
def test_repr(tensor, text):
    assert repr(tensor) == text
    assert str(tensor) == text


def test_a_large_repr_is_short():
    assert len(repr(gemmule.zeros(1000, 1000))) < 1000


def test_dtype_objects():
    assert repr(gemmule.float32) == "gemmule.float32"
    assert pickle.loads(pickle.dumps(gemmule.bool)) is gemmule.bool
    assert copy.deepcopy(gemmule.bfloat16) is gemmule.bfloat16
    assert (gemmule.float32.itemsize, gemmule.int8.name) == (4, "int8")


# ---- copies --------------------------------------------------------------------------------------


def copies(x):
    yield copy.deepcopy(x)
    yield pickle.loads(pickle.dumps(x))


def test_deepcopy_and_pickle():
    for x in (
        gemmule.tensor(draw((2, 3))),
        gemmule.tensor(draw((4, 3)), requires_grad=True),
        gemmule.tensor([1.5, 2.0], dtype=gemmule.bfloat16),
        gemmule.tensor(draw((4, 3))).T,
        gemmule.tensor(True),
        gemmule.zeros(0, 2),
    ):
        for other in copies(x):
            assert type(other) is type(x)
            assert other.dtype is x.dtype
            assert other.requires_grad == x.requires_grad
            np.testing.assert_array_equal(other.detach().numpy(), x.detach().numpy())
            with gemmule.no_grad():
                other.zero_()
            assert x.numel() == 0 or x.detach().float().abs().sum().item() > 0


def test_deepcopy_keeps_gradients_and_identity():
    x = gemmule.ones(2, requires_grad=True)
    x.sum().backward()
    one, two = copy.deepcopy([x, x])
    assert one is two
    assert one.grad.tolist() == [1, 1]
    one.grad.zero_()
    assert x.grad.tolist() == [1, 1]


def test_history_cannot_be_copied():
    y = gemmule.ones(2, requires_grad=True) * 2.0
    with pytest.raises(RuntimeError, match="deepcopy: only leaf tensors can be copied; detach"):
        copy.deepcopy(y)
    with pytest.raises(RuntimeError, match="pickle: only leaf tensors can be saved; detach"):
        pickle.dumps(y)


def test_the_constructor_and_data():
    x = gemmule.Tensor([1.0, 2.0], requires_grad=True)
    assert x.requires_grad
    assert x.dtype is gemmule.float32
    assert x.data.requires_grad is False
    x.data = gemmule.tensor([3.0, 4.0])
    assert x.tolist() == [3, 4]
    assert x.requires_grad


def test_memory_is_reused():
    gemmule.empty_cache()
    before = gemmule.memory_stats()["allocated"]
    x = gemmule.zeros(1 << 20)
    held = gemmule.memory_stats()["allocated"] - before
    assert 4 << 20 <= held <= 5 << 20
    address = x.data_ptr()
    del x
    assert gemmule.memory_stats()["allocated"] == before
    assert gemmule.memory_stats()["cached"] >= 4 << 20
    assert gemmule.zeros(1 << 20).data_ptr() == address
    gemmule.empty_cache()
    assert gemmule.memory_stats()["cached"] == 0


def test_configuration(capsys):
    gemmule.show_config()
    printed = capsys.readouterr().out
    for part in ("isa", "threads", "compiler", "flags", "numpy", _C.isa(), gemmule.__version__):
        assert part in printed
    assert gemmule.show_config("dict")["threads"] == gemmule.get_num_threads()
    with pytest.raises(ValueError, match="show_config: mode must be 'text' or 'dict', got 'x'"):
        gemmule.show_config("x")
    before = gemmule.get_num_threads()
    gemmule.set_num_threads(3)
    assert gemmule.get_num_threads() == 3
    gemmule.set_num_threads(before)
    with pytest.raises(ValueError, match="set_num_threads: expected at least 1 thread, got 0"):
        gemmule.set_num_threads(0)


def test_data_of_integers_takes_no_fractions():
    x = gemmule.tensor([1, 2])
    with pytest.raises(TypeError, match="data: expected integers for a tensor of int64, got"):
        x.data = [1.5, 2.5]
    x.data = [3, 4]
    assert x.dtype is gemmule.int64 and x.tolist() == [3, 4]
