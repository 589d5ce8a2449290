"""check_op: everything that is promised of an operation, in one line of a test.

A case runs the operation on Tensors and a plain float64 NumPy reference on the same numbers, and
checks

* values in float32 and float64, within the stated bound of the reference;
* the same bytes for transposed, reversed and gapped copies of the inputs;
* gradients: the tape's in float64 against central differences of the reference along random
  directions, the tape's float32 against its float64, and the same bytes for such copies of the
  inputs and of the gradients that flow in;
* with ``everywhere=True``, the same on every ISA this CPU has, and identical bytes at 1, 2, 3 and 8
  threads.
"""

import contextlib
import os

import gemmule
import numpy as np
import pytest
from gemmule import _C

THREADS = (1, 2, 3, 8)
DEVICE = os.environ.get("GEMMULE_TEST_DEVICE", "cpu")  # "cuda": every case there
# What asking for cuda:255 raises, in a build with CUDA and in one without.
NO_CUDA = r"(this build has no CUDA; install with pip|no cuda:255, this machine has \d+ CUDA)"
SOAK = bool(os.environ.get("GEMMULE_SOAK"))  # set by tools/soak.py: every case everywhere


@contextlib.contextmanager
def isa(name):
    """Run a block on another instruction set."""
    before = _C.isa()
    _C.set_isa(name)
    try:
        yield
    finally:
        _C.set_isa(before)


@contextlib.contextmanager
def threads(count):
    """Run a block with a number of threads."""
    before = _C.num_threads()
    _C.set_num_threads(count)
    try:
        yield
    finally:
        _C.set_num_threads(before)


def draw(shape, seed=0, low=None, high=None, integers=False):
    """Reproducible values: normal, or uniform in [low, high)."""
    rng = np.random.default_rng([seed, *shape])
    if integers:
        return rng.integers(low, high, shape)
    if low is None:
        return rng.standard_normal(shape)
    return rng.uniform(low, high, shape)


def layouts(array):
    """Copies of an array with other strides: (name, equal array) pairs."""
    if array.ndim == 0:
        return
    gapped = np.empty((*array.shape[:-1], array.shape[-1] * 2), array.dtype)
    gapped[..., ::2] = array
    yield "gapped", gapped[..., ::2]
    yield "reversed", np.ascontiguousarray(array[..., ::-1])[..., ::-1]
    if array.ndim > 1:
        yield "transposed", np.ascontiguousarray(array.T).T


def on_device(array):
    """A Tensor on DEVICE, of the same strides as one of `layouts`."""
    if array.ndim and array.strides[-1] < 0:
        return on_device(array[..., ::-1])[..., ::-1]
    if array.ndim > 1 and array.flags.f_contiguous and not array.flags.c_contiguous:
        return gemmule.permute_dims(on_device(array.T), tuple(reversed(range(array.ndim))))
    if array.ndim and array.size and array.strides[-1] > array.itemsize:
        gapped = np.empty((*array.shape[:-1], array.shape[-1] * 2), array.dtype)
        gapped[..., ::2] = array
        return gemmule.asarray(gapped).to(DEVICE)[..., ::2]
    return gemmule.asarray(array).to(DEVICE)


def as_tensor(value, requires_grad=False):
    """A Tensor that shares the ndarray's memory and strides, or is on DEVICE; other values as they
    are."""
    if not isinstance(value, np.ndarray):
        return value
    tensor = gemmule.asarray(value) if DEVICE == "cpu" else on_device(value)
    if requires_grad and value.dtype.kind == "f":
        tensor.requires_grad_()
    return tensor


def outputs(result):
    """The results of an operation as ndarrays."""
    if isinstance(result, (tuple, list)):
        return [r.detach().cpu().numpy() for r in result]
    return [result.detach().cpu().numpy()]


