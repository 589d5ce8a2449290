"""Random numbers: Philox4x32-10 by counter.

A draw is named by (seed, offset), and element i of its result depends on them and i alone: the same
numbers for any number of threads, and (but for the last bits of normals) on every instruction set.
A generator is those two integers; every draw takes one offset.

Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011.
"""

import operator
import os
import time

import numpy

from gemmule import _C
from gemmule.autograd import before_write
from gemmule.devices import check_device, name_of
from gemmule.dtypes import as_dtype
from gemmule.ops.create import _finish, _sizes
from gemmule.ops.host import view
from gemmule.tensor import Tensor, check_tensor, methods, raw, wrap

__all__ = [
    "Generator",
    "bernoulli",
    "default_generator",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "multinomial",
    "normal",
    "rand",
    "rand_like",
    "randint",
    "randint_like",
    "randn",
    "randn_like",
    "randperm",
    "seed",
    "set_rng_state",
]

_float32, _float64, _int64 = _C.float32, _C.float64, _C.int64
_uniform = _C.uniform


def _signed(value):
    """The same 64 bits as a signed integer."""
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >> 63 else value


class Generator:
    """A source of draws: a seed and the offset of the next draw.

    Args:
        device: where its draws are meant for. They have the same bits everywhere, so that any
            generator serves all.
    """

    def __init__(self, device="cpu"):
        self.device = check_device("Generator", device)
        self._seed = 67280421310721  # any fixed number: unseeded generators agree
        self._offset = 0

    def manual_seed(self, seed):
        """Start over from a seed, an int; returns the generator."""
        self._seed = _signed(int(seed))
        self._offset = 0
        return self

    def seed(self):
        """Start over from an unpredictable seed, which is returned."""
        seed = int.from_bytes(os.urandom(7), "little") ^ time.time_ns() & 0xFFFF
        self.manual_seed(seed)
        return seed

    def initial_seed(self):
        """The seed it was started from."""
        return self._seed

    def get_state(self):
        """Seed and offset as an int64 Tensor of shape (2,), for checkpoints."""
        return wrap(_C.copy(_C.from_buffer(numpy.array([self._seed, self._offset]))))

    def set_state(self, state):
        """Continue from what :meth:`get_state` gave.

        Raises:
            TypeError: it is no int64 Tensor.
            ValueError: its shape is not (2,).
        """
        if not isinstance(state, Tensor) or state.dtype is not _int64:
            kind = state.dtype.name if isinstance(state, Tensor) else type(state).__name__
            raise TypeError(f"set_state: expected an int64 Tensor, got {kind}")
        if state.shape != (2,):
            raise ValueError(f"set_state: expected a Tensor of shape (2,), got shape {state.shape}")
        self._seed, self._offset = state.tolist()
        return self

    def next(self):
        """(seed, offset) of the next draw."""
        offset = self._offset
        self._offset = offset + 1
        return self._seed, offset


default_generator = Generator()


def _draw(generator):
    if generator is None:
        return default_generator.next()
    if not isinstance(generator, Generator):
        raise TypeError(f"expected a Generator for 'generator', got {type(generator).__name__}")
    return generator.next()


def manual_seed(seed):
    """Seed the default generator; returns it."""
    return default_generator.manual_seed(seed)


def seed():
    """Seed the default generator unpredictably; returns the seed."""
    return default_generator.seed()


def initial_seed():
    """The default generator's seed."""
    return default_generator.initial_seed()


def get_rng_state():
    """The default generator's state, an int64 Tensor of shape (2,)."""
    return default_generator.get_state()


def set_rng_state(state):
    """Continue the default generator from a state."""
    default_generator.set_state(state)


def _float_draw(op, function, shape, dtype, generator, first, second, device):
    """A draw in float32 or float64; 16-bit floats are rounded from float32."""
    dtype = _float32 if dtype is None else as_dtype(dtype)
    if not dtype.is_floating_point:
        raise TypeError(f"{op}: expected a floating-point dtype, got {dtype.name}")
    # Uniforms are rounded below: they keep off the upper end.
    drawn = dtype if dtype is _float64 or function is _uniform else _float32
    array = function(shape, drawn, *_draw(generator), first, second, name_of(device))
    return array if drawn is dtype else _C.astype(array, dtype)


