# Written by tools/stubs.py.
import builtins
from collections.abc import Iterator
from typing import Any
from gemmule.data.dataset import IterableDataset as IterableDataset
from gemmule.data.sampler import (
    BatchSampler as BatchSampler,
    RandomSampler as RandomSampler,
    SequentialSampler as SequentialSampler,
)
from gemmule.data.workers import ahead as ahead, made_ahead as made_ahead
from gemmule.ops.create import asarray as asarray, tensor as tensor
from gemmule.ops.random import Generator as Generator
from gemmule.ops.shape_join import stack as stack
from gemmule.tensor import Tensor as Tensor

def default_collate(batch: Any) -> Any: ...

class DataLoader:
    def __init__(self, dataset: Any, batch_size: Any = 1, shuffle: Any = None, sampler: Any = None, batch_sampler: Any = None, num_workers: builtins.int = 0, collate_fn: Any = None, pin_memory: builtins.bool = False, drop_last: builtins.bool = False, timeout: Any = 0, worker_init_fn: Any = None, multiprocessing_context: Any = None, generator: Generator | None = None, *, prefetch_factor: Any = None, persistent_workers: builtins.bool = False, pin_memory_device: builtins.str = '', in_order: builtins.bool = True, seed: Any = None) -> None: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __len__(self) -> builtins.int: ...
    dataset: Any
    batch_size: Any
    drop_last: builtins.bool
    num_workers: builtins.int
    pin_memory: builtins.bool
    timeout: Any
    worker_init_fn: Any
    prefetch_factor: Any
    generator: Any
    sampler: Any
    batch_sampler: Any
    collate_fn: Any
