import collections
import threading
import time

import gemmule
import numpy as np
import pytest
from gemmule.data import (
    BatchSampler,
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    RandomSampler,
    SequentialSampler,
    Subset,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
    default_collate,
    random_split,
)


class Squares(Dataset):
    def __init__(self, count):
        self.count = count

    def __getitem__(self, index):
        return index, float(index**2)

    def __len__(self):
        return self.count


class Stream(IterableDataset):
    def __iter__(self):
        return iter(range(7))

    def __len__(self):
        return 7


def rows(count, width=2):
    return gemmule.asarray(np.arange(count * width, dtype=np.float32).reshape(count, width))


def generator(seed=3):
    return gemmule.Generator().manual_seed(seed)


def test_tensor_dataset():
    data = TensorDataset(rows(5), np.arange(5))
    assert len(data) == 5 and [part.tolist() for part in data[2]] == [[4, 5], 2]
    with pytest.raises(ValueError, match=r"the tensors' lengths differ: \[5, 4\]"):
        TensorDataset(rows(5), rows(4))
    with pytest.raises(ValueError, match="TensorDataset: expected at least one tensor, got none"):
        TensorDataset()
    with pytest.raises(ValueError, match="TensorDataset: tensor 1 has no rows"):
        TensorDataset(rows(5), gemmule.tensor(3))


def test_loader_in_order():
    loader = DataLoader(TensorDataset(rows(5), gemmule.tensor(range(5))), batch_size=2)
    assert len(loader) == 3
    batches = list(loader)
    assert [labels.tolist() for _, labels in batches] == [[0, 1], [2, 3], [4]]
    assert batches[1][0].tolist() == [[4, 5], [6, 7]]
    assert len(DataLoader(rows(5), batch_size=2, drop_last=True)) == 2
    assert [b.shape for b in DataLoader(rows(5), batch_size=2, drop_last=True)] == [(2, 2)] * 2


def labels_of(loader):
    return [label for _, labels in loader for label in labels.tolist()]


def test_shuffling():
    data = TensorDataset(rows(50), gemmule.tensor(range(50)))
    loader = DataLoader(data, batch_size=8, shuffle=True, seed=1)
    first, second = labels_of(loader), labels_of(loader)
    assert sorted(first) == sorted(second) == list(range(50))
    assert first != second and first != sorted(first)
    assert labels_of(DataLoader(data, batch_size=8, shuffle=True, seed=1)) == first
    assert labels_of(DataLoader(data, batch_size=3, shuffle=True, seed=1)) == first
    gemmule.manual_seed(5)
    third = labels_of(DataLoader(data, batch_size=8, shuffle=True))
    gemmule.manual_seed(5)
    assert labels_of(DataLoader(data, batch_size=8, shuffle=True)) == third
    for inputs, labels in loader:
        assert inputs.tolist() == [[2 * i, 2 * i + 1] for i in labels.tolist()]


def test_any_sequence_is_a_dataset():
    assert [b.tolist() for b in DataLoader([1, 2, 3], batch_size=2)] == [[1, 2], [3]]
    got = list(DataLoader(Squares(3), batch_size=3))
    assert [part.tolist() for part in got[0]] == [[0, 1, 2], [0, 1, 4]]
    assert got[0][0].dtype == gemmule.int64 and got[0][1].dtype == gemmule.float32


def test_a_subclass_of_tensor_dataset_makes_its_own_samples():
    class Negated(TensorDataset):
        def __getitem__(self, index):
            return tuple(-part for part in super().__getitem__(index))

    data = Negated(rows(4))
    assert next(iter(DataLoader(data, 2)))[0].tolist() == [[0, -1], [-2, -3]]
    assert next(iter(DataLoader(Subset(data, [3]), 2)))[0].tolist() == [[-6, -7]]


def test_batch_method_and_collate_fn():
    class Whole(Squares):
        def batch(self, indices):
            return indices.tolist()

    assert list(DataLoader(Whole(3), 2)) == [[0, 1], [2]]
    data = TensorDataset(rows(3))
    assert list(DataLoader(data, 2, collate_fn=len)) == [2, 1]
    single = list(DataLoader(data, batch_size=None))
    assert len(single) == 3 and single[1][0].tolist() == [2, 3]


