import itertools

import gemmule
import numpy as np
import pytest
import reference.pool as reference
from check import check_op, draw, isa, threads
from gemmule import _C

# (axes, shape, window): odd sizes, every stride path (1, 2, others, wide), one-row and one-column;
# more planes than a vector has lanes, and planes too large (over 640) to be lanes.
WINDOWS = [
    (2, (2, 3, 8, 8), dict(kernel_size=2)),
    (2, (2, 3, 17, 19), dict(kernel_size=3, stride=2, padding=1)),
    (2, (1, 2, 37, 41), dict(kernel_size=3, stride=1, padding=1)),
    (2, (3, 11, 13), dict(kernel_size=(2, 5), stride=(3, 1), padding=(1, 2))),
    (2, (1, 1, 10, 10), dict(kernel_size=3, stride=2, ceil_mode=True)),
    (2, (1, 1, 9, 10), dict(kernel_size=(3, 2), stride=(4, 3), padding=1, ceil_mode=True)),
    (2, (1, 2, 1, 1), dict(kernel_size=1)),
    (2, (1, 2, 7, 7), dict(kernel_size=7)),
    (2, (2, 1, 3, 70), dict(kernel_size=(1, 9), stride=(1, 9))),
    (2, (0, 3, 4, 4), dict(kernel_size=2)),
    (2, (3, 7, 7, 7), dict(kernel_size=3, stride=2, padding=1)),
    (2, (2, 17, 8, 8), dict(kernel_size=2)),
    (2, (2, 3, 9, 35), dict(kernel_size=2)),
    (2, (2, 3, 9, 35), dict(kernel_size=2, ceil_mode=True)),
    (2, (3, 6, 80), dict(kernel_size=2)),
    (2, (37, 1, 3), dict(kernel_size=(1, 2), stride=1)),
    (2, (1, 23, 37), dict(kernel_size=(2, 5), stride=(3, 1), padding=(1, 2))),
    (2, (1, 27, 40), dict(kernel_size=(3, 2), stride=(4, 3), padding=1, ceil_mode=True)),
    (2, (2, 3, 230), dict(kernel_size=(1, 9), stride=(1, 9))),
    (1, (2, 801), dict(kernel_size=5, stride=3, padding=2)),
    (1, (2, 3, 16), dict(kernel_size=2)),
    (1, (3, 101), dict(kernel_size=5, stride=3, padding=2)),
    (1, (1, 1, 1), dict(kernel_size=3, stride=2, padding=1)),
]
DILATED = [
    (2, (1, 2, 12, 13), dict(kernel_size=3, dilation=2)),
    (2, (2, 1, 9, 35), dict(kernel_size=(2, 3), stride=(1, 2), padding=1, dilation=(3, 2))),
    (1, (1, 2, 40), dict(kernel_size=4, stride=2, padding=2, dilation=3, ceil_mode=True)),
    (2, (1, 19, 45), dict(kernel_size=(2, 3), stride=(1, 2), padding=1, dilation=(3, 2))),
    (1, (2, 700), dict(kernel_size=4, stride=2, padding=2, dilation=3, ceil_mode=True)),
]
BINS = [
    (2, (2, 3, 8, 8), 1),
    (2, (1, 2, 12, 18), (3, 6)),
    (2, (3, 7, 11), (5, 4)),
    (2, (3, 6, 7, 7), (3, 2)),
    (2, (5, 5, 4, 5), 1),
    (2, (1, 25, 31), (5, 4)),
    (2, (2, 25, 31), 1),
    (2, (1, 2, 3, 5), (7, None)),
    (2, (1, 1, 23, 1), (None, 3)),
    (1, (2, 3, 10), 4),
    (1, (2, 33), 1),
    (1, (1, 1, 4), 0),
]


def distinct(shape):
    """Values far enough apart for a finite difference of a maximum."""
    return np.random.default_rng(1).permutation(np.arange(np.prod(shape))).reshape(shape) * 0.01


