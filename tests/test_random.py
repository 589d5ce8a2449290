import gemmule
import numpy as np
import pytest
import reference.random as reference
from check import isa, threads
from gemmule import _C

COUNTS = [0, 1, 7, 33, 1000, 16385, 300001]


def everywhere(draw):
    """The bytes of a draw, checked to be the same on every ISA and thread count."""
    first = None
    for name in _C.runnable_isas():
        for count in (1, 2, 3, 8):
            with isa(name), threads(count):
                drawn = draw().numpy().tobytes()
            assert first is None or drawn == first, f"{name}, {count} threads: other bytes"
            first = drawn
    return first


@pytest.mark.parametrize("count", COUNTS)
def test_uniform_bits(count):
    def draw():
        return gemmule.rand(count, generator=gemmule.Generator().manual_seed(0x123456789))

    np.testing.assert_array_equal(draw().numpy(), reference.uniform32(0x123456789, 0, count))
    if count == 300001:
        everywhere(draw)


def test_uniform_double_bits():
    drawn = gemmule.rand(1001, dtype=gemmule.float64, generator=gemmule.Generator().manual_seed(5))
    np.testing.assert_array_equal(drawn.numpy(), reference.uniform64(5, 0, 1001))


@pytest.mark.parametrize(("low", "high"), [(0, 10), (-5, 3), (-(1 << 62), 1 << 62), (7, 8)])
def test_integer_bits(low, high):
    def draw():
        return gemmule.randint(low, high, (999,), generator=gemmule.Generator().manual_seed(9))

    np.testing.assert_array_equal(draw().numpy(), reference.integers(9, 0, 999, low, high))
    everywhere(draw)


def test_scaled_uniforms_agree_on_every_isa():
    def draw():
        generator = gemmule.Generator().manual_seed(3)
        return gemmule.empty(30001).uniform_(-0.3, 1.7, generator=generator)

    everywhere(draw)
    x = draw().numpy()
    assert x.min() >= -0.3
    assert x.max() < 1.7


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1), (100, 101), (-1, 0), (-101, -100), (2**24 - 2, 2**24), (3, 3)]
)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_uniforms_stay_below_the_upper_end(dtype, low, high):
    generator = gemmule.Generator().manual_seed(0)
    if high == 2**24 and "16" in dtype:
        low, high = 254, 256
    x = gemmule.empty(200_000, dtype=getattr(gemmule, dtype)).uniform_(
        low, high, generator=generator
    )
    x = x.astype(gemmule.float64)
    assert x.min() >= low
    assert x.max() < high or low == high


@pytest.mark.parametrize("dtype", [gemmule.float32, gemmule.float64])
def test_normal_moments(dtype):
    x = gemmule.randn(1 << 20, dtype=dtype, generator=gemmule.Generator().manual_seed(1)).numpy()
    assert abs(x.mean()) < 5e-3
    assert abs(x.std() - 1) < 5e-3
    assert abs((x**3).mean()) < 2e-2
    assert abs((x**4).mean() - 3) < 5e-2
    assert 4.5 < np.abs(x).max() < 7


def test_normals_agree_on_every_isa():
    draws = []
    for name in _C.runnable_isas():
        per_thread = []
        for count in (1, 2, 3, 8):
            with isa(name), threads(count):
                generator = gemmule.Generator().manual_seed(4)
                per_thread.append(gemmule.randn(200003, generator=generator).numpy())
        for drawn in per_thread[1:]:
            assert drawn.tobytes() == per_thread[0].tobytes()
        draws.append(per_thread[0])
    for drawn in draws[1:]:
        ulp = np.spacing(np.abs(draws[0]))
        assert (np.abs(drawn - draws[0]) <= 4 * ulp).all()


def test_manual_seed_repeats():
    gemmule.manual_seed(7)
    first = gemmule.randn(100), gemmule.rand(3, 4), gemmule.randperm(50)
    gemmule.manual_seed(7)
    second = gemmule.randn(100), gemmule.rand(3, 4), gemmule.randperm(50)
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    assert (gemmule.randn(100).numpy() != first[0].numpy()).any()


