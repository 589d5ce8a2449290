"""What pip installed: its size, and what it does without."""

import importlib.metadata
from pathlib import Path

import gemmule
import pytest


@pytest.fixture(scope="module")
def installed():
    """The files of the distribution, as paths; pip lists the bytecode it wrote among them."""
    try:
        files = importlib.metadata.files("gemmule") or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    paths = [Path(file.locate()) for file in files]
    if Path(gemmule.__file__) not in paths:
        pytest.skip("needs gemmule as pip installs it from a wheel")
    return [path for path in paths if path.exists()]


def test_installed_size(installed):
    """All ISAs, with bytecode."""
    assert sum(path.stat().st_size for path in installed) <= 10_000_000


def test_compiled_modules_are_installed_without_their_sources(installed):
    names = {path.name for path in installed if path.parent.name == "ops"}
    assert "binary.pxd" in names and "sort.py" in names
    assert "binary.py" not in names
    assert ".so" in Path(gemmule.ops.binary.__file__).suffixes
