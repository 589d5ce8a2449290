import gemmule
import numpy as np
import pytest
import reference.conv as reference
from check import check_op, draw, isa, threads
from gemmule import _C

# Bounds relative to the largest value. A sum over n terms errs by up to n/2 roundings; random ones
# by about √n, and these have up to 1,200.
BOUND = 2e-6

# (input, weight, window)
CASES_2D = [
    ((1, 1, 1, 1), (1, 1, 1, 1), {}),
    ((2, 3, 5, 7), (4, 3, 1, 1), {}),
    ((5, 3, 1, 2), (4, 3, 1, 1), {}),
    ((3, 20, 7, 7), (33, 20, 1, 1), {}),
    ((9, 8, 3, 3), (6, 4, 1, 1), {"groups": 2}),
    ((70, 2, 3, 3), (5, 2, 2, 2), {"padding": 1}),
    ((21, 1, 4, 4), (9, 1, 3, 3), {"padding": 1}),
    ((2, 3, 8, 8), (5, 3, 3, 3), {"padding": 1}),
    ((3, 5, 7, 7), (17, 5, 3, 3), {"padding": 1}),
    ((1, 40, 14, 14), (33, 40, 3, 3), {"padding": 1}),
    ((2, 3, 23, 19), (8, 3, 7, 7), {"stride": 2, "padding": 3}),
    ((1, 4, 9, 11), (6, 4, 3, 2), {"stride": (2, 3), "padding": (0, 2)}),
    ((2, 4, 12, 13), (6, 4, 3, 3), {"dilation": (2, 3), "padding": 2}),
    ((1, 3, 10, 9), (4, 3, 3, 4), {"stride": 2, "dilation": 2, "padding": (1, 3)}),
    ((1, 2, 9, 8), (3, 2, 2, 2), {"stride": 3}),
    # Data gradients of few channels, whose phases share a patch.
    ((3, 4, 8, 72), (6, 2, 6, 9), {"stride": (2, 3), "padding": (2, 4), "groups": 2}),
    ((2, 3, 12, 36), (5, 3, 6, 6), {"stride": 2, "dilation": (3, 1), "padding": (8, 2)}),
    ((1, 4, 5, 50), (3, 4, 3, 6), {"stride": (1, 2), "padding": (1, 2)}),
    ((2, 6, 6, 9), (9, 2, 3, 3), {"groups": 3, "padding": 1}),
    ((2, 6, 8, 8), (6, 1, 3, 3), {"groups": 6, "padding": 1}),
    ((1, 4, 7, 6), (8, 1, 3, 2), {"groups": 4, "stride": 2, "padding": 1}),
    ((2, 2, 6, 40), (2, 2, 3, 3), {"stride": (1, 2), "padding": (2, 1)}),
    ((2, 1, 9, 5), (3, 1, 4, 4), {"stride": 3, "dilation": (2, 1), "padding": 2}),
    ((2, 3, 6, 7), (4, 3, 3, 4), {"padding": "same"}),
    ((2, 3, 6, 7), (4, 3, 2, 3), {"padding": "same", "dilation": (1, 2)}),
    ((2, 3, 6, 7), (4, 3, 2, 3), {"padding": "valid"}),
    ((2, 3, 6, 7), (4, 3, 2, 3), {"padding": (2, 0, 1, 3)}),
    ((3, 6, 7), (4, 3, 3, 3), {"padding": 1}),
    ((0, 3, 6, 7), (4, 3, 3, 3), {"padding": 1}),
    ((1, 2, 3, 1), (2, 2, 3, 3), {"padding": 2}),
    ((2, 2, 40, 3), (3, 2, 3, 3), {"padding": 1}),
    ((1, 1, 4, 4), (1, 1, 4, 4), {"stride": 5, "padding": 3}),
    # At most four channels written, forward or backward.
    ((2, 70, 5, 37), (3, 70, 3, 3), {"padding": 1}),
    ((2, 5, 6, 20), (2, 5, 3, 3), {"padding": 1}),
    ((1, 3, 35, 45), (40, 3, 7, 7), {"stride": 2, "padding": 3}),
    ((2, 6, 9, 17), (8, 3, 5, 5), {"groups": 2, "padding": 2}),
    ((1, 2, 13, 33), (5, 2, 3, 5), {"dilation": (2, 1), "padding": 2}),
    # Depthwise: strips of vectors, groups together, rows of a large plane.
    ((3, 5, 7, 37), (5, 1, 3, 3), {"groups": 5, "padding": (3, 1)}),
    ((2, 9, 6, 70), (9, 1, 3, 3), {"groups": 9, "padding": (0, 2, 3, 0)}),
    ((1, 2, 1, 3), (2, 1, 3, 3), {"groups": 2, "padding": 1}),
    ((1, 1, 241, 140), (1, 1, 3, 3), {"padding": 1}),
    # Weight gradients of at most three channels: filters in twos and threes, rows of a plane.
    ((11, 2, 4, 37), (7, 2, 3, 3), {"padding": (1, 0)}),
    ((2, 3, 90, 17), (37, 3, 3, 3), {"padding": 1}),
]
CASES_1D = [
    ((2, 3, 16), (4, 3, 3), {}),
    ((2, 3, 33), (5, 3, 5), {"stride": 2, "padding": 2}),
    ((1, 4, 1100), (6, 4, 3), {"dilation": 8, "padding": 8}),
    ((4, 50), (6, 2, 3), {"groups": 2, "padding": "same"}),
    ((2, 3, 70), (5, 3, 3), {"dilation": 8, "padding": (16, 0)}),
    ((2, 3, 33), (5, 3, 5), {"stride": 2, "padding": (1, 4)}),
]