def test_state_continues():
    generator = gemmule.Generator().manual_seed(11)
    gemmule.rand(5, generator=generator)
    state = generator.get_state()
    expected = gemmule.rand(5, generator=generator).numpy()
    again = gemmule.rand(5, generator=gemmule.Generator().set_state(state)).numpy()
    np.testing.assert_array_equal(again, expected)


def test_permutation():
    order = gemmule.randperm(1000).numpy()
    np.testing.assert_array_equal(np.sort(order), np.arange(1000))
    assert gemmule.randperm(0).shape == (0,)
    assert gemmule.randperm(3, dtype=gemmule.int32).dtype == gemmule.int32


@pytest.mark.parametrize("count", [1, 2, 7, 1000, 4097])
def test_permutation_bits(count):
    order = gemmule.randperm(count, generator=gemmule.Generator().manual_seed(9)).numpy()
    keys = reference.integers(9, 0, count, 0, (1 << 63) - 1)
    np.testing.assert_array_equal(order, np.argsort(keys))


def test_bernoulli_and_multinomial():
    gemmule.manual_seed(0)
    mean = gemmule.bernoulli(gemmule.full((100000,), 0.3)).numpy().mean()
    assert abs(mean - 0.3) < 0.01
    weights = gemmule.tensor([0.0, 1.0, 3.0])
    drawn = gemmule.multinomial(weights, 40000, replacement=True).numpy()
    np.testing.assert_allclose(np.bincount(drawn) / 40000, [0.0, 0.25, 0.75], atol=0.01)
    rows = gemmule.multinomial(gemmule.rand(6, 5) + 0.1, 5).numpy()
    np.testing.assert_array_equal(np.sort(rows, axis=1), np.tile(np.arange(5), (6, 1)))


def test_normal_takes_tensors():
    gemmule.manual_seed(0)
    x = gemmule.normal(gemmule.full((50000,), 3.0), 0.5).numpy()
    assert abs(x.mean() - 3) < 0.02
    assert abs(x.std() - 0.5) < 0.02


ERRORS = [
    (lambda: gemmule.randint(3, 3, (2,)), ValueError, "randint: low 3 is not below high 3"),
    (lambda: gemmule.rand(2, dtype=gemmule.int64), TypeError, "rand: expected a floating-point"),
    (lambda: gemmule.randperm(-1), ValueError, "randperm: n is -1"),
    (lambda: gemmule.normal(0.0, -1.0, (2,)), ValueError, "standard deviation -1 is negative"),
    (lambda: gemmule.normal(0.0, 1.0), TypeError, "normal: size is missing"),
    (
        lambda: gemmule.multinomial(gemmule.tensor([1.0, 0.0]), 2),
        ValueError,
        "fewer than 2 positive weights",
    ),
    (
        lambda: gemmule.empty(2).uniform_(-3e38, 3e38),
        ValueError,
        "uniform_: from -3e.38 to 3e.38 is too far for float32",
    ),
    (lambda: gemmule.set_rng_state([1, 2]), TypeError, "an int64 Tensor for 'state', got list"),
    (lambda: gemmule.set_rng_state(gemmule.ones(2)), TypeError, "int64 Tensor, got float32"),
    (
        lambda: gemmule.set_rng_state(gemmule.tensor([1, 2, 3])),
        ValueError,
        r"set_rng_state: expected a Tensor of shape \(2,\), got shape \(3,\)",
    ),
    (lambda: gemmule.rand(2, -3), ValueError, r"rand: negative size -3 in shape \(2, -3\)"),
    (lambda: gemmule.randint(0, 9, (-1,)), ValueError, "randint: negative size -1 in shape"),
    (lambda: gemmule.rand(2, 3, device="gpu"), ValueError, "rand: expected device 'cpu', 'cuda'"),
]


@pytest.mark.parametrize(("call", "kind", "message"), ERRORS)
def test_errors(call, kind, message):
    with pytest.raises(kind, match=message):
        call()
