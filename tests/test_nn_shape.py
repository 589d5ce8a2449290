"""Layers without weights that move data: flatten, pad, pixel shuffle, fold, upsample, distance."""

import gemmule
import numpy as np
import pytest
from check import draw
from gemmule import nn
from gemmule.nn import functional as F
from layers import check_layer, close, peer

X1, X2 = draw((2, 3, 6)), draw((2, 3, 5, 6))


@pytest.mark.parametrize("args", [(), (0,), (1, 2), (-2, -1)], ids=str)
def test_flatten(args):
    check_layer("Flatten", *args, inputs=[draw((2, 3, 4, 5))])


@pytest.mark.parametrize(("dim", "sizes"), [(1, (2, 3)), (-1, (5, -1)), (0, (1, 4))])
def test_unflatten(dim, sizes):
    check_layer("Unflatten", dim, sizes, inputs=[draw((4, 6, 10))])


def test_unflatten_mistakes():
    x = gemmule.ones(4, 6)
    with pytest.raises(ValueError, match=r"size 6 does not unflatten into \(4, 2\)"):
        nn.Unflatten(1, (4, 2))(x)
    with pytest.raises(ValueError, match=r"size 6 does not unflatten into \(4, -1\)"):
        nn.Unflatten(1, (4, -1))(x)
    with pytest.raises(IndexError, match="dim 2 is out of range"):
        nn.Unflatten(2, (1,))(x)


@pytest.mark.parametrize("kind", ["Zero", "Reflection", "Replication", "Circular"])
def test_padding(kind):
    check_layer(f"{kind}Pad1d", 2, inputs=[X1])
    check_layer(f"{kind}Pad1d", (3, 1), inputs=[X1])
    check_layer(f"{kind}Pad2d", 2, inputs=[X2])
    check_layer(f"{kind}Pad2d", (1, 2, 3, 0), inputs=[X2])


def test_constant_padding():
    check_layer("ConstantPad1d", (1, 2), 3.5, inputs=[X1])
    check_layer("ConstantPad2d", (1, 2, 0, 1), -1.0, inputs=[X2])
    check_layer("ZeroPad2d", (-1, 2, 0, -1), inputs=[X2])


def test_padding_mistake():
    with pytest.raises(ValueError, match=r"ZeroPad2d: padding takes 4 widths, got \(1, 2\)"):
        nn.ZeroPad2d((1, 2))


@pytest.mark.parametrize("lead", [(), (2,), (2, 3)], ids=str)
def test_pixel_shuffle(lead):
    check_layer("PixelShuffle", 2, inputs=[draw((*lead, 12, 3, 5))])
    check_layer("PixelUnshuffle", 3, inputs=[draw((*lead, 2, 6, 9))])


@pytest.mark.parametrize("shape", [(2, 6, 4), (2, 6, 3, 5)], ids=str)
def test_channel_shuffle(shape):
    check_layer("ChannelShuffle", 3, inputs=[draw(shape)])


def test_shuffle_mistakes():
    with pytest.raises(ValueError, match="5 channels must be divisible by 2²"):
        F.pixel_shuffle(gemmule.ones(5, 2, 2), 2)
    with pytest.raises(ValueError, match="must be divisible by 2"):
        F.pixel_unshuffle(gemmule.ones(1, 3, 2), 2)
    with pytest.raises(ValueError, match="5 channels must be divisible by groups 2"):
        F.channel_shuffle(gemmule.ones(1, 5, 2), 2)
    with pytest.raises(ValueError, match=r"shape \(..., C, H, W\) is expected"):
        F.pixel_shuffle(gemmule.ones(4, 2), 2)
    with pytest.raises(ValueError, match=r"channel_shuffle: an input of shape \(N, C, ...\)"):
        F.channel_shuffle(gemmule.ones(4, 2), 2)


BLOCKS = [
    dict(kernel_size=2),
    dict(kernel_size=(2, 3), dilation=(2, 1), padding=(1, 2), stride=(2, 1)),
]


@pytest.mark.parametrize("options", BLOCKS, ids=str)
def test_unfold_and_fold(options):
    torch = peer()
    check_layer("Unfold", inputs=[X2], **options)
    check_layer("Unfold", inputs=[X2[0]], **options)
    blocks = torch.nn.Unfold(**options)(torch.tensor(X2)).numpy()
    check_layer("Fold", (5, 6), inputs=[blocks], **options)
    check_layer("Fold", (5, 6), inputs=[blocks[0]], **options)


