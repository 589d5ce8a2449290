"""DataLoader: a data set in batches."""

import itertools
from collections.abc import Mapping, Sequence

import numpy

from gemmule import Generator, asarray, stack, tensor
from gemmule.data.dataset import IterableDataset
from gemmule.data.sampler import BatchSampler, RandomSampler, SequentialSampler
from gemmule.data.workers import ahead, made_ahead
from gemmule.tensor import Tensor

__all__ = ["DataLoader", "default_collate"]


def default_collate(batch):
    """Samples put together: tensors, arrays and numbers are stacked along a new first dimension,
    tuples and dicts are put together part by part, strings stay a list.

    Numbers give int64 and float32 tensors.

    Raises:
        TypeError: samples are of another type, or of several, or `batch` is no list of them.
        ValueError: their lengths, shapes or keys differ.
    """
    if isinstance(batch, Mapping) or not hasattr(batch, "__getitem__"):
        raise TypeError(
            f"default_collate: expected a list of samples for 'batch', got {type(batch).__name__}"
        )
    if not len(batch):
        raise ValueError("default_collate: expected a list of samples, got none")
    try:
        return _collated(batch)
    except (KeyError, TypeError, ValueError):
        _check_alike(batch)
        raise


def _collated(batch):
    first = batch[0]
    if isinstance(first, Tensor):
        return stack(batch)
    if isinstance(first, numpy.ndarray):
        return asarray(numpy.stack(batch))
    if isinstance(first, numpy.generic):
        return asarray(numpy.array(batch))
    if isinstance(first, (bool, int, float)):
        return tensor(batch)
    if isinstance(first, (str, bytes)):
        return list(batch)
    if isinstance(first, Mapping):
        return {key: default_collate([sample[key] for sample in batch]) for key in first}
    if isinstance(first, Sequence):
        parts = [default_collate(part) for part in zip(*batch, strict=True)]
        return type(first)(*parts) if hasattr(first, "_fields") else parts
    raise TypeError(
        "default_collate: samples are tensors, arrays, numbers, strings, tuples and dicts, "
        f"not {type(first).__name__}; see collate_fn"
    )


def _check_alike(batch):
    """Raise where a sample cannot be put together with the first."""
    kind, own = _kind_of(batch[0])
    for i, sample in enumerate(batch):
        other, its = _kind_of(sample)
        if other != kind:
            raise TypeError(
                f"default_collate: sample 0 of a batch is {kind}, sample {i} is {other}; make them "
                "alike, or give the DataLoader a collate_fn"
            )
        if its != own:
            raise ValueError(
                f"default_collate: sample 0 of a batch has {own}, sample {i} has {its}; make them "
                "alike, as by padding, or give the DataLoader a collate_fn"
            )


def _kind_of(sample):
    """(what a sample is, what it has in common with those it can be put together with)."""
    if isinstance(sample, (Tensor, numpy.ndarray)):
        return f"a {type(sample).__name__}", f"shape {sample.shape}"
    if isinstance(sample, (bool, int, float, numpy.generic)):
        return "a number", ""
    if isinstance(sample, Mapping):
        return "a dict", f"keys {sorted(sample, key=str)}"
    if isinstance(sample, Sequence) and not isinstance(sample, (str, bytes)):
        return "a tuple or list", f"length {len(sample)}"
    return f"of type {type(sample).__name__}", ""