def values_only(function):
    return lambda *args, **kwargs: function(*args, **kwargs)[0]


@pytest.mark.parametrize("axes, shape, window", WINDOWS + DILATED, ids=str)
def test_max_pool(axes, shape, window):
    op = gemmule.max_pool2d if axes == 2 else gemmule.max_pool1d
    x = distinct(shape)
    check_op(
        lambda x: op(x, **window), lambda x: reference.max_pool(x, axes, **window)[0], x, bound32=0
    )
    ties = draw(shape, integers=True, low=0, high=3).astype(np.float32)
    out, where = op(gemmule.asarray(ties), **window, return_indices=True)
    want, indices = reference.max_pool(ties, axes, **window)
    assert where.dtype == gemmule.int64
    np.testing.assert_array_equal(out.numpy(), want)
    np.testing.assert_array_equal(where.numpy(), indices)


@pytest.mark.parametrize("count_include_pad", [True, False])
@pytest.mark.parametrize("axes, shape, window", WINDOWS, ids=str)
def test_avg_pool(axes, shape, window, count_include_pad):
    op = gemmule.avg_pool2d if axes == 2 else gemmule.avg_pool1d
    window = dict(window, count_include_pad=count_include_pad)
    check_op(
        lambda x: op(x, **window),
        lambda x: reference.avg_pool(x, axes, **window),
        draw(shape),
        bound32=3e-7,
    )


@pytest.mark.parametrize("padding", [0, 1])
def test_divisor_override(padding):
    window = dict(kernel_size=(2, 3), stride=2, padding=padding, divisor_override=5)
    check_op(
        lambda x: gemmule.avg_pool2d(x, **window),
        lambda x: reference.avg_pool(x, 2, **window),
        draw((2, 3, 7, 9)),
    )


@pytest.mark.parametrize("axes, shape, size", BINS, ids=str)
def test_adaptive(axes, shape, size):
    average = gemmule.adaptive_avg_pool2d if axes == 2 else gemmule.adaptive_avg_pool1d
    largest = gemmule.adaptive_max_pool2d if axes == 2 else gemmule.adaptive_max_pool1d
    check_op(
        lambda x: average(x, size),
        lambda x: reference.adaptive_avg_pool(x, axes, size),
        draw(shape),
        bound32=3e-7,
    )
    check_op(
        lambda x: largest(x, size),
        lambda x: reference.adaptive_max_pool(x, axes, size)[0],
        distinct(shape),
        bound32=0,
    )
    ties = draw(shape, integers=True, low=0, high=3).astype(np.float64)
    _, where = largest(gemmule.asarray(ties), size, return_indices=True)
    np.testing.assert_array_equal(where.numpy(), reference.adaptive_max_pool(ties, axes, size)[1])


@pytest.mark.parametrize(
    "shape", [(1, 3, 5, 7), (3, 2, 33, 31), (4, 48, 40, 44), (40, 48, 7, 6)], ids=str
)
def test_everywhere(shape):
    window = dict(kernel_size=3, stride=2, padding=1)
    x = distinct(shape)
    cases = [
        (
            lambda x: gemmule.max_pool2d(x, **window),
            lambda x: reference.max_pool(x, 2, **window)[0],
        ),
        (lambda x: gemmule.avg_pool2d(x, **window), lambda x: reference.avg_pool(x, 2, **window)),
        (
            lambda x: gemmule.adaptive_avg_pool2d(x, (3, 4)),
            lambda x: reference.adaptive_avg_pool(x, 2, (3, 4)),
        ),
        (
            lambda x: gemmule.adaptive_max_pool2d(x, (3, 4)),
            lambda x: reference.adaptive_max_pool(x, 2, (3, 4))[0],
        ),
    ]
    for op, wanted in cases:
        check_op(op, wanted, x, everywhere=True, grad=False, strides=False)
        check_op(_gradient(op), _gradient_of(op), x, everywhere=True, grad=False, strides=False)


