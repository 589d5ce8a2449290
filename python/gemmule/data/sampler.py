"""Samplers: in which order samples come."""

import numpy

from gemmule import rand, randint, randperm

__all__ = [
    "BatchSampler",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "SubsetRandomSampler",
    "WeightedRandomSampler",
]


class Sampler:
    """An order of samples: a subclass defines ``__iter__``, giving numbers, and ``__len__``."""

    def __init__(self, data_source=None):
        pass

    def __iter__(self):
        raise NotImplementedError(f"{type(self).__name__} has no __iter__")


class _Ordered(Sampler):
    """A sampler that knows its whole order at once, as an int64 ndarray."""

    def order(self):
        raise NotImplementedError

    def __iter__(self):
        return iter(self.order().tolist())


class SequentialSampler(_Ordered):
    """One after the other."""

    def __init__(self, data_source):
        self.data_source = data_source

    def order(self):
        """0, 1, 2, ..."""
        return numpy.arange(len(self))

    def __len__(self):
        return len(self.data_source)


class RandomSampler(_Ordered):
    """At random, each once; or with replacement.

    Args:
        data_source: the data set.
        replacement: whether a sample may come again.
        num_samples: how many are drawn; None is all.
        generator: where the order comes from; None is the default generator.
    """

    def __init__(self, data_source, replacement=False, num_samples=None, generator=None):
        if num_samples is not None and num_samples <= 0:
            raise ValueError(f"RandomSampler: num_samples must be positive, got {num_samples}")
        self.data_source = data_source
        self.replacement = replacement
        self.num_samples = len(data_source) if num_samples is None else num_samples
        self.generator = generator

    def order(self):
        """A new order every time."""
        count = len(self.data_source)
        if self.replacement:
            drawn = randint(0, count, (self.num_samples,), generator=self.generator)
            return drawn.numpy()
        rounds = -(-self.num_samples // count) if count else 0
        orders = [randperm(count, generator=self.generator).numpy() for _ in range(rounds)]
        orders.append(numpy.empty(0, numpy.int64))
        return numpy.concatenate(orders)[: self.num_samples]

    def __len__(self):
        return self.num_samples


class SubsetRandomSampler(_Ordered):
    """Given numbers, in random order."""

    def __init__(self, indices, generator=None):
        self.indices = indices
        self.generator = generator

    def order(self):
        """A new order every time."""
        own = numpy.asarray(self.indices, dtype=numpy.int64)
        return own[randperm(len(own), generator=self.generator).numpy()]

    def __len__(self):
        return len(self.indices)


class WeightedRandomSampler(_Ordered):
    """At random, with probabilities in the ratio of weights.

    Args:
        weights: one per sample, none negative.
        num_samples: how many are drawn.
        replacement: whether a sample may come again.
        generator: where the draws come from; None is the default generator.
    """

    def __init__(self, weights, num_samples, replacement=True, generator=None):
        self.weights = numpy.asarray(weights, dtype=numpy.float64)
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator
        if self.weights.ndim != 1 or (self.weights < 0).any() or not self.weights.sum() > 0:
            raise ValueError("WeightedRandomSampler: weights are one row of numbers ≥ 0, not all 0")
        if not replacement and num_samples > numpy.count_nonzero(self.weights):
            raise ValueError(
                f"WeightedRandomSampler: {num_samples} samples without replacement need as many "
                f"positive weights, got {numpy.count_nonzero(self.weights)}"
            )

    def order(self):
        """New draws every time."""
        count = self.num_samples if self.replacement else len(self.weights)
        uniform = rand((count,), dtype="float64", generator=self.generator).numpy()
        if self.replacement:
            ends = self.weights.cumsum()
            return ends.searchsorted(uniform * ends[-1], side="right")
        # The largest u^(1/w) are a weighted draw without replacement: Efraimidis, Spirakis, 2006.
        with numpy.errstate(divide="ignore"):
            keys = numpy.log(uniform) / self.weights
        keys[self.weights == 0] = -numpy.inf
        return keys.argsort()[::-1][: self.num_samples]

    def __len__(self):
        return self.num_samples


class BatchSampler(Sampler):
    """Batches of another sampler's numbers, as lists.

    Args:
        sampler: what gives the numbers.
        batch_size: how many in a batch.
        drop_last: whether a last batch of fewer is left out.
    """

    def __init__(self, sampler, batch_size, drop_last):
        if not isinstance(batch_size, int) or isinstance(batch_size, bool) or batch_size <= 0:
            raise ValueError(f"BatchSampler: batch_size must be a positive int, got {batch_size!r}")
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self):
        if isinstance(self.sampler, _Ordered):
            order = self.sampler.order()
            for start in range(0, len(self) * self.batch_size, self.batch_size):
                yield order[start : start + self.batch_size].tolist()
            return
        batch = []
        for index in self.sampler:
            batch.append(index)
            if len(batch) == self.batch_size:
                yield batch
                batch = []
        if batch and not self.drop_last:
            yield batch

    def __len__(self):
        count = len(self.sampler)
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)
