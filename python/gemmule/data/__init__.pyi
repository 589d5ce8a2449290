# Written by tools/stubs.py.
from gemmule.data import (
    dataset as dataset,
    loader as loader,
    sampler as sampler,
    workers as workers,
)
from gemmule.data.dataset import (
    ConcatDataset as ConcatDataset,
    Dataset as Dataset,
    IterableDataset as IterableDataset,
    Subset as Subset,
    TensorDataset as TensorDataset,
    random_split as random_split,
)
from gemmule.data.loader import DataLoader as DataLoader, default_collate as default_collate
from gemmule.data.sampler import (
    BatchSampler as BatchSampler,
    RandomSampler as RandomSampler,
    Sampler as Sampler,
    SequentialSampler as SequentialSampler,
    SubsetRandomSampler as SubsetRandomSampler,
    WeightedRandomSampler as WeightedRandomSampler,
)


