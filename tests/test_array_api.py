"""The namespace against the standard's list of names and signatures.

Behaviour is checked by the public suite data-apis/array-api-tests; docs/array_api.md says how to
run it. Here is what it found once, and what it does not look at.
"""

import importlib
import inspect
import math

import gemmule
import numpy as np
import pytest
from check import NO_CUDA
from reference import array_api


def signature(text):
    """("name", inspect.Signature) of "name(x, /, *, axis=None)"."""
    name, _, arguments = text.partition("(")
    scope = {}
    exec(f"def f({arguments}: pass", scope)
    return name, inspect.signature(scope["f"])


def accepts(ours, theirs):
    """Whether a call by `theirs` binds to `ours`, with the defaults that `theirs` states."""
    kinds = inspect.Parameter
    positional, named = [], {}
    for p in theirs.parameters.values():
        if p.kind is kinds.VAR_POSITIONAL:
            positional += [0, 0]
        elif p.kind is kinds.KEYWORD_ONLY:
            named[p.name] = 0
        else:
            positional.append(0)
    ours.bind(*positional, **named)
    for p in theirs.parameters.values():
        if p.kind is kinds.POSITIONAL_OR_KEYWORD or p.kind is kinds.KEYWORD_ONLY:
            mine = ours.parameters[p.name]
            assert mine.kind in (kinds.POSITIONAL_OR_KEYWORD, kinds.KEYWORD_ONLY)
            # stack and diff know dim as well, PyTorch's name: their axis is None, which means dim.
            if p.default is not p.empty and not (p.name == "axis" and "dim" in ours.parameters):
                assert mine.default == p.default, p.name


def check(owner, text):
    name, theirs = signature(text)
    accepts(inspect.signature(getattr(owner, name)), theirs)


@pytest.mark.parametrize("text", array_api.FUNCTIONS)
def test_functions(text):
    check(gemmule, text)


@pytest.mark.parametrize("text", array_api.METHODS)
def test_methods(text):
    check(gemmule.Tensor, text)


@pytest.mark.parametrize("extension", ["linalg", "fft"])
def test_extensions(extension):
    module = importlib.import_module(f"gemmule.{extension}")
    given = set(module.__all__)
    for text in getattr(array_api, extension.upper()):
        name = text.partition("(")[0]
        if f"{extension}.{name}" in array_api.LEFT_OUT:
            assert not hasattr(module, name)
            continue
        check(module, text)
        given.discard(name)
    assert given == ({"lstsq"} if extension == "linalg" else set())  # beyond the standard


def test_constants_and_dtypes():
    assert gemmule.newaxis is None
    assert (gemmule.e, gemmule.pi, gemmule.inf) == (math.e, math.pi, math.inf)
    assert math.isnan(gemmule.nan)
    for name in array_api.CONSTANTS + array_api.DTYPES:
        assert hasattr(gemmule, name)
    for name in array_api.ATTRIBUTES:
        assert hasattr(gemmule.ones((2, 2)), name)


def test_namespace():
    x = gemmule.ones(3)
    assert x.__array_namespace__() is gemmule
    assert x.__array_namespace__(api_version=gemmule.__array_api_version__) is gemmule
    with pytest.raises(ValueError, match=r"version 2025\.12 of the array API is implemented"):
        x.__array_namespace__(api_version="3000.12")
    assert x.to_device(x.device) is x
    with pytest.raises(RuntimeError, match=f"to_device: {NO_CUDA}"):
        x.to_device("cuda")
    with pytest.raises(ValueError, match="to_device: a device has one stream"):
        x.to_device("cpu", stream=1)


def test_inspection():
    info = gemmule.__array_namespace_info__()
    assert list(info.dtypes()) == array_api.DTYPES
    assert list(info.dtypes(kind="real floating")) == ["float32", "float64"]
    assert list(info.dtypes(kind=("bool", "signed integer")))[:2] == ["bool", "int8"]
    assert info.dtypes(kind="complex floating") == {}
    assert info.devices()[0] == "cpu"
    assert info.default_device() == "cpu"
    assert info.default_dtypes()["real floating"] is gemmule.float32
    assert info.default_dtypes(device="cpu")["indexing"] is gemmule.int64
    assert info.capabilities()["max dimensions"] == 16
    with pytest.raises(ValueError, match="kind must be one of"):
        info.dtypes(kind="quaternion")
    with pytest.raises(ValueError, match=r"dtypes: expected device .*, got 'tpu'"):
        info.dtypes(device="tpu")


