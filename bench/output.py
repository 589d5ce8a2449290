"""What the report writes: JSON, Markdown, and the lines at its end. The pictures are plots.py's."""

import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

import reasons
from suite import SECTIONS, Section, section_of

ENGINES = ("numpy", "torch", "onnxruntime", "jax")
#: Beside the peers: what bounds a row, but computes something else.
REFERENCES = ("plain copy",)


def first_line(path, key):
    """The value of `key` in a file of "key : value" lines, or ""."""
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return ""
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(key)), "")


def machine():
    """{"cpu", "cores", "memory", "system"} of this machine."""
    cpu = first_line("/proc/cpuinfo", "model name") or platform.processor() or platform.machine()
    parts = [first_line("/proc/cpuinfo", key) for key in ("cpu family", "model\t", "stepping")]
    if all(parts):
        cpu += f" (family {parts[0]} model {parts[1]} stepping {parts[2]})"
    affinity = getattr(os, "sched_getaffinity", None)
    return {
        "cpu": cpu,
        "cores": len(affinity(0)) if affinity else os.cpu_count(),
        "memory": first_line("/proc/meminfo", "MemTotal"),
        "system": f"{platform.system()} {platform.machine()}",
    }


def commit():
    """The commit of the sources here, with a + where they were edited; "" outside of Git."""
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--exclude=*"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return described.stdout.strip()


def versions():
    """Versions of everything that was measured, the instruction set and the commit."""
    import gemmule

    found = {
        "python": platform.python_version(),
        "gemmule": gemmule.__version__,
        "commit": commit(),
        "isa": gemmule._C.isa(),
        "compiler": gemmule._C.compiler(),
        "compiled": not gemmule.autograd.__file__.endswith(".py"),
        "time": datetime.now(timezone.utc).isoformat(timespec="minutes"),
    }
    for engine in ENGINES:
        try:
            found[engine] = importlib.metadata.version(engine)
        except importlib.metadata.PackageNotFoundError:
            found[engine] = None
    return found


def plain(options):
    """The options as JSON can hold them."""
    hidden = ("child", "out", "seconds")
    return {name: value for name, value in vars(options).items() if name not in hidden}


def peers_of(measured):
    """{engine: figures} of a row's peers."""
    skip = ("gemmule", *REFERENCES)
    return {name: one for name, one in measured["engines"].items() if name not in skip}


def best(measured):
    """(engine, figures) of the fastest peer; (None, None) where none was measured."""
    peers = peers_of(measured)
    if not peers:
        return None, None
    return min(peers.items(), key=lambda item: item[1]["ratio"])


def find(run, name):
    """A run's row of this name, or None."""
    return next((r for r in run["rows"] if r["row"] == name), None) if run else None


def run_of(data, threads, policy):
    """The run with these threads and policy, or None."""
    same = [r for r in data["runs"] if (r["threads"], r["policy"]) == (threads, policy)]
    return same[0] if same else None


def duration(seconds):
    """Seconds in a fitting unit: three digits."""
    for unit, factor in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= factor:
            return f"{seconds / factor:.3g} {unit}"
    return f"{seconds / 1e-9:.0f} ns"


def rate(measured):
    """What was reached and what that is of the limit: "54.1 GF/s, 72 %"."""
    ours = measured["engines"]["gemmule"]["seconds"]
    if not measured["bound"]:
        return "", ""
    work, unit = (
        (measured["flops"], "GF/s") if measured["bound"] == "peak" else (measured["bytes"], "GB/s")
    )
    return f"{work / ours / 1e9:.3g} {unit}", f"{measured['share']:.0%} of {measured['bound']}"


def gain(data, measured, run):
    """A compute-bound row's gain from threads over the multiply-add loop's own, or None."""
    alone = run_of(data, 1, "default")
    base = find(alone, measured["row"])
    if base is None or run["threads"] == 1 or measured["bound"] != "peak":
        return None
    seconds = [r["engines"]["gemmule"]["seconds"] for r in (base, measured)]
    return seconds[0] / seconds[1] / (measured["beside"] / base["beside"])


def ratio_cell(one):
    return f"{one['ratio']:.2f} ({one['low']:.2f}–{one['high']:.2f})"


