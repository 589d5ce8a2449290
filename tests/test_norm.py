import gemmule
import gemmule.nn.functional as F
import numpy as np
import pytest
import reference.norm as reference
from check import check_op, draw
from gemmule.ops import norm as ops

BOUNDS = {"bound32": 2e-6, "bound64": 1e-14, "grad_bound32": 2e-5}


def parameters(count):
    return draw((count,), seed=1, low=0.5, high=1.5), draw((count,), seed=2)


@pytest.mark.parametrize("affine", [False, True])
@pytest.mark.parametrize(
    ("shape", "axes"), [((5,), 1), ((3, 7), 1), ((2, 3, 4), 2), ((0, 5), 1), ((6, 130), 1)], ids=str
)
def test_layer_norm(shape, axes, affine):
    last = shape[-axes:]
    extra = [p.reshape(last) for p in parameters(int(np.prod(last)))] if affine else []
    check_op(
        lambda x, *p: ops.layer_norm(x, last, *p),
        lambda x, *p: reference.layer_norm(x, last, *p),
        draw(shape),
        *extra,
        **BOUNDS,
    )


@pytest.mark.parametrize("shape", [(3, 7), (2, 3, 65)], ids=str)
def test_rms_norm(shape):
    weight, _ = parameters(shape[-1])
    check_op(
        lambda x, w: ops.rms_norm(x, shape[-1:], w, 1e-5),
        lambda x, w: reference.rms_norm(x, shape[-1:], w),
        draw(shape),
        weight,
        **BOUNDS,
    )
    check_op(
        lambda x: ops.rms_norm(x, shape[-1]),
        lambda x: reference.rms_norm(x, shape[-1:], eps=0),
        draw(shape),
        **BOUNDS,
    )


@pytest.mark.parametrize(
    ("shape", "groups"), [((2, 8), 2), ((2, 6, 5), 2), ((3, 4, 3, 3), 4), ((2, 4, 7), 1)], ids=str
)
def test_group_norm(shape, groups):
    check_op(
        lambda x, w, b: ops.group_norm(x, groups, w, b),
        lambda x, w, b: reference.group_norm(x, groups, w, b),
        draw(shape),
        *parameters(shape[1]),
        **BOUNDS,
    )


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(
    "shape",
    [(9, 3), (300, 5), (3, 150), (4, 3, 7), (3, 40, 4, 4), (130, 3, 33), (2, 3, 70)],
    ids=str,
)
def test_batch_norm(shape, training):
    mean, var = draw((shape[1],), seed=3), draw((shape[1],), seed=4, low=0.5, high=2)

    def op(x, w, b):
        running = [gemmule.tensor(v, dtype=x.dtype, device=x.device) for v in (mean, var)]
        return ops.batch_norm(x, *running, w, b, training)

    check_op(
        op,
        lambda x, w, b: reference.batch_norm(x, mean, var, w, b, training),
        draw(shape),
        *parameters(shape[1]),
        **BOUNDS,
    )
    check_op(
        lambda x: ops.batch_norm(
            x,
            *[gemmule.tensor(v, dtype=x.dtype, device=x.device) for v in (mean, var)],
            None,
            None,
            training,
        ),
        lambda x: reference.batch_norm(x, mean, var, training=training),
        draw(shape),
        **BOUNDS,
    )


def test_running_statistics_move():
    x = draw((6, 3, 4)).astype("f4")
    mean, var = gemmule.zeros(3), gemmule.ones(3)
    ops.batch_norm(gemmule.tensor(x), mean, var, training=True, momentum=0.25)
    np.testing.assert_allclose(mean.numpy(), 0.25 * x.mean((0, 2)), rtol=1e-5, atol=1e-7)
    expected = 0.75 + 0.25 * x.var((0, 2), ddof=1)
    np.testing.assert_allclose(var.numpy(), expected, rtol=1e-5)
    mean, var = gemmule.zeros(3), gemmule.ones(3)
    ops.instance_norm(gemmule.tensor(x), mean, var, momentum=0.25)
    np.testing.assert_allclose(mean.numpy(), 0.25 * x.mean(2).mean(0), rtol=1e-5, atol=1e-7)
    expected = 0.75 + 0.25 * x.var(2, ddof=1).mean(0)
    np.testing.assert_allclose(var.numpy(), expected, rtol=1e-5)


def test_instance_norm():
    check_op(
        lambda x, w, b: ops.instance_norm(x, None, None, w, b),
        reference.instance_norm,
        draw((2, 3, 4, 5)),
        *parameters(3),
        **BOUNDS,
    )