def _gradient(op):
    """The gradient of op's sum of squares."""

    def run(x):
        leaf = gemmule.Tensor(x.detach(), requires_grad=True)
        out = op(leaf)
        out.backward(out.detach())
        return leaf.grad

    return run


def _gradient_of(op):
    """The same in float64, which the finite differences above have checked."""
    return lambda x: _gradient(op)(gemmule.asarray(np.asarray(x, np.float64))).numpy()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nan_and_infinity(dtype):
    x = np.arange(2 * 6 * 6, dtype=dtype).reshape(1, 2, 6, 6)
    x[0, 0, 1, 2] = np.nan
    x[0, 0, 3, 3] = np.inf
    x[0, 1] = -np.inf
    window = dict(kernel_size=3, stride=2, padding=1)
    want, indices = reference.max_pool(x, 2, **window)
    out, where = gemmule.max_pool2d(gemmule.asarray(x), **window, return_indices=True)
    np.testing.assert_array_equal(out.numpy(), want)
    np.testing.assert_array_equal(where.numpy(), indices)
    np.testing.assert_array_equal(gemmule.max_pool2d(gemmule.asarray(x), **window).numpy(), want)
    np.testing.assert_array_equal(
        gemmule.adaptive_max_pool2d(gemmule.asarray(x), 2).numpy(),
        reference.adaptive_max_pool(x, 2, 2)[0],
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nan_and_infinity_in_pairs(dtype):
    x = np.arange(2 * 4 * 41, dtype=dtype).reshape(1, 2, 4, 41)
    x[0, 0, (0, 1, 2, 3), (2, 5, 8, 33)] = np.nan
    x[0, 0, 3, 9] = np.inf
    x[0, 1] = -np.inf
    want, indices = reference.max_pool(x, 2, kernel_size=2)
    out, where = gemmule.max_pool2d(gemmule.asarray(x), 2, return_indices=True)
    np.testing.assert_array_equal(out.numpy(), want)
    np.testing.assert_array_equal(where.numpy(), indices)
    np.testing.assert_array_equal(gemmule.max_pool2d(gemmule.asarray(x), 2).numpy(), want)


def test_large_plane_is_cut_into_bands():
    x = distinct((1, 1, 420, 330))
    for window in (
        dict(kernel_size=3, stride=(2, 13), padding=1),
        dict(kernel_size=9, stride=(7, 9), padding=3),
    ):
        check_op(
            lambda x, window=window: gemmule.max_pool2d(x, **window),
            lambda x, window=window: reference.max_pool(x, 2, **window)[0],
            x,
            bound32=0,
            grad=False,
            everywhere=True,
        )


# Noted by tap for their gradient, on every path; ends of rows and planes at every lane.
NOTED = [
    ((2, 30, 33), dict(kernel_size=3, stride=2, padding=1)),
    ((2, 31, 66), dict(kernel_size=3, stride=2)),
    ((1, 27, 98), dict(kernel_size=3, stride=2, ceil_mode=True)),
    ((1, 31, 112), dict(kernel_size=(2, 3), stride=2, padding=1)),
    ((1, 37, 71), dict(kernel_size=(4, 3), stride=2, padding=(2, 1))),
    ((2, 40, 35), dict(kernel_size=(1, 3), stride=(3, 2))),
    ((2, 40, 49), dict(kernel_size=2)),
    ((1, 33, 40), dict(kernel_size=(3, 2), stride=2, padding=(1, 0))),
    ((2, 1, 900), dict(kernel_size=(1, 3), stride=(1, 2), padding=(0, 1))),
    ((1, 400, 340), dict(kernel_size=3, stride=2, padding=1)),
]


@pytest.mark.parametrize("kind", ["ties", "nan", "infinite"])
@pytest.mark.parametrize("shape, window", NOTED, ids=str)
def test_gradient_goes_to_the_winners(shape, window, kind):
    x = draw(shape, integers=True, low=-3, high=4).astype(np.float32)
    if kind == "nan":
        x[0, shape[-2] // 2, 0] = np.nan
        x[1:, shape[-2] // 2, 3::7] = np.nan
    elif kind == "infinite":
        x[...] = -np.inf
        x[..., shape[-2] // 2, 4::5] = np.inf
    want, where = reference.max_pool(x, 2, **window)
    g = draw(want.shape).astype(np.float32)
    sums = np.zeros((shape[0], shape[1] * shape[2]), np.float32)
    for plane in range(shape[0]):
        np.add.at(sums[plane], where[plane].ravel(), g[plane].ravel())
    for name, count in itertools.product(_C.runnable_isas(), (1, 3)):
        with isa(name), threads(count):
            leaf = gemmule.tensor(x, requires_grad=True)
            out = gemmule.max_pool2d(leaf, **window)
            out.backward(gemmule.asarray(g))
        np.testing.assert_array_equal(out.detach().numpy(), want)
        # Whatever the ISA, sums are in the order of the outputs.
        np.testing.assert_array_equal(leaf.grad.numpy(), sums.reshape(shape))


def zeros(*shape):
    return gemmule.asarray(np.zeros(shape, np.float32))


@pytest.mark.parametrize(
    "call, message",
    [
        (
            lambda: gemmule.max_pool2d(zeros(1, 1, 4, 4), 3, padding=2),
            "max_pool2d: padding 2 must lie between 0 and half the kernel size 3",
        ),
        (
            lambda: gemmule.avg_pool1d(zeros(1, 4), 1, padding=1),
            "avg_pool1d: padding 1 must lie between 0 and half the kernel size 1",
        ),
        (
            lambda: gemmule.max_pool2d(zeros(1, 1, 4, 4), 5),
            r"max_pool2d: a window of 5 does not fit 4 inputs with padding 0, input of shape "
            r"\(1, 1, 4, 4\)",
        ),
        (
            lambda: gemmule.max_pool2d(zeros(4, 4), 2),
            r"max_pool2d: input of shape \(4, 4\) has 2 dimensions, expected 3 \(channels first\) "
            r"or 4 \(batch first\)",
        ),
        (
            lambda: gemmule.max_pool2d(zeros(1, 4, 4), 0),
            "kernel_size must be positive, got 0|\\(0,",
        ),
        (lambda: gemmule.max_pool2d(zeros(1, 4, 4), 2, stride=0), "stride must be positive, got 0"),
        (
            lambda: gemmule.max_pool2d(zeros(1, 4, 4), (2, 2, 2)),
            "max_pool2d: kernel_size must be one number or two, got 3",
        ),
        (
            lambda: gemmule.max_pool2d(zeros(1, 0, 4), 2),
            r"max_pool2d: input of shape \(1, 0, 4\) has no elements to pool",
        ),
        (
            lambda: gemmule.max_pool1d(zeros(1, 1, 1), 2, 1, 1, 3),
            "max_pool1d: a window of 4 does not fit 1 inputs with padding 1",
        ),
        (
            lambda: gemmule.max_pool1d(zeros(1, 1, 2), 4, 1, 2, 3),
            "max_pool1d: a window of 10 does not fit 2 inputs",
        ),
        (
            lambda: gemmule.avg_pool2d(zeros(1, 4, 4), 2, divisor_override=0),
            "avg_pool2d: divisor_override must be positive, got 0",
        ),
        (
            lambda: gemmule.adaptive_avg_pool2d(zeros(1, 4, 4), -2),
            "adaptive_avg_pool2d: output_size must not be negative",
        ),
    ],
)
def test_messages(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_integers_are_refused():
    with pytest.raises(TypeError, match="max_pool2d: expected float32 or float64, got int64"):
        gemmule.max_pool2d(gemmule.asarray(np.zeros((1, 4, 4), np.int64)), 2)