def line(data, measured, run):
    """One row of a Markdown table."""
    who, _ = best(measured)
    cells = [measured["row"], str(run["threads"])]
    cells += [duration(measured["engines"]["gemmule"]["seconds"]), *rate(measured)]
    for engine in ENGINES:
        one = measured["engines"].get(engine)
        cell = ratio_cell(one) if one else ""
        cells.append(f"**{cell}**" if engine == who else cell)
    passive = find(run_of(data, run["threads"], "passive"), measured["row"])
    name, one = best(passive) if passive else (None, None)
    cells.append(f"{one['ratio']:.2f} {name}" if one else "")
    gained = gain(data, measured, run)
    cells.append("" if gained is None else f"{gained:.2f}")
    notes = [f"without {', '.join(measured['missing'])}"] if measured["missing"] else []
    notes += [measured["note"]] if measured["note"] else []
    for other in REFERENCES:
        if other in measured["engines"]:
            notes.append(f"{other} {measured['engines'][other]['ratio']:.2f}")
    cells.append("; ".join(notes))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


HEAD = ["row", "threads", "gemmule", "rate", "of the limit", *ENGINES]
HEAD += ["best, passive", "gain", "note"]

LEGEND = """\
Ratios are the engine's time over gemmule's, so above 1 gemmule is faster: the median of the
per-round ratios, with their quartiles; the fastest peer is bold. *best, passive*: the ratio to the
fastest peer with `OMP_WAIT_POLICY=PASSIVE`. *Of the limit*: of the multiply-add peak of all
threads, or of the bandwidth that a plain loop of the same kind (copy, triad, update in place,
read) reaches on as many bytes in the same run, whichever floor is higher. *Gain*: what a
compute-bound row gains from its threads over what the multiply-add loop gains, both measured in
turns with the row. Operations are those of the direct algorithm: Winograd's convolutions need
fewer, and may exceed the peak."""


def limits_table(data):
    """What the machine reached in each run."""
    names = ["copy", "triad", "update", "read"]
    lines = ["| threads | waiting | GF/s | GF/s at the end | " + " | ".join(names) + " (GB/s) |"]
    lines.append("| --- " * (4 + len(names)) + "|")
    for run in data["runs"]:
        flops = [run["limits"]["flops"], run["end"]["flops"]]
        cells = [str(run["threads"]), run["policy"], *(f"{f / 1e9:.1f}" for f in flops)]
        cells += [f"{run['limits']['bytes'][name] / 1e9:.1f}" for name in names]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def title_of(measured):
    """The section that a row stands in; None for rows of the curves alone."""
    section = section_of(measured["module"], measured["row"])
    return section.title if section else measured["module"]


def markdown(data, pictures=()):
    """The report as Markdown."""
    about, found = data["machine"], data["runs"][0]["versions"]
    engines = ", ".join(f"{e} {found[e]}" for e in ENGINES if found[e])
    lines = [
        "# Benchmarks",
        "",
        f"{about['cpu']}, {about['cores']} cores, {about['memory']} of memory, {about['system']}; "
        f"instruction set {found['isa']}. gemmule {found['gemmule']} at {found['commit']}, built "
        f"by {found['compiler']}; Python {found['python']}, {engines}. {found['time']}, "
        f"{data['options']['rounds']} rounds.",
        "",
        *limits_table(data),
        "",
        LEGEND,
        "",
    ]
    for picture in pictures:
        lines += [f"![{picture.stem}]({picture.name})", ""]
    runs = [run for run in data["runs"] if run["policy"] == "default"]
    order = list(dict.fromkeys(s.title for s in SECTIONS))
    titles = {title_of(r) for run in runs for r in run["rows"]}
    for title in [t for t in order if t in titles] + sorted(titles - set(order)):
        lines += [f"## {title}", "", "| " + " | ".join(HEAD) + " |", "| --- " * len(HEAD) + "|"]
        names = dict.fromkeys(r["row"] for run in runs for r in run["rows"] if title_of(r) == title)
        for name in names:
            lines += [line(data, r, run) for run in runs if (r := find(run, name))]
        lines.append("")
    lines += shortfall(data, runs)
    return "\n".join(lines)


#: Of the multiply-add loop's own gain, what a compute-bound row of the table is to gain.
LEAST_GAIN = 0.93

#: What rows outside the table aim at.
ANY = Section("", "", "")


def short(run):
    """Rows of a run that are slower than they should be and not at 90 % of the machine's limit:
    (measured, the peer that is nearest below, its ratio, the aim in words)."""
    for measured in run["rows"]:
        section = section_of(measured["module"], measured["row"]) or ANY
        ratios = {name: one["ratio"] for name, one in peers_of(measured).items()}
        engine = section.short_of(ratios)
        if engine and not (ratios[engine] >= 1 and measured["share"] >= 0.9):
            aim = f"{section.aim} × {section.against or 'the fastest'}"
            yield measured, engine, ratios[engine], aim


