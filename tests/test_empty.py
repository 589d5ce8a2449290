"""Tensors without elements go through every operation forward and backward, or it says why not.

What would go wrong without a check in ``ops`` is a division by a size that is 0, which ends the
process: no test of values sees it.
"""

import re

import gemmule
import gemmule.nn.functional as F
import pytest

SHAPES = [(0,), (0, 3), (3, 0), (0, 0), (2, 0, 3), (0, 2, 3), (2, 3, 0), (1, 0, 2, 2), (0, 1, 2, 2),
          (2, 2, 0, 3), (2, 2, 3, 0)]  # fmt: skip

FOLDS = "sum mean prod var std max min argmax argmin any all logsumexp amax amin norm count_nonzero"
ALONG = "cumsum cumprod cummax cummin softmax log_softmax flip unbind median"
PLAIN = """relu gelu silu mish elu selu celu glu softplus hardswish hardtanh leaky_relu logsigmoid
    softsign tanhshrink dropout dropout1d dropout2d alpha_dropout feature_alpha_dropout rrelu
    normalize"""
LOSSES = """mse_loss l1_loss smooth_l1_loss huber_loss binary_cross_entropy kl_div
    binary_cross_entropy_with_logits"""


def leaf(shape):
    return gemmule.rand(shape).requires_grad_()


