"""The benchmark suite: its arithmetic on made-up times, its rows' names, and one small report."""

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import gemmule
import numpy as np
import pytest
from check import threads
from gemmule import _C

BENCH = Path(__file__).parent.parent / "bench"
sys.path.insert(0, str(BENCH))

import limits  # noqa: E402
import output  # noqa: E402
import peers  # noqa: E402
import reasons  # noqa: E402
import suite  # noqa: E402
import turns  # noqa: E402


def test_ratios_are_taken_round_by_round():
    # A disturbed round slows both engines alike: its ratio is as good as any other.
    times = {"gemmule": [1.0, 10.0, 1.0, 2.0, 1.0], "numpy": [2.0, 20.0, 3.0, 2.0, 2.5]}
    result = turns.summary(times)
    # The ratios are 2, 2, 3, 1, 2.5; that of the medians would be 2.5.
    assert result["numpy"] == {"seconds": 2.5, "ratio": 2.0, "low": 2.0, "high": 2.5}
    assert result["gemmule"] == {"seconds": 1.0, "ratio": 1.0, "low": 1.0, "high": 1.0}


def test_one_round_has_no_spread():
    result = turns.summary({"gemmule": [2.0], "torch": [3.0]})
    assert result["torch"] == {"seconds": 3.0, "ratio": 1.5, "low": 1.5, "high": 1.5}


def test_engines_take_turns():
    order = []
    engines = {name: lambda name=name: order.append(name) for name in ("gemmule", "other")}
    result = turns.in_turns(engines, rounds=3, budget=0.0)
    assert result["gemmule"]["ratio"] == 1.0
    # Three rounds, each of two untimed calls and a timed one.
    assert order[-18:] == [*["gemmule"] * 3, *["other"] * 3] * 3


def test_results_that_differ_are_not_timed():
    row = peers.Row("twice", bound=1e-3)
    row.engines = {"gemmule": lambda: np.full(3, 2.0), "numpy": lambda: np.full(3, 2.001)}
    peers.check_agreement(row)
    row.engines["torch"] = lambda: np.full(3, 2.01)
    with pytest.raises(AssertionError, match=r"twice: gemmule and torch differ by 1.00e-02: 2 and"):
        peers.check_agreement(row)
    row.engines["torch"] = lambda: np.full((3, 1), 2.0)
    with pytest.raises(AssertionError, match=r"give shapes \(3,\) and \(3, 1\)"):
        peers.check_agreement(row)
    row.engines["torch"] = lambda: np.full(3, np.nan)
    with pytest.raises(AssertionError, match="differ by nan"):
        peers.check_agreement(row)
    # Ours must agree with both at once, a peer may be wrong the first time it is called.
    answers = iter([3.0, 2.0])
    row.engines["torch"] = lambda: np.full(3, next(answers))
    peers.check_agreement(row)
    assert row.note == "torch's first result differed"


def test_share_of_the_higher_floor(monkeypatch):
    monkeypatch.setattr(limits, "bytes_per_second", lambda traffic, footprint, threads: 1e9)
    row = peers.Row("r", flops=4e9, bytes=1e9)
    assert limits.share(row, 4.0, 2e9, 1) == {"bound": "peak", "share": 0.5, "bandwidth": 1e9}
    assert limits.share(row, 4.0, 8e9, 1)["bound"] == "bandwidth"
    assert limits.share(row, 4.0, 8e9, 1)["share"] == 0.25
    assert limits.share(peers.Row("r"), 4.0, 2e9, 1)["bound"] == ""


def test_limits_are_measured():
    with threads(1):
        # A product of matrices in cache cannot beat the loop that never leaves the registers.
        a = gemmule.ones(192, 192)
        product = limits.best(2.0 * 192**3, lambda: gemmule.matmul(a, a), 20)
        # On a shared machine either may be disturbed for a while: the best of many tries.
        peak = 0.0
        for _ in range(50):
            peak = max(peak, limits.flops_per_second(tries=5))
            if product < 1.1 * peak:
                break
        assert 0.05 * peak < product < 1.1 * peak
        for traffic in limits.TRAFFIC:
            assert limits.bytes_per_second(traffic, 1 << 20, 1, tries=2) > 1e8


