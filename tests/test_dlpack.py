"""DLPack both ways: who may write, who copied, who frees."""

import copy
import ctypes
import gc

import gemmule
import numpy as np
import pytest
from gemmule import _C

DTYPES = [
    *("bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"),
    *("float16", "float32", "float64"),
]


# ---- other libraries -----------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
def test_numpy_both_ways(dtype):
    ndarray = np.arange(6).reshape(2, 3).astype(dtype)
    tensor = gemmule.from_dlpack(ndarray)
    assert tensor.dtype is getattr(gemmule, dtype)
    assert tensor.data_ptr() == ndarray.ctypes.data
    np.testing.assert_array_equal(tensor.numpy(), ndarray)
    back = np.from_dlpack(tensor.mT[::-1])
    assert back.dtype == dtype
    np.testing.assert_array_equal(back, ndarray.T[::-1])
    assert np.shares_memory(back, ndarray)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "bfloat16", "float16", "float64"])
def test_torch_both_ways(dtype):
    torch = pytest.importorskip("torch")
    theirs = torch.arange(6).reshape(2, 3).to(getattr(torch, dtype))
    ours = gemmule.from_dlpack(theirs)
    assert ours.dtype is getattr(gemmule, dtype)
    assert ours.data_ptr() == theirs.data_ptr()
    assert ours.tolist() == theirs.tolist()
    ours[0, 0] = 1
    assert theirs[0, 0].item() == 1
    back = torch.from_dlpack(ours.mT)
    assert back.dtype == theirs.dtype
    assert back.data_ptr() == theirs.data_ptr()
    assert torch.equal(back, theirs.mT)


@pytest.mark.parametrize("dtype", ["int32", "bfloat16", "float32"])
def test_jax_both_ways(dtype):
    jax = pytest.importorskip("jax")
    theirs = jax.numpy.arange(6).reshape(2, 3).astype(dtype)
    ours = gemmule.from_dlpack(theirs)
    assert ours.dtype is getattr(gemmule, dtype)
    assert ours.tolist() == theirs.tolist()
    back = jax.numpy.from_dlpack(ours.clone())
    assert back.dtype == theirs.dtype
    assert back.tolist() == theirs.tolist()


def test_empty_and_scalar():
    for shape in ((), (0,), (2, 0, 3), (1, 1)):
        tensor = gemmule.from_dlpack(np.from_dlpack(gemmule.zeros(shape)))
        assert tensor.shape == shape
        assert tensor.tolist() == np.zeros(shape).tolist()


def test_read_only_stays_so():
    ndarray = np.arange(3.0)
    ndarray.flags.writeable = False
    for tensor in (gemmule.from_dlpack(ndarray), gemmule.asarray(ndarray)):
        with pytest.raises(ValueError, match="read-only"):
            tensor[0] = 1
        with pytest.raises(ValueError, match="read-only"):
            tensor += 1
        assert not np.from_dlpack(tensor).flags.writeable
        assert not np.asarray(tensor).flags.writeable
        with pytest.raises(BufferError, match=r"read-only, which a capsule before DLPack 1\.0"):
            tensor.__dlpack__()
        assert memoryview(tensor).readonly
        assert np.from_dlpack(tensor, copy=True).flags.writeable


# ---- what is asked for ---------------------------------------------------------------------------


def test_copy():
    ndarray = np.arange(3)
    assert gemmule.from_dlpack(ndarray, copy=False).data_ptr() == ndarray.ctypes.data
    assert gemmule.from_dlpack(ndarray, copy=True).data_ptr() != ndarray.ctypes.data
    tensor = gemmule.from_dlpack(ndarray)
    assert gemmule.from_dlpack(tensor).data_ptr() == tensor.data_ptr()
    assert gemmule.from_dlpack(tensor, copy=True).data_ptr() != tensor.data_ptr()
    assert gemmule.from_dlpack(tensor, device="cpu").tolist() == [0, 1, 2]

    class Copies:
        def __dlpack__(self, **asked):
            return tensor.__dlpack__(max_version=(1, 0), copy=True)

    assert gemmule.from_dlpack(Copies()).tolist() == [0, 1, 2]
    with pytest.raises(BufferError, match="the other library made a copy"):
        gemmule.from_dlpack(Copies(), copy=False)


def test_before_version_1():
    tensor = gemmule.arange(3)

    class Old:
        def __dlpack__(self):
            return tensor.__dlpack__()

    shared = gemmule.from_dlpack(Old())
    assert shared.data_ptr() == tensor.data_ptr()
    assert gemmule.from_dlpack(Old(), copy=True).data_ptr() != tensor.data_ptr()
    assert '"dltensor"' in repr(tensor.__dlpack__())
    assert '"dltensor"' in repr(tensor.__dlpack__(max_version=(0, 8)))
    assert '"dltensor_versioned"' in repr(tensor.__dlpack__(max_version=(2, 0)))


def test_refusals():
    x = gemmule.ones(3)
    assert x.__dlpack_device__() == (1, 0)
    with pytest.raises(BufferError, match=r"requires grad; use .detach\(\)"):
        gemmule.ones(3, requires_grad=True).__dlpack__()
    with pytest.raises(ValueError, match="the CPU has no streams, got stream=1"):
        x.__dlpack__(stream=1)
    with pytest.raises(BufferError, match=r"is on \(1, 0\), the CPU; cannot bring it to \(2, 0\)"):
        x.__dlpack__(dl_device=(2, 0))
    with pytest.raises(TypeError, match="an object with __dlpack__ for 'x', got list"):
        gemmule.from_dlpack([1, 2])
    with pytest.raises(ValueError, match="device must be 'cpu' or None, got 'cuda'"):
        gemmule.from_dlpack(x, device="cuda")
    with pytest.raises(BufferError, match="has no gemmule dtype"):
        gemmule.from_dlpack(np.ones(2, np.complex64))