def test_local_response_norm_and_normalize():
    check_op(
        lambda x: ops.local_response_norm(x, 3, alpha=0.3),
        lambda x: reference.local_response_norm(x, 3, alpha=0.3),
        draw((2, 5, 3)),
        **BOUNDS,
    )
    check_op(
        lambda x: ops.normalize(x, dim=-1),
        lambda x: x / np.linalg.norm(x, axis=-1, keepdims=True),
        draw((4, 5)),
        **BOUNDS,
    )


@pytest.mark.parametrize("shape", [(2, 3), (700, 129), (9, 30000)], ids=str)
def test_everywhere(shape):
    check_op(
        lambda x, w, b: ops.layer_norm(x, shape[-1:], w, b),
        lambda x, w, b: reference.layer_norm(x, shape[-1:], w, b),
        draw(shape),
        *parameters(shape[1]),
        everywhere=True,
        **BOUNDS,
    )
    images = draw((4, shape[1] % 61 + 2, 300))
    check_op(
        lambda x: ops.batch_norm(x, None, None, training=True),
        lambda x: reference.batch_norm(x, None, None, training=True),
        images,
        everywhere=True,
        **BOUNDS,
    )


def test_gradients_have_the_same_bits_on_any_number_of_threads():
    from check import threads

    x, g = draw((3000, 65)).astype("f4"), draw((3000, 65), seed=1).astype("f4")
    seen = []
    for count in (1, 2, 3, 8):
        with threads(count):
            tensors = [gemmule.tensor(v).requires_grad_() for v in (x, x[0], x[1])]
            ops.layer_norm(tensors[0], 65, tensors[1], tensors[2]).backward(gemmule.tensor(g))
            seen.append(b"".join([t.grad.numpy().tobytes() for t in tensors]))
    assert seen.count(seen[0]) == 4


def test_no_features_are_no_elements():
    for shape in ((2, 0), (0, 0), (0,)):
        x, w, b = (gemmule.zeros(s).requires_grad_() for s in (shape, 0, 0))
        for y in (ops.layer_norm(x, 0, w, b), ops.rms_norm(x, 0, w)):
            assert y.shape == shape
            y.sum().backward()
        assert [t.grad.shape for t in (x, w, b)] == [shape, (0,), (0,)]


ERRORS = [
    (lambda x: ops.layer_norm(x, (4,)), ValueError, r"normalized_shape \(4,\) is not the end of"),
    (lambda x: ops.layer_norm(x, 3, gemmule.ones(4)), ValueError, r"weight of shape \(4,\) does"),
    (
        lambda x: ops.layer_norm(x, 3, gemmule.ones(3, dtype=gemmule.float64)),
        TypeError,
        "layer_norm: weight is float64, but the input is float32",
    ),
    (lambda x: ops.group_norm(x, 2), ValueError, "3 channels are not divisible into 2 groups"),
    (lambda x: ops.batch_norm(x, None, None), ValueError, "evaluation needs running_mean"),
    (
        lambda x: ops.batch_norm(x[:1], None, None, training=True),
        ValueError,
        "expected more than one value per channel",
    ),
    (lambda x: ops.batch_norm(x[0], None, None, training=True), ValueError, r"input \(N, C, …\)"),
    (lambda x: ops.instance_norm(x), ValueError, "more than one element per channel"),
    (lambda x: ops.instance_norm(x[0]), ValueError, r"instance_norm: expected input \(N, C, …\)"),
    (
        lambda x: ops.instance_norm(x.reshape(1, 2, 3), weight=gemmule.ones(3)),
        ValueError,
        r"instance_norm: weight of shape \(3,\) does not fit 2 features",
    ),
]


@pytest.mark.parametrize(("call", "kind", "message"), ERRORS)
def test_errors(call, kind, message):
    with pytest.raises(kind, match=message):
        call(gemmule.ones(2, 3))


@pytest.mark.parametrize("shape", [(0, 4, 3), (2, 4, 0), (0, 4)])
def test_gradients_of_no_elements(shape):
    for norm in (
        lambda x, w: F.batch_norm(x, None, None, w, w, training=True),
        lambda x, w: F.group_norm(x, 2, w, w),
        lambda x, w: F.layer_norm(x.moveaxis(1, -1), (4,), w, w),
        lambda x, w: F.rms_norm(x.moveaxis(1, -1), (4,), w),
    ):
        x = gemmule.zeros(shape, requires_grad=True)
        w = gemmule.ones((4,), requires_grad=True)
        norm(x, w).sum().backward()
        assert x.grad.shape == shape
        np.testing.assert_array_equal(w.grad.numpy(), np.zeros(4))