def test_fold_mistakes():
    with pytest.raises(ValueError, match=r"shape \(N, C·4, 20\) is expected"):
        F.fold(gemmule.ones(1, 8, 19), (5, 6), 2)
    with pytest.raises(ValueError, match=r"blocks of \(7, 7\) do not fit"):
        F.unfold(gemmule.ones(1, 1, 5, 5), 7)
    with pytest.raises(ValueError, match=r"unfold: an input of shape \(N, C, H, W\) or"):
        F.unfold(gemmule.ones(5, 5), 2)
    with pytest.raises(ValueError, match=r"fold: an input of shape \(N, C·∏kernel_size, L\) or"):
        F.fold(gemmule.ones(4), (5, 6), 2)


@pytest.mark.parametrize(
    "options",
    [
        dict(size=9),
        dict(scale_factor=2),
        dict(scale_factor=1.7),
        dict(scale_factor=0.6),
        dict(scale_factor=1.7, recompute_scale_factor=True),
        dict(size=9, mode="nearest-exact"),
        dict(size=9, mode="linear"),
        dict(size=9, mode="linear", align_corners=True),
        dict(scale_factor=1.7, mode="linear"),
        dict(size=1, mode="linear", align_corners=True),
        dict(size=3, mode="area"),
        dict(scale_factor=1.7, mode="area"),
    ],
    ids=str,
)
def test_upsample_sequences(options):
    check_layer("Upsample", inputs=[X1], bound=1e-7, **options)


@pytest.mark.parametrize(
    "options",
    [
        dict(size=(9, 4)),
        dict(scale_factor=(2, 1.5)),
        dict(size=(9, 4), mode="bilinear"),
        dict(scale_factor=(2.0, 1.3), mode="bilinear"),
        dict(size=(3, 11), mode="bilinear", align_corners=True),
        dict(size=(3, 11), mode="nearest-exact"),
        dict(size=(9, 2), mode="area"),
        dict(size=(9, 4), mode="bicubic"),
        dict(size=(3, 11), mode="bicubic", align_corners=True),
        dict(scale_factor=(2.0, 0.4), mode="bicubic"),
    ],
    ids=str,
)
def test_upsample_images(options):
    check_layer("Upsample", inputs=[X2], bound=1e-7, **options)


def test_upsampling_layers():
    check_layer("UpsamplingNearest2d", scale_factor=2, inputs=[X2])
    check_layer("UpsamplingBilinear2d", size=(7, 8), inputs=[X2], bound=1e-7)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (dict(), "give size or scale_factor"),
        (dict(size=3, scale_factor=2), "give size or scale_factor"),
        (dict(size=3, mode="bilinear"), "mode for an input of 3 dimensions is one of"),
        (dict(size=3, align_corners=True), "align_corners has no meaning for mode 'nearest'"),
        (dict(size=3, mode="area", align_corners=False), "no meaning for mode 'area'"),
        (dict(size=3, mode="bicubic"), "mode for an input of 3 dimensions is one of"),
        (dict(size=0), r"from size \(4,\) to \(0,\): sizes are expected to be at least 1"),
        (dict(scale_factor=0.1), r"to \(0,\): sizes are expected to be at least 1"),
        (dict(size=3, antialias=True), "antialias is not supported"),
    ],
)
def test_interpolate_mistakes(options, message):
    with pytest.raises(ValueError, match=message):
        F.interpolate(gemmule.ones(1, 2, 4), **options)


def test_distances():
    a, b = draw((4, 5)), draw((4, 5), seed=1)
    check_layer("CosineSimilarity", inputs=[a, b])
    check_layer("CosineSimilarity", dim=0, eps=0.1, inputs=[a, b])
    check_layer("PairwiseDistance", inputs=[a, b])
    check_layer("PairwiseDistance", p=1.0, keepdim=True, inputs=[a, b])


@pytest.mark.parametrize("options", [dict(), dict(p=1, dim=0), dict(dim=-1, eps=1.0)], ids=str)
def test_normalize(options):
    torch = peer()
    x = draw((3, 4, 5))
    got = F.normalize(gemmule.tensor(x), **options)
    close(got, torch.nn.functional.normalize(torch.tensor(x), **options), "normalize")
    zero = F.normalize(gemmule.zeros(2, 3)).numpy()
    np.testing.assert_array_equal(zero, 0)