# ---- what the public suite found once ------------------------------------------------------------


def test_python_floats_keep_their_digits():
    for make in (gemmule.asarray, gemmule.tensor):
        assert make(0.1, dtype=gemmule.float64).item() == 0.1
        assert make([0.1, 5e-324], dtype=gemmule.float64).tolist() == [0.1, 5e-324]
        assert make([0.1]).dtype is gemmule.float32


def test_large_unsigned_numbers():
    x = gemmule.asarray(2**64 - 1)
    assert x.dtype is gemmule.uint64
    assert x.item() == 2**64 - 1
    y = gemmule.asarray([1, 2**64 - 2], dtype=gemmule.uint64)
    np.testing.assert_array_equal((y == 2**64 - 2).numpy(), [False, True])
    np.testing.assert_array_equal(gemmule.maximum(y, 2**63).numpy(), [2**63, 2**64 - 2])
    np.testing.assert_array_equal((2**63 - y).numpy(), [2**63 - 1, 2**63 + 2])
    with pytest.raises(OverflowError, match="18446744073709551615 is out of range for int8"):
        gemmule.ones(2, dtype=gemmule.int8) + (2**64 - 1)
    with pytest.raises(OverflowError, match="does not fit 64 bits"):
        y + 2**64


def test_shapes_of_zero_dimensions():
    x = gemmule.asarray(3)
    assert gemmule.unique_inverse(x).inverse_indices.shape == ()
    assert gemmule.unique_all(x).values.shape == (1,)
    with pytest.raises(ValueError, match="nonzero: a 0-d tensor has no axes"):
        gemmule.nonzero(x)


def test_masks_of_no_elements():
    # The standard: each size is that of the tensor's axis, or 0.
    x = gemmule.ones((2, 3))
    assert x[gemmule.zeros((0,), dtype=gemmule.bool)].shape == (0, 3)
    assert x[gemmule.zeros((2, 0), dtype=gemmule.bool)].shape == (0,)
    with pytest.raises(IndexError, match=r"a mask of shape \(1,\) does not fit"):
        x[gemmule.zeros((1,), dtype=gemmule.bool)]


def test_vecdot():
    x = gemmule.asarray([[1, 2], [3, 4]], dtype=gemmule.uint8)
    assert gemmule.vecdot(x, x).dtype is gemmule.uint8
    assert gemmule.vecdot(x, x, axis=0).tolist() == [10, 20]
    with pytest.raises(ValueError, match=r"vecdot: axis -1 of shapes .* and \(2, 1\) differs"):
        gemmule.vecdot(x, x[:, :1])
    with pytest.raises(IndexError, match="vecdot: axis -3 is out of range"):
        gemmule.vecdot(x, x, axis=-3)


def test_nextafter():
    x = np.array([1.0, -0.0, np.inf, np.nan], np.float32)
    y = np.array([2.0, 1.0, 0.0, 1.0], np.float32)
    got = gemmule.nextafter(gemmule.asarray(x), gemmule.asarray(y))
    assert got.dtype is gemmule.float32
    np.testing.assert_array_equal(got.numpy(), np.nextafter(x, y))
    assert gemmule.nextafter(gemmule.ones((), dtype=gemmule.float64), 2.0).item() == 1 + 2**-52
    with pytest.raises(TypeError, match="nextafter: expected float32 or float64, got int64"):
        gemmule.nextafter(gemmule.asarray([1]), 2)


def test_real_and_imaginary():
    x = gemmule.asarray([1.5, -2.0])
    assert gemmule.real(x).tolist() == gemmule.conj(x).tolist() == [1.5, -2.0]
    assert gemmule.imag(x).tolist() == [0.0, 0.0]