def explained(title, head, entries):
    """A section of rows under the reasons that they share: the title, the head of its tables, and
    (reason, cells) of each row. Nothing if there are no rows."""
    by_reason = {}
    for reason, cells in entries:
        by_reason.setdefault(reason, []).append(cells)
    lines = [f"## {title}", ""]
    for reason, rows in sorted(by_reason.items(), key=lambda item: not item[0]):
        lines += [reason or "Not explained so far:", "", "| " + " | ".join(head) + " |"]
        lines += ["| --- " * len(head) + "|"]
        lines += [
            "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows
        ]
        lines.append("")
    return lines if by_reason else []


def shortfall(data, runs):
    """The end of the report: rows below their aims or gaining little from threads, and why."""
    below, serial = [], []
    for run in runs:
        for measured, engine, ratio, aim in short(run):
            cells = [measured["row"], str(run["threads"]), f"{ratio:.2f} × {engine}", aim]
            below.append(
                (reasons.reason_of(measured["row"], reasons.REASONS), [*cells, rate(measured)[1]])
            )
        for measured in run["rows"]:
            gained = gain(data, measured, run)
            in_table = section_of(measured["module"], measured["row"]) is not None
            if in_table and gained is not None and round(gained, 2) < LEAST_GAIN:
                cells = [measured["row"], str(run["threads"]), f"{gained:.2f}"]
                serial.append(
                    (reasons.reason_of(measured["row"], [*reasons.GAINS, *reasons.REASONS]), cells)
                )
    return [
        *explained("Short of the aim", ["row", "threads", "reached", "aim", "of the limit"], below),
        *explained(
            f"Gain below {LEAST_GAIN} of the multiply-add loop's",
            ["row", "threads", "gain"],
            serial,
        ),
    ]


def merged(old, new):
    """The newer data, with those rows of the older that it lacks.

    Raises:
        ValueError: if they are of different machines, versions or commits.
    """

    def same(data):
        return data["machine"], [{**r["versions"], "time": ""} for r in data["runs"][:1]]

    if same(old) != same(new):
        raise ValueError("the earlier report is of another machine, version or commit")
    runs = []
    for run in new["runs"]:
        before = run_of(old, run["threads"], run["policy"])
        kept = [r for r in before["rows"] if find(run, r["row"]) is None] if before else []
        runs.append({**run, "rows": kept + run["rows"]})
    for run in old["runs"]:
        if run_of(new, run["threads"], run["policy"]) is None:
            runs.append(run)
    return {**new, "runs": sorted(runs, key=lambda r: (r["policy"], r["threads"]))}


def write(data, folder, update=False):
    """Write report.json, report.md and the pictures; the paths written.

    With `update`, rows that a report already there has and this one has not stay in it.
    """
    from plots import draw

    folder.mkdir(parents=True, exist_ok=True)
    if update and (folder / "report.json").exists():
        data = merged(json.loads((folder / "report.json").read_text()), data)
    (folder / "report.json").write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    pictures = draw(data, folder)
    (folder / "report.md").write_text(markdown(data, pictures) + "\n")
    return [folder / "report.json", folder / "report.md", *pictures]


def closing(data):
    """What the reader must know besides: what is slower than it should be and not at 90 % of the
    machine's limit, what failed, what is not installed."""
    from peers import INSTALL, peer

    lines = []
    if not data["runs"][0]["versions"]["compiled"]:
        lines.append(
            "the tape was not compiled (GEMMULE_CYTHON=OFF): calls take several times longer"
        )
    for run in data["runs"]:
        where = f"{run['threads']} threads, {run['policy']}"
        for measured, engine, ratio, aim in short(run):
            lines.append(f"{measured['row']} ({where}): {ratio:.2f} × {engine}, aim {aim}")
        lines += [f"{f['reason']} ({where}): not timed" for f in run["failed"]]
        if run["left_out"]:
            lines.append(f"no time for {len(run['left_out'])} rows with {where}")
    for name, hint in INSTALL.items():
        if peer(name) is None:
            lines.append(f"{name} is not installed: {hint}")
    return "\n".join(lines)


if __name__ == "__main__":  # Markdown and pictures anew, from the data of a run
    place = Path(sys.argv[1])
    print(*write(json.loads((place / "report.json").read_text()), place), sep="\n")
