import gemmule
import numpy as np
import pytest
import reference.random as reference
from check import check_op, draw
from gemmule.ops import dropout as ops


def seeded(x, p=0.3, seed=12):
    """Dropout of a fixed draw, so that it is a function of its input alone."""
    gemmule.manual_seed(seed)
    return ops.dropout(x, p)


@pytest.mark.parametrize("shape", [(), (1,), (7,), (13, 17), (0, 3), (5, 16384)], ids=str)
def test_dropout(shape):
    check_op(
        seeded,
        lambda x: reference.dropout(x, 0.3, 12, 0),
        draw(shape),
        bound32=2e-7,
        everywhere=shape in [(1,), (13, 17), (5, 16384)],
    )


def test_dropped_infinity_is_zero():
    x = gemmule.full((1000,), float("inf"))
    values = set(seeded(x, 0.5).tolist())
    assert values == {0.0, float("inf")}


def test_edges():
    x = gemmule.ones(10)
    assert ops.dropout(x, 0.0) is x
    assert ops.dropout(x, 0.5, training=False) is x
    assert ops.dropout(x, 1.0).tolist() == [0.0] * 10
    with pytest.raises(ValueError, match=r"dropout: probability 1.5 is not in \[0, 1\]"):
        ops.dropout(x, 1.5)


@pytest.mark.parametrize(
    ("op", "shape"),
    [(ops.dropout1d, (8, 50, 9)), (ops.dropout2d, (8, 50, 3, 3)), (ops.dropout2d, (50, 3, 3))],
)
def test_planes_are_dropped_whole(op, shape):
    gemmule.manual_seed(1)
    y = op(gemmule.ones(shape), 0.5).numpy()
    planes = y.reshape(-1, int(np.prod(shape[-1 if op is ops.dropout1d else -2 :])))
    assert (planes == planes[:, :1]).all()
    assert set(np.unique(planes)) == {0.0, 2.0}
    with pytest.raises(ValueError, match="dimensions, expected"):
        op(gemmule.ones(3), 0.5)


@pytest.mark.parametrize(
    "op",
    [ops.dropout, ops.dropout1d, ops.dropout2d, ops.alpha_dropout, ops.feature_alpha_dropout],
)
@pytest.mark.parametrize("p", [0.4, 1.0])
def test_in_place(op, p):
    leaf = gemmule.asarray(draw((4, 30, 5, 3))[:, :, :, 0] if op is ops.dropout1d else
                           draw((4, 30, 5, 3))).requires_grad_()  # fmt: skip
    gradients = []
    for inplace in (False, True):
        gemmule.manual_seed(3)
        x = leaf * 2.0
        y = op(x, p, True, inplace)
        assert (y is x) == inplace
        (y * y).sum().backward()
        gradients.append((y.tolist(), leaf.grad.tolist()))
        leaf.grad = None
    assert gradients[0] == gradients[1]
    with pytest.raises(RuntimeError, match=rf"{op.__name__}_: a leaf that requires grad cannot"):
        op(leaf, p, True, True)


def test_dtypes():
    with pytest.raises(TypeError, match=r"dropout: .* int64"):
        ops.dropout(gemmule.ones(3, dtype=gemmule.int64))
    with pytest.raises(ValueError, match=r"feature_alpha_dropout: expected an input \(N, C, …\)"):
        ops.feature_alpha_dropout(gemmule.ones(3), training=True)


def test_alpha_dropout_keeps_mean_and_variance():
    gemmule.manual_seed(2)
    x = gemmule.randn(1 << 19)
    y = ops.alpha_dropout(x, 0.2, training=True).numpy()
    assert abs(y.mean()) < 0.01
    assert abs(y.std() - 1) < 0.01
    y = ops.feature_alpha_dropout(x.reshape(64, 64, 128), 0.2, training=True)
    assert y.shape == (64, 64, 128)


def test_gradient_draws_the_same_mask():
    x = gemmule.ones(1000).requires_grad_()
    gemmule.manual_seed(3)
    y = ops.dropout(x, 0.4)
    y.backward(gemmule.ones(1000))
    np.testing.assert_array_equal(x.grad.numpy(), y.detach().numpy())
