# Written by tools/stubs.py.
import builtins
import collections.abc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, overload
from typing_extensions import Self
from gemmule.data import dataset as dataset
from gemmule.data import loader as loader
from gemmule.data import sampler as sampler
from gemmule.data import workers as workers
from gemmule.data.dataset import ConcatDataset as ConcatDataset
from gemmule.data.dataset import Dataset as Dataset
from gemmule.data.dataset import IterableDataset as IterableDataset
from gemmule.data.dataset import Subset as Subset
from gemmule.data.dataset import TensorDataset as TensorDataset
from gemmule.data.dataset import random_split as random_split
from gemmule.data.loader import DataLoader as DataLoader
from gemmule.data.loader import default_collate as default_collate
from gemmule.data.sampler import BatchSampler as BatchSampler
from gemmule.data.sampler import RandomSampler as RandomSampler
from gemmule.data.sampler import Sampler as Sampler
from gemmule.data.sampler import SequentialSampler as SequentialSampler
from gemmule.data.sampler import SubsetRandomSampler as SubsetRandomSampler
from gemmule.data.sampler import WeightedRandomSampler as WeightedRandomSampler