def test_getitems_and_other_attributes_called_batch():
    class Many(Squares):
        batch = 32  # not the method

        def __getitems__(self, indices):
            return [(index, 0.5) for index in indices]

    got = list(DataLoader(Many(3), 2))
    assert [[part.tolist() for part in parts] for parts in got] == [
        [[0, 1], [0.5, 0.5]],
        [[2], [0.5]],
    ]


class Threads(Squares):
    """Notes which threads ask for samples; the first samples take longest."""

    def __init__(self, count):
        super().__init__(count)
        self.seen, self.asked = set(), []

    def __getitem__(self, index):
        self.seen.add(threading.get_ident())
        self.asked.append(index)
        time.sleep(0.02 if index < 2 else 0.001)
        return super().__getitem__(index)


@pytest.mark.parametrize("workers", [1, 3])
def test_workers_make_the_same_batches(workers):
    data, started = Threads(20), []
    loader = DataLoader(data, 3, shuffle=True, seed=2, num_workers=workers,
                        worker_init_fn=started.append, timeout=60)  # fmt: skip
    batches = [batch[0].tolist() for batch in loader]
    plain = DataLoader(Squares(20), 3, shuffle=True, seed=2)
    assert batches == [batch[0].tolist() for batch in plain]
    assert threading.get_ident() not in data.seen
    assert len(data.seen) == len(started) <= workers and set(started) <= set(range(workers))
    assert len(list(loader)) == 7


def test_workers_run_no_further_ahead_than_asked():
    data = Threads(100)
    batches = iter(DataLoader(data, 1, num_workers=2, prefetch_factor=3))
    next(batches)
    time.sleep(0.1)
    assert len(data.asked) <= 7
    batches.close()


def test_workers_pass_errors_on():
    class Broken(Squares):
        def __getitem__(self, index):
            if index == 3:
                raise OSError("sample 3 cannot be read")
            return index

    batches = iter(DataLoader(Broken(6), 1, num_workers=2))
    assert [next(batches).tolist() for _ in range(3)] == [[0], [1], [2]]
    with pytest.raises(OSError, match="sample 3 cannot be read"):
        next(batches)


def test_workers_that_are_late():
    class Slow(Squares):
        def __getitem__(self, index):
            time.sleep(0.5)

    with pytest.raises(RuntimeError, match=r"no batch came within its timeout of 0.05 s"):
        next(iter(DataLoader(Slow(2), num_workers=1, timeout=0.05)))


def test_workers_of_a_stream_and_of_single_samples():
    loader = DataLoader(Stream(), 3, num_workers=4)
    assert [b.tolist() for b in loader] == [[0, 1, 2], [3, 4, 5], [6]]
    assert [s[0] for s in DataLoader(Squares(3), batch_size=None, num_workers=2)] == [0, 1, 2]


def test_iterable_dataset():
    assert [b.tolist() for b in DataLoader(Stream(), 3)] == [[0, 1, 2], [3, 4, 5], [6]]
    assert [b.tolist() for b in DataLoader(Stream(), 3, drop_last=True)] == [[0, 1, 2], [3, 4, 5]]
    assert list(DataLoader(Stream(), batch_size=None)) == list(range(7))
    assert len(DataLoader(Stream(), 3)) == 3 and len(DataLoader(Stream(), 3, drop_last=True)) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (dict(batch_size=0), "^DataLoader: batch_size must be a positive int or None, got 0"),
        (dict(batch_size=2.0), "^DataLoader: batch_size must be a positive int or None, got 2.0"),
        (dict(sampler=[0, 1], shuffle=True), "sampler excludes shuffle"),
        (dict(batch_sampler=[[0]], batch_size=3), "batch_sampler excludes batch_size"),
        (dict(batch_size=None, drop_last=True), "batch_size None excludes drop_last"),
        (dict(num_workers=-1), "num_workers must be an int from 0, got -1"),
        (dict(prefetch_factor=2), "prefetch_factor is for num_workers above 0"),
        (dict(num_workers=1, prefetch_factor=0), "prefetch_factor must be positive, got 0"),
        (dict(timeout=-1), "timeout must be a number from 0, got -1"),
        (dict(seed=1, generator=gemmule.Generator()), "give generator or seed, not both"),
    ],
)
def test_loader_mistakes(options, message):
    with pytest.raises(ValueError, match=message):
        DataLoader(Squares(4), **options)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((3,), "dataset must have __getitem__ and __len__, or be an IterableDataset, got int"),
        ((iter([1]),), "dataset must have __getitem__ and __len__, or .*, got list_iterator"),
        (([1], 1, None, 3), "sampler must be iterable, got int 3"),
        (([1], 1, None, None, 3), "batch_sampler must be iterable, got int 3"),
        (([1], 1, None, None, None, 0, 3), "collate_fn must be callable, got 3"),
    ],
)
def test_loader_says_what_is_nothing_of_the_kind(arguments, message):
    with pytest.raises(TypeError, match=f"^DataLoader: {message}"):
        DataLoader(*arguments)


