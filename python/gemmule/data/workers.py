"""Batches made ahead of their use, by threads."""

import collections
import concurrent.futures
import itertools

__all__ = ["ahead", "made_ahead"]

_END = object()


def made_ahead(make, keys, workers, depth, timeout=0, worker_init_fn=None):
    """``make(key)`` for each of the keys, in their order, up to `depth` of them made before they
    are asked for.

    Threads, not processes: a batch needs no copying, and what takes the time, reading files,
    decoding, NumPy and gemmule, lets other threads run meanwhile.

    Args:
        make: called in the workers, several at a time.
        keys: iterated in the calling thread.
        workers: how many threads.
        depth: how many results may wait.
        timeout: seconds to wait for a result; 0 is for ever.
        worker_init_fn: called in each worker first, with its number; or None.

    Raises:
        RuntimeError: a result took longer than `timeout`.
    """
    numbers, keys = itertools.count(), iter(keys)
    pool = concurrent.futures.ThreadPoolExecutor(
        workers,
        "gemmule-loader",
        None if worker_init_fn is None else lambda: worker_init_fn(next(numbers)),
    )
    pending: collections.deque[concurrent.futures.Future[object]] = collections.deque()
    try:
        for key in itertools.islice(keys, depth):
            pending.append(pool.submit(make, key))
        while pending:
            future = pending.popleft()
            if not concurrent.futures.wait([future], timeout or None).done:
                raise RuntimeError(f"DataLoader: no batch came within its timeout of {timeout} s")
            result = future.result()
            for key in itertools.islice(keys, 1):
                pending.append(pool.submit(make, key))
            yield result
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def ahead(iterator, depth, timeout=0, worker_init_fn=None):
    """The results of an iterator, read ahead by one thread. See :func:`made_ahead`."""

    def following(_):
        return next(iterator, _END)

    results = made_ahead(following, itertools.repeat(None), 1, depth, timeout, worker_init_fn)
    try:
        yield from itertools.takewhile(lambda result: result is not _END, results)
    finally:
        results.close()
