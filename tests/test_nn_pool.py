import gemmule
import numpy as np
import pytest
from check import draw
from gemmule import nn
from gemmule.nn import functional as F
from layers import check_layer, close, compare, peer

X1, X2 = draw((2, 3, 13)), draw((2, 3, 10, 9))


@pytest.mark.parametrize(
    "options",
    [
        dict(kernel_size=3),
        dict(kernel_size=3, stride=2, padding=1),
        dict(kernel_size=2, dilation=2, ceil_mode=True),
        dict(kernel_size=3, return_indices=True),
    ],
    ids=str,
)
def test_max(options):
    check_layer("MaxPool1d", inputs=[X1], **options)
    check_layer("MaxPool2d", inputs=[X2], **options)
    check_layer("MaxPool2d", inputs=[X2[0]], **options)


def test_max_of_pairs():
    check_layer("MaxPool2d", (2, 3), (1, 2), (1, 0), (2, 1), inputs=[X2])


@pytest.mark.parametrize(
    "options",
    [
        dict(kernel_size=3),
        dict(kernel_size=3, stride=2, padding=1),
        dict(kernel_size=2, stride=3, ceil_mode=True),
        dict(kernel_size=3, padding=1, count_include_pad=False),
    ],
    ids=str,
)
def test_average(options):
    check_layer("AvgPool1d", inputs=[X1], **options)
    check_layer("AvgPool2d", inputs=[X2], **options)


def test_average_with_divisor():
    check_layer("AvgPool2d", (2, 3), (2, 1), divisor_override=5, inputs=[X2])


@pytest.mark.parametrize("size", [1, 4, 13])
def test_adaptive_1d(size):
    check_layer("AdaptiveAvgPool1d", size, inputs=[X1])
    check_layer("AdaptiveMaxPool1d", size, inputs=[X1])
    check_layer("AdaptiveMaxPool1d", size, return_indices=True, inputs=[X1])


@pytest.mark.parametrize("size", [1, (3, 4), (None, 2), (5, None)], ids=str)
def test_adaptive_2d(size):
    check_layer("AdaptiveAvgPool2d", size, inputs=[X2])
    check_layer("AdaptiveMaxPool2d", size, inputs=[X2])
    check_layer("AdaptiveMaxPool2d", size, return_indices=True, inputs=[X2])


@pytest.mark.parametrize("options", [dict(), dict(stride=1), dict(ceil_mode=True)], ids=str)
def test_lp(options):
    positive = draw((2, 3, 9), low=0.1, high=2)
    check_layer("LPPool1d", 3, 2, inputs=[positive], **options)
    check_layer("LPPool2d", 2.5, (2, 3), inputs=[draw((2, 3, 6, 9), low=0.1, high=2)], **options)


@pytest.mark.parametrize(
    ("shape", "output_size"),
    [
        ((2, 3, 10, 8), None),
        ((3, 10, 8), None),
        ((2, 3, 11, 9), (11, 9)),
        ((1, 1, 5, 5), (1, 1, 5, 5)),
    ],
)
def test_unpool(shape, output_size):
    torch = peer()
    pooled, places = torch.nn.MaxPool2d(2, return_indices=True)(torch.tensor(draw(shape)))
    ours, theirs = nn.MaxUnpool2d(2), torch.nn.MaxUnpool2d(2)
    assert repr(ours) == repr(theirs)
    compare(ours, theirs, [pooled.numpy(), places.numpy(), output_size])


def test_unpool_1d():
    torch = peer()
    pooled, places = torch.nn.MaxPool1d(3, return_indices=True)(torch.tensor(X1))
    ours, theirs = nn.MaxUnpool1d(3), torch.nn.MaxUnpool1d(3)
    assert repr(ours) == repr(theirs)
    compare(ours, theirs, [pooled.numpy(), places.numpy()])


def test_unpool_mistakes():
    x, places = gemmule.ones(1, 1, 2, 2), gemmule.tensor([[[[0, 1], [2, 3]]]])
    with pytest.raises(ValueError, match="indices of shape"):
        nn.MaxUnpool2d(2)(x, places[0])
    with pytest.raises(IndexError, match="an index is out of range"):
        nn.MaxUnpool2d(2)(x, places + 15)
    with pytest.raises(ValueError, match=r"output_size \(6, 4\) is a stride or more away"):
        nn.MaxUnpool2d(2)(x, places, (6, 4))


@pytest.mark.parametrize(
    "options",
    [
        dict(kernel_size=2, output_size=(5, 4)),
        dict(kernel_size=(3, 2), output_ratio=0.5),
        dict(kernel_size=2, output_ratio=(0.6, 0.7), return_indices=True),
        dict(kernel_size=3, output_size=1),
    ],
    ids=str,
)
def test_fractional_max(options):
    samples = gemmule.asarray(draw((2, 3, 2), low=0, high=1))
    check_layer("FractionalMaxPool2d", inputs=[X2], _random_samples=samples, **options)


def test_fractional_max_draws_its_own_samples():
    gemmule.manual_seed(3)
    x = gemmule.asarray(np.arange(2 * 9 * 9, dtype=np.float32).reshape(1, 2, 9, 9))
    layer = nn.FractionalMaxPool2d(2, output_size=5)
    outputs = [layer(x).numpy() for _ in range(8)]
    assert {output.shape for output in outputs} == {(1, 2, 5, 5)}
    assert len({output.tobytes() for output in outputs}) > 1
    # the last window ends in the corner
    assert all(output[0, 0, -1, -1] == 80 for output in outputs)
    assert layer(x[0]).shape == (2, 5, 5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (dict(), "give output_size or output_ratio"),
        (dict(output_size=2, output_ratio=0.5), "give output_size or output_ratio"),
        (dict(output_ratio=1.5), r"must be within 0 and 1, got \(1.5, 1.5\)"),
    ],
)
def test_fractional_max_mistakes(options, message):
    with pytest.raises(ValueError, match=message):
        nn.FractionalMaxPool2d(2, **options)


def test_fractional_max_that_does_not_fit():
    with pytest.raises(ValueError, match="9 windows of 2 do not fit"):
        F.fractional_max_pool2d(gemmule.ones(1, 1, 9, 9), 2, 9)


def test_functions_are_pytorchs():
    torch = peer()
    x = np.abs(X2) + 0.1
    close(
        F.lp_pool2d(gemmule.tensor(x), 2, 3),
        torch.nn.functional.lp_pool2d(torch.tensor(x), 2, 3),
        "lp",
    )