def run(function, *args):
    """Call forward and backward. Gradients have their leaves' shapes; errors name the operation."""
    try:
        result = function(*args)
    except (ValueError, IndexError) as error:
        assert re.match(r"\w+: ", str(error)), f"{type(error).__name__} {error}"
        return
    parts = result if isinstance(result, (tuple, list)) else (result,)
    parts = [part for part in parts if part.requires_grad]
    if parts:
        gemmule.autograd.backward(parts, [gemmule.ones_like(part) for part in parts])
    for arg in args:
        if isinstance(arg, gemmule.Tensor) and arg.grad is not None:
            assert arg.grad.shape == arg.shape


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_reductions(shape):
    for name in FOLDS.split():
        run(getattr(gemmule.Tensor, name), leaf(shape))
        for dim in range(-1, len(shape)):
            run(getattr(gemmule.Tensor, name), leaf(shape), dim)
    for name in ALONG.split():
        for dim in (0, -1):
            run(getattr(gemmule.Tensor, name), leaf(shape), dim)
    for k in (0, 1):
        run(gemmule.topk, leaf(shape), k)
        run(gemmule.kthvalue, leaf(shape), k)
    run(lambda x: x.sort(dim=0).values, leaf(shape))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_activations_and_norms(shape):
    channels = shape[1] if len(shape) > 1 else 1
    for name in PLAIN.split():
        run(getattr(F, name), leaf(shape))
    run(F.prelu, leaf(shape), leaf((channels,)))
    pair = leaf((channels,)), leaf((channels,))
    run(lambda x: F.layer_norm(x, shape[-1:]), leaf(shape))
    run(lambda x: F.rms_norm(x, shape[-1:]), leaf(shape))
    for groups in (1, 2, 3):
        run(lambda x, w, b, groups=groups: F.group_norm(x, groups, w, b), leaf(shape), *pair)
    run(lambda x, w, b: F.batch_norm(x, None, None, w, b, True), leaf(shape), *pair)
    run(lambda x, w, b: F.instance_norm(x, weight=w, bias=b), leaf(shape), *pair)
    run(lambda x: F.local_response_norm(x, 2), leaf(shape))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_windows(shape):
    for n in (1, 2):
        for kind in ("max", "avg"):
            run(getattr(F, f"{kind}_pool{n}d"), leaf(shape), 2)
            for size in (0, 1, 3):
                run(getattr(F, f"adaptive_{kind}_pool{n}d"), leaf(shape), size)
        channels = shape[-n - 1] if len(shape) > n else 1
        for kernel in (0, 1, 2):
            weight = leaf((3, channels, *[kernel] * n))
            run(lambda x, w, n=n: getattr(F, f"conv{n}d")(x, w, padding=1), leaf(shape), weight)
            weight = leaf((channels, 3, *[kernel] * n))
            run(getattr(F, f"conv_transpose{n}d"), leaf(shape), weight)
    run(lambda x: F.unfold(x, 2), leaf(shape))
    run(lambda x: F.interpolate(x, 3), leaf(shape))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_products(shape):
    last = shape[-1]
    run(F.linear, leaf(shape), leaf((4, last)), leaf((4,)))
    for other in ((last, 5), (last, 0), (last,)):
        run(gemmule.matmul, leaf(shape), leaf(other))
    run(lambda x: gemmule.einsum("...i,...i->...", x, x), leaf(shape))
    run(F.scaled_dot_product_attention, leaf(shape), leaf(shape), leaf(shape))
    run(lambda x: gemmule.nn.LSTM(last, 2)(x)[0], leaf(shape))
    run(lambda x: gemmule.nn.GRU(last, 2)(x)[0], leaf(shape))
    if last:
        run(lambda x: gemmule.nn.MultiheadAttention(last, 1)(x, x, x)[0], leaf(shape))


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_losses(shape, reduction):
    labels = gemmule.zeros((shape[0], *shape[2:]) if len(shape) > 1 else (), dtype=gemmule.int64)
    for loss in (F.cross_entropy, F.nll_loss):
        run(lambda x, loss=loss: loss(x, labels, reduction=reduction), leaf(shape))
    run(lambda x, p: F.cross_entropy(x, p, reduction=reduction), leaf(shape), leaf(shape))
    for name in LOSSES.split():
        loss = getattr(F, name)
        run(lambda x, t, loss=loss: loss(x, t, reduction=reduction), leaf(shape), leaf(shape))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_indices_and_shapes(shape):
    zeros = gemmule.zeros(shape, dtype=gemmule.int64)
    for table in ((4, 3), (4, 0), (0, 3)):
        run(lambda w: F.embedding(zeros, w), leaf(table))
    for dim in range(len(shape)):
        run(lambda x, dim=dim: gemmule.gather(x, dim, zeros), leaf(shape))
        run(lambda x, y, dim=dim: x.scatter_add(dim, zeros, y), leaf(shape), leaf(shape))
        for count in (0, 2):
            rows = gemmule.zeros((count,), dtype=gemmule.int64)
            run(lambda x, dim=dim, rows=rows: x.index_select(dim, rows), leaf(shape))
        run(lambda x, y, dim=dim: gemmule.cat([x, y], dim), leaf(shape), leaf(shape))
        for name in ("split", "chunk", "roll"):
            run(lambda x, name=name, dim=dim: getattr(x, name)(1, dim), leaf(shape))
    for mode in ("constant", "reflect", "replicate", "circular"):
        run(lambda x, mode=mode: F.pad(x, (1, 1), mode=mode), leaf(shape))
    run(lambda x: x[gemmule.ones(shape, dtype=gemmule.bool)], leaf(shape))
    run(lambda x: gemmule.stack([x, x]).flatten(), leaf(shape))


def test_group_norm_gradient_of_nothing_is_zero():
    x, w, b = leaf((2, 4, 0)), leaf((4,)), leaf((4,))
    F.group_norm(x, 2, w, b).sum().backward()
    assert x.grad.shape == (2, 4, 0)
    assert w.grad.tolist() == b.grad.tolist() == [0.0] * 4


def test_cross_entropy_needs_a_class():
    message = r"cross_entropy: expected at least one class, got input of shape \(2, 0\)"
    for target in (gemmule.zeros((2,), dtype=gemmule.int64), gemmule.zeros((2, 0))):
        with pytest.raises(ValueError, match=message):
            F.cross_entropy(gemmule.zeros((2, 0)), target)