def _drawn_like(op, function, x, generator, first=0.0, second=1.0):
    """The same in the shape and dtype of a Tensor, on its device."""
    return _float_draw(op, function, x.shape, x.dtype, generator, first, second, x.device)


def rand(*size, generator=None, dtype=None, device=None, requires_grad=False):
    """Uniform in [0, 1), of shape `size`; float32 unless `dtype` says otherwise."""
    check_device("rand", device)
    array = _float_draw("rand", _C.uniform, _sizes(size), dtype, generator, 0.0, 1.0, device)
    return _finish(array, requires_grad)


def randn(*size, generator=None, dtype=None, device=None, requires_grad=False):
    """Standard normal, of shape `size`; float32 unless `dtype` says otherwise."""
    check_device("randn", device)
    array = _float_draw("randn", _C.normal, _sizes(size), dtype, generator, 0.0, 1.0, device)
    return _finish(array, requires_grad)


def randint(low, high=None, size=None, *, generator=None, dtype=None, device=None):
    """Integers in [low, high), of shape `size`; ``randint(high, size)`` starts at 0.

    Raises:
        ValueError: low is not below high.
    """
    check_device("randint", device)
    if isinstance(high, (tuple, list)):
        low, high, size = 0, low, high
    elif high is None:
        low, high = 0, low
    if size is None:
        raise TypeError("randint: size is missing")
    array = _C.integers(size, *_draw(generator), low, high, name_of(device))
    return wrap(array if dtype is None else _C.astype(array, as_dtype(dtype)))


def randperm(n, *, generator=None, dtype=None, device=None):
    """A permutation of 0 … n-1, every one as likely."""
    check_device("randperm", device)
    n = operator.index(n)
    if n < 0:
        raise ValueError(f"randperm: n is {n}, expected at least 0")
    # Ranks of 63-bit keys whose low bits are the numbers themselves: they then sort as plain
    # integers, eight times as fast as NumPy's argsort, and no two are equal.
    keys = _C.integers((n,), *_draw(generator), 0, (1 << 63) - 1)
    low = (1 << max(0, n - 1).bit_length()) - 1
    order = numpy.asarray(keys)
    order &= ~low
    order |= numpy.arange(n)
    order.sort()
    order &= low
    array = _C.copy(keys) if dtype is None else _C.astype(keys, as_dtype(dtype))
    return _finish(array, False, device)


def rand_like(input, *, generator=None, dtype=None, device=None, requires_grad=False):
    """:func:`rand` with the shape, dtype and device of `input`."""
    return _float_like("rand_like", _C.uniform, input, dtype, generator, device, requires_grad)


def randn_like(input, *, generator=None, dtype=None, device=None, requires_grad=False):
    """:func:`randn` with the shape, dtype and device of `input`."""
    return _float_like("randn_like", _C.normal, input, dtype, generator, device, requires_grad)


def _float_like(op, function, input, dtype, generator, device, requires_grad):
    check_tensor(input, op)
    check_device(op, device)
    dtype, device = dtype or input.dtype, device or input.device
    array = _float_draw(op, function, input.shape, dtype, generator, 0.0, 1.0, device)
    return _finish(array, requires_grad)


def randint_like(input, low, high=None, *, generator=None, dtype=None, device=None):
    """:func:`randint` with the shape, dtype and device of `input`."""
    check_tensor(input, "randint_like")
    if high is None:
        low, high = 0, low
    dtype, device = dtype or input.dtype, device or input.device
    return randint(low, high, input.shape, generator=generator, dtype=dtype, device=device)


def normal(mean, std=1.0, size=None, *, generator=None, dtype=None):
    """Normal draws with this mean and standard deviation.

    Args:
        mean, std: numbers (with `size`), or Tensors of shapes that broadcast (without).
        size: shape of the result where both are numbers.
    """
    if isinstance(mean, Tensor) or isinstance(std, Tensor):
        spread = _C.add(raw(mean) * 0.0, raw(std) * 0.0)
        drawn = _drawn_like("normal", _C.normal, wrap(spread), generator)
        return wrap(_C.add(_C.multiply(drawn, raw(std)), raw(mean)))
    if size is None:
        raise TypeError("normal: size is missing: mean and std are numbers")
    return wrap(_float_draw("normal", _C.normal, size, dtype, generator, mean, std, None))


