"""check_layer: a layer against PyTorch's of the same name, for tests that compare the two."""

import copy

import gemmule
import numpy as np
import pytest
from check import draw
from gemmule import nn


def peer():
    """PyTorch, or a skip that says what would make the test run."""
    return pytest.importorskip("torch", reason="needs PyTorch to compare with: pip install torch")


def flat(value):
    """The tensors in nested tuples, in order."""
    if isinstance(value, (tuple, list)):
        return [leaf for part in value for leaf in flat(part)]
    return [] if value is None else [value]


def as_ndarray(tensor):
    """The values of either library's tensor."""
    return np.asarray(tensor.detach().numpy())


def close(got, want, what, bound=1e-10):
    """Shapes and values agree, errors measured against the largest value; NaN agrees with NaN."""
    got, want = as_ndarray(got), as_ndarray(want)
    assert got.shape == want.shape, f"{what}: shape {got.shape}, PyTorch's {want.shape}"
    assert got.dtype == want.dtype, f"{what}: {got.dtype}, PyTorch's {want.dtype}"
    if got.dtype.kind != "f":
        np.testing.assert_array_equal(got, want, err_msg=what)
        return
    np.testing.assert_array_equal(np.isnan(got), np.isnan(want), err_msg=f"{what}: NaN")
    scale = np.nanmax(np.abs(want), initial=1e-3)
    worst = np.nanmax(np.abs(got - want), initial=0) / scale
    assert worst <= bound, f"{what}: {worst:.1e} of the largest value exceeds {bound:.0e}"


def same_form(ours, theirs):
    """Both modules read the same and have the same state-dict keys, shapes and dtypes."""
    assert repr(ours) == repr(theirs)
    form = {key: tuple(value.shape) for key, value in ours.state_dict().items()}
    assert list(form.items()) == [
        (key, tuple(value.shape)) for key, value in theirs.state_dict().items()
    ]
    names = [name for name, _ in ours.named_parameters()]
    assert names == [name for name, _ in theirs.named_parameters()]


def equip(ours, theirs, seed=5):
    """Give both modules the same values, drawn at random so that none is 0 or 1 by default."""
    torch = peer()
    state = {key: as_ndarray(value) for key, value in theirs.state_dict().items()}
    drawn = {name for name, _ in theirs.named_parameters()}
    drawn |= {key for key in state if key.endswith(("running_mean", "running_var"))}
    for i, key in enumerate(sorted(drawn & state.keys())):
        values = draw(state[key].shape, seed=seed + i).astype(state[key].dtype)
        state[key] = np.abs(values) + 0.5 if key.endswith("running_var") else values
    theirs.load_state_dict({key: torch.tensor(value) for key, value in state.items()})
    result = ours.load_state_dict(state)
    assert not result.missing_keys and not result.unexpected_keys


def check_layer(name, *args, inputs, train=True, bound=1e-10, gradients=True, **kwargs):
    """Check one layer against PyTorch's: repr, state dict, forward, and every gradient.

    Args:
        name: of the class in both libraries.
        args, kwargs: of its constructor; Tensors and Modules of ours are converted.
        inputs: ndarrays for forward, nested tuples of them, or other values; float64 ones get
            gradients.
        train: whether to run in training mode.
        bound: allowed difference, relative to the largest value.
        gradients: whether to compare gradients.
    """
    torch = peer()
    theirs = getattr(torch.nn, name)(
        *map(_theirs, args), **{k: _theirs(v) for k, v in kwargs.items()}
    )
    ours = getattr(nn, name)(*args, **kwargs)
    same_form(ours, theirs)
    ours, theirs = ours.double(), theirs.double()
    equip(ours, theirs)
    return compare(ours, theirs, inputs, train, bound, gradients)


def compare(ours, theirs, inputs, train=True, bound=1e-10, gradients=True):
    """Forward and gradients of two modules, and their buffers after."""
    torch = peer()
    ours.train(train)
    theirs.train(train)
    mine = [_convert(value, gemmule.tensor) for value in inputs]
    other = [_convert(value, torch.tensor) for value in inputs]
    got, want = flat(ours(*mine)), flat(theirs(*other))
    assert len(got) == len(want)
    for i, (g, w) in enumerate(zip(got, want, strict=True)):
        close(g, w, f"output {i}", bound)
    if gradients:
        weights = [draw(tuple(w.shape), seed=77 + i) for i, w in enumerate(want)]
        pairs = [(g, w, k) for g, w, k in zip(got, want, weights, strict=True) if w.requires_grad]
        assert all(g.requires_grad for g, _, _ in pairs), "an output has no gradient"
        if pairs:
            gemmule.autograd.backward(
                [g for g, _, _ in pairs], [gemmule.asarray(k) for _, _, k in pairs]
            )
            torch.autograd.backward(
                [w for _, w, _ in pairs], [torch.tensor(k) for _, _, k in pairs]
            )
        for i, (g, w) in enumerate(zip(flat(mine), flat(other), strict=True)):
            if isinstance(g, gemmule.Tensor):
                _same_gradient(g, w, f"gradient of input {i}", bound)
        expected = dict(theirs.named_parameters())
        for key, parameter in ours.named_parameters():
            _same_gradient(parameter, expected[key], f"gradient of {key}", bound)
    for key, buffer in ours.named_buffers():
        close(buffer, theirs.get_buffer(key), f"buffer {key}", bound)
    return ours, theirs


def _same_gradient(got, want, what, bound):
    assert (got.grad is None) == (want.grad is None), f"{what}: one is None"
    if want.grad is not None:
        close(got.grad, want.grad, what, bound)


def _convert(value, make):
    if isinstance(value, (tuple, list)):
        return tuple(_convert(part, make) for part in value)
    if not isinstance(value, np.ndarray):
        return value
    return make(value, requires_grad=True) if value.dtype == np.float64 else make(value)


def _theirs(value):
    """An argument of our constructor as one of PyTorch's."""
    torch = peer()
    if isinstance(value, gemmule.Tensor):
        return torch.tensor(value.detach().numpy())
    if isinstance(value, nn.Module):
        return copy.deepcopy(getattr(torch.nn, type(value).__name__)())
    return value