def assert_close(got, want, bound, what):
    """|got - want| ≤ bound · (|want| + the largest finite |want|); NaN and infinities agree."""
    want = np.asarray(want)
    assert got.shape == want.shape, f"{what}: shape {got.shape}, expected {want.shape}"
    if want.dtype.kind != "f":
        np.testing.assert_array_equal(got, want, err_msg=what)
        return
    got = got.astype(np.float64)
    np.testing.assert_array_equal(np.isnan(got), np.isnan(want), err_msg=f"{what}: NaN")
    finite = np.isfinite(want)
    np.testing.assert_array_equal(got[np.isinf(want)], want[np.isinf(want)], err_msg=what)
    if finite.any():
        scale = np.abs(want[finite]).max()
        error = np.abs(got[finite] - want[finite])
        worst = (error / (np.abs(want[finite]) + scale + 1e-300)).max()
        assert worst <= bound, f"{what}: relative error {worst:.2e} exceeds {bound:.2e}"


def check_op(
    op,
    reference,
    *args,
    bound32=1e-6,
    bound64=1e-14,
    grad=True,
    grad_bound32=1e-5,
    strides=True,
    everywhere=False,
    **kwargs,
):
    """Check one case of an operation.

    Args:
        op: called as ``op(*args, **kwargs)`` with float ndarrays replaced by Tensors.
        reference: the same on float64 ndarrays.
        args: ndarrays (float64 ones are the differentiable inputs) and other values.
        bound32, bound64: allowed error of values, relative to |value| + largest |value|.
        grad: whether to check gradients.
        grad_bound32: allowed error of float32 gradients against float64 ones, likewise.
        strides: whether other memory layouts give the same bytes, of values and gradients; "close"
            where only the same values are promised.
        everywhere: whether to check every ISA and thread count.
    """
    try:
        _check_op(
            op,
            reference,
            args,
            kwargs,
            (bound32, bound64, grad_bound32),
            grad,
            strides,
            everywhere,
        )
    except RuntimeError as error:
        if DEVICE == "cpu" or "no CUDA kernel" not in str(error):
            raise
        pytest.skip(str(error))


def _check_op(op, reference, args, kwargs, bounds, grad, strides, everywhere):
    bound32, bound64, grad_bound32 = bounds
    want = reference(*args, **kwargs)
    want = list(want) if isinstance(want, (tuple, list)) else [want]
    for dtype, bound in ((np.float64, bound64), (np.float32, bound32)):
        cast = [a.astype(dtype) if _is_float(a) else a for a in args]
        exact = want
        if dtype == np.float32 and any(_is_float(a) for a in args):
            exact = reference(
                *[a.astype(np.float64) if _is_float(a) else a for a in cast], **kwargs
            )
            exact = list(exact) if isinstance(exact, (tuple, list)) else [exact]
        got = outputs(op(*map(as_tensor, cast), **kwargs))
        assert len(got) == len(exact)
        for i, (g, w) in enumerate(zip(got, exact, strict=True)):
            assert_close(g, w, bound, f"{np.dtype(dtype).name} output {i}")
        if strides:
            _check_layouts(op, cast, kwargs, got, 2 * bound if strides == "close" else None)
    if (everywhere or SOAK) and DEVICE == "cpu":
        _check_everywhere(op, args, kwargs, want, bound32)
    if grad:
        _check_gradients(op, reference, args, kwargs, grad_bound32, strides)


def _is_float(value):
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def _check_layouts(op, args, kwargs, want, bound):
    for position, value in enumerate(args):
        if not isinstance(value, np.ndarray):
            continue
        for name, other in layouts(value):
            changed = [*args[:position], other, *args[position + 1 :]]
            got = outputs(op(*map(as_tensor, changed), **kwargs))
            for g, w in zip(got, want, strict=True):
                if bound is not None:
                    assert_close(g, w, bound, f"argument {position} {name}")
                else:
                    assert g.tobytes() == w.tobytes(), f"argument {position} {name}: other bytes"


def _check_everywhere(op, args, kwargs, want, bound32):
    cast = [a.astype(np.float32) if _is_float(a) else a for a in args]
    for name in _C.runnable_isas():
        with isa(name):
            before = None
            for count in THREADS:
                with threads(count):
                    got = outputs(op(*map(as_tensor, cast), **kwargs))
                for i, (g, w) in enumerate(zip(got, want, strict=True)):
                    assert_close(g, w, 4 * bound32 + 1e-6, f"{name} output {i}")
                current = [g.tobytes() for g in got]
                assert before is None or before == current, f"{name}: {count} threads, other bytes"
                before = current


