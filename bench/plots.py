"""The report's pictures: the ratio of every row, and how time grows with the work."""

from output import best, run_of
from suite import CURVES, section_of

COLORS = {"gemmule": "#d9482b", "numpy": "#4d77cf", "torch": "#8d5a2b", "onnxruntime": "#555555",
          "jax": "#3f9b8f"}  # fmt: skip


def draw(data, folder):
    """Draw what the data holds; the paths written, none where matplotlib is not installed."""
    try:
        import matplotlib
    except ImportError:
        print('matplotlib is not installed, so there are no pictures: pip install ".[bench]"')
        return []
    matplotlib.use("Agg")
    paths = [ratios(data, folder / "ratios.png"), curves(data, folder / "scaling.png")]
    return [path for path in paths if path]


def ratios(data, path):
    """A point for each row and number of threads: the ratio to the fastest peer."""
    from matplotlib import pyplot

    runs = [run for run in data["runs"] if run["policy"] == "default"]
    names = list(
        dict.fromkeys(
            r["row"]
            for run in runs
            for r in run["rows"]
            if best(r)[0] and (section_of(r["module"], r["row"]) or data["options"]["all"])
        )
    )
    if not names:
        return None
    figure, axes = pyplot.subplots(figsize=(9, 1.2 + 0.19 * len(names)), layout="constrained")
    for run, marker in zip(runs, "os^Dv<>p*" * 9, strict=False):
        found = {r["row"]: best(r)[1] for r in run["rows"] if best(r)[0]}
        places = [i for i, name in enumerate(names) if name in found]
        ones = [found[names[i]] for i in places]
        middle = [one["ratio"] for one in ones]
        spread = [
            [max(0, one["ratio"] - one["low"]) for one in ones],
            [max(0, one["high"] - one["ratio"]) for one in ones],
        ]
        label = f"{run['threads']} thread{'s' if run['threads'] > 1 else ''}"
        axes.errorbar(middle, places, xerr=spread, fmt=marker, ms=4, lw=0.8, label=label)
    axes.axvline(1, color="black", lw=1)
    axes.set_xscale("log")
    ticks = [0.5, 0.7, 1, 1.5, 2, 3, 5, 10, 20, 50]
    low, high = axes.get_xlim()
    shown = [t for t in ticks if low <= t <= high]
    axes.set_xticks(shown, [f"{t:g}" for t in shown])
    axes.set_xticks([], minor=True)
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(axis="x", alpha=0.3)
    axes.set_xlabel("time of the fastest peer / time of gemmule")
    axes.legend(loc="lower right")
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
    return path


def points(run, curve):
    """engine → sorted [(position, seconds)] of a curve's rows."""
    result = {}
    for measured in run["rows"]:
        position = curve.position(measured["row"]) if measured["module"] == curve.module else None
        if position is not None:
            for engine, one in measured["engines"].items():
                result.setdefault(engine, []).append((position, one["seconds"]))
    return {engine: sorted(line) for engine, line in result.items()}


def curves(data, path):
    """Time against the size of the work, one small plot for each curve of two points or more."""
    from matplotlib import pyplot

    numbers = [run["threads"] for run in data["runs"] if run["policy"] == "default"]
    drawn = [c for c in CURVES if any(
        len(line) > 1 for n in numbers for line in points(run_of(data, n, "default"), c).values()
    )]  # fmt: skip
    if not drawn or not data["options"]["curves"]:
        return None
    rows = (len(drawn) + 2) // 3
    figure, grid = pyplot.subplots(
        rows, 3, figsize=(11, 3.2 * rows), squeeze=False, layout="constrained"
    )
    for axes in grid.flat[len(drawn) :]:
        axes.remove()
    for axes, curve in zip(grid.flat, drawn, strict=False):
        for threads in numbers:
            for engine, line in points(run_of(data, threads, "default"), curve).items():
                x, y = zip(*line, strict=True)
                axes.loglog(
                    x,
                    y,
                    "o-" if threads == 1 else "s--",
                    ms=3,
                    lw=1,
                    color=COLORS.get(engine),
                    label=f"{engine}, {threads}",
                )
        axes.set_title(curve.title, fontsize=9)
        axes.set_xlabel(curve.axis)
        axes.set_ylabel("seconds")
        axes.set_xticks(sorted({x for n in numbers
                                for line in points(run_of(data, n, "default"), curve).values()
                                for x, _ in line}))  # fmt: skip
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_formatter("")
        axes.grid(alpha=0.3)
        axes.legend(fontsize=6)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
    return path