def test_stream_has_its_own_order():
    with pytest.raises(ValueError, match="an IterableDataset has its own order"):
        DataLoader(Stream(), shuffle=True)


def test_collate():
    Point = collections.namedtuple("Point", "x y")
    got = default_collate([{"a": gemmule.ones(2), "b": "x"}, {"a": gemmule.zeros(2), "b": "y"}])
    assert got["a"].tolist() == [[1, 1], [0, 0]] and got["b"] == ["x", "y"]
    point = default_collate([Point(1, 2.0), Point(3, 4.0)])
    assert type(point) is Point and point.x.tolist() == [1, 3] and point.y.tolist() == [2, 4]
    assert default_collate([np.float64(1), np.float64(2)]).dtype == gemmule.float64
    for batch, kind in ((iter([1]), "list_iterator"), ({1}, "set"), ({"a": 1}, "dict")):
        message = f"^default_collate: expected a list of samples for 'batch', got {kind}$"
        with pytest.raises(TypeError, match=message):
            default_collate(batch)
    assert default_collate([True, False]).dtype == gemmule.bool
    assert default_collate([np.ones(3, np.int32)] * 2).shape == (2, 3)
    nested = default_collate([[1, (2, 3)], [4, (5, 6)]])
    assert nested[0].tolist() == [1, 4] and [n.tolist() for n in nested[1]] == [[2, 5], [3, 6]]
    with pytest.raises(TypeError, match="not object; see collate_fn"):
        default_collate([object()])


@pytest.mark.parametrize(
    ("batch", "error", "message"),
    [
        ([[1], [1, 2]], ValueError, "sample 0 .* has length 1, sample 1 has length 2; make them"),
        ([np.ones(2), np.ones(3)], ValueError, r"shape \(2,\), sample 1 has shape \(3,\); make"),
        ([gemmule.ones(2)] * 2 + [gemmule.ones(1)], ValueError, r", sample 2 has shape \(1,\)"),
        ([(np.ones(2), 1), (np.ones(3), 1)], ValueError, r"has shape \(2,\), sample 1 has shape"),
        ([{"a": 1}, {"b": 2}], ValueError, r"has keys \['a'\], sample 1 has keys \['b'\]"),
        ([1, "a"], TypeError, "is a number, sample 1 is of type str"),
        ([1, [2]], TypeError, "is a number, sample 1 is a tuple or list"),
        ([gemmule.ones(2), 3], TypeError, "is a Tensor, sample 1 is a number"),
        ([(1, 2), 3], TypeError, "is a tuple or list, sample 1 is a number"),
        ([{"a": 1}, 3], TypeError, "is a dict, sample 1 is a number"),
        ([], ValueError, "expected a list of samples, got none"),
    ],
)
def test_collate_says_which_samples_differ(batch, error, message):
    with pytest.raises(error, match=f"^default_collate: .*{message}"):
        default_collate(batch)
    if batch:
        with pytest.raises(error, match=message):
            list(DataLoader(batch, batch_size=len(batch)))


def test_subset_concat_and_split():
    data = TensorDataset(rows(6), gemmule.tensor(range(6)))
    part = Subset(data, [4, 1, 0])
    assert len(part) == 3 and part[1][1].item() == 1
    assert labels_of(DataLoader(part, 2)) == [4, 1, 0]
    assert labels_of(DataLoader(Subset(part, [2, 0]), 2)) == [0, 4]
    both = part + Subset(data, [5])
    assert len(both) == 4 and labels_of(DataLoader(both, 3)) == [4, 1, 0, 5]
    assert both[-1][1].item() == 5
    with pytest.raises(IndexError, match="sample 4 of 4"):
        both[4]
    with pytest.raises(ValueError, match="there is no data set"):
        ConcatDataset([])


