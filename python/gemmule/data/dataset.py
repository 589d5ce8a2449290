"""Data sets: samples by number."""

import bisect
import itertools
import math

import numpy

from gemmule import asarray, index_select, randperm

__all__ = ["ConcatDataset", "Dataset", "IterableDataset", "Subset", "TensorDataset", "random_split"]


class Dataset:
    """Samples by number: a subclass defines ``__getitem__(index)`` and ``__len__()``.

    A data set that can make a whole batch at once may define ``batch(indices)`` besides: given an
    int64 ndarray of sample numbers, it returns the collated batch. The loader then calls nothing
    else.
    """

    def __getitem__(self, index):
        raise NotImplementedError(f"{type(self).__name__} has no __getitem__")

    def __add__(self, other):
        return ConcatDataset([self, other])


class IterableDataset(Dataset):
    """Samples in the order in which ``__iter__`` gives them, when they cannot be had by number."""

    def __iter__(self):
        raise NotImplementedError(f"{type(self).__name__} has no __iter__")


class TensorDataset(Dataset):
    """The rows of tensors: sample i is the tuple of every tensor's i-th row.

    Args:
        tensors: one or more, of the same length.

    Raises:
        ValueError: there is none, one has no dimension, or their lengths differ.
    """

    def __init__(self, *tensors):
        self.tensors = tuple(asarray(tensor) for tensor in tensors)
        if not self.tensors:
            raise ValueError("TensorDataset: expected at least one tensor, got none")
        for i, tensor in enumerate(self.tensors):
            if tensor.ndim == 0:
                raise ValueError(f"TensorDataset: tensor {i} has no rows, its shape is ()")
        lengths = [len(tensor) for tensor in self.tensors]
        if len(set(lengths)) != 1:
            raise ValueError(f"TensorDataset: the tensors' lengths differ: {lengths}")

    def __getitem__(self, index):
        return tuple(tensor[index] for tensor in self.tensors)

    def __len__(self):
        return len(self.tensors[0])

    @property
    def batch(self):
        """The rows of all tensors at once; not for a subclass that makes its samples itself."""
        if type(self).__getitem__ is not TensorDataset.__getitem__:
            raise AttributeError("batch")
        return self._batch

    def _batch(self, indices):
        rows = asarray(indices)
        return [index_select(tensor, 0, rows) for tensor in self.tensors]


class Subset(Dataset):
    """Those samples of a data set whose numbers are given."""

    def __init__(self, dataset, indices):
        self.dataset = dataset
        self.indices = indices

    def __getitem__(self, index):
        return self.dataset[self.indices[index]]

    def __len__(self):
        return len(self.indices)

    @property
    def batch(self):
        """The data set's own, where it has one."""
        whole = self.dataset.batch
        own = numpy.asarray(self.indices, dtype=numpy.int64)
        return lambda indices: whole(own[indices])


class ConcatDataset(Dataset):
    """Data sets one after the other."""

    def __init__(self, datasets):
        self.datasets = list(datasets)
        if not self.datasets:
            raise ValueError("ConcatDataset: there is no data set")
        self.cumulative_sizes = list(itertools.accumulate(map(len, self.datasets)))

    def __len__(self):
        return self.cumulative_sizes[-1]

    def __getitem__(self, index):
        if not -len(self) <= index < len(self):
            raise IndexError(f"sample {index} of {len(self)}")
        index %= len(self)
        which = bisect.bisect_right(self.cumulative_sizes, index)
        return self.datasets[which][
            index - self.cumulative_sizes[which] + len(self.datasets[which])
        ]


def random_split(dataset, lengths, generator=None):
    """Subsets of random samples that have none in common.

    Args:
        dataset: what is split.
        lengths: how many samples each gets, adding up to all; or fractions adding up to 1, whose
            rounding leaves samples that the first ones get. A list, an ndarray or a Tensor.
        generator: where the order comes from; None is the default generator.

    Raises:
        TypeError: `lengths` is no list of numbers.
        ValueError: they do not add up, or one is negative.
    """
    given = lengths
    try:
        lengths = [n.item() if hasattr(n, "item") else n for n in lengths]
        sum(lengths)
    except (TypeError, ValueError):
        kind = type(given).__name__
        raise TypeError(
            f"random_split: lengths must be a list of numbers, got {kind} {given!r}"
        ) from None
    count = len(dataset)
    if math.isclose(sum(lengths), 1) and sum(lengths) <= 1 + 1e-9 and count != 1:
        if any(not 0 <= fraction <= 1 for fraction in lengths):
            raise ValueError(f"random_split: fractions must lie within 0 and 1, got {lengths}")
        sizes = [math.floor(count * fraction) for fraction in lengths]
        for i in range(count - sum(sizes)):
            sizes[i % len(sizes)] += 1
    else:
        sizes = [int(n) if n == math.floor(n) else n for n in lengths]
    if sum(sizes) != count:
        raise ValueError(f"random_split: lengths {sizes} do not add up to {count} samples")
    if not all(isinstance(size, int) for size in sizes):
        raise ValueError(
            f"random_split: lengths {lengths} must be whole, or fractions adding up to 1"
        )
    if min(sizes, default=0) < 0:
        raise ValueError(f"random_split: lengths must not be negative, got {sizes}")
    order = randperm(count, generator=generator).tolist()
    ends = list(itertools.accumulate(sizes))
    return [Subset(dataset, order[end - size : end]) for size, end in zip(sizes, ends, strict=True)]