def tensors(shape, weight, bias=True):
    """Input, weight and bias of about unit outputs."""
    scale = np.prod(weight[1:]) ** -0.5
    operands = [draw(shape), draw(weight, seed=1) * scale]
    return [*operands, draw(weight[:1], seed=2)] if bias else operands


@pytest.mark.parametrize("shape, weight, window", CASES_2D, ids=str)
def test_conv2d(shape, weight, window):
    check_op(
        lambda *args: gemmule.conv2d(*args, **window),
        lambda *args: reference.conv(*args, **window),
        *tensors(shape, weight),
        bound32=BOUND,
        bound64=1e-14,
        grad_bound32=BOUND,
    )


@pytest.mark.parametrize("shape, weight, window", CASES_1D, ids=str)
def test_conv1d(shape, weight, window):
    check_op(
        lambda *args: gemmule.conv1d(*args, **window),
        lambda *args: reference.conv(*args, **window),
        *tensors(shape, weight, bias=False),
        bound32=BOUND,
        bound64=1e-14,
        grad_bound32=BOUND,
    )


TRANSPOSED = [
    ((2, 3, 5, 7), (3, 4, 3, 3), {}),
    ((2, 4, 5, 6), (4, 3, 3, 3), {"stride": 2, "padding": 1, "output_padding": 1}),
    ((1, 4, 4, 3), (4, 2, 2, 3), {"stride": (3, 2), "groups": 2, "output_padding": (2, 0)}),
    ((1, 2, 5, 5), (2, 3, 3, 3), {"dilation": 2, "padding": (1, 2)}),
    ((1, 2, 4, 4), (2, 3, 2, 2), {"stride": 2, "dilation": 3, "output_padding": 2}),
    ((2, 4, 4), (2, 3, 2, 2), {"stride": 3}),
    ((2, 3, 9), (3, 5, 4), {"stride": 2, "padding": 1}),
    ((3, 20), (3, 2, 3), {"stride": 3, "padding": 2, "output_padding": 1}),
]


@pytest.mark.parametrize("shape, weight, window", TRANSPOSED, ids=str)
def test_conv_transpose(shape, weight, window):
    op = gemmule.conv_transpose2d if len(weight) == 4 else gemmule.conv_transpose1d
    bias = draw((weight[1] * window.get("groups", 1),), seed=2)
    check_op(
        lambda *args: op(*args, **window),
        lambda *args: reference.conv_transpose(*args, **window),
        *tensors(shape, weight, bias=False),
        bias,
        bound32=BOUND,
        bound64=1e-14,
        grad_bound32=BOUND,
    )


