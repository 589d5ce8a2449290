import gemmule
import numpy as np
import pytest
from check import draw
from gemmule import nn
from layers import check_layer, compare, peer

OPTIONS = [
    dict(),
    dict(affine=False),
    dict(momentum=None),
    dict(track_running_stats=False, eps=0.1),
    dict(affine=True, bias=False),
]


@pytest.mark.parametrize("train", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize(
    ("name", "shape"),
    [("BatchNorm1d", (6, 4)), ("BatchNorm1d", (3, 4, 5)), ("BatchNorm2d", (2, 4, 3, 5))],
    ids=str,
)
def test_batch_norm(name, shape, options, train):
    check_layer(name, 4, inputs=[draw(shape)], train=train, **options)


@pytest.mark.parametrize("train", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("momentum", [0.3, None])
def test_running_statistics_over_batches(momentum, train):
    torch = peer()
    ours, theirs = nn.BatchNorm1d(3, momentum=momentum), torch.nn.BatchNorm1d(3, momentum=momentum)
    ours, theirs = ours.double(), theirs.double()
    for seed in range(3):
        compare(ours, theirs, [draw((5, 3), seed=seed) * 3 + 1])
        ours.zero_grad()
        theirs.zero_grad()
    compare(ours, theirs, [draw((5, 3))], train=train)
    assert ours.num_batches_tracked.item() == (4 if train else 3)
    ours.reset_running_stats()
    assert ours.running_mean.tolist() == [0, 0, 0] and ours.running_var.tolist() == [1, 1, 1]
    assert ours.num_batches_tracked.item() == 0


@pytest.mark.parametrize("train", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize(
    "options",
    [dict(), dict(affine=True), dict(affine=True, track_running_stats=True, momentum=0.3)],
    ids=str,
)
@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("InstanceNorm1d", (2, 4, 5)),
        ("InstanceNorm1d", (4, 5)),
        ("InstanceNorm2d", (2, 4, 3, 5)),
        ("InstanceNorm2d", (4, 3, 5)),
    ],
    ids=str,
)
def test_instance_norm(name, shape, options, train):
    check_layer(name, 4, inputs=[draw(shape)], train=train, **options)


@pytest.mark.parametrize(
    "options", [dict(), dict(bias=False), dict(elementwise_affine=False), dict(eps=0.1)], ids=str
)
@pytest.mark.parametrize("size", [5, (5,), (4, 5)], ids=str)
def test_layer_norm(size, options):
    check_layer("LayerNorm", size, inputs=[draw((3, 4, 5))], **options)


@pytest.mark.parametrize(
    "options", [dict(), dict(elementwise_affine=False), dict(eps=0.1)], ids=str
)
@pytest.mark.parametrize("size", [5, (4, 5)], ids=str)
def test_rms_norm(size, options):
    check_layer("RMSNorm", size, inputs=[draw((3, 4, 5))], **options)


@pytest.mark.parametrize("options", [dict(), dict(affine=False), dict(bias=False)], ids=str)
@pytest.mark.parametrize("shape", [(2, 6), (2, 6, 5), (2, 6, 3, 4)], ids=str)
def test_group_norm(shape, options):
    check_layer("GroupNorm", 3, 6, inputs=[draw(shape)], **options)


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("shape", [(2, 6, 5), (2, 6, 3, 4)], ids=str)
def test_local_response_norm(size, shape):
    check_layer("LocalResponseNorm", size, 0.5, 0.6, 1.5, inputs=[draw(shape)])


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (nn.BatchNorm1d(3), (2, 3, 4, 5), "BatchNorm1d: expected an input of 2 or 3 dimensions"),
        (nn.BatchNorm2d(3), (2, 3), r"of 4 dimensions, got shape \(2, 3\)"),
        (nn.InstanceNorm1d(3), (2, 4, 5), r"InstanceNorm1d: expected 3 channels"),
    ],
)
def test_mistakes(layer, shape, message):
    with pytest.raises(ValueError, match=message):
        layer(gemmule.ones(shape))


def test_groups_must_divide():
    with pytest.raises(ValueError, match="num_channels 5 must be divisible by num_groups 2"):
        nn.GroupNorm(2, 5)


def test_batch_norm_normalises():
    layer = nn.BatchNorm2d(3)
    y = layer(gemmule.asarray(draw((8, 3, 4, 4)).astype(np.float32) * 5 + 2)).detach().numpy()
    np.testing.assert_allclose(y.mean((0, 2, 3)), 0, atol=1e-6)
    np.testing.assert_allclose(y.std((0, 2, 3)), 1, atol=1e-4)