def bernoulli(input, p=None, *, generator=None):
    """1 with probability `input` (or `p`), else 0, with the shape and dtype of `input`."""
    check_tensor(input, "bernoulli")
    probability = raw(input) if p is None else p
    drawn = _drawn_like("bernoulli", _C.uniform, input, generator)
    return wrap(_C.astype(_C.less(drawn, probability), input.dtype))


def multinomial(input, num_samples, replacement=False, *, generator=None):
    """Indices drawn in proportion to the weights in each row of `input`.

    Args:
        input: shape (C,) or (N, C), non-negative weights; they need not sum to 1.
        num_samples: draws of each row.
        replacement: whether an index can be drawn twice.

    Returns:
        int64, shape (num_samples,) or (N, num_samples).

    Raises:
        ValueError: weights are negative, or too few are positive.
    """
    weights = view(input, "multinomial", "input").astype(numpy.float64)
    rows = weights.reshape(-1, weights.shape[-1])
    if (rows < 0).any() or not numpy.isfinite(rows).all():
        raise ValueError("multinomial: weights must be finite and not negative")
    needed = 1 if replacement else num_samples
    if ((rows > 0).sum(axis=1) < needed).any():
        raise ValueError(f"multinomial: a row has fewer than {needed} positive weights")
    if replacement:
        cumulative = numpy.cumsum(rows, axis=1)
        drawn = _C.uniform((len(rows), num_samples), _float64, *_draw(generator), 0.0, 1.0)
        points = numpy.asarray(drawn) * cumulative[:, -1:]
        pairs = zip(cumulative, points, strict=True)
        picked = [numpy.searchsorted(c, p, side="right") for c, p in pairs]
        indices = numpy.minimum(numpy.array(picked), rows.shape[1] - 1)
    else:
        # An exponential race: the first arrivals at rates w are a draw without replacement.
        drawn = _C.uniform(rows.shape, _float64, *_draw(generator), 0.0, 1.0)
        with numpy.errstate(divide="ignore"):
            arrivals = -numpy.log1p(-numpy.asarray(drawn)) / rows
        arrivals[rows == 0] = numpy.inf
        indices = numpy.argsort(arrivals, axis=1, kind="stable")[:, :num_samples]
    indices = indices.reshape(*weights.shape[:-1], num_samples).astype(numpy.int64)
    return wrap(_C.copy(_C.from_buffer(numpy.ascontiguousarray(indices))))


# ---- in place -----------------------------------------------------------------------------------


def _fill(tensor, op, drawn):
    before_write(tensor, op)
    _C.copy_into(tensor._array, drawn)
    return tensor


def _uniform_(self, a=0.0, b=1.0, *, generator=None):
    """Fill with uniform numbers in [a, b)."""
    drawn = _drawn_like("uniform_", _C.uniform, self, generator, a, b)
    return _fill(self, "uniform_", drawn)


def _normal_(self, mean=0.0, std=1.0, *, generator=None):
    """Fill with normal numbers."""
    drawn = _drawn_like("normal_", _C.normal, self, generator, mean, std)
    return _fill(self, "normal_", drawn)


def _bernoulli_(self, p=0.5, *, generator=None):
    """Fill with ones, of probability p, and zeros."""
    drawn = _C.uniform(self.shape, _float32, *_draw(generator), 0.0, 1.0, self.device)
    return _fill(self, "bernoulli_", _C.astype(_C.less(drawn, raw(p)), self.dtype))


def _random_(self, low=0, high=None, *, generator=None):
    """Fill with integers in [low, high); ``random_(high)`` starts at 0."""
    if high is None:
        low, high = 0, low or (1 << 24)
    drawn = _C.integers(self.shape, *_draw(generator), low, high, self.device)
    return _fill(self, "random_", _C.astype(drawn, self.dtype))


methods(
    {
        "uniform_": _uniform_,
        "normal_": _normal_,
        "bernoulli_": _bernoulli_,
        "random_": _random_,
        "bernoulli": bernoulli,
        "multinomial": multinomial,
    }
)