# 3×3 at stride 1 with enough channels: Winograd's algorithm. Blocks of channels and of filters, few
# and many tiles, odd sizes, tiles cut along a row, both groups and none.
WINOGRAD = [
    ((1, 16, 4, 4), (16, 16, 3, 3), {"padding": 1}),
    ((3, 17, 7, 9), (20, 17, 3, 3), {"padding": 1}),
    ((2, 130, 7, 7), (18, 130, 3, 3), {"padding": 1}),
    ((2, 130, 7, 7), (150, 130, 3, 3), {"padding": 1}),
    ((2, 20, 14, 14), (150, 20, 3, 3), {"padding": (2, 0)}),
    ((2, 32, 11, 13), (48, 16, 3, 3), {"padding": 1, "groups": 2}),
    ((1, 16, 5, 300), (16, 16, 3, 3), {"padding": 1}),
    ((9, 16, 30, 26), (16, 16, 3, 3), {"padding": 1}),
    ((1, 16, 33, 31), (150, 16, 3, 3), {"padding": 1}),
    # Lines of three taps: tiles of neighbours, over the end, in blocks of channels and filters.
    ((2, 20, 1, 66), (26, 20, 1, 3), {"padding": (0, 1)}),
    ((1, 130, 1, 300), (150, 130, 1, 3), {"padding": (0, 2)}),
    ((3, 64, 1, 70), (48, 32, 1, 3), {"padding": (0, 1), "groups": 2}),
    # Weight gradients in several boxes along a row, chunks of them, and pieces of either side.
    ((4, 40, 19, 150), (70, 40, 3, 3), {"padding": 1}),
    ((5, 140, 9, 6), (24, 70, 3, 3), {"padding": (2, 3), "groups": 2}),
    ((4, 40, 1, 900), (70, 40, 1, 3), {"padding": (0, 1)}),
    ((2, 33, 1, 704), (65, 33, 1, 3), {"padding": (0, 8), "dilation": (1, 8)}),
    # With dilation tiles are columns: of runs in every part of a vector, cut up if they are long.
    ((2, 20, 1, 96), (26, 20, 1, 3), {"padding": (0, 8), "dilation": (1, 8)}),
    ((2, 20, 1, 80), (20, 20, 1, 3), {"dilation": (1, 8)}),
    ((3, 64, 1, 72), (48, 32, 1, 3), {"padding": (0, 4), "dilation": (1, 4), "groups": 2}),
    ((3, 32, 1, 65), (24, 32, 1, 3), {"padding": (0, 5), "dilation": (1, 5)}),
    ((1, 32, 1, 400), (32, 32, 1, 3), {"padding": (0, 100), "dilation": (1, 100)}),
    # No lines: the only row that is written lies in the padding.
    ((2, 64, 1, 128), (64, 64, 1, 3), {"stride": (3, 1), "padding": (1, 1)}),
    ((2, 64, 1, 128), (64, 64, 1, 3), {"stride": (3, 1), "padding": (1, 8), "dilation": (1, 8)}),
]
# Measured: 5e-7 for tiles of 2×2, as for the plain sum, and 2e-6 for 4×4. Promised: 5e-5.
PRECISION = {"high": 5e-6, "highest": 1e-6}


@pytest.fixture(params=PRECISION)
def precision(request):
    before = gemmule.get_float32_conv_precision()
    gemmule.set_float32_conv_precision(request.param)
    yield request.param
    gemmule.set_float32_conv_precision(before)


@pytest.mark.parametrize("shape, weight, window", WINOGRAD, ids=str)
def test_winograd(shape, weight, window, precision):
    operands = tensors(shape, weight)
    check_op(
        lambda *args: gemmule.conv2d(*args, **window),
        lambda *args: reference.conv(*args, **window),
        *operands,
        bound32=PRECISION[precision],
        grad=False,
        strides=False,
        everywhere=True,
    )
    check_op(
        lambda *args: gradients(*args, window=window),
        lambda *args: [
            g.numpy()
            for g in gradients(*(gemmule.asarray(np.float64(a)) for a in args), window=window)
        ],
        *operands,
        bound32=2 * PRECISION[precision],
        grad=False,
        strides=False,
        everywhere=True,
    )


