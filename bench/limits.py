"""What the machine can reach at most, measured in the run that is held against it.

The loops are gemmule's probes (csrc/kernels/probe.cpp): multiply-adds that never leave the
registers, and passes over arrays that do nothing else. Each figure is the best of several tries,
since whatever disturbs a machine only slows it.
"""

import functools
import time

import gemmule
from gemmule import _C

TRAFFIC = {"copy": 2, "triad": 3, "update": 2, "read": 1}  # arrays' worth of bytes moved
ARRAYS = {"copy": 2, "triad": 3, "update": 1, "read": 1}  # arrays' worth of bytes touched
FAR = 256 << 20  # bytes; beyond the share of any cache that a few cores get
STEP = 64  # elements


def best(work, run, tries):
    """The largest work per second of several tries."""
    rate = 0.0
    for _ in range(tries):
        start = time.perf_counter()
        run()
        rate = max(rate, work / (time.perf_counter() - start))
    return rate


def multiply_adds(rounds):
    """Run `rounds` rounds of multiply-adds on every thread; how many operations that is."""
    return _C.probe_multiply_add(rounds)


def flops_per_second(tries=20, seconds=0.005):
    """float32 multiply-adds of all threads, two operations each."""
    done = multiply_adds(1000)
    start = time.perf_counter()
    multiply_adds(10_000)
    rounds = max(1000, int(10_000 * seconds / (time.perf_counter() - start)))
    return best(done / 1000 * rounds, lambda: multiply_adds(rounds), tries)


@functools.cache
def bytes_per_second(traffic, footprint, threads, tries=5, moved=1 << 26):
    """Bytes moved by passes over arrays of `footprint` bytes in all; the better of plain stores
    and of stores past the cache. `threads` is how many are set: it tells cached answers apart."""
    elements = max(1, int(footprint) // (4 * ARRAYS[traffic] * STEP)) * STEP
    to, a, b = (gemmule.ones(elements)._array for _ in range(3))
    if ARRAYS[traffic] < 3:
        b = a
    work = 4.0 * elements * TRAFFIC[traffic]
    passes = max(1, int(moved / work))

    def rate(streaming):
        return best(
            work * passes, lambda: _C.probe_stream(traffic, to, a, b, passes, streaming), tries
        )

    return max(rate(streaming) for streaming in (False, True))


def machine(threads):
    """{"flops": per second, "bytes": {traffic: per second far beyond the cache}} as set now."""
    return {
        "flops": flops_per_second(),
        "bytes": {name: bytes_per_second(name, FAR, threads, tries=3) for name in TRAFFIC},
    }


def share(row, seconds, peak, threads):
    """What a row's time is of the floor that the machine sets for it.

    The floor is the longer of its operations at `peak` and of its bytes at the bandwidth for its
    own footprint.

    Returns:
        {"bound": "peak", "bandwidth" or "", "share": floor over time, "bandwidth": at the row's
        footprint}.
    """
    arithmetic = row.flops / peak
    bandwidth = 0.0
    if row.bytes:
        # In whole powers of two, so that rows of nearly one size share a measurement.
        footprint = 1 << max(12, round(row.footprint or row.bytes).bit_length() - 1)
        bandwidth = bytes_per_second(row.traffic, min(footprint, FAR), threads)
    memory = row.bytes / bandwidth if bandwidth else 0.0
    if not row.flops and not row.bytes:
        return {"bound": "", "share": 0.0, "bandwidth": 0.0}
    bound = "peak" if arithmetic >= memory else "bandwidth"
    return {
        "bound": bound,
        "share": max(arithmetic, memory) / seconds,
        "bandwidth": bandwidth,
    }