# ---- deleters ------------------------------------------------------------------------------------


class Device(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int32), ("id", ctypes.c_int32)]


class Type(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16)]


class DLTensor(ctypes.Structure):
    _fields_ = [
        ("data", ctypes.c_void_p),
        ("device", Device),
        ("ndim", ctypes.c_int32),
        ("dtype", Type),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    ]


Deleter = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


class Managed(ctypes.Structure):
    _fields_ = [("tensor", DLTensor), ("context", ctypes.c_void_p), ("deleter", Deleter)]


class Versioned(ctypes.Structure):
    _fields_ = [
        ("major", ctypes.c_uint32),
        ("minor", ctypes.c_uint32),
        ("context", ctypes.c_void_p),
        ("deleter", Deleter),
        ("flags", ctypes.c_uint64),
        ("tensor", DLTensor),
    ]


class Producer:
    """A library that counts how often its deleter runs."""

    def __init__(self, versioned=True, major=1, flags=0, **fields):
        self.deleted = 0
        self.memory = (ctypes.c_float * 4)(1, 2, 3, 4)
        self.shape = (ctypes.c_int64 * 1)(3)
        self.managed = Versioned() if versioned else Managed()
        self.name = b"dltensor_versioned" if versioned else b"dltensor"
        if versioned:
            self.managed.major, self.managed.flags = major, flags
        tensor = self.managed.tensor
        tensor.data = ctypes.addressof(self.memory)
        tensor.device = Device(1, 0)
        tensor.ndim, tensor.dtype, tensor.shape = 1, Type(2, 32, 1), self.shape
        tensor.byte_offset = 4
        for name, value in fields.items():
            setattr(tensor, name, value)
        self.managed.deleter = Deleter(self.delete)

    def delete(self, managed):
        assert managed == ctypes.addressof(self.managed)
        self.deleted += 1

    def __dlpack__(self, **asked):
        new = ctypes.pythonapi.PyCapsule_New
        new.restype, new.argtypes = (
            ctypes.py_object,
            [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p],
        )
        return new(ctypes.addressof(self.managed), self.name, None)


@pytest.mark.parametrize("versioned", [True, False])
def test_their_deleter_runs_once(versioned):
    producer = Producer(versioned)
    tensor = gemmule.from_dlpack(producer)
    assert tensor.tolist() == [2.0, 3.0, 4.0]
    part = tensor[1:]
    del tensor
    gc.collect()
    assert producer.deleted == 0
    assert part.tolist() == [3.0, 4.0]
    del part
    gc.collect()
    assert producer.deleted == 1


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"dtype": Type(5, 64, 1)}, "code 5, 64 bits, 1 lanes has no gemmule dtype"),
        ({"dtype": Type(2, 32, 4)}, "4 lanes"),
        ({"device": Device(2, 0)}, "DLPack device type 2"),
        ({"ndim": 17}, "at most 16 dimensions"),
        ({"byte_offset": 2}, "not aligned to its item size of 4 bytes"),
        ({"major": 2}, "only 1.x is understood"),
    ],
)
def test_what_is_not_taken_stays_theirs(fields, message):
    producer = Producer(**fields)
    capsule = producer.__dlpack__()
    with pytest.raises(BufferError, match=message):
        _C.from_dlpack(capsule)
    assert producer.deleted == 0
    assert '"dltensor_versioned"' in repr(capsule)


def test_flags():
    assert _C.from_dlpack(Producer(flags=1).__dlpack__())[0].is_readonly
    array, copied = _C.from_dlpack(Producer(flags=2).__dlpack__())
    assert copied and not array.is_readonly and not array.is_shared
    assert _C.from_dlpack(Producer().__dlpack__())[0].is_shared


def test_a_capsule_is_consumed_once():
    capsule = gemmule.ones(2).__dlpack__()
    _C.from_dlpack(capsule)
    with pytest.raises(ValueError, match="this capsule was consumed already"):
        _C.from_dlpack(capsule)
    with pytest.raises(TypeError, match="gave no DLPack capsule"):
        _C.from_dlpack(3)


def live_bytes():
    gc.collect()
    return gemmule.memory_stats()["allocated"]


@pytest.mark.parametrize("version", [None, (1, 0)])
def test_our_memory_is_freed_once(version):
    before = live_bytes()
    tensor = gemmule.ones(1 << 20)
    capsule = tensor.__dlpack__(max_version=version)
    del tensor
    assert live_bytes() > before  # the capsule holds it
    shared, _ = _C.from_dlpack(capsule)
    del capsule
    assert live_bytes() > before  # the consumer holds it
    del shared
    assert live_bytes() == before
    capsule = gemmule.ones(1 << 20).__dlpack__(max_version=version)
    assert live_bytes() > before
    del capsule  # never consumed
    assert live_bytes() == before


def test_memory_outlives_its_maker_in_other_libraries():
    before = live_bytes()
    ndarray = np.from_dlpack(gemmule.full((1 << 20,), 3.0))
    assert live_bytes() > before
    assert ndarray[-1] == 3.0
    del ndarray
    assert live_bytes() == before


def test_copies_of_shared_memory_are_not_shared():
    ndarray = np.ones(3)
    tensor = copy.deepcopy(gemmule.from_dlpack(ndarray))
    ndarray[0] = 5
    assert tensor.tolist() == [1.0, 1.0, 1.0]
