"""Write docs/api.md: every public name with its arguments and its docstring's first sentence.

    python tools/api.py          writes it
    python tools/api.py --check  fails if it is not up to date

Like stubs.py it reads the sources, beside the extension of whatever gemmule Python finds.
"""

import collections
import importlib
import inspect
import re
import sys
import tempfile
from pathlib import Path

from stubs import interpreted, plain

INDEX = Path(__file__).resolve().parent.parent / "docs" / "api.md"
HEAD = """# Every name

Written by `tools/api.py` from docstrings, which `help(gemmule.softmax)` shows whole. How they go
together: [guide.md](guide.md).
"""
PACKAGES = [
    "gemmule",
    "gemmule.autograd",
    "gemmule.nn",
    "gemmule.nn.functional",
    "gemmule.nn.init",
    "gemmule.nn.utils",
    "gemmule.nn.utils.rnn",
    "gemmule.optim",
    "gemmule.optim.lr_scheduler",
    "gemmule.data",
    "gemmule.train",
    "gemmule.linalg",
    "gemmule.fft",
]


# Classes whose methods are listed as well.
CLASSES = {"gemmule": "Tensor", "gemmule.nn": "Module", "gemmule.optim": "Optimizer"}
# A module that also holds what is no user's business, and one that says which names are.
SAID_BY = {"gemmule.autograd": "gemmule.torch.autograd"}


def sentence(value):
    """The first sentence of a docstring, fit for a table; of a named tuple without, none."""
    text = (inspect.getdoc(value) or "").partition("\n\n")[0].replace("\n", " ")
    text = re.split(r"(?<=[^.].)\. (?=[A-Z`0])|: (?=\()", text + " ")[0].strip().rstrip(".:")
    text = re.sub(r":\w+:`~?([^`]*)`", r"`\1`", text).replace("``", "`")
    return text.replace("|", "\\|")


def own(module):
    """{name: function or class} that a module says are public, in its order."""
    names = getattr(module, "__all__", None) or [n for n in vars(module) if not n.startswith("_")]
    found = {}
    for name in names:
        value = plain(getattr(module, name))
        home = str(getattr(value, "__module__", ""))
        if (inspect.isclass(value) or inspect.isroutine(value)) and home.startswith("gemmule"):
            found[name] = value
    return found


def call(name, value, method=False):
    """How it is called; of a property the name."""
    if isinstance(value, property):
        return name
    try:
        parameters = list(inspect.signature(value).parameters.values())[int(method) :]
    except (TypeError, ValueError):
        return name
    if any(p.name == "misplaced" for p in parameters):  # with what it takes only to refuse it
        parameters = [p for p in parameters if p.name not in ("misplaced", "dim", "keepdim")]
    return name + re.sub(r"<function (\w+) at \w+>", r"\1", str(inspect.Signature(parameters)))


def table(named, method=False):
    """A row for each name."""
    rows = [f"| `{call(name, v, method)}` | {sentence(v)} |" for name, v in named.items()]
    return ["| | |", "| --- | --- |", *rows, ""] if rows else []


def sections(package):
    """The lines of a package: its names by the modules that they are from."""
    shown = own(package)
    homes: dict = {}
    for name, value in shown.items():
        homes.setdefault(value.__module__, {})[name] = value
    for home, named in sorted(homes.items()):
        if home.startswith("gemmule._C"):
            continue
        if len(homes) > 1:
            yield f"**{sentence(sys.modules[home])}**"
            yield ""
        yield from table(dict(sorted(named.items(), key=lambda item: item[0].lower())))


def methods(cls):
    """{name: method} of a class and of those of ours that it is made of, without operators."""
    own = [vars(c) for c in cls.__mro__ if c.__module__.startswith("gemmule.")]
    found = {name: plain(value) for name, value in sorted(collections.ChainMap(*own).items())}
    return {
        name: value
        for name, value in found.items()
        if not name.startswith("_") and (callable(value) or isinstance(value, property))
    }


def index():
    """The text of docs/api.md."""
    lines = [HEAD]
    for name in PACKAGES:
        package = importlib.import_module(SAID_BY.get(name, name))
        lines += [f"## {name}", "", *sections(package)]
        if name in CLASSES:
            listed = methods(getattr(package, CLASSES[name]))
            lines += [f"## {name}.{CLASSES[name]}", "", *table(listed, method=True)]
    return "\n".join(lines).rstrip() + "\n"


def main():
    text = index()
    current = INDEX.exists() and INDEX.read_text() == text
    if not current and "--check" not in sys.argv:
        INDEX.write_text(text)
    if not current:
        print("stale" if "--check" in sys.argv else "wrote", "docs/api.md")
    return int(not current and "--check" in sys.argv)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        interpreted(Path(folder))
        sys.exit(main())
