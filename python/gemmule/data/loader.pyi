# Written by tools/stubs.py.
from collections.abc import Iterator
from typing import Any
from gemmule.ops.random import Generator

def default_collate(batch: Any) -> Any: ...

class DataLoader:
    def __init__(self, dataset: Any, batch_size: Any = 1, shuffle: Any = None, sampler: Any = None, batch_sampler: Any = None, num_workers: int = 0, collate_fn: Any = None, pin_memory: bool = False, drop_last: bool = False, timeout: Any = 0, worker_init_fn: Any = None, multiprocessing_context: Any = None, generator: Generator | None = None, *, prefetch_factor: Any = None, persistent_workers: bool = False, pin_memory_device: str = '', in_order: bool = True, seed: Any = None) -> None: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __len__(self) -> int: ...
    dataset: Any
    batch_size: Any
    drop_last: bool
    num_workers: int
    pin_memory: bool
    timeout: Any
    worker_init_fn: Any
    prefetch_factor: Any
    generator: Any
    sampler: Any
    batch_sampler: Any
    collate_fn: Any