class DataLoader:
    """Goes through a data set in batches, in a new order every time where it shuffles.

    Args:
        dataset: a Dataset, or anything with ``__getitem__`` and ``__len__``.
        batch_size: samples in a batch; None gives samples one by one, not put together.
        shuffle: whether the order is random.
        sampler: what gives the order instead; or
        batch_sampler: what gives whole batches of numbers.
        collate_fn: makes a batch of a list of samples; None is :func:`default_collate`.
        drop_last: whether a last batch of fewer samples is left out.
        generator: where a random order comes from; None is the default generator.
        seed: makes a generator of this loader's own.
        num_workers: how many threads make batches before they are asked for; 0 makes each when it
            is. They come in the same order, and the sampler runs in the calling thread: only what
            the data set itself draws at random depends on which worker is first. An IterableDataset
            is read by one thread.
        prefetch_factor: how many batches each worker makes ahead; None is 2.
        timeout: seconds to wait for a worker's batch; 0 is for ever.
        worker_init_fn: called in each worker first, with its number.
        pin_memory, persistent_workers, multiprocessing_context, in_order, pin_memory_device:
            accepted for PyTorch's sake; they mean nothing to threads on a CPU.

    A data set with a method ``batch(indices)`` makes whole batches (see :class:`Dataset`); one with
    PyTorch's ``__getitems__(indices)`` gives a list of samples at once.

    Raises:
        TypeError: `dataset`, a sampler or `collate_fn` is nothing of the kind.
        ValueError: a number is out of range, or arguments exclude each other.
        RuntimeError: in iteration, a worker took longer than `timeout`.

    Example:
        >>> from gemmule.data import DataLoader, TensorDataset
        >>> data = TensorDataset(gemmule.ones(5, 2), gemmule.tensor([0, 1, 2, 3, 4]))
        >>> for inputs, targets in DataLoader(data, batch_size=2):
        ...     print(inputs.shape, targets.tolist())
        (2, 2) [0, 1]
        (2, 2) [2, 3]
        (1, 2) [4]
    """

    def __init__(
        self,
        dataset,
        batch_size=1,
        shuffle=None,
        sampler=None,
        batch_sampler=None,
        num_workers=0,
        collate_fn=None,
        pin_memory=False,
        drop_last=False,
        timeout=0,
        worker_init_fn=None,
        multiprocessing_context=None,
        generator=None,
        *,
        prefetch_factor=None,
        persistent_workers=False,
        pin_memory_device="",
        in_order=True,
        seed=None,
    ):
        _check_dataset(dataset, sampler, batch_sampler)
        _check_workers(num_workers, prefetch_factor, timeout)
        _check_batches(batch_size, collate_fn)
        if seed is not None:
            if generator is not None:
                raise ValueError("DataLoader: give generator or seed, not both")
            generator = Generator().manual_seed(seed)
        iterable = isinstance(dataset, IterableDataset)
        if iterable and (shuffle or sampler is not None or batch_sampler is not None):
            raise ValueError("DataLoader: an IterableDataset has its own order")
        if sampler is not None and shuffle:
            raise ValueError("DataLoader: sampler excludes shuffle")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError(
                    "DataLoader: batch_sampler excludes batch_size, shuffle, sampler and drop_last"
                )
            batch_size = None
        elif batch_size is None and drop_last:
            raise ValueError("DataLoader: batch_size None excludes drop_last")
        self.dataset = dataset
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.num_workers = num_workers
        self.pin_memory = pin_memory
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.prefetch_factor = prefetch_factor
        self.generator = generator
        if sampler is None and not iterable:
            if shuffle:
                sampler = RandomSampler(dataset, generator=generator)
            else:
                sampler = SequentialSampler(dataset)
        self.sampler = sampler
        if batch_sampler is None and batch_size is not None and not iterable:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.batch_sampler = batch_sampler
        self.collate_fn = default_collate if collate_fn is None else collate_fn

    def __iter__(self):
        depth = self.num_workers * (self.prefetch_factor or 2)
        options = (depth, self.timeout, self.worker_init_fn)
        if isinstance(self.dataset, IterableDataset):
            return ahead(self._stream(), *options) if depth else self._stream()
        make, keys = self._batches()
        return made_ahead(make, keys, self.num_workers, *options) if depth else map(make, keys)

    def _batches(self):
        """(function that makes a batch, what it is to be called with)."""
        if self.batch_sampler is None:
            return self.dataset.__getitem__, self.sampler
        whole = getattr(self.dataset, "batch", None) if self.collate_fn is default_collate else None
        if callable(whole):
            return lambda numbers: whole(numpy.asarray(numbers)), self.batch_sampler
        many = getattr(self.dataset, "__getitems__", None)
        if many is not None:
            return lambda numbers: self.collate_fn(many(numbers)), self.batch_sampler
        return (
            lambda numbers: self.collate_fn([self.dataset[number] for number in numbers]),
            self.batch_sampler,
        )

    def _stream(self):
        samples = iter(self.dataset)
        if self.batch_size is None:
            yield from samples
            return
        while batch := list(itertools.islice(samples, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield self.collate_fn(batch)

    def __len__(self):
        """Number of batches."""
        if not isinstance(self.dataset, IterableDataset):
            return len(self.sampler if self.batch_sampler is None else self.batch_sampler)
        count = len(self.dataset)  # type: ignore[arg-type]  # where it has one
        if self.batch_size is None:
            return count
        whole, rest = divmod(count, int(self.batch_size))
        return whole if self.drop_last or not rest else whole + 1


def _check_dataset(dataset, sampler, batch_sampler):
    if isinstance(dataset, IterableDataset):
        return
    needed = ["__getitem__"]
    if sampler is None and batch_sampler is None:
        needed.append("__len__")
    if not all(hasattr(dataset, name) for name in needed):
        raise TypeError(
            f"DataLoader: dataset must have {' and '.join(needed)}, or be an IterableDataset, got "
            f"{type(dataset).__name__}"
        )
    for name, value in (("sampler", sampler), ("batch_sampler", batch_sampler)):
        if value is not None and not hasattr(value, "__iter__"):
            raise TypeError(
                f"DataLoader: {name} must be iterable, got {type(value).__name__} {value!r}"
            )


def _check_batches(batch_size, collate_fn):
    if batch_size is not None and (type(batch_size) is not int or batch_size <= 0):
        raise ValueError(
            f"DataLoader: batch_size must be a positive int or None, got {batch_size!r}"
        )
    if collate_fn is not None and not callable(collate_fn):
        raise TypeError(f"DataLoader: collate_fn must be callable, got {collate_fn!r}")


def _check_workers(num_workers, prefetch_factor, timeout):
    if not isinstance(num_workers, int) or num_workers < 0:
        raise ValueError(f"DataLoader: num_workers must be an int from 0, got {num_workers!r}")
    if prefetch_factor is not None and not num_workers:
        raise ValueError("DataLoader: prefetch_factor is for num_workers above 0")
    if prefetch_factor is not None and prefetch_factor <= 0:
        raise ValueError(f"DataLoader: prefetch_factor must be positive, got {prefetch_factor}")
    if not isinstance(timeout, (int, float)) or not timeout >= 0:
        raise ValueError(f"DataLoader: timeout must be a number from 0, got {timeout!r}")