def test_probe_passes_do_what_they_say():
    n = 1 << 12
    to, a, b = gemmule.zeros(n), gemmule.arange(float(n)), gemmule.ones(n)
    for streaming in (False, True):
        for count in (1, 3):
            with threads(count):
                _C.probe_stream("copy", to._array, a._array, b._array, 1, streaming)
                np.testing.assert_array_equal(to.numpy(), a.numpy())
                _C.probe_stream("triad", to._array, a._array, b._array, 2, streaming)
                np.testing.assert_array_equal(to.numpy(), a.numpy() + 0.5)
    _C.probe_stream("update", to._array, a._array, b._array, 3, False)
    np.testing.assert_array_equal(to.numpy(), -a.numpy() - 0.5)
    with pytest.raises(ValueError, match="expected copy, triad, update or read, got write"):
        _C.probe_stream("write", to._array, a._array, b._array, 1, False)
    with pytest.raises(ValueError, match="row-major float32 arrays of one size"):
        _C.probe_stream("copy", to._array, a[1:]._array, b._array, 1, False)
    odd = gemmule.ones(100)._array
    with pytest.raises(ValueError, match="a multiple of 64 elements"):
        _C.probe_stream("copy", odd, odd, odd, 1, False)


@pytest.fixture(scope="module")
def names():
    """module → the names of its rows."""
    found = {}
    for module in suite.MODULES:
        seen = found[module] = []
        peers.select(lambda name, seen=seen: seen.append(name))  # None: not wanted
        # Some files ask first, and build only what is wanted; others are cheap and do not.
        seen += [row.name for row in importlib.import_module(module).rows()]
    peers.select(lambda name: True)
    return found


def test_sections_and_curves_find_their_rows(names):
    for section in suite.SECTIONS:
        mine = [n for n in names[section.module] if section.has(n)]
        assert mine, section
        if section.quick != r"(?!)":
            assert any(section.has(n, quick=True) for n in mine), section
    for curve in suite.CURVES:
        places = {curve.position(n) for n in names[curve.module]} - {None}
        assert len(places) >= 3, curve


def test_a_later_report_replaces_what_it_measured():
    def report(commit, *runs):
        return {
            "machine": {"cpu": "c"},
            "runs": [
                {
                    "threads": n,
                    "policy": "default",
                    "versions": {"commit": commit, "time": str(time)},
                    "rows": [{"row": name, "time": time} for name in names],
                }
                for n, names, time in runs
            ],
        }

    old = report("a", (1, "xyz", 0), (2, "xyz", 0))
    new = report("a", (1, "yw", 1))
    runs = output.merged(old, new)["runs"]
    rows = [[(r["row"], r["time"]) for r in run["rows"]] for run in runs]
    assert rows == [[("x", 0), ("z", 0), ("y", 1), ("w", 1)], [("x", 0), ("y", 0), ("z", 0)]]
    with pytest.raises(ValueError, match="another machine, version or commit"):
        output.merged(old, report("b", (1, "yw", 1)))


def test_aims():
    section = suite.Section("", "", "", aim=2.0)
    assert section.short_of({"numpy": 3.0, "torch": 2.0}) is None
    assert section.short_of({"numpy": 1.9, "torch": 1.8}) == "torch"
    section = suite.Section("", "", "", aim=3.0, against="torch")
    assert section.short_of({"numpy": 1.1, "torch": 3.1}) is None
    assert section.short_of({"numpy": 0.9, "torch": 3.1}) == "numpy"
    assert section.short_of({"numpy": 1.1, "torch": 2.9}) == "torch"


def test_reasons_explain_rows_that_are_there(names):
    every = [name for module in names.values() for name in module]
    for table in reasons.REASONS, reasons.GAINS:
        for pattern, _reason in table:
            found = [name for name in every if re.fullmatch(pattern, name)]
            assert found, pattern
            assert reasons.reason_of(found[0], table)
        assert reasons.reason_of("no such row", table) == ""


def test_rows_short_of_their_aim_are_listed_with_their_reason(monkeypatch):
    def measured(name, ratio, share):
        engines = {"gemmule": {"ratio": 1.0, "seconds": 1e-3}, "numpy": {"ratio": ratio}}
        return {"module": "bench_matmul", "row": name, "engines": engines, "share": share,
                "bound": "peak", "flops": 1e9, "bytes": 0.0}  # fmt: skip

    rows = [measured("gemm 512", 0.9, 0.5), measured("gemm 1024", 0.8, 0.95),
            measured("gemm 2048", 1.2, 0.5), measured("gemm 32", 1.3, 0.95)]  # fmt: skip
    run = {"threads": 1, "policy": "default", "rows": rows}
    monkeypatch.setattr(reasons, "REASONS", [("gemm 5.*", "the\n    cache")])
    data = {"runs": [run]}
    assert output.shortfall(data, [run]) == [
        "## Short of the aim",
        "",
        "the cache",
        "",
        "| row | threads | reached | aim | of the limit |",
        "| --- | --- | --- | --- | --- |",
        "| gemm 512 | 1 | 0.90 × numpy | 1.0 × the fastest | 50% of peak |",
        "",
        "Not explained so far:",
        "",
        "| row | threads | reached | aim | of the limit |",
        "| --- | --- | --- | --- | --- |",
        "| gemm 1024 | 1 | 0.80 × numpy | 1.0 × the fastest | 95% of peak |",
        "",
    ]
    assert output.shortfall(data, [{**run, "rows": rows[2:]}]) == []


