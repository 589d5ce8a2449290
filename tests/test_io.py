import io
import os
import pickle
import subprocess
import sys

import gemmule
import gemmule.torch
import numpy as np
import pytest
from check import draw
from gemmule import nn
from gemmule.io import load, load_metadata, save

pytest.importorskip("safetensors", reason="needs safetensors: pip install 'gemmule[demo]'")


def test_state_dict_round_trip(tmp_path):
    path = tmp_path / "net.safetensors"
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    save(path, net.state_dict(), {"epoch": "3"})
    assert load_metadata(path) == {"epoch": "3"}
    twin = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    assert repr(twin.load_state_dict(load(path))) == "<All keys matched successfully>"
    for key, value in net.state_dict().items():
        np.testing.assert_array_equal(value.numpy(), twin.state_dict()[key].numpy())
        assert value.dtype == twin.state_dict()[key].dtype


@pytest.mark.parametrize("dtype", ["float64", "float16", "int8", "int32", "uint16", "bool"])
def test_dtypes_and_shapes(tmp_path, dtype):
    state = {
        "scalar": np.ones((), dtype),
        "empty": np.zeros((0, 3), dtype),
        "strided": np.arange(24).reshape(4, 6).astype(dtype).T[::2],
    }
    save(str(tmp_path / "x"), state)
    for name, value in load(str(tmp_path / "x")).items():
        assert value.numpy().dtype == dtype
        np.testing.assert_array_equal(value.numpy(), state[name])
    assert load_metadata(tmp_path / "x") == {}


def test_parameters_may_require_grad(tmp_path):
    net = nn.Linear(2, 2)
    save(tmp_path / "x", dict(net.named_parameters()))
    assert not load(tmp_path / "x")["weight"].requires_grad


def test_bfloat16(tmp_path):
    values = gemmule.tensor([1.0, -2.5, 3.140625])
    with pytest.raises(TypeError, match="w is bfloat16, which NumPy lacks; cast it to float32"):
        save(tmp_path / "x", {"w": values.to(gemmule.bfloat16)})
    torch = pytest.importorskip("torch", reason="needs PyTorch to write bfloat16 weights")
    from safetensors.torch import save_file

    half = torch.tensor(values.tolist(), dtype=torch.bfloat16)
    save_file({"a": torch.ones(3), "w": half}, str(tmp_path / "y"))
    loaded = load(tmp_path / "y")
    assert loaded["w"].dtype == gemmule.bfloat16 and loaded["w"].float().tolist() == half.tolist()
    assert loaded["a"].tolist() == [1, 1, 1]


def test_pytorch_reads_what_is_saved(tmp_path):
    pytest.importorskip("torch", reason="needs PyTorch to read the file with")
    from safetensors.torch import load_file

    values = draw((3, 4))
    save(tmp_path / "x", {"w": gemmule.asarray(values)})
    np.testing.assert_array_equal(load_file(str(tmp_path / "x"))["w"].numpy(), values)


def test_a_failed_save_leaves_the_old_file(tmp_path):
    path = tmp_path / "x"
    save(path, {"w": gemmule.ones(2)})
    with pytest.raises(TypeError, match="w must be a Tensor or ndarray, got int"):
        save(path, {"w": 3})
    assert load(path)["w"].tolist() == [1, 1] and os.listdir(tmp_path) == ["x"]


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda p: save(3, {}), TypeError, "the path must be a string or a Path, got int"),
        (lambda p: save(p / "no" / "x", {}), FileNotFoundError, "save: there is no folder"),
        (lambda p: save(p / "x", {1: gemmule.ones(1)}), TypeError, "names are strings, got 1"),
        (lambda p: save(p / "x", {}, {"a": 1}), TypeError, "metadata are strings, got 'a': 1"),
        (lambda p: load(p / "x"), FileNotFoundError, "load: there is no file"),
        (lambda p: load(p), FileNotFoundError, "load: there is no file"),
        (lambda p: load(__file__), ValueError, "is no safetensors file"),
        (lambda p: load_metadata(p / "x"), FileNotFoundError, "load_metadata: there is no file"),
    ],
)
def test_mistakes(tmp_path, act, error, message):
    with pytest.raises(error, match=message):
        act(tmp_path)


def test_without_the_library_it_says_what_to_install(tmp_path):
    code = "import sys; sys.modules['safetensors'] = None; import gemmule; gemmule.load('x')"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "ImportError: save and load need safetensors: pip install" in result.stderr


def test_files_of_pytorch_are_told_and_where_to_go(tmp_path):
    torch = pytest.importorskip("torch")
    path = tmp_path / "model.pt"
    torch.save(torch.nn.Linear(2, 3).state_dict(), path)
    old = tmp_path / "old.pt"
    torch.save(torch.ones(2), old, _use_new_zipfile_serialization=False)
    with pytest.raises(pickle.UnpicklingError, match="PyTorch's older format"):
        gemmule.torch.load(old)
    message = r"written by PyTorch's torch.save; there: safetensors.torch.save_file\(.*; here: gemm"
    with pytest.raises(ValueError, match=message):
        load(path)
    for weights_only in (True, False):
        with pytest.raises(pickle.UnpicklingError, match=message):
            gemmule.torch.load(path, weights_only=weights_only)
    with open(path, "rb") as file, pytest.raises(pickle.UnpicklingError, match=message):
        gemmule.torch.load(file)
    held = io.BytesIO(b"before")
    held.seek(0, os.SEEK_END)
    gemmule.torch.save({"a": gemmule.ones(2)}, held)
    held.seek(len(b"before"))
    assert gemmule.torch.load(held)["a"].tolist() == [1, 1]
