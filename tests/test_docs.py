"""What the documents and docstrings show is what happens."""

import doctest
import importlib
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import gemmule
import pytest

ROOT = Path(__file__).resolve().parent.parent


def test_readme_example(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # Later blocks go on from the first.
    code = "".join(re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL))
    gemmule.manual_seed(0)
    exec(compile(code, "README.md", "exec"), {})
    out = capsys.readouterr().out
    assert float(re.search(r"accuracy ([\d.]+)", out).group(1)) > 0.95
    assert out.endswith("True\n")  # the prepared copy answers the same


def test_guide(capsys, tmp_path, monkeypatch):
    """Its blocks are one program, whose every line of output stands beside its print."""
    pytest.importorskip("sklearn", reason="needs scikit-learn for the digits")
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs" / "guide.md").read_text()
    code = "".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL))
    prints = re.findall(r"^ *print\(.*$", code, re.MULTILINE)
    assert len(prints) >= 20 and all("  # " in line for line in prints)
    exec(compile(code, "docs/guide.md", "exec"), {"__name__": "guide"})
    assert capsys.readouterr().out.splitlines() == [line.partition("  # ")[2] for line in prints]


def test_index_of_names_is_up_to_date():
    place = {"PYTHONPATH": str(Path(gemmule.__file__).parent.parent)}
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "api.py", "--check"],
        env={**os.environ, **place},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"run tools/api.py\n{done.stdout}{done.stderr}"
    index = (ROOT / "docs" / "api.md").read_text()
    assert re.findall(r"^\| `[^`]+` \|\s*\|$", index, re.MULTILINE) == []  # nothing without a word
    for call in (
        "softmax(input, dim=None, dtype=None, *, axis=None)",
        "sum(x, /, *, axis=None, dtype=None, keepdims=False, out=None)",
        "load_state_dict(state_dict, strict=True, assign=False)",
    ):
        assert f"| `{call}` |" in index
    called = re.findall(r"`gemmule\.(\w+)", (ROOT / "docs" / "guide.md").read_text())
    assert [name for name in called if not hasattr(gemmule, name)] == []


def modules():
    for found in pkgutil.walk_packages(gemmule.__path__, "gemmule."):
        if "._C" not in found.name:
            yield found.name


@pytest.mark.parametrize("name", list(modules()))
def test_docstring_examples(name):
    module = importlib.import_module(name)
    failed, _ = doctest.testmod(module, extraglobs={"gemmule": gemmule})
    assert failed == 0


def test_architecture_names_files_that_exist():
    text = (ROOT / "ARCHITECTURE.md").read_text()
    named = set(re.findall(r"`((?:csrc|python|tests|bench|tools)/[\w/.]+\.\w+)`", text))
    assert named
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []
