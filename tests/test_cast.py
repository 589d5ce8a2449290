import gemmule
import numpy as np
import pytest
from check import THREADS, isa, threads
from gemmule import _C

NUMPY = [
    "bool",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "int8",
    "int16",
    "int32",
    "int64",
    "float16",
    "float32",
    "float64",
]


def strided(shape, dtype, rng):
    """Arrays of a shape in many memory layouts, with values that every dtype can hold."""

    def fill(array):
        array[...] = rng.integers(0, 2 if dtype == "bool" else 120, array.shape).astype(dtype)
        return array

    rank = len(shape)
    yield fill(np.empty(shape, dtype))
    for axes in {tuple(rng.permutation(rank)) for _ in range(4)}:
        inverse = np.argsort(axes)
        yield fill(np.empty([shape[a] for a in axes], dtype)).transpose(inverse)
    yield fill(np.empty([2 * n + 1 for n in shape], dtype))[tuple(slice(1, None, 2) for _ in shape)]
    yield fill(np.empty(shape, dtype))[tuple(slice(None, None, -1) for _ in shape)]
    yield np.broadcast_to(fill(np.empty((*shape[:-1], 1), dtype)), shape)


SHAPES = [(1,), (7,), (300,), (3, 5), (16, 16), (67, 33), (130, 259), (2, 3, 70, 41), (0, 4)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", ["bool", "int16", "float32", "int64"])
def test_copies_of_every_layout(shape, dtype):
    rng = np.random.default_rng(0)
    for name in _C.runnable_isas():
        with isa(name):
            for source in strided(shape, dtype, rng):
                got = np.asarray(_C.copy(_C.from_buffer(source)))
                assert got.flags.c_contiguous
                np.testing.assert_array_equal(got, source)


@pytest.mark.parametrize("target", NUMPY)
@pytest.mark.parametrize("source", NUMPY)
def test_conversions(source, target):
    rng = np.random.default_rng(0)
    for name in _C.runnable_isas():
        with isa(name):
            for array in strided((5, 37), source, rng):
                got = np.asarray(_C.astype(_C.from_buffer(array), getattr(gemmule, target)))
                np.testing.assert_array_equal(got, array.astype(target))
                assert got.dtype == target


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32", "float64"])
@pytest.mark.parametrize(
    "shape",
    [(2048, 1200), (40, 1000, 60), (3, 2500, 300), (1501, 1603), (37, 1999, 61), (2104, 1008)],
    ids=str,
)
def test_large_transposes_are_exact_for_any_threads(shape, dtype):
    source = np.arange(np.prod(shape)).astype(dtype).reshape(shape).swapaxes(0, -1)
    for name in _C.runnable_isas():
        for count in THREADS:
            with isa(name), threads(count):
                got = np.asarray(_C.copy(_C.from_buffer(source)))
            np.testing.assert_array_equal(got, source)


def half_values():
    """Every float16 as float32, the neighbours of each, and the halfway points."""
    bits = np.arange(1 << 16, dtype=np.uint16)
    exact = bits.view(np.float16).astype(np.float32)
    with np.errstate(all="ignore"):
        above = np.nextafter(exact, np.float32(np.inf))
        below = np.nextafter(exact, np.float32(-np.inf))
        between = (exact + np.roll(exact, 1)) / 2
    return np.concatenate([exact, above, below, between])


def test_every_half():
    values = half_values()
    with np.errstate(all="ignore"):
        want = values.astype(np.float16)
    for name in _C.runnable_isas():
        with isa(name):
            array = _C.from_buffer(values)
            half = np.asarray(_C.astype(array, gemmule.float16))
            np.testing.assert_array_equal(half, want)
            strided_bits = np.asarray(
                _C.astype(_C.from_buffer(np.repeat(values, 2)[::2]), gemmule.float16)
            ).view(np.uint16)
            np.testing.assert_array_equal(strided_bits, half.view(np.uint16))
            back = np.asarray(_C.astype(_C.from_buffer(want), gemmule.float32))
            np.testing.assert_array_equal(back, want.astype(np.float32))


def test_bfloat16_rounds_to_nearest_even():
    values = half_values()
    bits = values.view(np.uint32).astype(np.uint64)
    rounded = ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16 << 16).astype(np.uint32).view(np.float32)
    want = np.where(np.isnan(values), np.nan, rounded)
    for name in _C.runnable_isas():
        with isa(name):
            small = _C.astype(_C.from_buffer(values), gemmule.bfloat16)
            assert small.dtype is gemmule.bfloat16
            np.testing.assert_array_equal(np.asarray(_C.astype(small, gemmule.float32)), want)


def test_floats_to_integers_have_the_same_bits_for_any_strides():
    values = np.array([0.9, -0.9, 1e3, -1e3, 3e9, -3e9, 1e20, np.nan, np.inf, -np.inf] * 9)
    for dtype in (np.float32, np.float64):
        for target in ("uint8", "int8", "int16", "uint16", "int32", "uint32", "int64"):
            plain = values.astype(dtype)
            gapped = np.repeat(plain, 2)[::2]
            one = np.asarray(_C.astype(_C.from_buffer(plain), getattr(gemmule, target)))
            two = np.asarray(_C.astype(_C.from_buffer(gapped), getattr(gemmule, target)))
            np.testing.assert_array_equal(one, two)
            np.testing.assert_array_equal(one[:2], 0)


# What a function of a bool array gives does not depend on which byte stands for true.
OF_BOOL = {
    "sum": gemmule.sum,
    "sum over rows": lambda b: gemmule.sum(b.reshape((8, -1)), axis=0),
    "prod": gemmule.prod,
    "mean": lambda b: gemmule.mean(b.float()),
    "any": gemmule.any,
    "all": gemmule.all,
    "max": gemmule.max,
    "argmax": gemmule.argmax,
    "argmin": gemmule.argmin,
    "count_nonzero": gemmule.count_nonzero,
    "cumulative_sum": gemmule.cumulative_sum,
    "cummax": lambda b: gemmule.cummax(b, 0)[1],
    "sort": gemmule.sort,
    "argsort": gemmule.argsort,
    "unique": gemmule.unique_values,
    "where": lambda b: gemmule.where(b, 1, 2),
    "index": lambda b: gemmule.arange(b.shape[0])[b],
    "nonzero": lambda b: gemmule.nonzero(b)[0],
    "masked_fill": lambda b: gemmule.zeros(b.shape).masked_fill(b, 1.0),
    "equal": lambda b: b == gemmule.ones(b.shape, dtype=gemmule.bool),
    "equal True": lambda b: b == True,  # noqa: E712
    "less": lambda b: b < gemmule.ones(b.shape, dtype=gemmule.bool),
    "and": lambda b: b & gemmule.ones(b.shape, dtype=gemmule.bool),
    "xor": lambda b: b ^ gemmule.ones(b.shape, dtype=gemmule.bool),
    "invert": lambda b: ~b,
    "logical_xor": lambda b: gemmule.logical_xor(b, True),
    "add": lambda b: b + gemmule.ones(b.shape, dtype=gemmule.int64),
    "multiply": lambda b: b * 1.5,
    "matmul": lambda b: gemmule.matmul(b.float(), b.float()),
    **{f"to {name}": lambda b, name=name: b.astype(getattr(gemmule, name)) for name in NUMPY},
}


@pytest.mark.parametrize("name", OF_BOOL)
def test_any_byte_but_zero_is_true_once(name):
    bytes_ = np.array([2, 3, 0, 1, 255, 128, 0, 7] * 11, np.uint8)
    for layout in (slice(None), slice(None, None, -1)):
        got, want = (
            np.asarray(OF_BOOL[name](gemmule.asarray(b[layout])))
            for b in (bytes_.view(bool), bytes_ != 0)
        )
        np.testing.assert_array_equal(got, want)
