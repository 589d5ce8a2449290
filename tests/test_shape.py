import gemmule
import gemmule.nn.functional as F
import numpy as np
import pytest
import reference.shape as reference
from check import check_op, draw, threads

X = draw((3, 4, 5))
EXACT = {"bound32": 0.0, "bound64": 0.0, "grad_bound32": 1e-6}

CASES = {
    "reshape": (lambda x: gemmule.reshape(x, (5, -1)), lambda x: x.reshape(5, -1)),
    "permute_dims": (lambda x: gemmule.permute_dims(x, (2, 0, 1)), lambda x: x.transpose(2, 0, 1)),
    "transpose": (lambda x: x.transpose(0, -1), lambda x: x.swapaxes(0, -1)),
    "mT": (lambda x: x.mT, lambda x: x.swapaxes(-1, -2)),
    "T": (lambda x: x.T, lambda x: x.T),
    "moveaxis": (lambda x: gemmule.moveaxis(x, 0, -1), lambda x: np.moveaxis(x, 0, -1)),
    "moveaxes": (
        lambda x: gemmule.moveaxis(x, (0, 2), (1, 0)),
        lambda x: np.moveaxis(x, (0, 2), (1, 0)),
    ),
    "unsqueeze": (lambda x: x.unsqueeze(1), lambda x: x[:, None]),
    "expand_dims": (lambda x: gemmule.expand_dims(x, axis=-1), lambda x: x[..., None]),
    "flatten": (lambda x: gemmule.flatten(x, 1), lambda x: x.reshape(3, 20)),
    "ravel": (lambda x: x.ravel(), lambda x: x.ravel()),
    "unflatten": (lambda x: x.unflatten(1, (2, -1)), lambda x: x.reshape(3, 2, 2, 5)),
    "narrow": (lambda x: x.narrow(1, 1, 2), lambda x: x[:, 1:3]),
    "flip": (lambda x: gemmule.flip(x, axis=(0, 2)), lambda x: x[::-1, :, ::-1]),
    "flip all": (lambda x: gemmule.flip(x), lambda x: np.flip(x)),
    "rot90": (lambda x: gemmule.rot90(x, 1), lambda x: np.rot90(x, 1)),
    "rot90 thrice": (lambda x: gemmule.rot90(x, 3, (1, 2)), lambda x: np.rot90(x, 3, (1, 2))),
    "broadcast_to": (
        lambda x: gemmule.broadcast_to(x, (2, 3, 4, 5)),
        lambda x: np.broadcast_to(x, (2, 3, 4, 5)).copy(),
    ),
    "expand": (
        lambda x: x.unsqueeze(0).expand(2, -1, -1, 5),
        lambda x: np.broadcast_to(x, (2, 3, 4, 5)).copy(),
    ),
    "cat": (lambda x: gemmule.cat([x, x * 2.0], 1), lambda x: np.concatenate([x, x * 2], 1)),
    "stack": (lambda x: gemmule.stack([x, x * 2.0], 1), lambda x: np.stack([x, x * 2], 1)),
    "hstack": (lambda x: gemmule.hstack([x, x]), lambda x: np.hstack([x, x])),
    "vstack": (lambda x: gemmule.vstack([x, x]), lambda x: np.vstack([x, x])),
    "split": (lambda x: gemmule.split(x, 3, -1), lambda x: np.split(x, [3], -1)),
    "split list": (lambda x: x.split([1, 3], 1), lambda x: np.split(x, [1], 1)),
    "chunk": (lambda x: x.chunk(2, 2), lambda x: np.split(x, [3], 2)),
    "unbind": (lambda x: x.unbind(1), lambda x: [x[:, i] for i in range(4)]),
    "tile": (lambda x: gemmule.tile(x, (2, 1, 3)), lambda x: np.tile(x, (2, 1, 3))),
    "repeat": (lambda x: x.repeat(2, 1, 1, 2), lambda x: np.tile(x, (2, 1, 1, 2))),
    "repeat_interleave": (
        lambda x: gemmule.repeat_interleave(x, 3, 1),
        lambda x: np.repeat(x, 3, 1),
    ),
    "repeat_interleave list": (
        lambda x: x.repeat_interleave([2, 0, 1], 0),
        lambda x: np.repeat(x, [2, 0, 1], 0),
    ),
    "roll": (lambda x: gemmule.roll(x, 7), lambda x: np.roll(x, 7)),
    "roll axes": (
        lambda x: gemmule.roll(x, (1, -2), (0, 2)),
        lambda x: np.roll(x, (1, -2), (0, 2)),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_shape(name):
    op, expected = CASES[name]
    check_op(op, expected, X, **EXACT)


PADS = [
    ((1, 2), "constant", 1.5),
    ((1, 0, 2, 3, 0, 1), "constant", 0.0),
    ((-1, 2, 1, -2), "constant", 0.0),
    ((2, 1), "reflect", None),
    ((2, 1, 3, 0), "reflect", None),
    ((3, 7, 1, 1), "replicate", None),
    ((2, 5, 4, 1), "circular", None),
    ((-1, 2), "circular", None),
]


@pytest.mark.parametrize(("sizes", "mode", "value"), PADS, ids=str)
def test_pad(sizes, mode, value):
    check_op(
        lambda x: gemmule.pad(x, sizes, mode, value),
        lambda x: reference.pad(x, sizes, mode, 0.0 if value is None else value),
        X,
        **EXACT,
    )


@pytest.mark.parametrize("shape", [(1 << 19,), (511, 1025), (64, 3, 33, 31)], ids=str)
def test_concat_everywhere(shape):
    check_op(
        lambda x: gemmule.concat([x, x], axis=-1),
        lambda x: np.concatenate([x, x], axis=-1),
        draw(shape),
        grad=False,
        everywhere=True,
        **{k: v for k, v in EXACT.items() if k != "grad_bound32"},
    )


def test_views_share_memory():
    x = gemmule.zeros(4, 6)
    for view in (x.T, x.reshape(6, 4), x.narrow(1, 2, 3), x.unsqueeze(0), x.flip(0), x.split(2)[1]):
        with gemmule.no_grad():
            view += 1.0
    assert x.numpy().sum() == 24 + 24 + 12 + 24 + 24 + 12
    assert x.transpose(0, 1).contiguous().is_contiguous()
    assert x.contiguous() is x


@pytest.mark.parametrize("name", ["uint8", "float16", "float32", "float64"])
@pytest.mark.parametrize("sizes", [(33, 40), (1, 64, 0, 90), (7000, 3000), (40, 20000)])
def test_concat_of_rows(name, sizes):
    # Rows of few bytes, of many, and of more than a piece of work.
    rng = np.random.default_rng(0)
    for before, after in [((37,), ()), ((3, 5), (2,)), ((1,), ())]:
        parts = [rng.integers(0, 9, (*before, n, *after)).astype(name) for n in sizes]
        want = np.concatenate(parts, len(before))
        tensors = [gemmule.tensor(part) for part in parts]
        mixed = [tensors[0].mT.contiguous().mT if tensors[0].ndim > 1 else tensors[0], *tensors[1:]]
        for count in (1, 3):
            with threads(count):
                np.testing.assert_array_equal(gemmule.cat(tensors, len(before)), want)
                np.testing.assert_array_equal(gemmule.cat(mixed, len(before)), want)


@pytest.mark.parametrize("name", ["bool", "int16", "float32", "float64"])
def test_triangles_of_many_rows(name):
    x = np.random.default_rng(0).integers(0, 2, (3, 90, 401)).astype(name)
    for count in (1, 3):
        with threads(count):
            for k in (-100, -7, 0, 5, 500):
                for y, a in [(gemmule.tensor(x), x), (gemmule.tensor(x).mT, x.swapaxes(-1, -2))]:
                    np.testing.assert_array_equal(gemmule.tril(y, k=k), np.tril(a, k))
                    np.testing.assert_array_equal(gemmule.triu(y, k=k), np.triu(a, k))


def test_concat_promotes():
    joined = gemmule.cat([gemmule.tensor([1, 2]), gemmule.tensor([0.5])])
    assert joined.dtype is gemmule.float32
    assert joined.tolist() == [1.0, 2.0, 0.5]


def test_size_is_an_int_that_can_be_called():
    x = gemmule.zeros(2, 3)
    assert x.size == 6
    assert x.size() == (2, 3)
    assert x.size(1) == 3


ERRORS = [
    (lambda x: x.reshape(7, -1), ValueError, r"shape \(3, 4, 5\) has 60 elements"),
    (lambda x: x.T.view(-1), ValueError, "view: no strides visit"),
    (lambda x: x.unsqueeze(5), IndexError, "unsqueeze: axis 5 is out of range"),
    (lambda x: gemmule.squeeze(x, axis=1), ValueError, "squeeze: axis 1 has size 4, expected 1"),
    (lambda x: x.flatten(2, 1), ValueError, "flatten: start_dim 2 comes after end_dim 1"),
    (lambda x: x.unflatten(1, (3, -1)), ValueError, r"unflatten: axis 1 has size 4"),
    (lambda x: gemmule.cat([x, x.T]), ValueError, r"cat: arrays of shapes \(3, 4, 5\) and"),
    (lambda x: gemmule.cat([]), ValueError, "cat: expected at least one array"),
    (lambda x: gemmule.stack([x, x.T]), ValueError, "stack: shapes"),
    (lambda x: x.split([1, 1], 0), ValueError, r"split: sizes \[1, 1\] do not add up to 3"),
    (lambda x: x.split(0), ValueError, "split: size of a part is 0"),
    (lambda x: x.tensor_split(0), ValueError, "tensor_split: number of parts is 0"),
    (lambda x: x.tensor_split(2, 3), IndexError, "tensor_split: axis 3 is out of range"),
    (lambda x: x.narrow(0, 2, 2), IndexError, "^narrow: 2 elements from 2"),
    (lambda x: x.expand(3, 4, 6), ValueError, r"does not broadcast to \(3, 4, 6\)"),
    (lambda x: gemmule.pad(x, (1,)), ValueError, "pad: expected pairs for at most 3 axes"),
    (lambda x: gemmule.pad(x, (5, 0), "reflect"), ValueError, "pad: cannot reflect 5 of axis 2"),
    (lambda x: gemmule.pad(x, (6, 0), "circular"), ValueError, "pad: cannot wrap 6 of axis 2"),
    (lambda x: gemmule.pad(x, (1, 1), "mirror"), ValueError, "pad: mode 'mirror' is none of"),
    (lambda x: gemmule.pad(x, (-3, -3)), ValueError, "leaves a negative size of axis 2"),
    (lambda x: x.permute(0, 1), ValueError, "permute: 2 axes given for an array of 3"),
]


@pytest.mark.parametrize(("call", "kind", "message"), ERRORS)
def test_errors(call, kind, message):
    with pytest.raises(kind, match=message):
        call(gemmule.asarray(X))


@pytest.mark.parametrize(
    "call",
    [
        lambda x: F.pad(x, (2**63 - 1, 2**63 - 1)),
        lambda x: F.pad(x, (2**63 - 1, 2**63 - 1), mode="replicate"),
        lambda x: gemmule.concat([gemmule.broadcast_to(x[:1], (2**62,))] * 4),
        lambda x: gemmule.broadcast_to(x[:1], (2**32, 2**32)),
        lambda x: gemmule.tile(x, (2**62,)),
        lambda x: F.conv_transpose1d(x.reshape((1, 1, 4)), gemmule.ones((1, 1, 3)), padding=2**62),
    ],
    ids=["pad", "pad replicate", "concat", "broadcast_to", "tile", "conv_transpose1d"],
)
def test_sizes_beyond_64_bits_are_refused(call):
    with pytest.raises(OverflowError, match=r"array is too large: .* does not fit 64 bits"):
        call(gemmule.ones((4,)))


def test_padding_that_leaves_only_padding():
    np.testing.assert_array_equal(F.pad(gemmule.ones((4,)), (-(2**63), 2**63 - 1)).numpy(), [0] * 3)
    np.testing.assert_array_equal(F.pad(gemmule.ones((4,)), (-6, 5)).numpy(), [0] * 3)


def test_tile_and_repeat_of_16_dimensions():
    x = np.arange(6.0).reshape((2,) + (1,) * 14 + (3,))
    repeats = (2, 3) + (1,) * 12 + (2, 2)
    t = gemmule.tensor(x)
    np.testing.assert_array_equal(gemmule.tile(t, repeats).numpy(), np.tile(x, repeats))
    for axis in (0, 7, 15):
        np.testing.assert_array_equal(
            gemmule.repeat(t, 3, axis=axis).numpy(), np.repeat(x, 3, axis)
        )
    with pytest.raises(ValueError, match="tile: negative number of repeats -1"):
        gemmule.tile(t, (-1,) + (1,) * 15)


def test_triangles_of_any_offset():
    x = gemmule.ones((2, 3))
    assert gemmule.tril(x, k=2**63 - 1).sum() == 6 and gemmule.triu(x, k=2**63 - 1).sum() == 0
    assert gemmule.tril(x, k=-(2**63)).sum() == 0 and gemmule.triu(x, k=-(2**63)).sum() == 6
