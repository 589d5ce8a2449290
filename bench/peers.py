"""What every benchmark shares: rows, peers, and measuring in turns.

A ``bench_<stem>.py`` gives ``rows()``: a list of :class:`Row`, each with one callable per engine
on the same numbers. ``python bench/bench_<stem>.py`` measures them in turns (A, B, A, B … in one
process, the median of the per-round ratios) at one thread and at all; ``pytest`` on the same file
runs them through pytest-benchmark.
"""

import argparse
import importlib
import os
import re
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

INSTALL = {
    "torch": "pip install torch (https://pytorch.org has the CPU build)",
    "threadpoolctl": "pip install threadpoolctl (without it NumPy's BLAS uses all cores)",
}


@dataclass
class Row:
    """One line of the table.

    Attributes:
        name: operation and shape.
        engines: engine name → a function that computes the row once and returns its result.
        flops, bytes: work and least traffic of one run; 0 where not stated.
        bound: largest allowed difference of the engines' results, relative to the largest value.
    """

    name: str
    engines: dict[str, Callable] = field(default_factory=dict)
    flops: float = 0.0
    bytes: float = 0.0
    bound: float = 1e-3


def peer(name):
    """The peer's module, or None where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def set_threads(count):
    """Let every engine that is installed use `count` threads."""
    import gemmule

    gemmule._C.set_num_threads(count)
    torch = peer("torch")
    if torch is not None:
        torch.set_num_threads(count)
    threadpoolctl = peer("threadpoolctl")
    if threadpoolctl is not None:
        threadpoolctl.threadpool_limits(count, user_api="blas")  # NumPy's


def as_numpy(result):
    """Any engine's result as an ndarray (the first of several)."""
    if isinstance(result, (tuple, list)):
        result = result[0]
    if hasattr(result, "detach"):
        result = result.detach().numpy()
    result = np.asarray(result)
    return result.astype("f4") if result.dtype == bool else result  # so that they subtract


def check_agreement(row):
    """Raise if two engines' results differ by more than the row's bound."""
    results = {name: as_numpy(run()) for name, run in row.engines.items()}
    ours = results.pop("gemmule")
    for other, theirs in results.items():
        scale = np.abs(theirs).max() if theirs.size else 0.0
        error = np.abs(ours - theirs).max() if theirs.size else 0.0
        if not error <= row.bound * scale:
            raise AssertionError(f"{row.name}: gemmule and {other} differ by {error:.2e}")


def seconds(run, repeats):
    """Seconds of one call, over `repeats` calls."""
    start = time.perf_counter()
    for _ in range(repeats):
        run()
    return (time.perf_counter() - start) / repeats


def in_turns(row, rounds=9, budget=0.05):
    """Measure the row's engines in turns.

    Each round times every engine for about `budget` seconds, after 20 ms of sleep and two untimed
    calls, since another engine's idle workers spin for a while.

    Returns:
        {engine: (median seconds, median, lowest and highest ratio to gemmule)}; the ratio is the
        engine's time over gemmule's, so above 1 gemmule is faster.
    """
    repeats = {}
    for name, run in row.engines.items():
        run()
        repeats[name] = max(1, int(budget / max(seconds(run, 1), 1e-7)))
    times = {name: [] for name in row.engines}
    for _ in range(rounds):
        for name, run in row.engines.items():
            time.sleep(0.02)
            run()
            run()
            times[name].append(seconds(run, repeats[name]))
    result = {}
    for name, taken in times.items():
        ratios = [t / g for t, g in zip(taken, times["gemmule"], strict=True)]
        result[name] = (
            statistics.median(taken),
            statistics.median(ratios),
            min(ratios),
            max(ratios),
        )
    return result


def main(rows, description):
    """The command line of a benchmark file: measure ``rows()`` in turns and print a table."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--only", default="", help="regular expression of row names")
    parser.add_argument("--threads", type=int, action="append", help="thread counts (1 and all)")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    import gemmule

    cores = len(os.sched_getaffinity(0))
    for threads in options.threads or sorted({1, cores}):
        set_threads(threads)
        print(f"\n{threads} thread{'s' if threads > 1 else ''}, {gemmule._C.isa()}")
        for row in rows():
            if not re.search(options.only, row.name):
                continue
            check_agreement(row)
            measured = in_turns(row, options.rounds)
            ours = measured["gemmule"][0]
            line = f"{row.name:<40} {ours * 1e3:9.4f} ms"
            if row.flops:
                line += f" {row.flops / ours / 1e9:7.1f} GF/s"
            elif row.bytes:
                line += f" {row.bytes / ours / 1e9:7.1f} GB/s"
            for name, (_, ratio, low, high) in measured.items():
                if name != "gemmule":
                    line += f"   {name} {ratio:5.2f}x ({low:.2f}-{high:.2f})"
            print(line, flush=True)
    for name, hint in INSTALL.items():
        if peer(name) is None:
            print(f"{name} is not installed: {hint}")