def _gradients(op, args, kwargs, weights):
    """The gradient of each float argument when `weights` flow into the results, or None."""
    tensors = [as_tensor(a, requires_grad=True) for a in args]
    results = op(*tensors, **kwargs)
    results = results if isinstance(results, (tuple, list)) else [results]
    pairs = [(r, w) for r, w in zip(results, weights, strict=True) if r.requires_grad]
    dtype = args_dtype(args)
    gemmule.autograd.backward(
        [r for r, _ in pairs],
        [as_tensor(w if w.dtype == dtype else w.astype(dtype)) for _, w in pairs],
    )
    return [
        None if not _is_float(a) or t.grad is None else t.grad.cpu().numpy()
        for a, t in zip(args, tensors, strict=True)
    ]


def args_dtype(args):
    """The dtype of the first float ndarray."""
    return next(a.dtype for a in args if _is_float(a))


def _check_gradient_layouts(op, args, kwargs, weights, want, bound):
    """The same bytes of every gradient, or the same values to within `bound`, for other memory
    layouts of each argument and of what flows in."""

    def same(what, args, weights):
        got = _gradients(op, args, kwargs, weights)
        for i, (g, w) in enumerate(zip(got, want, strict=True)):
            if bound is not None and g is not None and w is not None:
                assert_close(g, w, bound, f"gradient of argument {i} where {what}")
                continue
            equal = g is w or (g is not None and w is not None and g.tobytes() == w.tobytes())
            assert equal, f"gradient of argument {i}: other bytes where {what}"

    for values, name in ((args, "argument"), (weights, "incoming gradient")):
        for position, value in enumerate(values):
            if not isinstance(value, np.ndarray):
                continue
            for layout, other in layouts(value):
                changed = [*values[:position], other, *values[position + 1 :]]
                pair = (changed, weights) if values is args else (args, changed)
                same(f"{name} {position} is {layout}", *pair)


def _check_gradients(op, reference, args, kwargs, bound32, strides):
    results = reference(*args, **kwargs)
    results = list(results) if isinstance(results, (tuple, list)) else [results]
    weights = [draw(np.shape(r), seed=99 + i) for i, r in enumerate(results)]

    def loss(*values):
        out = reference(*values, **kwargs)
        out = list(out) if isinstance(out, (tuple, list)) else [out]
        return sum(
            float((np.asarray(o) * w).sum())
            for o, w in zip(out, weights, strict=True)
            if np.asarray(o).dtype.kind == "f"
        )

    got = _gradients(op, args, kwargs, weights)
    single = _gradients(
        op, [a.astype(np.float32) if _is_float(a) else a for a in args], kwargs, weights
    )
    if strides:
        bound = 2e-14 if strides == "close" else None  # of float64, in another order
        _check_gradient_layouts(op, list(args), kwargs, weights, got, bound)
    for position, value in enumerate(args):
        if not _is_float(value) or value.size == 0:
            continue
        gradient = got[position]
        assert gradient is not None, f"argument {position} got no gradient"
        assert gradient.shape == value.shape, f"gradient {position} has shape {gradient.shape}"
        assert_close(
            single[position], gradient, bound32, f"float32 gradient of argument {position}"
        )
        for trial in range(4):
            direction = draw(value.shape, seed=7 + trial)
            step = 1e-6 * max(1.0, float(np.abs(value).max()))
            ends = []
            for sign in (1, -1):
                moved = [*args]
                moved[position] = value + sign * step * direction
                ends.append(loss(*moved))
            numeric = (ends[0] - ends[1]) / (2 * step)
            analytic = float((gradient * direction).sum())
            # A central difference with step h errs by about h² of the value and eps/h of the loss.
            allowed = 1e-6 * np.abs(gradient * direction).sum() + 1e-8 * (1 + max(map(abs, ends)))
            assert abs(numeric - analytic) <= allowed, (
                f"gradient of argument {position}: {analytic}, by differences {numeric}"
            )