def test_precision_setting():
    assert gemmule.get_float32_conv_precision() == "high"
    with pytest.raises(ValueError, match='expected "high" or "highest", got "medium"'):
        gemmule.set_float32_conv_precision("medium")


@pytest.mark.parametrize("channels", [16, 512])
def test_winograd_error_is_that_of_a_large_layer(channels):
    """At most 5e-5 of the largest result, for activations that are all positive."""
    x = np.abs(draw((1, channels, 12, 12))).astype(np.float32)
    w = (draw((32, channels, 3, 3), seed=1) * channels**-0.5).astype(np.float32)
    got = gemmule.conv2d(gemmule.asarray(x), gemmule.asarray(w), padding=1).numpy()
    want = reference.conv(np.float64(x), np.float64(w), padding=1)
    assert np.abs(got - want).max() <= 1e-5 * np.abs(want).max()


@pytest.mark.parametrize("filters, groups", [(2, 1), (7, 1), (2, 2)])
def test_taps_read_their_positions_alone(filters, groups):
    # Without padding the first taps never meet the last row and column.
    x = np.ones((2, 2, 9, 21), np.float32)
    x[..., -1, :] = x[..., -1] = np.inf
    w = gemmule.ones(filters, 2 // groups, 3, 3, requires_grad=True)
    gemmule.conv2d(gemmule.asarray(x), w, groups=groups).sum().backward()
    assert (w.grad.numpy()[:, :, :2, :2] == 2 * 7 * 19).all()
    assert np.isinf(w.grad.numpy()[:, :, 2]).all() and np.isinf(w.grad.numpy()[..., 2]).all()


@pytest.mark.parametrize("sizes, kernel", [((20, 20), (3, 3)), ((300,), (3,))], ids=str)
def test_precision_decides_how_weight_gradients_are_made(sizes, kernel, precision):
    """By Winograd's algorithm if "high" and AVX2 or AVX-512 allow it: a NaN reaches all taps."""
    x = np.ones((2, 40, *sizes), np.float32)
    x[..., -1] = np.nan
    for name in _C.runnable_isas():
        w = gemmule.ones(24, 40, *kernel, requires_grad=True)
        with isa(name):
            (gemmule.conv2d if len(sizes) == 2 else gemmule.conv1d)(
                gemmule.asarray(x), w
            ).sum().backward()
        spread = precision == "high" and name in ("v3", "v4")
        assert np.isnan(w.grad.numpy()[..., 0]).all() == spread, name


EVERYWHERE = [
    ((2, 3, 30, 40), (9, 3, 7, 7), {"stride": 2, "padding": 3}),
    ((3, 40, 14, 29), (4, 40, 3, 3), {"padding": 1}),
    ((2, 3, 9, 10), (4, 3, 3, 3), {"padding": 1}),
    ((3, 8, 14, 14), (20, 8, 3, 3), {"stride": 2, "padding": 1}),
    ((4, 32, 28, 28), (48, 32, 3, 3), {"padding": 1}),
    ((2, 48, 28, 28), (96, 1, 3, 3), {"padding": 1, "groups": 48}),
    ((2, 96, 28, 28), (96, 1, 3, 3), {"padding": 1, "groups": 96}),
    ((10, 3, 20, 30), (35, 3, 3, 3), {}),
    # 1×1 of a tile of rows or three: columns in place, but for the end of the last plane.
    ((2, 16, 19, 31), (3, 16, 1, 1), {}),
    ((1, 7, 50, 41), (9, 7, 1, 1), {}),
    ((3, 40, 23, 47), (40, 20, 1, 1), {"groups": 2}),
    ((2, 400, 30, 36), (30, 400, 1, 1), {}),
    ((2, 40, 32, 36), (30, 40, 1, 1), {}),
    ((2, 40, 32, 36), (16, 40, 1, 1), {}),
    # Columns from the patch itself: whole vectors, and a part of the last one.
    ((2, 3, 23, 64), (64, 3, 7, 7), {"stride": 2, "padding": 3}),
    ((3, 16, 2, 110), (26, 8, 1, 3), {"groups": 2, "dilation": (1, 8)}),
]


def gradients(*args, window):
    """The gradients of conv2d's sum of squares."""
    leaves = [gemmule.Tensor(a.detach(), requires_grad=True) for a in args]
    out = gemmule.conv2d(*leaves, **window)
    out.backward(out.detach())
    return [leaf.grad for leaf in leaves]


@pytest.mark.parametrize("shape, weight, window", EVERYWHERE, ids=str)
def test_everywhere(shape, weight, window):
    operands = tensors(shape, weight)
    check_op(
        lambda *args: gemmule.conv2d(*args, **window),
        lambda *args: reference.conv(*args, **window),
        *operands,
        bound32=BOUND,
        grad=False,
        strides=False,
        everywhere=True,
    )
    check_op(
        lambda *args: gradients(*args, window=window),
        # The float64 gradients, which finite differences have checked above.
        lambda *args: [
            g.numpy()
            for g in gradients(*(gemmule.asarray(np.float64(a)) for a in args), window=window)
        ],
        *operands,
        bound32=BOUND,
        grad=False,
        strides=False,
        everywhere=True,
    )


def test_parameter_gradients_of_chunks_groups_and_pieces():
    x, w, b = (np.float32(a) for a in tensors((2, 72, 28, 31), (520, 36, 3, 3)))
    g = draw((2, 520, 26, 29), seed=3).astype(np.float32)
    for name in _C.runnable_isas():
        seen = set()
        for count in (1, 2, 3, 8):
            leaves = [gemmule.tensor(a, requires_grad=True) for a in (w, b)]
            with isa(name), threads(count):
                gemmule.conv2d(gemmule.asarray(x), *leaves, groups=2).backward(gemmule.asarray(g))
            seen.add(leaves[0].grad.numpy().tobytes() + leaves[1].grad.numpy().tobytes())
        assert len(seen) == 1
        sums = g.sum((0, 2, 3), dtype=np.float64)
        np.testing.assert_allclose(leaves[1].grad.numpy(), sums, rtol=0, atol=2e-5)
        # One tap of all pairs of channels, in float64.
        taps = np.float64(x[:, :, 1:27, 2:31]).reshape(2, 2, 36, -1)
        want = np.einsum("ngfp,ngcp->gfc", np.float64(g).reshape(2, 2, 260, -1), taps)
        got = leaves[0].grad.numpy()[:, :, 1, 2].reshape(2, 260, 36)
        np.testing.assert_allclose(got, want, rtol=0, atol=BOUND * abs(want).max())


@pytest.mark.parametrize("channels", [8, 40])
def test_a_row_does_not_depend_on_its_batch(channels):
    shapes = (5, channels, 7, 9), (40, channels, 3, 3)
    x, w = (a.astype(np.float32) for a in tensors(*shapes, bias=False))
    whole = gemmule.conv2d(gemmule.asarray(x), gemmule.asarray(w), padding=1).numpy()
    for n in range(5):
        alone = gemmule.conv2d(gemmule.asarray(x[n : n + 1]), gemmule.asarray(w), padding=1)
        assert alone.numpy().tobytes() == whole[n].tobytes()


def test_gradients_only_where_needed():
    x, w, b = (gemmule.asarray(a) for a in tensors((1, 2, 4, 4), (3, 2, 3, 3)))
    w.requires_grad_()
    gemmule.conv2d(x, w, b).backward(gemmule.asarray(np.ones((1, 3, 2, 2))))
    assert x.grad is None and b.grad is None and w.grad.shape == (3, 2, 3, 3)


def test_wide_signal():
    x, w = draw((1, 2, 70000)), draw((3, 2, 9), seed=1) * 0.25
    check_op(
        lambda *args: gemmule.conv1d(*args, padding=4),
        lambda *args: reference.conv(*args, padding=4),
        x,
        w,
        bound32=BOUND,
        strides=False,
        everywhere=True,
        grad=False,
    )


def zeros(*shape, dtype=np.float32):
    return gemmule.asarray(np.zeros(shape, dtype))


@pytest.mark.parametrize(
    "call, message",
    [
        (
            lambda: gemmule.conv2d(zeros(8, 4, 224, 224), zeros(64, 3, 7, 7)),
            r"conv2d: weight of shape \(64, 3, 7, 7\) takes 3 input channels, but input of shape "
            r"\(8, 4, 224, 224\) has 4",
        ),
        (
            lambda: gemmule.conv2d(zeros(1, 4, 5, 5), zeros(6, 3, 3, 3), groups=2),
            r"conv2d: weight of shape \(6, 3, 3, 3\) takes 6 input channels in 2 groups, but input "
            r"of shape \(1, 4, 5, 5\) has 4",
        ),
        (
            lambda: gemmule.conv2d(zeros(1, 6, 5, 5), zeros(5, 3, 3, 3), groups=2),
            r"gives 5 channels, which do not divide into 2 groups",
        ),
        (
            lambda: gemmule.conv2d(zeros(1, 3, 5, 5), zeros(4, 3, 7, 3)),
            r"conv2d: a kernel that spans 7 does not fit 5 inputs with padding 0 and 0",
        ),
        (
            lambda: gemmule.conv2d(zeros(3, 5), zeros(4, 3, 3, 3)),
            r"conv2d: input of shape \(3, 5\) has 2 dimensions, expected 4, or 3 for a single",
        ),
        (
            lambda: gemmule.conv1d(zeros(1, 3, 5), zeros(4, 3, 3, 3)),
            r"conv1d: weight of shape \(4, 3, 3, 3\) has 4 dimensions, expected 3",
        ),
        (
            lambda: gemmule.conv2d(zeros(1, 3, 5, 5), zeros(4, 3, 3, 3), zeros(3)),
            r"conv2d: bias of shape \(3,\), expected \(4,\) for weight of shape",
        ),
        (
            lambda: gemmule.conv2d(zeros(1, 3, 5, 5), zeros(4, 3, 3, 3), padding=-1),
            r"conv2d: padding must be at least 0, got -1",
        ),
        (
            lambda: gemmule.conv2d(zeros(1, 3, 5, 5), zeros(4, 3, 3, 3), stride=(1, 0)),
            r"conv2d: stride must be at least 1, got 0",
        ),
        (
            lambda: gemmule.conv2d(zeros(1, 3, 5, 5), zeros(4, 3, 3, 3), stride=(1, 1, 1)),
            r"conv2d: stride must be one number or two, got 3",
        ),
        (
            lambda: gemmule.conv2d(zeros(1, 3, 5, 5), zeros(4, 3, 3, 3), stride=2, padding="same"),
            r'conv2d: padding "same" needs stride 1, got 2',
        ),
        (
            lambda: gemmule.conv2d(zeros(1, 3, 5, 5), zeros(4, 3, 3, 3), padding="full"),
            r'conv2d: padding must be numbers, "valid" or "same", got \'full\'',
        ),
        (
            lambda: gemmule.conv2d(zeros(1, 0, 5, 5), zeros(4, 0, 3, 3)),
            r"conv2d: weight of shape \(4, 0, 3, 3\) has no elements",
        ),
        (
            lambda: gemmule.conv_transpose2d(zeros(1, 3, 5, 5), zeros(4, 3, 3, 3)),
            r"conv_transpose2d: weight of shape \(4, 3, 3, 3\) takes 4 input channels, but input "
            r"of shape \(1, 3, 5, 5\) has 3",
        ),
        (
            lambda: gemmule.conv_transpose1d(zeros(1, 3, 5), zeros(3, 3, 3), output_padding=1),
            r"conv_transpose1d: output_padding 1 must be smaller than the stride 1 or the dilation",
        ),
    ],
)
def test_messages(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_mixed_dtypes_are_refused():
    x, w = zeros(1, 3, 5, 5), zeros(4, 3, 3, 3, dtype=np.float64)
    with pytest.raises(TypeError, match="conv2d: weight is float64 but input is float32"):
        gemmule.conv2d(x, w)
    with pytest.raises(TypeError, match="conv2d: bias is float64 but input is float32"):
        gemmule.conv2d(x, zeros(4, 3, 3, 3), zeros(4, dtype=np.float64))
    with pytest.raises(
        TypeError, match="conv1d: expected float32 or float64, got input of int64 and"
    ):
        gemmule.conv1d(zeros(1, 3, 5, dtype=np.int64), zeros(4, 3, 3))