def report(folder, *arguments):
    command = [sys.executable, str(BENCH / "report.py"), "--out", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def test_report_of_one_row(tmp_path):
    done = report(tmp_path, "--only", r"^add \(10,\) \(10,\)$", "--threads", "1", "--rounds", "2")
    assert done.returncode == 0, done.stderr
    data = json.loads((tmp_path / "report.json").read_text())
    (run,) = data["runs"]
    assert run["threads"] == 1
    assert run["versions"]["isa"] in _C.runnable_isas()
    assert run["limits"]["flops"] > 1e8
    assert set(run["limits"]["bytes"]) == {"copy", "triad", "update", "read"}
    (row,) = run["rows"]
    assert row["row"] == "add (10,) (10,)"
    assert {"gemmule", "numpy"} <= set(row["engines"])
    numpy = row["engines"]["numpy"]
    assert numpy["low"] <= numpy["ratio"] <= numpy["high"]
    text = (tmp_path / "report.md").read_text()
    table = text.split("## Short of the aim")[0]
    (line,) = [line for line in table.splitlines() if line.startswith("| add (10,)")]
    assert f"{numpy['ratio']:.2f} ({numpy['low']:.2f}–{numpy['high']:.2f})" in line
    assert data["machine"]["cpu"] in text
    if run["versions"]["torch"] is None:
        assert "without torch" in line
        assert "torch is not installed: pip install torch" in done.stdout


def test_report_draws_and_refuses(tmp_path):
    done = report(tmp_path, "--only", "(")
    assert done.returncode == 2
    assert "'(' is not a regular expression" in done.stderr
    pytest.importorskip("matplotlib", reason='pip install ".[bench]"')
    from plots import draw

    one = {"seconds": 1e-3, "ratio": 1.5, "low": 1.4, "high": 1.6}
    rows = [
        {"module": "bench_matmul", "row": f"gemm {n}", "engines": {"gemmule": one, "numpy": one}}
        for n in (256, 512)
    ]
    data = {
        "options": {"curves": True, "all": False},
        "runs": [{"threads": 1, "policy": "default", "rows": rows}],
    }
    paths = draw(data, tmp_path)
    assert [p.name for p in paths] == ["ratios.png", "scaling.png"]
    assert all(p.read_bytes()[:4] == b"\x89PNG" for p in paths)


def test_gain_is_held_against_the_multiply_add_loop():
    def run(threads, flops, seconds):
        row = {"row": "r", "bound": "peak", "engines": {"gemmule": {"seconds": seconds}}}
        row["beside"] = flops
        return {"threads": threads, "policy": "default", "rows": [row]}

    # The loop gains 1.6 from two threads, the row 1.2.
    runs = [run(1, 100.0, 1.2), run(2, 160.0, 1.0)]
    data = {"runs": runs}
    assert output.gain(data, runs[1]["rows"][0], runs[1]) == pytest.approx(0.75)
    assert output.gain(data, runs[0]["rows"][0], runs[0]) is None


def test_rows_that_gain_little_are_listed_with_their_reason(monkeypatch):
    def measured(name, seconds, flops):
        engines = {"gemmule": {"ratio": 1.0, "seconds": seconds}}
        return {"module": "bench_matmul", "row": name, "engines": engines, "share": 0.5,
                "bound": "peak", "beside": flops}  # fmt: skip

    # The loop gains 2: 512 gains 1.86, 1024 1.84, and a row that is in no section less.
    names = ["gemm 512", "gemm 1024", "gemm Tn 64"]
    one = [measured(name, 1.0, 100.0) for name in names]
    two = [measured(n, 1 / g, 200.0) for n, g in zip(names, [1.86, 1.84, 1.0], strict=True)]
    runs = [
        {"threads": threads, "policy": "default", "rows": rows}
        for threads, rows in [(1, one), (2, two)]
    ]
    monkeypatch.setattr(reasons, "GAINS", [("gemm 10.*", "waking")])
    assert output.shortfall({"runs": runs}, runs) == [
        "## Gain below 0.93 of the multiply-add loop's",
        "",
        "waking",
        "",
        "| row | threads | gain |",
        "| --- | --- | --- |",
        "| gemm 1024 | 2 | 0.92 |",
        "",
    ]
