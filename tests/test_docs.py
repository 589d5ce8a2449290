"""What the documents and docstrings show is what happens."""

import doctest
import importlib
import pkgutil
import re
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