def test_random_split():
    data = TensorDataset(gemmule.tensor(range(10)))
    first, second, third = random_split(data, [5, 3, 2], generator())
    assert [len(part) for part in (first, second, third)] == [5, 3, 2]
    numbers = [sample[0].item() for part in (first, second, third) for sample in part]
    assert sorted(numbers) == list(range(10)) and numbers != sorted(numbers)
    again = random_split(data, [5, 3, 2], generator())
    assert again[0].indices == first.indices
    assert [len(part) for part in random_split(data, [0.5, 0.25, 0.25])] == [6, 2, 2]
    with pytest.raises(ValueError, match=r"lengths \[5, 3\] do not add up to 10 samples"):
        random_split(data, [5, 3])
    with pytest.raises(ValueError, match=r"lengths must not be negative, got \[12, -2\]"):
        random_split(data, [12, -2])
    with pytest.raises(TypeError, match="random_split: lengths must be a list of numbers, got int"):
        random_split(data, 5)
    with pytest.raises(TypeError, match="random_split: lengths must be a list of numbers, got str"):
        random_split(data, "ab")
    with pytest.raises(ValueError, match=r"lengths \[4.5, 5.5\] must be whole, or fractions"):
        random_split(data, [4.5, 5.5])
    for lengths in (np.array([5, 3, 2]), gemmule.tensor([5, 3, 2]), (n for n in (5, 3, 2))):
        assert [len(part) for part in random_split(data, lengths)] == [5, 3, 2]
    assert [len(part) for part in random_split(data, np.array([0.5, 0.25, 0.25]))] == [6, 2, 2]
    with pytest.raises(ValueError, match=r"lengths \[5, 3\] do not add up to 10 samples"):
        random_split(data, np.array([5, 3]))


def test_samplers():
    assert list(SequentialSampler("abc")) == [0, 1, 2]
    assert sorted(RandomSampler("abcd")) == [0, 1, 2, 3]
    assert len(list(RandomSampler("abc", num_samples=7))) == 7
    assert sorted(list(RandomSampler("abc", num_samples=6))[:3]) == [0, 1, 2]
    drawn = list(RandomSampler("abc", replacement=True, num_samples=100, generator=generator()))
    assert len(drawn) == 100 and set(drawn) == {0, 1, 2}
    assert list(RandomSampler("")) == []
    assert sorted(SubsetRandomSampler([7, 5, 9])) == [5, 7, 9]
    assert list(BatchSampler(iter_of(5), 2, False)) == [[0, 1], [2, 3], [4]]
    assert list(BatchSampler(SequentialSampler("abcde"), 2, True)) == [[0, 1], [2, 3]]
    loader = DataLoader(Squares(5), sampler=[3, 1], batch_size=2)
    assert labels_of(loader) == [9, 1]
    loader = DataLoader(Squares(5), batch_sampler=[[3], [1, 2]])
    assert [labels.tolist() for _, labels in loader] == [[9], [1, 4]] and len(loader) == 2
    with pytest.raises(ValueError, match="num_samples must be positive, got 0"):
        RandomSampler("abc", num_samples=0)


class iter_of:
    """A sampler that knows nothing but its numbers."""

    def __init__(self, count):
        self.count = count

    def __iter__(self):
        return iter(range(self.count))

    def __len__(self):
        return self.count


def test_weighted_sampler():
    weights = [1.0, 0.0, 3.0, 6.0]
    drawn = list(WeightedRandomSampler(weights, 20000, generator=generator()))
    shares = np.bincount(drawn, minlength=4) / 20000
    np.testing.assert_allclose(shares, [0.1, 0, 0.3, 0.6], atol=0.015)
    for seed in range(5):
        sampler = WeightedRandomSampler(weights, 3, replacement=False, generator=generator(seed))
        assert sorted(sampler) == [0, 2, 3]
    firsts = [
        next(iter(WeightedRandomSampler(weights, 1, replacement=False, generator=generator(s))))
        for s in range(2000)
    ]
    shares = np.bincount(firsts, minlength=4) / 2000
    np.testing.assert_allclose(shares, [0.1, 0, 0.3, 0.6], atol=0.04)
    with pytest.raises(ValueError, match="need as many positive weights, got 3"):
        WeightedRandomSampler(weights, 4, replacement=False)
    with pytest.raises(ValueError, match="weights are one row of numbers"):
        WeightedRandomSampler([-1.0, 2.0], 1)
