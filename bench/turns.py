"""Measuring engines in turns, so that what disturbs the machine disturbs all of them alike.

A, B, A, B … in one process, several rounds. Each round gives one ratio of each engine's time to
ours; the median of these is far steadier than the ratio of two medians.
"""

import statistics
import time


def seconds(run, repeats):
    """Seconds of one call, over `repeats` calls."""
    start = time.perf_counter()
    for _ in range(repeats):
        run()
    return (time.perf_counter() - start) / repeats


def summary(times, ours="gemmule"):
    """What rounds of measured times say.

    Args:
        times: engine → seconds of one call, a number for each round; the rounds belong together.
        ours: the engine that the ratios are taken to.

    Returns:
        {engine: {"seconds": median, "ratio": median of the per-round ratios, "low", "high": their
        quartiles}}. A ratio is the engine's time over ours: above 1 ours is faster.
    """
    result = {}
    for engine, taken in times.items():
        ratios = [t / g for t, g in zip(taken, times[ours], strict=True)]
        low, high = ratios[0], ratios[0]
        if len(ratios) > 1:
            low, _, high = statistics.quantiles(ratios, n=4, method="inclusive")
        result[engine] = {
            "seconds": statistics.median(taken),
            "ratio": statistics.median(ratios),
            "low": low,
            "high": high,
        }
    return result


def rest(least=0.02, most=0.5):
    """Sleep for `least` seconds, and on until no thread of this process is busy.

    An engine's idle workers look out for work for a while (OpenBLAS's for 0.1 s), and whoever
    is timed meanwhile shares its cores with them.
    """
    end = time.perf_counter() + most
    while True:
        busy = time.process_time()
        time.sleep(least)
        if time.process_time() - busy < least / 10 or time.perf_counter() > end:
            return


def in_turns(engines, rounds=9, budget=0.05):
    """Measure {name: call} in turns; see :func:`summary` for the result.

    Each round times every engine for about `budget` seconds (one call at least), after a
    :func:`rest` and two untimed calls.
    """
    repeats = {}
    for name, run in engines.items():
        run()
        once = seconds(run, 1)
        if once < 1e-4:  # a single short call says little
            once = seconds(run, 100)
        repeats[name] = max(1, int(budget / max(once, 1e-8)))
    times = {name: [] for name in engines}
    for _ in range(rounds):
        for name, run in engines.items():
            rest()
            run()
            run()
            times[name].append(seconds(run, repeats[name]))
    return summary(times)
