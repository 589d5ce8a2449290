"""Measures every engine on every row, in turns, and writes a table, its data and a picture.

    python bench/report.py                        # every row of the table
    python bench/report.py --quick                # a row or two of each kind: two minutes
    python bench/report.py --only "conv.*forward" --threads 1

A run is one process for each number of threads, bound to that many cores, and one more for each
number above 1 whose idle threads sleep rather than spin (OMP_WAIT_POLICY=PASSIVE). In it the
engines of a row take turns: a rest of 20 ms, or until no engine's idle workers look out for work
any more, and two untimed calls before each, several rounds, the median of the per-round ratios.
Their results are compared before anything is timed.
"""

import argparse
import contextlib
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import output
from suite import MODULES, chosen, rows_of, section_of

HERE = Path(__file__).parent
QUICK = 108.0  # seconds; the last row, the picture and the end take some more


def parse(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="regular expression of row names")
    parser.add_argument("--quick", action="store_true", help="few rows, few rounds: two minutes")
    parser.add_argument("--all", action="store_true", help="rows outside the table too")
    parser.add_argument("--threads", type=int, action="append", help="default: 1 and all cores")
    parser.add_argument("--rounds", type=int, help="default: 9, quick: 3")
    parser.add_argument("--no-curves", dest="curves", action="store_false", help="no scaling plots")
    parser.add_argument("--no-passive", dest="passive", action="store_false",
                        help="no runs with OMP_WAIT_POLICY=PASSIVE")  # fmt: skip
    parser.add_argument("--update", action="store_true",
                        help="keep the other rows of the report there")  # fmt: skip
    parser.add_argument("--out", type=Path, help="folder for the results; default: bench/results "
                        "for a whole report and its updates, else bench/latest")  # fmt: skip
    parser.add_argument("--child", help=argparse.SUPPRESS)  # results go to this file descriptor
    parser.add_argument("--seconds", type=float, default=float("inf"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    options.rounds = options.rounds or (3 if options.quick else 9)
    options.curves = options.curves and not options.quick
    whole = options.update or not (options.quick or options.only)
    options.out = options.out or HERE / ("results" if whole else "latest")
    with contextlib.suppress(re.error):
        re.compile(options.only)
        return options
    parser.error(f"--only: {options.only!r} is not a regular expression")


def cores():
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def runs(options):
    """(threads, wait policy) of each process."""
    numbers = options.threads or sorted({1, len(cores()) or os.cpu_count()})
    passive = [(n, "passive") for n in numbers if n > 1] if options.passive else []
    return [(n, "default") for n in numbers] + passive


# ---- the child: one number of threads


def measure_row(row, options, threads, peak):
    """What the report says of one row."""
    from limits import multiply_adds, share
    from peers import check_agreement
    from turns import in_turns

    check_agreement(row)
    turns = dict(row.engines)
    if row.flops:
        # The machine's own speed in these very rounds, since it may not stay what it was.
        rounds = max(1000, int(peak * 0.002 / multiply_adds(1)))
        turns["multiply-add"] = lambda: multiply_adds(rounds)
    engines = in_turns(turns, options.rounds, budget=0.01 if options.quick else 0.05)
    loop = engines.pop("multiply-add", None)
    reached = share(row, engines["gemmule"]["seconds"], peak, threads)
    return {
        "row": row.name,
        "flops": row.flops,
        "bytes": row.bytes,
        "footprint": row.footprint or row.bytes,
        "traffic": row.traffic,
        "missing": row.missing(),
        "note": row.note,
        "engines": engines,
        "beside": multiply_adds(1) * rounds / loop["seconds"] if loop else 0.0,
        **reached,
    }


def child(options):
    """Measure with as many threads as there is one of in --threads; a JSON line for each event."""
    deadline = time.monotonic() + options.seconds
    threads = options.threads[0]
    if cores():
        os.sched_setaffinity(0, cores()[:threads])
    pipe = os.fdopen(int(options.child), "w")

    def tell(**event):
        print(json.dumps(event), file=pipe, flush=True)

    import peers
    from limits import flops_per_second, machine

    peers.set_threads(threads)
    limits = machine(threads)
    tell(limits=limits, versions=output.versions())
    for module in MODULES:
        peers.select(lambda name, module=module: chosen(module, name, options))
        for row in rows_of(module):
            if not peers.wanted(row.name):
                continue
            if time.monotonic() > deadline:
                tell(left_out=row.name)
                continue
            tell(at=row.name)
            section = section_of(module, row.name)
            if section and section.reads and not row.bytes:
                row.bytes, row.traffic = section.reads, "read"
            try:
                tell(module=module, **measure_row(row, options, threads, limits["flops"]))
            except AssertionError as difference:
                tell(failed=row.name, reason=str(difference))
            row = None  # its arrays go before the next row's come
        tell(done=module)
    # A machine that slowed down meanwhile shows here.
    tell(end={"flops": flops_per_second()})


# ---- the parent


def progress_bar(total):
    """tqdm's bar, or one that prints nothing where tqdm is not installed."""
    try:
        from tqdm import tqdm
    except ImportError:
        print('tqdm is not installed, so there is no progress bar: pip install ".[bench]"')
        return None
    return tqdm(total=total, unit="row", leave=False)


def run(threads, policy, options, bar, seconds):
    """One child that begins no row after `seconds`: {"threads", "policy", "limits", "versions",
    "rows", "failed", "left_out", "end"}."""
    read, write = os.pipe()
    command = [sys.executable, __file__, "--child", str(write), "--threads", str(threads)]
    command += ["--rounds", str(options.rounds), "--only", options.only]
    command += ["--seconds", str(seconds)]
    command += ["--quick"] * options.quick + ["--all"] * options.all
    # The passive runs and the curves: what waits, not what grows.
    command += ["--no-curves"] * (not options.curves or policy == "passive")
    environment = {k: v for k, v in os.environ.items() if k != "OMP_WAIT_POLICY"}
    if policy == "passive":
        environment["OMP_WAIT_POLICY"] = "PASSIVE"
    result = {"threads": threads, "policy": policy, "rows": [], "failed": [], "left_out": []}
    with subprocess.Popen(command, env=environment, pass_fds=[write]) as process:
        os.close(write)
        for line in os.fdopen(read):
            event = json.loads(line)
            if "done" in event:
                bar and bar.update()
            elif "at" in event:
                bar and bar.set_postfix_str(f"{threads} {policy}: {event['at'][:40]}")
            elif "failed" in event:
                result["failed"].append(event)
            elif "left_out" in event:
                result["left_out"].append(event["left_out"])
            elif "row" in event:
                result["rows"].append(event)
            else:
                result.update(event)
    if process.returncode:
        raise SystemExit(f"measuring with {threads} threads ended with {process.returncode}")
    return result


def main(arguments=None):
    options = parse(arguments)
    if options.child:
        return child(options)
    planned = runs(options)
    bar = progress_bar(len(planned) * len(MODULES))
    data = {"machine": output.machine(), "options": output.plain(options), "runs": []}
    end = time.monotonic() + (QUICK if options.quick else float("inf"))
    for i, (threads, policy) in enumerate(planned):
        share = (end - time.monotonic()) / (len(planned) - i)
        data["runs"].append(run(threads, policy, options, bar, share))
    bar and bar.close()
    for path in output.write(data, options.out, options.update):
        print(path)
    print(output.closing(data))
    return 1 if any(r["failed"] for r in data["runs"]) else 0


if __name__ == "__main__":
    sys.exit(main())
